"""The rows of a result as a frame of pandas, polars or Arrow, each column of the type that the server names.

The server's types are integer, float, boolean, string, date and datetime. A column stays unchanged if the
server names no type, or if a value does not fit the type (some databases allow that). So no value is lost.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas
    import polars

Columns = Sequence[Mapping[str, Any]]
Rows = Sequence[Mapping[str, Any]]


def typed_columns(columns: Columns, rows: Rows) -> dict[str, tuple[str, list[Any]]]:
    """Return each column's type and values, dates and times parsed.

    The type is ``object`` if the server names none, or if a value does not fit it.
    """
    found: dict[str, tuple[str, list[Any]]] = {}
    for column in columns:
        name = column["name"]
        values = [row.get(name) for row in rows]
        convert = _CONVERT.get(str(column.get("type")))
        try:
            if convert is None:
                raise ValueError
            converted = [None if value is None else convert(value) for value in values]
        except (TypeError, ValueError):
            found[name] = "object", values
        else:
            found[name] = str(column["type"]), _utc(converted) if _zoned(converted) else converted
    return found


def to_pandas(columns: Columns, rows: Rows) -> pandas.DataFrame:
    """Return the rows as a pandas frame, with nullable integers and booleans."""
    import pandas as pd

    kinds = {"integer": "Int64", "float": "float64", "boolean": "boolean", "object": "object"}
    series: dict[str, Any] = {}
    for name, (kind, values) in typed_columns(columns, rows).items():
        if kind in ("date", "datetime"):
            series[name] = pd.Series(pd.to_datetime(values, utc=_zoned(values)))
        else:
            # texts have no entry in the table: this version of pandas chooses their type
            series[name] = pd.Series(values, dtype=kinds.get(kind))
    return pd.DataFrame(series, columns=[column["name"] for column in columns])


def to_polars(columns: Columns, rows: Rows) -> polars.DataFrame:
    """Return the rows as a polars frame. A column of several types becomes text."""
    import polars as pl

    kinds: dict[str, Any] = {
        "integer": pl.Int64,
        "float": pl.Float64,
        "boolean": pl.Boolean,
        "string": pl.String,
        "date": pl.Date,
    }
    series: list[polars.Series] = []
    for name, (kind, values) in typed_columns(columns, rows).items():
        dtype = (
            pl.Datetime("us", "UTC" if _zoned(values) else None) if kind == "datetime" else kinds.get(kind)
        )
        try:
            series.append(pl.Series(name, values, dtype=dtype))
        except (TypeError, OverflowError, pl.exceptions.PolarsError):
            series.append(pl.Series(name, _texts(values), dtype=pl.String))
    return pl.DataFrame(series)


def to_arrow(columns: Columns, rows: Rows) -> Any:
    """Return the rows as a ``pyarrow.Table``. A column of several types becomes text."""
    from importlib import import_module

    pa: Any = import_module("pyarrow")  # without type information

    kinds: dict[str, Any] = {
        "integer": pa.int64(),
        "float": pa.float64(),
        "boolean": pa.bool_(),
        "string": pa.string(),
        "date": pa.date32(),
    }
    arrays: dict[str, Any] = {}
    for name, (kind, values) in typed_columns(columns, rows).items():
        dtype = (
            pa.timestamp("us", tz="UTC" if _zoned(values) else None)
            if kind == "datetime"
            else kinds.get(kind)
        )
        try:
            arrays[name] = pa.array(values, type=dtype)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            arrays[name] = pa.array(_texts(values), type=pa.string())
    return pa.table(arrays)


def _integer(value: Any) -> int:
    # amounts on a chain may need more than 64 bits: such a column stays unchanged
    if isinstance(value, bool) or int(value) != value or not -(2**63) <= value < 2**63:
        raise ValueError(value)
    return int(value)


def _float(value: Any) -> float:
    if isinstance(value, bool | str):
        raise ValueError(value)
    return float(value)


def _same(kind: type) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if not isinstance(value, kind):
            raise ValueError(value)
        return value

    return check


_CONVERT: dict[str, Callable[[Any], Any]] = {
    "integer": _integer,
    "float": _float,
    "boolean": _same(bool),
    "string": _same(str),
    "date": lambda value: datetime.datetime.fromisoformat(value).date(),
    "datetime": datetime.datetime.fromisoformat,
}


def _texts(values: Sequence[Any]) -> list[str | None]:
    return [None if value is None else str(value) for value in values]


def _zoned(values: Sequence[Any]) -> bool:
    return any(isinstance(value, datetime.datetime) and value.tzinfo is not None for value in values)


def _utc(values: list[Any]) -> list[Any]:
    """Return times as UTC if one has a zone; times without a zone are then read as UTC."""
    utc = datetime.UTC
    return [
        value and (value.astimezone(utc) if value.tzinfo else value.replace(tzinfo=utc)) for value in values
    ]
