"""Request bodies as parameters: one JSON, text or binary body, the fields of a form, or a choice of both."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from . import naming
from .document import Node
from .ir import Parameter
from .jsonvalues import is_object
from .naming import ClassName
from .pytypes import Type
from .schemas import Schemas
from .versions import history

MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"
FORMS = (MULTIPART, URLENCODED)
JSON = "application/json"
RANGES = ("*/*", "application/*", "application/*+json")
_BINARY = r"(image/(?!svg)|audio/|video/|font/|application/(octet-stream|pdf|zip|gzip|x-tar|x-gzip)$)"


@dataclass(frozen=True, slots=True)
class Body:
    """The request body of an operation: its media types, and the parameters that make it.

    ``needed`` means that callers must give one of several forms of the body, though each one is optional.
    """

    consumes: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    needed: bool = False


class Bodies:
    """Maker of the parameters of request bodies."""

    def __init__(self, schemas: Schemas, require_descriptions: bool = False) -> None:
        self.schemas = schemas
        self.require_descriptions = require_descriptions

    def of(self, node: Node, owner: ClassName) -> Body:
        """Return the body of an operation; an empty one if it takes none."""
        reference = node.get("requestBody")
        if reference is None:
            return Body()
        body = reference.resolved()
        body.need("content")
        content = body.content()
        json = json_first(content)
        forms = [media for media in FORMS if media in content]
        if not content:
            raise body.fail("unsupported", "this request body has no content type")
        for form in forms if not json else ():
            if fields := self._form(content[form], owner, form) or self._free(
                body, content[form], owner, form
            ):
                return Body((form,), tuple(fields))
        chosen = json[0] if json else next(iter(content))
        parameter = self._single(body, content[chosen], owner, "" if json else chosen)
        others = self._beside(content, owner) if json else []
        consumes = _sent_as(tuple(content), chosen, parameter.type)
        self._left_out(body, content, [chosen, *([MULTIPART] if others else [])])
        if not others:
            return Body(consumes, (parameter,))
        single = replace(parameter, required=False)
        optional = [replace(each, required=False) for each in others]
        return Body(consumes, (single, *optional), parameter.required)

    def _left_out(self, body: Node, content: dict[str, Node], offered: list[str]) -> None:
        """Note the content types that have a schema of their own, but no parameter."""
        schemas = {
            media: node.value.get("schema") for media, node in content.items() if is_object(node.value)
        }
        known = [schemas.get(media) for media in offered]
        if rest := [media for media, schema in schemas.items() if schema not in known]:
            text = f"the body can also be {', '.join(rest)}; only {' and '.join(offered)} can be given"
            body.note("other-bodies", text, "send it by the client's `request`")

    def _beside(self, content: dict[str, Node], owner: ClassName) -> list[Parameter]:
        """Return the fields of a multipart form that is offered beside JSON."""
        return self._form(content[MULTIPART], owner, MULTIPART) if MULTIPART in content else []

    def _free(self, body: Node, media: Node, owner: ClassName, form: str) -> list[Parameter]:
        """Return the parameter of a form whose fields are not declared; none if only bytes can be sent."""
        schema = media.get("schema") if is_object(media.value) else None
        kind = self.schemas.type_of(schema, (owner, "Form")) if schema else Type("object")
        if form != URLENCODED or kind.kind not in ("object", "dict", "any"):
            return []
        name = naming.identifier(body.text("x-name") or "fields", naming.METHOD_LOCALS)
        kind = Type("object") if kind.kind == "any" else kind
        return [
            Parameter(name, "", "form", kind, body.flag("required"), body.text("description"), style="form")
        ]

    def _single(self, body: Node, media: Node, owner: ClassName, plain: str) -> Parameter:
        """Return the parameter of a body. `plain` is its content type where that is not JSON."""
        schema = media.get("schema")
        inline = schema if schema is not None and is_object(schema.value) else None
        doc = body.text("description") or (inline.text("description") if inline else "")
        kind = self.schemas.type_of(schema, (owner, "Body")) if schema else Type("any")
        encoded = inline is not None and inline.resolved().text("format") == "base64"
        if not plain and kind.kind == "base64":
            kind = Type("str", nullable=kind.nullable)  # bytes are sent as they are, not as JSON
        if plain and (kind.kind != "str" or (is_binary(plain) and not encoded)):
            parts = plain.startswith("multipart/") or media.has("itemSchema")
            if parts or kind.kind not in ("bytes", "any", "str"):
                body.note("sent-as-bytes", f"the body is {plain}; it is sent as the bytes that are given")
            kind = Type("bytes")
        if self.require_descriptions and not doc.strip():
            body.error("undescribed", "this request body has no description")
        wire = body.text("x-name")
        if not wire and inline is not None and "$ref" in inline.value:
            wire = naming.last_part(inline.resolved().pointer)
        name = naming.identifier(wire or "body", naming.METHOD_LOCALS)
        return Parameter(name, "", "body", kind, body.flag("required"), doc)

    def of_query(self, node: Node, owner: ClassName) -> list[Parameter]:
        """Return the parameters of a whole query (`in: querystring` of OpenAPI 3.2): the fields of a form.

        Any other content is one parameter without a name on the wire.
        """
        content = node.content()
        if not content:
            raise node.fail("unsupported", "a parameter in 'querystring' needs a content type")
        media, holder = next(iter(content.items()))
        if media == URLENCODED and _has_fields(holder) and (fields := self._form(holder, owner, media)):
            return [_in_query(each) for each in fields]
        wire = node.text("name") or "query"
        schema = holder.get("schema")
        kind = self.schemas.type_of(schema, (owner, wire)) if schema else Type("any")
        if media != URLENCODED:
            style, wire_name = "json" if is_json(media) else "", ""
            kind = kind if style else Type("str")
        else:
            style, wire_name = "form", wire
        name = naming.identifier(node.text("x-name") or wire, naming.METHOD_LOCALS)
        doc = node.text("description")
        return [Parameter(name, wire_name, "query", kind, node.flag("required"), doc, style=style)]

    def _form(self, media: Node, owner: ClassName, form: str) -> list[Parameter]:
        if not _has_fields(media):
            return []
        shape = self.schemas.shapes.of(media.need("schema"))
        encodings = dict(media.entries("encoding"))
        result: list[Parameter] = []
        for wire, property in shape.properties.items():
            field = property.node
            kind = self.schemas.type_of(field, (owner, wire))
            member = kind.items[0] if kind.kind == "list" else kind
            location = "file" if member.kind == "bytes" else "form"
            doc = self.schemas.models.description(field)
            if self.require_descriptions and not doc.strip():
                field.error("undescribed", f"the form field {wire!r} has no description")
            if member.kind == "bytes":
                kind = Type("file") if kind is member else Type("list", items=(Type("file"),))
            style, explode, part = "", None, ""
            encoding = encodings.get(wire)
            if encoding is not None and is_object(encoding.value):
                style = encoding.text("style")
                explode = encoding.flag("explode") if encoding.has("explode") else None
                if form == URLENCODED and is_json(encoding.text("contentType") or "x"):
                    style = "json"
                if form == MULTIPART:
                    part = _of_part(encoding, kind)
            if form == URLENCODED and location == "file":
                field.note("file-in-form", f"{wire!r} is a file; the form is sent as {MULTIPART}")
            required = wire in shape.required and not _read_only(field)
            name = naming.identifier(field.text("x-name") or wire, naming.METHOD_LOCALS)
            result.append(
                Parameter(
                    name, wire, location, kind, required, doc, style=style, explode=explode,
                    history=history(field), media_type=part,
                )
            )  # fmt: skip
        return result


def _of_part(encoding: Node, kind: Type) -> str:
    """Return the content type of a part; empty where the document names none that the part can have."""
    media = encoding.text("contentType").strip()
    kind, many = (kind.items[0], True) if kind.kind == "list" else (kind, False)
    if not media or (is_json(media) and kind.kind in ("object", "dict", "model", "union", "alias", "any")):
        return media
    if is_json(media) and many and kind.kind != "file":
        return ""  # the parts are texts
    if "," in media or "*" in media or not re.fullmatch(r"[!-~ ]+", media):
        if kind.kind == "file":
            encoding.note("part-type", f"the part can be {media}; give (file name, data, content type)")
        return ""
    if kind.kind in ("object", "dict", "model"):
        encoding.note("part-type", f"the part is {media}; it is sent as JSON")
        return ""
    return media


def _in_query(field: Parameter) -> Parameter:
    """Return a field of a form as a parameter of a query; objects without a style are JSON."""
    members = field.type.items if field.type.kind == "union" else (field.type,)
    objects = all(each.kind in ("object", "dict", "model") for each in members)
    style = field.style or ("json" if objects and field.explode is None else "")
    return replace(field, location="query", type=as_text(field.type), style=style)


def as_text(kind: Type) -> Type:
    """Return the type of a parameter: what is bytes elsewhere is a text in an address or a header."""
    if kind.kind in ("bytes", "file"):
        return replace(kind, kind="str")
    if kind.kind in ("list", "tuple"):
        return replace(kind, items=tuple(map(as_text, kind.items)))
    return kind


def _read_only(node: Node) -> bool:
    return is_object(node.value) and node.value.get("readOnly") is True


def _has_fields(media: Node) -> bool:
    schema = media.get("schema") if is_object(media.value) else None
    return schema is not None and is_object(schema.resolved().value)


def json_first(content: Iterable[str]) -> list[str]:
    """Return the content types that are JSON: plain JSON first, ranges last."""
    return sorted(filter(is_json, content), key=lambda media: (_bare(media) != JSON, "*" in media))


def _sent_as(consumes: tuple[str, ...], chosen: str, kind: Type) -> tuple[str, ...]:
    """Return the content types of a body so that the runtime, which prefers JSON, sends the chosen one.

    `*/*` and its like are not content types; they are replaced by one that the body has.
    """
    if _bare(chosen) in RANGES:
        first = JSON if is_json(chosen) and kind.kind != "bytes" else "application/octet-stream"
        return tuple(dict.fromkeys((first, *(media for media in consumes if "*" not in media))))
    if JSON in map(str.lower, consumes) and _bare(chosen) == JSON:
        return consumes
    return tuple(dict.fromkeys((chosen, *consumes)))


def is_binary(media: str) -> bool:
    """Return whether a content type is never text, whatever its schema says."""
    return re.match(_BINARY, _bare(media)) is not None


def _bare(media: str) -> str:
    return media.split(";")[0].strip().lower()


def is_json(media: str) -> bool:
    """Return whether a content type is JSON under one of its names."""
    plain = _bare(media)
    return plain.endswith(("/json", "+json")) or plain == "*/*"
