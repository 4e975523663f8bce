"""Turn a comparison of a date into the rules that the server documents: inclusive bounds, named periods,
rolling periods. Pure.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, cast

from .. import models
from .._runtime.exceptions import ApiValueError
from .catalogue import Catalogue, Facts, near
from .periods import periods, unit_of
from .predicates import COMPARISONS, Predicate, day_text, moment_of
from .rules import NothingMeets, Rules, list_rule, refuse

_ROLLING = re.compile(r"(?:the\s*)?last\s*(\d+)\s*(day|week|month|quarter|year)s?", re.IGNORECASE)


def dates(predicate: Predicate, facts: Facts, catalogue: Catalogue | None) -> Rules:
    """Return the rules of a comparison of a date or a moment.

    Raises:
        ValueError: a value is not a date or not a period, or dates don't support the comparison.
        NothingMeets: no day (or second) lies in the range.
    """
    if predicate.operation == "missing":
        # Exactly the missing dates are outside the range from the earliest to the latest date.
        return Rules([_date_rule(None, None)], negated=True)
    if predicate.operation == "during":
        return Rules([_period(str(value)) for value in predicate.values])
    if predicate.operation == "last":
        return Rules([_last(predicate)])
    moments = [moment_of(value, facts) for value in predicate.values]
    if predicate.operation == "in":
        for value, moment in zip(predicate.values, moments, strict=True):
            if facts.kind == "date" and moment.time() != dt.time():
                raise ApiValueError(f"{facts.name!r} holds days, and {value!r} has an hour: give a date")
        # the data have whole seconds, so no record has a time with a fraction of a second
        moments = [moment for moment in moments if not moment.microsecond]
        if not moments:
            raise NothingMeets
        if facts.kind == "datetime":
            return Rules([_date_rule(moment, moment) for moment in moments])
        days = [day_text(moment) for moment in moments]
        return Rules([list_rule(facts, days, predefined_rule="AdhocDates")])
    if predicate.operation not in ("between", *COMPARISONS):
        raise refuse(predicate, facts)
    # The server includes both ends of a range, so each bound becomes the first or last day (second) in range.
    unit = dt.timedelta(seconds=1) if facts.kind == "datetime" else dt.timedelta(days=1)
    low = {">": moments[0], ">=": moments[0], "between": moments[0]}.get(predicate.operation)
    high = {"<": moments[0], "<=": moments[0], "between": moments[-1]}.get(predicate.operation)
    try:
        start = None if low is None else _rounded(low, unit, up=True, beyond=predicate.operation == ">")
        end = None if high is None else _rounded(high, unit, up=False, beyond=predicate.operation == "<")
    except OverflowError:  # no record has a date outside the calendar
        raise NothingMeets from None
    if start is not None and end is not None and start > end:  # no second or day is between them
        raise NothingMeets
    return Rules([_date_rule(start, end)])


def _rounded(moment: dt.datetime, unit: dt.timedelta, *, up: bool, beyond: bool) -> dt.datetime:
    """Return the nearest whole unit in one direction; with `beyond`, never `moment` itself."""
    whole = moment.replace(microsecond=0)
    if unit.days:
        whole = dt.datetime.combine(moment, dt.time())
    if up:
        return whole + unit if beyond or whole < moment else whole
    return whole - unit if beyond and whole == moment else whole


def _period(name: str) -> models.ValueRule:
    known = {each.casefold(): each for each in periods()}
    plain = re.sub(r"[\s_-]+", "", name.casefold())
    if plain in known:
        return models.ValueRule(predefined_rule=cast(Any, known[plain]))
    rolling = _ROLLING.fullmatch(name.strip())
    if rolling is not None and int(rolling[1]):
        return _last(Predicate("", "last", (int(rolling[1]), rolling[2])))
    raise ApiValueError(
        f"{name!r} is not a period that the server knows{near(name, periods())}; write 'last 12 months' "
        f"(or days, weeks, quarters, years), or one of {', '.join(periods())}"
    )


def _last(predicate: Predicate) -> models.ValueRule:
    """Return the rule of a number of units up to today.

    `criteria` also sends the date of today, as a server may otherwise take the day of its last data load.
    """
    number, unit = predicate.values
    return models.ValueRule(
        predefined_rule="CustomRule",
        date_rule=models.DateRule(
            pattern_frequency="Daily",
            pattern_interval=1,
            pattern_days_of_week=["All"],
            start_range_limit="Relative",
            start_range_relative="Tomorrow",  # so that today is one of the last 7 days
            start_range_offset_direction="Backward",
            start_range_offset=int(cast(int, number)),
            start_range_offset_units=cast(Any, unit_of(str(unit))),
            end_range_limit="Relative",
            end_range_relative="Today",
            end_range_offset=0,
            end_range_offset_units="Days",
            end_range_offset_direction="Forward",
        ),
    )


def _date_rule(start: dt.datetime | None, end: dt.datetime | None) -> models.ValueRule:
    rule = models.DateRule(
        pattern_frequency="Daily",
        pattern_interval=1,
        pattern_days_of_week=["All"],
        start_range_limit="Actual" if start is not None else "Earliest",
        range_start_date=start,
        end_range_limit="Actual" if end is not None else "Latest",
        range_end_date=end,
    )
    return models.ValueRule(date_rule=rule, predefined_rule="CustomRule")
