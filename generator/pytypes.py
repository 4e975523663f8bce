"""Types as a client sees them: one small tree, written as an annotation or in the wire grammar.

The wire grammar is what operations carry at run time: ``str``, ``Model``, ``list[X]``,
``tuple(X, Y)``, ``dict(str, X)``, ``X | Y``. The
annotation is what a reader, an editor and a type checker see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .naming import ClassName

Scalar = str | int | float | bool
NO_NAME = ClassName("")


@dataclass(frozen=True, slots=True)
class Type:
    """One type.

    ``kind`` is a scalar's name (``str``, ``datetime``, ``object``, ``any``, ``file``, ``bytes``…), or
    ``model`` and ``alias`` (``name`` says which), ``list`` and ``dict`` (``items`` holds the member type),
    ``tuple`` (``items`` holds the type of each place), ``union``.
    ``known`` means that ``enum`` lists only some values: others are accepted as well.
    """

    kind: str
    name: ClassName = NO_NAME
    items: tuple[Type, ...] = ()
    enum: tuple[Scalar, ...] = ()
    nullable: bool = False
    known: bool = False

    def optional(self) -> Type:
        """Return the same type, None allowed."""
        return replace(self, nullable=True)

    def bare(self) -> Type:
        """Return the same type, None not allowed."""
        return replace(self, nullable=False)

    @property
    def size(self) -> int:
        """How many parts the annotation has."""
        return 1 + sum(member.size for member in self.items)


MODULES = {
    **{"datetime": "datetime.datetime", "date": "datetime.date", "time": "datetime.time"},
    **{"duration": "datetime.timedelta", "uuid": "uuid.UUID", "decimal": "decimal.Decimal"},
}
"""Scalars that are classes of the standard library."""
TEXTUAL = frozenset({"str", "bytes", "base64", *MODULES})
"""Scalars that JSON writes as texts."""
STREAMS = ("events", "lines")
PLAIN = {"object": "Any", "any": "Any", "file": "str", "base64": "bytes"}


def expression(item: Type) -> str:
    """Return ``item`` in the wire grammar."""
    if item.kind in ("model", "alias"):
        return str(item.name)
    if item.kind == "list":
        return f"list[{expression(item.items[0])}]"
    if item.kind == "tuple":
        return f"tuple({', '.join(map(expression, item.items))})"
    if item.kind == "dict":
        return f"dict(str, {expression(item.items[0])})"
    if item.kind == "union":
        return " | ".join(expression(member) for member in item.items)
    if item.kind in STREAMS:
        return f"{item.kind}({expression(item.items[0])})"
    return "object" if item.kind == "any" else item.kind


def annotation(item: Type, shadowed: frozenset[str] = frozenset()) -> str:
    """Return ``item`` as Python, without None. ``shadowed`` names have another meaning in the module."""

    def word(name: str) -> str:
        if name not in shadowed:
            return name
        return f"builtins.{name}" if name in BUILTINS else f"_{name}"

    if item.enum:
        values = ", ".join(repr(value) for value in item.enum)
        bases = " | ".join(word(base) for base in sorted({type(value).__name__ for value in item.enum}))
        # the order tells the runtime whether other values are refused
        literal = f"{word('Literal')}[{values}]"
        return f"{bases} | {literal}" if item.known else f"{literal} | {bases}"
    if item.kind in ("model", "alias"):
        return f"{word('models')}.{item.name}"
    if item.kind == "list":
        return f"{word('list')}[{full(item.items[0], shadowed)}]"
    if item.kind == "tuple":
        return f"{word('tuple')}[{', '.join(full(each, shadowed) for each in item.items)}]"
    if item.kind == "dict":
        return f"{word('dict')}[{word('str')}, {full(item.items[0], shadowed)}]"
    if item.kind == "union":
        return " | ".join(annotation(member, shadowed) for member in item.items)
    if item.kind in STREAMS:
        inner = full(item.items[0], shadowed)
        return f"Stream[Event[{inner}]]" if item.kind == "events" else f"Stream[{inner}]"
    if item.kind in MODULES:
        module, _, name = MODULES[item.kind].partition(".")
        return f"{word(module)}.{name}"
    return word(PLAIN.get(item.kind, item.kind))


def full(item: Type, shadowed: frozenset[str] = frozenset()) -> str:
    """Return ``item`` as Python, with ``| None`` when it is nullable."""
    text = annotation(item, shadowed)
    return f"{text} | None" if item.nullable and not text.endswith("Any") else text


BUILTINS = frozenset({"list", "dict", "str", "int", "float", "bool", "bytes", "tuple", "type", "property"})


def words(item: Type) -> Iterator[str]:
    """Yield every name that ``annotation`` writes down, as if nothing were shadowed."""
    if item.enum:
        yield "Literal"
        yield from (type(value).__name__ for value in item.enum)
    elif item.kind in ("model", "alias"):
        yield "models"
    elif item.kind in ("list", "dict", "tuple"):
        yield item.kind
        if item.kind == "dict":
            yield "str"
    elif item.kind in MODULES:
        yield MODULES[item.kind].partition(".")[0]
    elif item.kind in STREAMS:
        yield from ("Stream", "Event") if item.kind == "events" else ("Stream",)
    elif item.kind != "union":
        yield PLAIN.get(item.kind, item.kind)
    if not item.enum:
        for member in item.items:
            yield from words(member)


def parts(item: Type) -> Iterator[Type]:
    """Yield ``item`` and every type inside it."""
    yield item
    for member in item.items:
        yield from parts(member)


def models_in(item: Type) -> Iterator[ClassName]:
    """Yield every model and alias that ``item`` mentions."""
    if item.kind in ("model", "alias"):
        yield item.name
    for member in item.items:
        yield from models_in(member)
