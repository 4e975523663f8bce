"""SQL of cubes.

The rows that a statement aggregates come from one of two shapes:

- *A chain.* All tables are on one line of the tree, and no cell for records without children is needed. The
rows
  are the records of the lowest table, joined to the tables above.
- *Branches.* Otherwise, the rows are the selected records of the cube's table, joined to the distinct values
below
  them, branch by branch.

In both, `v` is the key of the measured record, `d0 …` are the values of the dimensions and `x0 …` those of
the statistics. If every measured record has one row, one pass over all grouping sets is enough. If a record
can be in several rows, each grouping set first removes the repetitions.
"""

# ruff: noqa: S608 - identifiers come from our own tables, values are bound
from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

from ..holidays import Table, Variable
from ..holidays import tables as tree
from . import measures
from .counts import distinct
from .errors import WRONG_TABLE
from .node import Node
from .sql import Condition, column, key_of, move, source, table_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NO_VALUE = -(2**40)
"""The key of a banded value that is missing."""
_ROOM = 64_000_000
"""The most bytes for the bit masks of a distinct count."""
NO_RECORD = -(2**41)
"""The key for a record without records below it."""
NO_TEXT = "\x01"
"""The same for keys that are texts."""


class Axis(NamedTuple):
    """The SQL of a dimension.

    Attributes:
        name: for messages.
        table: the table of the values.
        sql: a record's value, NULL for none; unused if records have several values.
        none_cell: whether records without records below them have a cell.
        kind: SQL type of the values: BIGINT, VARCHAR for texts, INTEGER for codes, which are never NULL.
        several: the variable, if a record can have several values.
        filter: the condition on the table's records that are used.
    """

    name: str
    table: Table
    sql: str
    none_cell: bool = False
    kind: str = "BIGINT"
    several: Variable | None = None
    filter: Condition | None = None

    @property
    def value(self) -> str:
        """SQL of a record's value, never NULL."""
        return f"coalesce({self.sql}, {NO_VALUE})::BIGINT" if self.kind == "BIGINT" else self.sql

    @property
    def nothing(self) -> str:
        """SQL of the key for a record without records below it."""
        return f"'{NO_TEXT}'" if self.kind == "VARCHAR" else str(NO_RECORD)


class Group(NamedTuple):
    """Measures that are computed together: of one table, with one filter; function and variable of each."""

    table: Table
    filter: Condition | None
    wanted: list[tuple[str, Variable | None]]


def check(node: Node, table: Table, axes: list[Axis], measured: list[Table]) -> None:
    """Refuse dimensions and measures on tables that can't be combined."""
    crossed = False
    for one, other in itertools.combinations(axes, 2):
        if not tree.related(one.table, other.table):
            if not (tree.is_above(table, one.table) and tree.is_above(table, other.table)):
                both = f"{one.table.name} and {other.table.name}"
                node.fail(WRONG_TABLE, f"dimensions on {both} do not go together")
            crossed = True
    for own in measured:
        if crossed and own.name != table.name and not tree.is_above(own, table):
            node.fail(WRONG_TABLE, f"dimensions cross each other, so a measure cannot be on {own.name}")
        for axis in axes:
            if not tree.related(own, axis.table):
                node.fail(WRONG_TABLE, f"a measure on {own.name} does not go with {axis.name}")


def extent(cursor: DuckDBPyConnection, variable: Variable) -> tuple[Any, Any]:
    """Return the lowest and the highest value of a variable."""
    sql = f"SELECT min({column(variable)}), max({column(variable)}) FROM {source(table_of(variable))}"
    row = cursor.execute(sql).fetchone()
    return (row[0], row[1]) if row else (None, None)


def statement(condition: Condition, axes: list[Axis], group: Group, size: int, scale: int) -> str:
    """Return the SELECT of a group of measures: d0 …, then a column for each measure.

    A dimension is NULL in its total.

    Args:
        size: number of cells; if it is small enough, each cell has a bit for each record.
        scale: scale of the data.
    """
    variables = list(dict.fromkeys(variable for _, variable in group.wanted if variable is not None))
    leaves = _leaves([condition.table, group.table, *(axis.table for axis in axes)])
    several = any(axis.several for axis in axes)
    if len(leaves) == 1 and not any(axis.none_cell for axis in axes):
        leaf = leaves[0]
        if leaf.name == condition.table.name and all(_at_or_above(axis.table, group.table) for axis in axes):
            leaf = group.table if tree.is_above(group.table, leaf) else leaf
        rows = _chain(condition, axes, group, variables, leaf)
        single = leaf.name == group.table.name and not several
        nones: list[str] = []
    else:
        rows = _branches(condition, axes, group, variables, leaves)
        single, nones = False, [axis.nothing if axis.none_cell else "" for axis in axes]
    names = [f"d{place}" for place in range(len(axes))]
    if not any(nones) and (single or not variables):
        counted = "count(v)"
        if not single:
            room = size * scale // 16 <= _ROOM and tree.children(group.table)
            counted = distinct("v", group.table, scale) if room else "count(DISTINCT v)"
        shown = ", ".join([*names, *_aggregates(group, variables, counted)])
        grouped = f" GROUP BY CUBE ({', '.join(names)})" if names else ""
        return f"SELECT {shown} FROM ({rows}){grouped}"
    return _each_set(rows, names, group, variables, nones)


def _at_or_above(upper: Table, lower: Table) -> bool:
    return upper.name == lower.name or tree.is_above(upper, lower)


def _leaves(involved: list[Table]) -> list[Table]:
    """Return the lowest tables, which have none of the others below them, without duplicates."""
    found = {table.name: table for table in involved}
    return [
        table for table in found.values() if not any(tree.is_above(table, other) for other in found.values())
    ]


def _aggregates(group: Group, variables: list[Variable], counted: str) -> list[str]:
    return [
        counted
        if variable is None
        else measures.FUNCTIONS[function].sql.format(x=f"x{variables.index(variable)}")
        for function, variable in group.wanted
    ]


def _operands(variables: list[Variable]) -> list[str]:
    return [
        f"{measures.operand(variable, column(variable))} AS x{place}"
        for place, variable in enumerate(variables)
    ]


def _chain(
    condition: Condition, axes: list[Axis], group: Group, variables: list[Variable], leaf: Table
) -> str:
    """Return rows from one line of tables."""
    where = [move(condition, leaf, _NOWHERE).sql]
    if group.filter is not None:
        where.append(move(group.filter, leaf, _NOWHERE).sql)
    where += [move(axis.filter, leaf, _NOWHERE).sql for axis in axes if axis.filter is not None]
    shown = [_value(axis, place) for place, axis in enumerate(axes)]
    shown += [f"{key_of(group.table, leaf)} AS v", *_operands(variables)]
    needed = [axis.table for axis in axes] + [table_of(variable) for variable in variables]
    spread = "".join(_spreading(axis, place) for place, axis in enumerate(axes))
    return f"SELECT {', '.join(shown)} FROM {_with_above(leaf, needed)}{spread} WHERE {' AND '.join(where)}"


def _with_above(leaf: Table, needed: list[Table]) -> str:
    text = source(leaf)
    for table in {table.name: table for table in needed}.values():
        if table.name != leaf.name:
            text += f" JOIN {source(table)} ON {table.alias}.id = {key_of(table, leaf)}"
    return text


def _value(axis: Axis, place: int) -> str:
    return f"f{place}.p AS d{place}" if axis.several else f"{axis.value} AS d{place}"


def _spreading(axis: Axis, place: int) -> str:
    """Return a join that repeats a record for each of its values; a record without values is unclassified."""
    if axis.several is None:
        return ""
    flags, size = column(axis.several), len(axis.several.codes)
    return (
        f" JOIN (SELECT unnest(range({size}))::INTEGER AS p) AS f{place} ON"
        f" CASE WHEN f{place}.p = 0 THEN {flags} = 0 ELSE ({flags}::BIGINT >> (f{place}.p - 1)) & 1 = 1 END"
    )


def _branches(
    condition: Condition, axes: list[Axis], group: Group, variables: list[Variable], leaves: list[Table]
) -> str:
    """Return rows from the cube's table and the distinct values below it."""
    table = condition.table
    numbered = list(enumerate(axes))
    upper = [(place, axis) for place, axis in numbered if _at_or_above(axis.table, table)]
    measured_below = tree.is_above(table, group.table)
    shown = [_value(axis, place) for place, axis in upper]
    where = [condition.sql]
    where += [move(axis.filter, table, _NOWHERE).sql for _, axis in upper if axis.filter is not None]
    needed = [axis.table for _, axis in upper]
    if not measured_below:
        shown += [f"{key_of(group.table, table)} AS v", *_operands(variables)]
        needed += [table_of(variable) for variable in variables]
        if group.filter is not None:
            where.append(move(group.filter, table, _NOWHERE).sql)
    text = _with_above(table, needed) + "".join(_spreading(axis, place) for place, axis in upper)
    for number, leaf in enumerate(leaf for leaf in leaves if leaf.name != table.name):
        below = [
            (place, axis)
            for place, axis in numbered
            if tree.is_above(table, axis.table) and _at_or_above(axis.table, leaf)
        ]
        measured = measured_below and _at_or_above(group.table, leaf)
        inner = [_value(axis, place) for place, axis in below]
        inner.append(f"{key_of(table, leaf)} AS above")
        tables = [axis.table for _, axis in below]
        considered = [move(axis.filter, leaf, _NOWHERE).sql for _, axis in below if axis.filter is not None]
        if measured:
            inner += [f"{key_of(group.table, leaf)} AS v", *_operands(variables)]
            tables += [table_of(variable) for variable in variables]
            if group.filter is not None:
                considered.append(move(group.filter, leaf, _NOWHERE).sql)
        narrowed = f" WHERE {' AND '.join(considered)}" if considered else ""
        spread = "".join(_spreading(axis, place) for place, axis in below)
        branch = f"SELECT DISTINCT {', '.join(inner)} FROM {_with_above(leaf, tables)}{spread}{narrowed}"
        optional = bool(below) and all(axis.none_cell for _, axis in below)
        kind = "LEFT JOIN" if optional else "JOIN"
        text += f" {kind} ({branch}) AS b{number} ON b{number}.above = {table.alias}.id"
        shown += [
            f"coalesce(b{number}.d{place}, {axis.nothing})"
            f"{'' if axis.kind == 'VARCHAR' else '::BIGINT'} AS d{place}"
            for place, axis in below
        ]
        if measured:
            shown += [
                f"b{number}.v AS v",
                *(f"b{number}.x{place} AS x{place}" for place in range(len(variables))),
            ]
    return f"SELECT {', '.join(shown)} FROM {text} WHERE {' AND '.join(where)}"


def _each_set(rows: str, names: list[str], group: Group, variables: list[Variable], nones: list[str]) -> str:
    """Return one SELECT for each set of dimensions, over rows without repetitions."""
    values = ", ".join(["v", *(f"x{place}" for place in range(len(variables)))])
    selects: list[str] = []
    for size in range(len(names) + 1):
        for chosen in itertools.combinations(range(len(names)), size):
            kept = "".join(f"d{place}, " for place in chosen)
            where = [
                f"d{place} <> {none}" for place, none in enumerate(nones) if none and place not in chosen
            ]
            narrowed = f" WHERE {' AND '.join(where)}" if where else ""
            shown = [name if place in chosen else f"NULL AS {name}" for place, name in enumerate(names)]
            shown += _aggregates(group, variables, "count(v)")
            grouped = f" GROUP BY {kept[:-2]}" if chosen else ""
            selects.append(
                f"SELECT {', '.join(shown)}"
                f" FROM (SELECT DISTINCT {kept}{values} FROM cells{narrowed}){grouped}"
            )
    united = " UNION ALL ".join(selects)
    return f"SELECT * FROM (WITH cells AS MATERIALIZED ({rows}) {united})"


_NOWHERE = Node({}, "cube")
