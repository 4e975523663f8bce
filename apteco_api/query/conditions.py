"""Conditions written by hand: `where("boDest").isin("France") & (where("boCost") > 500)`.

A condition is a small immutable tree. It becomes the plain `Query` model when it is resolved: with a
session's catalogue (tables, kinds of variables and descriptions of codes are looked up) or with a table's
name alone (values are then taken as codes, and the kind of variable is read off the values).

`&`, `|` and `~` combine conditions; the left one decides the table, the right one is carried over to it.
Comparisons need brackets: `(where("boCost") > 500) & ...`.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, NoReturn

from .. import models
from .._runtime.exceptions import ApiTypeError, ApiValueError
from .catalogue import Catalogue, route, unknown
from .criteria import Test, criteria, guess, shown


class Condition:
    """What a record must meet. Immutable; combine with `&`, `|`, `~`; see the module's docstring."""

    __slots__ = ()

    def __and__(self, other: Condition) -> Condition:
        if not isinstance(other, Condition):  # pyright: ignore[reportUnnecessaryIsInstance]
            return NotImplemented  # so that `Where` can say where the brackets are missing
        return Combined("AND", (*_operands("AND", self), other))

    def __or__(self, other: Condition) -> Condition:
        if not isinstance(other, Condition):  # pyright: ignore[reportUnnecessaryIsInstance]
            return NotImplemented  # so that `Where` can say where the brackets are missing
        return Combined("OR", (*_operands("OR", self), other))

    def __invert__(self) -> Condition:
        return Negated(self)

    def __bool__(self) -> NoReturn:
        no_bool()

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
            raise ApiValueError("give either total or fraction")
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
            raise ApiValueError("give either n or percent")
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


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Condition):
    """One variable compared."""

    test: Test
    table: str = ""

    def __invert__(self) -> Condition:
        return replace(self, test=self.test._replace(include=not self.test.include))

    def __repr__(self) -> str:
        return shown(self.test)

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        if catalogue is not None:
            facts = catalogue.facts(self.test.variable)
        elif self.table or table:
            facts = guess(self.test, self.table or table)
        else:
            raise ApiValueError(
                f"the table of {self.test.variable!r} is not known: where({self.test.variable!r}, table), or "
                "resolve the condition with a session"
            )
        return models.Clause(criteria=criteria(self.test, facts, catalogue)), facts.table


@dataclass(frozen=True, slots=True, repr=False)
class Combined(Condition):
    """All (AND) or any (OR) of several conditions, on the table of the first."""

    operation: Literal["AND", "OR"]
    operands: tuple[Condition, ...]

    def __repr__(self) -> str:
        return f" {'&' if self.operation == 'AND' else '|'} ".join(f"({each!r})" for each in self.operands)

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        made = [operand._clause(catalogue, table) for operand in self.operands]
        own = made[0][1]
        clauses = [carry(clause, source, own, catalogue) for clause, source in made]
        return models.Clause(
            logic=models.Logic(operation=self.operation, operands=clauses, table_name=own)
        ), own


@dataclass(frozen=True, slots=True, repr=False)
class Negated(Condition):
    """Every record of the table that does not meet the condition."""

    operand: Condition

    def __invert__(self) -> Condition:
        return self.operand

    def __repr__(self) -> str:
        return f"~({self.operand!r})"

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        clause, own = self.operand._clause(catalogue, table)
        return models.Clause(logic=models.Logic(operation="NOT", operands=[clause], table_name=own)), own


@dataclass(frozen=True, slots=True, repr=False)
class Carried(Condition):
    """A condition carried over to another table."""

    operand: Condition
    target: str

    def __repr__(self) -> str:
        return f"({self.operand!r}).on({self.target!r})"

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        clause, own = self.operand._clause(catalogue, table)
        return carry(clause, own, self.target, catalogue), self.target


@dataclass(frozen=True, slots=True, repr=False)
class Limited(Condition):
    """A condition of which only some records are kept."""

    operand: Condition
    limits: dict[str, Any]

    def __repr__(self) -> str:
        return f"<{' and '.join(self.limits)} of {self.operand!r}>"

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
    """Put names where a limit was given descriptions of variables.

    Raises `UnknownName` for a variable or table that there is not.
    """
    for part in (limit, getattr(limit, "recency", None)):
        for field in _VARIABLES:
            given = getattr(part, field, None)
            if given:
                setattr(part, field, catalogue.facts(given).name)
    grouping = getattr(limit, "grouping_table_name", None)
    if grouping and grouping not in catalogue.parents():
        raise unknown("table", grouping, catalogue.parents())


def carry(clause: models.Clause, source: str, target: str, catalogue: Catalogue | None) -> models.Clause:
    """The clause on another table: one ANY or THE for each level between them.

    Raises `ValueError` if no catalogue tells how the tables relate.
    """
    if source == target:
        return clause
    if catalogue is None:
        raise ApiValueError(
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


def no_bool() -> NoReturn:
    """Raises `TypeError`: `and`, `or` and chained comparisons ask for a truth that a condition has not."""
    raise ApiTypeError(
        "a condition is neither true nor false: use & | ~ (with brackets) for and, or, not, and between()"
    )
