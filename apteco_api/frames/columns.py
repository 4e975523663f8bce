"""From the texts of an export to typed columns, in plain Python and in Arrow.

The server answers rows as tab-separated texts; what a text means follows from the kind of the variable:

| kind | text | value | missing |
|---|---|---|---|
| selector | description | category | `Unclassified` stays a category |
| date | `27-11-2019` | day | None |
| datetime | `27-11-2019 15:57:24` | moment with no zone | None |
| numeric | `25`, `1392.35` | int if every text of the column is whole, else float | None |
| text, reference, several codes | as it is | str | empty text |

Pure. Nothing is imported that is not installed with the client; Arrow is used where the caller asks for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any, NamedTuple

from .._runtime.exceptions import OpenApiException
from ..query.catalogue import Facts, Kind
from .extras import need

UNCLASSIFIED = "Unclassified"
MISSING = frozenset(("", UNCLASSIFIED))
"""Texts that stand for no value."""
_INT_DIGITS = 18  # so many always fit into 64 bits

Cell = str | int | float | dt.date | None
"""One value of a column."""


class ExportColumn(NamedTuple):
    """One column of an export: its heading and the variable that fills it."""

    header: str
    facts: Facts

    @property
    def kind(self) -> Kind:
        """What the variable holds."""
        return self.facts.kind


class BadCell(OpenApiException, ValueError):
    """A text that does not fit its column; the message names the column, the row and the text.

    Args:
        row: the row, from 0.
        column: the column's heading; empty if the row as a whole is at fault.
        problem: what is wrong with it.
    """

    def __init__(self, row: int, column: str, problem: str) -> None:
        super().__init__(row, column, problem)
        self.row = row
        """The row, from 0."""
        self.column = column
        """The column's heading; empty if the row as a whole is at fault."""
        self.problem = problem
        """What is wrong with it."""

    def further_down(self, rows: int) -> BadCell:
        """The same for rows that others stand before."""
        return BadCell(self.row + rows, self.column, self.problem)

    def __str__(self) -> str:
        where = f"column {self.column!r}, row {self.row}:" if self.column else f"row {self.row}"
        return f"{where} {self.problem}"


def split_rows(rows: Sequence[str], width: int) -> list[list[str]]:
    """Tab-separated rows, turned into columns. Raises `BadCell` if a row has more or fewer values."""
    if not rows:
        return [[] for _ in range(width)]
    if set(map(str.count, rows, repeat("\t"))) != {width - 1}:
        for number, row in enumerate(rows):
            found = row.count("\t") + 1
            if found != width:
                raise BadCell(number, "", f"has {found} values for {width} columns")
    cells = "\t".join(rows).split("\t")
    return [cells[place::width] for place in range(width)]


def values(column: ExportColumn, texts: Sequence[str], whole: bool | None = None) -> list[Cell]:
    """The typed values of one column.

    Args:
        column: heading and kind.
        texts: as the server sent them.
        whole: for numbers, whether they are whole; None finds out from the texts.

    Raises:
        BadCell: a text that is no number or no date.
    """
    read = _READERS.get(column.kind)
    if column.kind == "numeric":
        read = int if (is_whole(column, texts) if whole is None else whole) else float
    if read is None:
        return list(texts)
    known: dict[str, Cell] = dict.fromkeys(MISSING)  # dates and numbers repeat: each text is read once
    found: list[Cell] = []
    for number, text in enumerate(texts):
        if text not in known:
            try:
                known[text] = read(text)
            except ValueError:
                raise BadCell(number, column.header, f"{text[:40]!r} is no {column.kind}") from None
        found.append(known[text])
    return found


def is_whole(column: ExportColumn, texts: Sequence[str]) -> bool:
    """Whether every number of a column is written with no decimal point and fits into 64 bits. A variable
    that is known to hold fractions is never whole, whatever these texts are.
    """
    return not column.facts.decimals and not any(
        "." in text or "e" in text or "E" in text or len(text) > _INT_DIGITS
        for text in texts
        if text not in MISSING
    )


@lru_cache(maxsize=2**16)  # the days of an export are few, its batches many
def day(text: str) -> dt.date:
    """The day that a text such as `27-11-2019` means. Raises `ValueError` if it is none."""
    if len(text) != 10 or text[2] != "-" or text[5] != "-":
        raise ValueError(text)
    return dt.date(int(text[6:]), int(text[3:5]), int(text[:2]))


def _moment(text: str) -> dt.datetime:
    date, _, time = text.partition(" ")
    return dt.datetime.combine(day(date), dt.time.fromisoformat(time) if time else dt.time())


_READERS: Mapping[str, Callable[[str], Cell]] = {"date": day, "datetime": _moment}


def arrow_type(column: ExportColumn, whole: bool) -> Any:
    """The Arrow type of a column."""
    pa = need("pyarrow", "arrow")
    types: dict[Kind, Any] = {
        "selector": lambda: pa.dictionary(pa.int32(), pa.string()),
        "date": pa.date32,
        "datetime": lambda: pa.timestamp("s"),
        "numeric": pa.int64 if whole else pa.float64,
    }
    return types.get(column.kind, pa.string)()


def arrow_schema(columns: Sequence[ExportColumn], whole: Sequence[bool]) -> Any:
    """The Arrow schema; each field carries the variable's name, table and kind as metadata."""
    pa = need("pyarrow", "arrow")

    return pa.schema(
        [
            pa.field(
                column.header,
                arrow_type(column, is_int),
                metadata={"variable": column.facts.name, "table": column.facts.table, "kind": column.kind},
            )
            for column, is_int in zip(columns, whole, strict=True)
        ]
    )


def arrow_table(
    columns: Sequence[ExportColumn], rows: Sequence[str], whole: Sequence[bool] | None = None
) -> Any:
    """The rows as an Arrow table.

    Arrow's own reader does the work in one pass; rows that it does not take (a line break in a text, a date
    out of its range) go the slow way, which gives the same values or says which cell is wrong.

    Args:
        columns: what the columns are.
        rows: tab-separated rows.
        whole: the columns of numbers that are expected to be whole, and become `double` if they are not; by
            default those of which nothing else is known.
    """
    pa = need("pyarrow", "arrow")

    expected = [*whole] if whole is not None else may_be_whole(columns)
    table = _read_at_once(columns, rows, arrow_schema(columns, expected)) if rows else None
    if table is not None:
        return table
    parts = split_rows(rows, len(columns))
    found = [
        hoped and is_whole(column, texts)
        for column, texts, hoped in zip(columns, parts, expected, strict=True)
    ]
    schema = arrow_schema(columns, found)
    if found != expected:
        table = _read_at_once(columns, rows, schema)
    if table is None:
        arrays = [
            pa.array(values(column, texts, is_int), type=field.type)
            for column, texts, is_int, field in zip(columns, parts, found, schema, strict=True)
        ]
        table = pa.Table.from_arrays(arrays, schema=schema)
    return table


def with_codes(table: Any, columns: Sequence[ExportColumn], codes: Sequence[str]) -> Any:
    """An Arrow table of rows with a column of codes more for each selector.

    Args:
        table: the rows.
        columns: what the columns are.
        codes: the same rows as codes, tab-separated.
    """
    pa = need("pyarrow", "arrow")

    kind = pa.dictionary(pa.int32(), pa.string())
    for column, texts in zip(columns, split_rows(codes, len(columns)), strict=True):
        if column.kind == "selector":
            table = table.append_column(f"{column.header} code", [pa.array(texts, type=kind)])
    return table


def may_be_whole(columns: Sequence[ExportColumn]) -> list[bool]:
    """Which columns hold numbers that are not known to have fractions."""
    return [column.kind == "numeric" and not column.facts.decimals for column in columns]


def _read_at_once(columns: Sequence[ExportColumn], rows: Sequence[str], schema: Any) -> Any:
    pa, csv = need("pyarrow", "arrow"), need("pyarrow.csv", "arrow")

    names = [str(number) for number in range(len(columns))]  # headings may repeat, positions can't
    category = pa.dictionary(pa.int32(), pa.string())
    wanted = {
        name: category if column.kind in _READERS else field.type
        for name, column, field in zip(names, columns, schema, strict=True)
    }
    try:
        table = csv.read_csv(
            pa.BufferReader("\n".join(rows).encode()),
            read_options=csv.ReadOptions(column_names=names, use_threads=False),
            parse_options=csv.ParseOptions(delimiter="\t", quote_char=False, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=wanted,
                null_values=sorted(MISSING),
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowInvalid, UnicodeEncodeError):
        return None
    if table.num_rows != len(rows):
        return None
    try:
        arrays = [
            _dates(column, data, field.type) if column.kind in _READERS else data
            for column, data, field in zip(columns, table.columns, schema, strict=True)
        ]
    except BadCell:  # the slow way knows the row
        return None
    return pa.Table.from_arrays(arrays, schema=schema)


def _dates(column: ExportColumn, data: Any, kind: Any) -> Any:
    """Dates from a dictionary of texts: each text is read once. Arrow's own parser takes 31 February for 3
    March.
    """
    pa = need("pyarrow", "arrow")

    parts: list[Any] = []
    for chunk in data.chunks:
        read = pa.array(values(column, chunk.dictionary.to_pylist()), type=kind)
        parts.append(read.take(chunk.indices))
    return pa.chunked_array(parts, type=kind)
