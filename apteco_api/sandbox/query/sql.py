"""The parts of a compiled statement: conditions, bound values, common table expressions."""

# ruff: noqa: S608 - identifiers come from our own tables, values are bound
from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Generator
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias, cast

from ..holidays import SCHEMA, SYSTEM, VARIABLES, Table, Variable
from ..holidays import tables as tree
from .errors import NOT_FOUND, UNKNOWN_NAME, UNSUPPORTED, WRONG_TABLE, QueryError, shorten
from .node import Node

_VARIABLES = {variable.name: variable for variable in VARIABLES}
_PLACE = re.compile(r"\$(\d+)")
_MOST_NAMED = 40  # DuckDB plans a chain of expressions recursively: too many exhaust a stack of 8 MB
_DEEPEST = 48
"""Conditions nested deeper than this move to an expression of their own: SQL parsers have limits."""

LOADED = datetime.fromisoformat(SYSTEM["fastStatsBuildDate"])
"""When the data was loaded; also "today" unless a request or the caller says otherwise."""

Files: TypeAlias = Callable[[str], dict[str, Any]]
"""Gives the query that is stored under a path; raises KeyError when there is none."""


class Condition(NamedTuple):
    """A condition on the records of one table: an SQL expression in which NULL means no."""

    table: Table
    sql: str
    depth: int = 1


Work: TypeAlias = Generator[Any, Condition, Condition]
"""Compiling one part: yields the work on each part below it and is sent that part's condition."""


def finish(work: Work) -> Condition:
    """Runs compiling work to its end, on a list instead of Python's own stack, however deep it goes."""
    waiting = [work]
    sent: Condition | None = None
    while True:
        try:
            below: Work = waiting[-1].send(cast(Condition, sent))
        except StopIteration as end:
            waiting.pop()
            sent = cast(Condition, end.value)
            if not waiting:
                return sent
        else:
            waiting.append(below)
            sent = None


class Statement:
    """A statement in the making: its bound values and the expressions that go in front.

    Args:
        files: gives stored queries, for references by path.
        today: what relative dates refer to.
    """

    def __init__(self, files: Files | None = None, today: datetime | None = None) -> None:
        self.values: list[Any] = []
        self.named: list[tuple[str, str]] = []
        self.today = today or LOADED
        self.loaded = LOADED
        self._files = files

    def bind(self, value: Any, kind: str = "") -> str:
        """A place-holder for a value, cast to an SQL type if one is given."""
        self.values.append(value)
        return f"${len(self.values)}::{kind}" if kind else f"${len(self.values)}"

    def name(self, sql: str) -> str:
        """Gives a SELECT a name of its own and returns the name."""
        name = f"s{len(self.named) + 1}"
        self.named.append((name, sql))
        return name

    def settle(self, condition: Condition) -> Condition:
        """The same condition, moved to an expression of its own if it has become too deep."""
        if condition.depth <= _DEEPEST:
            return condition
        if len(self.named) >= _MOST_NAMED:
            message = "the query is nested too deep to be computed"
            raise QueryError(400, UNSUPPORTED, message, {"construct": "nesting"})
        name = self.name(ids(condition))
        return Condition(condition.table, f"{condition.table.alias}.id IN (SELECT id FROM {name})", 2)

    def ready(self, sql: str) -> tuple[str, list[Any]]:
        """A SELECT ready to run: the named expressions in front, and the values that it uses.

        What was bound but is not in the statement is left out; DuckDB refuses values without a place.
        """
        if self.named:
            listed = ", ".join(f"{name} AS MATERIALIZED ({body})" for name, body in self.named)
            sql = f"WITH {listed} {sql}"
        used: dict[str, int] = {}

        def number(found: re.Match[str]) -> str:
            return f"${used.setdefault(found[1], len(used) + 1)}"

        sql = _PLACE.sub(number, sql)
        return sql, [self.values[int(place) - 1] for place in used]

    def stored(self, node: Node, path: str) -> dict[str, Any]:
        """The query stored under a path."""
        if self._files is None:
            node.unsupported(f"a reference to the file {shorten(path)}")
        try:
            return self._files(path)
        except (KeyError, FileNotFoundError):
            raise QueryError(
                400,
                NOT_FOUND,
                f"there is no query file {shorten(path)} (at {node.where})",
                {"path": shorten(path), "where": node.where},
            ) from None


def source(table: Table) -> str:
    """A table for a FROM clause, under its alias."""
    return f"{SCHEMA}.{table.sql} AS {table.alias}"


def ids(condition: Condition) -> str:
    """A SELECT of the keys of the records that meet a condition."""
    table = condition.table
    return f"SELECT {table.alias}.id FROM {source(table)} WHERE {condition.sql}"


def key_of(above: Table, table: Table) -> str:
    """The column of `table` that holds the key of a table above it, or its own."""
    return f"{table.alias}.id" if above.name == table.name else f"{table.alias}.{above.key}"


def column(variable: Variable) -> str:
    """A variable's column, under its table's alias."""
    return f"{tree.BY_NAME[variable.table].alias}.{variable.column}"


def find_table(node: Node, field: str) -> Table:
    """The table that a field names."""
    name = node.must(field)
    table = tree.BY_NAME.get(name)
    if table is None:
        node.fail(UNKNOWN_NAME, f"there is no table {shorten(name)!r}", table=name)
    return table


def find_variable(node: Node, field: str = "variableName") -> Variable:
    """The variable that a field names."""
    name = node.must(field)
    variable = _VARIABLES.get(name)
    if variable is None:
        node.fail(UNKNOWN_NAME, f"there is no variable {shorten(name)!r}", variable=name)
    return variable


def table_of(variable: Variable) -> Table:
    """The table that a variable belongs to."""
    return tree.BY_NAME[variable.table]


def move(condition: Condition, table: Table, node: Node) -> Condition:
    """A condition taken to another table: ANY on the way up, THE on the way down.

    Between tables that are not above or below each other the way leads over the nearest common ancestor.
    """
    start = condition.table
    if start.name == table.name:
        return condition
    if tree.is_above(table, start):
        return Condition(
            table,
            f"{table.alias}.id IN (SELECT {key_of(table, start)} FROM {source(start)} WHERE {condition.sql})",
            condition.depth + 4,
        )
    if tree.is_above(start, table):
        return Condition(table, f"{key_of(start, table)} IN ({ids(condition)})", condition.depth + 4)
    for above in tree.ancestors(start):
        if tree.is_above(above, table):
            return move(move(condition, above, node), table, node)
    node.fail(WRONG_TABLE, f"{start.name} and {table.name} have nothing in common")


def seed_of(node: Node) -> int:
    """A seed for a random sample that depends on the request alone, so that it can be repeated."""
    text = json.dumps(node.fields, sort_keys=True, default=str)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") & 0x7FFFFFFF
