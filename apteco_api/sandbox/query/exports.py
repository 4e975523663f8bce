"""Exports: the records of a query as rows of text, for a grid or for a file."""

# ruff: noqa: S608 - identifiers come from our own tables, values are bound
from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from ..holidays import Kind, Table, Variable
from ..holidays import tables as tree
from . import fields, modifiers
from .counts import begin
from .errors import MALFORMED, WRONG_TABLE
from .node import Node
from .sql import Condition, Files, Statement, find_table, find_variable, move, source, table_of
from .stages import prepared

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BATCH = 50_000
"""Keys of the exported table in one batch."""
BROWSED = 10_000
"""Rows of an answer in one batch."""


class Column(NamedTuple):
    """One column of an export: a variable, or whether a record meets a query.

    Attributes:
        variable: the variable; None for a query.
        condition: the query, on the exported table; None for a variable.
        header: its title.
        coded: whether a file shows codes, not descriptions.
        empty: whether unclassified values are left empty.
        met: for a query, the column with its result, which was added to the exported table.
    """

    variable: Variable | None
    condition: Condition | None
    header: str
    coded: bool
    empty: bool
    met: str = ""

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers."""
        return self.variable is not None and self.variable.kind is Kind.NUMERIC

    def description(self, statement: Statement) -> str:
        """Return SQL of its values as descriptions."""
        if self.variable is None:
            return f"CASE WHEN {self.met} THEN 'True' ELSE 'False' END"
        return fields.description(statement, self.variable, "" if self.empty else "Unclassified")

    def code(self, statement: Statement) -> str:
        """Return SQL of its values as codes."""
        if self.variable is None:
            return f"CASE WHEN {self.met} THEN '1' ELSE '0' END"
        return fields.code(statement, self.variable, empty=self.empty)

    def shown(self, statement: Statement) -> str:
        """Return SQL of its values as a file shows them."""
        return self.code(statement) if self.coded else self.description(statement)


class Plan(NamedTuple):
    """The plan of an export: records, table and columns.

    Attributes:
        statement: the statement with the bound values so far.
        condition: the records, on the table that is exported.
        columns: in the order of the request.
    """

    statement: Statement
    condition: Condition
    columns: list[Column]

    @property
    def table(self) -> Table:
        """The table that is exported."""
        return self.condition.table

    def tables(self, own: str) -> str:
        """Return a FROM clause of the exported table (SQL: `own`) and the tables above that columns need."""
        variables = [column.variable for column in self.columns if column.variable is not None]
        return modifiers.joined(self.table, *variables, own=own)

    def met(self) -> str:
        """Return SQL of whether a record meets the queries of the columns, each after a comma."""
        return "".join(
            f", ({column.condition.sql}) IS TRUE AS q{place}"
            for place, column in enumerate(self.columns)
            if column.condition is not None
        )


def plan(export: dict[str, Any], *, files: Files | None = None, now: datetime | None = None) -> Plan:
    """Check an Export and compile its selection. Uses no database.

    Raises:
        QueryError: the export is malformed or uses something that is not supported.
    """
    node = Node(export, "export")
    table = find_table(node, "resolveTableName")
    parts = node.parts("columns")
    if not parts:
        node.fail(MALFORMED, "an export needs columns")
    query = node.need("baseQuery")
    statement, condition = begin(query, files, now)
    condition = statement.settle(move(condition, table, query))
    limits = node.part("limits")
    if limits is not None:
        condition = statement.settle(modifiers.limits(statement, limits, condition))
    columns = [_column(part, table, statement, place) for place, part in enumerate(parts)]
    return Plan(statement, condition, columns)


def _column(node: Node, table: Table, statement: Statement, place: int) -> Column:
    node.refuse("userCode", "userCodeName")
    detail = node.choice("detail", ("Code", "Description"), "Description")
    missing = node.choice("unclassifiedFormat", ("FromDesign", "Empty"), "FromDesign")
    header = node.text("columnHeader")
    query = node.part("query")
    if query is not None:
        if node.has("variableName"):
            node.fail(MALFORMED, "a column has a variableName as well as a query")
        condition = statement.settle(move(begin(query, statement=statement)[1], table, query))
        return Column(None, condition, header or "", detail == "Code", False, f"{table.alias}.q{place}")
    variable = find_variable(node)
    above = table_of(variable)
    if above.name != table.name and not tree.is_above(above, table):
        node.fail(
            WRONG_TABLE,
            f"{variable.name} belongs to {above.name}, and an export of {table.name} shows that table "
            "and the tables above it",
            variable=variable.name,
        )
    title = variable.description if header is None else header
    return Column(variable, None, title, detail == "Code", missing == "Empty")


def export(
    cursor: DuckDBPyConnection,
    export: dict[str, Any],
    *,
    files: Files | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Run an Export. Return the fields of an ExportResult that the engine computes, with all rows of
    `browse`.

    Raises:
        QueryError: the export is malformed or uses something that is not supported.
    """
    pieces = browse(cursor, export, files=files, now=now)
    result = next(pieces)
    return {**result, "rows": [row for piece in pieces for row in piece["rows"]]}


def browse(
    cursor: DuckDBPyConnection,
    export: dict[str, Any],
    *,
    files: Files | None = None,
    now: datetime | None = None,
) -> Generator[dict[str, Any]]:
    """Run an Export in batches, so that the whole answer need not be in memory.

    Yields:
        First the result without rows; `counts` has the number of all records. Then `rows` in batches: the
        first `maximumNumberOfRowsToBrowse` in table order, or none if `returnBrowseRows` is false.

    Raises:
        QueryError: the export is malformed or uses something that is not supported.
    """
    node = Node(export, "export")
    most = node.whole("maximumNumberOfRowsToBrowse", 0, 2**53)
    if most is None:
        node.fail(MALFORMED, "an export needs maximumNumberOfRowsToBrowse")
    wanted = node.flag("returnBrowseRows", True) and most > 0
    planned = plan(export, files=files, now=now)
    table, statement = planned.table, planned.statement
    counting = f"SELECT count(*) FROM {source(table)} WHERE {planned.condition.sql}"
    with prepared(cursor, statement.stages):
        found = cursor.execute(*statement.ready(counting)).fetchone() or (0,)
        yield {"ranSuccessfully": True, "counts": [{"tableName": table.name, "countValue": found[0]}]}
        if not (wanted and found[0]):
            return
        inner = (
            f"(SELECT {table.alias}.*{planned.met()} FROM {source(table)} WHERE {planned.condition.sql}"
            f" ORDER BY {table.alias}.id LIMIT {statement.bind(most, 'BIGINT')}) AS {table.alias}"
        )
        sql = f"{_row(statement, planned.columns)} FROM {planned.tables(inner)} ORDER BY {table.alias}.id"
        cursor.execute(*statement.ready(sql))
        while batch := cursor.fetchmany(BROWSED):
            yield {"rows": _rows(batch)}


def _row(statement: Statement, columns: list[Column]) -> str:
    """Return the SELECT list of a row: tab-separated descriptions and codes; one list if both are equal."""
    shown: list[str] = []
    coded: list[str] = []
    for column in columns:
        bound = len(statement.values)
        shown.append(column.description(statement))
        # without a look-up, the code is the value itself
        same = len(statement.values) == bound and column.variable is not None
        coded.append(shown[-1] if same else column.code(statement))
    if coded == shown:
        return f"SELECT {_tabbed(shown)}"
    return f"SELECT {_tabbed(shown)}, {_tabbed(coded)}"


def _tabbed(parts: list[str]) -> str:
    return f"concat_ws(chr(9), {', '.join(parts)})"


def _rows(found: list[Any]) -> list[dict[str, str]]:
    return [{"codes": row[-1], "descriptions": row[0]} for row in found]


def export_rows(
    cursor: DuckDBPyConnection,
    export: dict[str, Any],
    *,
    files: Files | None = None,
    now: datetime | None = None,
) -> Iterator[list[dict[str, str]]]:
    """Return all rows of an Export in table order, in batches of at most 50,000.

    `maximumNumberOfRowsToBrowse` and `returnBrowseRows` are ignored. The export is checked before the first
    batch is requested.

    Raises:
        QueryError: the export is malformed or uses something that is not supported.
    """
    planned = plan(export, files=files, now=now)
    shown = Statement()
    select = _row(shown, planned.columns)
    return (_rows(found) for found in batches(cursor, planned, select, shown))


def batches(
    cursor: DuckDBPyConnection, planned: Plan, select: str, shown: Statement
) -> Iterator[list[tuple[Any, ...]]]:
    """Run a SELECT list over all records of a plan, in table order, one range of keys after the other.

    The keys are selected once, into a temporary table. So memory does not grow with the export, and no sort
    is larger than a batch.

    Args:
        shown: the statement with the values that the SELECT list has bound.
    """
    table = planned.table
    name = f"export_{uuid4().hex}"
    low, high = shown.bind(0, "BIGINT"), shown.bind(0, "BIGINT")
    alias, met = table.alias, planned.met()
    own = (
        f"(SELECT {alias}.*{', chosen.* EXCLUDE (id)' if met else ''} FROM {source(table)}"
        f" JOIN (SELECT * FROM temp.{name} WHERE id BETWEEN {low} AND {high}) AS chosen"
        f" ON chosen.id = {alias}.id WHERE {alias}.id BETWEEN {low} AND {high}) AS {alias}"
    )
    sql = f"{select} FROM {planned.tables(own)} ORDER BY {alias}.id"
    try:
        where = planned.condition.sql
        chosen, values = planned.statement.ready(
            f"SELECT {alias}.id AS id{met} FROM {source(table)} WHERE {where}"
        )
        with prepared(cursor, planned.statement.stages):
            cursor.execute(f"CREATE TEMP TABLE {name} AS {chosen}", values)
        row = cursor.execute(f"SELECT coalesce(max(id), -1) FROM temp.{name}").fetchone() or (-1,)
        for first in range(0, row[0] + 1, BATCH):
            found = cursor.execute(sql, [*shown.values[:-2], first, first + BATCH - 1]).fetchall()
            if found:
                yield found
    finally:
        cursor.execute(f"DROP TABLE IF EXISTS temp.{name}")
