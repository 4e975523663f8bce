"""Results as frames."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from tonalytica_client import TonalyticaAPIClient
from tonalytica_client.frames import to_arrow, to_pandas, to_polars

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")

COLUMNS: list[dict[str, Any]] = [
    {"name": name, "type": kind}
    for name, kind in {
        "n": "integer",
        "x": "float",
        "b": "boolean",
        "s": "string",
        "d": "date",
        "t": "datetime",
        "z": "datetime",
        "big": "integer",
        "mixed": "integer",
        "unknown": None,
    }.items()
]
ROWS: list[dict[str, Any]] = [
    {
        "n": 1,
        "x": 1,
        "b": True,
        "s": "a",
        "d": "2026-01-31",
        "t": "2026-01-31T10:00:00.000",
        "z": "2026-01-31T10:00:00+02:00",
        "big": 2**70,
        "mixed": 1,
        "unknown": "u",
    },
    dict.fromkeys((column["name"] for column in COLUMNS), None) | {"mixed": "one"},
]


def test_pandas() -> None:
    frame = to_pandas(COLUMNS, ROWS)
    kinds = {name: str(kind) for name, kind in frame.dtypes.items()}
    assert (kinds["n"], kinds["x"], kinds["b"], kinds["mixed"]) == ("Int64", "float64", "boolean", "object")
    assert frame["d"][0] == pd.Timestamp("2026-01-31")
    assert frame["z"][0] == pd.Timestamp("2026-01-31T08:00:00Z")
    assert frame["big"][0] == 2**70
    assert frame["s"].isna().tolist() == [False, True]


def test_polars() -> None:
    frame = to_polars(COLUMNS, ROWS)
    assert frame.schema["n"] == pl.Int64
    assert frame.schema["z"] == pl.Datetime("us", "UTC")
    first = frame.row(0, named=True)
    assert (first["d"], first["t"]) == (datetime.date(2026, 1, 31), datetime.datetime(2026, 1, 31, 10))
    assert int(first["big"]) == 2**70
    assert frame["mixed"].to_list() == ["1", "one"]


def test_arrow() -> None:
    table = to_arrow(COLUMNS, ROWS)
    assert table.schema.field("x").type == pa.float64()
    assert table.schema.field("d").type == pa.date32()
    assert table["big"].to_pylist() == [str(2**70), None]
    assert table["mixed"].to_pylist() == ["1", "one"]


@pytest.mark.parametrize("make", [to_pandas, to_polars, to_arrow])
def test_a_result_without_rows_keeps_its_columns(make: Any) -> None:
    frame = make(COLUMNS, [])
    names = frame.column_names if make is to_arrow else list(frame.columns)
    assert names == [column["name"] for column in COLUMNS]


def test_frames_of_a_result(tonalytica: TonalyticaAPIClient) -> None:
    result = tonalytica.run_query(1)
    assert (
        len(result.to_pandas())
        == len(result.to_polars())
        == len(result.to_arrow())
        == len(result.rows)
        == 334
    )
    assert str(result.to_pandas()["transfers"].dtype) == "Int64"


def test_only_results_of_queries_become_frames(tonalytica: TonalyticaAPIClient) -> None:
    with pytest.raises(TypeError, match="not the result of a query"):
        tonalytica.queries().to_pandas()
