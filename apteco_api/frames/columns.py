"""Convert the texts of an export to typed columns, in plain Python and in Arrow.

The server sends rows as tab-separated texts. The kind of the variable determines what a text means:

| kind | text | value | missing |
|---|---|---|---|
| selector | description | category | `Unclassified` stays a category |
| date | `27-11-2019` | day | None |
| datetime | `27-11-2019 15:57:24` | datetime without a zone; a fraction of a second is kept | None |
| numeric | `25`, `1392.35` | int if every text of the column is whole, else float | None |
| text, reference, several codes | as it is | str | empty text |

Pure. Only packages that are installed with the client are imported, and Arrow where the caller asks for it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any, NamedTuple

from .._runtime.exceptions import ApiValueError, OpenApiException
from ..query.catalogue import Facts, Kind
from .extras import need
from .texts import Block

UNCLASSIFIED = "Unclassified"
MISSING = frozenset(("", UNCLASSIFIED))
"""Texts that mean a missing value."""
_INT_MOST = 2**63 - 1
_INT_DIGITS = 18  # numbers of so many digits always fit into 64 bits
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")

Cell = str | int | float | dt.date | None
"""One value of a column."""


class ExportColumn(NamedTuple):
    """One column of an export: its heading and the variable that fills it."""

    header: str
    facts: Facts
    categories: Sequence[str] = ()
    """For a selector, the descriptions of all its codes in code order; empty if they are not known."""

    @property
    def kind(self) -> Kind:
        """The kind of the variable."""
        return self.facts.kind


class BadCell(OpenApiException, ValueError):
    """A text does not fit its column; the message has the column, the row and the text.

    Args:
        row: the row, from 0.
        column: the column's heading; empty if the whole row is wrong.
        problem: what is wrong.
    """

    def __init__(self, row: int, column: str, problem: str) -> None:
        super().__init__(row, column, problem)
        self.row = row
        """The row, from 0."""
        self.column = column
        """The column's heading; empty if the whole row is wrong."""
        self.problem = problem
        """What is wrong."""

    def further_down(self, rows: int) -> BadCell:
        """Return this error with its row number shifted by `rows`."""
        return BadCell(self.row + rows, self.column, self.problem)

    def __str__(self) -> str:
        where = f"column {self.column!r}, row {self.row}:" if self.column else f"row {self.row}"
        return f"{where} {self.problem}"


def split_rows(rows: Sequence[str], width: int) -> list[list[str]]:
    """Return tab-separated rows as columns. Raises `BadCell` if a row has more or fewer values."""
    if not rows:
        return [[] for _ in range(width)]
    rows = list(rows) if isinstance(rows, Block) else rows  # split once
    if set(map(str.count, rows, repeat("\t"))) != {width - 1}:
        for number, row in enumerate(rows):
            found = row.count("\t") + 1
            if found != width:
                raise BadCell(number, "", f"has {found} values for {width} columns")
    cells = "\t".join(rows).split("\t")
    return [cells[place::width] for place in range(width)]


def values(column: ExportColumn, texts: Sequence[str], whole: bool | None = None) -> list[Cell]:
    """Return the typed values of one column.

    Args:
        column: heading and kind.
        texts: the texts from the server.
        whole: for numbers, whether they are whole; None determines it from the texts.

    Raises:
        BadCell: a text is not a number or not a date.
    """
    read = _READERS.get(column.kind)
    if column.kind == "numeric":
        read = _whole if (is_whole(column, texts) if whole is None else whole) else _number
    if read is None:
        return list(texts)
    known: dict[str, Cell] = dict.fromkeys(MISSING)  # dates and numbers repeat, so each text is parsed once
    found: list[Cell] = []
    for number, text in enumerate(texts):
        if text not in known:
            try:
                known[text] = read(text)
            except ValueError:
                raise BadCell(
                    number, column.header, f"{text[:40]!r} is not a {_NOUNS.get(column.kind, column.kind)}"
                ) from None
        found.append(known[text])
    return found


def is_whole(column: ExportColumn, texts: Sequence[str]) -> bool:
    """Return whether every number of a column has no decimal point and fits into 64 bits.

    For a `datetime` column, return whether every time is at a whole second. A variable that is known to have
    fractions is never whole, even if these texts are.
    """
    if column.kind == "datetime":
        return not any("." in text or "," in text for text in texts)
    return not column.facts.decimals and not any(
        "." in text or "e" in text or "E" in text or (len(text) > _INT_DIGITS and not _fits(text))
        for text in texts
        if text not in MISSING
    )


def _fits(text: str) -> bool:
    return (
        len(text) < 1_000 and _NUMBER.fullmatch(text.strip(" ")) is not None and abs(int(text)) <= _INT_MOST
    )


def _whole(text: str) -> int:
    return int(_plain(text))


def _number(text: str) -> float:
    return float(_plain(text))


def _plain(text: str) -> str:
    """Return a number's text without blanks around it.

    Raise `ValueError` for numbers that only computers write: `nan`, `0x10`, `1_000`.
    """
    plain = text.strip(" ")
    if _NUMBER.fullmatch(plain) is None:
        raise ApiValueError(text)
    return plain


@lru_cache(maxsize=2**16)  # an export has few different days, but many batches
def day(text: str) -> dt.date:
    """Return the day of a text such as `27-11-2019`. Raises `ValueError` for another text."""
    if len(text) != 10 or text[2] != "-" or text[5] != "-":
        raise ApiValueError(text)
    return dt.date(int(text[6:]), int(text[3:5]), int(text[:2]))


def _moment(text: str) -> dt.datetime:
    date, _, time = text.partition(" ")
    found = dt.time.fromisoformat(time) if time else dt.time()
    if found.tzinfo is not None:  # the data have no time zones, so refuse one
        raise ApiValueError(text)
    return dt.datetime.combine(day(date), found)


_READERS: Mapping[str, Callable[[str], Cell]] = {"date": day, "datetime": _moment}
_NOUNS: Mapping[str, str] = {"numeric": "number", "datetime": "date with a time"}


def arrow_type(column: ExportColumn, whole: bool) -> Any:
    """Return the Arrow type of a column."""
    pa = need("pyarrow", "arrow")
    types: dict[Kind, Any] = {
        "selector": lambda: pa.dictionary(pa.int32(), pa.string()),
        "date": pa.date32,
        "datetime": lambda: pa.timestamp("s" if whole else "us"),
        "numeric": pa.int64 if whole else pa.float64,
    }
    return types.get(column.kind, pa.string)()


def arrow_schema(columns: Sequence[ExportColumn], whole: Sequence[bool]) -> Any:
    """Return the Arrow schema. The metadata of each field has the variable's name, table and kind."""
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
    """Return the rows as an Arrow table.

    Arrow's reader converts all rows at once. If it refuses rows (a line break in a text, a date out of its
    range), Python code converts them: it gives the same values, or says which cell is wrong.

    Args:
        columns: the columns.
        rows: tab-separated rows.
        whole: for each column, whether its numbers are expected to be whole; a column that is not becomes
            `double`. By default, all columns without known fractions.
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


def arrow_blocks(
    columns: Sequence[ExportColumn], blocks: Iterable[Sequence[str]], whole: Sequence[bool] | None = None
) -> Iterator[Any]:
    """Yield an Arrow table for each block of rows.

    A column of numbers is `int64` before the first block with a fraction, and `double` from this block on. In
    the same way, times are `timestamp[s]`, and then `timestamp[us]`.

    Raises:
        BadCell: a text does not fit its column; the row is counted from the first block.
    """
    expected = may_be_whole(columns) if whole is None else [*whole]
    before = 0
    for rows in blocks:
        try:
            table = arrow_table(columns, rows, expected)
        except BadCell as bad:
            raise bad.further_down(before) from None
        before += len(rows)
        expected = [hoped and found for hoped, found in zip(expected, still_whole(table.schema), strict=True)]
        yield table


def code_header(column: ExportColumn, columns: Sequence[ExportColumn]) -> str:
    """Return a unique heading for a selector's column of codes."""
    taken = [each.header for each in columns]
    header = f"{column.header} code"
    while header in taken:
        header = f"{header} ({column.facts.name})"
    return header


def with_codes(table: Any, columns: Sequence[ExportColumn], codes: Sequence[str]) -> Any:
    """Return an Arrow table of rows with an added column of codes for each selector.

    Args:
        table: the rows.
        columns: the columns.
        codes: the same rows as codes, tab-separated.
    """
    pa = need("pyarrow", "arrow")

    kind = pa.dictionary(pa.int32(), pa.string())
    for column, texts in zip(columns, split_rows(codes, len(columns)), strict=True):
        if column.kind == "selector":
            table = table.append_column(code_header(column, columns), [pa.array(texts, type=kind)])
    return table


def may_be_whole(columns: Sequence[ExportColumn]) -> list[bool]:
    """Return which columns have numbers or times that are not known to have fractions."""
    return [
        column.kind == "datetime" or (column.kind == "numeric" and not column.facts.decimals)
        for column in columns
    ]


def still_whole(schema: Any) -> list[bool]:
    """Return which columns of an Arrow schema have whole numbers, or times at whole seconds."""
    return [kind in ("int64", "timestamp[s]") for kind in map(str, schema.types)]


def _read_at_once(columns: Sequence[ExportColumn], rows: Sequence[str], schema: Any) -> Any:
    pa, csv = need("pyarrow", "arrow"), need("pyarrow.csv", "arrow")

    raw: bytes | None = rows.raw if isinstance(rows, Block) else None
    if raw is None:
        raw = "\n".join(rows).encode("utf-8", "surrogatepass")
    if raw.count(b"\n") != len(rows) - 1:  # a row with a line feed in it
        return None
    if b"\r" in raw or raw.startswith(b"\xef\xbb\xbf"):  # a line break or BOM to the reader
        return None
    names = [str(number) for number in range(len(columns))]  # headings may repeat, positions can't
    category = pa.dictionary(pa.int32(), pa.string())
    wanted = {
        # read whole numbers as text first, as the reader takes 0x10 for 16
        name: category if column.kind in _READERS else pa.string() if field.type == "int64" else field.type
        for name, column, field in zip(names, columns, schema, strict=True)
    }
    try:
        table = csv.read_csv(
            pa.BufferReader(raw),
            read_options=csv.ReadOptions(column_names=names, use_threads=False),
            parse_options=csv.ParseOptions(delimiter="\t", quote_char=False, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=wanted,
                null_values=sorted(MISSING),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != len(rows):
        return None
    try:
        arrays = [
            _dates(column, data, field.type)
            if column.kind in _READERS
            else _numbers(data, field.type)
            if column.kind == "numeric"
            else data
            for column, data, field in zip(columns, table.columns, schema, strict=True)
        ]
    except (BadCell, pa.ArrowInvalid):  # the Python code names the row, or finds a wider type
        return None
    return pa.Table.from_arrays(arrays, schema=schema)


def _numbers(data: Any, kind: Any) -> Any:
    """Return a column of numbers. Raise `ArrowInvalid` for numbers that only computers write."""
    pa, pc = need("pyarrow", "arrow"), need("pyarrow.compute", "arrow")

    if kind == "int64":
        texts = pc.if_else(pc.is_in(data, pa.array(sorted(MISSING))), None, data)
        if pc.any(pc.match_substring(texts, "x", ignore_case=True)).as_py():
            raise pa.ArrowInvalid("0x10")
        return pc.utf8_trim(texts, " ").cast(kind)
    if pc.all(pc.is_finite(data)).as_py() is False:
        raise pa.ArrowInvalid("nan")
    return data


def _dates(column: ExportColumn, data: Any, kind: Any) -> Any:
    """Return the dates of a dictionary of texts, and parse each text once.

    Arrow's parser is not used, as it takes 31 February for 3 March.
    """
    pa = need("pyarrow", "arrow")

    parts: list[Any] = []
    for chunk in data.chunks:
        found = values(column, chunk.dictionary.to_pylist())
        if kind == pa.timestamp("s") and any(getattr(value, "microsecond", 0) for value in found):
            raise pa.ArrowInvalid("a fraction of a second")
        read = pa.array(found, type=kind)
        parts.append(read.take(chunk.indices))
    return pa.chunked_array(parts, type=kind)
