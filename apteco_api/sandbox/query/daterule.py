"""Date rules: ranges with open, fixed or relative ends, and days that recur within them."""

# ruff: noqa: S608 - identifiers come from our own tables, values are bound
from __future__ import annotations

from datetime import datetime, time, timedelta

from ..holidays import Kind, Variable
from .errors import WRONG_VALUE
from .node import Node
from .rules import ANCHORS, FARTHEST, UNITS, Clock, anchor, moment, populated, start_of, units, within
from .sql import Statement, column

_DAYS = {
    "Monday": 1, "Tuesday": 2, "Wednesday": 3, "Thursday": 4, "Friday": 5, "Saturday": 6, "Sunday": 7,
}  # fmt: skip
_GROUPS = {
    "None": set[int](),
    "All": set(range(1, 8)),
    "AllWeekdays": set(range(1, 6)),
    "AllWeekendDays": {6, 7},
}
_OCCURRENCES = {"First": 1, "Second": 2, "Third": 3, "Fourth": 4}


def date_rule(clock: Clock, node: Node, variable: Variable) -> str:
    """Return the condition that a date is in a range and, if the rule has a pattern, on a recurring day."""
    start = _start(clock, node, variable)
    if node.text("endRangeLimit") == "Backward":
        start, end = _backward(clock, node, variable, start)
    else:
        end = _end(clock, node, variable, start)
    condition = within(variable, start, end)
    return _recurring(clock.statement, node, variable, condition, start, end)


def _start(clock: Clock, node: Node, variable: Variable) -> str | None:
    """Return SQL of the start of the range; None if it is open."""
    limit = node.choice("startRangeLimit", ("Earliest", "Latest", "Actual", "Relative"), "")
    limit = limit or ("Actual" if node.has("rangeStartDate") else "Earliest")
    if limit == "Earliest":
        return None
    if limit == "Latest":
        return start_of(populated(variable, "max"), "Date")
    if limit == "Actual":
        return clock.at(_actual(node, variable, "rangeStartDate"))
    return _relative(clock, node, variable, "start")[0]


def _actual(node: Node, variable: Variable, field: str) -> datetime:
    value = moment(node, field, node.must(field))
    if variable.kind is Kind.DATE:
        value = datetime.combine(value.date(), time())
    return value


def _relative(clock: Clock, node: Node, variable: Variable, side: str) -> tuple[str, str]:
    """Return SQL of the start of the period in a limit, and of the start of the next period."""
    name = node.choice(f"{side}RangeRelative", (*ANCHORS, "Tomorrow", "Yesterday", "CustomDate"), "Today")
    field = f"range{side.title()}Date"
    if name == "CustomDate":
        base, period = start_of(clock.at(_actual(node, variable, field)), "Date"), "Date"
    else:
        base, period = anchor(clock, name, variable)
    count = node.whole(f"{side}RangeOffset", 0, FARTHEST) or 0
    if node.choice(f"{side}RangeOffsetDirection", ("Forward", "Backward"), "Forward") == "Backward":
        count = -count
    unit = node.choice(f"{side}RangeOffsetUnits", UNITS, "Days")
    return clock.shift(base, count, unit), clock.shift(clock.shift(base, 1, units(period)), count, unit)


def _end(clock: Clock, node: Node, variable: Variable, start: str | None) -> str | None:
    """Return SQL of the first time after the range; None if it is open."""
    limits = ("Earliest", "Latest", "Actual", "Forward", "Relative")
    limit = node.choice("endRangeLimit", limits, "")
    limit = limit or ("Actual" if node.has("rangeEndDate") else "Latest")
    if limit == "Latest":
        return None
    if limit == "Earliest":
        return clock.shift(start_of(populated(variable, "min"), "Date"), 1, "Days")
    if limit == "Actual":
        step = timedelta(days=1) if variable.kind is Kind.DATE else timedelta(seconds=1)
        value = _actual(node, variable, "rangeEndDate")
        return clock.at(value + step) if value < datetime.max - step else None
    if limit == "Relative":
        return _relative(clock, node, variable, "end")[1]
    count, unit = _offset(node)
    first = start or start_of(populated(variable, "min"), "Date")
    return clock.shift(first, count, unit)


def _backward(
    clock: Clock, node: Node, variable: Variable, start: str | None
) -> tuple[str | None, str | None]:
    """Return SQL of the range of a number of units that ends with the given start, including it."""
    if (node.whole("patternInterval", 1, FARTHEST) or 1) > 1 or node.whole("rangeMaxOccurrences", 0):
        node.unsupported("dateRule.endRangeLimit Backward with patternInterval or rangeMaxOccurrences")
    count, unit = _offset(node)
    last = start or start_of(populated(variable, "min"), "Date")
    step = "to_days(1)" if variable.kind is Kind.DATE else "to_seconds(1)"
    return f"({clock.shift(last, -count, unit)} + {step})", f"({last} + {step})"


def _offset(node: Node) -> tuple[int, str]:
    count = node.whole("endRangeOffset", 0, FARTHEST) or 0
    return count, node.choice("endRangeOffsetUnits", UNITS, "Days")


def _recurring(
    statement: Statement,
    node: Node,
    variable: Variable,
    within_range: str,
    start: str | None,
    end: str | None,
) -> str:
    """Restrict a range to the days of the pattern; intervals count from the start of the range."""
    first = f"({start or populated(variable, 'min')})::DATE"
    day = f"{column(variable)}::DATE"
    most = node.whole("rangeMaxOccurrences", 0)
    pattern = _pattern(statement, node, day, first)
    if not most:
        return f"({' AND '.join((within_range, *pattern))})" if pattern else within_range
    last = f"({end or populated(variable, 'max') + ' + to_days(1)'})::DATE"
    listed = _pattern(statement, node, "day", first)
    limit = statement.bind(most, "BIGINT")
    chosen = (
        f"SELECT day FROM (SELECT unnest(range({first}, {last}, to_days(1)))::DATE AS day)"
        f"{' WHERE ' + ' AND '.join(listed) if listed else ''} ORDER BY day LIMIT {limit}"
    )
    return f"({within_range} AND {day} IN ({chosen}))"


def _pattern(statement: Statement, node: Node, day: str, first: str) -> list[str]:
    frequency = node.choice("patternFrequency", ("Daily", "Weekly", "Monthly", "Yearly"), "Daily")
    interval = node.whole("patternInterval", 1, FARTHEST) or 1
    parts: list[str] = []
    if interval > 1:
        distance = {
            "Daily": f"date_diff('day', {first}, {day})",
            "Weekly": f"(date_diff('day', date_trunc('week', {first}), date_trunc('week', {day})) // 7)",
            "Monthly": f"date_diff('month', {first}, {day})",
            "Yearly": f"date_diff('year', {first}, {day})",
        }[frequency]
        parts.append(f"{distance} % {statement.bind(interval, 'BIGINT')} = 0")
    weekdays = _weekdays(node)
    if frequency in ("Daily", "Weekly"):
        if len(weekdays) < 7:
            parts.append(f"list_contains({statement.bind(sorted(weekdays), 'BIGINT[]')}, isodow({day}))")
        return parts
    if frequency == "Yearly":
        month = node.whole("patternMonthOfYear", 1, 12)
        if month is None:
            node.fail(WRONG_VALUE, "a yearly pattern needs patternMonthOfYear")
        parts.append(f"month({day}) = {statement.bind(month, 'BIGINT')}")
    parts.append(_day_of_month(statement, node, day, weekdays))
    return parts


def _weekdays(node: Node) -> set[int]:
    names = node.items("patternDaysOfWeek")
    if not names:
        return _GROUPS["All"]
    chosen: set[int] = set()
    for name in names:
        if not isinstance(name, str) or (name not in _DAYS and name not in _GROUPS):
            node.fail(WRONG_VALUE, f"patternDaysOfWeek cannot hold {name!r}", value=name)
        chosen |= _GROUPS[name] if name in _GROUPS else {_DAYS[name]}
    return chosen


def _day_of_month(statement: Statement, node: Node, day: str, weekdays: set[int]) -> str:
    kinds = ("CalculatedDay", "CalculatedMonth", "CalculatedYear", "Explicit")
    kind = node.choice("patternType", kinds, "Explicit")
    if kind == "Explicit":
        number = node.whole("patternDayOfMonth", 1, 31)
        if number is None:
            node.fail(WRONG_VALUE, "an explicit pattern needs patternDayOfMonth")
        return f"day({day}) = {statement.bind(number, 'BIGINT')}"
    if kind != "CalculatedDay":
        node.unsupported(f"dateRule.patternType {kind}")
    occurrence = node.choice("patternOccurrenceOfDayInMonth", ("None", *_OCCURRENCES, "Last"), "None")
    if occurrence == "None":
        node.fail(WRONG_VALUE, "a calculated day needs patternOccurrenceOfDayInMonth")
    if not weekdays:
        return "FALSE"
    if occurrence == "Last":
        back = [_nth(range(weekday, weekday - 7, -1), weekdays, 1) for weekday in range(1, 8)]
        bound = statement.bind(back, "BIGINT[]")
        return f"day(last_day({day})) - day({day}) + 1 = list_extract({bound}, isodow(last_day({day})))"
    which = _OCCURRENCES[occurrence]
    ahead = [_nth(range(weekday, weekday + 35), weekdays, which) for weekday in range(1, 8)]
    bound = statement.bind(ahead, "BIGINT[]")
    return f"day({day}) = list_extract({bound}, isodow(date_trunc('month', {day})))"


def _nth(days: range, weekdays: set[int], which: int) -> int:
    """Return the position, from 1, of the n-th day that is on one of the weekdays."""
    fitting = [place for place, day in enumerate(days, 1) if (day - 1) % 7 + 1 in weekdays]
    return fitting[which - 1]
