"""One comparison of one variable, and its values as text for the server. Pure."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from .._runtime.exceptions import ApiValueError
from .catalogue import Facts

Value = str | int | float | Decimal | dt.date
"""A value that a variable can be compared with. A `datetime.datetime` is also a `datetime.date`."""

COMPARISONS = ("<", "<=", ">", ">=")
METHODS = {
    "in": "isin",
    "all": "has_all",
    "missing": "is_missing",
    "begins": "startswith",
    "ends": "endswith",
}


class Predicate(NamedTuple):
    """One comparison of one variable, whose kind is not known yet."""

    variable: str
    operation: str
    """in, all, missing, begins, ends, contains, matches, between, during, last, or one of < <= > >=."""
    values: tuple[Value, ...] = ()
    ignore_case: bool = False
    include: bool = True


def shown(predicate: Predicate) -> str:
    """Return a comparison as a user writes it."""
    values = ", ".join(map(repr, predicate.values))
    variable = f"where({predicate.variable!r})"
    if predicate.operation in COMPARISONS:
        text = f"{variable} {predicate.operation} {values}"
    elif predicate.operation == "in" and len(predicate.values) == 1 and not predicate.ignore_case:
        return f"{variable} {'==' if predicate.include else '!='} {values}"
    else:
        case = ", ignore_case=True" if predicate.ignore_case else ""
        text = f"{variable}.{METHODS.get(predicate.operation, predicate.operation)}({values}{case})"
    return text if predicate.include else f"~({text})"


def guess(predicate: Predicate, table: str) -> Facts:
    """Guess the facts of a variable from its values, for a condition that is resolved without a catalogue."""
    sample = predicate.values[0] if predicate.values else ""
    if predicate.operation in ("during", "last"):
        return Facts(predicate.variable, table, "date")
    if isinstance(sample, dt.datetime):
        return Facts(predicate.variable, table, "datetime")
    if isinstance(sample, dt.date):
        return Facts(predicate.variable, table, "date")
    if isinstance(sample, str):
        textual = predicate.operation in ("begins", "ends", "contains", "matches", "between", *COMPARISONS)
        return Facts(predicate.variable, table, "text" if textual else "selector")
    return Facts(predicate.variable, table, "numeric")


def day_text(value: dt.date) -> str:
    """Return a day as the server writes it: `20201231`."""
    return f"{value.year:04}{value.month:02}{value.day:02}"  # strftime writes the year 1 as "1"


def moment_of(value: Value, facts: Facts) -> dt.datetime:
    """Return a value as a naive `datetime`; a day becomes its midnight.

    Raises `ValueError` for other values, and for a time zone, as the data have none.
    """
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            raise ApiValueError(f"{value!r} is not a date for {facts.name!r}: write 2020-12-31") from None
    if not isinstance(value, dt.date):
        raise ApiValueError(
            f"{facts.name!r} holds dates, and {value!r} is not one: give a date or a text such as 2020-12-31"
        )
    if not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)
    if value.tzinfo is not None:
        raise ApiValueError(
            f"{facts.name!r} has no time zone, and {value!r} has one: give a moment without a zone"
        )
    return value


def number_text(value: Value) -> str:
    """Return a number as the server reads it: plain digits, never an exponent.

    Raises `ValueError` for anything else.
    """
    if isinstance(value, list | tuple | set):
        raise ApiValueError(f"{value!r} is not one value: use isin() for several")
    if isinstance(value, bool | dt.date):
        raise ApiValueError(f"{value!r} is not a number")
    try:
        exact = Decimal(repr(value) if isinstance(value, float) else str(value))
    except ArithmeticError:
        raise ApiValueError(f"{value!r} is not a number") from None
    if exact.is_nan():
        raise ApiValueError(f"{value!r} is not a finite number; is_missing() finds missing values")
    if not exact.is_finite():
        raise ApiValueError(f"{value!r} is not a finite number")
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
        value = int(value)  # libraries read a column of keys with a missing value as floats
    if isinstance(value, bool) or not isinstance(value, int):
        raise ApiValueError(f"{value!r} is not a key for {facts.name!r}: give whole numbers or texts")
    return str(value)
