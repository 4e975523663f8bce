"""Marks of fields. Generated classes use them as defaults; `structs` implements them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REQUIRED = object()
OFTEN_REQUIRED = object()
LATER = object()
NULLABLE = object()


def required(*, kw_only: bool = False, absent: bool = False) -> Any:
    """Mark a field that callers must give; `kw_only` when it follows an optional one.

    `absent`: servers may leave it out, as some versions do not have it.
    """
    return OFTEN_REQUIRED if absent else REQUIRED


def nullable(*, default: None = None) -> Any:
    """Mark a field that the schema requires and that may be null: None is sent as null, not left out."""
    return NULLABLE


def read_only(*, default: None = None) -> Any:
    """Mark a required field that only the server gives: callers may leave it out."""
    return None


def later(*, default: None = None, kw_only: bool) -> Any:
    """Mark a field that later servers have: by name only, so that other fields keep their positions."""
    return LATER


def mark(
    namespace: dict[str, Any],
    bases: tuple[type, ...],
    annotations: Mapping[str, Any],
    name: str,
    kind: object,
    factory: Callable[[str], Callable[[], None]],
) -> None:
    """Note the fields that carry a mark, inherited ones first, and give them a default factory."""
    own = [field for field in annotations if namespace.get(field) is kind]
    for field in own:
        namespace[field] = msgspec.field(default_factory=factory(field))
    inherited: list[str] = [field for base in bases for field in getattr(base, name, ())]
    namespace[name] = (*inherited, *own)
