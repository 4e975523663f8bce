"""Read values from bodies whose members the vendor does not document, in any case and several spellings."""

from __future__ import annotations

from typing import Any

from .call import Call
from .problem import refused
from .schema import is_list, is_object
from .store import Row


def members(call: Call) -> Row:
    """Return the members of the body by their names in lower case; 400 unless the body is an object."""
    body = call.body
    if not is_object(body):
        raise refused("The body must be an object with named values.", where="body")
    return {str(name).lower(): value for name, value in body.items()}


def find(call: Call, *names: str) -> Any:
    """Return the value under the first of these names that the body has; None if it has none of them."""
    given = members(call)
    return next((given[name.lower()] for name in names if given.get(name.lower()) is not None), None)


def text(call: Call, *names: str) -> str:
    """Return the text under the first of these names; 400 if it does not exist."""
    value = find(call, *names)
    if not isinstance(value, str) or not value.strip():
        raise refused(f"The body must hold the text {names[0]}, not {value!r}.", where=names[0])
    return value


def number(call: Call, *names: str) -> int:
    """Return the whole number, or the text of one, under the first of these names; 400 without one."""
    value = find(call, *names)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:18])
    if not isinstance(value, int) or isinstance(value, bool):
        raise refused(f"The body must hold the whole number {names[0]}, not {value!r}.", where=names[0])
    return value


def objects(call: Call, *names: str) -> list[Row]:
    """Return the list of objects under the first of these names, or the body itself if it is such a list."""
    value = call.body if is_list(call.body) else find(call, *names)
    if not is_list(value) or not all(is_object(each) for each in value):
        raise refused(f"The body must hold the list {names[0]} of objects.", where=names[0])
    return list(value)
