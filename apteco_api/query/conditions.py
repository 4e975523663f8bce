"""Conditions written by hand: `where("boDest").isin("France") & (where("boCost") > 500)`.

A condition is a small immutable tree. Resolving it makes a `Query` model. A session's catalogue looks up
tables, kinds of variables and descriptions of codes. With only a table's name, values are taken as codes, and
the kind of a variable is guessed from its values.

`&`, `|` and `~` combine conditions. The result selects on the left condition's table, and the right condition
is transferred to it. Comparisons need brackets: `(where("boCost") > 500) & ...`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, cast

from .. import models
from .._runtime.exceptions import ApiTypeError, ApiValueError
from .catalogue import Catalogue, Named, name_of, table_called
from .clauses import by_behaviour, carry, compared, logic, selection_of, sub_selection
from .limits import Sampling, figures, limited, number_of, per_record, per_value, sample_limits, top_limits
from .operators import Refusing
from .predicates import Predicate, guess, shown
from .selecting import Selecting

if TYPE_CHECKING:
    from .requests import Selects


class Condition(Refusing):
    """A test that a record must meet. Immutable; combine with `&`, `|`, `~`; see the module's docstring."""

    __slots__ = ()

    def __and__(self, other: Condition | Selecting | Selects) -> Condition:
        return combined("AND", self, other)

    def __or__(self, other: Condition | Selecting | Selects) -> Condition:
        return combined("OR", self, other)

    def __rand__(self, other: Selecting | Selects) -> Condition:
        return combined("AND", other, self)

    def __ror__(self, other: Selecting | Selects) -> Condition:
        return combined("OR", other, self)

    def __invert__(self) -> Condition:
        return Negated(self)

    def on(self, table: str | Named) -> Condition:
        """Return the same condition on another table: people with such a booking, or bookings by such people.

        If two conditions on the lower table must hold for the same record, combine them before this step.
        A combination selects on the table that is given here, even if this condition is on the right.
        """
        return Carried(self, name_of(table))

    def at_least(self, n: int, per: str | Named) -> Condition:
        """Return a condition on a higher table: at least `n` of these records, as in people with 3 bookings.

        Args:
            n: the smallest number of records.
            per: the higher table, such as `People`; the result selects its records.
        """
        return self.frequency(f">={number_of('n', n)}", per)

    def at_most(self, n: int, per: str | Named) -> Condition:
        """Return a condition on a higher table: at most `n` of these records, or none."""
        return ~self.at_least(number_of("n", n) + 1, per)

    def exactly(self, n: int, per: str | Named) -> Condition:
        """Return a condition on a higher table: exactly `n` of these records."""
        return self.frequency(str(number_of("n", n)), per) if n else self.at_most(0, per)

    def frequency(self, numbers: str | int, per: str | Named) -> Condition:
        """Return a condition on a higher table: a number of these records that qualifies, and at least one.

        Args:
            numbers: the numbers that qualify, such as `">=3"`, `"<2"` or `5`; separate several by tabs.
            per: the higher table.
        """
        rfv = models.RFV(frequency=models.RFVFrequency(values=figures(numbers)))
        return Behaving(self, name_of(per), rfv)

    def total(
        self,
        variable: str | Named,
        numbers: str | float,
        per: str | Named,
        *,
        action: Literal["Sum", "Average", "Median", "Minimum", "Maximum", "Distinct"] = "Sum",
    ) -> Condition:
        """Return a condition on a higher table: a figure of these records qualifies, as in people who spent
        over 1000.

        Args:
            variable: a number on the lower table, by name or description.
            numbers: the figures that qualify, such as `">1000"`; separate several by tabs.
            per: the higher table.
            action: the function that gives the figure.
        """
        value = models.RFVValue(variable_name=name_of(variable), action=action, values=figures(numbers))
        return Behaving(self, name_of(per), models.RFV(value=value))

    def latest(self, n: int, per: str | Named, *, by: str | Named) -> Condition:
        """Keep the n latest of these records for each record of a higher table: a person's last 2 bookings.

        Args:
            n: how many.
            per: the higher table.
            by: a date, by name or description.
        """
        return self.first_per(per, n, by=by, ascending=False)

    def sample(
        self,
        total: int | None = None,
        *,
        fraction: float | Fraction | None = None,
        kind: Sampling = "Random",
        skip: int = 0,
    ) -> Condition:
        """Keep a sample of the records: a number of them (`total`) or a share (`fraction`, 0 to 1).

        Args:
            total: how many records.
            fraction: the share; a `Fraction` is sent as it is, a float as a percentage.
            kind: the first ones, random ones (the same each time) or evenly spaced ones.
            skip: how many records to leave out at the start.
        """
        return Limited(self, {"limits": sample_limits(total, fraction, kind, skip)})

    def top(
        self, n: int | None = None, *, by: str | Named, percent: float | None = None, ascending: bool = False
    ) -> Condition:
        """Keep the records that rank highest (or lowest) by a variable: `n` of them, or a percentage."""
        return Limited(self, {"top_n": top_limits(n, by, percent, ascending)})

    def first_per(
        self, table: str | Named, n: int = 1, *, by: str | Named | None = None, ascending: bool = True
    ) -> Condition:
        """Keep at most n records for each record of a higher table, with `by` the lowest (or highest)."""
        return Limited(self, {"n_per": per_record(table, n, by, ascending)})

    def first_per_value(
        self, variable: str | Named, n: int = 1, *, by: str | Named | None = None, ascending: bool = False
    ) -> Condition:
        """Keep at most n records for each value of a variable, with `by` the highest (or lowest)."""
        return Limited(self, {"top_n": per_value(variable, n, by, ascending)})

    def to_selection(self, catalogue: Catalogue | None = None, table: str = "") -> models.Selection:
        """Return the `Selection` model.

        Args:
            catalogue: where to look variables up, such as `session.catalogue`; with None, values are taken as
                codes.
            table: the table to select on; by default that of the left-most comparison.

        Raises:
            ValueError: a variable does not support the comparison, or the table is not known.
            UnknownName: a variable, table, code or description does not exist in the system.
        """
        try:
            return self._selection(catalogue, table)
        except RecursionError:
            raise ApiValueError("the condition is nested too deeply: use isin(), or write it flat") from None

    def _selection(self, catalogue: Catalogue | None, table: str) -> models.Selection:
        clause, own = self._clause(catalogue, table)
        if table and catalogue is not None:
            table = table_called(table, catalogue.parents())
        if table and own != table:
            clause, own = carry(clause, own, table, catalogue), table
        return models.Selection(table_name=own, rule=models.Rule(clause=clause))

    def to_query(self, catalogue: Catalogue | None = None, table: str = "") -> models.Query:
        """Return the `Query` model; see `to_selection`."""
        return models.Query(selection=self.to_selection(catalogue, table))

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        """Return the clause and its table, which is `table` if the condition does not determine one."""
        raise NotImplementedError

    @property
    def names_table(self) -> bool:
        """Whether `on` has set the table of the condition."""
        return False


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Condition):
    """The comparison of one variable with values."""

    predicate: Predicate
    table: str = ""

    def __invert__(self) -> Condition:
        return replace(self, predicate=self.predicate._replace(include=not self.predicate.include))

    def __repr__(self) -> str:
        return shown(self.predicate)

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        if catalogue is not None:
            facts = catalogue.facts(self.predicate.variable)
        elif self.table or table:
            facts = guess(self.predicate, self.table or table)
        else:
            raise ApiValueError(
                f"the table of {self.predicate.variable!r} is not known: write "
                f"where({self.predicate.variable!r}, table), or resolve the condition with a session"
            )
        return compared(self.predicate, facts, catalogue), facts.table


@dataclass(frozen=True, slots=True, repr=False)
class Combined(Condition):
    """All (AND) or any (OR) of several conditions.

    Selects on the table of the first condition whose table was set with `on`, or else of the first condition.
    """

    operation: Literal["AND", "OR"]
    operands: tuple[Condition, ...]

    @property
    def names_table(self) -> bool:
        return any(each.names_table for each in self.operands)

    def __repr__(self) -> str:
        return f" {'&' if self.operation == 'AND' else '|'} ".join(f"({each!r})" for each in self.operands)

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        made = [operand._clause(catalogue, table) for operand in self.operands]
        deciding = next((place for place, each in enumerate(self.operands) if each.names_table), 0)
        own = made[deciding][1]
        clauses = [carry(clause, source, own, catalogue) for clause, source in made]
        return logic(self.operation, clauses, own), own


@dataclass(frozen=True, slots=True, repr=False)
class Negated(Condition):
    """Every record of the table that does not meet the condition."""

    operand: Condition

    @property
    def names_table(self) -> bool:
        return self.operand.names_table

    def __invert__(self) -> Condition:
        return self.operand

    def __repr__(self) -> str:
        return f"~({self.operand!r})"

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        clause, own = self.operand._clause(catalogue, table)
        return logic("NOT", [clause], own), own


@dataclass(frozen=True, slots=True, repr=False)
class Carried(Condition):
    """A condition that is transferred to another table."""

    operand: Condition
    target: str

    @property
    def names_table(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"({self.operand!r}).on({self.target!r})"

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        clause, own = self.operand._clause(catalogue, table)
        target = table_called(self.target, catalogue.parents()) if catalogue is not None else self.target
        return carry(clause, own, target, catalogue), target


@dataclass(frozen=True, slots=True, repr=False)
class Behaving(Condition):
    """A condition on a higher table: the number or a figure of the records below that meet a condition."""

    operand: Condition
    per: str
    rfv: models.RFV

    @property
    def names_table(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<{self.per} by their {self.operand!r}>"

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        inner, own = self.operand._clause(catalogue, "" if catalogue is not None else table)
        return by_behaviour(inner, own, self.per, self.rfv, catalogue)


@dataclass(frozen=True, slots=True, repr=False)
class Saved(Condition):
    """A query that is saved on the server, as a condition."""

    path: str

    def __repr__(self) -> str:
        return f"saved({self.path!r})"

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        if catalogue is None:
            raise ApiValueError(
                f"the saved query {self.path!r} is read with a session: resolve the condition with one"
            )
        return sub_selection(catalogue.saved(self.path))


@dataclass(frozen=True, slots=True, repr=False)
class Selected(Condition):
    """A model that selects records, as a condition."""

    model: models.Query | models.Selection

    def __repr__(self) -> str:
        return f"<condition of a {type(self.model).__name__}>"

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        return sub_selection(self.model)


def saved(path: str) -> Condition:
    """Return a query that is saved on the server as a condition, to combine with others.

    Args:
        path: the path of the query, such as `Private/Bookings.xml`.

    Example:
        >>> condition = saved("Private/France.xml") & (where("Cost") > 500)
    """
    return Saved(path)


@dataclass(frozen=True, slots=True, repr=False)
class Limited(Condition):
    """A condition with limits: only some of its records are selected."""

    operand: Condition
    limits: dict[str, Any]

    @property
    def names_table(self) -> bool:
        return self.operand.names_table

    def __repr__(self) -> str:
        return f"<{' and '.join(self.limits)} of {self.operand!r}>"

    def _selection(self, catalogue: Catalogue | None, table: str) -> models.Selection:
        inner = self.operand.to_selection(catalogue, "" if catalogue is not None else table)
        inner = limited(inner, self.limits, catalogue)
        if table and table != inner.table_name:
            return Condition._selection(self, catalogue, table)
        return inner

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        selection = self.to_selection(catalogue, "" if catalogue is not None else table)
        return models.Clause(sub_selection=models.SubSelection(selection=selection)), selection.table_name


def combined(operation: Literal["AND", "OR"], left: object, right: object) -> Condition:
    """Return what `&` and `|` make of two sides."""
    if hasattr(right, "_compared"):
        return cast(Condition, NotImplemented)  # so that `Where` explains the missing brackets
    sign = "&" if operation == "AND" else "|"
    first, second = as_condition(left, sign), as_condition(right, sign)
    # Flatten only on the left. (a & b) & c is all on a's table, so a flat list means the same. In a & (b & c)
    # the brackets may mean that b and c hold for the same record of a lower table. The same is true of a & b
    # in (a & b) & c.on("People").
    flat = isinstance(first, Combined) and first.operation == operation
    if flat and (first.names_table or not second.names_table):
        return Combined(operation, (*cast(Combined, first).operands, second))
    return Combined(operation, (first, second))


def as_condition(given: object, sign: str) -> Condition:
    """Return one side of an operator as a condition. Raise `TypeError` for what selects no records."""
    if isinstance(given, Condition):
        return given
    if isinstance(given, (models.QueryFile, models.FileEntry)):
        return Saved(given.path)
    if isinstance(given, (models.Query, models.Selection)):
        return Selected(given)
    if (found := selection_of(given)) is not None:
        return Selected(found)
    raise ApiTypeError(
        f"{sign} combines conditions, saved queries and audiences, and {given!r:.80} is none of them"
    )
