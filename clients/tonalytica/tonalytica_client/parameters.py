"""Convert the values of query parameters for the server."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, cast

from .date_ranges import DateRange, get_frontend_vals
from .results import members

_MIDNIGHT = datetime.time()


def encode(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the values as JSON.

    Dates become texts (`2020-01-01`; with a time of day `2020-01-01 08:30:00`), ranges (a ``DateRange``, or a
    pair of dates as a tuple) objects of ``start`` and ``end``. Anything else stays unchanged.

    Args:
        values: a value for each parameter. Anything that is not a mapping counts as no values.
    """
    if not isinstance(values, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        return {}
    return {name: _encode(value) for name, value in values.items()}


def defaults(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the default values of a query's parameters.

    Names of ranges, such as `d_last_7_days`, become the current dates of the range.

    Args:
        options: the ``options`` of a query.
    """
    found: dict[str, Any] = {}
    for definition in members(options or {}, "parameters"):
        value: Any = definition.get("value")
        if "date" in str(definition.get("type")) and isinstance(value, str) and value.startswith("d_"):
            value = _named_date(value, "range" in str(definition["type"]))
        if value is not None:
            found[str(definition["name"])] = _encode(value)
    return found


def _named_date(name: str, as_range: bool) -> Any:
    value = getattr(get_frontend_vals(), name, name)
    if as_range and isinstance(value, datetime.datetime):  # d_yesterday is offered as a date and as a range
        return DateRange(value, value)
    return value


def _encode(value: Any) -> Any:
    if isinstance(value, tuple):
        pair = list[Any](value)  # pyright: ignore[reportUnknownArgumentType]
        if len(pair) == 2 and all(isinstance(each, datetime.date) for each in pair):
            return {"start": _encode(pair[0]), "end": _encode(pair[1])}
    if isinstance(value, datetime.datetime):
        whole_day = value.time() == _MIDNIGHT
        return value.strftime("%Y-%m-%d") if whole_day else value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _encode(inner) for name, inner in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple | set):
        return [_encode(each) for each in cast("list[Any]", value)]
    return value
