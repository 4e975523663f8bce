"""Types as a client sees them: one small tree, written as an annotation or in the wire grammar.

The wire grammar is what operations carry at run time: ``str``, ``Model``, ``list[X]``, ``dict(str, X)``,
``X | Y``. The annotation is what a reader, an editor and a type checker see.
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
    ``model`` (``name`` says which), ``list`` and ``dict`` (``items`` holds the member type), ``union``.
    """

    kind: str
    name: ClassName = NO_NAME
    items: tuple[Type, ...] = ()
    enum: tuple[Scalar, ...] = ()
    nullable: bool = False

    def optional(self) -> Type:
        """The same type, None allowed."""
        return replace(self, nullable=True)


STREAMS = ("events", "lines")
SHORT = ("datetime", "date")
PLAIN = {"object": "Any", "any": "Any", "file": "str"}


def expression(item: Type) -> str:
    """``item`` in the wire grammar."""
    if item.kind == "model":
        return str(item.name)
    if item.kind == "list":
        return f"list[{expression(item.items[0])}]"
    if item.kind == "dict":
        return f"dict(str, {expression(item.items[0])})"
    if item.kind == "union":
        return " | ".join(expression(member) for member in item.items)
    if item.kind in STREAMS:
        return f"{item.kind}({expression(item.items[0])})"
    return "object" if item.kind == "any" else item.kind


def annotation(item: Type, shadowed: frozenset[str] = frozenset()) -> str:
    """``item`` as Python, without None. ``shadowed`` names mean something else where it is written."""

    def word(name: str) -> str:
        if name not in shadowed:
            return name
        return f"builtins.{name}" if name in BUILTINS else f"_{name}"

    if item.enum:
        values = ", ".join(repr(value) for value in item.enum)
        bases = sorted({type(value).__name__ for value in item.enum})
        return f"{word('Literal')}[{values}] | " + " | ".join(word(base) for base in bases)
    if item.kind == "model":
        return f"{word('models')}.{item.name}"
    if item.kind == "list":
        return f"{word('list')}[{full(item.items[0], shadowed)}]"
    if item.kind == "dict":
        return f"{word('dict')}[{word('str')}, {full(item.items[0], shadowed)}]"
    if item.kind == "union":
        return " | ".join(annotation(member, shadowed) for member in item.items)
    if item.kind in STREAMS:
        inner = full(item.items[0], shadowed)
        return f"Stream[Event[{inner}]]" if item.kind == "events" else f"Stream[{inner}]"
    if item.kind in SHORT:
        return f"{word('datetime')}.{item.kind}"
    return word(PLAIN.get(item.kind, item.kind))


def full(item: Type, shadowed: frozenset[str] = frozenset()) -> str:
    """``item`` as Python, with ``| None`` when it is nullable."""
    text = annotation(item, shadowed)
    return f"{text} | None" if item.nullable and not text.endswith("Any") else text


BUILTINS = frozenset({"list", "dict", "str", "int", "float", "bool", "bytes", "tuple", "type", "property"})


def words(item: Type) -> Iterator[str]:
    """Every name that ``annotation`` writes down, as if nothing were shadowed."""
    if item.enum:
        yield "Literal"
        yield from (type(value).__name__ for value in item.enum)
    elif item.kind == "model":
        yield "models"
    elif item.kind in ("list", "dict"):
        yield item.kind
        if item.kind == "dict":
            yield "str"
    elif item.kind in SHORT:
        yield "datetime"
    elif item.kind in STREAMS:
        yield from ("Stream", "Event") if item.kind == "events" else ("Stream",)
    elif item.kind != "union":
        yield PLAIN.get(item.kind, item.kind)
    if not item.enum:
        for member in item.items:
            yield from words(member)


def models_in(item: Type) -> Iterator[ClassName]:
    """Every model that ``item`` mentions."""
    if item.kind == "model":
        yield item.name
    for member in item.items:
        yield from models_in(member)
