"""An export as batches of rows, read as they arrive: memory stays flat, whatever their number."""

from __future__ import annotations

import csv
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from . import models
from .columns import ExportColumn, arrow_schema, arrow_table
from .extras import need
from .frames import Rows, opened


class RowStream(Iterable[Rows]):
    """An export on its way: batches of rows, to be gone through once.

    Close it, or use it in a `with` statement, if it is not read to the end.

    Args:
        columns: what the columns are.
        source: lists of rows as the client reads them; returns the answer without its rows.
        check: called with that answer; raises if it says that the export failed.
        batch_size: rows in a batch.
    """

    def __init__(
        self,
        columns: Sequence[ExportColumn],
        source: Generator[list[models.Row], None, models.ExportResult],
        check: Callable[[models.ExportResult], object],
        batch_size: int = 20_000,
    ) -> None:
        self.columns = tuple(columns)
        """What the columns are."""
        self._source = source
        self._check = check
        self._size = batch_size
        self._used = False

    def __iter__(self) -> Generator[Rows, None, None]:
        if self._used:
            raise ValueError("the stream has been read, or closed: a stream can be gone through once")
        self._used = True
        texts: list[str] = []
        codes: list[str] = []
        try:
            for rows in self._checked():
                texts += [row.descriptions for row in rows]
                codes += [row.codes for row in rows]
                while len(texts) >= self._size:
                    yield Rows(self.columns, texts[: self._size], codes[: self._size])
                    del texts[: self._size], codes[: self._size]
            if texts:
                yield Rows(self.columns, texts, codes)
        finally:
            self.close()

    def _checked(self) -> Generator[list[models.Row]]:
        self._check((yield from self._source))

    def close(self) -> None:
        """Stop reading and give the connection back. May be called more than once."""
        self._used = True
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def arrow_batches(self) -> Iterator[Any]:
        """Arrow tables, one a batch, all of one schema.

        Numbers are always `double` here: whether all of a column's are whole is known only at the end.
        """
        whole = [False] * len(self.columns)
        for rows in self:
            yield arrow_table(self.columns, rows.descriptions, whole)

    def to_parquet(self, path: str | Path, *, progress: Callable[[int], object] | None = None) -> int:
        """Write a Parquet file, a row group a batch; how many rows. No file is left behind by a failure.

        Args:
            path: the file; one that is there is replaced once the new one is whole.
            progress: called after each batch with the number of rows written so far.
        """
        parquet = need("pyarrow.parquet", "arrow")
        schema = arrow_schema(self.columns, [False] * len(self.columns))
        count = 0
        with _replacing(path) as temporary, parquet.ParquetWriter(temporary, schema) as writer:
            for table in self.arrow_batches():
                writer.write_table(table)
                count += table.num_rows
                if progress is not None:
                    progress(count)
        return count

    def to_csv(self, path: str | Path | TextIO, *, codes: bool = False) -> int:
        """Write CSV, as `Rows.to_csv` does; how many rows."""
        count = 0
        if isinstance(path, (str, Path)):
            with _replacing(path) as temporary, opened(temporary) as file:
                return self.to_csv(file, codes=codes)
        csv.writer(path, lineterminator="\n").writerow([column.header for column in self.columns])
        for rows in self:
            rows.write_csv_rows(path, codes=codes)
            count += len(rows)
        return count


class _replacing:
    """A file beside the wanted one, which takes its place when all went well and goes away when not."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._temporary = self._path.with_name(f".{self._path.name}.part")

    def __enter__(self) -> Path:
        return self._temporary

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._temporary.replace(self._path)
        else:
            self._temporary.unlink(missing_ok=True)
