"""Conditions written by hand: `where("boDest").isin("France") & (where("boCost") > 500)`.

A condition is a small immutable tree. It becomes the plain `Query` model when it is resolved: with a
session's catalogue (tables, kinds of variables and descriptions of codes are looked up) or with a table's
name alone (values are then taken as codes, and the kind of variable is read off the values).

`&`, `|` and `~` combine conditions; the left one decides the table, the right one is carried over to it.
Comparisons need brackets: `(where("boCost") > 500) & ...`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, NoReturn, cast

from . import models
from .catalogue import Catalogue, route
from .criteria import Test, Value, criteria, guess


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
        _no_bool()


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


class Condition:
    """What a record must meet. Immutable; combine with `&`, `|`, `~`; see the module's docstring."""

    __slots__ = ()

    def __and__(self, other: Condition) -> Condition:
        return Combined("AND", (*_operands("AND", self), other))

    def __or__(self, other: Condition) -> Condition:
        return Combined("OR", (*_operands("OR", self), other))

    def __invert__(self) -> Condition:
        return Negated(self)

    def __bool__(self) -> NoReturn:
        _no_bool()

    def on(self, table: str) -> Condition:
        """The same condition on another table: people who have such a booking, bookings by such people.

        Where two conditions on the lower table must hold for the same record, combine them before this step.
        """
        return Carried(self, table)

    def sample(
        self,
        total: int | None = None,
        *,
        fraction: float | Fraction | None = None,
        kind: Literal["First", "Random", "Stratified"] = "Random",
        skip: int = 0,
    ) -> Condition:
        """Only some of the records: a number of them (`total`) or a share (`fraction`, 0 to 1).

        Args:
            total: how many records.
            fraction: which share of them; a `Fraction` is sent as it is, a float as a percentage.
            kind: the first ones, random ones (the same each time) or evenly spaced ones.
            skip: how many records to leave out at the start.
        """
        if (total is None) == (fraction is None):
            raise ValueError("give either total or fraction")
        limits = models.Limits(sampling=kind, start_at=skip)
        if total is not None:
            limits.type, limits.total = "Total", total
        elif isinstance(fraction, Fraction):
            limits.type = "Fraction"
            limits.fraction = models.Fraction(numerator=fraction.numerator, denominator=fraction.denominator)
        else:
            limits.type, limits.percent = "Percent", float(fraction or 0) * 100
        return Limited(self, {"limits": limits})

    def top(
        self, n: int | None = None, *, by: str, percent: float | None = None, ascending: bool = False
    ) -> Condition:
        """The records that rank highest (or lowest) by a variable: `n` of them, or a percentage."""
        if (n is None) == (percent is None):
            raise ValueError("give either n or percent")
        top = models.TopN(
            variable_name=by, direction="Bottom" if ascending else "Top", value=n or 0, percent=percent
        )
        return Limited(self, {"top_n": top})

    def first_per(
        self, table: str, n: int = 1, *, by: str | None = None, ascending: bool = True
    ) -> Condition:
        """At most n records for each record of a higher table: with `by` the lowest (or highest) ones, else
        any.
        """
        recency = models.RFVRecency(value=n)
        if by is not None:
            recency.variable_name, recency.direction = by, "First" if ascending else "Last"
        return Limited(self, {"n_per": models.NPer(recency=recency, grouping_table_name=table)})

    def first_per_value(
        self, variable: str, n: int = 1, *, by: str | None = None, ascending: bool = False
    ) -> Condition:
        """At most n records for each value of a variable: with `by` the highest (or lowest) ones, else
        any.
        """
        top = models.TopN(grouping_variable_name=variable, group_max=n)
        if by is not None:
            top.grouping_sequence_variable_name, top.grouping_ascending = by, ascending
        return Limited(self, {"top_n": top})

    def to_selection(self, catalogue: Catalogue | None = None, table: str = "") -> models.Selection:
        """The plain `Selection` model.

        Args:
            catalogue: where to look variables up, such as `session.catalogue`; none: values are taken as they
                are.
            table: the table to select on; by default that of the left-most comparison.

        Raises:
            ValueError: a variable can't be compared like that, or no table is known.
            UnknownName: a variable, table, code or description that the system does not have.
        """
        clause, own = self._clause(catalogue, table)
        if table and own != table:
            clause, own = carry(clause, own, table, catalogue), table
        return models.Selection(table_name=own, rule=models.Rule(clause=clause))

    def to_query(self, catalogue: Catalogue | None = None, table: str = "") -> models.Query:
        """The plain `Query` model; see `to_selection`."""
        return models.Query(selection=self.to_selection(catalogue, table))

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        """The clause and the table it is on. `table` is used where nothing else tells."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Comparison(Condition):
    """One variable compared."""

    test: Test
    table: str = ""

    def __invert__(self) -> Condition:
        return replace(self, test=self.test._replace(include=not self.test.include))

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        if catalogue is not None:
            facts = catalogue.facts(self.test.variable)
        elif self.table or table:
            facts = guess(self.test, self.table or table)
        else:
            raise ValueError(
                f"the table of {self.test.variable!r} is not known: where({self.test.variable!r}, table), or "
                "resolve the condition with a session"
            )
        return models.Clause(criteria=criteria(self.test, facts, catalogue)), facts.table


@dataclass(frozen=True, slots=True)
class Combined(Condition):
    """All (AND) or any (OR) of several conditions, on the table of the first."""

    operation: Literal["AND", "OR"]
    operands: tuple[Condition, ...]

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        made = [operand._clause(catalogue, table) for operand in self.operands]
        own = made[0][1]
        clauses = [carry(clause, source, own, catalogue) for clause, source in made]
        return models.Clause(
            logic=models.Logic(operation=self.operation, operands=clauses, table_name=own)
        ), own


@dataclass(frozen=True, slots=True)
class Negated(Condition):
    """Every record of the table that does not meet the condition."""

    operand: Condition

    def __invert__(self) -> Condition:
        return self.operand

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        clause, own = self.operand._clause(catalogue, table)
        return models.Clause(logic=models.Logic(operation="NOT", operands=[clause], table_name=own)), own


@dataclass(frozen=True, slots=True)
class Carried(Condition):
    """A condition carried over to another table."""

    operand: Condition
    target: str

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        clause, own = self.operand._clause(catalogue, table)
        return carry(clause, own, self.target, catalogue), self.target


@dataclass(frozen=True, slots=True)
class Limited(Condition):
    """A condition of which only some records are kept."""

    operand: Condition
    limits: dict[str, Any]

    def to_selection(self, catalogue: Catalogue | None = None, table: str = "") -> models.Selection:
        inner = self.operand.to_selection(catalogue, "" if catalogue is not None else table)
        if any(getattr(inner, name) is not None for name in ("limits", "top_n", "n_per")):
            inner = models.Selection(
                table_name=inner.table_name,
                rule=models.Rule(clause=models.Clause(sub_selection=models.SubSelection(selection=inner))),
            )
        for name, value in self.limits.items():
            own = copy.deepcopy(value)  # the caller may change the model that comes out
            if isinstance(own, models.NPer):
                own.transactional_table_name = inner.table_name
            if catalogue is not None:
                _resolve_names(own, catalogue)
            setattr(inner, name, own)
        if table and table != inner.table_name:
            return Condition.to_selection(self, catalogue, table)
        return inner

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        selection = self.to_selection(catalogue, "" if catalogue is not None else table)
        return models.Clause(sub_selection=models.SubSelection(selection=selection)), selection.table_name


_VARIABLES = ("variable_name", "grouping_variable_name", "grouping_sequence_variable_name")


def _resolve_names(limit: Any, catalogue: Catalogue) -> None:
    """Put names where a limit was given descriptions of variables."""
    for part in (limit, getattr(limit, "recency", None)):
        for field in _VARIABLES:
            given = getattr(part, field, None)
            if given:
                setattr(part, field, catalogue.facts(given).name)


def carry(clause: models.Clause, source: str, target: str, catalogue: Catalogue | None) -> models.Clause:
    """The clause on another table: one ANY or THE for each level between them.

    Raises `ValueError` if no catalogue tells how the tables relate.
    """
    if source == target:
        return clause
    if catalogue is None:
        raise ValueError(
            f"how {source!r} and {target!r} relate is not known: resolve the condition with a session"
        )
    for operation, table in route(catalogue.parents(), source, target):
        clause = models.Clause(logic=models.Logic(operation=operation, operands=[clause], table_name=table))
    return clause


def _operands(operation: str, condition: Condition) -> tuple[Condition, ...]:
    # For the left side only. (a & b) & c is on a's table throughout, so a flat list means the same; in
    # a & (b & c) the brackets may say that b and c hold for the same record of a lower table.
    if isinstance(condition, Combined) and condition.operation == operation:
        return condition.operands
    return (condition,)


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


def _no_bool() -> NoReturn:
    raise TypeError(
        "a condition is neither true nor false: use & | ~ (with brackets) for and, or, not, and between()"
    )
