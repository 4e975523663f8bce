"""The date ranges that the web pages offer for parameters: this week, last month, the last 30 days and so on.

Weeks start on Monday. A range of whole days starts at midnight of its first day and ends at midnight of its
last day. Ranges that count back from now start and end at the current time of day.
"""

from __future__ import annotations

import datetime
from typing import NamedTuple


class DateRange(NamedTuple):
    """The start and the end of a range."""

    start: datetime.datetime
    end: datetime.datetime


class Values(NamedTuple):
    """Every range and date by its name on the web pages."""

    d_this_week: DateRange
    d_this_month: DateRange
    d_this_year: DateRange
    d_last_week: DateRange
    d_last_month: DateRange
    d_last_year: DateRange
    d_last_7_days: DateRange
    d_last_14_days: DateRange
    d_last_30_days: DateRange
    d_last_60_days: DateRange
    d_last_90_days: DateRange
    d_now: datetime.datetime
    d_yesterday: datetime.datetime
    # also on the web pages; these come last, so that the order of the published ones stays
    d_today: DateRange
    d_last_hour: DateRange
    d_last_8_hours: DateRange
    d_last_24_hours: DateRange
    d_last_12_months: DateRange


def get_frontend_vals(*, now: datetime.datetime | None = None) -> Values:
    """Return the date ranges and dates that the web pages offer for parameters.

    Args:
        now: the time from which they count; the current local time by default.
    """
    at = now or datetime.datetime.now()
    return Values(**calculate_ranges(now=at), **calculate_singletons(now=at), **_more_ranges(at))  # type: ignore[arg-type]


def calculate_ranges(*, now: datetime.datetime | None = None) -> dict[str, DateRange]:
    """Return the eleven ranges by name: `d_this_week` … `d_last_90_days`.

    Args:
        now: the time from which they count; the current local time by default.
    """
    at = now or datetime.datetime.now()
    today = _midnight(at)
    monday = today - datetime.timedelta(days=today.weekday())
    first_of_month, first_of_year = today.replace(day=1), today.replace(month=1, day=1)
    week, day = datetime.timedelta(weeks=1), datetime.timedelta(days=1)
    last_of_last_month = first_of_month - day
    last_of_last_year = first_of_year - day
    ranges = {
        "d_this_week": DateRange(monday, monday + week - day),
        "d_this_month": DateRange(first_of_month, _months_on(first_of_month, 1) - day),
        "d_this_year": DateRange(first_of_year, _months_on(first_of_year, 12) - day),
        "d_last_week": DateRange(monday - week, monday - day),
        "d_last_month": DateRange(last_of_last_month.replace(day=1), last_of_last_month),
        "d_last_year": DateRange(last_of_last_year.replace(month=1, day=1), last_of_last_year),
    }
    for days in (7, 14, 30, 60, 90):
        ranges[f"d_last_{days}_days"] = DateRange(at - datetime.timedelta(days=days), at)
    return ranges


def calculate_singletons(*, now: datetime.datetime | None = None) -> dict[str, datetime.datetime]:
    """Return the two dates by name: `d_now`, midnight of today, and `d_yesterday`, midnight of yesterday.

    Args:
        now: the time from which they count; the current local time by default.
    """
    today = _midnight(now or datetime.datetime.now())
    return {"d_now": today, "d_yesterday": today - datetime.timedelta(days=1)}


def _more_ranges(at: datetime.datetime) -> dict[str, DateRange]:
    today = _midnight(at)
    # the same day a year ago; 29 February becomes the 28th
    year_ago = (
        at.replace(year=at.year - 1, day=28)
        if (at.month, at.day) == (2, 29)
        else at.replace(year=at.year - 1)
    )
    return {
        "d_today": DateRange(today, today),
        "d_last_hour": DateRange(at - datetime.timedelta(hours=1), at),
        "d_last_8_hours": DateRange(at - datetime.timedelta(hours=8), at),
        "d_last_24_hours": DateRange(at - datetime.timedelta(hours=24), at),
        "d_last_12_months": DateRange(year_ago, at),
    }


def _midnight(at: datetime.datetime) -> datetime.datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _months_on(first: datetime.datetime, months: int) -> datetime.datetime:
    """Return the first day of the month that is this many months later."""
    years, month = divmod(first.month - 1 + months, 12)
    return first.replace(year=first.year + years, month=month + 1)
