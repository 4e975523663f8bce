"""Discriminators: the property and the value that say which schema an object has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .document import Document, Node, escape_pointer
from .jsonvalues import is_list, is_object
from .naming import last_part
from .shapes import NAMED, VARIANTS, Shapes, is_named

_OPAQUE = ("example", "examples", "default", "enum")

OTHERS = ""
"""Stands among the values of a discriminator for those that it does not map, and for none (OpenAPI 3.2)."""

Told = tuple[str, dict[str, str]]
"""The JSON name of the property, and the pointer of the schema for each of its values."""


class Tags:
    """The tags of schemas, as the discriminators of a document define them.

    If all discriminators give a schema the same single value, the schema has this value as its tag, and the
    decoder needs nothing else. If discriminators disagree, or give a schema several values, the union maps
    values to schemas instead (see `tell`).
    """

    def __init__(self, document: Document, shapes: Shapes) -> None:
        self.document = document
        self.shapes = shapes
        self._tags: dict[str, tuple[str, str]] = {}
        self._built_on: dict[str, list[Node]] | None = None
        self._claims: dict[str, set[tuple[str, str]]] | None = None

    def of(self, pointer: str) -> tuple[str, str] | None:
        """Return the property and the value of a schema's tag; None if it has no tag."""
        return self._tags.get(pointer)

    def tell(self, discriminator: Node, kinds: list[Node]) -> Told | None:
        """Give each schema its tag and return None, or return the mapping that the union needs instead."""
        wire = _wire(discriminator)
        values = self._values(discriminator, kinds)
        if not wire or not values:
            return None  # the decoder tells them apart by their properties
        if self._claims is None:
            self._claims = self._all_claims()
        pointers = [each.pointer for each in kinds]
        taken = [value for each in values.values() for value in each]
        if (
            set(values) == set(pointers)
            and len(set(pointers)) == len(pointers) == len(taken) == len(set(taken))
            and OTHERS not in taken
            and all(len(self._own(each, wire) or ()) < 2 for each in kinds)
            and all(self._agreed(pointer, wire) for pointer in pointers)
        ):
            for pointer, (value,) in values.items():
                self._tags[pointer] = (wire, value)
            return None
        return wire, {value: pointer for pointer, each in values.items() for value in each}

    def _agreed(self, pointer: str, wire: str) -> bool:
        claims = (self._claims or {}).get(pointer, set())
        return len(claims) <= 1 and all(each[0] == wire for each in claims)

    def _values(self, discriminator: Node, kinds: list[Node]) -> dict[str, list[str]]:
        """Return the values for each schema: mapped ones, else those of its own property, else its name."""
        wire = _wire(discriminator)
        mapped: dict[str, list[str]] = {}
        for value, target in discriminator.entries("mapping"):
            if (pointer := self._target(target, kinds)) is not None:
                mapped.setdefault(pointer, []).append(value)
        other = discriminator.get("defaultMapping")
        if other is not None and (pointer := self._target(other, kinds)) is not None:
            mapped.setdefault(pointer, []).append(OTHERS)
        result: dict[str, list[str]] = {}
        for kind in kinds:
            if not self.shapes.is_model(kind):
                continue
            own = self._own(kind, wire)
            if own is None:
                continue  # its property holds no texts
            named = [last_part(kind.pointer)] if is_named(kind) else []
            values = mapped.get(kind.pointer) or own or named
            if values:
                result[kind.pointer] = values
        return result

    def _target(self, name: Node, kinds: list[Node]) -> str | None:
        """Return the pointer of the schema that a mapping names, by a reference or by its name alone."""
        reference = str(name.value)
        found = next((kind for kind in kinds if last_part(kind.pointer) == reference), None)
        if "#" not in reference and not reference.endswith((".json", ".yaml", ".yml")):
            reference = f"#/components/schemas/{reference}"
        found = self.document.find(reference) or found
        if found is None:
            name.error("dangling-reference", f"the reference {reference!r} points to nothing")
            return None
        return found.resolved().pointer

    def _own(self, kind: Node, wire: str) -> list[str] | None:
        """Return the texts that the schema's own property may hold, as listed; None if it holds no texts."""
        property = self.shapes.of(kind).properties.get(wire)
        if property is None:
            return []
        listed: list[str] = []
        for node in property.nodes:
            value: Any = node.resolved().value
            if not is_object(value):
                continue
            if value.get("type") not in (None, "string", ["string"], ["string", "null"]):
                return None
            allowed = [value["const"]] if "const" in value else value.get("enum")
            if is_list(allowed) and allowed and all(isinstance(each, str) for each in allowed):
                listed = [str(each) for each in allowed]
        return listed

    def _all_claims(self) -> dict[str, set[tuple[str, str]]]:
        """Return the tags that all discriminators of the document give to each schema."""
        claims: dict[str, set[tuple[str, str]]] = {}
        pending = [self.document.root]
        while pending:
            node = pending.pop()
            if is_list(node.value):
                pending.extend(node.elements())
                continue
            if not is_object(node.value):
                continue
            discriminator = node.value.get("discriminator")
            if is_object(discriminator) and isinstance(discriminator.get("propertyName"), str):
                self._claim(node, claims)
            pending.extend(
                child
                for name, child in node.entries()
                if name not in _OPAQUE
                or node.pointer.endswith(("/properties", "/responses", "/schemas", "/definitions"))
            )
        return claims

    def _claim(self, node: Node, claims: dict[str, set[tuple[str, str]]]) -> None:
        discriminator = node.need("discriminator")
        kinds = [
            each.resolved()
            for keyword in VARIANTS
            if is_list(node.value.get(keyword))
            for each in node.elements(keyword)
            if is_object(each.value) and self.document.reaches(each)
        ]
        kinds = [each for each in kinds if is_object(each.value)] or self.family(node) or []
        for pointer, values in self._values(discriminator, kinds).items():
            claims.setdefault(pointer, set()).update((_wire(discriminator), value) for value in values)

    def _named(self) -> Iterator[Node]:
        """Yield every schema that has a name, in the document or in another file."""
        holders = ["/components/schemas"]
        files = self.document.value.get("x-files")
        for name in files if is_object(files) else ():
            file = f"/x-files/{escape_pointer(name)}"
            yield Node(self.document, files[name], file)
            holders += [file, *(f"{file}{folder}" for folder in NAMED)]
        for pointer in holders:
            holder = self.document.find(f"#{pointer}")
            if holder is not None and is_object(holder.value):
                yield from (node for _, node in holder.entries())

    def family(self, parent: Node) -> list[Node] | None:
        """Return the schemas that extend ``parent`` by allOf, then ``parent``; None without heirs."""
        discriminator = parent.get("discriminator")
        if discriminator is None or not is_object(discriminator.value):
            return None
        heirs = self._heirs(parent, {})
        return [*heirs.values(), parent] if heirs else None

    def _heirs(self, parent: Node, found: dict[str, Node]) -> dict[str, Node]:
        if self._built_on is None:
            self._built_on = {}
            for node in self._named():
                if not is_object(node.value) or not is_list(node.value.get("allOf")):
                    continue
                parts = list(node.elements("allOf"))
                for part in parts:
                    if is_object(part.value) and is_list(part.value.get("allOf")):
                        parts += part.elements("allOf")
                    if self.document.reaches(part) and self.shapes.is_model(node):
                        self._built_on.setdefault(part.resolved().pointer, []).append(node)
        for heir in self._built_on.get(parent.pointer, ()):
            if heir.pointer not in found:
                found[heir.pointer] = heir
                self._heirs(heir, found)
        return found


def _wire(discriminator: Node) -> str:
    value = discriminator.value.get("propertyName") if is_object(discriminator.value) else None
    return value if isinstance(value, str) else ""
