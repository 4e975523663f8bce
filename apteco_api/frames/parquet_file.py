"""A Parquet file that is written a table at a time, without knowing its types for certain at the start."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .extras import need


class GrowingParquet:
    """A Parquet file to which tables are added, a row group each.

    Whether all numbers of a column are whole is known only at the end. So it is taken to be so until a table
    says otherwise; then what is in the file already is written once more, a row group at a time, with the
    wider type. In the end the file has the types that it would have had if it had been written at once.

    Args:
        path: the file.
        schema: the types that are expected.
    """

    def __init__(self, path: Path, schema: Any) -> None:
        self._path = path
        self._schema = schema
        self._parquet = need("pyarrow.parquet", "arrow")
        self._writer = self._new()

    def _new(self) -> Any:
        return self._parquet.ParquetWriter(
            self._path, self._schema, use_dictionary=repeating_columns(self._schema)
        )

    def add(self, table: Any) -> None:
        """Add a table as a row group; its schema has the types of the one before or wider ones."""
        if table.schema != self._schema:
            self._widen(table.schema)
        self._writer.write_table(table)

    def _widen(self, schema: Any) -> None:
        self._writer.close()
        before = self._path.with_name(f"{self._path.name}.narrow")
        self._path.replace(before)
        try:
            self._schema = schema
            self._writer = self._new()
            with self._parquet.ParquetFile(before) as file:
                for group in range(file.num_row_groups):
                    self._writer.write_table(file.read_row_group(group).cast(schema))
        finally:
            before.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()


def repeating_columns(schema: Any) -> list[str]:
    """The columns whose values are likely to repeat, and so are worth a dictionary in the file: not keys and
    not amounts.
    """
    return [
        field.name
        for field in schema
        if field.type != "double" and not (field.metadata and field.metadata.get(b"kind") == b"reference")
    ]
