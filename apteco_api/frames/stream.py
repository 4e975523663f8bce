"""An export as batches of rows, read as they arrive: memory stays flat, whatever their number."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO, TypeVar

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
    """An export on its way: batches of rows, to be gone through once.

    Close it, or use it in a `with` statement, if it is not read to the end.

    Args:
        columns: what the columns are.
        read: starts reading when it is told what of each row is wanted; gives lists of rows as they come and
            returns the answer without its rows.
        check: called with that answer; raises if it says that the export failed.
        batch_size: rows in a batch.
    """

    def __init__(
        self,
        columns: Sequence[ExportColumn],
        read: Callable[[Part], Generator[list[Any], None, Any]],
        check: Callable[[Any], object],
        batch_size: int = 20_000,
    ) -> None:
        self.columns = tuple(columns)
        """What the columns are."""
        self._read = read
        self._check = check
        self._size = batch_size
        self._used = False
        self._source: Generator[list[Any], None, Any] | None = None

    def __iter__(self) -> Generator[Rows, None, None]:
        for texts, codes in self._batches("both"):
            yield Rows(self.columns, texts, codes)

    def _batches(self, part: Part) -> Generator[list[list[str]]]:
        """Yield what is wanted of the rows, in lists of the size asked for; descriptions before codes."""
        if self._used:
            raise ApiValueError("the stream has been read, or closed: a stream can be gone through once")
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
        """Stop reading and give the connection back. May be called more than once."""
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
        """Arrow tables, one a batch, with the types that `Rows.to_arrow` gives.

        A column of numbers is `int64` as long as all are whole, unless the server tells that the variable has
        fractions; from the batch on in which one turns up it is `double`. `to_parquet` sees to that by
        itself; to put tables together, use `pyarrow.concat_tables(tables, promote_options="permissive")`.

        Args:
            codes: add a column of codes, named `<heading> code`, for each selector.

        Raises:
            BadCell: a text that does not fit its column.
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
        """Read to the end and return all rows, held in memory."""
        texts, codes = Texts(), Texts()
        for descriptions, coded in self._batches("both"):
            texts.add(descriptions)
            codes.add(coded)
        return Rows(self.columns, texts, codes)

    def _converted(self, part: Part, convert: Callable[..., T]) -> Iterator[T]:
        """Convert each batch; an error tells the row as counted from the start of the export."""
        before = 0
        for texts in self._batches(part):
            try:
                made = convert(*texts)
            except BadCell as bad:
                raise bad.further_down(before) from None
            before += len(texts[0])
            yield made

    def to_parquet(
        self, path: str | Path, *, codes: bool = False, progress: Callable[[int], object] | None = None
    ) -> int:
        """Write a Parquet file, a row group a batch; how many rows. No file is left behind by a failure.

        Args:
            path: the file; one that is there is replaced once the new one is whole.
            codes: add a column of codes, named `<heading> code`, for each selector.
            progress: called after each batch with the number of rows written so far.

        Raises:
            BadCell: a text that does not fit its column.
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

    def to_excel(self, path: str | Path, *, codes: bool = False) -> int:
        """Write an Excel workbook, as `Rows.to_excel` does; how many rows. No file is left behind by a
        failure.

        Args:
            path: the file; one that is there is replaced once the new one is whole.
            codes: add a column of codes, named `<heading> code`, for each selector.

        Raises:
            BadCell: a text that does not fit its column.
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
        """Write CSV, as `Rows.to_csv` does; how many rows. No file is left behind by a failure.

        Args:
            path: a file's path, which is replaced once the new file is whole, or something open for writing
                text.
            codes: write codes where there are any, not descriptions.
            progress: called after each batch with the number of rows written so far.

        Raises:
            BadCell: a text that does not fit its column.
        """
        if isinstance(path, (str, Path)):
            with opened(path) as file:
                return self.to_csv(file, codes=codes, progress=progress)
        path.write(csv_line([column.header for column in self.columns]))
        count = 0

        def write(texts: list[str]) -> int:
            path.write(csv_codes(texts, len(self.columns)) if codes else csv_texts(texts, self.columns))
            return len(texts)

        for written in self._converted("codes" if codes else "descriptions", write):
            count += written
            if progress is not None:
                progress(count)
        return count
