"""The time zones of this machine, for `About/TimeZonesInfo`."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from .store import Row


def details() -> Row:
    """Return the zones with their current offsets, and the zone of this machine."""
    moment = datetime.now(UTC)
    local = moment.astimezone()
    offset = local.utcoffset() or timedelta()
    name = time.tzname[0]
    here: Row = {"id": name, "displayName": _display(name, offset), "standardName": name}
    here |= {"daylightName": time.tzname[-1], "currentUtcOffsetInMinutes": _minutes(offset)}
    return {"timeZones": [_detail(each, moment) for each in _names()], "currentTimeZone": here}


@cache
def _names() -> tuple[str, ...]:
    # a machine without a time zone database has only UTC
    return tuple(sorted(available_timezones())) or ("UTC",)


def _detail(name: str, moment: datetime) -> Row:
    try:
        zone: ZoneInfo | None = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        zone = None
    offsets = [(moment.replace(month=month, day=1).astimezone(zone or UTC)) for month in (1, 7)]
    standard, daylight = sorted(offsets, key=lambda each: each.dst() or timedelta())
    offset = moment.astimezone(zone or UTC).utcoffset() or timedelta()
    return {
        "id": name,
        "displayName": _display(name, offset),
        "standardName": standard.tzname() or name,
        "daylightName": daylight.tzname() or name,
        "currentUtcOffsetInMinutes": _minutes(offset),
    }


def _minutes(offset: timedelta) -> int:
    return int(offset.total_seconds() // 60)


def _display(name: str, offset: timedelta) -> str:
    minutes = abs(_minutes(offset))
    sign = "-" if offset < timedelta() else "+"
    return f"(UTC{sign}{minutes // 60:02}:{minutes % 60:02}) {name.replace('_', ' ')}"
