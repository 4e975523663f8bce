"""Excel workbooks (Office Open XML) with one sheet."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from .errors import WRONG_VALUE
from .exports import Plan, batches
from .node import Node
from .sql import Statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ROWS_OF_A_SHEET = 1_048_576
_FORBIDDEN = {number: None for number in range(32) if number not in (9, 10)}


def write(cursor: DuckDBPyConnection, planned: Plan, node: Node) -> Iterator[bytes]:
    """Yield the workbook of an export: a row of headers, then a row for each record; numbers are numbers."""
    statement = Statement()
    select = "SELECT " + ", ".join(item.shown(statement) for item in planned.columns)
    numeric = [item.numeric for item in planned.columns]
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
