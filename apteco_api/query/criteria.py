"""From one comparison to one criteria: what each kind of variable understands, as data where it can be.

Pure. The forms are those that the server documents: a tab-separated list for codes and numbers, a match type
for text, a date rule with inclusive bounds for dates.
"""

from __future__ import annotations

import datetime as dt
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
    """in, all, missing, begins, ends, contains, matches, between, during, or one of < <= > >=."""
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
    if test.operation == "during":
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
        table_name=facts.table,
    )


class _Made(NamedTuple):
    rules: list[models.ValueRule]
    match: Literal["Is", "Begins", "Ends", "Contains", "Ranges"] = "Is"
    negated: bool = False
    ignore_case: bool = False


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
    return value.strftime("%Y%m%d") if isinstance(value, dt.date) else number_text(value)


def _numeric(test: Test, facts: Facts, catalogue: Catalogue | None) -> _Made:
    if test.operation == "missing":
        return _Made([_list(facts, ["><"])])
    try:
        items = [number_text(value) for value in test.values]
    except ValueError as error:
        raise ApiValueError(f"{facts.name!r} is a number: {error}") from None
    if test.operation == "in":
        return _Made([_list(facts, items)])
    if test.operation in _COMPARISONS:
        return _Made([_list(facts, [test.operation + items[0]])])
    raise _refuse(test, facts)


_MATCHES: dict[str, Literal["Is", "Begins", "Ends", "Contains"]] = {
    "in": "Is",
    "begins": "Begins",
    "ends": "Ends",
    "contains": "Contains",
}


def _text(test: Test, facts: Facts, catalogue: Catalogue | None) -> _Made:
    if test.operation == "missing":
        return _Made([_list(facts, [""])])
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
    moments = [_moment(value, facts) for value in test.values]
    if test.operation == "in":
        if facts.kind == "datetime":
            return _Made([_range(moment, moment) for moment in moments])
        days = [moment.strftime("%Y%m%d") for moment in moments]
        return _Made([_list(facts, days, predefined_rule="AdhocDates")])
    step = dt.timedelta(seconds=1) if facts.kind == "datetime" else dt.timedelta(days=1)
    bounds: dict[str, Callable[[], models.ValueRule]] = {
        "<": lambda: _range(None, moments[0] - step),
        "<=": lambda: _range(None, moments[0]),
        ">": lambda: _range(moments[0] + step, None),
        ">=": lambda: _range(moments[0], None),
        "between": lambda: _range(moments[0], moments[1]),
    }
    if test.operation not in bounds:
        raise _refuse(test, facts)
    return _Made([bounds[test.operation]()])


def choices(model: type[Any], field: str) -> tuple[str, ...]:
    """The values that an enum field of a model may hold."""
    found = literals(hints(model)[field])
    return found[0] if found is not None else ()


def _period(name: str) -> models.ValueRule:
    try:
        return models.ValueRule(predefined_rule=cast(Any, name))
    except ValueError:
        hint = near(name, choices(models.ValueRule, "predefined_rule"))
        raise ApiValueError(f"{name!r} is no period that the server knows by name{hint}") from None


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
    if not isinstance(value, dt.datetime) or facts.kind == "date":
        return dt.datetime(value.year, value.month, value.day)
    if value.tzinfo is not None:
        raise ApiValueError(f"{facts.name!r} holds moments with no time zone: give one without")
    return value.replace(microsecond=0)


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


_KINDS: dict[str, Callable[[Test, Facts, Catalogue | None], _Made]] = {
    "selector": _selector,
    "array": _selector,
    "flags": _selector,
    "numeric": _numeric,
    "text": _text,
    "date": _dates,
    "datetime": _dates,
}
