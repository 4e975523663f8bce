"""An export as batches of rows that are read as they arrive, so that memory does not grow with the rows."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TextIO, TypeVar

from .._runtime.exceptions import ApiValueError
from .._runtime.files import replacing
from .columns import BadCell, ExportColumn, arrow_blocks, arrow_table, with_codes
from .csv_text import csv_codes, csv_line, csv_texts
from .excel import write_workbook
from .parquet_file import GrowingParquet
from .rows import Rows, excel_columns, opened
from .texts import Texts

if TYPE_CHECKING:
    from .partial_decode import Part

T = TypeVar("T")


class RowStream(Iterable[Rows]):
    """A running export: batches of rows, which can be iterated over once.

    Close it, or use it in a `with` statement, if it may not be read to the end.

    Args:
        columns: the columns.
        read: starts reading the given part of each row; yields lists of rows as they arrive and returns the
            answer without its rows.
        check: called with that answer; raises if the export failed.
        batch_size: rows in a batch.
    """

    def __init__(
        self,
        columns: Sequence[ExportColumn],
        read: Callable[[Part], Generator[list[Any], None, Any]],
        check: Callable[[Any], object],
        batch_size: int = 20_000,
    ) -> None:
        if not hasattr(batch_size, "__index__") or isinstance(batch_size, bool) or batch_size < 1:
            raise ApiValueError(f"batch_size must be a number of rows from 1, not {batch_size!r}")
        self.columns = tuple(columns)
        """The columns."""
        self._read = read
        self._check = check
        self._size = batch_size
        self._used = False
        self._source: Generator[list[Any], None, Any] | None = None

    def __iter__(self) -> Generator[Rows, None, None]:
        for texts, codes in self._batches("both"):
            yield Rows(self.columns, texts, codes)

    def _batches(self, part: Part) -> Generator[list[list[str]]]:
        """Yield the wanted parts of the rows, descriptions before codes, in lists of `batch_size` rows."""
        if self._used:
            raise ApiValueError("the stream has been read, or closed: a stream can be read only once")
        self._used = True
        wanted = ("descriptions", "codes") if part == "both" else (part,)
        got: list[list[str]] = [[] for _ in wanted]
        self._source = self._read(part)
        try:
            for rows in self._checked(self._source):
                for texts, name in zip(got, wanted, strict=True):
                    texts += map(attrgetter(name), rows)
                while len(got[0]) >= self._size:
                    yield [texts[: self._size] for texts in got]
                    got = [texts[self._size :] for texts in got]
            if got[0]:
                yield got
        finally:
            self.close()

    def _checked(self, source: Generator[list[Any], None, Any]) -> Generator[list[Any]]:
        self._check((yield from source))

    def __repr__(self) -> str:
        state = "read or closed" if self._used else "not read yet"
        return f"<RowStream: {', '.join(column.header for column in self.columns)}; {state}>"

    def close(self) -> None:
        """Stop reading and release the connection. May be called more than once."""
        self._used = True
        if self._source is not None:
            self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def arrow_batches(self, *, codes: bool = False) -> Iterator[Any]:
        """Yield an Arrow table for each batch, with the types of `Rows.to_arrow`.

        A column of numbers begins as `int64`, unless the server says that the variable has fractions. From
        the first batch with a fraction on, the column is `double`. `to_parquet` handles this. To combine
        tables, use `pyarrow.concat_tables(tables, promote_options="permissive")`.

        Args:
            codes: add a column of codes, named `<heading> code`, for each selector.

        Raises:
            BadCell: a text does not fit its column.
        """
        if codes:
            coded: list[list[str]] = []

            def texts() -> Iterator[list[str]]:
                for descriptions, row_codes in self._batches("both"):
                    coded.append(row_codes)
                    yield descriptions

            for table in arrow_blocks(self.columns, texts()):
                yield with_codes(table, self.columns, coded.pop())
        else:
            yield from arrow_blocks(self.columns, (batch for (batch,) in self._batches("descriptions")))

    def rows(self) -> Rows:
        """Read to the end and return all rows, in memory."""
        texts, codes = Texts(), Texts()
        for descriptions, coded in self._batches("both"):
            texts.add(descriptions)
            codes.add(coded)
        return Rows(self.columns, texts, codes)

    def _converted(self, part: Part, convert: Callable[..., T]) -> Iterator[T]:
        """Convert each batch. An error has its row's number counted from the start of the export."""
        before = 0
        for texts in self._batches(part):
            try:
                made = convert(*texts)
            except BadCell as bad:
                raise bad.further_down(before) from None
            before += len(texts[0])
            yield made

    def to_parquet(
        self,
        path: str | Path | BinaryIO,
        *,
        codes: bool = False,
        progress: Callable[[int], object] | None = None,
    ) -> int:
        """Write a Parquet file with a row group for each batch; return how many rows. A failure leaves no
        file.

        Args:
            path: the file; an existing file is replaced when the new one is complete.
            codes: add a column of codes, named `<heading> code`, for each selector.
            progress: called after each batch with the number of rows written so far.

        Raises:
            BadCell: a text does not fit its column.
        """
        count = 0
        empty = arrow_table(self.columns, [])
        schema = (with_codes(empty, self.columns, []) if codes else empty).schema
        with replacing(path, seekable=True) as target, GrowingParquet(target, schema) as file:
            for table in self.arrow_batches(codes=codes):
                file.add(table)
                count += table.num_rows
                if progress is not None:
                    progress(count)
        return count

    def to_excel(self, path: str | Path | BinaryIO, *, codes: bool = False) -> int:
        """Write an Excel workbook, as `Rows.to_excel` does; return how many rows. A failure leaves no file.

        Args:
            path: the file; an existing file is replaced when the new one is complete.
            codes: add a column of codes, named `<heading> code`, for each selector.

        Raises:
            BadCell: a text does not fit its column.
            ValueError: there are more rows than a worksheet holds.
        """

        def rows() -> Iterator[Sequence[Any]]:
            before = 0
            for batch in self:
                try:
                    yield from batch.excel_rows(codes)
                except BadCell as bad:
                    raise bad.further_down(before) from None
                before += len(batch)

        headers, kinds = excel_columns(self.columns, codes)
        try:
            return write_workbook(path, headers, kinds, rows())
        finally:
            self.close()

    def to_csv(
        self,
        path: str | Path | TextIO,
        *,
        codes: bool = False,
        progress: Callable[[int], object] | None = None,
    ) -> int:
        """Write CSV, as `Rows.to_csv` does; return how many rows. A failure leaves no file.

        Args:
            path: a file's path, or a file that is open for writing text. An existing file is replaced when
                the new one is complete.
            codes: write codes in place of descriptions.
            progress: called after each batch with the number of rows written so far.

        Raises:
            BadCell: a text does not fit its column.
        """
        count = 0
        with opened(path) as file:
            file.write(csv_line([column.header for column in self.columns]))

            def write(texts: list[str]) -> int:
                file.write(csv_codes(texts, len(self.columns)) if codes else csv_texts(texts, self.columns))
                return len(texts)

            for written in self._converted("codes" if codes else "descriptions", write):
                count += written
                if progress is not None:
                    progress(count)
        return count
