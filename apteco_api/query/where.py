"""The start of a condition: a variable, and the ways to compare it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn, cast

from .._runtime.exceptions import ApiTypeError
from .conditions import Comparison, Condition, no_bool
from .criteria import Test, Value


class Where:
    """A variable waiting for a comparison; `where(name)` makes one.

    Args:
        variable: name or, with a catalogue, description of the variable.
        table: its table; needed only for a condition that is resolved without a catalogue.
    """

    __slots__ = ("_table", "_variable")
    __hash__ = None  # type: ignore[assignment]  # == makes a condition, so that two of these can't be told apart

    def __init__(self, variable: str, table: str = "") -> None:
        self._variable = variable
        self._table = table

    def __repr__(self) -> str:
        return f"where({self._variable!r})"

    def _test(
        self, operation: str, *values: Value, ignore_case: bool = False, include: bool = True
    ) -> Condition:
        plain = tuple(_value(value) for value in values)
        return Comparison(Test(self._variable, operation, plain, ignore_case, include), self._table)

    def isin(self, *values: Value | Iterable[Value], ignore_case: bool = False) -> Condition:
        """Any of the values: codes or descriptions of a selector, numbers, texts, days.

        Args:
            values: one by one, or in lists. No value at all matches nothing.
            ignore_case: for texts, whether capital and small letters count as the same.
        """
        return self._test("in", *_flat(values), ignore_case=ignore_case)

    def has_all(self, *values: Value | Iterable[Value]) -> Condition:
        """All of the codes, for a variable that holds several."""
        return self._test("all", *_flat(values))

    def is_missing(self) -> Condition:
        """No value: unclassified, empty or no number."""
        return self._test("missing")

    def startswith(self, *values: str, ignore_case: bool = False) -> Condition:
        """A text that begins with one of the values."""
        return self._test("begins", *values, ignore_case=ignore_case)

    def endswith(self, *values: str, ignore_case: bool = False) -> Condition:
        """A text that ends with one of the values."""
        return self._test("ends", *values, ignore_case=ignore_case)

    def contains(self, *values: str, ignore_case: bool = False) -> Condition:
        """A text with one of the values in it."""
        return self._test("contains", *values, ignore_case=ignore_case)

    def matches(self, *patterns: str, ignore_case: bool = False) -> Condition:
        """A text that fits one of the patterns as a whole: `?` is one character, `*` any number of them."""
        return self._test("matches", *patterns, ignore_case=ignore_case)

    def between(self, low: Value, high: Value) -> Condition:
        """From low to high, both included."""
        if isinstance(low, (int, float)) and isinstance(high, (int, float)):
            return (self >= low) & (self <= high)
        return self._test("between", low, high)

    def during(self, *periods: str) -> Condition:
        """A date in a period that the server knows by name, such as `LastMonth` or `ThisYearToDate`."""
        return self._test("during", *periods)

    def __eq__(self, value: object) -> Condition:  # type: ignore[override]  # conditions are the point
        return self.is_missing() if value is None else self._test("in", cast(Value, value))

    def __ne__(self, value: object) -> Condition:  # type: ignore[override]
        return ~(self == value)

    def __lt__(self, value: Value) -> Condition:
        return self._test("<", value)

    def __le__(self, value: Value) -> Condition:
        return self._test("<=", value)

    def __gt__(self, value: Value) -> Condition:
        return self._test(">", value)

    def __ge__(self, value: Value) -> Condition:
        return self._test(">=", value)

    def __bool__(self) -> NoReturn:
        no_bool()

    def _compare_first(self, other: object = None) -> NoReturn:
        """`where("a") > 500 & where("b") == 1` asks Python for `500 & where("b")`."""
        raise ApiTypeError(
            f"{self!r} is not compared with a value here: & | ~ bind tighter than comparisons, so each needs "
            f'brackets, as in ({self!r} == value) & (where("…") > 500)'
        )

    __and__ = __rand__ = __or__ = __ror__ = __invert__ = _compare_first


def where(variable: str, table: str = "") -> Where:
    """The start of a condition on a variable: compare the result with values.

    Args:
        variable: name (`boDest`) or, when a session resolves it, description (`Destination`).
        table: the variable's table, for a condition that is resolved with no session.

    Example:
        >>> condition = where("boDest", "Bookings").isin("06", "07") & (where("boCost", "Bookings") > 500)
        >>> condition.to_query().selection.table_name
        'Bookings'
    """
    return Where(variable, table)


def _flat(values: Iterable[Value | Iterable[Value]]) -> list[Value]:
    found: list[Value] = []
    for value in values:
        if isinstance(value, str) or not isinstance(value, Iterable):
            found.append(value)
        else:
            found.extend(value)
    return found


def _value(value: Any) -> Value:
    """A value of plain Python; numpy's and pandas' scalars turn into theirs."""
    item: Any = getattr(value, "item", None)
    return cast(Value, item()) if callable(item) else cast(Value, value)
