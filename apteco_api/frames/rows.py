"""The rows of an export, ready for pandas, Polars, Arrow, Parquet or CSV.

    rows = session.export("Bookings", ["boURN", "boDest", "boCost", "boDate"])
    rows.to_pandas()

Each library is imported when its method is called; `to_csv`, iteration and `records` need none of them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast, overload

from .._runtime.files import replacing, replacing_text
from ..query.catalogue import unknown
from .columns import (
    BadCell,
    Cell,
    ExportColumn,
    arrow_blocks,
    arrow_table,
    code_header,
    split_rows,
    values,
    with_codes,
)
from .csv_text import csv_codes, csv_line, csv_texts
from .extras import need
from .parquet_file import repeating_columns
from .texts import blocks_of

if TYPE_CHECKING:
    import pandas
    import polars
    from matplotlib.axes import Axes


class Rows:
    """The rows of an export, in the server's order: a sequence of tuples of typed values; `rows["Cost"]` is a
    column.

    Deliberately not a `collections.abc.Sequence`: Polars would then read it value by value, and not by the
    Arrow protocol, which this class supports.

    Args:
        columns: the columns.
        descriptions: tab-separated rows with readable texts.
        codes: the same rows with codes.
    """

    def __init__(
        self, columns: Sequence[ExportColumn], descriptions: Sequence[str], codes: Sequence[str]
    ) -> None:
        self.columns = tuple(columns)
        """The columns."""
        self._descriptions = descriptions
        self._codes = codes
        self._typed: list[list[Cell]] | None = None

    @property
    def headers(self) -> list[str]:
        """The headings of the columns."""
        return [column.header for column in self.columns]

    def column(self, header: str) -> list[Cell]:
        """Return the typed values of a column, by its heading. Raises `UnknownName` for another heading."""
        return self._values()[self._place(header)]

    def codes(self, header: str) -> dict[str, str]:
        """Return the codes that occur in a column, each with its description, in code order."""
        place = self._place(header)
        texts = (text.split("\t")[place] for text in self._descriptions)
        return dict(sorted(dict(zip(self.codes_of(header), texts, strict=True)).items()))

    def codes_of(self, header: str) -> list[str]:
        """Return the codes of a column, one for each row."""
        place = self._place(header)
        return [code.split("\t")[place] for code in self._codes]

    def _place(self, header: str) -> int:
        if header not in self.headers:
            raise unknown("column", header, self.headers)
        return self.headers.index(header)

    def records(self) -> Iterator[dict[str, Cell]]:
        """Return the rows as dictionaries of heading and value."""
        for row in self:
            yield dict(zip(self.headers, row, strict=True))

    def to_csv(self, path: str | Path | TextIO, *, codes: bool = False) -> None:
        """Write CSV (RFC 4180, UTF-8): dates in ISO form, numbers with the digits that the server sent,
        missing values empty.

        Args:
            path: a file's path, or a file that is open for writing text.
            codes: write codes in place of descriptions.

        Raises:
            BadCell: a text does not fit its column.
        """
        with opened(path) as file:
            file.write(csv_line(self.headers) + self.csv_rows(codes=codes))

    def csv_rows(self, *, codes: bool = False) -> str:
        """Return the rows as CSV without a heading, for files of several batches."""
        if codes:
            return "".join(csv_codes(block, len(self.columns)) for block in blocks_of(self._codes))
        found: list[str] = []
        before = 0
        for block in blocks_of(self._descriptions):
            try:
                found.append(csv_texts(block, self.columns))
            except BadCell as bad:
                raise bad.further_down(before) from None
            before += len(block)
        return "".join(found)

    @property
    def descriptions(self) -> Sequence[str]:
        """The rows as the server sent them, tab-separated, with readable texts."""
        return self._descriptions

    def to_arrow(self, *, codes: bool = False) -> Any:
        """Return an Arrow table: dictionaries for selectors, `date32`, `timestamp`, `int64` or `double` with
        nulls.

        Args:
            codes: add a column of codes, named `<heading> code`, for each selector.
        """
        pa = need("pyarrow", "arrow")

        tables = list(arrow_blocks(self.columns, blocks_of(self._descriptions)))
        if not tables:
            tables = [arrow_table(self.columns, [])]
        kind = tables[-1].schema  # the last one has the widest types
        table = pa.concat_tables([each.cast(kind) for each in tables])
        return with_codes(table, self.columns, self._codes) if codes else table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Pass the rows to a library that uses Arrow's PyCapsule protocol, such as Polars or DuckDB."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def to_parquet(self, path: str | Path | BinaryIO, *, codes: bool = False) -> None:
        """Write a Parquet file; see `to_arrow` for the types."""
        parquet = need("pyarrow.parquet", "arrow")
        table = self.to_arrow(codes=codes)
        with replacing(path) as file:
            parquet.write_table(table, file, use_dictionary=repeating_columns(table.schema))

    def plot(
        self,
        x: str | None = None,
        y: str | None = None,
        *,
        path: str | Path | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw how often the values of a column occur, or one column against another (extra `plot`).

        Args:
            x: the heading of the column on the horizontal axis; by default the first.
            y: the heading of the column on the vertical axis; None shows the number of rows.
            path: a file to save the picture in, too.
            ax: the Matplotlib axes to draw into; by default new ones.

        Returns:
            The axes, for further changes.

        Raises:
            UnknownName: a column does not exist.
        """
        from .plot import plot_rows

        return plot_rows(self, self.headers[0] if x is None else x, y, path, ax)

    def to_excel(self, path: str | Path | BinaryIO, *, codes: bool = False) -> int:
        """Write an Excel workbook (extra `excel`); return how many rows. The heading stays visible, dates and
        numbers have formats, a missing value is an empty cell.

        Args:
            path: the file; an existing file is replaced when the new one is complete.
            codes: add a column of codes, named `<heading> code`, for each selector.

        Raises:
            ValueError: there are more rows than a worksheet can hold, which is 1,048,575.
        """
        from .excel import write_workbook

        headers, kinds = excel_columns(self.columns, codes)
        return write_workbook(path, headers, kinds, self.excel_rows(codes))

    def excel_rows(self, codes: bool) -> Iterator[Sequence[Any]]:
        """Yield the cells of a workbook, row by row."""
        coded = [place for place, each in enumerate(self.columns) if each.kind == "selector"] if codes else []
        before = 0
        for texts, row_codes in zip(blocks_of(self._descriptions), blocks_of(self._codes), strict=True):
            try:
                parts = split_rows(texts, len(self.columns))
                cells = [values(column, part) for column, part in zip(self.columns, parts, strict=True)]
            except BadCell as bad:
                raise bad.further_down(before) from None
            before += len(texts)
            if coded:
                parts = split_rows(row_codes, len(self.columns))
                cells += [list[Cell](parts[place]) for place in coded]
            yield from zip(*cells, strict=True)

    def to_pandas(self, *, codes: bool = False) -> pandas.DataFrame:
        """Return a pandas frame: categories in code order, `datetime64[s]`, nullable `Int64` and `Float64`,
        strings.

        The categories of a selector are all its codes, so that frames of several exports can be combined.

        Args:
            codes: add a categorical column of codes, named `<heading> code`, beside each selector.
        """
        from .pandas_frame import pandas_frame

        return pandas_frame(self, codes)

    def to_polars(self, *, codes: bool = False) -> polars.DataFrame:
        """Return a Polars frame: `Enum` for selectors in code order, `Date`, `Datetime`, `Int64` or
        `Float64`, `String`.

        The categories of a selector are all its codes, so that frames of several exports can be combined.

        Args:
            codes: add a column of codes, named `<heading> code`, beside each selector.
        """
        pl = need("polars", "polars")

        table = self.to_arrow(codes=codes)
        series: list[Any] = []
        for place, column in enumerate(self.columns):
            made = pl.Series(column.header, pl.from_arrow(table.column(place)))
            if column.kind == "selector":
                made = made.cast(pl.Enum(self.categories(column, made.unique().drop_nulls().to_list())))
            series.append(made)
            if codes and column.kind == "selector":
                header = code_header(column, self.columns)
                series.append(pl.Series(header, pl.from_arrow(table.column(header))))
        frame: polars.DataFrame = pl.DataFrame(series)
        return frame

    def categories(self, column: ExportColumn, found: Sequence[str]) -> list[str]:
        """Return the descriptions that a selector's column may hold, in code order.

        Args:
            column: one of the columns.
            found: the descriptions that occur in the column.
        """
        if column.categories:
            return list(dict.fromkeys([*column.categories, *found]))
        return list(dict.fromkeys(self.codes(column.header).values()))

    def sorted(self, order: Sequence[tuple[int, bool]]) -> Rows:
        """Return the rows in another order; missing values come last.

        Args:
            order: positions of columns, each with True for descending order. Selectors sort by their codes.
        """
        places = list(range(len(self)))
        for place, descending in reversed(order):
            column, cells = self.columns[place], self._values()[place]
            ranks: dict[Any, Any] = {text: rank for rank, text in enumerate(column.categories)}
            keys: list[Any] = [ranks.get(cell, cell) for cell in cells]
            if any(isinstance(key, str) for key in keys):  # some codes are not known, so sort by descriptions
                keys = list(cells)
            missing = [each for each in places if cells[each] is None]
            places = [each for each in places if cells[each] is not None]
            places.sort(key=keys.__getitem__, reverse=descending)
            places += missing
        texts, codes = list(self._descriptions), list(self._codes)
        return Rows(self.columns, [texts[each] for each in places], [codes[each] for each in places])

    def _values(self) -> list[list[Cell]]:
        if self._typed is None:
            parts = split_rows(list(self._descriptions), len(self.columns))
            self._typed = [values(column, texts) for column, texts in zip(self.columns, parts, strict=True)]
        return self._typed

    def __len__(self) -> int:
        return len(self._descriptions)

    @overload
    def __getitem__(self, index: int) -> tuple[Cell, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> Rows: ...
    @overload
    def __getitem__(self, index: str) -> list[Cell]: ...
    def __getitem__(self, index: int | slice | str) -> tuple[Cell, ...] | Rows | list[Cell]:
        if isinstance(index, str):
            return self.column(index)
        if isinstance(index, slice):
            return Rows(self.columns, self._descriptions[index], self._codes[index])
        return tuple(cells[index] for cells in self._values())

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        return zip(*self._values(), strict=True)

    def __repr__(self) -> str:
        return f"<Rows: {len(self)} rows of {', '.join(self.headers)}>"

    def _repr_html_(self) -> str:
        from .html import html_table

        return html_table(self.headers, (list(row) for row in self[:20]), f"{len(self):,} rows")


def excel_columns(columns: Sequence[ExportColumn], codes: bool) -> tuple[list[str], list[str]]:
    """Return the headings and the kinds of a workbook's columns."""
    coded = [each for each in columns if each.kind == "selector"] if codes else []
    kinds = [
        "amount" if each.facts.decimals else "number" if each.kind == "numeric" else each.kind
        for each in columns
    ]
    headers = [each.header for each in columns] + [code_header(each, columns) for each in coded]
    return headers, kinds + ["text"] * len(coded)


@contextmanager
def opened(path: str | Path | TextIO) -> Generator[TextIO]:
    """Open the file at a path for text, which replaces an existing one when complete; or use an open file."""
    if hasattr(path, "write"):
        yield cast("TextIO", path)
    else:
        with replacing_text(cast("Any", path)) as file:
            yield file
