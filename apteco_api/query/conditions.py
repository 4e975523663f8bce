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
from operator import index
from typing import Any, Literal, NoReturn, TypeAlias, cast

from .. import models
from .._runtime.exceptions import ApiTypeError, ApiValueError
from .catalogue import Catalogue, Facts, ancestors, route, table_called
from .criteria import NothingMeets, Test, check_range, criteria, guess, key_text, shown

Selecting: TypeAlias = "models.QueryFile | models.Query | models.Selection"
"""What can be combined with a condition: a saved query, and the models that select records."""


class Condition:
    """What a record must meet. Immutable; combine with `&`, `|`, `~`; see the module's docstring."""

    __slots__ = ()

    def __and__(self, other: Condition | Selecting) -> Condition:
        return _combined("AND", self, other)

    def __or__(self, other: Condition | Selecting) -> Condition:
        return _combined("OR", self, other)

    def __rand__(self, other: Selecting) -> Condition:
        return _combined("AND", other, self)

    def __ror__(self, other: Selecting) -> Condition:
        return _combined("OR", other, self)

    def __invert__(self) -> Condition:
        return Negated(self)

    def __bool__(self) -> NoReturn:
        no_bool()

    def on(self, table: str) -> Condition:
        """Return the same condition on another table: people who have such a booking, bookings by such
        people.

        Where two conditions on the lower table must hold for the same record, combine them before this step.
        In a combination the table given here is the one that is selected, on whichever side it stands.
        """
        return Carried(self, table)

    def at_least(self, n: int, per: str) -> Condition:
        """Return the records of a higher table that have so many of these: people with 3 bookings or more.

        Args:
            n: the smallest number of records.
            per: the higher table, such as `People`; the result selects its records.
        """
        return self.frequency(f">={_count('n', n)}", per)

    def at_most(self, n: int, per: str) -> Condition:
        """Return the records of a higher table that have no more than so many of these, or none."""
        return ~self.at_least(_count("n", n) + 1, per)

    def exactly(self, n: int, per: str) -> Condition:
        """Return the records of a higher table that have just so many of these."""
        return self.frequency(str(_count("n", n)), per) if n else self.at_most(0, per)

    def frequency(self, numbers: str, per: str) -> Condition:
        """Return the records of a higher table that have certain numbers of these, and at least one.

        Args:
            numbers: such as `">=3"`, `"<2"` or `"5"`; several are separated by tabs.
            per: the higher table.
        """
        return Behaving(self, per, models.RFV(frequency=models.RFVFrequency(values=numbers)))

    def total(
        self,
        variable: str,
        numbers: str,
        per: str,
        *,
        action: Literal["Sum", "Average", "Median", "Minimum", "Maximum", "Distinct"] = "Sum",
    ) -> Condition:
        """Return the records of a higher table for which a figure of these is in a range: people who spent
        over 1000.

        Args:
            variable: a number on the lower table, by name or description.
            numbers: the figures that qualify, such as `">1000"`; several are separated by tabs.
            per: the higher table.
            action: how the figure is worked out.
        """
        return Behaving(
            self,
            per,
            models.RFV(value=models.RFVValue(variable_name=variable, action=action, values=numbers)),
        )

    def latest(self, n: int, per: str, *, by: str) -> Condition:
        """Keep the n latest of these records for each record of a higher table: the last 2 bookings a person.

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
        limits = models.Limits(sampling=kind, start_at=_count("skip", skip))
        if total is not None:
            limits.type, limits.total = "Total", _count("total", total)
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
            variable_name=by,
            direction="Bottom" if ascending else "Top",
            value=0 if n is None else _count("n", n),
            percent=None if percent is None else float(percent),
        )
        return Limited(self, {"top_n": top})

    def first_per(
        self, table: str, n: int = 1, *, by: str | None = None, ascending: bool = True
    ) -> Condition:
        """At most n records for each record of a higher table: with `by` the lowest (or highest) ones, else
        any.
        """
        recency = models.RFVRecency(value=_count("n", n))
        if by is not None:
            recency.variable_name, recency.direction = by, "First" if ascending else "Last"
        return Limited(self, {"n_per": models.NPer(recency=recency, grouping_table_name=table)})

    def first_per_value(
        self, variable: str, n: int = 1, *, by: str | None = None, ascending: bool = False
    ) -> Condition:
        """At most n records for each value of a variable: with `by` the highest (or lowest) ones, else
        any.
        """
        top = models.TopN(grouping_variable_name=variable, group_max=_count("n", n))
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
        if table and catalogue is not None:
            table = table_called(table, catalogue.parents())
        if table and own != table:
            clause, own = carry(clause, own, table, catalogue), table
        return models.Selection(table_name=own, rule=models.Rule(clause=clause))

    def to_query(self, catalogue: Catalogue | None = None, table: str = "") -> models.Query:
        """The plain `Query` model; see `to_selection`."""
        return models.Query(selection=self.to_selection(catalogue, table))

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        """The clause and the table it is on. `table` is used where nothing else tells."""
        raise NotImplementedError

    @property
    def names_table(self) -> bool:
        """Whether `on` says which table the condition selects on."""
        return False


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
        return _compared(self.test, facts, catalogue), facts.table


def _compared(test: Test, facts: Facts, catalogue: Catalogue | None) -> models.Clause:
    """Return the clause of one comparison."""
    if facts.kind == "reference":
        return _of_keys(test, facts)
    if not test.values and test.operation != "missing":
        return _nothing(test, facts, catalogue)
    if test.operation == "between":
        check_range(test, facts)
        if facts.kind == "numeric":  # the list form of numbers has no ranges
            low, high = (
                models.Clause(criteria=criteria(Test(test.variable, sign, (end,)), facts, catalogue))
                for sign, end in zip((">=", "<="), test.values, strict=True)
            )
            return _included(test, facts, _logic("AND", [low, high], facts.table))
    try:
        return models.Clause(criteria=criteria(test, facts, catalogue))
    except NothingMeets:
        return _nothing(test, facts, catalogue)


def _logic(operation: Any, operands: list[models.Clause], table: str) -> models.Clause:
    return models.Clause(logic=models.Logic(operation=operation, operands=operands, table_name=table))


def _included(test: Test, facts: Facts, clause: models.Clause) -> models.Clause:
    return clause if test.include else _logic("NOT", [clause], facts.table)


def _nothing(test: Test, facts: Facts, catalogue: Catalogue | None) -> models.Clause:
    """Return a clause that no record meets, without relying on how a server reads an empty list: a value
    that is missing, and is not.
    """
    missing = Test(test.variable, "missing")
    made = [
        models.Clause(criteria=criteria(missing._replace(include=include), facts, catalogue))
        for include in (True, False)
    ]
    return _included(test, facts, _logic("AND", made, facts.table))


def _of_keys(test: Test, facts: Facts) -> models.Clause:
    """Return the clause of a list of keys, which the server takes as a record set."""
    if test.operation != "in":
        raise ApiValueError(
            f"{facts.name!r} is a key: select its records with == or isin(), which takes up to a million keys"
        )
    keys = models.RecordSet(
        type="URN",
        key_variable_name=facts.name,
        values="\n".join(key_text(key, facts) for key in test.values),
    )
    selection = models.Selection(table_name=facts.table, record_set=keys)
    return _included(test, facts, models.Clause(sub_selection=models.SubSelection(selection=selection)))


@dataclass(frozen=True, slots=True, repr=False)
class Combined(Condition):
    """All (AND) or any (OR) of several conditions, on the table of the first, or else of the first that
    names one with `on`.
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
        return models.Clause(
            logic=models.Logic(operation=self.operation, operands=clauses, table_name=own)
        ), own


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
        return models.Clause(logic=models.Logic(operation="NOT", operands=[clause], table_name=own)), own


@dataclass(frozen=True, slots=True, repr=False)
class Carried(Condition):
    """A condition carried over to another table."""

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
    """The records of a higher table, by the number or a figure of the records below that meet a condition."""

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
        if catalogue is None:
            raise ApiValueError(
                f"how {own!r} and {self.per!r} relate is not known: resolve it with a session"
            )
        per = table_called(self.per, catalogue.parents())
        if per not in ancestors(catalogue.parents(), own):
            raise ApiValueError(
                f"{per!r} is not above {own!r}: records are counted for each record of a table above"
            )
        rfv = copy.deepcopy(self.rfv)
        rfv.grouping_table, rfv.transactional_table = per, own
        if rfv.value is not None and rfv.value.variable_name:
            rfv.value.variable_name = catalogue.facts(rfv.value.variable_name).name
        below = models.Selection(table_name=own, rule=models.Rule(clause=inner), rfv=rfv)
        clause = models.Clause(sub_selection=models.SubSelection(selection=below))
        return carry(clause, own, per, catalogue), per


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
        return _sub_selection(catalogue.saved(self.path))


@dataclass(frozen=True, slots=True, repr=False)
class Selected(Condition):
    """A model that selects records, as a condition."""

    model: models.Query | models.Selection

    def __repr__(self) -> str:
        return f"<condition of a {type(self.model).__name__}>"

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        return _sub_selection(self.model)


def _sub_selection(found: models.Query | models.Selection) -> tuple[models.Clause, str]:
    selection = found.selection if isinstance(found, models.Query) else found
    if selection is None:
        raise ApiValueError("the query has no selection")
    return models.Clause(sub_selection=models.SubSelection(selection=selection)), selection.table_name


def saved(path: str) -> Condition:
    """Return a query that is saved on the server as a condition, to be combined with others.

    Args:
        path: where it is saved, such as `Private/Bookings.xml`.

    Example:
        >>> condition = saved("Private/France.xml") & (where("Cost") > 500)
    """
    return Saved(path)


@dataclass(frozen=True, slots=True, repr=False)
class Limited(Condition):
    """A condition of which only some records are kept."""

    operand: Condition
    limits: dict[str, Any]

    @property
    def names_table(self) -> bool:
        return self.operand.names_table

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
    if grouping:
        limit.grouping_table_name = table_called(grouping, catalogue.parents())


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


def _combined(
    operation: Literal["AND", "OR"], left: Condition | Selecting, right: Condition | Selecting
) -> Condition:
    first, second = _as_condition(left), _as_condition(right)
    if first is None or second is None:
        return cast(Condition, NotImplemented)  # so that `Where` can say where brackets are missing
    # For the left side only. (a & b) & c is on a's table throughout, so a flat list means the same; in
    # a & (b & c) the brackets may say that b and c hold for the same record of a lower table, and so they
    # may in (a & b) & c.on("People").
    flat = isinstance(first, Combined) and first.operation == operation
    if flat and (first.names_table or not second.names_table):
        return Combined(operation, (*cast(Combined, first).operands, second))
    return Combined(operation, (first, second))


def _as_condition(given: object) -> Condition | None:
    if isinstance(given, Condition):
        return given
    if isinstance(given, models.QueryFile):
        return Saved(given.path)
    return Selected(given) if isinstance(given, (models.Query, models.Selection)) else None


def _count(name: str, number: object) -> int:
    """Return a number of records as a plain int; numpy's integers are taken as well."""
    try:
        found = index(cast(Any, number))
    except TypeError:
        found = -1
    if found < 0 or isinstance(number, bool):
        raise ApiValueError(f"{name} must be a whole number that is not negative, not {number!r}")
    return found


def no_bool() -> NoReturn:
    """Raises `TypeError`: `and`, `or` and chained comparisons ask for a truth that a condition has not."""
    raise ApiTypeError(
        "a condition is neither true nor false: use & | ~ (with brackets) for and, or, not, and between()"
    )
