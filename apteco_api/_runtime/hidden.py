"""Attributes with credentials: used like other attributes, but `vars()` and debuggers show no value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class _Values:
    """A holder of values. Deliberately not a dict: debuggers and error reporters expand dicts."""

    def __init__(self, held: dict[str, Any]) -> None:
        self.held = held

    def __repr__(self) -> str:
        return f"<{len(self.held)} hidden>"


class _Hidden:
    """A descriptor that keeps the value of an attribute in its object's `_hidden`."""

    def __init__(self, name: str, default: Any) -> None:
        self.name = name
        self.default = default

    def __get__(self, instance: object | None, owner: type) -> Any:
        values = None if instance is None else instance.__dict__.get("_hidden")
        return self.default if values is None else values.held.get(self.name, self.default)

    def __set__(self, instance: object, value: Any) -> None:
        # Never changed in place, as a shallow copy of the object shares it.
        known = instance.__dict__.get("_hidden")
        instance.__dict__["_hidden"] = _Values({**(known.held if known else {}), self.name: value})


def hide(instance: object, **values: Any) -> None:
    """Set hidden attributes of a new object, all at once."""
    instance.__dict__["_hidden"] = _Values(values)


def hidden(*names: str) -> Callable[[type[T]], type[T]]:
    """Return a decorator that hides attributes of a class; their values in the class are the defaults."""

    def mark(kind: type[T]) -> type[T]:
        for name in names:
            setattr(kind, name, _Hidden(name, getattr(kind, name, None)))
        return kind

    return mark
