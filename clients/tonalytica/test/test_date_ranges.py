"""Date ranges, above all at the ends of years."""

from __future__ import annotations

import datetime

import pytest
from tonalytica_client.date_ranges import (
    calculate_ranges,
    calculate_singletons,
    get_frontend_vals,
)


def day(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


CASES = {
    # the last days of a year may be in the next year's first week
    "2024-12-31T15:00": {
        "d_this_week": ("2024-12-30", "2025-01-05"),
        "d_this_month": ("2024-12-01", "2024-12-31"),
        "d_this_year": ("2024-01-01", "2024-12-31"),
        "d_last_week": ("2024-12-23", "2024-12-29"),
        "d_last_month": ("2024-11-01", "2024-11-30"),
        "d_last_year": ("2023-01-01", "2023-12-31"),
    },
    # the first days of a year may be in the last year's last week
    "2027-01-01T00:00": {
        "d_this_week": ("2026-12-28", "2027-01-03"),
        "d_this_month": ("2027-01-01", "2027-01-31"),
        "d_this_year": ("2027-01-01", "2027-12-31"),
        "d_last_week": ("2026-12-21", "2026-12-27"),
        "d_last_month": ("2026-12-01", "2026-12-31"),
        "d_last_year": ("2026-01-01", "2026-12-31"),
    },
    # the week before week 1 is the last one of the year before, not "week 0"
    "2026-01-02T09:30": {
        "d_this_week": ("2025-12-29", "2026-01-04"),
        "d_last_week": ("2025-12-22", "2025-12-28"),
        "d_this_year": ("2026-01-01", "2026-12-31"),
        "d_last_month": ("2025-12-01", "2025-12-31"),
    },
    "2024-02-29T23:59": {
        "d_this_month": ("2024-02-01", "2024-02-29"),
        "d_last_month": ("2024-01-01", "2024-01-31"),
        "d_last_year": ("2023-01-01", "2023-12-31"),
    },
}


@pytest.mark.parametrize("now", CASES)
def test_calendar_ranges(now: str) -> None:
    ranges = calculate_ranges(now=day(now))
    for name, (start, end) in CASES[now].items():
        assert ranges[name] == (day(start), day(end)), name


def test_every_day_of_thirty_years_is_in_its_own_ranges() -> None:
    now = day("2015-01-01")
    while now.year < 2045:
        ranges = calculate_ranges(now=now)
        for name in ("d_this_week", "d_this_month", "d_this_year"):
            assert ranges[name].start <= now <= ranges[name].end
            gap = ranges[name].start - ranges[name.replace("this", "last")].end
            assert gap == datetime.timedelta(days=1)
        now += datetime.timedelta(days=1)


@pytest.mark.parametrize("days", [7, 14, 30, 60, 90])
def test_ranges_that_count_back_keep_the_time_of_day(days: int) -> None:
    now = day("2026-03-01T12:34:56")
    assert calculate_ranges(now=now)[f"d_last_{days}_days"] == (now - datetime.timedelta(days=days), now)


def test_single_dates() -> None:
    assert calculate_singletons(now=day("2026-01-01T10:00")) == {
        "d_now": day("2026-01-01"),
        "d_yesterday": day("2025-12-31"),
    }


def test_the_ranges_that_the_web_pages_know_beside_these() -> None:
    now = day("2024-02-29T12:00")
    values = get_frontend_vals(now=now)
    assert values.d_today == (day("2024-02-29"), day("2024-02-29"))
    assert values.d_last_hour == (day("2024-02-29T11:00"), now)
    assert values.d_last_8_hours.start == day("2024-02-29T04:00")
    assert values.d_last_24_hours.start == day("2024-02-28T12:00")
    assert values.d_last_12_months.start == day("2023-02-28T12:00")


def test_without_a_time_it_is_now() -> None:
    before = datetime.datetime.now()
    assert before <= get_frontend_vals().d_last_7_days.end <= datetime.datetime.now()
