"""Write rows or a cube to an Excel workbook: one sheet, row by row, so that memory does not grow.

XlsxWriter writes the file. The heading stays visible, dates and numbers have formats, and texts stay texts:
one that begins with `=` is not a formula, and one that looks like a link is not a link.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from .._runtime.exceptions import ApiValueError
from .._runtime.files import replacing
from .extras import need

MOST_ROWS = 1_048_576
"""Rows of a worksheet, including its heading."""
MOST_COLUMNS = 16_384
"""Columns of a worksheet."""

_CHARACTERS = 32_767
"""Characters of a cell; XlsxWriter would silently cut more, or leave the cell empty."""
_EPOCH = dt.date(1900, 3, 1)
"""The first day with the same number in Excel and elsewhere: Excel counts a 29 February 1900."""
_EXACT = 15
"""Digits that a number in Excel can have."""


_SETTINGS = {
    "constant_memory": True,
    "use_zip64": True,  # a sheet may be over 4 GB before compression
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FORMATS = {
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm:ss",
    "count": "#,##0",
    "amount": "#,##0.00",
}
"""The formats of the kinds of columns."""


def write_workbook(
    path: str | Path | BinaryIO, headers: Sequence[str], kinds: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Write a workbook; return how many rows, without the heading.

    Args:
        path: the file; an existing file is replaced when the new one is complete.
        headers: the headings.
        kinds: for each column `date`, `datetime`, `count` (whole numbers with separators), `amount` (two
            digits after the point) or anything else.
        rows: the values; None is an empty cell.

    Raises:
        ValueError: there are more rows, columns or characters than a worksheet holds.
        MissingExtra: XlsxWriter is not installed.
    """
    if len(headers) > MOST_COLUMNS:  # XlsxWriter would silently leave out the others
        raise ApiValueError(f"a worksheet holds {MOST_COLUMNS:,} columns, not {len(headers):,}")
    if (longest := max(map(len, headers), default=0)) > _CHARACTERS:
        raise ApiValueError(
            f"a cell of a worksheet holds {_CHARACTERS:,} characters, and a heading has {longest:,}"
        )
    xlsxwriter = need("xlsxwriter", "excel")
    with replacing(path, seekable=True) as file:
        book = xlsxwriter.Workbook(file, _SETTINGS)
        sheet = book.add_worksheet()
        formats = {kind: book.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for place, header in enumerate(headers):
            sheet.write_string(0, place, header, bold)
            sheet.set_column(place, place, min(max(len(header) + 2, 12), 40))
        styles = [formats.get(kind) for kind in kinds]
        count = 0
        try:
            for row in rows:
                count += 1
                if count >= MOST_ROWS:
                    raise ApiValueError(
                        f"a worksheet holds {MOST_ROWS - 1:,} rows below its heading: use limit=, or write "
                        ".parquet or .csv"
                    )
                for place, value in enumerate(row):
                    if value is not None:
                        _write(sheet, count, place, value, styles[place])
        finally:
            if count:
                sheet.autofilter(0, 0, min(count, MOST_ROWS - 1), len(headers) - 1)
            book.close()
    return count


def _write(sheet: Any, row: int, place: int, value: Any, style: Any) -> None:
    if isinstance(value, dt.date):
        day = value.date() if isinstance(value, dt.datetime) else value
        if day < _EPOCH:
            sheet.write_string(
                row, place, value.isoformat(" ") if isinstance(value, dt.datetime) else str(value)
            )
        else:
            sheet.write_datetime(row, place, value, style)
    elif isinstance(value, (int, float)):
        digits = str(abs(value)) if isinstance(value, int) else ""
        if len(digits) > _EXACT and digits.rstrip("0")[_EXACT:]:  # Excel would round it
            sheet.write_string(row, place, str(value))
        else:
            sheet.write_number(row, place, value, style)
    else:
        _write_text(sheet, row, place, str(value))


def _write_text(sheet: Any, row: int, place: int, text: str) -> None:
    if len(text) > _CHARACTERS:
        raise ApiValueError(
            f"row {row - 1}: a cell of a worksheet holds {_CHARACTERS:,} characters, "
            f"and a text has {len(text):,}"
        )
    sheet.write_string(row, place, text)
