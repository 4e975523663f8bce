"""Export files: CSV, keys only, and Excel workbooks."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from ..holidays import VARIABLES, Kind
from . import fields
from .errors import WRONG_VALUE
from .exports import Column, Plan, batches, plan
from .node import Node
from .sql import Files, Statement, column

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FORMATS = ("CSV", "URN", "XLSX")
"""The formats that `Output` may ask for here; the others are refused by name."""

_ALL_FORMATS = ("CSV", "SDF", "XLS", "XLSX", "MDB", "DBF", "URN", "NATIVEDUMP")
_ROWS_OF_A_SHEET = 1_048_576
_FORBIDDEN = {number: None for number in range(32) if number not in (9, 10)}


def export_file(
    cursor: DuckDBPyConnection,
    export: dict[str, Any],
    *,
    files: Files | None = None,
    now: datetime | None = None,
) -> Iterator[bytes]:
    """The file of an Export, piece by piece, in the format that its `output` names (CSV without one).

    CSV has a line of column headers, lines that end with CR LF, and UTF-8 text; `delimiter` is a comma and
    `alphaEncloser` a double quote unless `output` says otherwise, numbers stand in `numericEncloser`
    (nothing by default). URN is the keys of the exported table, one a line. XLSX has one sheet. A column
    shows descriptions, or codes where its `detail` says so. All records are written.

    Raises:
        QueryError: the export is malformed or uses something that is not supported.
    """
    node = Node(export, "export")
    output = node.part("output") or Node({}, "output", node)
    form = output.choice("format", _ALL_FORMATS, "CSV")
    if form not in FORMATS:
        output.unsupported(f"output.format {form}")
    output.refuse("authorisationCode", "exportExtraName")
    planned = plan(export, files=files, now=now)
    if form == "URN":
        return _keys(cursor, planned)
    if form == "XLSX":
        return _workbook(cursor, planned, node)
    delimiter = output.text("delimiter") or ","
    alpha, numeric = output.text("alphaEncloser"), output.text("numericEncloser") or ""
    marks = (delimiter, '"' if alpha is None else alpha, numeric)
    if any(len(mark) > 1 or mark in ("\r", "\n") for mark in marks):
        output.fail(WRONG_VALUE, "delimiter, alphaEncloser and numericEncloser are single characters")
    return _csv(cursor, planned, *marks)


def _shown(statement: Statement, column: Column) -> str:
    if column.coded:
        return fields.code(statement, column.variable, empty=column.empty)
    return fields.description(statement, column.variable, "" if column.empty else "Unclassified")


def _csv(
    cursor: DuckDBPyConnection, planned: Plan, delimiter: str, alpha: str, numeric: str
) -> Iterator[bytes]:
    titles = [_enclosed(column.header, alpha) for column in planned.columns]
    yield (delimiter.join(titles) + "\r\n").encode()
    statement = Statement()
    between = statement.bind(delimiter, "VARCHAR")
    parts: list[str] = []
    for item in planned.columns:
        mark = numeric if item.variable.kind is Kind.NUMERIC else alpha
        text = _shown(statement, item)
        if mark:
            bound, double = statement.bind(mark, "VARCHAR"), statement.bind(mark * 2, "VARCHAR")
            text = f"{bound} || replace({text}, {bound}, {double}) || {bound}"
        parts.append(text)
    select = f"SELECT concat_ws({between}, {', '.join(parts)})"
    for rows in batches(cursor, planned, select, statement):
        yield ("\r\n".join([row[0] for row in rows]) + "\r\n").encode()


def _enclosed(text: str, mark: str) -> str:
    return f"{mark}{text.replace(mark, mark * 2)}{mark}" if mark else text


def _keys(cursor: DuckDBPyConnection, planned: Plan) -> Iterator[bytes]:
    own = next(item for item in VARIABLES if item.table == planned.table.name and item.kind is Kind.REFERENCE)
    for rows in batches(cursor, planned, f"SELECT {column(own)}::VARCHAR", Statement()):
        yield ("\r\n".join([row[0] for row in rows]) + "\r\n").encode()


def _workbook(cursor: DuckDBPyConnection, planned: Plan, node: Node) -> Iterator[bytes]:
    statement = Statement()
    select = "SELECT " + ", ".join(_shown(statement, item) for item in planned.columns)
    numeric = [item.variable.kind is Kind.NUMERIC for item in planned.columns]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _PARTS.items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(_SHEET_START.encode())
            titles = [item.header for item in planned.columns]
            sheet.write(_line(titles, [False] * len(titles)).encode())
            written = 1
            for rows in batches(cursor, planned, select, statement):
                written += len(rows)
                if written > _ROWS_OF_A_SHEET:
                    node.fail(WRONG_VALUE, f"a sheet holds {_ROWS_OF_A_SHEET} rows at most")
                sheet.write("".join([_line(row, numeric) for row in rows]).encode())
            sheet.write(b"</sheetData></worksheet>")
    yield file.getvalue()


def _line(values: Sequence[str], numeric: list[bool]) -> str:
    cells: list[str] = []
    for value, number in zip(values, numeric, strict=True):
        if number:
            cells.append(f"<c><v>{value}</v></c>" if value else "<c/>")
        else:
            text = escape(value.translate(_FORBIDDEN))
            cells.append(f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>')
    return f"<row>{''.join(cells)}</row>"


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET_START = f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'
_PARTS = {
    "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="Export" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
