"""Query files: write a Query as an XML document, and read it.

The form is the sandbox's own. The root is `query` in the namespace below, and every field of the JSON form is
an element with the same name. An attribute `type` gives the type of its content: `object`, `list` (of `item`
elements), `number`, `boolean`; without it the content is text. White space between elements is ignored;
inside text it is significant, including tabs::

    <query xmlns="urn:apteco-api:sandbox:query:1" type="object">
      <selection type="object">
        <tableName>Bookings</tableName>
      </selection>
    </query>

The reader refuses document types and entities, so that a file can't expand entities or refer to other files.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn
from xml.parsers import expat

from .errors import MALFORMED, QueryError, shorten

NAMESPACE = "urn:apteco-api:sandbox:query:1"
LARGEST = 8_000_000
"""The longest query file that is read, in characters."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WHOLE = re.compile(r"-?\d{1,100}", re.ASCII)
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


def write(query: dict[str, Any]) -> str:
    """Return the XML document of a Query. Null fields are left out.

    Raises:
        QueryError: a name or a text cannot be written in XML.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    work: list[tuple[str, Any, int]] = [("query", query, 0)]
    while work:
        name, value, depth = work.pop()
        indent = "  " * min(depth, 20)
        if isinstance(value, dict | list):
            space = f' xmlns="{NAMESPACE}"' if depth == 0 else ""
            kind = "object" if isinstance(value, dict) else "list"
            lines.append(f'{indent}<{name}{space} type="{kind}">')
            work.append((f"/{name}", None, depth))
            # values of a query have any type
            for below, item in reversed(_items(value)):  # pyright: ignore[reportUnknownArgumentType]
                if item is not None:
                    work.append((below, item, depth + 1))
        elif value is None:
            lines.append(f"{indent}<{name}>")
        else:
            kind, text = _scalar(value)
            lines.append(f"{indent}<{name}{kind}>{text}</{name}>")
    return "\n".join(lines) + "\n"


def _items(value: dict[str, Any] | list[Any]) -> list[tuple[str, Any]]:
    if isinstance(value, list):
        if any(item is None for item in value):
            _refuse("a list with a null in it cannot be written to a query file")
        return [("item", item) for item in value]
    for name in value:
        if not _NAME.fullmatch(name):
            _refuse(f"{shorten(name)!r} cannot be the name of a field in a query file")
    return list(value.items())


def _scalar(value: Any) -> tuple[str, str]:
    if isinstance(value, bool):
        return ' type="boolean"', "true" if value else "false"
    if isinstance(value, int | float):
        return ' type="number"', repr(value)
    if not isinstance(value, str) or _FORBIDDEN.search(value):
        _refuse(f"{shorten(value)!r} cannot be written to a query file")
    return "", value.translate(_ESCAPES)


def read(text: str) -> dict[str, Any]:
    """Return the Query in an XML document.

    Raises:
        QueryError: the text is not a query file.
    """
    if len(text) > LARGEST:
        _refuse("the query file is too long")
    reader = _Reader()
    parser = expat.ParserCreate("UTF-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.document_type
    try:
        parser.Parse(text.encode("utf-8"), True)
    except UnicodeEncodeError:
        _refuse("the query file is not Unicode text")
    except expat.ExpatError as error:
        _refuse(f"the query file is not well-formed XML: {error}")
    if reader.result is None:
        _refuse("the query file does not hold a query")
    return reader.result


class _Reader:
    """A target of the parser that builds values, with a list of open elements."""

    def __init__(self) -> None:
        self.result: dict[str, Any] | None = None
        self._open: list[tuple[str, str, Any, list[str]]] = []

    def document_type(self, *_: object) -> NoReturn:
        _refuse("a query file cannot have a document type")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if space != NAMESPACE:
            _refuse(f"the element {shorten(local)} is not in the namespace {NAMESPACE}")
        if not self._open and local != "query":
            _refuse("the root of a query file is query")
        if self._open and self._open[-1][1] not in ("object", "list"):
            _refuse(f"the element {shorten(self._open[-1][0])} holds text, so no elements")
        kind = attributes.get("type", "text")
        made: dict[str, Any] = {"object": {}, "list": [], "text": None, "number": None, "boolean": None}
        if kind not in made:
            _refuse(f"{shorten(kind)!r} is not a type in a query file")
        self._open.append((local, kind, made[kind], []))

    def text(self, text: str) -> None:
        if self._open[-1][1] in ("object", "list"):
            if text.strip():
                _refuse(f"the element {shorten(self._open[-1][0])} holds elements, so no text")
        else:
            self._open[-1][3].append(text)

    def end(self, _: str) -> None:
        name, kind, made, parts = self._open.pop()
        value = made if kind in ("object", "list") else _parsed(kind, "".join(parts))
        if not self._open:
            self.result = value if kind == "object" else None
            return
        around, holder = self._open[-1][1:3]
        if around == "list":
            holder.append(value)
        elif name in holder:
            _refuse(f"the element {shorten(name)} is there twice")
        else:
            holder[name] = value


def _parsed(kind: str, text: str) -> Any:
    value: Any = text
    if kind == "boolean":
        value = {"true": True, "false": False}.get(text.strip())
    elif kind == "number":
        value = _number(text.strip())
    if value is None:
        _refuse(f"{shorten(text)!r} is not a {kind}")
    return value


def _number(text: str) -> int | float | None:
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        return float(text)
    except ValueError:
        return None


def _refuse(message: str) -> NoReturn:
    raise QueryError(400, MALFORMED, message)
