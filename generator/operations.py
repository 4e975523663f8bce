"""Paths to sections and methods: parameters in their published order, bodies, answers, security."""

from __future__ import annotations

import re
from dataclasses import replace

from . import naming, streams
from .diagnostics import SpecError
from .document import Node
from .ir import Answer, Job, Method, Parameter, Section
from .jsonvalues import is_object
from .naming import ClassName, Identifier
from .pytypes import Type
from .schemas import Schemas

VERBS = ("get", "put", "post", "delete", "options", "head", "patch")
STYLES = {
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "path": ("simple",),
    "header": ("simple",),
    "cookie": ("form",),
}
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


class Operations:
    """Walks the paths once and gathers the methods of each section."""

    def __init__(self, root: Node, schemas: Schemas, require_descriptions: bool = False) -> None:
        self.root = root
        self.schemas = schemas
        self.require_descriptions = require_descriptions

    def sections(self) -> tuple[Section, ...]:
        """Every section in the order of the tags, each with its methods in the order of the paths."""
        methods: dict[str, list[Method]] = {}
        docs: dict[str, str] = {}
        for node in self.root.elements("tags"):
            methods[node.text("name")] = []
            docs[node.text("name")] = node.text("description")
            if self.require_descriptions and not node.text("description").strip():
                node.error("undescribed", "this section has no description")
        ids: dict[str, str] = {}
        for path, entry in self.root.entries("paths"):
            item = entry.resolved()
            shared = list(item.elements("parameters"))
            for verb, node in item.entries():
                if verb not in VERBS:
                    continue
                tags = node.strings("tags")
                tag = tags[0] if tags else "Default"
                try:
                    method = self._method(path, verb, node, shared)
                except SpecError:  # recorded; the other operations may have mistakes too
                    continue
                other = ids.setdefault(method.id, node.pointer)
                if other != node.pointer:
                    node.error("duplicate-operation", f"operationId {method.id!r} is also at {other}")
                methods.setdefault(tag, []).append(method)
                methods.setdefault(tag, []).extend(self._streamed(path, verb, node, shared))
        return self._named(methods, docs)

    def _named(self, methods: dict[str, list[Method]], docs: dict[str, str]) -> tuple[Section, ...]:
        result: list[Section] = []
        modules: dict[Identifier, str] = {}
        for tag, group in methods.items():
            if not group:
                continue
            name, module = naming.section_names(tag)
            if module in modules:
                self.root.error(
                    "name-collision", f"the sections {tag!r} and {modules[module]!r} are both {name}"
                )
            modules[module] = tag
            seen: dict[str, Method] = {}
            for method in group:
                for made in (method.name, f"{method.name}_with_http_info"):
                    if made in seen:
                        self.root.error(
                            "name-collision",
                            f"the method {made!r} of {name} is made from {method.pointer} "
                            f"and from {seen[made].pointer}",
                            "change one operationId",
                        )
                    seen[made] = method
            result.append(Section(tag, name, module, docs.get(tag, ""), tuple(group)))
        return tuple(result)

    # --- one operation

    def _streamed(self, path: str, verb: str, node: Node, shared: list[Node]) -> list[Method]:
        """Return the twin of an operation that offers its answer as a stream too."""
        if not streams.has_twin(node, is_json):
            return []
        method = self._method(path, verb, node, shared, stream=True)
        name = naming.identifier(f"{method.name}_stream", naming.CONTROLLER_MEMBERS)
        return [replace(method, name=name, paging=False, job=None)]

    def _method(
        self, path: str, verb: str, node: Node, shared: list[Node], *, stream: bool = False
    ) -> Method:
        operation_id = node.text("operationId")
        if not operation_id:
            operation_id = f"{verb} {path}"
            node.note("unnamed-operation", f"no operationId; the method is called after {operation_id!r}")
        consumes, body = self._body(node, ClassName(naming.class_name(operation_id)))
        parameters = [*self._parameters(path, node, shared, operation_id), *body]
        answers, errors, not_ready, produces = self._answers(node, operation_id, stream=stream)
        if self.require_descriptions:
            for text in ("summary", "description"):
                if not node.text(text).strip():
                    node.error("undescribed", f"this operation has no {text}")
        licence = node.get("x-licence")
        return Method(
            name=naming.identifier(node.text("x-name") or operation_id, naming.CONTROLLER_MEMBERS),
            id=operation_id,
            verb=verb.upper(),
            path=path,
            summary=node.text("summary"),
            doc=node.text("description"),
            returns_doc=node.text("x-returns"),
            parameters=self._ordered(parameters, node),
            answers=answers,
            errors=errors,
            consumes=consumes,
            produces=produces,
            security=self._security(node),
            not_ready=not_ready,
            paging=node.flag("x-paging"),
            job=self._job(node),
            idempotent=node.flag("x-idempotent"),
            stability=node.text("x-stability"),
            role=node.text("x-role"),
            licence=licence.text("flags") if licence else "",
            licence_always=licence.flag("always", True) if licence else True,
            deprecated=node.flag("deprecated"),
            pointer=node.pointer,
        )

    def _job(self, node: Node) -> Job | None:
        job = node.get("x-job")
        return Job(job.text("family"), job.text("step"), job.text("result")) if job else None

    def _ordered(self, parameters: list[Parameter], node: Node) -> tuple[Parameter, ...]:
        """Required ones in the order of the spec, then optional ones, the body last of its kind."""
        ordered = sorted(parameters, key=lambda p: (not p.required, p.location == "body"))
        seen: dict[Identifier, Parameter] = {}
        result: list[Parameter] = []
        for parameter in ordered:
            name = parameter.name
            if name in seen:
                # the same name in two places (path and body, say): the later one says where it is
                name = naming.identifier(f"{parameter.location}_{parameter.wire}", naming.METHOD_LOCALS)
            if name in seen:
                node.error(
                    "name-collision",
                    f"the parameter {name!r} is made from {parameter.wire!r} and from {seen[name].wire!r}",
                    "give one of the two an `x-name`",
                )
            seen[name] = parameter
            result.append(replace(parameter, name=name))
        return tuple(result)

    def _parameters(self, path: str, node: Node, shared: list[Node], operation_id: str) -> list[Parameter]:
        found: dict[tuple[str, str], Parameter] = {}
        for reference in [*shared, *node.elements("parameters")]:
            parameter = reference.resolved()
            wire, location = parameter.need_text("name"), parameter.text("in")
            if location not in STYLES:
                raise parameter.fail(
                    "unsupported", f"a parameter in {location!r}", "path, query, header or cookie"
                )
            if self.require_descriptions and not parameter.text("description").strip():
                parameter.error("undescribed", f"the parameter {wire!r} has no description")
            found[wire, location] = self._parameter(parameter, wire, location, operation_id)
        in_path = {wire for wire, location in found if location == "path"}
        needed = set(re.findall(r"\{([^{}]+)\}", path))
        if in_path != needed:
            node.error(
                "path-parameters",
                f"the path needs {sorted(needed)} and the parameters in the path are {sorted(in_path)}",
            )
        return list(found.values())

    def _parameter(self, node: Node, wire: str, location: str, operation_id: str) -> Parameter:
        schema = node.get("schema")
        if schema is None:
            raise node.fail(
                "unsupported", "a parameter without a schema", "`content` on parameters is not read"
            )
        kind = self.schemas.type_of(schema, (naming.class_name(operation_id), wire))
        target = schema.resolved()
        style = node.text("style")
        if style and style not in STYLES[location]:
            node.error("unsupported", f"the style {style!r} of a parameter in {location}")
        if location == "path" and target.text("format") == "path":
            kind = Type("path")
        elif kind.kind in ("model", "dict", "object") and style != "deepObject":
            # exploded in the form style, each member of a map is a parameter of its own
            members = location == "query" and style in ("", "form") and node.flag("explode", True)
            if not members or kind.kind == "model":
                node.error(
                    "unsupported",
                    f"an object as a parameter in {location}",
                    "style: deepObject is read, and style: form with explode for a map without properties",
                )
        explode = node.flag("explode", True) if node.has("explode") else None
        default = target.mapping.get("default") if is_object(target.value) else None
        return Parameter(
            name=naming.identifier(node.text("x-name") or wire, naming.METHOD_LOCALS),
            wire=wire,
            location=location,
            type=kind,
            required=node.flag("required") or location == "path",
            doc=node.text("description"),
            minimum=_number(target, "minimum"),
            maximum=_number(target, "maximum"),
            style=style,
            explode=explode,
            default=default if isinstance(default, (str, int, float, bool)) else None,
        )

    # --- bodies

    def _body(self, node: Node, owner: ClassName) -> tuple[tuple[str, ...], list[Parameter]]:
        reference = node.get("requestBody")
        if reference is None:
            return (), []
        body = reference.resolved()
        content = dict(body.need("content").entries())
        json = [media for media in content if is_json(media)]
        forms = [media for media in FORMS if media in content]
        required = body.flag("required")
        doc = body.text("description")
        if not json and forms:
            return (forms[0],), self._form(content[forms[0]], owner)
        if not content:
            raise body.fail("unsupported", "a request body without any content type")
        chosen = json[0] if json else next(iter(content))
        schema = content[chosen].get("schema")
        kind = self.schemas.type_of(schema, (owner, "Body")) if schema else Type("any")
        if not json and kind.kind != "str":
            kind = Type("bytes")
        if self.require_descriptions and not doc.strip():
            body.error("undescribed", "this request body has no description")
        wire = body.text("x-name")
        if not wire and schema is not None and "$ref" in schema.mapping:
            wire = schema.resolved().pointer.rsplit("/", 1)[-1]
        name = naming.identifier(wire or "body", naming.METHOD_LOCALS)
        return tuple(content), [Parameter(name, "", "body", kind, required, doc)]

    def _form(self, media: Node, owner: ClassName) -> list[Parameter]:
        schema = media.need("schema").resolved()
        shape = self.schemas.shape(schema)
        result: list[Parameter] = []
        for wire, field in shape.properties.items():
            kind = self.schemas.type_of(field, (owner, wire))
            member = kind.items[0] if kind.kind == "list" else kind
            location = "file" if member.kind == "bytes" else "form"
            if self.require_descriptions and not field.text("description").strip():
                field.error("undescribed", f"the form field {wire!r} has no description")
            if member.kind == "bytes":
                kind = Type("file") if kind is member else Type("list", items=(Type("file"),))
            name = naming.identifier(wire, naming.METHOD_LOCALS)
            required = wire in shape.required
            result.append(Parameter(name, wire, location, kind, required, self.schemas.description(field)))
        return result

    # --- answers

    def _answers(
        self, node: Node, operation_id: str, *, stream: bool = False
    ) -> tuple[tuple[Answer, ...], tuple[Answer, ...], tuple[int, ...], tuple[str, ...]]:
        answers: list[Answer] = []
        errors: list[Answer] = []
        not_ready: list[int] = []
        produces: dict[str, None] = dict.fromkeys(node.strings("x-produces"))
        for status_text, reference in sorted(node.need("responses").entries()):
            response = reference.resolved()
            status = _status(status_text)
            if status is None:
                response.error("unknown-status", f"{status_text!r} is no HTTP status")
                continue
            if response.flag("x-not-ready"):
                not_ready.append(status)
                continue
            media, kind = self._content(response, naming.class_name(operation_id), status_text, stream=stream)
            answer = Answer(status, kind, response.text("description"))
            if 200 <= status < 400:
                family = status_text[1:].upper() == "XX"
                answers.append(replace(answer, status=status // 100) if family else answer)
                produces.update(dict.fromkeys(media))
            else:
                errors.append(replace(answer, type=streams.plain(kind)))
        default = next((answer for answer in errors if answer.status == 0), None)
        if default and not answers and not not_ready:
            answers.append(replace(default, status=2))  # all that is said of a success
        return tuple(answers), tuple(errors), tuple(not_ready), tuple(produces)

    def _content(
        self, response: Node, owner: ClassName, status: str, *, stream: bool = False
    ) -> tuple[tuple[str, ...], Type | None]:
        content = dict(response.entries("content"))
        streamed = [media for media in content if streams.kind_of(media)]
        json = [media for media in content if is_json(media) and media not in streamed]
        if streamed and (stream or not json):
            kind = streams.type_of(
                streams.kind_of(streamed[0]),
                content[streamed[0]],
                lambda schema: self.schemas.type_of(schema, (owner, f"Item{status}")),
            )
            return tuple(streamed), kind
        content = {media: node for media, node in content.items() if media not in streamed}
        if not content:
            return (), None
        chosen = json[0] if json else next(iter(content))
        schema = content[chosen].get("schema")
        if schema is None and not json:
            return tuple(content), Type("str" if chosen.startswith("text/") else "file")
        kind = self.schemas.type_of(schema, (owner, f"Answer{status}")) if schema else Type("any")
        if kind.kind == "bytes":
            return tuple(content), Type("file")
        if not json and kind.kind not in ("str", "any"):
            response.note("read-as-text", f"the body is {chosen}; it is returned as text")
            kind = Type("str")
        return tuple(content), kind

    # --- security

    def _security(self, node: Node) -> tuple[tuple[str, ...], ...]:
        source = node if node.has("security") else self.root
        schemes = self.root.get("components")
        known = dict(schemes.entries("securitySchemes")) if schemes else {}
        result: list[tuple[str, ...]] = []
        for alternative in source.elements("security"):
            names = tuple(alternative.mapping)
            for name in names:
                if name not in known:
                    alternative.error("unknown-security", f"there is no security scheme {name!r}")
            if names:
                result.append(names)
        return tuple(result)


def is_json(media: str) -> bool:
    """Whether a content type is JSON under one of its names."""
    plain = media.split(";")[0].strip().lower()
    return plain.endswith(("/json", "+json")) or plain == "*/*"


def _status(text: str) -> int | None:
    if text == "default":
        return 0
    if re.fullmatch(r"[1-5]\d\d", text):
        return int(text)
    if re.fullmatch(r"[1-5](XX|xx)", text):
        return int(text[0]) * 100
    return None


def _number(node: Node, key: str) -> float | None:
    value = node.mapping.get(key) if is_object(node.value) else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
