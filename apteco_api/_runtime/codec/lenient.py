"""The slow path of decoding: convert an answer that differs from the spec anyway.

A value of the wrong kind is converted if its meaning is clear ("12" for a number, 5.0 for a whole number, a
date in another notation). Otherwise it stays as it was received. Each such place is listed.
"""

# Pyright would report every parsed value here: JSON has no declared type.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import datetime as dt
import decimal
import types
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from ..exceptions import ApiDecodeError
from .decode import preview
from .drift import ABSENT, Differences, Drift, short
from .fields import is_absent
from .unions import WRITTEN_AS_TEXT, Choice

if TYPE_CHECKING:
    from .drift import Context, Path

MAX_DATE_TEXT = 64
"""Longest text that is parsed as a date."""
MAX_DIGITS = 300
"""Most digits of a text that is parsed as a number."""


def parse(data: bytes, cause: Exception, content_type: str, call: Context | None = None) -> Any:
    """Return the plain JSON value of a body.

    Raises:
        ApiDecodeError: the body is not JSON.
    """
    import msgspec

    reason = "the answer is not JSON"
    if not data.strip():
        reason = "the answer is empty"
    else:
        try:
            return msgspec.json.decode(data)
        except RecursionError:
            reason = "the answer is nested too deeply"
        except UnicodeDecodeError:
            reason = "the answer is not UTF-8"
        except Exception:
            if b"NaN" in data or b"Infinity" in data:
                reason = "the answer is not JSON; it may hold NaN or Infinity, which JSON has no words for"
    raise ApiDecodeError(200, reason, body=preview(data, call), content_type=content_type) from None


def refuse_repeated(data: bytes, content_type: str, call: Context | None = None) -> None:
    """Refuse JSON with duplicate keys, as JSON readers differ on which one counts.

    Raises:
        ApiDecodeError: an object has duplicate keys, or the text can't be parsed.
    """
    import json
    from collections import Counter

    def refuse(reason: str) -> ApiDecodeError:
        return ApiDecodeError(200, reason, body=preview(data, call), content_type=content_type)

    def check(pairs: list[tuple[str, Any]]) -> None:
        if call is not None:
            call.left("decode")
        counts = Counter(name for name, _ in pairs)
        if len(counts) < len(pairs):
            name = counts.most_common(1)[0][0]
            raise refuse(f"the answer has the member {short(name, call)} twice in one object")

    try:
        # Numbers stay text, as Python does not convert those of more than 4,300 digits.
        json.loads(data, object_pairs_hook=check, parse_int=str, parse_float=str)
    except ApiDecodeError:
        raise
    except UnicodeDecodeError:
        raise refuse("the answer is not UTF-8") from None
    except RecursionError:
        raise refuse("the answer is nested too deeply") from None
    except ValueError:
        raise refuse("the answer is not JSON") from None


def convert(value: Any, target: Any, found: Differences, data: bytes, content_type: str) -> Any:
    """Convert a plain JSON value to the expected type, and list the differences.

    Raises:
        ApiDecodeError: the value is of another kind, such as a list where an object is expected.
    """
    if value is None:
        found.total += 1
        found.append(Drift("$", _name(target), "null"))
        return None
    origin = get_origin(target)
    of_object = origin is dict or hasattr(target, "_model") or hasattr(target, "_twin")
    kind = dict if of_object else list if origin in (list, tuple) else None
    if kind is not None and not isinstance(value, kind):
        raise ApiDecodeError(
            200,
            f"the answer is {_kind(value)}, {_name(target)} was expected",
            body=preview(data, found.call),
            content_type=content_type,
        )
    before = found.total
    try:
        result = _convert(value, target, None, found)
    except RecursionError:
        raise ApiDecodeError(
            200, "the answer is nested too deeply", body=preview(data, found.call), content_type=content_type
        ) from None
    if kind is None and found.total > before and result is value:
        raise ApiDecodeError(
            200,
            f"the answer is {_kind(value)}, {_name(target)} was expected",
            body=preview(data, found.call),
            content_type=content_type,
        )
    return result


def _convert(value: Any, target: Any, path: Path, found: Differences) -> Any:
    return _reader(target)(value, path, found)


Reader = Callable[[Any, "Path", Differences], Any]
"""A function that converts a plain JSON value, at a place of the answer, to an object."""


def _reader(target: Any) -> Reader:
    """Return the function that reads values of a type, so that each type is analysed only once."""
    if target is Any:
        return lambda value, path, found: value
    if isinstance(target, Choice):
        return partial(_convert_choice, target)
    if hasattr(target, "_model"):
        return partial(_convert_model, target)
    if hasattr(target, "_twin"):
        return partial(_convert_open, target)
    origin, inner = get_origin(target), get_args(target)
    if origin is list:
        return partial(_convert_list, target, _reader(inner[0]))
    if origin is tuple:
        return partial(_convert_tuple, target, [_reader(item) for item in inner])
    if origin is dict:
        return partial(_convert_dict, target, _reader(inner[1]))
    if origin in (Union, types.UnionType):
        return partial(_convert_union, target, [(option, _reader(option)) for option in inner])
    if origin is Literal:
        return partial(_convert_literal, target, inner)
    return partial(_convert_scalar, target)


def _convert_list(target: Any, item: Reader, value: Any, path: Path, found: Differences) -> Any:
    if isinstance(value, list):
        values: list[Any] = value
        return [item(entry, (path, index), found) for index, entry in enumerate(values)]
    found.add(path, _name(target), value)
    return value


def _convert_tuple(target: Any, places: list[Reader], value: Any, path: Path, found: Differences) -> Any:
    if isinstance(value, list) and len(value) == len(places):
        pairs = enumerate(zip(value, places, strict=True))
        return tuple(item(entry, (path, at), found) for at, (entry, item) in pairs)
    found.add(path, _name(target), value)
    return value


def _convert_dict(target: Any, item: Reader, value: Any, path: Path, found: Differences) -> Any:
    if isinstance(value, dict):
        pairs: dict[Any, Any] = value
        return {key: item(entry, (path, key), found) for key, entry in pairs.items()}
    found.add(path, _name(target), value)
    return value


def _convert_union(
    target: Any, options: list[tuple[Any, Reader]], value: Any, path: Path, found: Differences
) -> Any:
    if value is None and type(None) in (option for option, _ in options):
        return None
    best = _best(value, [option for option, _ in options])
    for option, read in options:
        if option is best:
            return read(value, path, found)
    found.add(path, _name(target), value)  # an object with a tag that is not in the spec
    return value


def _convert_literal(target: Any, values: tuple[Any, ...], value: Any, path: Path, found: Differences) -> Any:
    if value not in values:
        found.add(path, _name(target), value)
    return value


def _convert_scalar(target: Any, value: Any, path: Path, found: Differences) -> Any:
    if isinstance(value, target) and not (isinstance(value, bool) and target is not bool):
        return value
    if value is not None and (exact := _exact(value, target)) is not None:
        return exact
    found.add(path, _name(target), value)
    return value if value is None else _scalar(value, target)


def _convert_choice(target: Choice, value: Any, path: Path, found: Differences) -> Any:
    import msgspec

    from .model import decode_open

    try:
        return target.read(value, decode_open)
    except msgspec.ValidationError:
        best = target.ordered(value)
    if not best:
        found.add(path, _name(target), value)
        return value
    return _convert(value, best[0], path, found)


def _convert_open(target: Any, value: Any, path: Path, found: Differences) -> Any:
    """Read an open model, whose placeholder is `target`."""
    made = _convert_model(target._twin, value, path, found)
    if made is not value:
        wires = target._twin.attribute_map.values()
        made.additional_properties = {key: item for key, item in value.items() if key not in wires}
    return made


def _convert_model(target: Any, value: Any, path: Path, found: Differences) -> Any:
    if not isinstance(value, dict):
        found.add(path, _name(target), value)
        return value
    found.tick()
    given: dict[Any, Any] = value
    config = target.__struct_config__
    if config.tag is not None and given.get(config.tag_field, config.tag) != config.tag:
        found.add((path, config.tag_field), repr(config.tag), given[config.tag_field])
    values: dict[str, Any] = {}
    for name, wire, read, absent, needed in _plan(target):
        if wire in given:
            values[name] = read(given[wire], (path, wire), found)
        else:
            if needed:
                found.add((path, wire), needed, ABSENT)
            values[name] = absent
    return target(**values)


@cache
def _plan(model: Any) -> list[tuple[str, str, Reader, Any, str]]:
    """Return for each field of a model: both names, its reader, its value if absent, its type if required."""
    from msgspec import UNSET

    kinds, required = model.__annotations__, {*model._required} - {*model._absent}
    return [
        (
            name,
            wire,
            _reader(kinds[name]),
            UNSET if name in model._unset else None,
            _name(kinds[name]) if name in required else "",
        )
        for name, wire in model.attribute_map.items()
    ]


def _best(value: Any, options: list[Any]) -> Any:
    """Return the member of a union that fits a value best; None for an object with an unknown tag."""
    real = [option for option in options if not is_absent(option)]
    tagged = [option for option in real if getattr(option, "discriminator", None)]
    if tagged and isinstance(value, dict):
        given: dict[Any, Any] = value
        return next(
            (item for item in tagged if given.get(item.discriminator) == item.__struct_config__.tag), None
        )
    for option in real:
        if isinstance(value, _plain_type(option)):
            return option
    return real[0]


def _plain_type(option: Any) -> Any:
    """Return the Python type in which JSON of a type arrives."""
    origin = get_origin(option)
    if origin is dict or hasattr(option, "_model") or hasattr(option, "_twin"):
        return dict
    if origin in (list, tuple):
        return list
    if option in WRITTEN_AS_TEXT:
        return str
    return option if isinstance(option, type) and option is not Any else object


def _exact(value: Any, target: Any) -> Any:
    """Convert a value of a type that JSON does not have, as the strict path does; None for other types."""
    written = target in WRITTEN_AS_TEXT and isinstance(value, str)
    number = type(value) is int and target is float
    if written or number or (target is decimal.Decimal and type(value) in (int, float)):
        import msgspec

        try:
            return msgspec.convert(value, target)
        except (msgspec.ValidationError, OverflowError):
            pass
    return None


def _scalar(value: Any, target: Any) -> Any:
    """Convert a value of the wrong kind if its meaning is clear; else return the value."""
    try:
        if target is dt.datetime or target is dt.date:
            return read_date(value, target)
        if target is bool:
            return {"true": True, "false": False}[value.lower()]
        if target is str:
            return value if isinstance(value, list | dict) else str(value)
        if target in (int, float) and not isinstance(value, bool) and len(str(value)) <= MAX_DIGITS:
            return target(value)
    except (ValueError, TypeError, OverflowError, KeyError, AttributeError):
        pass
    return value


def read_date(value: Any, target: type[Any]) -> Any:
    """Convert a text in any ISO 8601 notation to a date or datetime. Raises ValueError for other texts.

    `9999-12-31T23:59:59.9999999`, .NET's "never", is rounded down to the last microsecond.
    """
    if not isinstance(value, str) or len(value) > MAX_DATE_TEXT:
        raise ValueError("not a date")
    from dateutil.parser import isoparse

    moment = isoparse(value.strip())
    if moment.tzinfo is not None and not moment.utcoffset():
        moment = moment.replace(tzinfo=dt.UTC)  # as the strict path does
    return moment.date() if target is dt.date else moment


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _name(target: Any) -> str:
    if get_origin(target) is Literal:
        return f"one of {short(list(get_args(target)))}"
    if get_origin(target) in (Union, types.UnionType):
        return " or ".join(_name(option) for option in get_args(target) if option is not type(None))
    return getattr(target, "__name__", str(target)) if get_origin(target) is None else str(target)
