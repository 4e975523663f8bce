"""Write a stream of rows to a local file or a URL, in the format of its ending, or as a dataset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .._runtime.exceptions import ApiValueError
from ..query.catalogue import Catalogue
from .requests import ExportPlan, order_of

if TYPE_CHECKING:
    from .stream import RowStream

KINDS = (".parquet", ".csv", ".xlsx")
"""Endings of files that an export can be written to."""

Write = Callable[["RowStream"], int]
"""A function that writes a stream and returns how many rows."""


def file_kind(path: str | Path) -> str:
    """Return the ending of an export's file. Raise `ValueError` for an ending that can't be written."""
    kind = Path(str(path).partition("?")[0]).suffix.lower()
    if kind not in KINDS:
        raise ApiValueError(f"{path}: the name must end in {', '.join(KINDS[:-1])} or {KINDS[-1]}")
    return kind


def plan_file(
    path: str | Path, plan: ExportPlan, catalogue: Catalogue, partition_by: str | Sequence[str] | None = None
) -> Write:
    """Return the function that writes an export to a file, after all checks that need no request.

    Args:
        path: a file, a URL, or with `partition_by` a folder.
        plan: the export.
        catalogue: where names of columns are looked up.
        partition_by: columns to split a dataset by.

    Raises:
        ValueError: the file's ending can't be written, or a column is not exported.
    """
    from .remote import is_url, to_url

    if partition_by is not None:
        from .dataset import write_dataset

        places = [place for place, _ in order_of(plan.columns, partition_by, catalogue, "partition_by")]
        return lambda stream: write_dataset(path, stream, plan, places)
    kind = file_kind(path)

    def write(stream: RowStream, target: str | Path) -> int:
        if plan.order:
            rows = plan.ordered(stream.rows())
            {".parquet": rows.to_parquet, ".csv": rows.to_csv, ".xlsx": rows.to_excel}[kind](target)
            return len(rows)
        writers: dict[str, Callable[[str | Path], int]] = {
            ".parquet": stream.to_parquet,
            ".csv": stream.to_csv,
            ".xlsx": stream.to_excel,
        }
        return writers[kind](target)

    if is_url(path):
        return lambda stream: to_url(str(path), lambda target: write(stream, target))
    return lambda stream: write(stream, path)
