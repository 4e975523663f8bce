"""Request bodies as parameters: one JSON, text or binary body, the fields of a form, or a choice of both."""

from __future__ import annotations

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
        content = dict(body.need("content").entries())
        json = [media for media in content if is_json(media)]
        forms = [media for media in FORMS if media in content]
        if not content:
            raise body.fail("unsupported", "this request body has no content type")
        form = next((media for media in forms if _has_fields(content[media])), None)
        if form and not json:
            fields = self._form(content[form], owner, form)
            return Body((form,), tuple(fields))
        chosen = json[0] if json else next(iter(content))
        parameter = self._single(body, content[chosen], owner, bool(json))
        others = self._beside(content, owner) if json else []
        if not others:
            return Body(tuple(content), (parameter,))
        single = replace(parameter, required=False)
        optional = [replace(each, required=False) for each in others]
        return Body(tuple(content), (single, *optional), parameter.required)

    def _beside(self, content: dict[str, Node], owner: ClassName) -> list[Parameter]:
        """Return the fields of a multipart form that is offered beside JSON."""
        if MULTIPART not in content or not _has_fields(content[MULTIPART]):
            return []
        return self._form(content[MULTIPART], owner, MULTIPART)

    def _single(self, body: Node, media: Node, owner: ClassName, json: bool) -> Parameter:
        doc = body.text("description")
        schema = media.get("schema")
        kind = self.schemas.type_of(schema, (owner, "Body")) if schema else Type("any")
        if not json and kind.kind != "str":
            kind = Type("bytes")
        if self.require_descriptions and not doc.strip():
            body.error("undescribed", "this request body has no description")
        wire = body.text("x-name")
        if not wire and schema is not None and is_object(schema.value) and "$ref" in schema.value:
            wire = naming.last_part(schema.resolved().pointer)
        name = naming.identifier(wire or "body", naming.METHOD_LOCALS)
        return Parameter(name, "", "body", kind, body.flag("required"), doc)

    def _form(self, media: Node, owner: ClassName, form: str) -> list[Parameter]:
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
            style, explode = "", None
            encoding = encodings.get(wire)
            if encoding is not None and is_object(encoding.value):
                style = encoding.text("style")
                explode = encoding.flag("explode") if encoding.has("explode") else None
                if form == URLENCODED and is_json(encoding.text("contentType") or "x"):
                    style = "json"
            required = wire in shape.required and not _read_only(field)
            name = naming.identifier(field.text("x-name") or wire, naming.METHOD_LOCALS)
            result.append(
                Parameter(
                    name, wire, location, kind, required, doc, style=style, explode=explode,
                    history=history(field),
                )
            )  # fmt: skip
        return result


def _read_only(node: Node) -> bool:
    return is_object(node.value) and node.value.get("readOnly") is True


def _has_fields(media: Node) -> bool:
    schema = media.get("schema") if is_object(media.value) else None
    return schema is not None and is_object(schema.resolved().value)


def is_json(media: str) -> bool:
    """Return whether a content type is JSON under one of its names."""
    plain = media.split(";")[0].strip().lower()
    return plain.endswith(("/json", "+json")) or plain == "*/*"
