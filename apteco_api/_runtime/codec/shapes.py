"""Type guards for values of any shape, such as parsed JSON: `isinstance` alone leaves their items unknown."""

from __future__ import annotations

from typing import Any, TypeGuard

SCALARS = frozenset((str, int, float, bool, type(None)))
"""Types of values that hold no other value."""


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Return True for a list."""
    return isinstance(value, list)


def is_tuple(value: object) -> TypeGuard[tuple[Any, ...]]:
    """Return True for a tuple."""
    return isinstance(value, tuple)


def is_dict(value: object) -> TypeGuard[dict[str, Any]]:
    """Return True for a dict, as JSON objects are."""
    return isinstance(value, dict)
