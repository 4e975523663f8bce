"""Turn paths into sections and methods: parameters in their published order, answers, names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote, urljoin

from . import naming, paging, streams
from .answers import Answers
from .bodies import Bodies, as_text, is_json
from .diagnostics import SpecError
from .document import Node
from .ir import Job, Method, Parameter, Section
from .jsonvalues import is_object
from .naming import ClassName, Identifier
from .pytypes import Type
from .schemas import Schemas
from .security import Security
from .servers import address, servers
from .versions import UNMARKED, History, history

VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
STYLES = {
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "path": ("simple", "label", "matrix"),
    "header": ("simple",),
    "cookie": ("form", "cookie"),
}


LISTED = ("filter", "orderBy")
"""The parameters whose expressions use the fields that the operation's `x-fields` lists."""
OWN_HEADERS = ("accept", "content-type", "authorization")
"""Headers that are not parameters, by the rules of OpenAPI."""


class Operations:
    """Maker of the sections: walks the paths once, and groups the methods."""

    def __init__(
        self, root: Node, schemas: Schemas, security: Security, require_descriptions: bool = False
    ) -> None:
        self.root = root
        self.schemas = schemas
        self.security = security
        self.bodies = Bodies(schemas, require_descriptions)
        self.answers = Answers(schemas)
        self.require_descriptions = require_descriptions
        self._host = next((address(server) for server in servers(root)), "")

    def sections(self) -> tuple[Section, ...]:
        """Return every section in the order of the tags, each with its methods in the order of the paths."""
        methods: dict[str, list[Method]] = {}
        docs: dict[str, tuple[str, History]] = {}
        for node in self.root.elements("tags"):
            if not is_object(node.value):
                node.error("wrong-kind", "a tag must be an object; this one is left out")
                continue
            methods[node.text("name")] = []
            text = node.text("description") or node.text("summary")
            docs[node.text("name")] = (text, history(node))
            if self.require_descriptions and not node.text("description").strip():
                node.error("undescribed", "this section has no description")
        ids: dict[str, str] = {}
        for path, entry in self.root.entries("paths"):
            for verb, item, reference in self._operations(path, entry):
                node = reference
                try:
                    node = reference.resolved()
                    tags = node.strings("tags")
                    method = self._method(path, verb, node, item)
                except SpecError as error:  # recorded; the other operations may have mistakes too
                    self._skip(node, f"{verb.upper()} {path}", error)
                    continue
                other = ids.setdefault(method.id, node.pointer)
                if other != node.pointer:
                    node.error("duplicate-operation", f"operationId {method.id!r} is also at {other}")
                group = methods.setdefault(tags[0] if tags else "Default", [])
                group += [method, *self._streamed(path, verb, node, item)]
        return self._named(methods, docs)

    def _operations(self, path: str, entry: Node) -> Iterator[tuple[str, Node, Node]]:
        """Yield each operation of a path: its verb, the path's own node, and its own."""
        if path.startswith("x-"):
            return
        try:
            item = entry.resolved()
            members = list(item.entries())
        except SpecError as error:
            self._skip(entry, path, error)
            return
        for verb, node in members:
            if verb.lower() in VERBS:
                yield verb.lower(), item, node
            elif verb == "additionalOperations":
                for name, other in node.entries():
                    yield name, item, other

    def _skip(self, node: Node, what: str, error: SpecError) -> None:
        problems = node.document.problems
        if not problems.strict:
            problems.skip(node.document.place(node.pointer), what, error.diagnostics[0])

    def _named(
        self, methods: dict[str, list[Method]], docs: dict[str, tuple[str, History]]
    ) -> tuple[Section, ...]:
        merged: dict[Identifier, tuple[str, ClassName, list[Method]]] = {}
        for tag, group in methods.items():
            if not group:
                continue
            name, module = naming.section_names(tag)
            if module in merged:
                self.root.error(
                    "name-collision",
                    f"the sections {tag!r} and {merged[module][0]!r} are both {name}; they are merged",
                )
                merged[module][2].extend(group)
            else:
                merged[module] = (tag, name, list(group))
        return tuple(
            # methods that only later servers have come last, so that the others keep their places
            Section(
                tag,
                name,
                module,
                doc,
                tuple(self._apart(name, sorted(group, key=lambda each: each.history.since))),
                known,
            )
            for module, (tag, name, group) in merged.items()
            for doc, known in [docs.get(tag, ("", UNMARKED))]
        )

    def _apart(self, section: ClassName, group: list[Method]) -> Iterator[Method]:
        """Yield the methods of a section, with different names: a later duplicate gets a number."""
        seen: dict[str, Method] = {}
        for method in group:
            name, number = method.name, 1
            while name in seen or f"{name}_with_http_info" in seen:
                if number == 1:
                    self.root.error(
                        "name-collision",
                        f"the method {name!r} of {section} is made from {method.pointer} "
                        f"and from {seen.get(name, seen.get(f'{name}_with_http_info', method)).pointer}; "
                        "the former gets a number",
                        "change one operationId",
                    )
                number += 1
                name = Identifier(f"{method.name}_{number}")
            seen[name] = seen[f"{name}_with_http_info"] = method
            yield replace(method, name=name)

    # --- one operation

    def _streamed(self, path: str, verb: str, node: Node, item: Node) -> list[Method]:
        """Return a second method for an operation that can also answer with a stream."""
        if not streams.has_twin(node, is_json):
            return []
        method = self._method(path, verb, node, item, stream=True)
        name = naming.identifier(f"{method.name}_stream", naming.CONTROLLER_MEMBERS)
        return [replace(method, name=name, paging=False, job=None)]

    def _method(self, path: str, verb: str, node: Node, item: Node, *, stream: bool = False) -> Method:
        operation_id = node.text("operationId")
        if not operation_id:
            operation_id = f"{verb} {path}"
            node.note("unnamed-operation", f"no operationId; the method is named after {operation_id!r}")
        owner = naming.class_name(operation_id)
        body = self.bodies.of(node, owner)
        shared = list(item.elements("parameters"))
        parameters = [*self._parameters(path, node, shared, owner), *body.parameters]
        answers, errors, not_ready, produces = self.answers.of(node, owner, stream=stream)
        if verb == "head":  # the answer to a HEAD request has no body
            answers = tuple(replace(answer, type=None) for answer in answers)
        if self.require_descriptions:
            for text in ("summary", "description"):
                if not node.text(text).strip():
                    node.error("undescribed", f"this operation has no {text}")
        licence = node.get("x-licence")
        return Method(
            name=naming.identifier(node.text("x-name") or operation_id, naming.CONTROLLER_MEMBERS),
            id=operation_id,
            verb=verb.upper(),
            path=self._path(path, node),
            summary=node.text("summary"),
            doc=node.text("description"),
            returns_doc=node.text("x-returns"),
            parameters=self._ordered(parameters, node),
            answers=answers,
            errors=errors,
            consumes=body.consumes,
            produces=produces,
            security=self.security.of(node),
            not_ready=not_ready,
            paging=paging.read(node),
            job=self._job(node),
            idempotent=node.flag("x-idempotent"),
            stability=node.text("x-stability"),
            role=node.text("x-role"),
            licence=licence.text("flags") if licence else "",
            licence_always=licence.flag("always", True) if licence else True,
            deprecated=node.flag("deprecated"),
            pointer=node.pointer,
            server=self._server(node, item),
            needs_body=body.needed,
            history=history(node),
        )

    def _path(self, path: str, node: Node) -> str:
        plain, mark, _ = path.partition("#")
        if mark:
            node.note("path-fragment", f"{path!r} is sent as {plain!r}: clients never send the part after #")
        if (sent := _sendable(plain)) != plain:
            node.note("path-characters", f"{plain!a} is sent as {sent!r}: a URL can't have such characters")
        return sent

    def _server(self, node: Node, item: Node) -> str:
        """Return the operation's own address; empty if it is the document's."""
        for holder in (node, item):
            if holder.has("servers") and (found := servers(holder)):
                url = address(found[0]) or "/"  # an empty reference: the top of the host
                here = self._host or "/"
                return "" if urljoin(here, url).rstrip("/") == here.rstrip("/") else url
        return ""

    def _job(self, node: Node) -> Job | None:
        job = node.get("x-job")
        if job is None:
            return None
        done, failed, cancelled = (job.strings(name) for name in ("done", "failed", "cancelled"))
        if job.text("status") and not done:
            raise job.fail("bad-job", "a job with a status needs `done`: the values of an ended job")
        family, step, result = (job.text(name) for name in ("family", "step", "result"))
        key, status, progress = (job.text(name) for name in ("id", "status", "progress"))
        return Job(family, step, result, key, status, progress, done, failed, cancelled)

    def _ordered(self, parameters: list[Parameter], node: Node) -> tuple[Parameter, ...]:
        """Return the required parameters as the spec orders them, then the others; a body comes last."""
        ordered = sorted(
            parameters, key=lambda p: (not p.required, bool(p.history.since), p.location == "body")
        )
        seen: dict[Identifier, Parameter] = {}
        result: list[Parameter] = []
        for parameter in ordered:
            name = parameter.name
            if name in seen:
                # the same name in two places, such as path and body: the later one gets its place as a prefix
                name = naming.identifier(f"{parameter.location}_{parameter.wire}", naming.METHOD_LOCALS)
            wanted, number = name, 1
            while name in seen:
                if number == 1:
                    node.error(
                        "name-collision",
                        f"the parameter {name!r} is made from {parameter.wire!r} and from "
                        f"{seen[name].wire!r}; the former gets a number",
                        "give one of the two an `x-name`",
                    )
                number += 1
                name = Identifier(f"{wanted}_{number}")
            seen[name] = parameter
            result.append(replace(parameter, name=name))
        return tuple(result)

    def _parameters(self, path: str, node: Node, shared: list[Node], owner: ClassName) -> list[Parameter]:
        found: dict[tuple[str, str], Parameter] = {}
        for reference in [*shared, *node.elements("parameters")]:
            parameter = reference.resolved()
            if parameter.text("in") == "querystring":
                found |= {(each.wire, "query"): each for each in self.bodies.of_query(parameter, owner)}
                continue
            wire, location = parameter.need_text("name"), parameter.text("in")
            if location not in STYLES:
                raise parameter.fail(
                    "unsupported",
                    f"a parameter can't be in {location!r}",
                    "use path, query, querystring, header or cookie",
                )
            if self.require_descriptions and not parameter.text("description").strip():
                parameter.error("undescribed", f"the parameter {wire!r} has no description")
            if location == "header" and wire.lower() in OWN_HEADERS and not self.require_descriptions:
                parameter.note("own-header", f"the header {wire!r} is set by the client")
                continue
            found[wire, location] = self._parameter(parameter, wire, location, owner)
            if wire in LISTED and location == "query" and (fields := node.strings("x-fields")):
                found[wire, location] = replace(
                    found[wire, location], fields=fields, history=history(node, "x-fields").values_only
                )
        in_path = {wire for wire, location in found if location == "path"}
        needed = list(dict.fromkeys(re.findall(r"\{([^{}]+)\}", path.partition("#")[0])))
        if in_path != set(needed):
            node.error(
                "path-parameters",
                f"the path has the placeholders {sorted(needed)}, but its parameters are {sorted(in_path)}; "
                "the placeholders count",
            )
            for wire in sorted(in_path - set(needed)):
                del found[wire, "path"]
            for wire in needed:
                if wire not in in_path:
                    name = naming.identifier(wire, naming.METHOD_LOCALS)
                    found[wire, "path"] = Parameter(name, wire, "path", Type("str"), True, "")
        return list(found.values())

    def _parameter(self, node: Node, wire: str, location: str, owner: ClassName) -> Parameter:
        schema, style = node.get("schema"), node.text("style")
        content = [] if schema else list(node.content().items())
        if content:
            media, holder = content[0]
            schema, style = holder.get("schema"), "json" if is_json(media) else ""
        if schema is None:
            if not content:
                node.error("unsupported", "a parameter without a schema; any text is accepted")
            kind, target = Type("str" if not style else "any"), node
        else:
            kind, target = self.schemas.type_of(schema, (owner, wire)), schema.resolved()
        if style == "tsv":
            raise node.fail(
                "unsupported",
                f"the parameter {wire!r} is a list between tabs (collectionFormat tsv), which can't be sent",
            )
        if style and style not in STYLES[location] and style != "json":
            node.error(
                "unsupported", f"a parameter in {location} has no style {style!r}; the default is used"
            )
            style = ""
        explode = node.flag("explode", True) if node.has("explode") else None
        if location == "path" and is_object(target.value) and target.value.get("format") == "path":
            kind = Type("path")
        default = target.value.get("default") if is_object(target.value) else None
        return Parameter(
            name=naming.identifier(node.text("x-name") or wire, naming.METHOD_LOCALS),
            wire=wire,
            location=location,
            type=as_text(kind),
            required=node.flag("required") or location == "path",
            doc=node.text("description"),
            minimum=_number(target, "minimum"),
            maximum=_number(target, "maximum"),
            style=style,
            explode=explode,
            default=default if isinstance(default, (str, int, float, bool)) else None,
            history=history(node),
        )


def _sendable(path: str) -> str:
    """Return a path with percent escapes for what a URL can't have, but with its placeholders."""
    return re.sub(r"(\{[^{}]*\})|([^!-~]+)", lambda part: part[1] or quote(part[2]), path)


def _number(node: Node, key: str) -> float | None:
    value = node.mapping.get(key) if is_object(node.value) else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
