"""Make one type of several: ``joined`` accepts the values of each, ``narrower`` picks the more exact one."""

from __future__ import annotations

from dataclasses import replace

from .pytypes import TEXTUAL, Scalar, Type


def joined(found: list[Type]) -> Type:
    """Return the type that accepts every value that any of ``found`` accepts."""
    nullable = any(item.nullable for item in found)
    flat: list[Type] = []
    for item in found:
        flat.extend(item.items if item.kind == "union" else (replace(item, nullable=False),))
    flat = list(dict.fromkeys(flat))
    if not flat or any(item.kind == "any" and not item.enum for item in flat):
        return Type("any", nullable=nullable)
    texts = [item for item in flat if item.kind in TEXTUAL]
    if len(texts) > 1:
        flat = _merged(flat, texts, "str")
    for kind in ("int", "float", "bool"):
        same = [item for item in flat if item.kind == kind]
        if len(same) > 1:
            flat = _merged(flat, same, kind)
    if len(flat) == 1:
        return replace(flat[0], nullable=nullable)
    # the other members of the union allow more values than an enum lists
    flat = [replace(item, known=bool(item.enum)) for item in flat]
    return Type("union", items=tuple(flat), nullable=nullable)


def _merged(flat: list[Type], same: list[Type], kind: str) -> list[Type]:
    """Return ``flat`` with ``same`` replaced by one type that lists the values of all of them."""
    values: tuple[Scalar, ...] = tuple(dict.fromkeys(value for item in same for value in item.enum))
    known = bool(values) and not all(item.enum and not item.known for item in same)
    one = Type(kind, enum=values, known=known)
    return [one if item is same[0] else item for item in flat if item is same[0] or item not in same]


def narrower(first: Type, later: Type) -> Type:
    """Return the more exact of two declarations of a value; the later one if neither is."""
    if (
        (later.kind == "any" and not later.enum)
        or (later.kind == "object" and first.kind in ("model", "dict", "alias"))
        or (first.enum and not first.known and later.kind == first.kind and (not later.enum or later.known))
        or (later.kind == "str" and not later.enum and first.kind in TEXTUAL)
    ):
        chosen = first
    elif first.kind == later.kind and first.kind in ("list", "dict"):
        chosen = replace(later, items=(narrower(first.items[0], later.items[0]),))
    elif later.kind == "union" and first in later.items:
        chosen = first
    else:
        chosen = later
    return replace(chosen, nullable=later.nullable)
