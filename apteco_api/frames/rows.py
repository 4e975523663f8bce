"""The rows of an export, ready for pandas, Polars, Arrow, Parquet or CSV.

    rows = session.export("Bookings", ["boURN", "boDest", "boCost", "boDate"])
    rows.to_pandas()

Each library is imported when its method is called; `to_csv`, iteration and `records` need none of them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, overload

from .._runtime.files import replacing, replacing_text
from ..query.catalogue import unknown
from .columns import Cell, ExportColumn, arrow_table, split_rows, values, with_codes
from .csv_text import csv_codes, csv_line, csv_texts
from .extras import need
from .parquet_file import repeating_columns

if TYPE_CHECKING:
    import pandas
    import polars

    from ..query.catalogue import Kind


class Rows(Sequence["tuple[Cell, ...]"]):
    """The rows of an export, in the server's order: a sequence of tuples of typed values; `rows["Cost"]` is a
    column.

    Args:
        columns: what the columns are.
        descriptions: tab-separated rows with readable texts.
        codes: the same rows with codes.
    """

    def __init__(
        self, columns: Sequence[ExportColumn], descriptions: Sequence[str], codes: Sequence[str]
    ) -> None:
        self.columns = tuple(columns)
        """What the columns are."""
        self._descriptions = descriptions
        self._codes = codes
        self._typed: list[list[Cell]] | None = None

    @property
    def headers(self) -> list[str]:
        """The headings of the columns."""
        return [column.header for column in self.columns]

    def column(self, header: str) -> list[Cell]:
        """The typed values of the column with this heading. Raises `UnknownName` if there is none."""
        if header not in self.headers:
            raise unknown("column", header, self.headers)
        return self._values()[self.headers.index(header)]

    def codes(self, header: str) -> dict[str, str]:
        """Code to description for the values that a column holds, in code order."""
        if header not in self.headers:
            raise unknown("column", header, self.headers)
        place = self.headers.index(header)
        pairs = {
            code.split("\t")[place]: text.split("\t")[place]
            for code, text in zip(self._codes, self._descriptions, strict=True)
        }
        return dict(sorted(pairs.items()))

    def records(self) -> Iterator[dict[str, Cell]]:
        """The rows as dictionaries, heading to value."""
        for row in self:
            yield dict(zip(self.headers, row, strict=True))

    def to_csv(self, path: str | Path | TextIO, *, codes: bool = False) -> None:
        """Write CSV (RFC 4180, UTF-8): dates in ISO form, numbers with the digits that the server sent,
        nothing for a missing value.

        Args:
            path: a file's path, or something open for writing text.
            codes: write codes where there are any, not descriptions.

        Raises:
            BadCell: a text that does not fit its column.
        """
        with opened(path) as file:
            file.write(csv_line(self.headers) + self.csv_rows(codes=codes))

    def csv_rows(self, *, codes: bool = False) -> str:
        """The rows as CSV without a heading, for files that are made of several batches."""
        if codes:
            return csv_codes(self._codes, len(self.columns))
        return csv_texts(self._descriptions, self.columns)

    @property
    def descriptions(self) -> Sequence[str]:
        """The rows as the server sent them, tab-separated, with readable texts."""
        return self._descriptions

    def to_arrow(self, *, codes: bool = False) -> Any:
        """An Arrow table: dictionaries for selectors, `date32`, `timestamp[s]`, `int64` or `double` with
        nulls.

        Args:
            codes: add a column of codes, named `<heading> code`, for each selector.
        """
        table = arrow_table(self.columns, self._descriptions)
        return with_codes(table, self.columns, self._codes) if codes else table

    def to_parquet(self, path: str | Path, *, codes: bool = False) -> None:
        """Write a Parquet file; see `to_arrow` for the types."""
        parquet = need("pyarrow.parquet", "arrow")
        table = self.to_arrow(codes=codes)
        with replacing(path) as file:
            parquet.write_table(table, file, use_dictionary=repeating_columns(table.schema))

    def to_pandas(self, *, codes: bool = False) -> pandas.DataFrame:
        """A pandas frame: categories in code order, `datetime64[s]`, nullable `Int64` and `Float64`, strings.

        Args:
            codes: add a categorical column of codes, named `<heading> code`, beside each selector.
        """
        pd = need("pandas", "pandas")

        made: dict[str, Any] = {}
        order = self._category_order()
        for column, cells in zip(self.columns, self._values(), strict=True):
            if column.kind == "selector":
                data: Any = pd.Categorical(cells, categories=order[column.header])
            else:
                data = pd.array(cells, dtype=_pandas_dtype(column, cells))
            made[column.header] = data
            if codes and column.kind == "selector":
                texts = self._code_texts(column)
                made[f"{column.header} code"] = pd.Categorical(texts, categories=sorted(set(texts)))
        frame: pandas.DataFrame = pd.DataFrame(made)
        return frame

    def to_polars(self, *, codes: bool = False) -> polars.DataFrame:
        """A Polars frame: `Enum` for selectors in code order, `Date`, `Datetime`, `Int64` or `Float64`,
        `String`.
        """
        pl = need("polars", "polars")

        made: list[Any] = []
        order = self._category_order()
        types: dict[Kind, Any] = {"date": pl.Date, "datetime": pl.Datetime("ms")}
        for column, cells in zip(self.columns, self._values(), strict=True):
            if column.kind == "selector":
                made.append(pl.Series(column.header, cells, dtype=pl.Enum(order[column.header])))
            elif column.kind == "numeric":
                dtype = pl.Int64 if _whole(column, cells) else pl.Float64
                made.append(pl.Series(column.header, cells, dtype=dtype))
            else:
                made.append(pl.Series(column.header, cells, dtype=types.get(column.kind, pl.String)))
            if codes and column.kind == "selector":
                made.append(
                    pl.Series(f"{column.header} code", self._code_texts(column), dtype=pl.Categorical)
                )
        frame: polars.DataFrame = pl.DataFrame(made)
        return frame

    def _values(self) -> list[list[Cell]]:
        if self._typed is None:
            parts = split_rows(self._descriptions, len(self.columns))
            self._typed = [values(column, texts) for column, texts in zip(self.columns, parts, strict=True)]
        return self._typed

    def _coded(self) -> list[ExportColumn]:
        return [column for column in self.columns if column.kind == "selector"]

    def _code_texts(self, column: ExportColumn) -> list[str]:
        place = self.columns.index(column)
        return [row.split("\t")[place] for row in self._codes]

    def _category_order(self) -> dict[str, list[str]]:
        """The descriptions of each selector in the order of their codes, without repeats."""
        return {
            column.header: list(dict.fromkeys(self.codes(column.header).values())) for column in self._coded()
        }

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


def _whole(column: ExportColumn, cells: Sequence[Cell]) -> bool:
    return not column.facts.decimals and not any(isinstance(cell, float) for cell in cells)


def _pandas_dtype(column: ExportColumn, cells: Sequence[Cell]) -> str:
    if column.kind == "numeric":
        return "Int64" if _whole(column, cells) else "Float64"
    return {"date": "datetime64[s]", "datetime": "datetime64[s]"}.get(column.kind, "string")


@contextmanager
def opened(path: str | Path | TextIO) -> Generator[TextIO]:
    """Open the file at a path for text, to be replaced when it is whole; or take what is open already."""
    if isinstance(path, (str, Path)):
        with replacing_text(path) as file:
            yield file
    else:
        yield path
