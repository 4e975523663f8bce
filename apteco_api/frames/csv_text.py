"""Convert the texts of an export to lines of CSV (RFC 4180), many rows at once and without a library.

Values stay as the server wrote them, so a number keeps its digits. Dates are converted to ISO form, and
missing values are empty. A text that does not fit its column is an error, as it is for a frame.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from ..query.catalogue import Kind
from .columns import MISSING, BadCell, ExportColumn, day, split_rows, values

_PLAIN_NUMBERS = re.compile(r"(?:(?:-?[0-9]++(?:\.[0-9]++)?+)?+(?:\t|\Z))*+")  # or empty texts
_SLICE = 2_000  # rows at once, so that they fit into a processor's cache
_SPECIAL = (",", '"', "\n", "\r")


def csv_line(cells: Sequence[str]) -> str:
    """Return one line, including the line break."""
    return _lines([quoted([cell]) for cell in cells])


def csv_texts(rows: Sequence[str], columns: Sequence[ExportColumn]) -> str:
    """Return tab-separated rows of descriptions as lines of CSV. Raises `BadCell` for a wrong text."""
    rows = list(rows)
    ways = [_WAYS.get(column.kind, _as_text) for column in columns]

    def lines(start: int) -> str:
        parts = split_rows(rows[start : start + _SLICE], len(columns))
        return _lines([way(*pair) for way, pair in zip(ways, zip(columns, parts, strict=True), strict=True)])

    return _in_slices(lines, len(rows))


def csv_codes(rows: Sequence[str], width: int) -> str:
    """Return tab-separated rows of codes as lines of CSV, with every value as the server sent it."""
    rows = list(rows)

    def lines(start: int) -> str:
        return _lines([quoted(texts) for texts in split_rows(rows[start : start + _SLICE], width)])

    return _in_slices(lines, len(rows))


def _in_slices(lines: Callable[[int], str], count: int) -> str:
    found: list[str] = []
    for start in range(0, count, _SLICE):
        try:
            found.append(lines(start))
        except BadCell as bad:
            raise bad.further_down(start) from None
    return "".join(found)


def quoted(texts: Sequence[str]) -> Sequence[str]:
    """Return the texts; put quotes around those with a comma, a quote or a line break."""
    every = "\t".join(texts)
    if not any(mark in every for mark in _SPECIAL):  # seldom
        return texts
    return [
        '"' + text.replace('"', '""') + '"' if any(mark in text for mark in _SPECIAL) else text
        for text in texts
    ]


def _lines(parts: Sequence[Sequence[str]]) -> str:
    if len(parts) == 1:  # most readers skip an empty line
        return "".join([(text or '""') + "\n" for text in parts[0]])
    lines = "\n".join(map(",".join, zip(*parts, strict=True)))
    return f"{lines}\n" if lines else ""


def _as_text(column: ExportColumn, texts: Sequence[str]) -> Sequence[str]:
    return quoted(texts)


def _as_number(column: ExportColumn, texts: Sequence[str]) -> Sequence[str]:
    if _PLAIN_NUMBERS.fullmatch("\t".join(texts)):  # nearly always
        return texts
    values(column, texts, whole=False)  # raises if one is not a number
    return ["" if text in MISSING else text.strip(" ") for text in texts]


def _as_day(column: ExportColumn, texts: Sequence[str]) -> Sequence[str]:
    try:
        return list(map(_iso_day, texts))
    except ValueError:
        values(column, texts)  # raises an error with the row
        raise


@lru_cache(maxsize=2**16)
def _iso_day(text: str) -> str:
    return "" if text in MISSING else str(day(text))


def _as_moment(column: ExportColumn, texts: Sequence[str]) -> Sequence[str]:
    return ["" if value is None else str(value) for value in values(column, texts)]


_WAYS: Mapping[Kind, Callable[[ExportColumn, Sequence[str]], Sequence[str]]] = {
    "numeric": _as_number,
    "date": _as_day,
    "datetime": _as_moment,
}
