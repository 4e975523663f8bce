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
from typing import Any, NamedTuple

from .catalogue import Facts, Kind
from .extras import need

UNCLASSIFIED = "Unclassified"
_MISSING = frozenset(("", UNCLASSIFIED))

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


class BadCell(ValueError):
    """A text that does not fit its column; the message names the column, the row and the text."""


def split_rows(rows: Sequence[str], width: int) -> list[tuple[str, ...]]:
    """Tab-separated rows, turned into columns. Raises `BadCell` if a row has more or fewer values."""
    for number, row in enumerate(rows):
        found = row.count("\t") + 1
        if found != width:
            raise BadCell(f"row {number} has {found} values for {width} columns")
    return list(zip(*(row.split("\t") for row in rows), strict=True)) if rows else [()] * width


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
    known: dict[str, Cell] = dict.fromkeys(_MISSING)  # dates and numbers repeat: each text is read once
    found: list[Cell] = []
    for number, text in enumerate(texts):
        if text not in known:
            try:
                known[text] = read(text)
            except ValueError:
                raise BadCell(
                    f"column {column.header!r}, row {number}: {text[:40]!r} is no {column.kind}"
                ) from None
        found.append(known[text])
    return found


def is_whole(column: ExportColumn, texts: Sequence[str]) -> bool:
    """Whether every number of a column is written with no decimal point. Amounts of money never count as
    whole.
    """
    return not column.facts.decimals and not any("." in text or "e" in text or "E" in text for text in texts)


def _day(text: str) -> dt.date:
    if len(text) != 10 or text[2] != "-" or text[5] != "-":
        raise ValueError(text)
    return dt.date(int(text[6:]), int(text[3:5]), int(text[:2]))


def _moment(text: str) -> dt.datetime:
    day, _, time = text.partition(" ")
    return dt.datetime.combine(_day(day), dt.time.fromisoformat(time) if time else dt.time())


_READERS: Mapping[str, Callable[[str], Cell]] = {"date": _day, "datetime": _moment}


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
    """
    pa = need("pyarrow", "arrow")

    if whole is None:
        parts = split_rows(rows, len(columns))
        whole = [
            column.kind == "numeric" and is_whole(column, texts)
            for column, texts in zip(columns, parts, strict=True)
        ]
    schema = arrow_schema(columns, whole)
    table = _read_at_once(columns, rows, schema) if rows else None
    if table is None:
        parts = split_rows(rows, len(columns))
        arrays = [
            pa.array(values(column, texts, is_int), type=field.type)
            for column, texts, is_int, field in zip(columns, parts, whole, schema, strict=True)
        ]
        table = pa.Table.from_arrays(arrays, schema=schema)
    return table


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
                null_values=sorted(_MISSING),
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
