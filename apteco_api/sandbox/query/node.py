"""Read a decoded JSON request: typed access to its fields, with the place in errors.

A missing field and a null field are treated alike, as in the real service.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from decimal import Decimal
from typing import Any, NoReturn

from .errors import MALFORMED, UNSUPPORTED, WRONG_VALUE, QueryError, shorten


class Node:
    """One object of a request, and its place in the request.

    Args:
        value: the decoded JSON value; it must be an object.
        name: name of the field or list item of the object.
        above: the object that contains it.
    """

    __slots__ = ("above", "fields", "name")

    def __init__(self, value: Any, name: str, above: Node | None = None) -> None:
        self.name = name
        self.above = above
        if not isinstance(value, dict):
            self.fields: dict[str, Any] = {}
            self.fail(MALFORMED, f"{name} must be an object")
        self.fields = value

    @property
    def where(self) -> str:
        """The place as a dotted path, such as `selection.rule.clause`."""
        names: list[str] = []
        node: Node | None = self
        while node is not None:
            names.append(node.name)
            node = node.above
        return shorten(".".join(reversed(names)), 400)

    def fail(self, code: int, message: str, **parameters: object) -> NoReturn:
        """Refuse the request because of this object."""
        shown = {key: shorten(value) for key, value in parameters.items()}
        raise QueryError(400, code, f"{message} (at {self.where})", {"where": self.where, **shown})

    def unsupported(self, construct: str) -> NoReturn:
        """Refuse a construct that the engine does not compute."""
        self.fail(UNSUPPORTED, f"{construct} is not supported by the sandbox", construct=construct)

    def has(self, name: str) -> bool:
        """Return whether a field is present and not null."""
        return self.fields.get(name) is not None

    def part(self, name: str) -> Node | None:
        """Return the object in a field; None without the field."""
        value = self.fields.get(name)
        return None if value is None else Node(value, name, self)

    def need(self, name: str) -> Node:
        """Return the object in a required field."""
        return self.part(name) or self.fail(MALFORMED, f"{self.name} needs {name}")

    def items(self, name: str) -> list[Any]:
        """Return the list in a field; empty without the field."""
        value = self.fields.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fail(MALFORMED, f"{name} must be a list")
        # parsed JSON has no declared type
        return list(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]

    def parts(self, name: str) -> list[Node]:
        """Return the objects in a list."""
        return [Node(value, f"{name}[{index}]", self) for index, value in enumerate(self.items(name))]

    def text(self, name: str) -> str | None:
        """Return the string in a field."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, str):
            self.fail(MALFORMED, f"{name} must be a string", value=value)
        if value is not None and not _encodable(value):
            self.fail(WRONG_VALUE, f"{name} is not valid Unicode text")
        return value

    def must(self, name: str) -> str:
        """Return the string in a required field, which must not be empty."""
        return self.text(name) or self.fail(MALFORMED, f"{self.name} needs {name}")

    def flag(self, name: str, default: bool = False) -> bool:
        """Return the boolean in a field."""
        value = self.fields.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.fail(MALFORMED, f"{name} must be true or false", value=value)
        return value

    def choice(self, name: str, allowed: Collection[str], default: str) -> str:
        """Return the value of a field with a fixed set of values."""
        value = self.text(name)
        if value is None:
            return default
        if value not in allowed:
            self.fail(WRONG_VALUE, f"{name} cannot be {shorten(value)!r}", value=value)
        return value

    def number(self, name: str) -> Decimal | None:
        """Return the number in a field, exactly as written; the text "NaN" counts as missing."""
        value = self.fields.get(name)
        if value is None or value == "NaN":
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(MALFORMED, f"{name} must be a number", value=value)
        if isinstance(value, float) and math.isnan(value):
            return None
        if isinstance(value, float) and math.isinf(value):
            self.fail(WRONG_VALUE, f"{name} must be finite", value=value)
        if abs(value) > 10**15:
            self.fail(WRONG_VALUE, f"{name} is too large", value=value)
        return Decimal(repr(value))

    def whole(self, name: str, low: int = -(2**31), high: int = 2**31 - 1) -> int | None:
        """Return the whole number in a field."""
        value = self.number(name)
        if value is None:
            return None
        if value != value.to_integral_value():
            self.fail(WRONG_VALUE, f"{name} must be a whole number", value=value)
        if not low <= value <= high:
            self.fail(WRONG_VALUE, f"{name} must be from {low} to {high}", value=value)
        return int(value)

    def refuse(self, *names: str) -> None:
        """Refuse unsupported fields; those that are false, zero or empty are accepted."""
        for name in names:
            if self.fields.get(name):
                self.unsupported(f"{self.name.partition('[')[0]}.{name}")


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
