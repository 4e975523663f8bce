"""Convert rows to a pandas frame column by column, without a Python object for each value.

Without a pyarrow that loads (new versions do not load with the NumPy of pandas 1.5), the frame is made from
Python objects. It has the same values and types, but takes several times as long.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from .columns import ExportColumn, code_header
from .extras import MissingExtra, need

if TYPE_CHECKING:
    import pandas

    from .rows import Rows


def pandas_frame(rows: Rows, codes: bool) -> pandas.DataFrame:
    """Return the frame of `Rows.to_pandas`."""
    pd = need("pandas", "pandas")

    try:
        need("pyarrow", "pandas")
    except MissingExtra:
        return _plain_frame(rows, codes)
    table = rows.to_arrow(codes=codes)
    made: dict[str, Any] = {}
    for place, column in enumerate(rows.columns):
        made[column.header] = _array(rows, column, table.column(place))
        if codes and column.kind == "selector":
            header = code_header(column, rows.columns)
            made[header] = _categories(table.column(header), None)
    frame: pandas.DataFrame = pd.DataFrame(made, copy=False)
    return frame


def _array(rows: Rows, column: ExportColumn, data: Any) -> Any:
    pd, pa, pc = need("pandas", "pandas"), need("pyarrow", "pandas"), need("pyarrow.compute", "pandas")

    if column.kind == "selector":
        return _categories(data, partial(rows.categories, column))
    if column.kind in ("date", "datetime"):
        unit = "us" if str(data.type) == "timestamp[us]" else "s"
        return moments(data.cast(pa.timestamp(unit)).to_numpy(), unit).array
    if column.kind == "numeric":
        missing = data.is_null().to_numpy()
        kind = pd.arrays.IntegerArray if str(data.type) == "int64" else pd.arrays.FloatingArray
        return kind(pc.fill_null(data, 0).to_numpy(), missing)
    return pd.array(data, dtype=pd.StringDtype("pyarrow"))


def _plain_frame(rows: Rows, codes: bool) -> pandas.DataFrame:
    pd = need("pandas", "pandas")

    made: dict[str, Any] = {}
    for column in rows.columns:
        cells = rows.column(column.header)
        if column.kind == "selector":
            order = rows.categories(column, sorted({str(cell) for cell in cells}))
            made[column.header] = pd.Categorical(cells, categories=_category_index(order))
            if codes:
                found = rows.codes_of(column.header)
                order = sorted(set(found))
                header = code_header(column, rows.columns)
                made[header] = pd.Categorical(found, categories=_category_index(order))
        elif column.kind in ("date", "datetime"):
            fractions = any(getattr(cell, "microsecond", 0) for cell in cells)
            made[column.header] = moments(cells, "us" if fractions else "s").array
        elif column.kind == "numeric":
            whole = not column.facts.decimals and not any(isinstance(cell, float) for cell in cells)
            made[column.header] = pd.array(cells, dtype="Int64" if whole else "Float64")
        else:
            made[column.header] = pd.array(cells, dtype=pd.StringDtype("python"))
    frame: pandas.DataFrame = pd.DataFrame(made, copy=False)
    return frame


def _category_index(texts: list[str]) -> Any:
    pd = need("pandas", "pandas")

    return pd.Index(texts, dtype="str" if pd.__version__ >= "3" else object)


def moments(values: Any, unit: str = "s") -> Any:
    """Return dates as a pandas index, in seconds or microseconds (in nanoseconds before pandas 2.0).

    Args:
        values: dates, or numpy's `datetime64`.
        unit: `s` or `us`.

    Raises:
        OutOfBoundsDatetime: pandas before 2.0 has no dates before 1677 or after 2262.
    """
    pd = need("pandas", "pandas")

    return pd.DatetimeIndex(values, dtype=f"datetime64[{unit}]" if pd.__version__ >= "2" else None)


def _categories(data: Any, order: Any) -> Any:
    """Convert an Arrow dictionary to a pandas categorical.

    Args:
        data: the values.
        order: returns the ordered categories for the values that occur; None sorts them.
    """
    pd, np = need("pandas", "pandas"), need("numpy", "pandas")

    whole = data.unify_dictionaries().combine_chunks()
    if hasattr(whole, "chunks"):  # no chunk, or more text than one chunk can hold, stays chunked
        whole = whole.chunk(0)
    found = whole.dictionary.to_pylist()
    categories = sorted(found) if order is None else order(found)
    places = {text: place for place, text in enumerate(categories)}
    new = np.array([places[text] for text in found] or [0], dtype="int32")
    old = whole.indices.to_numpy(zero_copy_only=False)
    picked = new[old] if len(old) else old
    return pd.Categorical.from_codes(picked, categories=_category_index(categories))
