"""Bandings: group dates and numbers into bands, for cubes and for lists of band codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from ..holidays import Kind, Variable
from .errors import WRONG_VALUE, shorten
from .node import Node
from .rules import Clock
from .sql import column

BANDINGS = (
    "None", "Years", "Quarters", "Months", "Weeks", "DayOfWeek", "WeekOfYear", "MonthOfYear", "QuarterOfYear",
    "DayMonthOfYear", "HourOfDay", "DayHour", "DayHourMinute", "Day", "AgeInYears", "AgeInMonths",
    "AgeInQuarters", "AgeInWeeks", "AgeInDays", "YearsBusiness", "QuartersBusiness", "QuarterOfYearBusiness",
    "MonthsBusiness", "MonthOfYearBusiness", "WeeksBusiness", "DaysBusiness", "WeekOfYearBusiness", "Custom",
)  # fmt: skip
"""The types of bandings."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class Band:
    """A banding of one variable.

    Attributes:
        sql: expression of a record's band as an integer, NULL for a record without a value.
        missing_code: code of the band for records without a value.
        code_of: returns the code of a band.
        describe: returns the description of a band.
        keys: returns all bands in order, for the first and the last date in the data (None without dates).
        key_of: returns the band with a code; None if it does not exist.
    """

    sql: str
    missing_code: str
    code_of: Callable[[int], str]
    describe: Callable[[int], str]
    keys: Callable[[date | None, date | None], Sequence[int]]
    key_of: Callable[[str], int | None]


@dataclass(frozen=True)
class _Form:
    """The form of a banding: the SQL of its bands (with {d} for the date), and their texts."""

    sql: str
    missing: str
    code: Callable[[int], str]
    keys: Callable[[date, date], Sequence[int]]
    words: Callable[[int], str] | None = None


def _years(first: date, last: date) -> range:
    return range(first.year, last.year + 1)


def _spread(parts: int, scale: int) -> Callable[[date, date], Sequence[int]]:
    """Return every part of every year of a range, as year * scale + part."""
    return lambda first, last: [
        year * scale + part for year in _years(first, last) for part in range(1, parts + 1)
    ]


def _all_days(first: date, last: date) -> list[date]:
    start = date(first.year, 1, 1)
    return [start + timedelta(days=day) for day in range((date(last.year, 12, 31) - start).days + 1)]


def _day_keys(first: date, last: date) -> list[int]:
    return [day.year * 10000 + day.month * 100 + day.day for day in _all_days(first, last)]


def _week_keys(first: date, last: date) -> list[int]:
    weeks = (day.isocalendar() for day in _all_days(first, last))
    return list(dict.fromkeys(week.year * 100 + week.week for week in weeks))


def _fixed(low: int, high: int) -> Callable[[date, date], Sequence[int]]:
    return lambda first, last: range(low, high + 1)


def _hours(first: date, last: date) -> list[int]:
    return [day * 100 + hour for day in _day_keys(first, last) for hour in range(24)]


def _digits(width: int) -> Callable[[int], str]:
    return lambda key: f"{key:0{width}d}"


def _quarter(key: int) -> str:
    return f"{key // 10:04d}Q{key % 10}"


def _week(key: int) -> str:
    return f"{key // 100:04d}W{key % 100:02d}"


def _business(form: _Form) -> _Form:
    """Return the same bands in business years, named after the calendar year in which they start."""
    keys = form.keys

    def shifted(first: date, last: date) -> Sequence[int]:
        return keys(_business_day(first), _business_day(last))

    return replace(form, sql=form.sql.replace("{d}", "({d} - to_months(3))"), keys=shifted)


def _business_day(day: date) -> date:
    return date(day.year if day.month > 3 else day.year - 1, 6, 1)


def _business_month(key: int) -> str:
    return MONTHS[(key + 2) % 12]


_YEARS = _Form("year({d})", "0000", _digits(4), _years)
_QUARTERS = _Form("year({d}) * 10 + quarter({d})", "000000", _quarter, _spread(4, 10))
_MONTHS = _Form("year({d}) * 100 + month({d})", "000000", _digits(6), _spread(12, 100))
_QUARTER_OF_YEAR = _Form("quarter({d})", "0", _digits(1), _fixed(1, 4), lambda key: f"Quarter {key}")
_MONTH_OF_YEAR = _Form("month({d})", "00", _digits(2), _fixed(1, 12), lambda key: MONTHS[key - 1])
_DAY = _Form("year({d}) * 10000 + month({d}) * 100 + day({d})", "00000000", _digits(8), _day_keys)

_FORMS: dict[str, _Form] = {
    "Years": _YEARS,
    "Quarters": _QUARTERS,
    "Months": _MONTHS,
    "Weeks": _Form("isoyear({d}) * 100 + weekofyear({d})", "0000000", _week, _week_keys),
    "Day": _DAY,
    "DayOfWeek": _Form("isodow({d})", "0", _digits(1), _fixed(1, 7), lambda key: WEEKDAYS[key - 1]),
    "WeekOfYear": _Form("weekofyear({d})", "00", _digits(2), _fixed(1, 53), lambda key: f"Week {key}"),
    "MonthOfYear": _MONTH_OF_YEAR,
    "QuarterOfYear": _QUARTER_OF_YEAR,
    "DayMonthOfYear": _Form(
        "month({d}) * 100 + day({d})",
        "0000",
        _digits(4),
        lambda first, last: [key % 10000 for key in _day_keys(date(2020, 1, 1), date(2020, 1, 1))],
        lambda key: f"{key % 100} {MONTHS[key // 100 - 1]}",
    ),
    "HourOfDay": _Form("hour({d})", " !", _digits(2), _fixed(0, 23), lambda key: f"{key:02d}:00"),
    "DayHour": _Form(f"({_DAY.sql}) * 100 + hour({{d}})", "0000000000", _digits(10), _hours),
    "YearsBusiness": _business(_YEARS),
    "QuartersBusiness": _business(_QUARTERS),
    "MonthsBusiness": _business(_MONTHS),
    "QuarterOfYearBusiness": _business(_QUARTER_OF_YEAR),
    "MonthOfYearBusiness": _business(replace(_MONTH_OF_YEAR, words=_business_month)),
}
_AGES = {"AgeInYears": 12, "AgeInQuarters": 3, "AgeInMonths": 1, "AgeInWeeks": 7, "AgeInDays": 1}
_TIMED = ("HourOfDay", "DayHour")


def date_band(node: Node, banding: str, variable: Variable, clock: Clock, name: str = "") -> Band:
    """Return the banding of a date, or of a date and time, by its API name.

    Args:
        name: SQL of the date, if it is not the variable's own column.
    """
    name = name or column(variable)
    if banding in _TIMED and variable.kind is not Kind.DATETIME:
        node.fail(
            WRONG_VALUE, f"{banding} needs a date and time, and {variable.name} is a date", banding=banding
        )
    if banding in _AGES:
        return _ages(banding, name, clock)
    form = _FORMS.get(banding)
    if form is None:
        node.unsupported(f"the banding {banding} of a date")

    def keys(first: date | None, last: date | None) -> Sequence[int]:
        return [] if first is None or last is None else form.keys(first, last)

    def key_of(code: str) -> int | None:
        digits = re.sub(r"[QW]", "", code, count=1)
        if not (digits.isascii() and digits.isdecimal() and len(digits) < 12):
            return None
        key = int(digits)
        return key if form.code(key) == code else None

    return Band(
        f"({form.sql.format(d=name)})", form.missing, form.code, form.words or form.code, keys, key_of
    )


def _ages(banding: str, name: str, clock: Clock) -> Band:
    """Return the banding of whole units between a date and today; a date after today has a negative age."""
    size = _AGES[banding]
    today = clock.statement.bind(clock.today.date(), "DATE")
    day = f"{name}::DATE"
    by_days = banding in ("AgeInWeeks", "AgeInDays")
    if by_days:
        whole = f"date_diff('day', {day}, {today})"
    else:
        whole = (
            f"(date_diff('month', {day}, {today}) - CASE WHEN day({day}) > day({today}) THEN 1 ELSE 0 END)"
        )
    sql = whole if size == 1 else f"floor({whole} / {size})::BIGINT"

    def age(day: date) -> int:
        now = clock.today.date()
        if by_days:
            return (now - day).days // size
        months = (now.year - day.year) * 12 + now.month - day.month - (day.day > now.day)
        return months // size

    def keys(first: date | None, last: date | None) -> Sequence[int]:
        return [] if first is None or last is None else range(age(last), age(first) + 1)

    def key_of(code: str) -> int | None:
        return int(code) if re.fullmatch(r"-?\d{1,6}", code, re.ASCII) else None

    return Band(f"({sql})", "!", str, str, keys, key_of)


def custom_band(
    node: Node, variable: Variable, clock: Clock, name: str = "", *, dated: bool | None = None
) -> Band:
    """Return bands between the boundaries in `customValues`, which are ascending and tab-separated.

    Each boundary starts a band; values below the first boundary are a band, too. Codes count from 1.

    Args:
        name: SQL of the value, if it is not the variable's own column.
        dated: whether the values are dates; by default for a date variable.
    """
    if dated is None:
        dated = variable.kind in (Kind.DATE, Kind.DATETIME)
    items = [item.strip() for item in (node.text("customValues") or "").split("\t") if item.strip()]
    if not items or len(items) > 1000:
        node.fail(WRONG_VALUE, "a custom banding needs from 1 to 1000 tab-separated customValues")
    marks = [_boundary(node, variable, item, dated) for item in items]
    if any(not one < other for one, other in pairwise(marks)):
        node.fail(WRONG_VALUE, "customValues must ascend", value="\t".join(items))
    kind = ("DATE" if variable.kind is Kind.DATE else "TIMESTAMP") if dated else "DOUBLE"
    name = name or column(variable)
    cases = " ".join(
        f"WHEN {name}::{kind} < {clock.statement.bind(mark, kind)} THEN {number}"
        for number, mark in enumerate(marks, 1)
    )
    sql = f"CASE WHEN {name} IS NULL THEN NULL {cases} ELSE {len(marks) + 1} END"
    words = [f"<{items[0]}", *(f"{low} - <{high}" for low, high in pairwise(items))]
    words.append(f">={items[-1]}")
    width = len(str(len(words)))

    def key_of(code: str) -> int | None:
        return int(code) if code.isascii() and code.isdecimal() and 1 <= int(code) <= len(words) else None

    return Band(
        f"({sql})", "!".rjust(width), _digits(width), lambda key: words[key - 1],
        lambda first, last: range(1, len(words) + 1), key_of,
    )  # fmt: skip


def _boundary(node: Node, variable: Variable, item: str, dated: bool) -> Any:
    try:
        if not dated:
            value = float(Decimal(item))
            if abs(value) < 1e15:
                return value
            raise ValueError(item)
        return datetime.fromisoformat(item).replace(tzinfo=None)
    except (ValueError, InvalidOperation):
        node.fail(WRONG_VALUE, f"{shorten(item)!r} cannot bound a band of {variable.name}", value=item)
