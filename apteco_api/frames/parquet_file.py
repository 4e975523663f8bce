"""A Parquet file that is written table by table, although its final types are not known at the start."""

from __future__ import annotations

from types import TracebackType
from typing import Any, BinaryIO, Self

from .._runtime.files import copy_of
from .extras import need


class GrowingParquet:
    """A Parquet file to which tables are added as row groups.

    Only at the end is it known whether all numbers of a column are whole. So a column is written as whole
    numbers until a table has a wider type. Then the row groups in the file are written again with the wider
    type. The final file has the same types as one that is written at once.

    Args:
        file: an empty file, open for reading and writing bytes.
        schema: the expected types.
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
        """Add a table as a row group. Its types must be those of the previous table, or wider."""
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
    """Return the columns to write with a dictionary, as their values are likely to repeat.

    Values of keys and amounts are not.
    """
    return [
        field.name
        for field in schema
        if field.type != "double" and not (field.metadata and field.metadata.get(b"kind") == b"reference")
    ]
