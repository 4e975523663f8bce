"""The query string of a list: filters, order, page and attributes. Pure: rows in, rows out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from ..shapes import is_dict
from .failure import Failure
from .store import Row

COMMON = frozenset({"limit", "offset", "sort", "order_by", "depth", "expand", "attributes"})
DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
_CONDITION = re.compile(r"^(?P<name>[\w.]+)(?P<operator>>=|<=|!=|>|<|!)?(?P<value>.*)$", re.DOTALL)

Pairs = Sequence[tuple[str, str]]
Lookup = Callable[[Row, str], Any]


def last(pairs: Pairs, name: str) -> str | None:
    """Return the last value given for a parameter, or None."""
    return next((value for key, value in reversed(pairs) if key == name), None)


def number(pairs: Pairs, name: str, default: int) -> int:
    """Return a parameter as a number."""
    text = last(pairs, name)
    if text is None:
        return default
    if not text.isdigit():
        raise Failure(400, f"{name} must be a number, not {text!r}")
    return int(text)


def filtered(rows: Iterable[Row], pairs: Pairs, lookup: Lookup) -> list[Row]:
    """Return the rows that meet every condition; several values for one name are alternatives."""
    conditions: dict[tuple[str, str], list[str]] = {}
    for key, value in pairs:
        if key in COMMON:
            continue
        found = _CONDITION.match(key)
        if found is None:
            raise Failure(400, f"{key!r} is not a filter")
        operator = found["operator"] or "="
        if value and operator in {">", "<", "!"}:
            operator += "="  # `id>=1` arrives as the name `id>` with the value `1`
        conditions.setdefault((found["name"], operator), []).append(value or found["value"])
    return [
        row
        for row in rows
        if all(
            any(holds(lookup(row, name), operator, each) for each in alternatives(operator, values))
            for (name, operator), values in conditions.items()
        )
    ]


def alternatives(operator: str, values: list[str]) -> list[str]:
    """Return the values of which one must match: two for `id=1,2`; other operators don't split at commas."""
    if operator != "=":
        return values
    return [part for value in values for part in value.split(",")]


def holds(have: Any, operator: str, want: str) -> bool:
    """Return whether one value meets one condition."""
    if is_dict(have):
        have = have.get("id")
    if have is None:
        return operator == "!="
    if isinstance(have, bool):
        left: Any = have
        right: Any = want.lower() in {"true", "1"}
    elif isinstance(have, (int, float)):
        try:
            left, right = float(have), float(want)
        except ValueError:
            return operator == "!="
    else:
        left, right = str(have).lower(), want.lower()
        if operator in {"=", "!="}:
            return fnmatchcase(left, right) == (operator == "=")
    return bool(
        {
            "=": left == right,
            "!=": left != right,
            ">": left > right,
            "<": left < right,
            ">=": left >= right,
            "<=": left <= right,
        }[operator]
    )


def ordered(rows: list[Row], pairs: Pairs, lookup: Lookup) -> list[Row]:
    """Return the rows in the order of ``sort`` or ``order_by``: `name.desc`, several separated by commas."""
    order = last(pairs, "sort") or last(pairs, "order_by") or "id.asc"
    for part in reversed(order.split(",")):
        name, _, direction = part.strip().rpartition(".")
        if direction not in {"asc", "desc"}:
            name, direction = part.strip(), "asc"

        def key(row: Row, name: str = name) -> tuple[bool, Any]:
            value = lookup(row, name)
            return (value is None, value)

        try:
            rows = sorted(rows, key=key, reverse=direction == "desc")
        except TypeError as problem:
            raise Failure(400, f"it is not possible to sort by {name}") from problem
    return rows


def page(rows: list[Row], pairs: Pairs) -> tuple[list[Row], dict[str, Any]]:
    """Return one page of the rows, and what the envelope says about it."""
    limit = min(number(pairs, "limit", DEFAULT_LIMIT), MAX_LIMIT)
    offset = number(pairs, "offset", 0)
    order = last(pairs, "sort") or last(pairs, "order_by") or "id.asc"
    return rows[offset : offset + limit], {
        "count": len(rows),
        "limit": limit,
        "offset": offset,
        "sort": order,
    }
