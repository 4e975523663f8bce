"""Convert arguments to text for a path, a query, a header, a cookie or a field of a form."""

# Pyright would report every value here: callers pass values of any type.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import datetime as dt
import enum
import re
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, quote_plus

import six

from .codec.fields import is_unset
from .exceptions import ApiTypeError, ApiValueError
from .headers import written
from .package import package_info

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .operation import Parameter

_ENDLESS = float("inf")
CONTROL = re.compile("[\x00-\x1f\x7f]")


def body_bytes(body: Any) -> bytes:
    """Return the bytes of a request body: bytes unchanged, anything else as JSON."""
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    from .codec.encode import encode

    return encode(body)


def text_of(parameter: Parameter, value: Any) -> str:
    """Return the text of a single value in a URL, header or form."""
    if isinstance(value, str):
        return value.value if isinstance(value, enum.Enum) else value
    if isinstance(value, bool):
        return str(value) if package_info().python_booleans else str(value).lower()
    if isinstance(value, int | float):
        if value != value or value in (_ENDLESS, -_ENDLESS):
            raise ApiValueError(f"`{parameter.name}` is {value}, which is not a number that can be sent")
        return written(parameter.name, value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        import msgspec

        return str(msgspec.to_builtins(value))
    if isinstance(value, bytes):
        if "base64" in parameter.type:
            import base64

            return base64.b64encode(value).decode()
        try:
            return six.ensure_str(value, "utf-8")
        except UnicodeDecodeError:
            raise ApiValueError(f"`{parameter.name}` is given as bytes that are not UTF-8") from None
    if isinstance(value, enum.Enum):
        return text_of(parameter, value.value)
    if hasattr(value, "attribute_map"):
        return six.ensure_str(body_bytes(value))  # a model in a list, or in a part of a form, is JSON
    if isinstance(value, list | tuple | dict | set):
        raise ApiTypeError(f"`{parameter.name}` takes one value, got a {type(value).__name__}")
    if is_unset(value):
        raise ApiTypeError(f"`{parameter.name}` is UNSET: leave it out, or give None")
    text = written(parameter.name, value)
    if text.lower().lstrip("+-") in ("nan", "snan", "infinity"):  # of a Decimal
        raise ApiValueError(f"`{parameter.name}` is {text}, which is not a number that can be sent")
    return text


def _member(parameter: Parameter, value: Any) -> str:
    """Return the text of a value inside a list or an object: lists and objects become JSON."""
    if isinstance(value, list | tuple | dict):
        return six.ensure_str(body_bytes(value))
    return text_of(parameter, value)


def _plain(value: Any) -> Any:
    """Convert a model to a dict by JSON names, without fields that are not given; return others unchanged."""
    if not hasattr(value, "attribute_map"):
        return value
    from .codec.encode import sanitize

    return sanitize(value)


def joined(parameter: Parameter, value: Any) -> str:
    """Return one text for a value: the members of lists and objects are joined by commas."""
    if parameter.style == "json":
        value = text_of(parameter, value) if isinstance(value, bytes) else value
        return six.ensure_str(body_bytes(value))
    value = _plain(value)
    if isinstance(value, list | tuple):
        return ",".join(_member(parameter, item) for item in value)
    if isinstance(value, dict):
        between = "=" if parameter.explode else ","
        pairs = cast("dict[str, Any]", value).items()
        return ",".join(
            f"{key}{between}{_member(parameter, item)}" for key, item in pairs if item is not None
        )
    return text_of(parameter, value)


def path_value(parameter: Parameter, value: Any, safe: str, name: str) -> str:
    """Return a path argument, quoted.

    Raises:
        ApiValueError: the value is empty, or would address another resource.
    """
    text = joined(parameter, value)
    if CONTROL.search(text):
        raise ApiValueError(f"`{parameter.name}` of `{name}` holds a control character")
    many = parameter.type == "path" or "/" in safe
    segments = text.replace("\\", "/").split("/") if many else [text]
    if "%" in safe:  # servers may decode escapes before they check for dots
        segments = [segment.replace("%2e", ".").replace("%2E", ".") for segment in segments]
    if ".." in segments or all(segment in ("", ".") for segment in segments):
        text = f"`{parameter.name}` of `{name}` is {value!r}: empty parts and dots address another resource"
        raise ApiValueError(text)
    try:
        if parameter.style in _MARKS:
            return _expanded(parameter, _plain(value), safe)
        return quote(text, safe=safe + "/" if parameter.type == "path" else safe)
    except UnicodeEncodeError:
        raise ApiValueError(f"`{parameter.name}` of `{name}` is not valid Unicode") from None


_MARKS = {"label": ".", "matrix": ";"}


def _expanded(parameter: Parameter, value: Any, safe: str) -> str:
    """Return a path argument in a style of RFC 6570: `.a.b` (label) or `;name=a;name=b` (matrix)."""

    def quoted(item: Any) -> str:
        return quote(_member(parameter, item), safe=safe)

    mark = _MARKS[parameter.style]
    name = f"{parameter.wire_name}=" if parameter.style == "matrix" else ""
    if isinstance(value, dict):
        pairs = [
            (quoted(key), quoted(item))
            for key, item in cast("dict[str, Any]", value).items()
            if item is not None
        ]
        if parameter.explode:
            return "".join(f"{mark}{key}={item}" for key, item in pairs)
        return f"{mark}{name}{','.join(text for pair in pairs for text in pair)}"
    items = [quoted(item) for item in value] if isinstance(value, list | tuple) else [quoted(value)]
    if parameter.explode:
        return "".join(f"{mark}{name}{item}" for item in items)
    return f"{mark}{name}{','.join(items)}"


_DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}


def query_pairs(parameter: Parameter, value: Any) -> list[str]:
    """Return the `name=value` texts for one argument in a query or urlencoded form.

    An argument without a name is the whole query.
    """
    name = quote_plus(parameter.wire_name)
    try:
        if not name and parameter.location == "query":
            return [quote(joined(parameter, value), safe="")]
        if parameter.style == "json":
            return [f"{name}={quote_plus(joined(parameter, value))}"]
        value = _plain(value)
        if isinstance(value, list | tuple | dict):
            if parameter.style == "deepObject":
                return list(_deep(parameter, name, value))
            return _flat(parameter, name, value)
        return [f"{name}={quote_plus(text_of(parameter, value))}"]
    except UnicodeEncodeError:
        raise ApiValueError(f"`{parameter.name}` is not valid Unicode") from None


def _flat(parameter: Parameter, name: str, value: Any) -> list[str]:
    """Return the pairs of a list or an object: one for each member if exploded, else one for all members."""
    explode = parameter.explode if parameter.explode is not None else parameter.style in ("", "form")
    if isinstance(value, dict):
        members = [
            (quote_plus(text_of(parameter, key)), quote_plus(_member(parameter, each)))
            for key, member in cast("dict[str, Any]", value).items()
            for each in (cast("list[Any]", member) if isinstance(member, list | tuple) else [member])
            if each is not None
        ]
        if explode:
            return [f"{key}={item}" for key, item in members]
        items = [part for pair in members for part in pair]
    else:
        items = [quote_plus(_member(parameter, item)) for item in value]
        if explode:
            return [f"{name}={item}" for item in items]
    return [f"{name}={_DELIMITERS.get(parameter.style, ',').join(items)}"] if items else []


def _deep(parameter: Parameter, name: str, value: Any, depth: int = 0) -> Iterator[str]:
    """Yield `name[key][key]=value` for each single value inside an object.

    The members of lists are numbered. For a list of single values inside an object of a query, the name is
    repeated instead.
    """
    value = _plain(value)
    if isinstance(value, dict):
        for key, member in cast("dict[str, Any]", value).items():
            if member is not None:
                yield from _deep(
                    parameter, f"{name}%5B{quote_plus(text_of(parameter, key))}%5D", member, depth + 1
                )
    elif isinstance(value, list | tuple):
        single = not any(
            isinstance(item, dict | list | tuple) or hasattr(item, "attribute_map") for item in value
        )
        repeat = single and depth > 0 and parameter.location == "query"
        for index, member in enumerate(value):
            yield from _deep(parameter, name if repeat else f"{name}%5B{index}%5D", member, depth + 1)
    else:
        yield f"{name}={quote_plus(text_of(parameter, value))}"
