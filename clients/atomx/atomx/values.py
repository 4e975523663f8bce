"""Convert values for requests and from answers. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dateutil import tz

from .shapes import is_dict, is_many


def to_json(value: Any) -> Any:
    """Return a value as JSON, at any depth.

    Dates become ISO text, decimals numbers, sets lists, models their ids.
    """
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if is_dict(value):
        return {str(key): to_json(each) for key, each in value.items()}
    if is_many(value):
        return [to_json(each) for each in value]
    return value.id if is_resource(value) and not isinstance(value, type) else value


def is_resource(value: Any) -> bool:
    """Return whether a value is a model or a report: its class, or an instance."""
    return hasattr(value if isinstance(value, type) else type(value), "_resource_name")


def to_query(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return keyword arguments as query parameters: leave out None, send a list as several values."""
    query: dict[str, Any] = {}
    for name, value in arguments.items():
        if value is None:
            continue
        if is_many(value):
            query[name] = [to_text(each) for each in value if each is not None]
        else:
            query[name] = to_text(value)
    return query


def to_text(value: Any) -> str:
    """Return a value as text for a path or query: a model as id, a date as ISO text, true as ``True``."""
    if isinstance(value, bytes):
        return value.decode()
    return str(to_json(value)) if not isinstance(value, Decimal) else str(value)


def joined(value: Any, separator: str = ",") -> str | None:
    """Return a text unchanged, several texts joined by commas; None for no text."""
    if not value:
        return None
    return str(value) if isinstance(value, str) else separator.join(map(str, value))


def as_list(value: Any) -> list[Any]:
    """Return several values as a list; a single value as a list of one."""
    if is_many(value):
        return list(value)
    return [value]


def from_json(name: str, value: Any) -> Any:
    """Return an attribute for a model: times in ``date`` and ``…_at`` become datetimes."""
    if not isinstance(value, str):
        return value
    if name == "date" or (name.endswith("_at") and "T" in value):
        return parse_time(value)
    return value


def parse_time(value: str) -> Any:
    """Return an ISO time as a datetime; any other text unchanged."""
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return value


def zone(name: str) -> Any:
    """Return the time zone of that name (system's or python-dateutil's data), or None if it is unknown."""
    return tz.gettz(name)


def report_time(value: Any, timezone: str) -> Any:
    """Return a report's start or end: ``YYYY-MM-DD HH:00:00``, in the report's time zone.

    Args:
        value: a datetime (a naive one is in ``timezone``, an aware one is converted), a date (midnight), or a
            text, which is sent unchanged.
        timezone: name of the report's time zone.

    Raises:
        ValueError: the time is aware, and the time zone is unknown on this machine.
    """
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            target = zone(timezone)
            if target is None:
                raise ValueError(f"unknown timezone {timezone!r}: give from_ and to without tzinfo")
            value = value.astimezone(target)
        return value.strftime("%Y-%m-%d %H:00:00")
    if isinstance(value, date):
        return value.strftime("%Y-%m-%d 00:00:00")
    return value
