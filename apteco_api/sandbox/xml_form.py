"""The XML form of requests and answers, made from the spec's schemas in both directions.

The root is named after the schema (`TeamSummary`, `ArrayOfint`, `boolean`); each property is an element with
its JSON name, in any order; a list holds one element for each entry, named after the entry's schema or its
simple type; a map holds `entry` elements with `key` and `value`. A null is an element with `xsi:nil="true"`.

    <TeamSummary xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
      <id>1</id><name>Sales</name>
    </TeamSummary>

JSON that the spec leaves open is written as .NET maps JSON to XML: an attribute `type` (object, array,
number, boolean, null; text without one), `item` elements in arrays, and `<a:item xmlns:a="item" item="key">`
for a key that is not an XML name.

The reader uses only local names and skips elements that are not in the schema, as for JSON. It refuses
document types, so that a body can't expand entities or refer to other files.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, cast
from xml.etree import ElementTree

from .schema import Json, Mismatch, Schemas, is_list, is_object, reference_name

XSI = "http://www.w3.org/2001/XMLSchema-instance"
DEEPEST = 200
"""How deep elements may be nested in a request."""
MOST_ELEMENTS = 200_000
"""How many elements a request may have."""

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
_NIL = ' xsi:nil="true"'
_SIMPLE = {"int32": "int", "int64": "long", "date-time": "dateTime", "uuid": "guid"}
_TYPES = {"integer": "long", "number": "double", "boolean": "boolean", "string": "string"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})
_LINES = str.maketrans({"\t": "&#9;", "\n": "&#10;"})
_WHOLE = re.compile(r"[+-]?\d{1,400}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_WORDS = {"true": True, "1": True, "false": False, "0": False}
# the spellings of NaN and infinity in XML Schema and in .NET's JSON
_NO_NUMBERS = {"NaN": "NaN", "INF": "Infinity", "-INF": "-Infinity"}


def element_name(schema: Json) -> str:
    """Return the name of an element for a value of this schema."""
    name = reference_name(schema)
    if name is not None:
        return name
    kind = _kind(schema)
    if kind == "array":
        return f"ArrayOf{element_name(schema.get('items', {}))}"
    return _SIMPLE.get(schema.get("format", ""), _TYPES.get(kind, "anyType"))


def _kind(schema: Json) -> str:
    kind: Any = schema.get("type", "")
    return next(each for each in cast("list[str]", kind) if each != "null") if is_list(kind) else str(kind)


def write(value: Any, schema: Json, schemas: Schemas) -> bytes:
    """Return the document of an answer.

    Raises:
        Mismatch: a text holds a character that XML cannot hold.
    """
    parts = [_DECLARATION]
    name = element_name(schema)
    _Writer(schemas, parts.append).element(name, value, schema, f' xmlns:xsi="{XSI}"')
    return "".join(parts).encode()


class _Writer:
    def __init__(self, schemas: Schemas, put: Callable[[str], None]) -> None:
        self._schemas = schemas
        self._put = put

    def element(self, name: str, value: Any, schema: Json, attributes: str = "") -> None:
        """Write one element."""
        schema = self._schemas.resolve(schema)
        properties, entries = schema.get("properties"), schema.get("additionalProperties")
        put = self._put
        if value is None:
            put(f"<{name}{attributes}{_NIL}/>")
        elif _kind(schema) == "array" and is_list(value):
            item: Json = schema.get("items", {})
            inside = element_name(item)
            put(f"<{name}{attributes}>")
            for entry in value:
                self.element(inside, entry, item)
            put(f"</{name}>")
        elif properties and is_object(value):
            put(f"<{name}{attributes}>")
            for key, part in properties.items():
                if key in value:
                    self.element(key, value[key], part)
            put(f"</{name}>")
        elif is_object(entries) and is_object(value):
            put(f"<{name}{attributes}>")
            for key, entry in value.items():
                put(f"<entry><key>{_escaped(key)}</key>")
                self.element("value", entry, entries)
                put("</entry>")
            put(f"</{name}>")
        elif _kind(schema) in _TYPES:
            put(f"<{name}{attributes}>{_text(value)}</{name}>")
        else:
            self._open(name, value, attributes)

    def _open(self, name: str, value: Any, attributes: str) -> None:
        """Write JSON of any shape."""
        end = name.partition(" ")[0]
        if is_object(value):
            self._put(f'<{name}{attributes} type="object">')
            for key, entry in value.items():
                plain = _NAME.fullmatch(key) is not None
                self._open(
                    key if plain else f'a:item xmlns:a="item" item="{_escaped(key).translate(_LINES)}"',
                    entry,
                    "",
                )
            self._put(f"</{end}>")
        elif is_list(value):
            self._put(f'<{name}{attributes} type="array">')
            for entry in value:
                self._open("item", entry, "")
            self._put(f"</{end}>")
        elif value is None:
            self._put(f'<{name}{attributes} type="null"/>')
        else:
            kind = "" if isinstance(value, str) else "boolean" if isinstance(value, bool) else "number"
            marked = f'{attributes} type="{kind}"' if kind else attributes
            self._put(f"<{name}{marked}>{_text(value)}</{end}>")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _escaped(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "INF" if value > 0 else "-INF"
    return repr(value)


def _escaped(text: str) -> str:
    if _FORBIDDEN.search(text):
        raise Mismatch("holds a character that XML cannot hold")
    return text.translate(_ESCAPES)


def read(data: bytes, schema: Json, schemas: Schemas, charset: str = "") -> Any:
    """Convert a document to a JSON value. Only its form is checked, not its values.

    Raises:
        Mismatch: the document is not well-formed, has a document type, is too large, or is of another form.
    """
    builder = _Builder()
    parser = ElementTree.XMLParser(target=builder, encoding=charset or None)  # noqa: S314 - see _Builder
    try:
        parser.feed(data)
        root: ElementTree.Element = parser.close()
    except ElementTree.ParseError as error:
        raise Mismatch(f"is not well-formed XML: {error}") from None
    except (LookupError, ValueError) as error:
        if isinstance(error, Mismatch):
            raise
        raise Mismatch(f"is not XML in an encoding that is known here: {error}") from None
    wanted = element_name(schema)
    if _local(root) != wanted:
        raise Mismatch(f"must be the element {wanted}, not {_local(root)[:60]}")
    return _Reader(schemas).value(root, schema)


class _Builder:
    """A target for a parser that builds a tree, within bounds and without document types."""

    def __init__(self) -> None:
        self._tree = ElementTree.TreeBuilder()
        self._depth = self._count = 0
        self.data = self._tree.data

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        """Refuse a document type, as it can declare entities and external files."""
        raise Mismatch("must not have a document type")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        self._depth += 1
        self._count += 1
        if self._depth > DEEPEST:
            raise Mismatch(f"is nested deeper than {DEEPEST} elements")
        if self._count > MOST_ELEMENTS:
            raise Mismatch(f"has more than {MOST_ELEMENTS} elements")
        self._tree.start(tag, attributes)

    def end(self, tag: str) -> None:
        """Close an element."""
        self._depth -= 1
        self._tree.end(tag)

    def close(self) -> ElementTree.Element:
        """Return the root."""
        return self._tree.close()


class _Reader:
    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def value(self, element: ElementTree.Element, schema: Json) -> Any:
        """Return the value in one element."""
        if element.get(f"{{{XSI}}}nil", "") in ("true", "1"):
            return None
        schema = self._schemas.resolve(schema)
        kind, entries = _kind(schema), schema.get("additionalProperties")
        if kind == "array":
            return self._list(element, schema.get("items", {}))
        if schema.get("properties"):
            return self._object(element, schema["properties"])
        if is_object(entries):
            return self._map(element, entries)
        if kind not in _TYPES:
            return self._open(element)
        if len(element):
            raise Mismatch(f"holds a plain value, so no element {_local(element[0])[:60]}")
        return _parsed(element.text or "", kind, plain=kind == "string" and not _is_coded(schema))

    def _list(self, element: ElementTree.Element, item: Json) -> list[Any]:
        _no_text(element)
        wanted, found = element_name(item), list[Any]()
        for inside in element:
            try:
                if _local(inside) != wanted:
                    raise Mismatch(f"must be the element {wanted}, not {_local(inside)[:60]}")
                found.append(self.value(inside, item))
            except Mismatch as mismatch:
                raise mismatch.inside(f"[{len(found)}]") from None
        return found

    def _object(self, element: ElementTree.Element, properties: Json) -> Json:
        _no_text(element)
        found: Json = {}
        for inside in element:
            name = _local(inside)
            if name in properties:
                try:
                    if name in found:
                        raise Mismatch("is there twice")
                    found[name] = self.value(inside, properties[name])
                except Mismatch as mismatch:
                    raise mismatch.inside(f".{name}") from None
        return found

    def _map(self, element: ElementTree.Element, entries: Json) -> Json:
        _no_text(element)
        pair = {"key": {"type": "string"}, "value": entries}
        found: Json = {}
        for inside in element:
            entry = self._object(inside, pair) if _local(inside) == "entry" else {}
            if not isinstance(entry.get("key"), str) or "value" not in entry:
                raise Mismatch("must be made of elements entry, each with key and value")
            found[entry["key"]] = entry["value"]
        return found

    def _open(self, element: ElementTree.Element) -> Any:
        kind = element.get("type") or ("object" if len(element) else "string")
        if kind == "array":
            _no_text(element)
            return [self._open(inside) for inside in element]
        if kind == "object":
            _no_text(element)
            return {inside.get("item", _local(inside)): self._open(inside) for inside in element}
        if kind == "null":
            return None
        if kind not in ("string", "number", "boolean") or len(element):
            raise Mismatch(f"has an element {_local(element)[:60]} that stands for no JSON value")
        value = _parsed(element.text or "", kind, plain=True)
        if kind == "number" and isinstance(value, str):
            raise Mismatch(f"holds {value}, which is not a number in JSON")
        return value


def _is_coded(schema: Json) -> bool:
    return "enum" in schema or schema.get("format", "binary") != "binary"


def _parsed(text: str, kind: str, *, plain: bool) -> Any:
    """Parse a simple value; white space around it is significant only in a plain text."""
    if kind == "string":
        return text if plain else text.strip()
    text = text.strip()
    if kind == "boolean":
        if text not in _WORDS:
            raise Mismatch(f"must be true or false, not {text[:40]!r}")
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if kind == "number" and text in _NO_NUMBERS:
        return _NO_NUMBERS[text]
    number = float(text) if _DECIMAL.fullmatch(text) else math.inf
    if not math.isfinite(number):
        raise Mismatch(f"must be a {'whole ' if kind == 'integer' else ''}number, not {text[:40]!r}")
    return number


def _no_text(element: ElementTree.Element) -> None:
    for text in (element.text, *(inside.tail for inside in element)):
        if text and text.strip():
            raise Mismatch(f"holds elements, so no text such as {text.strip()[:40]!r}")


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
