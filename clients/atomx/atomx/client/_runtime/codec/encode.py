"""Objects to bytes."""

# Values of any type pass through here.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from ..exceptions import ApiTypeError, ApiValueError

if TYPE_CHECKING:
    import msgspec

_encoder: msgspec.json.Encoder | None = None


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

        from ..package import package_info

        _encoder = msgspec.json.Encoder(
            enc_hook=_unknown, decimal_format="string" if package_info().decimals_as_text else "number"
        )
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
    from ..configuration import Configuration
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
