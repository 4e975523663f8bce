"""Count the records of a query, and of the tables above it."""

# ruff: noqa: S608 - identifiers come from our own tables, values are bound
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ..holidays import LARGEST, SCHEMA, Table, highest_key
from ..holidays import tables as tree
from . import selection
from .expression import kind
from .node import Node
from .rules import moment
from .sql import Condition, Files, Statement, find_table, finish, ids, source
from .stages import Stage, prepared

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Compiled(NamedTuple):
    """A statement ready to run.

    Attributes:
        sql: one SELECT.
        values: the values of its placeholders, in order.
        tables: names of the tables that its columns count, the selection's own first.
        stages: the stages that must run first; empty unless the selection is very deep or wide.
    """

    sql: str
    values: list[Any]
    tables: tuple[str, ...]
    stages: Sequence[Stage] = ()


def begin(
    query: Node,
    files: Files | None = None,
    now: datetime | None = None,
    *,
    statement: Statement | None = None,
) -> tuple[Statement, Condition]:
    """Compile the selection of a Query to a condition, in a new or an existing statement.

    The `todayAt` of the first query in a statement applies to the whole statement.
    """
    if statement is None:
        own = query.text("todayAt")
        statement = Statement(files, moment(query, "todayAt", own) if own else now)
    return statement, finish(selection.whole(statement, query))


def compile_selection(
    query: dict[str, Any],
    *,
    files: Files | None = None,
    now: datetime | None = None,
    scale: int = LARGEST,
) -> Compiled:
    """Compile a Query to the SQL statement that counts it. Uses no database.

    Bookings to France:

        SELECT count(*) FROM holidays.bookings AS bo WHERE (bo.destination = $1::UTINYINT)

    Args:
        query: a decoded Query.
        files: returns the query that is stored at a path.
        now: the time to which relative dates refer if the query has no `todayAt`; by default the load date.
        scale: number of bookings in the data, or more.

    Raises:
        QueryError: the query is malformed or uses something that is not supported.
    """
    node = Node(query, "query")
    statement, condition = begin(node, files, now)
    table = condition.table
    counted = [table.name]
    columns = ["count(*)"]
    if node.need("selection").flag("ancestorCounts"):
        for above in tree.ancestors(table):
            counted.append(above.name)
            columns.append(distinct(f"{table.alias}.{above.key}", above, scale))
    sql = f"SELECT {', '.join(columns)} FROM {source(table)} WHERE {condition.sql}"
    return Compiled(*statement.ready(sql), tuple(counted), statement.stages)


def compile_keys(
    query: dict[str, Any], *, files: Files | None = None, now: datetime | None = None
) -> Compiled:
    """Compile a Query to a SELECT of the keys of its records, in a column `id`. Uses no database.

    Raises:
        QueryError: the query is malformed or uses something that is not supported.
    """
    statement, condition = begin(Node(query, "query"), files, now)
    return Compiled(*statement.ready(ids(condition)), (condition.table.name,), statement.stages)


def distinct(key: str, table: Table, scale: int) -> str:
    """Return SQL of the number of different keys of a table.

    The SQL sets a bit for each key, which is several times faster than a hash table.
    """
    return f"coalesce(bit_count(bitstring_agg({key}, 0, {highest_key(table.name, scale)})), 0)"


def scale_of(cursor: DuckDBPyConnection) -> int:
    """Return the scale of the data."""
    row = cursor.execute(f"SELECT scale FROM {SCHEMA}.about").fetchone()
    return LARGEST if row is None else int(row[0])


def validate(query: dict[str, Any], *, files: Files | None = None) -> None:
    """Check that a Query can be computed; raise a QueryError with the reason if not."""
    compile_selection(query, files=files)


def validate_expression(expression: dict[str, Any], *, files: Files | None = None) -> str:
    """Check that an Expression can be computed, and return the kind of its values.

    The kind is number, text, date or truth.

    Raises:
        QueryError: the expression is malformed or uses something that is not supported.
    """
    node, statement = Node(expression, "expression"), Statement(files, None)
    table = find_table(node, "tableName")
    queries = [begin(part, statement=statement)[1] for part in node.parts("queries")]
    return kind(statement, node, table, queries)


def count(
    cursor: DuckDBPyConnection,
    query: dict[str, Any],
    *,
    files: Files | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Count a Query. Return the fields of a QueryResult that the engine computes.

    `counts` starts with the selection's own table. With `ancestorCounts`, the tables above it follow, nearest
    first, each with the number of its records that have a selected record below them.

    Raises:
        QueryError: the query is malformed or uses something that is not supported.
    """
    compiled = compile_selection(query, files=files, now=now, scale=scale_of(cursor))
    with prepared(cursor, compiled.stages):
        row = cursor.execute(compiled.sql, compiled.values).fetchone() or ()
    counts = [
        {"tableName": name, "countValue": value} for name, value in zip(compiled.tables, row, strict=True)
    ]
    return {"ranSuccessfully": True, "counts": counts, "messages": []}
