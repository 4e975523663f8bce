"""An export as a stream: batches of the size asked for, files that are whole or not there."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

import apteco_api as aa
from apteco_api.asking import check_export
from apteco_api.catalogue import Facts
from apteco_api.columns import ExportColumn
from apteco_api.rowstream import RowStream

COLUMNS = [
    ExportColumn("Text", Facts("peSName", "People", "text")),
    ExportColumn("Cost", Facts("boCost", "Bookings", "numeric", decimals=True)),
]
TEXTS = ["},{", '"}],"rows":[{', "a,b", "ünï ☃ 𝄞", "", "'"]


def stream(count: int, *, ok: bool = True, fails: bool = False) -> RowStream:
    """A stream of some rows in uneven pieces, that says at its end whether all went well."""

    def source() -> Generator[list[aa.Row], None, aa.ExportResult]:
        for start in range(0, count, 7):
            numbers = range(start, min(count, start + 7))
            texts = [f"{TEXTS[n % len(TEXTS)]}\t{n}.50" for n in numbers]
            yield [aa.Row(codes=text, descriptions=text) for text in texts]
        if fails:
            raise aa.ApiInterrupted(0, "cut off")
        return aa.ExportResult(ran_successfully=ok)

    return RowStream(COLUMNS, source(), check_export, batch_size=10)


def test_batches_have_the_size_asked_for() -> None:
    assert [len(rows) for rows in stream(25)] == [10, 10, 5]
    assert list(stream(0)) == []


def test_parquet_and_csv_are_written_a_batch_at_a_time(tmp_path: Path) -> None:
    pl = pytest.importorskip("polars", reason="reads the file back")
    pytest.importorskip("pyarrow", reason="Parquet needs the extra arrow")
    assert stream(25).to_parquet(tmp_path / "rows.parquet") == 25
    frame = pl.read_parquet(tmp_path / "rows.parquet")
    assert frame["Cost"].to_list() == [n + 0.5 for n in range(25)]
    assert frame["Text"].to_list() == [TEXTS[n % len(TEXTS)] for n in range(25)]
    assert stream(25).to_csv(tmp_path / "rows.csv") == 25
    assert pl.read_csv(tmp_path / "rows.csv")["Cost"].to_list() == frame["Cost"].to_list()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["rows.csv", "rows.parquet"]


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
@pytest.mark.parametrize("how", ["cut off", "said to have failed"])
def test_a_failure_half_way_leaves_no_file(tmp_path: Path, how: str, suffix: str) -> None:
    pytest.importorskip("pyarrow", reason="Parquet needs the extra arrow")
    bad = stream(2500, fails=how == "cut off", ok=how == "cut off")
    with pytest.raises(aa.ApiException, match=r"cut off|the export failed on the server"):
        getattr(bad, f"to_{suffix}")(tmp_path / f"rows.{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_a_stream_that_is_not_read_to_the_end_can_be_closed() -> None:
    with stream(2500) as rows:
        assert len(next(iter(rows))) == 10
    with pytest.raises(ValueError, match="gone through once"):
        list(rows)
