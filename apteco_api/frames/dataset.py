"""A Parquet dataset: a folder for each value of some columns, as Dask, Polars and DuckDB read it."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._runtime.exceptions import ApiFileExists, ApiFolderNotFound, ApiValueError
from .._runtime.files import fail
from .columns import arrow_table, still_whole
from .extras import need
from .remote import is_url, located, sending

if TYPE_CHECKING:
    from .requests import ExportPlan
    from .stream import RowStream

_NOT_EMPTY = "is not empty: give another folder"


def write_dataset(path: str | Path, stream: RowStream, plan: ExportPlan, places: Sequence[int]) -> int:
    """Write a stream as a dataset; return how many rows. Without rows, it is one file that has all columns.

    The dataset is written to a temporary folder, which is renamed at the end. So the folder is complete or
    does not exist.

    Args:
        path: the folder to create, or a URL.
        stream: the rows.
        plan: the export.
        places: the positions of the columns to split by.

    Raises:
        ApiFileExists: the folder is not empty.
        ValueError: all columns are split by, so that no column is left for the files.
    """
    if len(set(places)) == len(plan.columns):
        raise ApiValueError("a dataset needs a column that is not in partition_by")
    if is_url(path):
        return _to_url(str(path), stream, plan, places)
    folder = Path(path)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ApiFileExists(errno.EEXIST, _NOT_EMPTY, str(folder))
    if not folder.parent.is_dir():
        raise ApiFolderNotFound(errno.ENOENT, f"there is no folder {folder.parent}", str(folder))
    temporary = folder.with_name(f".{os.urandom(8).hex()}.part")
    try:
        count = _write(temporary, stream, plan, places)
        if folder.exists():
            folder.rmdir()
        temporary.replace(folder)
    except OSError as error:
        fail(str(folder), error)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return count


def _to_url(url: str, stream: RowStream, plan: ExportPlan, places: Sequence[int]) -> int:
    import tempfile

    system, target = located(url)
    with sending(url):
        if system.exists(target) and system.ls(target):
            raise ApiFileExists(errno.EEXIST, _NOT_EMPTY, url)
    with tempfile.TemporaryDirectory(prefix="apteco-api-") as temporary:
        count = _write(Path(temporary) / "dataset", stream, plan, places)
        with sending(url):
            try:
                system.put(f"{temporary}/dataset/", f"{target.rstrip('/')}/", recursive=True)
            except BaseException:
                if system.exists(target):
                    system.rm(target, recursive=True)
                raise
    return count


def _write(folder: Path, stream: RowStream, plan: ExportPlan, places: Sequence[int]) -> int:
    """Write the files. Write them again with wider types if a column has fractions in a later batch only."""
    pa, dataset = need("pyarrow", "arrow"), need("pyarrow.dataset", "arrow")

    rows = plan.ordered(stream.rows()) if plan.order else None
    tables = iter([rows.to_arrow()]) if rows is not None else stream.arrow_batches()
    names = [plan.columns[place].header for place in places]
    count = 0
    widest: Any = arrow_table(plan.columns, []).schema
    first = widest
    folder.mkdir(parents=True)
    for number, table in enumerate(tables):
        count += table.num_rows
        if any(
            before and not now
            for before, now in zip(still_whole(widest), still_whole(table.schema), strict=True)
        ):
            widest = table.schema
        dataset.write_dataset(
            _plain(table, names),
            folder,
            format="parquet",
            partitioning=names,
            partitioning_flavor="hive",
            basename_template=f"part-{number:05}-{{i}}.parquet",
            existing_data_behavior="overwrite_or_ignore",
            max_partitions=100_000,
            max_open_files=500,
        )
    if not count:  # no folder says which columns there are: a file without rows does
        need("pyarrow.parquet", "arrow").write_table(
            _plain(arrow_table(plan.columns, []), names), folder / "part-00000-0.parquet"
        )
    if widest != first:
        parquet = need("pyarrow.parquet", "arrow")
        for file in folder.rglob("*.parquet"):
            found = parquet.ParquetFile(file).read()
            fields = [widest.field(name) for name in found.schema.names]
            parquet.write_table(found.cast(pa.schema(fields)), file)
    return count


def _plain(table: Any, names: Sequence[str]) -> Any:
    """Return the table with plain texts in place of the dictionary columns that name folders."""
    pa = need("pyarrow", "arrow")

    for name in names:
        place = table.schema.get_field_index(name)
        if pa.types.is_dictionary(table.schema.field(place).type):
            table = table.set_column(place, name, table.column(place).cast(pa.string()))
    return table
