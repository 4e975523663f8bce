"""A loopback server that judges every request against the spec, without any of our own code.

What is checked of a request is written here from the OpenAPI specification and with `jsonschema`; neither the
runtime nor the generator's reading of schemas takes part. Only the document itself (spec and corrections)
comes from the generator.
"""

from __future__ import annotations

import email.parser
import email.policy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

import jsonschema
import pytest
import referencing
import referencing.jsonschema
from support.lab import Seen, Server, answer

from generator import clients
from generator.__main__ import effective

Json = dict[str, Any]
ROOT = "urn:spec"
PATH_TEXT = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})*")


@dataclass
class Operation:
    """One operation of the document."""

    id: str
    verb: str
    path: str
    node: Json
    parameters: list[Json]

    @property
    def pattern(self) -> re.Pattern[str]:
        """What its paths look like; a value with `format: path` may hold slashes."""
        kinds = {p["name"]: p["schema"] for p in self.parameters if p["in"] == "path"}
        text = re.escape(self.path).replace(r"\{", "{").replace(r"\}", "}")
        for index, name in enumerate(re.findall(r"\{([^}]+)\}", self.path)):
            wide = kinds[name].get("format") == "path"
            text = text.replace("{" + name + "}", f"(?P<p{index}>{'.+' if wide else '[^/]+'})")
        return re.compile(text)


class Document:
    """The effective document, read with `referencing` and `jsonschema` only."""

    def __init__(self, value: Json) -> None:
        self.value = value
        resource = referencing.Resource(value, referencing.jsonschema.DRAFT202012)
        self.registry: Any = referencing.Registry().with_resource(ROOT, resource)
        self.operations = {item.id: item for item in self._operations()}

    def resolve(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            node = self.registry.resolver(ROOT).lookup(node["$ref"]).contents
        return node

    def _operations(self) -> Iterator[Operation]:
        for path, item in self.value["paths"].items():
            for verb, node in item.items():
                parameters = [
                    self.resolve(p) for p in [*item.get("parameters", ()), *node.get("parameters", ())]
                ]
                yield Operation(node["operationId"], verb.upper(), path, node, parameters)

    def problems(self, value: Any, schema: Json) -> list[str]:
        """Return the problems of a JSON value."""
        wrapped = self._absolute(schema)
        checker = jsonschema.Draft202012Validator(
            wrapped, registry=self.registry, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
        )
        return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(value)]

    def _absolute(self, schema: Any) -> Any:
        if isinstance(schema, dict):
            return {k: ROOT + v if k == "$ref" else self._absolute(v) for k, v in schema.items()}
        return [self._absolute(item) for item in schema] if isinstance(schema, list) else schema


def coerced(text: str, schema: Json) -> Any:
    """Return the value of a parameter's text, or the text itself if it does not fit the type."""
    kinds = {"integer": int, "number": float, "boolean": {"true": True, "false": False}.__getitem__}
    named = schema.get("type", "string")
    for kind in named if isinstance(named, list) else [named]:
        try:
            return kinds[kind](text if kind != "boolean" else text.lower())
        except (KeyError, ValueError):
            continue
    return text


@dataclass
class Judge:
    """Checks requests and answers what it is told to."""

    document: Document
    prefix: str
    url: str = ""
    expected: str = ""
    answer: tuple[int, str, bytes] = (204, "", b"")
    findings: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    sent: Json = field(default_factory=dict)

    def check(self, verb: str, target: str, headers: Any, body: bytes) -> None:
        operation = self.document.operations[self.expected]
        self.seen.append(operation.id)
        self.sent = {"path": {}, "query": {}, "body": None}
        parts = urlsplit(target)
        say = self.findings.append
        if verb != operation.verb:
            say(f"{verb} instead of {operation.verb}")
        if not parts.path.startswith(self.prefix):
            say(f"the path {parts.path!r} does not begin with {self.prefix!r}")
        match = operation.pattern.fullmatch(parts.path.removeprefix(self.prefix))
        if match is None:
            say(f"the path {parts.path!r} is not {operation.path!r}")
            return
        names = re.findall(r"\{([^}]+)\}", operation.path)
        self.sent["path"] = {name: unquote(match[f"p{index}"]) for index, name in enumerate(names)}
        for value in match.groups():
            if not PATH_TEXT.fullmatch(value):
                say(f"{value!r} is not percent-encoded as a path")
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        self.sent["query"] = dict(pairs)
        if len(pairs) != len(self.sent["query"]):
            say(f"a query parameter is there twice: {parts.query!r}")
        self.check_parameters(operation)
        self.check_body(operation, headers, body)
        secured = operation.node.get("security", self.document.value.get("security", []))
        if bool(secured) != (headers.get("Authorization") == "Bearer the-token"):
            say(f"Authorization is {headers.get('Authorization')!r} for security {secured}")
        self.check_accept(operation, headers.get("Accept", ""))

    def check_parameters(self, operation: Operation) -> None:
        declared = {(p["in"], p["name"]): p for p in operation.parameters}
        for place in ("path", "query"):
            for name, text in self.sent[place].items():
                parameter = declared.get((place, name))
                if parameter is None:
                    self.findings.append(f"{name!r} in {place} is not declared")
                    continue
                schema = parameter["schema"]
                for problem in self.document.problems(coerced(text, schema), schema):
                    self.findings.append(f"{place} {name}={text!r}: {problem}")
        for (place, name), parameter in declared.items():
            if parameter.get("required") and name not in self.sent.get(place, {}):
                self.findings.append(f"{name!r} in {place} is missing")

    def check_accept(self, operation: Operation, accept: str) -> None:
        produced = {
            media
            for answer in operation.node["responses"].values()
            for media in self.document.resolve(answer).get("content", {})
        }
        wanted = {part.split(";")[0].strip() for part in accept.split(",")}
        if produced and not wanted & {*produced, "*/*"}:
            self.findings.append(f"Accept {accept!r} is none of {sorted(produced)}")

    def check_body(self, operation: Operation, headers: Any, body: bytes) -> None:
        declared = self.document.resolve(operation.node.get("requestBody"))
        media = headers.get("Content-Type", "")
        plain = media.split(";")[0].strip()
        if not body:
            if declared and declared.get("required"):
                self.findings.append("the body is missing")
            return
        if not declared:
            self.findings.append(f"a body that is not declared: {body[:80]!r}")
            return
        if plain not in declared["content"]:
            self.findings.append(f"Content-Type {media!r} is none of {list(declared['content'])}")
            return
        schema = declared["content"][plain]["schema"]
        if plain == "application/x-www-form-urlencoded":
            value: Any = {
                unquote_plus(name): unquote_plus(text)
                for name, text in (pair.split("=", 1) for pair in body.decode("ascii").split("&"))
            }
        elif plain == "multipart/form-data":
            value = self.multipart(media, body)
        else:
            value = json.loads(body.decode("utf-8"))
        self.sent["body"] = (value or None) if "form" in plain else value
        self.findings += [f"body {problem}" for problem in self.document.problems(value, schema)]
        unknown = set(value) - set(schema.get("properties", value)) if isinstance(value, dict) else set()
        if unknown:
            self.findings.append(f"body members {sorted(unknown)} are not declared")

    def multipart(self, media: str, body: bytes) -> Json:
        head = f"Content-Type: {media}\r\n\r\n".encode()
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
        closing = f"--{message.get_boundary()}--".encode()
        if body.strip() == closing:
            return {}
        if not message.is_multipart():
            self.findings.append("the multipart body has no parts")
        value: Json = {}
        for part in message.iter_parts():
            name = part.get_param("name", header="content-disposition")
            value[str(name)] = part.get_payload(decode=True).decode("latin-1")
            self.sent["filename"] = part.get_filename()
        return value


@pytest.fixture(scope="session")
def document() -> Document:
    return Document(effective(clients.read()["apteco"]).value)


@pytest.fixture(scope="session")
def judge(document: Document) -> Iterator[Judge]:
    judging = Judge(document, urlsplit(document.value["servers"][0]["url"]).path)

    def respond(request: Seen, number: int) -> bytes:
        try:
            judging.check(request.method, request.target, request.headers, request.body)
        except Exception as error:
            judging.findings.append(f"the judge failed: {error!r}")
        status, media, data = judging.answer
        return answer(status, data, media)

    with Server(respond) as server:
        judging.url = f"http://127.0.0.1:{server.port}{judging.prefix}"
        yield judging
