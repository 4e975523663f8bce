"""Turn one comparison into one `Criteria` model, for each kind of variable. Pure.

The forms are those that the server documents: a tab-separated list for codes and numbers, a match type for
text, a date rule with inclusive bounds for dates.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from .. import models
from .._runtime.exceptions import ApiValueError
from .catalogue import Catalogue, Facts, match_codes
from .date_rules import dates
from .predicates import COMPARISONS, Predicate, Value, day_text, moment_of, number_text
from .rules import Rules, list_rule, refuse

if TYPE_CHECKING:
    from collections.abc import Callable


def criteria(predicate: Predicate, facts: Facts, catalogue: Catalogue | None) -> models.Criteria:
    """Return the criteria of one comparison.

    Raises `ValueError` if this kind of variable does not support the comparison, or a value does not fit it.
    """
    make = _KINDS.get(facts.kind)
    if make is None:
        raise ApiValueError(f"{facts.name!r} is a {facts.kind} variable, which the API can't select on")
    made = make(predicate, facts, catalogue)
    return models.Criteria(
        variable_name=facts.name,
        include=predicate.include != made.negated,
        logic="AND" if predicate.operation == "all" else "OR",
        ignore_case=predicate.ignore_case or made.ignore_case,
        text_match_type=made.match,
        value_rules=made.rules,
        today_at=f"{dt.date.today()}T00:00:00" if any(map(_is_rolling, made.rules)) else None,
        table_name=facts.table,
    )


def _is_rolling(rule: models.ValueRule) -> bool:
    return rule.date_rule is not None and rule.date_rule.start_range_limit == "Relative"


def check_range(predicate: Predicate, facts: Facts) -> None:
    """Raise `ValueError` for a range whose low end is above its high end: no record would be in it.

    The server ignores case in ranges of texts, so this check does, too.
    """
    if predicate.operation != "between":
        return
    ends: list[Any]
    if facts.kind == "numeric":
        ends = [Decimal(_number(value, facts)) for value in predicate.values]
    elif facts.kind in ("date", "datetime"):
        ends = [moment_of(value, facts) for value in predicate.values]
    else:
        ends = [str(value).casefold() for value in predicate.values]
    if ends[0] > ends[1]:
        low, high = predicate.values
        raise ApiValueError(
            f"the range of {facts.name!r} is reversed: {low!r} is above {high!r}; write the low end first"
        )


def _selector(predicate: Predicate, facts: Facts, catalogue: Catalogue | None) -> Rules:
    if predicate.operation == "missing":
        return Rules([list_rule(facts, ["!".rjust(max(facts.code_length, 1))])])
    if predicate.operation not in ("in", "all"):
        raise refuse(predicate, facts)
    values = [value if isinstance(value, str) else _plain(value) for value in predicate.values]
    codes: Mapping[str, str] = catalogue.codes(facts.name) if catalogue is not None else {}
    return Rules([list_rule(facts, match_codes(facts, codes, values))])


def _plain(value: Value) -> str:
    return day_text(value) if isinstance(value, dt.date) else number_text(value)


def _number(value: Value, facts: Facts) -> str:
    try:
        return number_text(value)
    except ValueError as error:
        raise ApiValueError(f"{facts.name!r} is a number: {error}") from None


def _numeric(predicate: Predicate, facts: Facts, catalogue: Catalogue | None) -> Rules:
    if predicate.operation == "missing":
        return Rules([list_rule(facts, ["><"])])
    if predicate.operation not in ("in", *COMPARISONS):
        raise refuse(predicate, facts)
    items = [_number(value, facts) for value in predicate.values]
    if predicate.operation == "in":
        return Rules([list_rule(facts, items)])
    return Rules([list_rule(facts, [predicate.operation + items[0]])])


_MATCHES: dict[str, Literal["Is", "Begins", "Ends", "Contains"]] = {
    "in": "Is",
    "begins": "Begins",
    "ends": "Ends",
    "contains": "Contains",
}


def _text(predicate: Predicate, facts: Facts, catalogue: Catalogue | None) -> Rules:
    if predicate.operation == "missing":
        return Rules([list_rule(facts, [""])])
    for value in predicate.values:
        if not isinstance(value, str):
            raise ApiValueError(
                f"{facts.name!r} holds texts, and {value!r} is not a text: write {str(value)!r}"
            )
    values = [str(value) for value in predicate.values]
    if predicate.operation in _MATCHES:
        return Rules([list_rule(facts, values)], _MATCHES[predicate.operation])
    for value in values:
        if '"' in value:
            raise ApiValueError(f"a range or pattern for {facts.name!r} can't hold a quotation mark")
    if predicate.operation == "matches":
        return Rules([list_rule(facts, [f'="{value}"' for value in values])], "Ranges")
    # The server always ignores case in ranges.
    if predicate.operation in COMPARISONS:
        return Rules([list_rule(facts, [f'{predicate.operation}"{values[0]}"'])], "Ranges", ignore_case=True)
    if predicate.operation == "between":
        item = f'>="{values[0]}" - <="{values[1]}"'
        return Rules([list_rule(facts, [item])], "Ranges", ignore_case=True)
    raise refuse(predicate, facts)


_KINDS: dict[str, Callable[[Predicate, Facts, Catalogue | None], Rules]] = {
    "selector": _selector,
    "array": _selector,
    "flags": _selector,
    "numeric": _numeric,
    "text": _text,
    "date": dates,
    "datetime": dates,
}
