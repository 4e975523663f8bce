"""A Parquet file that is written a table at a time, without knowing its types for certain at the start."""

from __future__ import annotations

from types import TracebackType
from typing import Any, BinaryIO, Self

from .._runtime.files import copy_of
from .extras import need


class GrowingParquet:
    """A Parquet file to which tables are added, a row group each.

    Whether all numbers of a column are whole is known only at the end. So it is taken to be so until a table
    says otherwise; then what is in the file already is written once more, a row group at a time, with the
    wider type. In the end the file has the types that it would have had if it had been written at once.

    Args:
        file: open for reading and writing bytes, empty.
        schema: the types that are expected.
    """

    def __init__(self, file: BinaryIO, schema: Any) -> None:
        self._file = file
        self._schema = schema
        self._parquet = need("pyarrow.parquet", "arrow")
        self._writer = self._new()

    def _new(self) -> Any:
        return self._parquet.ParquetWriter(
            self._file, self._schema, use_dictionary=repeating_columns(self._schema)
        )

    def add(self, table: Any) -> None:
        """Add a table as a row group; its schema has the types of the one before or wider ones."""
        if table.schema != self._schema:
            self._widen(table.schema)
        self._writer.write_table(table)

    def _widen(self, schema: Any) -> None:
        self._writer.close()
        with copy_of(self._file) as copy:
            self._file.seek(0)
            self._file.truncate()
            self._schema = schema
            self._writer = self._new()
            before = self._parquet.ParquetFile(copy)
            for group in range(before.num_row_groups):
                self._writer.write_table(before.read_row_group(group).cast(schema))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()


def repeating_columns(schema: Any) -> list[str]:
    """Return the columns whose values are likely to repeat, and so are worth a dictionary in the file.

    Keys and amounts are not.
    """
    return [
        field.name
        for field in schema
        if field.type != "double" and not (field.metadata and field.metadata.get(b"kind") == b"reference")
    ]
