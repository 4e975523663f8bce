"""The operations in the spec, with parameters, bodies and answers, and a router for them."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, cast
from urllib.parse import unquote

import msgspec

from .schema import Json, Mismatch, Schemas, is_object
from .versions import NEWEST, OLDEST, as_of

_METHODS = ("get", "post", "put", "delete", "patch", "head", "options")
_TRUE_FALSE = {"true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A path or query parameter."""

    name: str
    location: str
    required: bool
    kind: str
    takes_slashes: bool
    minimum: float | None
    maximum: float
    enum: tuple[str, ...]

    def read(self, text: str) -> Any:
        """Return the value of a text. Raises `Mismatch` for a text that does not fit."""
        if self.kind == "integer":
            try:
                number = int(text) if text.isascii() and len(text) < 20 else None
            except ValueError:
                number = None
            if number is None or abs(number) > self.maximum:
                raise Mismatch(f"must be a whole number, not {text[:40]!r}")
            if self.minimum is not None and number < self.minimum:
                raise Mismatch(f"must be at least {self.minimum:g}, not {number}")
            return number
        if self.kind == "boolean":
            if text.lower() not in _TRUE_FALSE:
                raise Mismatch(f"must be true or false, not {text[:40]!r}")
            return _TRUE_FALSE[text.lower()]
        if not self.enum:
            return text
        for value in self.enum:  # a .NET server accepts any case, and the vendor's scripts rely on it
            if value.lower() == text.lower():
                return value
        raise Mismatch(f"must be one of {', '.join(self.enum)}, not {text[:40]!r}")


@dataclass(frozen=True, slots=True)
class Body:
    """The request body of an operation. `kind` is json, form or file."""

    kind: str
    name: str
    schema: Json
    required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API."""

    id: str
    section: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: Body | None
    answers: dict[int, Json | None] = field(repr=False)
    """The schema of each documented 2xx and 3xx answer; None for an answer without a body."""
    produces: tuple[str, ...]
    """The media types of a success; JSON, if it is one of them, comes first."""
    binary: bool
    secured: bool
    role: str
    licence: Json
    stability: str
    since: str
    """The first version of the server with the operation."""
    paging: bool
    fields: tuple[str, ...]
    """The fields that the vendor lists for `filter` and `orderBy`; empty if it lists none."""
    not_ready: frozenset[int]

    @property
    def is_login_step(self) -> bool:
        """Whether the operation accepts the session of a login that still needs its second factor."""
        return "/Sessions/Mfa/" in self.path

    @property
    def status(self) -> int:
        """The status of an ordinary success: the first documented one with a body, else the first."""
        usable = [status for status in self.answers if status < 300 and status not in self.not_ready]
        return next((status for status in usable if self.answers[status] is not None), usable[0])

    @property
    def answer(self) -> Json | None:
        """The schema of an ordinary success; None if it has no JSON body."""
        return self.answers[self.status]


def _sub_selection(value: Any) -> Any:
    """Convert a Selection to a SubSelection: the published session package sends one in its place."""
    return {"selection": value} if is_object(value) and value.get("tableName") else value


class Spec:
    """The effective OpenAPI document, and the operations and schemas that are compiled from it."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.schemas = Schemas(document, {"SubSelection": _sub_selection})
        self.operations: dict[str, Operation] = {}
        self._root = _Node()
        for path, item in document["paths"].items():
            shared = item.get("parameters", [])
            for method in _METHODS:
                if method in item:
                    operation = self._operation(method.upper(), path, item[method], shared)
                    self.operations[operation.id] = operation
                    self._root.add(operation)

    def match(self, raw_path: str, method: str) -> tuple[dict[str, Operation], list[str]] | None:
        """Return the operations at a path below the base path, by method, with the values of its
        placeholders.

        Literal segments win over placeholders, but a path with the method wins over a path without it. The
        path is split before percent-encoding is decoded. Doubled slashes count as one, as on the vendor's
        servers.
        """
        segments = [unquote(segment) for segment in raw_path.split("/") if segment]
        found = self._root.find(segments, 0, [], method) or self._root.find(segments, 0, [], "")
        return (found[0].operations, found[1]) if found else None

    def may_leave_out(self, body: Body) -> bool:
        """Return whether a request may leave out this body, as nothing in it is required."""
        schema = self.schemas.resolve(body.schema)
        return not body.required and schema.get("type") == "object" and not schema.get("required")

    def _operation(self, method: str, path: str, item: Json, shared: list[Json]) -> Operation:
        parameters = [self._parameter(self._resolve(each)) for each in [*shared, *item.get("parameters", [])]]
        answers: dict[int, Json | None] = {}
        not_ready: set[int] = set()
        produces: list[str] = []
        binary = False
        for status, named in item["responses"].items():
            response = self._resolve(named)
            if not status.isdigit() or int(status) >= 400:
                continue
            content = response.get("content", {})
            produces += content
            schema = next((part["schema"] for kind, part in content.items() if "json" in kind), None)
            if not schema:
                binary = binary or bool(content)
            elif schema.get("format") == "binary":
                binary, schema = True, None
            answers[int(status)] = schema
            if response.get("x-not-ready"):
                not_ready.add(int(status))
        order = {name: index for index, name in enumerate(_placeholders(path))}
        parameters.sort(key=lambda each: order.get(each.name, len(order)))
        return Operation(
            id=item["operationId"],
            section=item["tags"][0],
            method=method,
            path=path,
            parameters=tuple(parameters),
            body=_body(item.get("requestBody")),
            answers=answers,
            produces=tuple(dict.fromkeys(sorted(produces, key=lambda kind: kind != "application/json"))),
            binary=binary,
            secured=bool(item.get("security", True)),
            role=item.get("x-role", ""),
            licence=item.get("x-licence", {}),
            stability=item.get("x-stability", ""),
            since=item.get("x-since", OLDEST),
            paging=bool(item.get("x-paging")),
            fields=tuple(item.get("x-fields", ())),
            not_ready=frozenset(not_ready),
        )

    def _resolve(self, item: Json) -> Json:
        """Return a parameter or a response itself where several operations share one by its name."""
        if "$ref" not in item:
            return item
        _, _, kind, name = item["$ref"].split("/")
        found: Json = self.document["components"][kind][name]
        return found

    def _parameter(self, item: Json) -> Parameter:
        schema: Json = item.get("schema", {})
        return Parameter(
            name=item["name"],
            location=item["in"],
            required=bool(item.get("required")),
            kind=schema.get("type", "string"),
            takes_slashes=schema.get("format") == "path",
            minimum=schema.get("minimum"),
            maximum=2**63 - 1 if schema.get("format") == "int64" else 2**31 - 1,
            enum=tuple(schema.get("enum", ())),
        )


class _Node:
    """One segment of the routes; a tail placeholder takes the rest of the path, including slashes."""

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.placeholder: _Node | None = None
        self.tail: _Node | None = None
        self.operations: dict[str, Operation] = {}

    def add(self, operation: Operation) -> None:
        tails = {each.name for each in operation.parameters if each.takes_slashes}
        node = self
        for segment in operation.path.strip("/").split("/"):
            if not segment.startswith("{"):
                node = node.literals.setdefault(segment, _Node())
            elif segment[1:-1] in tails:
                node.tail = node = node.tail or _Node()
            else:
                node.placeholder = node = node.placeholder or _Node()
        node.operations[operation.method] = operation

    def find(
        self, segments: list[str], at: int, values: list[str], method: str
    ) -> tuple[_Node, list[str]] | None:
        """Return the node of a path and the values of its placeholders; with a method, a node that has it."""
        if at == len(segments):
            return (self, values) if self._takes(method) else None
        segment = segments[at]
        literal = self.literals.get(segment)
        if literal and (found := literal.find(segments, at + 1, values, method)):
            return found
        if self.placeholder and segment:
            found = self.placeholder.find(segments, at + 1, [*values, segment], method)
            if found:
                return found
        if self.tail and segment and self.tail._takes(method):
            return self.tail, [*values, "/".join(segments[at:])]
        return None

    def _takes(self, method: str) -> bool:
        return method in self.operations if method else bool(self.operations)


def _placeholders(path: str) -> list[str]:
    return [segment[1:-1] for segment in path.split("/") if segment.startswith("{")]


def filled(path: str, values: list[str]) -> str:
    """Return a path with the values of its placeholders in their order."""
    rest = iter(values)
    return "/".join(next(rest) if part.startswith("{") else part for part in path.split("/"))


def _body(item: Json | None) -> Body | None:
    if item is None:
        return None
    kinds = {"json": "json", "multipart/form-data": "file", "application/x-www-form-urlencoded": "form"}
    for content_type, part in item["content"].items():
        for mark, kind in kinds.items():
            if mark in content_type:
                name = item.get("x-name", "body")
                return Body(kind, name, part["schema"], bool(item.get("required")))
    raise ValueError(f"no usable content type in {list(item['content'])}")


@functools.cache
def load(version: str = NEWEST) -> Spec:
    """Return the packaged document as a server of a version would publish it."""
    text = resources.files("apteco_api.sandbox").joinpath("openapi.json").read_bytes()
    return Spec(as_of(cast(Json, msgspec.json.decode(text)), version))
