"""The start of a condition: a variable, and the ways to compare it."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, Protocol, cast, runtime_checkable

from .._runtime.exceptions import ApiReadError, ApiTypeError, ApiValueError
from .conditions import Comparison, Condition
from .operators import no_bool
from .periods import unit_of
from .predicates import Predicate, Value


@runtime_checkable
class Variable(Protocol):
    """A variable of a session, or of py-apteco."""

    @property
    def name(self) -> str: ...
    @property
    def table_name(self) -> str: ...


class Comparable:
    """An object for a variable, which makes conditions when it is compared with values."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]  # == makes a condition, so a dict can't compare keys

    def _compared(self) -> tuple[str, str]:
        """Return the variable and its table; the table may be empty."""
        raise NotImplementedError

    def _compare(
        self, operation: str, *values: Value, ignore_case: bool = False, include: bool = True
    ) -> Condition:
        variable, table = self._compared()
        plain = tuple(_value(value, variable) for value in values)
        return Comparison(Predicate(variable, operation, plain, ignore_case, include), table)

    def isin(self, *values: Value | Iterable[Value], ignore_case: bool = False) -> Condition:
        """Return a condition that a record with any of the values meets.

        Args:
            values: codes or descriptions of a selector, numbers, texts, days or keys; one by one, or in
                lists, Series or arrays. Up to a million keys of a reference variable. Without a value, no
                record meets the condition.
            ignore_case: for texts, whether capital and small letters are the same.
        """
        return self._compare("in", *_flat(values), ignore_case=ignore_case)

    def isin_file(self, path: str | Path, *, column: str | None = None) -> Condition:
        """Return a condition that a record with any value in a local file meets, such as a list of keys.

        Args:
            path: a text file in UTF-8 with one value on each line; empty lines are skipped.
            column: the file is CSV, and the values are in the column with this heading.

        Raises:
            ValueError: the CSV has no such column, or the file is not text in UTF-8.
            ApiReadError: the file can't be read.
        """
        return self.isin(values_in(path, column))

    def has_all(self, *values: Value | Iterable[Value]) -> Condition:
        """Return a condition that a record with all of these codes meets (variables with several codes)."""
        return self._compare("all", *_flat(values))

    def is_missing(self) -> Condition:
        """Return a condition that a record without a value meets: unclassified, empty, not a number."""
        return self._compare("missing")

    def startswith(self, *values: str | Iterable[str], ignore_case: bool = False) -> Condition:
        """Return a condition that a text meets if it begins with one of the values."""
        return self._compare("begins", *_flat(values), ignore_case=ignore_case)

    def endswith(self, *values: str | Iterable[str], ignore_case: bool = False) -> Condition:
        """Return a condition that a text meets if it ends with one of the values."""
        return self._compare("ends", *_flat(values), ignore_case=ignore_case)

    def contains(self, *values: str | Iterable[str], ignore_case: bool = False) -> Condition:
        """Return a condition that a text meets if it contains one of the values."""
        return self._compare("contains", *_flat(values), ignore_case=ignore_case)

    def matches(self, *patterns: str | Iterable[str], ignore_case: bool = False) -> Condition:
        """Return a condition that a text meets if one of the patterns fits the whole text.

        In a pattern, `?` is one character and `*` any number of characters.
        """
        return self._compare("matches", *_flat(patterns), ignore_case=ignore_case)

    def between(self, low: Value, high: Value) -> Condition:
        """Return a condition that values from low to high meet, including both.

        If low is above high, resolving the condition raises `ValueError`.
        """
        return self._compare("between", low, high)

    def during(self, *periods: str | Iterable[str]) -> Condition:
        """Return a condition that dates in a period meet.

        Args:
            periods: `"last 12 months"` (days, weeks, months, quarters, years; see `last`), or a period that
                the server knows by name. It counts from the server's date, which may be that of the last
                load: `Today`, `Yesterday`, `Tomorrow`, `ThisWeek`, `ThisMonth`, `ThisQuarter`, `ThisYear`,
                the same with `Last` and `Next`, with `ToDate` at the end (`ThisYearToDate`,
                `LastMonthToDate`), `TheLastMonth` and `TheLastYear` (up to now), `Last4Weeks`,
                `ThisBusinessYear` and similar ones. Case does not matter.
        """
        return self._compare("during", *_flat(periods))

    def last(self, n: int, unit: str) -> Condition:
        """Return a condition that dates in the last `n` units meet, up to today by this machine's date.

        If it is saved in a query or an audience, the period moves with the server's date.

        Args:
            n: number of units, from 1.
            unit: `days`, `weeks`, `months`, `quarters` or `years`.

        Raises:
            ValueError: the unit is not one of these, or `n` is below 1.

        Example:
            >>> recent = where("boDate", "Bookings").last(12, "months")
        """
        number = _value(n, self._compared()[0])
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ApiValueError(f"n must be a whole number from 1, not {n!r}")
        return self._compare("last", number, unit_of(unit))

    def __eq__(self, value: object) -> Condition:  # type: ignore[override]  # not a bool
        return self.is_missing() if value is None else self._compare("in", cast(Value, value))

    def __ne__(self, value: object) -> Condition:  # type: ignore[override]  # as above
        return ~(self == value)

    def __lt__(self, value: Value) -> Condition:
        return self._compare("<", value)

    def __le__(self, value: Value) -> Condition:
        return self._compare("<=", value)

    def __gt__(self, value: Value) -> Condition:
        return self._compare(">", value)

    def __ge__(self, value: Value) -> Condition:
        return self._compare(">=", value)

    def _refuse_brackets(self, other: object = None) -> NoReturn:
        """Raise: in `where("a") > 500 & where("b") == 1`, Python evaluates `500 & where("b")` first."""
        raise ApiTypeError(
            f"{self!r} is not compared with a value here: & | ~ bind tighter than comparisons, so each needs "
            f'brackets, as in ({self!r} == value) & (where("…") > 500)'
        )

    __and__ = __rand__ = __or__ = __ror__ = __invert__ = _refuse_brackets


class Where(Comparable):
    """A variable that is not compared yet; `where(name)` makes one.

    Args:
        variable: name or, with a catalogue, description of the variable, in any case.
        table: its table; needed only for a condition that is resolved without a catalogue.
    """

    __slots__ = ("_table", "_variable")

    def __init__(self, variable: str, table: str = "") -> None:
        self._variable = variable
        self._table = table

    def __repr__(self) -> str:
        return f"where({self._variable!r})"

    def _compared(self) -> tuple[str, str]:
        return self._variable, self._table

    def __bool__(self) -> NoReturn:
        no_bool()


def where(variable: str | Variable, table: str = "") -> Where:
    """Return the start of a condition on a variable: compare the result with values.

    Args:
        variable: name (`boDest`) or, when a session resolves it, description (`Destination`), in any case; or
            a variable of a session.
        table: the variable's table, for a condition that is resolved without a session.

    Raises:
        TypeError: `variable` is neither a name nor a variable.

    Example:
        >>> condition = where("boDest", "Bookings").isin("06", "07") & (where("boCost", "Bookings") > 500)
        >>> condition.to_query().selection.table_name
        'Bookings'
    """
    if isinstance(variable, str):
        return Where(variable, table)
    if not isinstance(variable, Variable):  # pyright: ignore[reportUnnecessaryIsInstance]  # untyped callers
        raise ApiTypeError(f"where() takes the name of a variable or a variable, not {variable!r}")
    return Where(variable.name, table or variable.table_name)


def values_in(path: str | Path, column: str | None = None) -> list[str]:
    """Return the values in a local file; see `Comparable.isin_file`."""
    if not isinstance(path, str | Path) or "\0" in str(path):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ApiTypeError(
            f"give the path of a file, not {path!r:.80}"
        )  # a number would be an open descriptor
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            if column is None:
                return [text for line in file if (text := line.strip())]
            reader = csv.DictReader(file)
            if column not in (reader.fieldnames or ()):
                raise ApiValueError(
                    f"{path} has no column {column!r}; its columns are {', '.join(reader.fieldnames or ())}"
                )
            return [text for row in reader if (text := (row[column] or "").strip())]
    except UnicodeDecodeError:
        raise ApiValueError(
            f"{path} is not text in UTF-8: save it as CSV in UTF-8, or read it with pandas and pass a column"
        ) from None
    except csv.Error as error:
        raise ApiValueError(f"{path} is not CSV: {error}") from None
    except OSError as error:
        raise ApiReadError(error.errno, error.strerror, str(path)) from None


def _flat(values: Iterable[Value | Iterable[Value]]) -> list[Value]:
    found: list[Value] = []
    for value in values:
        if isinstance(value, str):
            found.append(value)
        elif any(hasattr(type(value), name) for name in ("columns", "headers")):
            # Iterating over a frame yields its headings, which no record would match.
            raise ApiTypeError(f"{type(value).__name__} is a table: give one of its columns")
        elif isinstance(value, bytes) or not isinstance(value, Iterable):  # bytes would yield numbers
            found.append(cast(Value, value))
        else:
            found.extend(value)
    return found


def _value(value: Any, variable: str) -> Value:
    """Return a plain Python value; scalars of numpy and pandas become types of the standard library."""
    kind = value.__class__
    if kind is str or kind is int:
        return cast(Value, value)
    if value is None:
        raise ApiTypeError(
            f"{variable!r} can't be compared with None: where({variable!r}).is_missing() finds missing values"
        )
    if kind.__name__ in ("NaTType", "NAType") or str(value) == "NaT":
        raise ApiValueError(f"{value!r} is a missing value: write where({variable!r}).is_missing()")
    if kind.__name__ == "datetime64":  # numpy: item() of a datetime64 in nanoseconds is an int
        exact = value.astype("datetime64[us]")
        plain = exact.item()
        if exact != value or not isinstance(plain, dt.date):
            raise ApiValueError(f"{value!r} is finer than a microsecond or past the year 9999")
        return plain
    if getattr(value, "nanosecond", 0):
        raise ApiValueError(f"{value!r} has nanoseconds, which the data don't have: round it")
    ways = ("to_pydatetime", "as_py", "item")  # the methods of pandas, Arrow and numpy
    convert: Any = next((way for name in ways if (way := getattr(value, name, None))), None)
    try:
        found = convert() if callable(convert) else value
    except (TypeError, ValueError):  # an array of several values has item(), too
        found = None
    if not isinstance(found, (str, int, float, Decimal, dt.date, list, tuple, set)):
        raise ApiTypeError(f"{variable!r} can't be compared with {value!r}")
    return cast(Value, found)  # several values are refused when the condition is resolved
