"""An export as a stream: batches of the requested size, files that are complete or do not exist."""

from __future__ import annotations

import io
from collections.abc import Generator
from pathlib import Path

import pytest

import apteco_api as aa
from apteco_api.frames.columns import BadCell, ExportColumn
from apteco_api.frames.requests import check_export
from apteco_api.frames.rows import Rows
from apteco_api.frames.stream import RowStream
from apteco_api.query.catalogue import Facts

COLUMNS = [
    ExportColumn("Text", Facts("peSName", "People", "text")),
    ExportColumn("Cost", Facts("boCost", "Bookings", "numeric", decimals=True)),
]
NUMBERS = [
    ExportColumn("Key", Facts("boURN", "Bookings", "reference")),
    ExportColumn("Nights", Facts("boNights", "Bookings", "numeric")),
    ExportColumn("Share", Facts("raShare", "Responses", "numeric")),
    ExportColumn("Product", Facts("boProd", "Bookings", "selector")),
    ExportColumn("Date", Facts("boDate", "Bookings", "date")),
]
TEXTS = ["},{", '"}],"rows":[{', "a,b", "ünï ☃ 𝄞", "", "'"]


def stream(count: int, *, ok: bool = True, fails: bool = False) -> RowStream:
    """Yield a stream of some rows in uneven pieces, that says at its end whether all went well."""

    def source(part: str) -> Generator[list[aa.Row], None, aa.ExportResult]:
        for start in range(0, count, 7):
            numbers = range(start, min(count, start + 7))
            texts = [f"{TEXTS[n % len(TEXTS)]}\t{n}.50" for n in numbers]
            yield [aa.Row(codes=text, descriptions=text) for text in texts]
        if fails:
            raise aa.ApiInterrupted(0, "cut off")
        return aa.ExportResult(ran_successfully=ok)

    return RowStream(COLUMNS, source, check_export, batch_size=10)


def numbers(count: int, fractions: frozenset[int] = frozenset(), bad: int = -1) -> tuple[RowStream, Rows]:
    """Yield the same rows as a stream and in memory; some numbers of `Share` are no whole ones."""
    texts = [
        f"k{n}\t{'' if n % 7 == 3 else n}\t{'x' if n == bad else f'{n}.25' if n in fractions else n}"
        f"\tFlight\t{n % 28 + 1:02}-02-2020"
        for n in range(count)
    ]
    rows = [aa.Row(codes=text, descriptions=text) for text in texts]

    def source(part: str) -> Generator[list[aa.Row], None, aa.ExportResult]:
        yield rows
        return aa.ExportResult(ran_successfully=True)

    return RowStream(NUMBERS, source, check_export, batch_size=10), Rows(NUMBERS, texts, texts)


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
    with pytest.raises(ValueError, match="read only once"):
        list(rows)


@pytest.mark.parametrize("fractions", [(), (0,), (9,), (10,), (33,), (3, 12, 34)])
def test_a_streamed_file_has_the_types_and_values_of_the_frame_in_memory(
    tmp_path: Path, fractions: tuple[int, ...]
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet needs the extra arrow")
    arrow, path = pytest.importorskip("pyarrow"), tmp_path / "rows.parquet"
    streamed, held = numbers(35, frozenset(fractions))
    assert streamed.to_parquet(path) == 35
    found, expected = parquet.read_table(path), held.to_arrow()
    assert found.schema.equals(expected.schema, check_metadata=True)
    assert found.to_pydict() == expected.to_pydict()
    assert [str(kind) for kind in found.schema.types[1:3]] == ["int64", "double" if fractions else "int64"]
    assert [each.name for each in tmp_path.iterdir()] == ["rows.parquet"]

    streamed, _ = numbers(35, frozenset(fractions))
    joined = arrow.concat_tables(streamed.arrow_batches(), promote_options="permissive")
    assert joined.to_pydict() == expected.to_pydict()
    assert joined.schema.types == expected.schema.types

    streamed, _ = numbers(35, frozenset(fractions))
    streamed.to_parquet(path, codes=True)
    assert parquet.read_table(path).to_pydict() == held.to_arrow(codes=True).to_pydict()

    streamed, _ = numbers(35, frozenset(fractions))
    streamed.to_csv(tmp_path / "streamed.csv")
    held.to_csv(tmp_path / "held.csv")
    assert (tmp_path / "streamed.csv").read_bytes() == (tmp_path / "held.csv").read_bytes()


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_value_that_does_not_fit_is_named_by_its_row_in_the_whole_export(
    tmp_path: Path, suffix: str
) -> None:
    pytest.importorskip("pyarrow", reason="Parquet needs the extra arrow")
    streamed, _ = numbers(35, bad=23)
    with pytest.raises(BadCell, match="column 'Share', row 23: 'x' is not a number"):
        getattr(streamed, f"to_{suffix}")(tmp_path / f"rows.{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_a_stream_from_a_server_has_the_types_of_the_frame_in_memory(
    session: aa.Session, tmp_path: Path
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet needs the extra arrow")
    path = tmp_path / "rows.parquet"
    exported = 0
    for table in session.tables:
        columns = [each for each in table.variables if each.model.is_exportable]
        if not columns:
            continue
        count = session.export_to(path, table.name, columns)
        session.export(table.name, columns).to_parquet(tmp_path / "held.parquet")
        found, held = parquet.read_table(path), parquet.read_table(tmp_path / "held.parquet")
        assert count == held.num_rows
        assert found.schema.equals(held.schema, check_metadata=True), table
        assert found.equals(held), table
        exported += len(columns)
    assert exported > 60


def test_what_the_server_says_of_a_variable_decides_before_the_first_row(session: aa.Session) -> None:
    money, share, whole = (session.variables[name] for name in ("boCost", "raPercen", "PoDaysUn"))
    assert [each.facts.decimals for each in (money, share, whole)] == [True, True, False]


def test_only_what_is_asked_for_is_read_of_a_row_unless_all_is_to_be_checked(session: aa.Session) -> None:
    from apteco_api.api.exports_api import ExportsApi
    from apteco_api.frames.partial_decode import as_wanted

    operation = ExportsApi.operations["exports_perform_export_synchronously"]
    settings = aa.Configuration()
    assert as_wanted(operation, "both", settings) is operation
    assert as_wanted(operation, "codes", settings).result_type is not operation.result_type
    settings.strict_responses = True
    assert as_wanted(operation, "codes", settings) is operation
    texts = io.StringIO()
    with session.stream_export("Bookings", ["boURN", "boDest"], limit=3) as stream:
        stream.to_csv(texts, codes=True)
    codes = session.export("Bookings", ["boURN", "boDest"], limit=3).to_arrow(codes=True)
    assert [line.split(",")[1] for line in texts.getvalue().splitlines()[1:]] == codes[
        "Destination code"
    ].to_pylist()
