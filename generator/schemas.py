"""Turn schemas into types: scalars, lists, maps, enums, references, unions. `models.py` makes the classes."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

from . import naming
from .diagnostics import SpecError
from .document import Document, Node
from .ir import Alias, Model
from .joining import joined, narrower
from .jsonvalues import is_list, is_object
from .models import Models
from .naming import ClassName
from .pytypes import Scalar, Type
from .shapes import VARIANTS, Shapes, says_something
from .tags import Tags

# keywords that restrict values in a way that a Python type can't express
UNSUPPORTED = (
    *("not", "if", "then", "else", "dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "$id"),
)
MAX_INLINE = 10
"""A named schema whose type has more parts than this gets a name in Python, too."""
_SCALARS = {"integer": "int", "number": "float", "boolean": "bool", "string": "str"}
_FORMATS = {"date-time": "datetime", "date": "date", "binary": "bytes"}
_MORE_FORMATS = {
    **{"uuid": "uuid", "byte": "base64", "time": "time", "duration": "duration", "decimal": "decimal"},
}
_MISTAKEN = {
    **{"int": "integer", "long": "integer", "float": "number", "double": "number", "bool": "boolean"},
    **{"text": "string", "str": "string", "date": "string", "datetime": "string", "uuid": "string"},
    **{"file": "string", "list": "array", "map": "object", "dict": "object", "any": "any", "enum": "string"},
}
"""Wrong type names in documents, and the JSON types that they mean."""


class Schemas:
    """Maker of types from schema nodes, with the models that they need.

    Args:
        document: where the schemas are.
        require_descriptions: a schema or field without a text is an error.
        formats: uuid, byte, time, duration and decimal become Python's types; otherwise they are texts.
    """

    def __init__(self, document: Document, require_descriptions: bool = False, formats: bool = False) -> None:
        self.document = document
        self.formats = {**_FORMATS, **(_MORE_FORMATS if formats else {})}
        self.shapes = Shapes()
        self.aliases: dict[ClassName, Alias] = {}
        self.models = Models(document, self.shapes, self.type_of, require_descriptions)
        self._types: dict[str, Type] = {}
        self._failed: dict[str, SpecError] = {}
        self._open: list[str] = []
        self._recursive: set[str] = set()
        self._tags = Tags(document, self.shapes)

    def component_models(self) -> None:
        """Make a model of every named object schema, used or not."""
        components = self.document.root.get("components")
        if components is None:
            return
        for name, node in components.entries("schemas"):
            with suppress(SpecError):  # recorded; the other schemas may have mistakes too
                if self.shapes.is_model(node):
                    self.models.name(node, (node.text("x-name") or name,))
        for _, node in components.entries("schemas"):
            with suppress(SpecError):
                if self.shapes.is_model(node):
                    self.models.of(node)
                else:
                    self._named(node)

    def finished(self) -> tuple[Model, ...]:
        """Return all models; members of tagged unions have their tags."""
        return self.models.finished(self._tags)

    # --- types

    def type_of(self, node: Node, place: tuple[str, ...]) -> Type:
        """Return the type of a schema. ``place`` has the names that name an inline object."""
        if isinstance(node.value, bool) or node.value == {}:
            return Type("any")
        schema = node.mapping
        if "$ref" in schema:
            return self._referenced(node.resolved())
        if "$dynamicRef" in schema or "$recursiveRef" in schema:
            return self._dynamic(node)
        if schema.get("x-free-form") and any(word in schema for word in (*UNSUPPORTED, *VARIANTS)):
            return Type("any")
        for keyword in UNSUPPORTED:
            if keyword in schema and schema[keyword] not in (True, False):
                node.error(
                    "unsupported",
                    f"the keyword {keyword!r} has no counterpart in a Python type; it is not checked",
                    "describe the value with a plain type, or mark it `x-free-form: true`",
                )
        kinds, nullable = self._kinds(node)
        if "enum" in schema or "const" in schema:
            return self._enum(node, kinds, nullable)
        if kinds in (["object"], ["any"]) and self.shapes.is_model(node):
            found = self._or_plain(node, Type("model", self.models.of(node, place)), place)
        elif unions := [keyword for keyword in VARIANTS if keyword in schema]:
            found = self._union(node, unions[0], place)
            for keyword in (*unions[1:], *(["allOf"] if "allOf" in schema else [])):
                other = self._all_of(node, place) if keyword == "allOf" else self._union(node, keyword, place)
                found = narrower(other, found)
        elif "allOf" in schema:
            found = self._all_of(node, place)
        else:
            found = joined([self._of_kind(node, kind, place) for kind in kinds])
        return found.optional() if nullable else found

    def _kinds(self, node: Node) -> tuple[list[str], bool]:
        schema = node.mapping
        declared: Any = schema.get("type")
        kinds: list[Any] = [declared] if isinstance(declared, str) else declared if is_list(declared) else []
        if not kinds:
            mapped = any(key in schema for key in ("properties", "additionalProperties", "patternProperties"))
            if mapped or ("allOf" in schema and not any(keyword in schema for keyword in VARIANTS)):
                kinds = ["object"]
            elif "items" in schema or "prefixItems" in schema:
                kinds = ["array"]
        nullable = "null" in kinds
        return [str(kind) for kind in kinds if kind != "null"] or ["any"], nullable

    def _of_kind(self, node: Node, kind: str, place: tuple[str, ...]) -> Type:
        if kind == "array":
            return self._list(node, place)
        if kind == "object":
            if self.shapes.is_model(node):
                return Type("model", self.models.of(node, place))
            return self._map(node, place)
        if kind == "any":
            return Type("any")
        if kind not in _SCALARS:
            meant = _MISTAKEN.get(kind.lower(), "any")
            node.error("unknown-type", f"{kind!r} is not a JSON type; it is read as {meant!r}")
            return self._of_kind(node, meant, place)
        return Type(self._text(node) if kind == "string" else _SCALARS[kind])

    def _list(self, node: Node, place: tuple[str, ...]) -> Type:
        """Return the type of a list, or of a tuple if each of its places has a schema."""
        places = list(node.elements("prefixItems"))
        if places and _is_closed(node, len(places)):
            named = ((*place, f"Item{at}") for at in range(1, len(places) + 1))
            return Type("tuple", items=tuple(map(self.type_of, places, named)))
        return Type("list", items=(self._items(node, place),))

    def _items(self, node: Node, place: tuple[str, ...]) -> Type:
        """Return the type of a list's members: a union if its places differ."""
        items = node.get("items")
        listed = list(node.elements("prefixItems"))
        if items is not None and is_list(items.value):
            items.error("items-list", "`items` is a list of schemas; any member may be any of them")
            listed += items.elements()
        elif items is not None and not (listed and items.value is False):
            if not listed:
                return self.type_of(items, (*place, "Item"))
            listed.append(items)
        if not listed:
            return Type("any")
        return joined([self.type_of(each, (*place, f"Item{at + 1}")) for at, each in enumerate(listed)])

    def _map(self, node: Node, place: tuple[str, ...]) -> Type:
        values = [each for _, each in node.entries("patternProperties")]
        if values:
            node.note("patterns", "the patterns of `patternProperties` are not checked")
        additional = node.get("additionalProperties")
        if additional is not None and is_object(additional.value) and additional.value:
            values.append(additional)
        elif additional is not None and additional.value is not False and values:
            return Type("object")
        if not values:
            return Type("object")
        member = joined([self.type_of(each, (*place, "Value")) for each in values])
        return Type("object") if member.kind == "any" and len(values) > 1 else Type("dict", items=(member,))

    def _text(self, node: Node) -> str:
        media = node.text("contentMediaType")
        encoding = node.text("contentEncoding")
        if media and not encoding and not re.search(r"^text/|[/+](json|xml)\b", media):
            return "bytes"  # OpenAPI 3.1's form of `format: binary`
        if encoding.lower() in ("base64", "base64url") and "byte" in self.formats and encoding != "base64url":
            return "base64"  # OpenAPI 3.1's form of `format: byte`
        format = node.get("format")
        return self.formats.get(format.value, "str") if format and isinstance(format.value, str) else "str"

    def _referenced(self, target: Node) -> Type:
        if not self.shapes.is_model(target):
            return self._named(target)
        kind = self._family(target) or Type("model", self.models.of(target))
        kind = self._or_plain(target, kind, (naming.last_part(target.pointer),))
        return kind.optional() if self._kinds(target)[1] else kind

    def _or_plain(self, node: Node, kind: Type, place: tuple[str, ...]) -> Type:
        """Return the type of a schema with properties, and with the variants of it that are not objects."""
        if "type" in node.mapping:
            return kind
        found = [kind]
        for variant in (each for keyword in VARIANTS for each in node.elements(keyword)):
            target = variant.resolved()
            if not is_object(target.value):
                continue
            kinds, nullable = self._kinds(target)
            if kinds == ["any"] and nullable:
                found[0] = kind.optional()
            elif {"enum", "const"} & target.value.keys() or not {"any", "object"} & set(kinds):
                found.append(self.type_of(variant, (*place, f"Option{len(found)}")))
        return joined(found)

    def _dynamic(self, node: Node) -> Type:
        """Return the target of a reference that other schemas may redirect."""
        schemas = (self.document.root.get("components") or node).get("schemas")
        wanted = str(node.mapping.get("$dynamicRef") or node.mapping.get("$recursiveRef"))
        if wanted == "#" and node.pointer.startswith("/components/schemas/"):
            around = "/".join(node.pointer.split("/")[:4])
            return self._referenced(self.document.at(f"#{around}", node.pointer))
        for _, each in schemas.entries() if schemas is not None else ():
            if is_object(each.value) and wanted == f"#{each.value.get('$dynamicAnchor')}":
                return self._referenced(each)
        if wanted.startswith("#/"):
            return self._referenced(self.document.at(wanted, node.pointer))
        node.error("unsupported", f"the reference {wanted!r} is not followed; any value is accepted")
        return Type("any")

    def _named(self, target: Node) -> Type:
        """Return the type of a named schema that is not a class: its name if it is long or recursive."""
        pointer = target.pointer
        if (known := self._types.get(pointer)) is not None:
            return known
        if pointer in self._failed:
            raise self._failed[pointer]
        schema = naming.last_part(pointer)
        name = self.models.names.get(pointer)
        if pointer in self._open:
            name = name or self.models.name(target, (target.text("x-name") or schema,))
            self._recursive.add(pointer)
            return Type("alias", name)
        self._open.append(pointer)
        try:
            found = self.type_of(target, (target.text("x-name") or schema,))
        except SpecError as error:
            self._failed[pointer] = error
            raise
        finally:
            self._open.pop()
        name = self.models.names.get(pointer)
        if pointer in self._recursive and name is not None:
            rest = [item for item in found.items or (found,) if (item.kind, item.name) != ("alias", name)]
            if found.kind in ("union", "alias") and len(rest) < len(found.items or (found,)):
                if not rest:
                    raise target.fail("reference-cycle", "this schema only refers to itself")
                found = replace(joined(rest), nullable=found.nullable)
        if found.kind in ("union", "list", "dict", "tuple") and (
            pointer in self._recursive or found.size > MAX_INLINE
        ):
            name = name or self.models.name(target, (target.text("x-name") or schema,))
            self.aliases[name] = Alias(name, schema, target.text("description"), found.bare())
            found = Type("alias", name, nullable=found.nullable)
        elif pointer in self._recursive:
            raise target.fail("reference-cycle", "this schema contains itself with no object in between")
        self._types[pointer] = found
        return found

    def _enum(self, node: Node, kinds: list[str], nullable: bool) -> Type:
        schema = node.mapping
        values: list[Any] = [schema["const"]] if "const" in schema else node.need("enum").sequence
        allowed: list[Scalar] = []
        for value in values:
            if value is None:
                nullable = True
            elif not isinstance(value, (str, int)):
                break
            elif kinds == ["string"] and not isinstance(value, str):
                text = str(value).lower() if isinstance(value, bool) else str(value)
                node.error("enum-kind", f"the value {value!r} of a text is written {text!r}")
                allowed.append(text)
            elif kinds == ["integer"] and isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
                allowed.append(int(value))
            else:
                allowed.append(value)
        else:
            if allowed:
                known = {type(value).__name__ for value in allowed}
                kind = known.pop() if len(known) == 1 else "any"
                return Type(kind, enum=tuple(dict.fromkeys(allowed)), nullable=nullable)
            return Type("any", nullable=nullable)
        if any(not isinstance(value, (int, float)) for value in values if value is not None):
            node.error(
                "unsupported",
                "an enum value must be a text, a whole number, true, false or null; any value is accepted",
            )
        plain = {key: value for key, value in schema.items() if key not in ("enum", "const")}
        if not plain.get("type") and all(isinstance(value, (int, float)) for value in values):
            plain["type"] = "number"
        found = self.type_of(Node(node.document, plain, node.pointer), (naming.last_part(node.pointer),))
        return found.optional() if nullable else found

    def _all_of(self, node: Node, place: tuple[str, ...]) -> Type:
        """Return the type of `allOf` parts that are not objects: the most exact part."""
        found: Type | None = None
        for part in node.elements("allOf"):
            target = part.resolved()
            if is_object(target.value) and (says_something(target.value) or "type" in target.value):
                kind = self.type_of(part, place)
                found = kind if found is None else narrower(found, kind)
        return found or Type("object")

    def _union(self, node: Node, keyword: str, place: tuple[str, ...]) -> Type:
        variants: list[Node] = []
        found: list[Type] = []
        nullable = False
        for index, variant in enumerate(node.elements(keyword)):
            if is_object(variant.value) and variant.mapping.get("type") == "null":
                nullable = True
                continue
            variants.append(variant)
            found.append(self.type_of(variant, (*place, f"Option{index + 1}")))
        discriminator = node.get("discriminator")
        result = joined(found)
        if discriminator is not None and len(found) > 1:
            kinds = [variant.resolved() for variant in variants]
            told = self._tags.tell(discriminator, kinds)
            if told is not None and result.kind == "union":
                result = self._told(node, place, result, told)
        return result.optional() if nullable else result

    def _told(self, node: Node, place: tuple[str, ...], kind: Type, told: tuple[str, dict[str, str]]) -> Type:
        """Return a named union that maps each value of a property to a member, as members have no tags."""
        wire, values = told
        mapping = tuple((value, self.models.names[pointer]) for value, pointer in values.items())
        name = self.models.name(node, place or ("Inline",))
        schema = naming.last_part(node.pointer)
        self.aliases[name] = Alias(name, schema, node.text("description"), kind.bare(), wire, mapping)
        return Type("alias", name, nullable=kind.nullable)

    def _family(self, parent: Node) -> Type | None:
        """Return the union of ``parent`` and the schemas that extend it by allOf; None without heirs."""
        kinds = self._tags.family(parent)
        if kinds is None:
            return None
        discriminator = parent.need("discriminator")
        found = Type("union", items=tuple(Type("model", self.models.of(each)) for each in kinds))
        told = self._tags.tell(discriminator, kinds)
        if told is None:
            return found
        known = self._types.get(f"{parent.pointer} family")
        if known is None:
            node = Node(self.document, parent.value, f"{parent.pointer}/discriminator")
            place = (naming.last_part(parent.pointer), "Kind")
            known = self._types[f"{parent.pointer} family"] = self._told(node, place, found, told)
        return known


def _is_closed(node: Node, places: int) -> bool:
    """Return whether a list has nothing after its listed places."""
    after = [node.mapping.get(key) for key in ("items", "unevaluatedItems")]
    return False in after or node.mapping.get("maxItems") == places
