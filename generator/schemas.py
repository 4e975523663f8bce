"""Schemas to types and models: references, merging, unions, names."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from . import naming
from .diagnostics import SpecError
from .document import Document, Node
from .ir import Field, Model
from .jsonvalues import is_list, is_object
from .naming import ClassName, Identifier
from .pytypes import Scalar, Type

# keywords that change which values are right in a way that a Python type does not show
UNSUPPORTED = (
    *("not", "if", "then", "else", "dependentSchemas", "patternProperties", "prefixItems"),
    *("unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$recursiveRef", "$id"),
)
MAX_ALL_OF = 20
"""How many schemas deep one may build on another by allOf."""
_SCALARS = {"integer": "int", "number": "float", "boolean": "bool", "string": "str"}
_FORMATS = {"date-time": "datetime", "date": "date", "binary": "bytes"}
_TEXTUAL = frozenset({"str", "datetime", "date", "bytes"})


@dataclass(slots=True)
class _Shape:
    """An object schema with everything that allOf adds to it."""

    properties: dict[str, Node]
    required: set[str]
    additional: Node | None = None
    description: str = ""


class Schemas:
    """Turns schema nodes into types, and collects the models that they need."""

    def __init__(self, document: Document, require_descriptions: bool = False) -> None:
        self.document = document
        self.require_descriptions = require_descriptions
        self._models: dict[str, Model] = {}
        self._claims: dict[str, str] = {}
        self._names: dict[str, ClassName] = {}
        self._tags: dict[str, tuple[str, str, str]] = {}
        self._open: list[str] = []
        self._built_on: dict[str, list[Node]] | None = None

    def component_models(self) -> None:
        """Make a model of every named object schema, used or not."""
        components = self.document.root.get("components")
        if components is None:
            return
        for name, node in components.entries("schemas"):
            with suppress(SpecError):  # recorded; the other schemas may have mistakes too
                if self._is_model(node):
                    self._names[node.pointer] = naming.class_name(node.text("x-name") or name)
        for _, node in components.entries("schemas"):
            with suppress(SpecError):
                if self._is_model(node):
                    self._model(node)
                else:
                    self.type_of(node, ())

    def finished(self) -> tuple[Model, ...]:
        """All models, those that belong to tagged unions with their tags."""
        result: list[Model] = []
        for pointer, model in self._models.items():
            tag = self._tags.get(pointer)
            if tag is not None:
                wire, value, _ = tag
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

    # --- types

    def type_of(self, node: Node, place: tuple[str, ...]) -> Type:
        """The type of a schema. ``place`` are the names after which an inline object is called."""
        if node.value is True or node.value == {}:
            return Type("any")
        schema = node.mapping
        if "$ref" in schema:
            return self._referenced(node)
        if schema.get("x-free-form") and any(word in schema for word in (*UNSUPPORTED, "oneOf", "anyOf")):
            return Type("any")
        for keyword in UNSUPPORTED:
            if keyword in schema:
                node.error(
                    "unsupported",
                    f"the keyword {keyword!r} has no counterpart in a Python type",
                    "describe the value with a plain type, or mark it `x-free-form: true`",
                )
        kinds, nullable = self._kinds(node)
        if "enum" in schema or "const" in schema:
            return self._enum(node, nullable)
        for keyword in ("oneOf", "anyOf"):
            if keyword in schema:
                if "properties" in schema or "allOf" in schema:
                    node.error("unsupported", f"{keyword!r} beside properties of its own or beside 'allOf'")
                return self._union(node, keyword, place, nullable)
        if "allOf" in schema:
            parts = list(node.elements("allOf"))
            if len(parts) == 1 and "properties" not in schema:
                inner = self.type_of(parts[0], place)
                return inner.optional() if nullable else inner
        found = [self._of_kind(node, kind, place) for kind in kinds]
        result = found[0] if len(found) == 1 else self._joined(node, found)
        return result.optional() if nullable else result

    def _kinds(self, node: Node) -> tuple[list[str], bool]:
        schema = node.mapping
        declared: Any = schema.get("type")
        kinds: list[Any] = [declared] if isinstance(declared, str) else declared if is_list(declared) else []
        if not kinds:
            if "properties" in schema or "additionalProperties" in schema or "allOf" in schema:
                kinds = ["object"]
            elif "items" in schema:
                kinds = ["array"]
        nullable = "null" in kinds
        return [str(kind) for kind in kinds if kind != "null"] or ["any"], nullable

    def _of_kind(self, node: Node, kind: str, place: tuple[str, ...]) -> Type:
        if kind == "any":
            return Type("any")
        if kind == "array":
            items = node.get("items")
            return Type("list", items=(self.type_of(items, (*place, "Item")) if items else Type("any"),))
        if kind == "object":
            if self._is_model(node):
                return Type("model", self._model(node, place))
            additional = node.get("additionalProperties")
            if additional is not None and is_object(additional.value) and additional.value:
                return Type("dict", items=(self.type_of(additional, (*place, "Value")),))
            return Type("object")
        if kind not in _SCALARS:
            node.error("unknown-type", f"{kind!r} is no JSON type")
            return Type("any")
        return Type(self._text(node) if kind == "string" else _SCALARS[kind])

    def _text(self, node: Node) -> str:
        media = node.text("contentMediaType")
        if media and not node.has("contentEncoding") and not re.search(r"^text/|[/+](json|xml)\b", media):
            return "bytes"  # what OpenAPI 3.1 writes for `format: binary`
        return _FORMATS.get(node.text("format"), "str")

    def _referenced(self, node: Node) -> Type:
        target = node.resolved()
        if self._is_model(target):
            return self._family(target) or Type("model", self._model(target))
        if target.pointer in self._open:
            raise node.fail("reference-cycle", "this schema contains itself with no object in between")
        self._open.append(target.pointer)
        try:
            return self.type_of(target, (target.pointer.rsplit("/", 1)[-1],))
        finally:
            self._open.pop()

    def _enum(self, node: Node, nullable: bool) -> Type:
        schema = node.mapping
        values: list[Any] = [schema["const"]] if "const" in schema else node.need("enum").sequence
        allowed: list[Scalar] = []
        for value in values:
            if value is None:
                nullable = True
            elif isinstance(value, (str, int)):
                allowed.append(value)
            else:
                node.error("unsupported", "an enum value must be a text, a whole number, true, false or null")
        if not allowed:
            return Type("any")
        kinds = {type(value).__name__ for value in allowed}
        kind = kinds.pop() if len(kinds) == 1 else "any"
        return Type(kind, enum=tuple(dict.fromkeys(allowed)), nullable=nullable)

    def _union(self, node: Node, keyword: str, place: tuple[str, ...], nullable: bool) -> Type:
        variants = list(node.elements(keyword))
        found: list[Type] = []
        for index, variant in enumerate(variants):
            if is_object(variant.value) and variant.mapping.get("type") == "null":
                nullable = True
                continue
            found.append(self.type_of(variant, (*place, f"Option{index + 1}")))
        if len(found) == 1:
            return found[0].optional() if nullable else found[0]
        discriminator = node.get("discriminator")
        if discriminator is not None:
            self._tag(discriminator, variants)
        result = self._joined(node, found, tagged=discriminator is not None)
        return result.optional() if nullable or any(item.nullable for item in found) else result

    def _joined(self, node: Node, found: list[Type], *, tagged: bool = False) -> Type:
        """One type that takes every value that one of ``found`` takes."""
        flat: list[Type] = []
        for item in found:
            flat.extend(item.items if item.kind == "union" else (replace(item, nullable=False),))
        flat = list(dict.fromkeys(flat))
        if not flat or any(item.kind == "any" and not item.enum for item in flat):
            return Type("any")
        texts = [item for item in flat if item.kind in _TEXTUAL]
        if len(texts) > 1:
            enums = tuple(dict.fromkeys(value for item in texts for value in item.enum))
            flat = [item for item in flat if item not in texts[1:]]
            flat[flat.index(texts[0])] = Type("str", enum=enums)
        objects = [item for item in flat if item.kind in ("model", "dict", "object")]
        if len(objects) > 1 and not (tagged and all(item.kind == "model" for item in objects)):
            node.error(
                "ambiguous-union",
                "several kinds of object without a discriminator can't be told apart",
                "add a discriminator, describe the value as one object with optional properties, "
                "or mark it `x-free-form: true`",
            )
        if sum(item.kind == "list" for item in flat) > 1:
            node.error(
                "ambiguous-union", "several kinds of list can't be told apart", "use one list of a union"
            )
        return flat[0] if len(flat) == 1 else Type("union", items=tuple(flat))

    def _tag(self, discriminator: Node, variants: list[Node]) -> None:
        wire = discriminator.text("propertyName")
        mapping: dict[str, str] = {}
        for value, target in discriminator.entries("mapping"):
            reference = str(target.value)
            if not reference.startswith("#"):
                reference = f"#/components/schemas/{reference}"
            mapping.setdefault(self.document.at(reference, target.pointer).pointer, value)
        for variant in variants:
            target = variant.resolved()
            if target.pointer not in self._models:
                continue
            if target is variant and not _is_named(variant):
                variant.error(
                    "unsupported", "an inline schema can't be told by a discriminator", "give it a name"
                )
            value = mapping.get(target.pointer, target.pointer.rsplit("/", 1)[-1])
            known = self._tags.setdefault(target.pointer, (wire, value, discriminator.pointer))
            if known[:2] != (wire, value):
                discriminator.error(
                    "conflicting-discriminators",
                    f"{target.pointer} is {wire}={value!r} here and {known[0]}={known[1]!r} elsewhere",
                    f"see {known[2]}",
                )

    def _family(self, parent: Node) -> Type | None:
        """Any of the schemas that build on ``parent`` by allOf, or itself, told by its discriminator."""
        discriminator = parent.get("discriminator")
        heirs = self._heirs(parent) if discriminator is not None else {}
        if discriminator is None or not heirs:
            return None
        kinds = [*heirs.values(), parent]
        found = [Type("model", self._model(each)) for each in kinds]
        self._tag(discriminator, kinds)
        return Type("union", items=tuple(found))

    def _heirs(self, parent: Node) -> dict[str, Node]:
        if self._built_on is None:
            self._built_on = {}
            components = self.document.root.get("components")
            for _, node in components.entries("schemas") if components else ():
                for part in node.elements("allOf") if is_object(node.value) else ():
                    if self._is_model(node):
                        self._built_on.setdefault(part.resolved().pointer, []).append(node)
        result: dict[str, Node] = {}
        for heir in self._built_on.get(parent.pointer, ()):
            result |= {heir.pointer: heir, **self._heirs(heir)}
        return result

    # --- models

    def _is_model(self, node: Node, depth: int = 0) -> bool:
        if depth > MAX_ALL_OF:
            raise node.fail("reference-cycle", "this schema's allOf leads back to itself")
        if not is_object(node.value):
            return False
        schema = node.mapping
        if schema.get("x-free-form") or "$ref" in schema or "enum" in schema:
            return False
        if schema.get("properties"):
            return True
        parts = [part.resolved() for part in node.elements("allOf")] if "allOf" in schema else []
        # alone, a part is the same schema under another name, unless it is one of the kinds of its parent
        if len(parts) == 1 and not (_is_named(node) and parts[0].has("discriminator")):
            return False
        return any(self._is_model(part, depth + 1) for part in parts)

    def _model(self, node: Node, place: tuple[str, ...] = ()) -> ClassName:
        parts = (node.text("x-name"),) if node.has("x-name") else place or ("Inline",)
        name = self._names.setdefault(node.pointer, naming.class_name(*parts))
        if node.pointer in self._models:
            return name
        module = naming.module_of(name)
        other = self._claims.setdefault(module, node.pointer)
        if other != node.pointer:
            node.error(
                "name-collision",
                f"the class {name!r} (module {module!r}) is already made from {other}",
                "give one of the two schemas an `x-name`",
            )
        schema_name = node.text("x-server-name") or node.pointer.rsplit("/", 1)[-1]
        empty = Model(name, module, schema_name, "", ())
        self._models[node.pointer] = empty  # known before its fields, so that it may contain itself
        shape = self.shape(node)
        self._describe(node, shape.description)
        extras = None
        if shape.additional is not None and shape.additional.value is not False:
            extras = self.type_of(shape.additional, (*place, "Value"))
        self._models[node.pointer] = replace(
            empty, doc=shape.description, fields=self._fields(shape, name), extras=extras
        )
        return name

    def shape(self, node: Node, depth: int = 0) -> _Shape:
        """The object schema ``node`` with the parts of its allOf merged in, first come first placed."""
        if depth > MAX_ALL_OF:
            raise node.fail("reference-cycle", "this schema's allOf leads back to itself")
        result = _Shape({}, set(node.strings("required")))
        for part in node.elements("allOf"):
            inner = self.shape(part.resolved(), depth + 1)
            for name, child in inner.properties.items():
                known = result.properties.setdefault(name, child)
                if known.value != child.value:
                    child.error("conflicting-allof", f"{name!r} is declared differently at {known.pointer}")
            result.required |= inner.required
            result.additional = result.additional or inner.additional
            result.description = result.description or inner.description
        for name, child in node.entries("properties"):
            result.properties[name] = child
        result.additional = node.get("additionalProperties") or result.additional
        result.description = node.text("description") or node.text("title") or result.description
        return result

    def _fields(self, shape: _Shape, owner: ClassName) -> tuple[Field, ...]:
        fields: list[Field] = []
        seen: dict[Identifier, Node] = {}
        for wire, node in shape.properties.items():
            own = node.text("x-name") if is_object(node.value) else ""
            name = naming.identifier(own or wire, naming.MODEL_MEMBERS)
            if name in seen:
                node.error(
                    "name-collision",
                    f"the field {name!r} is already made from {seen[name].pointer}",
                    "give one of the two properties an `x-name`",
                )
            seen[name] = node
            if any(char in '"\\' or ord(char) < 32 for char in wire):
                node.error(
                    "unsupported", "a property's name with a quote, a backslash or a control character"
                )
            kind = self.type_of(node, (owner, wire))
            doc = self.description(node)
            self._describe(node, doc)
            named = wire in shape.required
            required, sends_null = named and not kind.nullable, named and kind.nullable
            fields.append(Field(name, wire, kind, required, doc, node.pointer, sends_null))
        for wire in sorted(shape.required - set(shape.properties)):
            node = next(iter(shape.properties.values()))
            node.note("unknown-required", f"{wire!r} is required but not among the properties of {owner}")
        return tuple(fields)

    def description(self, node: Node) -> str:
        """The text beside a schema, or the text of what it refers to."""
        if not is_object(node.value):
            return ""
        own = node.text("description") or node.text("title")
        if own or "$ref" not in node.mapping:
            return own
        return self.description(node.resolved())

    def _describe(self, node: Node, text: str) -> None:
        if self.require_descriptions and not text.strip():
            node.error("undescribed", "there is no description", "every schema and field says what it means")


def _is_named(node: Node) -> bool:
    return node.pointer.startswith("/components/schemas/") and node.pointer.count("/") == 3
