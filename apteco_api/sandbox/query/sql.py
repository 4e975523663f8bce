"""The parts of a compiled statement: conditions, bound values, common table expressions."""

# ruff: noqa: S608 - identifiers come from our own tables, values are bound
from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Generator
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar, cast, runtime_checkable
from uuid import uuid4

from ..holidays import SCHEMA, SYSTEM, VARIABLES, Table, Variable
from ..holidays import tables as tree
from .errors import NOT_FOUND, UNKNOWN_NAME, WRONG_TABLE, shorten
from .node import Node
from .pace import check
from .stages import Stage

_VARIABLES = {variable.name: variable for variable in VARIABLES}
_PLACE = re.compile(r"\$(\d+)")
_DEEPEST = 48
"""Conditions that are nested deeper become a stage, as DuckDB parses and plans on the stack."""
_HEAVIEST = 240
"""Heavier conditions become a stage, as the time to plan grows with the square of the weight."""
SUBQUERY = 10
"""The weight of a subquery; a plain comparison has the weight 1."""

LOADED = datetime.fromisoformat(SYSTEM["fastStatsBuildDate"])
"""The time at which the data was loaded. It is also the default of "today"."""

Files: TypeAlias = Callable[[str], dict[str, Any]]
"""A function that returns the query at a path; raises KeyError if it does not exist."""


@runtime_checkable
class TextFiles(Protocol):
    """`Files` that also return the text of a file, for record sets."""

    def text(self, path: str) -> str:
        """Return the text of the file at a path; raises KeyError if it does not exist."""
        ...


class Condition(NamedTuple):
    """A condition on the records of one table: an SQL expression in which NULL means false.

    Attributes:
        table: the table.
        sql: the expression.
        depth: depth of nesting.
        weight: estimate of the time to plan it.
        chain: `AND` or `OR` if the expression is such a chain in parentheses.
        negated: the condition whose complement this is.
    """

    table: Table
    sql: str
    depth: int = 1
    weight: int = 1
    chain: str = ""
    negated: Condition | None = None

    def within(self, sql: str, depth: int, weight: int = SUBQUERY, table: Table | None = None) -> Condition:
        """Return a condition that contains this one, with added depth and weight."""
        return Condition(table or self.table, sql, self.depth + depth, self.weight + weight)

    def complement(self) -> Condition:
        """Return the condition of all other records of the table, including those without a value.

        For example:

            (((bo.destination = $1::UTINYINT)) IS NOT TRUE)
        """
        if self.negated is not None:
            return self.negated
        return self.within(f"(({self.sql}) IS NOT TRUE)", 2, 0)._replace(negated=self)


_T = TypeVar("_T")
Work: TypeAlias = Generator[Any, Condition, Condition]
"""A generator that compiles one part. It yields the work on each part below, and is sent its condition."""


def finish(work: Work) -> Condition:
    """Run compiling work to its end, with a list instead of Python's stack, so that any depth works."""
    waiting = [work]
    sent: Condition | None = None
    while True:
        check()
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
    """A statement that is being compiled: its bound values and its stages.

    Args:
        files: returns stored queries, for references by path.
        today: the time to which relative dates refer.
    """

    def __init__(self, files: Files | None = None, today: datetime | None = None) -> None:
        self.values: list[Any] = []
        self.stages: list[Stage] = []
        self.today = today or LOADED
        self.loaded = LOADED
        self._files = files
        self._name = uuid4().hex

    def bind(self, value: Any, kind: str = "") -> str:
        """Return a placeholder for a value, cast to an SQL type if one is given."""
        self.values.append(value)
        return f"${len(self.values)}::{kind}" if kind else f"${len(self.values)}"

    def settle(self, condition: Condition) -> Condition:
        """Return the same condition; move it to a stage if it is too deep or heavy to plan."""
        if condition.depth <= _DEEPEST and condition.weight <= _HEAVIEST:
            return condition
        return self.stage(condition)

    def stage(self, condition: Condition) -> Condition:
        """Return the same condition, computed in a stage before the statement runs."""
        name = f"temp.stage_{self._name}_{len(self.stages)}"
        self.stages.append(Stage(name, *self.ready(ids(condition))))
        return Condition(
            condition.table, f"{condition.table.alias}.id IN (SELECT id FROM {name})", 2, SUBQUERY
        )

    def chain(self, table: Table, operation: str, conditions: list[Condition]) -> Condition:
        """Join conditions by AND or OR, in stages if there are too many for one statement."""
        while len(conditions) > 1:
            groups: list[list[Condition]] = [[]]
            weight = 0
            for condition in conditions:
                weight += condition.weight
                if groups[-1] and weight > _HEAVIEST:
                    groups.append([])
                    weight = condition.weight
                groups[-1].append(condition)
            joined = [_joined(table, operation, group) for group in groups]
            conditions = joined if len(joined) == 1 else [self.stage(part) for part in joined]
        return self.settle(conditions[0])

    def ready(self, sql: str) -> tuple[str, list[Any]]:
        """Return a SELECT ready to run, and the values that it uses.

        Bound values that the statement does not use are left out, as DuckDB refuses them.
        """
        used: dict[str, int] = {}

        def number(found: re.Match[str]) -> str:
            return f"${used.setdefault(found[1], len(used) + 1)}"

        sql = _PLACE.sub(number, sql)
        return sql, [self.values[int(place) - 1] for place in used]

    def stored(self, node: Node, path: str) -> dict[str, Any]:
        """Return the query that is stored at a path."""
        if self._files is None:
            node.unsupported(f"a reference to the file {shorten(path)}")
        return _read(node, "query file", path, self._files)

    def text(self, node: Node, path: str) -> str:
        """Return the text of the file that is stored at a path."""
        if not isinstance(self._files, TextFiles):
            node.unsupported(f"a reference to the file {shorten(path)}")
        return _read(node, "file", path, self._files.text)


def _read(node: Node, what: str, path: str, read: Callable[[str], _T]) -> _T:
    try:
        return read(path)
    except (KeyError, FileNotFoundError):
        node.fail(NOT_FOUND, f"there is no {what} {shorten(path)}", path=path)


def _joined(table: Table, operation: str, conditions: list[Condition]) -> Condition:
    """Join conditions to one chain; chains of the same kind in it lose their parentheses.

    For example:

        ((bo.destination = $1::UTINYINT) AND (bo.product = $2::UTINYINT))
    """
    if len(conditions) == 1:
        return conditions[0]
    parts = [item.sql[1:-1] if item.chain == operation else item.sql for item in conditions]
    depth = max(item.depth - (item.chain == operation) for item in conditions) + 1
    weight = sum(item.weight for item in conditions)
    return Condition(table, f"({f' {operation} '.join(parts)})", depth, weight, operation)


def source(table: Table) -> str:
    """Return a table for a FROM clause, with its alias."""
    return f"{SCHEMA}.{table.sql} AS {table.alias}"


def ids(condition: Condition) -> str:
    """Return a SELECT of the keys of the records that meet a condition.

    For example:

        SELECT bo.id FROM holidays.bookings AS bo WHERE (bo.destination = $1::UTINYINT)
    """
    table = condition.table
    return f"SELECT {table.alias}.id FROM {source(table)} WHERE {condition.sql}"


def key_of(above: Table, table: Table) -> str:
    """Return the column of `table` with the key of a table above it, or its own key."""
    return f"{table.alias}.id" if above.name == table.name else f"{table.alias}.{above.key}"


def column(variable: Variable) -> str:
    """Return a variable's column, with its table's alias."""
    return f"{tree.BY_NAME[variable.table].alias}.{variable.column}"


def find_table(node: Node, field: str) -> Table:
    """Return the table that a field names."""
    name = node.must(field)
    table = tree.BY_NAME.get(name)
    if table is None:
        node.fail(UNKNOWN_NAME, f"there is no table {shorten(name)!r}", table=name)
    return table


def find_variable(node: Node, field: str = "variableName") -> Variable:
    """Return the variable that a field names."""
    name = node.must(field)
    variable = _VARIABLES.get(name)
    if variable is None:
        node.fail(UNKNOWN_NAME, f"there is no variable {shorten(name)!r}", variable=name)
    return variable


def table_of(variable: Variable) -> Table:
    """Return the table that a variable belongs to."""
    return tree.BY_NAME[variable.table]


def move(condition: Condition, table: Table, node: Node) -> Condition:
    """Transfer a condition to another table: ANY on the way up, THE on the way down.

    From Bookings to People (ANY), and from People to Bookings (THE):

        pe.id IN (SELECT bo.person FROM holidays.bookings AS bo WHERE (bo.destination = $1::UTINYINT))
        bo.person IN (SELECT pe.id FROM holidays.people AS pe WHERE (pe.source = $1::UTINYINT))

    Between other tables, the transfer goes over the nearest common ancestor.
    """
    start = condition.table
    if start.name == table.name:
        return condition
    if tree.is_above(table, start):
        inner = f"SELECT {key_of(table, start)} FROM {source(start)} WHERE {condition.sql}"
        return condition.within(f"{table.alias}.id IN ({inner})", 4, table=table)
    if tree.is_above(start, table):
        return condition.within(f"{key_of(start, table)} IN ({ids(condition)})", 4, table=table)
    for above in tree.ancestors(start):
        if tree.is_above(above, table):
            return move(move(condition, above, node), table, node)
    node.fail(WRONG_TABLE, f"{start.name} and {table.name} have nothing in common")


def seed_of(node: Node) -> int:
    """Return a seed for random samples that depends only on the request, so that they can be repeated."""
    text = json.dumps(node.fields, sort_keys=True, default=str)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") & 0x7FFFFFFF
