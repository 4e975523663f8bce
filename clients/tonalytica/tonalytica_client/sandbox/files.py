"""A result as a file: csv, tsv, xlsx or json."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import Any
from xml.sax.saxutils import escape

from .store import Doc

TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=UTF-8",
    "tsv": "text/tab-separated-values; charset=UTF-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def render(result: Doc, filetype: str) -> bytes:
    """Return the bytes of a stored result in one of ``TYPES``."""
    if filetype == "json":
        return json.dumps({"query_result": result}).encode()
    names = [column["name"] for column in result["data"]["columns"]]
    rows = [[row.get(name) for name in names] for row in result["data"]["rows"]]
    if filetype == "xlsx":
        return _workbook([names, *rows])
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t" if filetype == "tsv" else ",")
    writer.writerows([names, *rows])
    return text.getvalue().encode()


_NAMESPACE = "http://schemas.openxmlformats.org"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_NAMESPACE}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_NAMESPACE}/package/2006/relationships"><Relationship Id="rId1" '
    f'Type="{_NAMESPACE}/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_NAMESPACE}/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_NAMESPACE}/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_NAMESPACE}/spreadsheetml/2006/main" '
    f'xmlns:r="{_NAMESPACE}/officeDocument/2006/relationships"><sheets>'
    '<sheet name="result" sheetId="1" r:id="rId1"/></sheets></workbook>',
}


def _workbook(rows: list[list[Any]]) -> bytes:
    """Return the smallest workbook that spreadsheet programs open: one sheet, texts inline."""
    lines = "".join(f"<row>{''.join(_cell(value) for value in row)}</row>" for row in rows)
    sheet = (
        f'<worksheet xmlns="{_NAMESPACE}/spreadsheetml/2006/main"><sheetData>{lines}</sheetData></worksheet>'
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in {**_PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            book.writestr(name, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + text)
    return packed.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
