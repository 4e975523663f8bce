"""Turn object schemas into models: class names, fields, and whether other members are allowed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from . import naming
from .diagnostics import Diagnostic, SpecError
from .document import Document, Node
from .ir import Field, Model
from .joining import joined, narrower
from .jsonvalues import is_object
from .naming import ClassName
from .pytypes import Type
from .shapes import Property, Shape, Shapes
from .tags import Tags
from .versions import history

TypeOf = Callable[[Node, tuple[str, ...]], Type]
"""Function that returns the type of a schema; the texts are the place that names an inline object."""


class Models:
    """The models of a package, each made once, with a class name of its own.

    Args:
        document: where the schemas are.
        shapes: the properties of object schemas.
        type_of: makes the types of fields.
        require_descriptions: a schema or field without a text is an error.
    """

    def __init__(
        self, document: Document, shapes: Shapes, type_of: TypeOf, require_descriptions: bool = False
    ) -> None:
        self.document = document
        self.shapes = shapes
        self.type_of = type_of
        self.require_descriptions = require_descriptions
        self.names: dict[str, ClassName] = {}
        self.broken: dict[ClassName, Diagnostic] = {}
        self._claims: dict[str, str] = {}
        self._models: dict[str, Model] = {}

    def finished(self, tags: Tags) -> tuple[Model, ...]:
        """Return all models; members of tagged unions have their tags."""
        result: list[Model] = []
        for pointer, model in self._models.items():
            tag = tags.of(pointer)
            if tag is not None:
                wire, value = tag
                own = [field for field in model.fields if field.wire == wire]
                model = replace(
                    model,
                    fields=tuple(field for field in model.fields if field.wire != wire),
                    tag_field=wire,
                    tag=value,
                    tag_name=own[0].name if own else naming.identifier(wire, naming.MODEL_MEMBERS),
                )
            result.append(model)
        return tuple(result)

    def name(self, node: Node, place: tuple[str, ...]) -> ClassName:
        """Return the unique name of the class that is made from ``node``."""
        known = self.names.get(node.pointer)
        if known is not None:
            return known
        wanted = naming.class_name(*place)
        name, number = wanted, 1
        while (other := self._claims.setdefault(naming.module_of(name), node.pointer)) != node.pointer:
            if number == 1:
                node.error(
                    "name-collision",
                    f"the class {name!r} (module {naming.module_of(name)!r}) is already made from {other}; "
                    "this one gets a number",
                    "give one of the two schemas an `x-name`",
                )
            number += 1
            name = ClassName(f"{wanted}{number}")
        self.names[node.pointer] = name
        return name

    def of(self, node: Node, place: tuple[str, ...] = ()) -> ClassName:
        parts = (node.text("x-name"),) if node.has("x-name") else place or (naming.last_part(node.pointer),)
        name = self.name(node, parts)
        if node.pointer in self._models:
            return name
        schema_name = node.text("x-server-name") or naming.last_part(node.pointer)
        empty = Model(name, naming.module_of(name), schema_name, "", ())
        self._models[node.pointer] = empty  # known before its fields, so that it may contain itself
        try:
            shape = self.shapes.of(node)
            self._describe(node, shape.description)
            self._models[node.pointer] = replace(
                empty,
                doc=shape.description,
                fields=self._fields(node, shape, name),
                extras=self._extras(node, shape, parts if place else (str(name),)),
                history=history(node),
            )
        except SpecError as error:
            if self.document.problems.strict:
                raise
            self.broken[name] = error.diagnostics[0]
        return name

    def _extras(self, node: Node, shape: Shape, place: tuple[str, ...]) -> Type | None:
        values = list(shape.patterns)
        if shape.additional is not None and shape.additional.value is not False:
            values.append(shape.additional)
        return joined([self.type_of(each, (*place, "Value")) for each in values]) if values else None

    def _fields(self, model: Node, shape: Shape, owner: ClassName) -> tuple[Field, ...]:
        fields: list[Field] = []
        properties = {**shape.properties, **self._undeclared(model, shape, owner)}
        given = {wire: _own_name(property.node) for wire, property in properties.items()}
        for wire, name in naming.distinct(properties, given, naming.MODEL_MEMBERS).items():
            property = properties[wire]
            node = property.node
            if name != naming.identifier(given[wire] or wire, naming.MODEL_MEMBERS):
                node.error(
                    "name-collision",
                    f"another property of {owner} has the Python name of {wire!r}; this one becomes {name!r}",
                    "give one of the two properties an `x-name`",
                )
            if any(char in '"\\' or ord(char) < 32 for char in wire):
                node.error(
                    "unsupported",
                    "the property's name has a quote, a backslash or a control character; it is left out",
                )
                continue
            kind = self._of_property(property, (self._declarer(property.node, model) or owner, wire))
            doc = next((text for each in reversed(property.nodes) if (text := self.description(each))), "")
            self._describe(node, doc)
            named = wire in shape.required and wire in shape.properties
            flags = [each.value for each in property.nodes if is_object(each.value)]
            # callers give a writeOnly field and answers lack it, so the model can't require it
            named = named and not any(each.get("writeOnly") is True for each in flags)
            known = history(node)
            named = named and not known.since
            required, sends_null = named and not kind.nullable, named and kind.nullable
            fields.append(
                Field(
                    name, wire, kind, required, doc, node.pointer, sends_null,
                    read_only=any(each.get("readOnly") is True for each in flags), history=known,
                )
            )  # fmt: skip
        return tuple(fields)

    def _declarer(self, property: Node, model: Node) -> str:
        """Return the name of the other schema that declares an inherited property; empty if it is not one."""
        parts = property.pointer.split("/")
        if parts[1:3] != ["components", "schemas"] or model.pointer.split("/")[:4] == parts[:4]:
            return ""
        node = self.document.at("#" + "/".join(parts[:4]), model.pointer)
        return _own_name(node) or naming.last_part(node.pointer)

    def _undeclared(self, model: Node, shape: Shape, owner: ClassName) -> dict[str, Property]:
        """Return an optional property of any type for each name that is required but not declared.

        Such a name may be a mistake, so callers need not give a value.
        """
        found: dict[str, Property] = {}
        for wire in sorted(shape.required - set(shape.properties)) if shape.properties else ():
            found[wire] = Property([Node(self.document, {}, f"{model.pointer}/required")])
            text = f"{wire!r} is required but not among the properties of {owner}; any value is accepted"
            found[wire].node.note("unknown-required", text)
        return found

    def _of_property(self, property: Property, place: tuple[str, ...]) -> Type:
        nodes = property.nodes
        if property.either:
            return joined([self.type_of(each, place if at == 0 else (*place, f"Option{at + 1}"))
                           for at, each in enumerate(nodes)])  # fmt: skip
        objects = [each for each in nodes if self.shapes.is_model(each.resolved())]
        if len(objects) > 1 and not (is_object(nodes[-1].value) and "$ref" in nodes[-1].value):
            both = {"allOf": [each.value for each in objects]}
            return self.type_of(Node(self.document, both, f"{nodes[-1].pointer}/allOf"), place)
        found = self.type_of(nodes[-1], place)
        for each in reversed(nodes[:-1]):
            found = narrower(self.type_of(each, place), found)
        return found

    def description(self, node: Node) -> str:
        """Return the description of a schema, or of the schema that it refers to."""
        if not is_object(node.value):
            return ""
        own = node.text("description") or node.text("title")
        if own or "$ref" not in node.mapping:
            return own
        return self.description(node.resolved())

    def _describe(self, node: Node, text: str) -> None:
        if self.require_descriptions and not text.strip():
            node.error(
                "undescribed",
                "this schema or field has no description",
                "describe every schema and field",
            )


def _own_name(node: Node) -> str:
    return node.text("x-name") if is_object(node.value) else ""
