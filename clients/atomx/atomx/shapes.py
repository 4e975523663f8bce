"""Type guards for JSON values, which type checkers follow."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeGuard


def is_dict(value: object) -> TypeGuard[dict[str, Any]]:
    """Return whether a value is a JSON object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Return whether a value is a JSON list."""
    return isinstance(value, list)


def is_many(value: object) -> TypeGuard[Collection[Any]]:
    """Return whether a value is a list, tuple or set, which are sent as a list."""
    return isinstance(value, (list, tuple, set, frozenset))
