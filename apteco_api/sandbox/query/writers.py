"""Export files: delimited and fixed-width text, keys only, Excel workbooks old and new, dBase tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..holidays import VARIABLES, Kind
from . import dbf, xls, xlsx
from .errors import WRONG_VALUE
from .exports import Plan, batches, plan
from .node import Node
from .sql import Files, Statement, column

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ALL_FORMATS = ("CSV", "SDF", "XLS", "XLSX", "MDB", "DBF", "URN", "NATIVEDUMP")


def export_file(
    cursor: DuckDBPyConnection,
    export: dict[str, Any],
    *,
    files: Files | None = None,
    now: datetime | None = None,
) -> Iterator[bytes]:
    """Yield the file of an Export in chunks, in the format of its `output` (by default CSV).

    CSV has a line of column headers, lines that end with CR LF, and UTF-8 text. By default, `delimiter` is a
    comma, `alphaEncloser` a double quote, and `numericEncloser` empty. URN has the keys of the exported
    table, one on each line. XLSX and XLS have one sheet. DBF is a dBase III table, and SDF its text in
    columns of fixed width. A column shows descriptions, or codes if its `detail` asks for them. All records
    are written.

    Raises:
        QueryError: the export is malformed or uses something that is not supported.
    """
    node = Node(export, "export")
    output = node.part("output") or Node({}, "output", node)
    form = output.choice("format", _ALL_FORMATS, "CSV")
    write = _WRITERS.get(form)
    if write is None:
        output.unsupported(f"output.format {form} (there is {', '.join(FORMATS)})")
    output.refuse("authorisationCode", "exportExtraName")
    return write(cursor, plan(export, files=files, now=now), output)


def _csv(cursor: DuckDBPyConnection, planned: Plan, output: Node) -> Iterator[bytes]:
    given = output.text("alphaEncloser")
    delimiter, numeric = output.text("delimiter") or ",", output.text("numericEncloser") or ""
    alpha = '"' if given is None else given
    if any(len(mark) > 1 or mark in ("\r", "\n") for mark in (delimiter, alpha, numeric)):
        output.fail(WRONG_VALUE, "delimiter, alphaEncloser and numericEncloser are single characters")
    return _lines(cursor, planned, delimiter, alpha, numeric)


def _lines(
    cursor: DuckDBPyConnection, planned: Plan, delimiter: str, alpha: str, numeric: str
) -> Iterator[bytes]:
    titles = [_enclosed(column.header, alpha) for column in planned.columns]
    yield (delimiter.join(titles) + "\r\n").encode()
    statement = Statement()
    between = statement.bind(delimiter, "VARCHAR")
    parts: list[str] = []
    for item in planned.columns:
        mark = numeric if item.numeric else alpha
        text = item.shown(statement)
        if mark:
            bound, double = statement.bind(mark, "VARCHAR"), statement.bind(mark * 2, "VARCHAR")
            text = f"{bound} || replace({text}, {bound}, {double}) || {bound}"
        parts.append(text)
    select = f"SELECT concat_ws({between}, {', '.join(parts)})"
    for rows in batches(cursor, planned, select, statement):
        yield ("\r\n".join([row[0] for row in rows]) + "\r\n").encode()


def _enclosed(text: str, mark: str) -> str:
    return f"{mark}{text.replace(mark, mark * 2)}{mark}" if mark else text


def _keys(cursor: DuckDBPyConnection, planned: Plan, output: Node) -> Iterator[bytes]:
    own = next(item for item in VARIABLES if item.table == planned.table.name and item.kind is Kind.REFERENCE)
    for rows in batches(cursor, planned, f"SELECT {column(own)}::VARCHAR", Statement()):
        yield ("\r\n".join([row[0] for row in rows]) + "\r\n").encode()


_Writer = Callable[["DuckDBPyConnection", Plan, Node], Iterator[bytes]]
_WRITERS: dict[str, _Writer] = {
    "CSV": _csv,
    "DBF": dbf.write,
    "SDF": dbf.write_sdf,
    "URN": _keys,
    "XLS": xls.write,
    "XLSX": xlsx.write,
}
FORMATS = tuple(_WRITERS)
"""The supported formats of `Output`; others are refused by name."""
