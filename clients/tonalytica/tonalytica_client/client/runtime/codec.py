"""Bytes to typed objects and back: strict first, lenient after, never silent.

1. msgspec decodes the bytes straight into the models.
2. If the server broke its own contract, `lenient` builds the object anyway and lists what differs.
3. What cannot be an answer at all is an `ApiDecodeError`.
"""

# Values of any type pass through here.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import datetime as dt
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Union, get_args, get_origin

from .exceptions import ApiDecodeError, ApiTypeError, ApiValueError
from .package import models_package

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

PREVIEW = 200
"""Characters of an unusable body that an error shows."""


class Drift(NamedTuple):
    """One place where an answer differs from the spec.

    Args:
        path: JSON path: `$.list[0].type`.
        expected: what the spec says.
        got: what came, shortened.
    """

    path: str
    expected: str
    got: str


SCALARS: dict[str, Any] = {
    "str": str,
    "int": int,
    "long": int,
    "float": float,
    "bool": bool,
    "bytes": bytes,
    "object": Any,
    "date": dt.date,
    "datetime": dt.datetime,
    "": Any,
}
"""The names of the published type grammar that are not models."""

_decoders: dict[Any, tuple[Any, Callable[[bytes], Any]]] = {}
_encoder: msgspec.json.Encoder | None = None


def resolve(expression: str | type[Any]) -> Any:
    """Return the Python type for a type expression such as `list[Table]` or `dict(str, int)`.

    Raises:
        ApiTypeError: there is no such model.
    """
    from .model import Model, target

    if not isinstance(expression, str):
        return target(expression) if issubclass(expression, Model) else expression
    if expression in SCALARS:
        return SCALARS[expression]
    if " | " in expression and len(options := _options(expression)) > 1:
        return Union[tuple(resolve(option) for option in options)]  # noqa: UP007
    if match := re.fullmatch(r"list\[(.*)\]", expression):
        return list[resolve(match[1])]  # type: ignore[misc]
    if match := re.fullmatch(r"dict\(([^,]*), (.*)\)", expression):
        return dict[str, resolve(match[2])]  # type: ignore[misc]
    model = getattr(import_module(models_package()), expression, None)
    if model is None:
        raise ApiTypeError(f"there is no model {expression!r}")
    return target(model)


def _options(expression: str) -> list[str]:
    """Return the members of a union: what stands between bars that are outside all brackets."""
    parts = re.split(r"( \| |[\[\]()])", expression)
    found, depth = [""], 0
    for part in parts:
        depth += (part in "[(" and part != "") - (part in "])" and part != "")
        if part == " | " and not depth:
            found.append("")
        else:
            found[-1] += part
    return found


def _decoder(expression: str | type[Any]) -> tuple[Any, Callable[[bytes], Any]]:
    import msgspec

    from .model import decode_open

    target = resolve(expression)
    found = (target, msgspec.json.Decoder(target, dec_hook=decode_open).decode)
    # Two threads may both make one; either is good.
    _decoders[expression] = found
    return found


def decode(
    data: bytes,
    expression: str | type[Any],
    drift: list[Drift] | None = None,
    *,
    strict: bool = False,
    content_type: str = "",
) -> Any:
    """Return the object that a body holds.

    Args:
        data: the body.
        expression: a type expression, or a class.
        drift: gets an entry for each difference from the spec.
        strict: any difference is an ApiDecodeError.
        content_type: as the server sent it; a charset other than UTF-8 is honoured.

    Raises:
        ApiDecodeError: the body is not JSON, or not the kind of JSON that is expected.
    """
    target, decoder = _decoders.get(expression) or _decoder(expression)
    if content_type and "charset" in content_type:
        data = _transcode(data, content_type)
    if target is bytes:
        return data
    try:
        return decoder(data)
    except Exception as error:
        # msgspec's own errors, a required field that is missing (ValueError), bad UTF-8, deep nesting.
        if target is str:
            return text_of(data, content_type)
        return _leniently(data, target, error, drift, strict, content_type)


def decode_as(data: bytes, target: Any, drift: list[Drift] | None = None, *, strict: bool = False) -> Any:
    """Return the object that JSON bytes hold, for a type that `resolve` made."""
    import msgspec

    from .model import decode_open

    try:
        return msgspec.json.decode(data, type=target, dec_hook=decode_open)
    except Exception as error:
        return _leniently(data, target, error, drift, strict, "")


def _leniently(
    data: bytes, target: Any, error: Exception, drift: list[Drift] | None, strict: bool, content_type: str
) -> Any:
    from .lenient import convert, parse

    value = parse(data, error, content_type)
    found: list[Drift] = []
    result = convert(value, target, found, data, content_type)
    if strict and found:
        first = found[0]
        raise ApiDecodeError(
            200,
            f"the answer differs from the spec at {first.path}: expected {first.expected}, got {first.got}",
            body=preview(data),
            path=first.path,
            content_type=content_type,
            hint="strict_responses is on; without it such answers are taken, and what differs is listed.",
        ) from None
    if drift is not None:
        drift.extend(found)
    return result


def bare(hint: Any) -> Any:
    """Return an annotation without its None."""
    options = [option for option in get_args(hint) if option is not type(None)]
    return (
        options[0]
        if len(options) == 1 and len(get_args(hint)) == 2 and type(None) in get_args(hint)
        else hint
    )


def item_of(hint: Any) -> Any:
    """Return the type of a list's items; None if the annotation is no list."""
    return get_args(hint)[0] if get_origin(hint) is list else None


def preview(data: bytes) -> str:
    """Return the first characters of a body, with control characters shown as escapes."""
    text = data[: PREVIEW * 4].decode("utf-8", "replace")[:PREVIEW]
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)


def charset(content_type: str) -> str:
    """Return the charset that a content type names, in lower case; empty if none."""
    match = re.search(r"""charset\s*=\s*["']?([^\s;"']+)""", content_type, re.IGNORECASE)
    return match[1].lower() if match else ""


def _transcode(data: bytes, content_type: str) -> bytes:
    name = charset(content_type)
    if name in ("", "utf-8", "utf8", "us-ascii"):
        return data
    try:
        return data.decode(name).encode()
    except (LookupError, UnicodeError):
        raise ApiDecodeError(
            200,
            f"the answer can't be read as {name!r}",
            body=preview(data),
            content_type=content_type,
        ) from None


def text_of(data: bytes, content_type: str) -> str:
    """Return a body that should be a JSON string and isn't: its text as it came."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ApiDecodeError(
            200, "the answer is not UTF-8 text", body=preview(data), content_type=content_type
        ) from None


def body_text(data: bytes, content_type: str) -> str:
    """Return the body of an error as text, whatever it is."""
    try:
        return data.decode(charset(content_type) or "utf-8", "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


# ---- objects to bytes


def encode(value: Any) -> bytes:
    """Return the JSON of a model, or of anything made of models and plain values, in ASCII.

    Fields of models that are None and not required are left out; None in a dict is null.

    Raises:
        ApiTypeError: a value of a type that has no JSON form.
        ApiValueError: a number that has none (NaN, infinity), or a broken string.
    """
    global _encoder
    if _encoder is None:
        import msgspec

        _encoder = msgspec.json.Encoder(enc_hook=_unknown, decimal_format="number")
    try:
        data = _encoder.encode(value)
    except _HoldsSettings:
        data = _encoder.encode(sanitize(value))
    except (UnicodeError, RecursionError, OverflowError) as error:
        raise ApiValueError(f"the body can't be written as JSON: {type(error).__name__}") from None
    if b"null" in data:
        _refuse_nan(value)  # msgspec writes them as null
    return data if data.isascii() else _NON_ASCII.sub(_escape, data.decode()).encode()


_NON_ASCII = re.compile("[^\x00-\x7f]")


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


class _HoldsSettings(Exception):
    """A model in the tree holds what the encoder can't write: settings of its own, or unknown members."""


def _unknown(value: Any) -> Any:
    from .configuration import Configuration
    from .model import Extras

    if isinstance(value, Configuration | Extras):
        raise _HoldsSettings
    raise ApiTypeError(f"a value of type {type(value).__name__} has no JSON form")


def sanitize(value: Any) -> Any:
    """Return a value as plain JSON types: models as dicts by JSON name without their None fields."""
    from .model import Model

    if isinstance(value, Model):
        names = type(value).attribute_map
        pairs = ((wire, getattr(value, name)) for name, wire in names.items())
        plain = {wire: sanitize(item) for wire, item in pairs if item is not None}
        config = getattr(type(value), "__struct_config__")  # noqa: B009 - type checkers see a plain class
        if config.tag is not None:
            plain = {config.tag_field: config.tag, **plain}
        extras = getattr(value, "additional_properties", None)
        return {**plain, **{key: sanitize(item) for key, item in extras.items()}} if extras else plain
    if isinstance(value, dict):
        return {key: sanitize(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [sanitize(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dt.date | dt.datetime | dt.time):
        return value.isoformat()
    return value


def _refuse_nan(value: Any) -> None:
    pending: list[Any] = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
            raise ApiValueError(f"{value} has no JSON form; send None or a text if the API takes one")
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list | tuple | set | frozenset):
            pending.extend(value)
        elif names := getattr(type(value), "attribute_map", None):
            pending.extend(getattr(value, name) for name in names)
