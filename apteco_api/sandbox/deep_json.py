"""JSON of any depth.

msgspec reads and writes on the stack and gives up at Python's recursion limit. What it gives up on is read
and written here on a list instead; the scalars in it still go through msgspec.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

DEEPEST = 100_000
"""The most lists and objects inside each other that are read."""

_TOKEN = re.compile(r'[ \t\r\n]*([][{},:]|"(?:[^"\\]|\\.)*"|[^] \t\r\n[{},:"]+)', re.DOTALL)


def decode(data: bytes) -> Any:
    """The value in a JSON text.

    Raises:
        msgspec.DecodeError: the text is not JSON.
        UnicodeDecodeError: the text is not UTF-8.
        RecursionError: it is deeper than `DEEPEST`.
    """
    try:
        return msgspec.json.decode(data)
    except RecursionError:
        return _read(data.decode())


def encode(value: Any) -> bytes:
    """The JSON text of a value made of dicts with text keys, lists, texts, numbers, booleans and None."""
    try:
        return msgspec.json.encode(value)
    except RecursionError:
        return b"".join(_written(value))


def _read(text: str) -> Any:
    around: list[dict[str, Any] | list[Any]] = []
    names: list[str] = []
    value: Any = None
    wanted = "value"  # or: first item, first name, name, colon, more
    for token in _tokens(text):
        sign = token if token in _SIGNS else ""
        closed = wanted == "more" or wanted == _EMPTY.get(sign)
        if sign == ":" and wanted == "colon":
            wanted = "value"
        elif sign == "," and wanted == "more" and around:
            wanted = "name" if isinstance(around[-1], dict) else "value"
        elif sign in ("[", "{") and wanted in ("value", "first item"):
            if len(around) >= DEEPEST:
                raise RecursionError(f"JSON can be nested {DEEPEST} deep")
            around.append({} if sign == "{" else [])
            wanted = "first name" if sign == "{" else "first item"
        elif not sign and token[0] == '"' and wanted in ("name", "first name"):
            names.append(msgspec.json.decode(token))
            wanted = "colon"
        elif not sign and wanted in ("value", "first item"):
            value, wanted = msgspec.json.decode(token), "more"
            _put(around, names, value)
        elif sign in _EMPTY and closed and around and isinstance(around[-1], dict) == (sign == "}"):
            value, wanted = around.pop(), "more"
            _put(around, names, value)
        else:
            raise msgspec.DecodeError(f"JSON is malformed: {token[:20]!r} does not fit where it stands")
    if around or wanted != "more":
        raise msgspec.DecodeError("Input data was truncated")
    return value


_SIGNS = frozenset("[]{},:")
_EMPTY = {"]": "first item", "}": "first name"}
"""What closes a list or an object, and what is wanted in an empty one."""


def _put(around: list[dict[str, Any] | list[Any]], names: list[str], value: Any) -> None:
    holder = around[-1] if around else None
    if isinstance(holder, dict):
        holder[names.pop()] = value
    elif holder is not None:
        holder.append(value)


def _tokens(text: str) -> Iterator[str]:
    place, text = 0, text.rstrip(" \t\r\n")
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise msgspec.DecodeError(f"JSON is malformed: invalid character (byte {place})")
        yield found[1]
        place = found.end()


def _written(value: Any) -> Iterator[bytes]:
    waiting: list[Any] = [value]
    while waiting:
        item: Any = waiting.pop()
        if isinstance(item, bytes):  # a piece of the text; no value is bytes
            yield item
        elif isinstance(item, dict | list):
            pieces: list[Any] = [b"{" if isinstance(item, dict) else b"["]
            for name in item:  # pyright: ignore[reportUnknownVariableType]
                pieces.append(b"," if len(pieces) > 1 else b"")
                pieces += [msgspec.json.encode(name) + b":", item[name]] if isinstance(item, dict) else [name]
            pieces.append(b"}" if isinstance(item, dict) else b"]")
            waiting.extend(reversed(pieces))
        else:
            yield msgspec.json.encode(item)
