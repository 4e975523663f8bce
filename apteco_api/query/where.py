"""The start of a condition: a variable, and the ways to compare it."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, Protocol, cast, runtime_checkable

from .._runtime.exceptions import ApiTypeError, ApiValueError
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
    """Something that stands for a variable and makes conditions when it is compared with values."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]  # == makes a condition, so that two of these can't be told apart

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
        """Return a condition that any of the values meets: codes or descriptions of a selector, numbers,
        texts, days, keys.

        Args:
            values: one by one, or in lists, Series or arrays: up to a million keys of a reference variable.
                No value at all matches nothing.
            ignore_case: for texts, whether capital and small letters count as the same.
        """
        return self._compare("in", *_flat(values), ignore_case=ignore_case)

    def isin_file(self, path: str | Path, *, column: str | None = None) -> Condition:
        """Return a condition that any of the values in a local file meets, such as a list of keys.

        Args:
            path: a text file in UTF-8 with one value a line; empty lines are left out.
            column: the file is CSV, and the values are in the column with this heading.

        Raises:
            ValueError: the CSV has no such column, or the file is not text in UTF-8.
        """
        return self.isin(values_in(path, column))

    def has_all(self, *values: Value | Iterable[Value]) -> Condition:
        """Return a condition that a variable with several codes meets if it holds all of these."""
        return self._compare("all", *_flat(values))

    def is_missing(self) -> Condition:
        """Return a condition that a record without a value meets: unclassified, empty, not a number."""
        return self._compare("missing")

    def startswith(self, *values: str, ignore_case: bool = False) -> Condition:
        """Return a condition that a text meets if it begins with one of the values."""
        return self._compare("begins", *values, ignore_case=ignore_case)

    def endswith(self, *values: str, ignore_case: bool = False) -> Condition:
        """Return a condition that a text meets if it ends with one of the values."""
        return self._compare("ends", *values, ignore_case=ignore_case)

    def contains(self, *values: str, ignore_case: bool = False) -> Condition:
        """Return a condition that a text meets if it contains one of the values."""
        return self._compare("contains", *values, ignore_case=ignore_case)

    def matches(self, *patterns: str, ignore_case: bool = False) -> Condition:
        """Return a condition that a text meets if one of the patterns fits all of it.

        In a pattern, `?` is one character and `*` any number of characters.
        """
        return self._compare("matches", *patterns, ignore_case=ignore_case)

    def between(self, low: Value, high: Value) -> Condition:
        """Return a condition that values from low to high meet, both included.

        Raises `ValueError` when it is resolved if low is above high.
        """
        return self._compare("between", low, high)

    def during(self, *periods: str) -> Condition:
        """Return a condition that dates in a period meet.

        Args:
            periods: `"last 12 months"` (days, weeks, months, quarters, years; see `last`), or a period that
                the server knows by name and reckons from its own date, which may be that of the last load:
                `Today`, `Yesterday`, `Tomorrow`, `ThisWeek`, `ThisMonth`, `ThisQuarter`, `ThisYear`, the same
                with `Last` and `Next`, with `ToDate` behind it (`ThisYearToDate`, `LastMonthToDate`),
                `TheLastMonth` and `TheLastYear` (up to now), `Last4Weeks`, and `ThisBusinessYear` and the
                like. Any case will do.
        """
        return self._compare("during", *periods)

    def last(self, n: int, unit: str) -> Condition:
        """Return a condition that the dates of the last so many units meet, up to today (this machine's
        date). Saved, as a query or an audience, it rolls on with the server's date.

        Args:
            n: how many, from 1.
            unit: `days`, `weeks`, `months`, `quarters` or `years`.

        Raises:
            ValueError: another unit, or a number below 1.

        Example:
            >>> recent = where("boDate", "Bookings").last(12, "months")
        """
        number = _value(n, self._compared()[0])
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ApiValueError(f"n must be a whole number from 1, not {n!r}")
        return self._compare("last", number, unit_of(unit))

    def __eq__(self, value: object) -> Condition:  # type: ignore[override]  # conditions are the point
        return self.is_missing() if value is None else self._compare("in", cast(Value, value))

    def __ne__(self, value: object) -> Condition:  # type: ignore[override]
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
        """`where("a") > 500 & where("b") == 1` asks Python for `500 & where("b")`."""
        raise ApiTypeError(
            f"{self!r} is not compared with a value here: & | ~ bind tighter than comparisons, so each needs "
            f'brackets, as in ({self!r} == value) & (where("…") > 500)'
        )

    __and__ = __rand__ = __or__ = __ror__ = __invert__ = _refuse_brackets


class Where(Comparable):
    """A variable waiting for a comparison; `where(name)` makes one.

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
        table: the variable's table, for a condition that is resolved with no session.

    Raises:
        TypeError: neither a name nor a variable.

    Example:
        >>> condition = where("boDest", "Bookings").isin("06", "07") & (where("boCost", "Bookings") > 500)
        >>> condition.to_query().selection.table_name
        'Bookings'
    """
    if isinstance(variable, str):
        return Where(variable, table)
    if not isinstance(variable, Variable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ApiTypeError(f"where() takes the name of a variable or a variable, not {variable!r}")
    return Where(variable.name, table or variable.table_name)


def values_in(path: str | Path, column: str | None = None) -> list[str]:
    """Return the values in a local file; see `Comparable.isin_file`."""
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


def _flat(values: Iterable[Value | Iterable[Value]]) -> list[Value]:
    found: list[Value] = []
    for value in values:
        if isinstance(value, str):
            found.append(value)
        elif any(hasattr(type(value), name) for name in ("columns", "headers")):
            # Iterating a frame would give its headings, which match nothing.
            raise ApiTypeError(f"{type(value).__name__} is a table: give one of its columns")
        elif not isinstance(value, Iterable):
            found.append(value)
        else:
            found.extend(value)
    return found


def _value(value: Any, variable: str) -> Value:
    """Return a value of plain Python; numpy's and pandas' scalars become the standard library's."""
    kind = value.__class__
    if kind is str or kind is int:
        return cast(Value, value)
    if kind.__name__ in ("NaTType", "NAType") or str(value) == "NaT":
        raise ApiValueError(f"{value!r} is a missing value: write where({variable!r}).is_missing()")
    if kind.__name__ == "datetime64":  # numpy's: item() of one in nanoseconds is a plain number
        return cast(Value, value.astype("datetime64[us]").item())
    if getattr(value, "nanosecond", 0):
        raise ApiValueError(f"{value!r} has nanoseconds, which the data don't have: round it")
    ways = ("to_pydatetime", "as_py", "item")  # of pandas, of Arrow, of numpy
    convert: Any = next((way for name in ways if (way := getattr(value, name, None))), None)
    found = convert() if callable(convert) else value
    if not isinstance(found, (str, int, float, Decimal, dt.date, list, tuple, set)):
        raise ApiTypeError(f"{variable!r} can't be compared with {value!r}")
    return cast(Value, found)  # several values are refused when the condition is resolved
