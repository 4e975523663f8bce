"""From one comparison to one criteria: what each kind of variable understands, as data where it can be.

Pure. The forms are those that the server documents: a tab-separated list for codes and numbers, a match type
for text, a date rule with inclusive bounds for dates.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from .. import models
from .._runtime.codec.fields import literals
from .._runtime.codec.model import hints
from .._runtime.exceptions import ApiValueError
from .catalogue import Catalogue, Facts, match_codes, near

if TYPE_CHECKING:
    from collections.abc import Callable

Value = str | int | float | Decimal | dt.date
"""What a variable can be compared with. A `datetime.datetime` is a `datetime.date` too."""

_COMPARISONS = ("<", "<=", ">", ">=")
_WORDS = {"in": "isin", "all": "has_all", "missing": "is_missing", "begins": "startswith", "ends": "endswith"}


class Test(NamedTuple):
    """One comparison of one variable, before it is known what kind of variable it is."""

    variable: str
    operation: str
    """in, all, missing, begins, ends, contains, matches, between, during, last, or one of < <= > >=."""
    values: tuple[Value, ...] = ()
    ignore_case: bool = False
    include: bool = True


def shown(test: Test) -> str:
    """A comparison as one writes it."""
    values = ", ".join(map(repr, test.values))
    variable = f"where({test.variable!r})"
    if test.operation in _COMPARISONS:
        text = f"{variable} {test.operation} {values}"
    elif test.operation == "in" and len(test.values) == 1 and not test.ignore_case:
        return f"{variable} {'==' if test.include else '!='} {values}"
    else:
        case = ", ignore_case=True" if test.ignore_case else ""
        text = f"{variable}.{_WORDS.get(test.operation, test.operation)}({values}{case})"
    return text if test.include else f"~({text})"


def guess(test: Test, table: str) -> Facts:
    """Facts from the values alone, for a condition that is resolved with no catalogue."""
    sample = test.values[0] if test.values else ""
    if test.operation in ("during", "last"):
        return Facts(test.variable, table, "date")
    if isinstance(sample, dt.datetime):
        return Facts(test.variable, table, "datetime")
    if isinstance(sample, dt.date):
        return Facts(test.variable, table, "date")
    if isinstance(sample, str):
        textual = test.operation in ("begins", "ends", "contains", "matches", "between", *_COMPARISONS)
        return Facts(test.variable, table, "text" if textual else "selector")
    return Facts(test.variable, table, "numeric")


def criteria(test: Test, facts: Facts, catalogue: Catalogue | None) -> models.Criteria:
    """The criteria for one comparison.

    Raises `ValueError` if this kind of variable can't be compared like that, or a value does not fit it.
    """
    make = _KINDS.get(facts.kind)
    if make is None:
        raise ApiValueError(f"{facts.name!r} is a {facts.kind} variable, which the API can't select on")
    made = make(test, facts, catalogue)
    return models.Criteria(
        variable_name=facts.name,
        include=test.include != made.negated,
        logic="AND" if test.operation == "all" else "OR",
        ignore_case=test.ignore_case or made.ignore_case,
        text_match_type=made.match,
        value_rules=made.rules,
        today_at=f"{dt.date.today()}T00:00:00" if any(map(_is_rolling, made.rules)) else None,
        table_name=facts.table,
    )


def _is_rolling(rule: models.ValueRule) -> bool:
    return rule.date_rule is not None and rule.date_rule.start_range_limit == "Relative"


class NothingMeets(Exception):
    """Raised for a comparison that no record can meet; `conditions` turns it into an empty selection."""


class _Made(NamedTuple):
    rules: list[models.ValueRule]
    match: Literal["Is", "Begins", "Ends", "Contains", "Ranges"] = "Is"
    negated: bool = False
    ignore_case: bool = False


def check_range(test: Test, facts: Facts) -> None:
    """Raise `ValueError` for a range whose low end is above its high end: it would count nothing.

    The server compares texts without regard to case, so their ends are compared like that, too.
    """
    if test.operation != "between":
        return
    ends: list[Any]
    if facts.kind == "numeric":
        ends = [Decimal(_number(value, facts)) for value in test.values]
    elif facts.kind in ("date", "datetime"):
        ends = [_moment(value, facts) for value in test.values]
    else:
        ends = [str(value).casefold() for value in test.values]
    if ends[0] > ends[1]:
        low, high = test.values
        raise ApiValueError(
            f"the range of {facts.name!r} is reversed: {low!r} is above {high!r}; write the low end first"
        )


def _list(facts: Facts, items: Sequence[str], **more: Any) -> models.ValueRule:
    for item in items:
        if "\t" in item or "\n" in item or "\r" in item:
            raise ApiValueError(
                f"a value for {facts.name!r} holds a tab or a line break, which separate values"
            )
    return models.ValueRule(
        list_rule=models.ListRule(list="\t".join(items), variable_name=facts.name), **more
    )


def _refuse(test: Test, facts: Facts) -> ValueError:
    said = _WORDS.get(test.operation, test.operation)
    return ValueError(f"{facts.name!r} is a {facts.kind} variable and can't be compared with {said!r}")


def _selector(test: Test, facts: Facts, catalogue: Catalogue | None) -> _Made:
    if test.operation == "missing":
        return _Made([_list(facts, ["!".rjust(max(facts.code_length, 1))])])
    if test.operation not in ("in", "all"):
        raise _refuse(test, facts)
    values = [value if isinstance(value, str) else _plain(value) for value in test.values]
    codes: Mapping[str, str] = catalogue.codes(facts.name) if catalogue is not None else {}
    return _Made([_list(facts, match_codes(facts, codes, values))])


def _plain(value: Value) -> str:
    return _day_text(value) if isinstance(value, dt.date) else number_text(value)


def _day_text(value: dt.date) -> str:
    return f"{value.year:04}{value.month:02}{value.day:02}"  # strftime writes the year 1 as "1"


def _number(value: Value, facts: Facts) -> str:
    try:
        return number_text(value)
    except ValueError as error:
        raise ApiValueError(f"{facts.name!r} is a number: {error}") from None


def _numeric(test: Test, facts: Facts, catalogue: Catalogue | None) -> _Made:
    if test.operation == "missing":
        return _Made([_list(facts, ["><"])])
    if test.operation not in ("in", *_COMPARISONS):
        raise _refuse(test, facts)
    items = [_number(value, facts) for value in test.values]
    if test.operation == "in":
        return _Made([_list(facts, items)])
    return _Made([_list(facts, [test.operation + items[0]])])


_MATCHES: dict[str, Literal["Is", "Begins", "Ends", "Contains"]] = {
    "in": "Is",
    "begins": "Begins",
    "ends": "Ends",
    "contains": "Contains",
}


def _text(test: Test, facts: Facts, catalogue: Catalogue | None) -> _Made:
    if test.operation == "missing":
        return _Made([_list(facts, [""])])
    for value in test.values:
        if not isinstance(value, str):
            raise ApiValueError(
                f"{facts.name!r} holds texts, and {value!r} is not a text: write {str(value)!r}"
            )
    values = [str(value) for value in test.values]
    if test.operation in _MATCHES:
        return _Made([_list(facts, values)], _MATCHES[test.operation])
    for value in values:
        if '"' in value:
            raise ApiValueError(f"a range or pattern for {facts.name!r} can't hold a quotation mark")
    if test.operation == "matches":
        return _Made([_list(facts, [f'="{value}"' for value in values])], "Ranges")
    # The server compares ranges with no regard to case, whatever it is asked.
    if test.operation in _COMPARISONS:
        return _Made([_list(facts, [f'{test.operation}"{values[0]}"'])], "Ranges", ignore_case=True)
    if test.operation == "between":
        item = f'>="{values[0]}" - <="{values[1]}"'
        return _Made([_list(facts, [item])], "Ranges", ignore_case=True)
    raise _refuse(test, facts)


def _dates(test: Test, facts: Facts, catalogue: Catalogue | None) -> _Made:
    if test.operation == "missing":  # outside the whole range: the only dates that are, are the missing ones
        return _Made([_range(None, None)], negated=True)
    if test.operation == "during":
        return _Made([_period(str(value)) for value in test.values])
    if test.operation == "last":
        return _Made([_last(test)])
    moments = [_moment(value, facts) for value in test.values]
    if test.operation == "in":
        for value, moment in zip(test.values, moments, strict=True):
            if facts.kind == "date" and moment.time() != dt.time():
                raise ApiValueError(f"{facts.name!r} holds days, and {value!r} has an hour: give a date")
        # the data have whole seconds: no record has a moment with a fraction
        moments = [moment for moment in moments if not moment.microsecond]
        if not moments:
            raise NothingMeets
        if facts.kind == "datetime":
            return _Made([_range(moment, moment) for moment in moments])
        days = [_day_text(moment) for moment in moments]
        return _Made([_list(facts, days, predefined_rule="AdhocDates")])
    if test.operation not in ("between", *_COMPARISONS):
        raise _refuse(test, facts)
    # Both ends of a range are included, so each comparison becomes the first or the last day (second) in it.
    unit = dt.timedelta(seconds=1) if facts.kind == "datetime" else dt.timedelta(days=1)
    low = {">": moments[0], ">=": moments[0], "between": moments[0]}.get(test.operation)
    high = {"<": moments[0], "<=": moments[0], "between": moments[-1]}.get(test.operation)
    try:
        start = None if low is None else _rounded(low, unit, up=True, beyond=test.operation == ">")
        end = None if high is None else _rounded(high, unit, up=False, beyond=test.operation == "<")
    except OverflowError:  # beyond the calendar: no record is there
        raise NothingMeets from None
    if start is not None and end is not None and start > end:  # between two neighbouring seconds or days
        raise NothingMeets
    return _Made([_range(start, end)])


def _rounded(moment: dt.datetime, unit: dt.timedelta, *, up: bool, beyond: bool) -> dt.datetime:
    """Return the nearest whole unit in one direction; with `beyond` never the moment itself."""
    whole = moment.replace(microsecond=0)
    if unit.days:
        whole = dt.datetime.combine(moment, dt.time())
    if up:
        return whole + unit if beyond or whole < moment else whole
    return whole - unit if beyond and whole == moment else whole


def choices(model: type[Any], field: str) -> tuple[str, ...]:
    """The values that an enum field of a model may hold."""
    found = literals(hints(model)[field])
    return found[0] if found is not None else ()


MARKERS = frozenset(
    ("DateRange", "AdhocDates", "AdhocValues", "CustomRule", "CustomAgeRule", "CustomTimeRule")
)
"""Words of the field that are not periods: they say that another field holds the rule."""

UNITS = ("Days", "Weeks", "Months", "Quarters", "Years")
"""Units of a rolling period."""

_ROLLING = re.compile(r"(?:the\s*)?last\s*(\d+)\s*(day|week|month|quarter|year)s?", re.IGNORECASE)


def periods() -> tuple[str, ...]:
    """Return the names of the periods that the server knows, such as `LastMonth`."""
    return tuple(name for name in choices(models.ValueRule, "predefined_rule") if name not in MARKERS)


def _period(name: str) -> models.ValueRule:
    known = {each.casefold(): each for each in periods()}
    plain = re.sub(r"[\s_-]+", "", name.casefold())
    if plain in known:
        return models.ValueRule(predefined_rule=cast(Any, known[plain]))
    rolling = _ROLLING.fullmatch(name.strip())
    if rolling is not None:
        return _last(Test("", "last", (int(rolling[1]), rolling[2])))
    raise ApiValueError(
        f"{name!r} is not a period that the server knows{near(name, periods())}; write 'last 12 months' "
        f"(or days, weeks, quarters, years), or one of {', '.join(periods())}"
    )


def _last(test: Test) -> models.ValueRule:
    """Return the rule of the last so many units up to today. `criteria` says which day today is: a server
    without that word may take the day on which its data were loaded.
    """
    number, unit = test.values
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


def unit_of(text: str) -> str:
    """Return the server's word for a unit of time: `month` is `Months`. Raise `ValueError` for another."""
    word = text.strip().casefold().removesuffix("s").capitalize() + "s"
    if word not in UNITS:
        raise ApiValueError(f"{text!r} is not a unit of a period: write {', '.join(UNITS).lower()}")
    return word


def _range(start: dt.datetime | None, end: dt.datetime | None) -> models.ValueRule:
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


def _moment(value: Value, facts: Facts) -> dt.datetime:
    """A naive moment: midnight for a day; a zone is refused, for the data has none."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            raise ApiValueError(f"{value!r} is no date for {facts.name!r}: write 2020-12-31") from None
    if not isinstance(value, dt.date):
        raise ApiValueError(
            f"{facts.name!r} holds dates, and {value!r} is none: give a date or a text such as 2020-12-31"
        )
    if not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)
    if value.tzinfo is not None:
        raise ApiValueError(
            f"{facts.name!r} holds no time zone, and {value!r} has one: give a moment without"
        )
    return value


def number_text(value: Value) -> str:
    """A number as the server reads it: plain digits, never an exponent. Raises `ValueError` for anything
    else.
    """
    if isinstance(value, list | tuple | set):
        raise ApiValueError(f"{value!r} is not one value: use isin() for several")
    if isinstance(value, bool | dt.date):
        raise ApiValueError(f"{value!r} is not a number")
    try:
        exact = Decimal(repr(value) if isinstance(value, float) else str(value))
    except ArithmeticError:
        raise ApiValueError(f"{value!r} is not a number") from None
    if not exact.is_finite():
        raise ApiValueError("a number to compare with must be finite")
    return format(exact, "f")


def key_text(value: Value, facts: Facts) -> str:
    """Return a key as the server reads it: the digits of a whole number, or the text."""
    if isinstance(value, str):
        text = value.strip()
        if not text or any(sign in text for sign in "\t\r\n,"):
            raise ApiValueError(
                f"{value!r} is not a key for {facts.name!r}: one is a text without commas or tabs"
            )
        return text
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a column of keys with a gap in it is read as one of floats
    if isinstance(value, bool) or not isinstance(value, int):
        raise ApiValueError(f"{value!r} is not a key for {facts.name!r}: give whole numbers or texts")
    return str(value)


_KINDS: dict[str, Callable[[Test, Facts, Catalogue | None], _Made]] = {
    "selector": _selector,
    "array": _selector,
    "flags": _selector,
    "numeric": _numeric,
    "text": _text,
    "date": _dates,
    "datetime": _dates,
}
