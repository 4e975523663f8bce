"""Unions whose members JSON alone does not distinguish, and types that contain themselves.

msgspec decodes a union whose members differ by the kind of JSON or by a tag. For every other union it is
given a class of the type `Choice`. msgspec does not know this class, so it calls the hook, which calls
`read`. The member is chosen by these rules:

1. Only members of the value's kind count: objects for an object, lists for a list.
2. If the union has a discriminator and the value has that property, it names the member.
3. A model is ruled out if a fixed value (a tag, a constant, an enum) differs, or a required property is
   missing.
4. The remaining members are ordered: first the one with the most matching fixed values, then the one with the
   fewest unknown properties, then the earlier one. A map comes after a model that has every property.
5. The first member that can be decoded is chosen. If several fit equally well, it is the one that loses the
   fewest members of nested objects. If no member can be decoded, the slow path takes the first and lists the
   differences.

A named type (`named`) is also a `Choice`. Its members are looked up on first use, as it may contain itself.
"""

# Pyright would report every parsed value here: JSON has no declared type.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import datetime as dt
import decimal
import threading
import uuid
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from .fields import is_absent, is_open, members

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

WRITTEN_AS_TEXT = (dt.datetime, dt.date, dt.time, dt.timedelta, uuid.UUID, decimal.Decimal, bytes)
"""Types that are strings in JSON."""


class StandIn(type):
    """The type of placeholders for open models in a decoder's types; msgspec calls `decode_open` for them."""

    _twin: type[Any]

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, cls._twin)


class Choice(type):
    """The type of placeholders for unions in a decoder's types."""

    _find: Callable[[], tuple[Any, ...]]
    listed: tuple[Any, ...] | None
    tell: tuple[str, Mapping[str, str]] | None

    def __instancecheck__(cls, value: object) -> bool:
        return True  # msgspec checks the type of what `read` returns

    @property
    def options(cls) -> tuple[Any, ...]:
        """The members, without None."""
        if cls.listed is None:
            cls.listed = tuple(each for each in cls._find() if each is not type(None))
        return cls.listed

    def read(cls, value: Any, hook: Callable[[Any, Any], Any]) -> Any:
        """Convert a plain JSON value to the member that fits.

        Raises:
            msgspec.ValidationError: the value fits no member of the union.
        """
        import msgspec

        if value is None:
            return None
        outermost = not hasattr(_reading, "made")
        if outermost:
            _reading.made = {}
        try:
            for group in cls._grouped(value):
                fitting = [made for each in group if (made := _made(value, each, hook)) is not _NOTHING]
                if fitting:
                    return (
                        fitting[0] if len(fitting) == 1 else min(fitting, key=lambda made: _loss(value, made))
                    )
        finally:
            if outermost:
                del _reading.made
        raise msgspec.ValidationError(f"no member of {cls.__name__} fits")

    def ordered(cls, value: Any) -> list[Any]:
        """Return the members that a value may fit, the best first."""
        return [each for group in cls._grouped(value) for each in group]

    def _grouped(cls, value: Any) -> list[list[Any]]:
        """Return the members that a value may fit, in groups that fit equally well, the best first."""
        told = _told(cls, value)
        if told is not None:
            return [[told]]
        groups: dict[tuple[int, int, float], list[Any]] = {}
        for each in _leaves(cls, set()):
            if (rank := _rank(each, value)) is not None:
                groups.setdefault(rank, []).append(each)
        return [groups[rank] for rank in sorted(groups)]


_NOTHING = object()
_reading = threading.local()
"""`made` caches the result for each value and type, so that no value is read twice as the same type."""


def _made(value: Any, option: Any, hook: Callable[[Any, Any], Any]) -> Any:
    """Convert a value to a type; return `_NOTHING` if it does not fit."""
    import msgspec

    key = (id(value), option)
    if key not in _reading.made:
        _reading.made[key] = _NOTHING  # also while this call runs
        try:
            # keep the value, too, so that no other value gets its id
            _reading.made[key] = msgspec.convert(value, option, dec_hook=hook), value
        except (msgspec.ValidationError, ValueError):
            return _NOTHING
    found = _reading.made[key]
    return found if found is _NOTHING else found[0]


def _loss(value: Any, made: Any) -> int:
    """Return how many members of the objects in a value were lost when it was read."""
    lost, pending = 0, [(value, made)]
    while pending:
        value, made = pending.pop()
        if isinstance(value, dict) and hasattr(made, "attribute_map"):
            names = {wire: name for name, wire in made.attribute_map.items()}
            names[made.__struct_config__.tag_field] = ""
            lost += 0 if made._open else sum(key not in names for key in value)
            pending += [(item, getattr(made, names[key])) for key, item in value.items() if names.get(key)]
        elif isinstance(value, dict) and isinstance(made, dict):
            pending += [(item, made[key]) for key, item in value.items() if key in made]
        elif isinstance(value, list) and isinstance(made, list | tuple):
            pending += zip(value, made, strict=False)
    return lost


def choice(name: str, find: Callable[[], tuple[Any, ...]], tell: Any = None) -> Choice:
    """Return the placeholder class for a union whose members `find` returns."""
    return Choice(name, (), {"_find": staticmethod(find), "listed": None, "tell": tell})


def named(
    module: str,
    name: str,
    expression: str,
    discriminator: str = "",
    mapping: Mapping[str, str] | None = None,
) -> Any:
    """Return the placeholder class for a named type of a generated package.

    Args:
        module: module of the type.
        name: name of the type.
        expression: the type that the name means.
        discriminator: JSON name of the property that distinguishes its members.
        mapping: name of the member for each value of that property. The key "" has the member for all other
            values, if there is one.
    """

    def find() -> tuple[Any, ...]:
        from .expressions import resolve

        return _flat(resolve(expression))

    made = choice(name, find, (discriminator, mapping or {}) if discriminator else None)
    made.__module__ = module
    return made


def union(options: Iterable[Any]) -> Any:
    """Return the union of some types for msgspec: a plain union, or a `Choice`."""
    every = [option for each in options for option in members(each)]
    distinct = list(dict.fromkeys(every))
    if is_open(tuple(distinct)):
        distinct = [each for each in distinct if get_origin(each) is not Literal]
    elif any(get_origin(each) is Literal for each in distinct):
        # An open enum: other values are accepted, but by the slow path, which lists them.
        distinct = [each for each in distinct if get_origin(each) is Literal or is_absent(each)]
    absent = [each for each in distinct if is_absent(each)]
    real = [each for each in distinct if not is_absent(each)]
    if len(real) > 1 and not _readable(real):
        made = choice(" or ".join(str(getattr(each, "__name__", each)) for each in real), lambda: tuple(real))
        return Union[(made, *absent)]
    return Union[tuple(distinct)]  # noqa: UP007


def _flat(kind: Any) -> tuple[Any, ...]:
    found: list[Any] = []
    for each in members(kind):
        found.extend(
            each.options if isinstance(each, Choice) and each.tell is None and each.listed else [each]
        )
    return tuple(found)


def _readable(real: list[Any]) -> bool:
    """Return whether msgspec can distinguish the members of a union."""
    objects = [each for each in real if _is_object(each)]
    if any(
        isinstance(each, Choice) or (hasattr(each, "_twin") and not hasattr(each, "_model")) for each in real
    ):
        return False
    if Any in real:
        return not objects and not any(get_origin(each) in (list, tuple) for each in real)
    if sum(get_origin(each) in (list, tuple) for each in real) > 1:
        return False
    if sum(each is str or each in WRITTEN_AS_TEXT or _is_literal(each, str) for each in real) > 1:
        return False
    if sum(each is int or _is_literal(each, int) for each in real) > 1 or (
        decimal.Decimal in real and float in real
    ):
        return False
    if len(objects) < 2:
        return True
    if not all(hasattr(each, "_model") for each in objects):
        return False
    configs = [each.__struct_config__ for each in objects]
    tags = {config.tag for config in configs}
    return (
        None not in tags and len(tags) == len(objects) and len({config.tag_field for config in configs}) == 1
    )


def _is_literal(kind: Any, of: type[Any]) -> bool:
    return get_origin(kind) is Literal and any(type(value) is of for value in get_args(kind))


def _is_object(kind: Any) -> bool:
    return get_origin(kind) is dict or hasattr(kind, "_model") or hasattr(kind, "_twin")


def _told(kind: Choice, value: Any) -> Any:
    """Return the member that the discriminator of a union names; None if it names none."""
    if kind.tell is None or not isinstance(value, dict):
        return None
    from .expressions import resolve

    wire, mapping = kind.tell
    given: dict[Any, Any] = value
    said = given.get(wire)
    name = (mapping.get(said) if isinstance(said, str) else None) or mapping.get("")
    return None if name is None else resolve(name)


def _leaves(kind: Any, seen: set[Any]) -> Iterable[Any]:
    """Yield the members of a union, those of the unions in it included."""
    for option in kind.options:
        if isinstance(option, Choice) and option.tell is None:
            if option not in seen:
                seen.add(option)
                yield from _leaves(option, seen)
        else:
            yield option


def _rank(kind: Any, value: Any) -> tuple[int, int, float] | None:
    """Return how well a type fits a value, the smallest is best; None if it does not fit."""
    if isinstance(kind, Choice):
        ranks = [rank for each in kind.ordered(value) if (rank := _rank(each, value)) is not None]
        return min(ranks, default=None)
    if kind is Any:
        return (0, 9, 0.5) if isinstance(value, dict) else (0, 9, 0)
    origin = get_origin(kind)
    if isinstance(value, dict):
        if origin is dict:
            return (0, 0, 0.5)
        model = kind if hasattr(kind, "_model") else getattr(kind, "_twin", None)
        return None if model is None else _rank_model(model, value)
    if isinstance(value, list):
        if origin is tuple:
            return (0, 0, 0) if len(get_args(kind)) == len(value) else None
        return (0, 1, 0) if origin is list else None
    if origin is Literal:
        return (
            (0, 0, 0) if any(type(each) is type(value) and each == value for each in get_args(kind)) else None
        )
    if isinstance(value, bool):
        return (0, 0, 0) if kind is bool else None
    if isinstance(value, str):
        return (0, 0, 0) if kind in WRITTEN_AS_TEXT else (0, 1, 0) if kind is str else None
    if isinstance(value, int):
        return (0, 0, 0) if kind is int else (0, 1, 0) if kind in (float, decimal.Decimal) else None
    return (0, 0, 0) if kind in (float, decimal.Decimal) else None


def _rank_model(model: Any, value: dict[Any, Any]) -> tuple[int, int, float]:
    names = model.attribute_map
    fixed, out = 0, False
    config = model.__struct_config__
    if config.tag is not None:
        if config.tag_field in value:
            fixed, out = (fixed + 1, out) if value[config.tag_field] == config.tag else (fixed, True)
        else:
            out = True
    for name, allowed in fixed_values(model).items():
        if (wire := names[name]) in value:
            held = value[wire]
            good = held in allowed if isinstance(held, str | int | bool) else held is None
            fixed, out = (fixed + 1, out) if good else (fixed, True)
    out = out or any(names[name] not in value for name in model._required)
    known = set(names.values()) | {config.tag_field}
    unknown = 0 if model._open else sum(key not in known for key in value)
    return (1 if out else 0, -fixed, unknown)


def fixed_values(model: Any) -> dict[str, tuple[Any, ...]]:
    """Return the allowed values of the fields that have fixed values."""
    found: dict[str, tuple[Any, ...]] = {}
    for name, (values, many) in model._allowed.items():
        if not many:
            found[name] = values
    return found


__all__ = ["Choice", "choice", "is_open", "named", "union"]
