"""Type guards for parsed JSON values, which type checkers follow."""

from __future__ import annotations

from typing import Any, TypeGuard

Json = dict[str, Any]


def is_object(value: object) -> TypeGuard[Json]:
    """Return whether ``value`` is a JSON object (keys are strings once a document is parsed)."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Return whether ``value`` is a JSON array."""
    return isinstance(value, list)


def kind(value: object) -> str:
    """Return the JSON name of a value's kind, for messages."""
    if value is None:
        return "null"
    names: tuple[tuple[type, str], ...] = (
        (bool, "a boolean"),
        (int, "a number"),
        (float, "a number"),
        (str, "a string"),
        (list, "a list"),
    )
    return next((name for known, name in names if isinstance(value, known)), "an object")
