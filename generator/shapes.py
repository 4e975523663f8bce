"""Flatten an object schema to one list of properties: merge allOf, add the variants of oneOf and anyOf."""

from __future__ import annotations

from dataclasses import dataclass, field

from .document import Node
from .jsonvalues import is_list, is_object

MAX_ALL_OF = 20
"""How many levels deep schemas may extend each other by allOf."""
VARIANTS = ("oneOf", "anyOf")
NAMED = ("/definitions", "/components/schemas")
"""Where another file may have its schemas, besides its top level."""
_CONDITIONAL = ("then", "else")
_ANNOTATIONS = frozenset(
    {
        *("description", "title", "example", "examples", "default", "nullable", "readOnly", "writeOnly"),
        *("deprecated", "externalDocs", "xml", "$comment", "required", "minProperties", "maxProperties"),
    }
)


@dataclass(slots=True)
class Property:
    """One property and its declarations: a value satisfies all of them, or (``either``) one of them."""

    nodes: list[Node]
    either: bool = False

    @property
    def node(self) -> Node:
        """The declaration that counts most."""
        return self.nodes[-1]

    def both(self, other: Property) -> Property:
        """Return the property whose values satisfy this declaration and the later one."""
        if self.either != other.either:
            return self if self.either else other
        return Property(_distinct([*self.nodes, *other.nodes]), self.either)

    def or_else(self, other: Property) -> Property:
        """Return the property whose values satisfy this declaration or the other one."""
        return Property(_distinct([*self.nodes, *other.nodes]), True)


def _distinct(nodes: list[Node]) -> list[Node]:
    found: list[Node] = []
    for node in nodes:
        found = [known for known in found if known.value != node.value]
        found.append(node)
    return found


@dataclass(slots=True)
class Shape:
    """An object schema with everything that allOf and its variants add to it."""

    properties: dict[str, Property] = field(default_factory=dict[str, Property])
    required: set[str] = field(default_factory=set[str])
    additional: Node | None = None
    patterns: list[Node] = field(default_factory=list[Node])
    description: str = ""


class Shapes:
    """The shapes of object schemas, each worked out once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bool], Shape] = {}
        self._open: list[tuple[str, bool]] = []
        self._models: dict[str, bool] = {}
        self._kinds: dict[str, set[str]] = {}

    def of(self, node: Node, own: bool = False) -> Shape:
        """Return the shape of a schema; the declarations of a property are in their order.

        ``own`` leaves out oneOf and anyOf. A parent may list its kinds there, and a kind that extends the
        parent must not get the properties of the other kinds.
        """
        node = node.resolved()
        key = (node.pointer, own)
        if (known := self._known.get(key)) is not None:
            return known
        if key in self._open or len(self._open) > MAX_ALL_OF:
            raise node.fail("reference-cycle", "this schema's allOf leads back to itself")
        self._open.append(key)
        try:
            found = self._known[key] = self._made(node, own)
        finally:
            self._open.pop()
        return found

    def _made(self, node: Node, own: bool) -> Shape:
        result = Shape(required=set(node.strings("required")))
        for part in node.elements("allOf"):
            target = part.resolved()
            if not is_object(target.value):
                continue
            inner = self.of(target, self._is_kind(node, target))
            for name, child in inner.properties.items():
                known = result.properties.get(name)
                result.properties[name] = known.both(child) if known else child
            result.required |= inner.required
            result.additional = result.additional or inner.additional
            result.patterns += inner.patterns
            result.description = result.description or inner.description
        for name, declared in node.entries("properties"):
            known = result.properties.get(name)
            said = Property([declared])
            result.properties[name] = known.both(said) if known else said
        for keyword in VARIANTS:
            if keyword in node.mapping and not own:
                self._vary(result, list(node.elements(keyword)), always=True)
        self._vary(
            result, [each for key in _CONDITIONAL if (each := node.get(key)) is not None], always=False
        )
        self._vary(result, [each for _, each in node.entries("dependentSchemas")], always=False)
        result.additional = node.get("additionalProperties") or result.additional
        result.patterns += [each for _, each in node.entries("patternProperties")]
        result.description = node.text("description") or node.text("title") or result.description
        return result

    def _is_kind(self, node: Node, parent: Node) -> bool:
        """Return whether a parent lists a schema, or one that extends the schema, among its kinds."""
        if not {"discriminator", "properties"} <= parent.mapping.keys():
            return False
        kinds = self._kinds.get(parent.pointer)
        if kinds is None:
            kinds = self._kinds[parent.pointer] = set()
            found = [each for keyword in VARIANTS for each in parent.elements(keyword)]
            while found:
                each = found.pop()
                target = each.resolved() if each.document.reaches(each) else each
                if is_object(target.value) and target.pointer not in kinds:
                    kinds.add(target.pointer)
                    found += target.elements("allOf")
        return not {node.pointer, node.pointer.partition("/allOf/")[0]}.isdisjoint(kinds)

    def _vary(self, result: Shape, variants: list[Node], *, always: bool) -> None:
        """Add the properties of each variant. ``always`` means that every object satisfies one of them."""
        shapes: list[Shape] = []
        for variant in variants:
            target = variant.resolved()
            if (
                is_object(target.value)
                and target.value.get("type") != "null"
                and (target.pointer, False) not in self._open
            ):
                shapes.append(self.of(target))
        added: dict[str, Property] = {}
        for shape in shapes:
            for name, child in shape.properties.items():
                added[name] = added[name].or_else(child) if name in added else child
            result.additional = result.additional or shape.additional
            result.patterns += shape.patterns
        for name, child in added.items():
            known = result.properties.get(name)
            result.properties[name] = known.both(Property(child.nodes, True)) if known else child
        if always and shapes:
            first, *others = shapes
            result.required |= first.required.intersection(*(shape.required for shape in others))

    def is_model(self, node: Node, depth: int = 0) -> bool:
        """Return whether a schema becomes a class."""
        known = self._models.get(node.pointer)
        if known is None:
            known = self._is_model(node, depth)
            self._models[node.pointer] = known
        return known

    def _is_model(self, node: Node, depth: int) -> bool:
        if depth > MAX_ALL_OF:
            raise node.fail("reference-cycle", "this schema's allOf leads back to itself")
        if not is_object(node.value):
            return False
        schema = node.mapping
        if schema.get("x-free-form") or "$ref" in schema or "enum" in schema or not _may_be_object(schema):
            return False
        if schema.get("properties"):
            return True
        parts = [part.resolved() for part in node.elements("allOf")] if "allOf" in schema else []
        varied = any(self._of_objects(node, keyword, depth + 1) for keyword in VARIANTS if keyword in schema)
        if parts and varied:
            return True
        # an allOf of one part is another name for the part, unless the part's discriminator tells its kinds
        if len(parts) == 1 and not (
            is_named(node) and is_object(parts[0].value) and parts[0].has("discriminator")
        ):
            return False
        if any(self.is_model(part, depth + 1) for part in parts):
            return True
        said = [part for part in parts if is_object(part.value) and says_something(part.value)]
        return len(said) > 1 and all(
            any(self._of_objects(part, keyword, depth + 1) for keyword in VARIANTS if keyword in part.mapping)
            for part in said
        )

    def _of_objects(self, node: Node, keyword: str, depth: int) -> bool:
        """Return whether every variant is an object or null, and one is an object."""
        if depth > MAX_ALL_OF:
            return False
        found = False
        for variant in node.elements(keyword):
            target = variant.resolved()
            if not is_object(target.value):
                return False
            if target.value.get("type") == "null" or not says_something(target.value):
                continue
            nested = any(
                self._of_objects(target, each, depth + 1) for each in VARIANTS if each in target.mapping
            )
            if not (self.is_model(target, depth + 1) or nested):
                return False
            found = True
        return found


def _may_be_object(schema: dict[str, object]) -> bool:
    kind = schema.get("type")
    if isinstance(kind, str):
        return kind == "object"
    return "object" in kind if is_list(kind) and kind else True


def says_something(schema: dict[str, object]) -> bool:
    """Return whether a schema has more than descriptions and the names of required properties."""
    return any(
        key not in _ANNOTATIONS and not key.startswith("x-") and not (key == "type" and value == "object")
        for key, value in schema.items()
    )


def is_named(node: Node) -> bool:
    """Return whether a schema is one of the document's components, or a schema of another file."""
    folder = node.pointer.rpartition("/")[0]
    if not folder.startswith("/x-files"):
        return folder == "/components/schemas"
    inside = "/" + "/".join(folder.split("/")[3:])
    return inside in ("/", *NAMED)
