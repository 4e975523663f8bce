"""Rules on dates and times: ranges, recurring days, ages, times of day and the predefined periods."""

# ruff: noqa: S608 - identifiers come from our own tables, values are bound
from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time
from typing import NamedTuple

from ..holidays import Kind, Variable
from . import matching
from .errors import MALFORMED, WRONG_VALUE, shorten
from .node import Node
from .sql import Statement, column, source, table_of

UNITS = ("Days", "Weeks", "Months", "Quarters", "Years")
_PERIODS = ("Week", "Month", "Quarter", "Year")
_BUSINESS = ("BusinessMonth", "BusinessQuarter", "BusinessYear")
PREDEFINED = (
    "DateRange", "AdhocDates", "AdhocValues", "Today", "Yesterday", "Tomorrow", "ThisWeek", "ThisMonth",
    "ThisQuarter", "ThisYear", "LastWeek", "Last4Weeks", "LastMonth", "LastQuarter", "LastYear", "NextWeek",
    "Next4Weeks", "NextMonth", "NextQuarter", "NextYear", "ThisWeekToDate", "ThisMonthToDate",
    "ThisQuarterToDate", "ThisYearToDate", "LastWeekToDate", "LastMonthToDate", "LastQuarterToDate",
    "LastYearToDate", "TheLastWeek", "TheLast4Weeks", "TheLastMonth", "TheLastQuarter", "TheLastYear",
    "TheNextWeek", "TheNext4Weeks", "TheNextMonth", "TheNextQuarter", "TheNextYear", "ThisBusinessMonth",
    "ThisBusinessQuarter", "ThisBusinessYear", "LastBusinessMonth", "LastBusinessQuarter",
    "LastBusinessYear", "NextBusinessMonth", "NextBusinessQuarter", "NextBusinessYear",
    "ThisBusinessMonthToDate", "ThisBusinessQuarterToDate", "ThisBusinessYearToDate",
    "LastBusinessMonthToDate", "LastBusinessQuarterToDate", "LastBusinessYearToDate", "CustomRule",
    "CustomAgeRule", "CustomTimeRule", "BeforeToday", "AfterToday",
)  # fmt: skip
"""The values of `predefinedRule`."""

ANCHORS = (
    "Today", "ThisWeek", "ThisMonth", "ThisQuarter", "ThisYear", "ThisBusinessMonth", "ThisBusinessQuarter",
    "ThisBusinessYear", "LoadDate", "LoadWeek", "LoadMonth", "LoadQuarter", "LoadYear",
    *(f"{end}Populated{unit}" for end in ("First", "Last") for unit in ("Date", *_PERIODS)),
)  # fmt: skip
"""The names of dates to which other dates are relative."""

_NAMED = re.compile(r"(This|Last|Next|TheLast|TheNext)(4)?(Business)?(Week|Month|Quarter|Year)s?(ToDate)?")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
FARTHEST = 100_000
"""The most units of an offset or an age."""


class Clock(NamedTuple):
    """A statement and the time to which relative dates refer."""

    statement: Statement
    today: datetime

    def at(self, value: datetime) -> str:
        """Return SQL of a given time."""
        return self.statement.bind(value, "TIMESTAMP")

    def shift(self, expression: str, count: int, unit: str) -> str:
        """Return SQL of a time moved by a number of units; a day past a month's end becomes its last day."""
        if count == 0:
            return expression
        days = {"Days": 1, "Weeks": 7}.get(unit)
        if days:
            return f"({expression} + to_days({self.statement.bind(count * days, 'INTEGER')}))"
        months = {"Months": 1, "Quarters": 3, "Years": 12}[unit]
        return f"({expression} + to_months({self.statement.bind(count * months, 'INTEGER')}))"


def moment(node: Node, field: str, text: str) -> datetime:
    """Parse a date, or a date and time, in ISO form. A zone is dropped, as the data has none."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        node.fail(WRONG_VALUE, f"{field} is not a date: {shorten(text)!r}", value=text)
    return value.replace(tzinfo=None, microsecond=0)


def start_of(expression: str, period: str) -> str:
    """Return SQL of the start of the day, week (from Monday), month, quarter or year of a time.

    Business years start on the first of April.
    """
    if period.startswith("Business"):
        unit = period.removeprefix("Business")
        if unit != "Year":
            return start_of(expression, unit)
        return f"(date_trunc('year', {expression} - to_months(3)) + to_months(3))"
    return f"date_trunc('{'day' if period == 'Date' else period.lower()}', {expression})"


def units(period: str) -> str:
    return {"Date": "Days", "Day": "Days"}.get(period, period.removeprefix("Business") + "s")


def within(variable: Variable, start: str | None, end: str | None) -> str:
    """Return the condition that a date is at or after `start` and before `end`; None means no limit."""
    kind = "DATE" if variable.kind is Kind.DATE else "TIMESTAMP"
    name = column(variable)
    parts = [f"{name} >= ({start})::{kind}"] if start else []
    parts += [f"{name} < ({end})::{kind}"] if end else []
    return f"({' AND '.join(parts)})" if parts else f"({name} IS NOT NULL)"


def predefined(clock: Clock, node: Node, rule: str, variable: Variable) -> str:
    """Return the condition for a period by name, such as LastMonth or ThisYearToDate.

    `This`, `Last` and `Next` are whole calendar periods. `…ToDate` ends at the same place in its period as
    today. `TheLast` and `TheNext` are as long as the period and end or start with today.
    """
    day = start_of(clock.at(clock.today), "Date")
    if rule in ("Today", "Yesterday", "Tomorrow"):
        offset = {"Today": 0, "Yesterday": -1, "Tomorrow": 1}[rule]
        return within(variable, clock.shift(day, offset, "Days"), clock.shift(day, offset + 1, "Days"))
    tomorrow = clock.shift(day, 1, "Days")
    if rule == "BeforeToday":
        return within(variable, None, day)
    if rule == "AfterToday":
        return within(variable, tomorrow, None)
    found = _NAMED.fullmatch(rule)
    if not found:
        node.fail(MALFORMED, f"the predefinedRule {rule} needs a rule of its own beside it")
    which, four, business, unit, to_date = found.groups()
    period, units, size = f"{business or ''}{unit}", f"{unit}s", 4 if four else 1
    if which == "TheLast":
        return within(variable, clock.shift(clock.shift(day, -size, units), 1, "Days"), tomorrow)
    if which == "TheNext":
        return within(variable, day, clock.shift(day, size, units))
    this = start_of(day, period)
    if to_date:
        back = -1 if which == "Last" else 0
        return within(
            variable, clock.shift(this, back, units), clock.shift(clock.shift(day, back, units), 1, "Days")
        )
    first = {"This": 0, "Last": -size, "Next": 1}[which]
    return within(variable, clock.shift(this, first, units), clock.shift(this, first + size, units))


def days(statement: Statement, name: str, items: Sequence[str], *, timed: bool) -> str:
    """Return the condition that a date is one of some days, written YYYYMMDD; 00000000 and ! mean no date.

    For `20210101` and `00000000`:

        (bo.booking_date IS NULL OR (bo.booking_date = $1::DATE))

    YYYYMMDDHHMMSS matches a date and time to the second.
    """
    parts: list[str] = []
    dates: list[object] = []
    for item in items:
        if item in ("00000000", "!"):
            parts.append(f"{name} IS NULL")
        elif len(item) == 8 and (day := _parsed(item, "%Y%m%d")):
            dates.append(day.date())
        elif len(item) == 14 and timed and (second := _parsed(item, "%Y%m%d%H%M%S")):
            parts.append(f"{name} = {statement.bind(second, 'TIMESTAMP')}")
    if dates or not parts:
        parts.append(matching.one_of(statement, f"{name}::DATE" if timed else name, dates, "DATE"))
    return f"({' OR '.join(parts)})"


def _parsed(item: str, form: str) -> datetime | None:
    if not (item.isascii() and item.isdecimal()):
        return None
    try:
        return datetime.strptime(item, form)
    except ValueError:
        return None


def time_rule(statement: Statement, node: Node, variable: Variable) -> str:
    """Return the condition that the time of day is in a closed interval, which may include midnight."""
    low, high = (_time_of_day(node, field) for field in ("rangeLow", "rangeHigh"))
    name = f"CAST({column(variable)} AS TIME)"
    parts = [f"{name} >= {statement.bind(low, 'TIME')}"] if low else []
    parts += [f"{name} <= {statement.bind(high, 'TIME')}"] if high else []
    joined = " OR " if low and high and low > high else " AND "
    return f"({joined.join(parts)})" if parts else f"({column(variable)} IS NOT NULL)"


def _time_of_day(node: Node, field: str) -> time | None:
    text = node.text(field)
    if not text:
        return None
    found = _TIME.fullmatch(text.strip())
    if not found:
        node.fail(
            WRONG_VALUE, f"{field} is not a time of day as HH:MM or HH:MM:SS: {shorten(text)!r}", value=text
        )
    return time(int(found[1]), int(found[2]), int(found[3] or 0))


def anchor(clock: Clock, name: str, variable: Variable) -> tuple[str, str]:
    """Return SQL of the start of the period of an anchor, and the period."""
    for prefix in ("FirstPopulated", "LastPopulated", "Load", "This"):
        if name.startswith(prefix):
            period = name.removeprefix(prefix)
            if prefix.endswith("Populated"):
                base = populated(variable, "min" if prefix == "FirstPopulated" else "max")
            else:
                base = clock.at(clock.statement.loaded if prefix == "Load" else clock.today)
            return start_of(base, period), period
    day = start_of(clock.at(clock.today), "Date")
    return clock.shift(day, {"Yesterday": -1, "Tomorrow": 1}.get(name, 0), "Days"), "Date"


def populated(variable: Variable, function: str) -> str:
    """Return SQL of the first (min) or last (max) date of a variable."""
    table = table_of(variable)
    return f"(SELECT {function}({column(variable)})::TIMESTAMP FROM {source(table)})"


def age_rule(clock: Clock, node: Node, variable: Variable) -> str:
    """Return the condition on the number of whole units between a date and the reference date."""
    unit = node.choice("units", UNITS, "Years")
    if node.choice("relativeTo", ("Actual", "Relative"), "Relative") == "Actual":
        text = node.must("referenceDate")
        reference = start_of(clock.at(moment(node, "referenceDate", text)), "Date")
    else:
        reference, _ = anchor(clock, node.choice("referenceType", ANCHORS, "Today"), variable)
    low = node.whole("rangeLow", -FARTHEST, FARTHEST)
    high = node.whole("rangeHigh", -FARTHEST, FARTHEST)
    start = None if high is None else clock.shift(clock.shift(reference, -(high + 1), unit), 1, "Days")
    end = None if low is None else clock.shift(clock.shift(reference, -low, unit), 1, "Days")
    return within(variable, start, end)
