"""Convert objects to bytes."""

# Pyright would report every value here: callers pass values of any type.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..exceptions import ApiException, ApiTypeError, ApiValueError
from .fields import is_unset
from .shapes import SCALARS

if TYPE_CHECKING:
    import msgspec

_encoder: msgspec.json.Encoder | None = None


def encode(value: Any) -> bytes:
    """Return the JSON, in ASCII, of a model or of any structure of models and plain values.

    Fields of models that are None and not required are left out; None in a dict is null.

    Raises:
        ApiTypeError: a value has a type that JSON can't represent.
        ApiValueError: a number is NaN or infinite, or a string is not valid Unicode.
    """
    global _encoder
    if _encoder is None:
        _encoder = _made()
    try:
        try:
            data = _encoder.encode(value)
        except _HoldsSettings:
            data = _encoder.encode(sanitize(value))
    except ApiException:
        raise
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise ApiValueError(f"the body can't be written as JSON: {type(error).__name__}") from None
    # `rfind` takes half the time of `in` or a pattern: it compares the rarer first letter, not the last.
    if data.rfind(b"null") >= 0 or (
        _scans_decimals and (data.rfind(b"NaN") >= 0 or data.rfind(b"Infinity") >= 0)
    ):
        _refuse_nan(value)  # msgspec would write NaN as null
    return data if data.isascii() else _NON_ASCII.sub(_escape, data.decode()).encode()


_NON_ASCII = re.compile("[^\x00-\x7f]")
_scans_decimals = False
"""Whether the output is searched for NaN: msgspec before 0.22 writes a Decimal without calling our hook."""


def _made() -> msgspec.json.Encoder:
    global _scans_decimals
    import msgspec

    from ..package import package_info

    as_text = package_info().decimals_as_text

    def number(value: Decimal) -> str | msgspec.Raw:
        if not value.is_finite():
            raise _not_finite(value)
        return str(value) if as_text else msgspec.Raw(str(value).encode())

    try:
        return msgspec.json.Encoder(enc_hook=_unknown, decimal_format=number)
    except ValueError:
        _scans_decimals = True
        return msgspec.json.Encoder(enc_hook=_unknown, decimal_format="string" if as_text else "number")


def _not_finite(value: float | Decimal) -> ApiValueError:
    return ApiValueError(f"{value} has no JSON form; send None or a text if the API takes one")


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


class _HoldsSettings(Exception):
    """A model in the tree has what msgspec's encoder can't write: own settings, or unknown members."""


def _unknown(value: Any) -> Any:
    from ..configuration import Configuration
    from .attached import Attached
    from .structs import Extras

    if isinstance(value, Configuration | Extras | Attached):
        raise _HoldsSettings
    raise ApiTypeError(f"a value of type {type(value).__name__} has no JSON form")


Layout = tuple[tuple[tuple[str, str], ...], frozenset[str], dict[str, str], bool]
_layouts: dict[type[Any], Layout] = {}
"""The cached result of `_layout` for each class of models."""


def sanitize(value: Any) -> Any:
    """Convert a value to plain JSON types: models become dicts by JSON name, without their None fields."""
    kind = type(value)
    if kind in SCALARS:
        return value
    if kind is list:
        return [item if type(item) in SCALARS else sanitize(item) for item in value]
    if kind is dict:
        return {key: item if type(item) in SCALARS else sanitize(item) for key, item in value.items()}
    if (layout := _layouts.get(kind)) is not None:
        return _model(value, layout)
    if kind is dt.datetime or kind is dt.date:
        return value.isoformat()
    return _unusual(value)


def _model(value: Any, layout: Layout) -> dict[str, Any]:
    names, nulls, tag, has_extras = layout
    plain: dict[str, Any] = tag.copy()
    for name, wire in names:
        item = getattr(value, name)
        if item is not None and not (nulls and is_unset(item)):
            plain[wire] = item if type(item) in SCALARS else sanitize(item)
        elif item is None and name in nulls:
            plain[wire] = None
    if has_extras:
        plain.update((key, sanitize(item)) for key, item in value.additional_properties.items())
    return plain


def _unusual(value: Any) -> Any:
    """Convert the rare values for `sanitize`: new classes of models, subclasses, tuples, dates."""
    from .structs import Model

    if isinstance(value, Model):
        layout = _layouts[type(value)] = _layout(type(value))
        return _model(value, layout)
    if isinstance(value, dict):
        return {key: sanitize(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [sanitize(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dt.date | dt.datetime | dt.time):
        return value.isoformat()
    return value


def _layout(kind: Any) -> Layout:
    """Return the facts of a class that `_model` needs.

    These are the fields with their JSON names, the fields whose None is sent as null, the tag as a dict, and
    whether unknown members are kept.
    """
    config = kind.__struct_config__
    tag = {} if config.tag is None else {config.tag_field: config.tag}
    return tuple(kind.attribute_map.items()), frozenset((*kind._nullable, *kind._unset)), tag, kind._open


def _refuse_nan(value: Any) -> None:
    pending: list[Any] = [value]
    while pending:
        value = pending.pop()
        endless = isinstance(value, float) and (value != value or value in (float("inf"), float("-inf")))
        if endless or (isinstance(value, Decimal) and not value.is_finite()):
            raise _not_finite(value)
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list | tuple | set | frozenset):
            pending.extend(value)
        elif names := getattr(type(value), "attribute_map", None):
            pending.extend(getattr(value, name) for name in names)
