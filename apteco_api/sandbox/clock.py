"""Times as the API writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def now() -> str:
    """Return the current time in UTC, such as `2026-01-31T09:30:00.123456Z`."""
    return stamp(datetime.now(UTC))


def later(seconds: float) -> str:
    """Return the time `seconds` from now."""
    return stamp(datetime.now(UTC) + timedelta(seconds=seconds))


def stamp(moment: datetime) -> str:
    """Return a time in UTC as text. Texts of this form sort by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
