"""The output forms of exports and cubes: all have the same values, and no file is incomplete."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import time
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import fsspec
import matplotlib
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as dataset
import pytest

import apteco_api as aa
from apteco_api.frames import excel
from apteco_api.frames.columns import BadCell, ExportColumn
from apteco_api.frames.dataset import write_dataset
from apteco_api.frames.requests import ExportPlan
from apteco_api.frames.rows import Rows
from apteco_api.frames.texts import Texts
from apteco_api.query.catalogue import Facts

matplotlib.use("Agg")


def column(header: str, kind: Any, **more: Any) -> ExportColumn:
    return ExportColumn(header, Facts(more.pop("name", header), "T", kind, header, **more))


def forms(rows: Rows, header: str) -> dict[str, list[Any]]:
    """Return a column in every form, None where nothing is."""
    frame = rows.to_pandas()[header]
    plain = [None if pd.isna(value) else value for value in frame]
    return {
        "iteration": rows.column(header),
        "arrow": rows.to_arrow().column(header).to_pylist(),
        "polars": rows.to_polars()[header].to_list(),
        "pandas": [value.to_pydatetime() if isinstance(value, pd.Timestamp) else value for value in plain],
    }


@pytest.mark.parametrize(
    "text",
    ["end\r", "\rstart", "\ufeffmark", "mark\ufeff", "two\nlines", "\n", "tail\r\n", '"', "nan", "0x10"],
)
@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("packed", [False, True])
def test_texts_are_the_same_in_every_form(text: str, place: int, packed: bool) -> None:
    columns = [column("N", "numeric"), column("N", "numeric")]
    columns[place] = column("A", "text")
    texts = ["\t".join([text, "1"] if place == 0 else ["1", text]), "\t".join(["x", "2"][:: 1 - 2 * place])]
    given = Texts([texts[:1], texts[1:]]) if packed else texts
    rows = Rows(columns, given, given)
    assert all(found == [text, "x"] for found in forms(rows, "A").values())
    out = io.StringIO(newline="")
    rows.to_csv(out)
    assert [row[place] for row in csv.reader(io.StringIO(out.getvalue(), newline=""))][1:] == [text, "x"]


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63 - 1), 1234567890123456789, 10**18, 0])
def test_numbers_of_64_bits_keep_every_digit(number: int) -> None:
    rows = Rows([column("N", "numeric")], [str(number), ""], [str(number), ""])
    assert all(found == [number, None] for found in forms(rows, "N").values())


@pytest.mark.parametrize("text", ["0x10", "0X1f", "nan", "inf", "-Infinity", "1_000", "5 5", "١"])
@pytest.mark.parametrize("decimals", [False, True])
def test_numbers_that_only_computers_write_are_refused_in_every_form(
    text: str, decimals: bool, tmp_path: Path
) -> None:
    rows = Rows([column("N", "numeric", decimals=decimals)], ["1", text], ["1", text])
    for way in (
        lambda: list(rows),
        rows.to_arrow,
        rows.to_pandas,
        rows.to_polars,
        lambda: rows.to_csv(io.StringIO()),
        lambda: rows.to_excel(tmp_path / "x.xlsx"),
    ):
        with pytest.raises(BadCell, match="row 1"):
            way()
    assert list(tmp_path.iterdir()) == []


def test_the_row_of_a_bad_value_is_named_however_far_down_it_is() -> None:
    texts = ["1"] * 5_000
    texts[4_321] = "many"
    rows = Rows([column("N", "numeric")], texts, texts)
    for way in (lambda: rows.to_csv(io.StringIO()), lambda: list(rows), rows.to_arrow):
        with pytest.raises(BadCell, match="row 4321: 'many' is not a number"):
            way()


@pytest.mark.parametrize("decimals", [False, True])
def test_blanks_around_a_number_change_nothing_in_any_form(decimals: bool) -> None:
    rows = Rows([column("N", "numeric", decimals=decimals)], [" 5", "6 ", ""], ["", "", ""])
    assert all(found == [5, 6, None] for found in forms(rows, "N").values())
    out = io.StringIO()
    rows.to_csv(out)
    assert out.getvalue() == 'N\n5\n6\n""\n'


def test_moments_keep_fractions_and_refuse_zones_in_every_form() -> None:
    texts = ["27-11-2019 15:57:24.5", "27-11-2019 15:57:24", ""]
    want = [dt.datetime(2019, 11, 27, 15, 57, 24, 500_000), dt.datetime(2019, 11, 27, 15, 57, 24), None]
    rows = Rows([column("M", "datetime")], Texts([texts[1:], texts[:1]]), texts)
    assert all(found == [want[1], None, want[0]] for found in forms(rows, "M").values())
    zoned = Rows([column("M", "datetime")], ["27-11-2019 15:57:24+01:00"], [""])
    for way in (lambda: list(zoned), zoned.to_arrow, zoned.to_pandas, lambda: zoned.to_csv(io.StringIO())):
        with pytest.raises(BadCell, match="is not a date with a time"):
            way()


def test_a_column_of_codes_takes_no_other_columns_heading(tmp_path: Path) -> None:
    columns = [column("A", "selector", name="a"), column("A code", "text", name="b")]
    rows = Rows(columns, ["France\tx"], ["06\tx"])
    for headers in (
        list(rows.to_pandas(codes=True)),
        rows.to_polars(codes=True).columns,
        rows.to_arrow(codes=True).column_names,
    ):
        assert sorted(headers) == ["A", "A code", "A code (a)"]
    rows.to_excel(tmp_path / "a.xlsx", codes=True)
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert [list(row) for row in sheet.values] == [["A", "A code", "A code (a)"], ["France", "x", "06"]]


def test_packed_rows_are_a_sequence_like_any_other() -> None:
    plain = [f"row {number}" + "\nmore" * (number % 7 == 0) for number in range(100)]
    packed = Texts(plain[start : start + 13] for start in range(0, 100, 13))
    assert len(packed) == 100
    assert list(packed) == plain
    for part in (
        slice(5, 50),
        slice(None),
        slice(90, 200),
        slice(50, 5),
        slice(None, None, -3),
        slice(-5, None),
    ):
        assert packed[part] == plain[part]
    assert (packed[0], packed[-1], packed[42]) == (plain[0], plain[-1], plain[42])
    with pytest.raises(IndexError):
        packed[100]


def test_a_workbook_has_types_formats_and_a_heading_that_stays(session: aa.Session, tmp_path: Path) -> None:
    columns = ["boURN", "Destination", "Cost", "Booking Date"]
    rows = session.export("Bookings", columns, limit=300)
    streamed = session.export_to(tmp_path / "b.xlsx", "Bookings", columns, limit=300)
    assert rows.to_excel(tmp_path / "a.xlsx") == streamed == 300
    for name in ("a.xlsx", "b.xlsx"):
        sheet = openpyxl.load_workbook(tmp_path / name).active
        assert sheet.freeze_panes == "A2"
        assert sheet["C2"].number_format == "#,##0.00"
        assert sheet["D2"].number_format == "yyyy-mm-dd"
        read = [(a, b, c, d.date() if d else None) for a, b, c, d in list(sheet.values)[1:]]
        assert read == list(rows)


def test_texts_of_a_workbook_are_never_formulas_and_long_numbers_never_rounded(tmp_path: Path) -> None:
    rows = Rows(
        [column("T", "text"), column("N", "numeric")],
        ["=1+1\t1234567890123456789", "http://example.com\t1"],
        ["\t", "\t"],
    )
    rows.to_excel(tmp_path / "a.xlsx")
    cells = list(openpyxl.load_workbook(tmp_path / "a.xlsx").active.iter_rows(min_row=2))
    assert [cell.data_type for cell in cells[0]] == ["s", "s"]
    assert [[cell.value for cell in row] for row in cells] == [
        ["=1+1", "1234567890123456789"],
        ["http://example.com", 1],
    ]


def test_more_rows_than_a_worksheet_holds_are_refused_and_leave_the_old_file(
    session: aa.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excel, "MOST_ROWS", 1_001)
    path = tmp_path / "a.xlsx"
    assert session.export_to(path, "Bookings", ["boURN"], limit=1_000) == 1_000
    before = path.read_bytes()
    with pytest.raises(ValueError, match="1,000 rows below its heading"):
        session.export_to(path, "Bookings", ["boURN"], limit=1_001)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.xlsx"]


def test_more_columns_than_a_worksheet_holds_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excel, "MOST_COLUMNS", 2)
    rows = Rows([column(name, "text") for name in "ABC"], ["a\tb\tc"], ["\t\t"])
    with pytest.raises(ValueError, match="holds 2 columns, not 3"):
        rows.to_excel(tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_every_control_character_reaches_a_workbook_that_opens(tmp_path: Path) -> None:
    texts = [f"a{chr(code)}b" for code in range(32) if chr(code) not in "\t\n\r"] + ["_x0041_", "\ufffe"]
    rows = Rows([column("T\x01", "text")], texts, [""] * len(texts))
    assert rows.to_excel(tmp_path / "a.xlsx") == len(texts)
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    cells = [str(row[0]) for row in sheet.iter_rows(min_row=2, values_only=True)]
    decoded = [re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), cell) for cell in cells]
    assert decoded == texts


@pytest.mark.parametrize(
    "value", ["a/b", "a=b", "", "..", "a%2Fb", "x\\y", " ", "é", "NULL", "01", "a:b", "nan"]
)
def test_values_with_special_characters_make_folders_that_read_back(tmp_path: Path, value: str) -> None:
    rows = Rows([column("P", "text"), column("N", "numeric")], [f"{value}\t1", "zz\t2"], ["\t", "\t"])

    class Stream:
        def arrow_batches(self) -> Any:
            return iter([rows.to_arrow()])

    stream: Any = Stream()
    plan = ExportPlan(rows.columns, None)  # type: ignore[arg-type]
    assert write_dataset(tmp_path / "parts", stream, plan, [0]) == 2
    source = f"{tmp_path}/parts/**/*.parquet"
    assert pl.read_parquet(source, hive_partitioning=True).sort("N")["P"].to_list() == [value, "zz"]
    ducks = duckdb.sql(f"SELECT P FROM read_parquet('{source}', hive_partitioning=true) ORDER BY N")
    assert ducks.fetchall() == [(value,), ("zz",)]


def test_a_cube_becomes_a_workbook(session: aa.Session, tmp_path: Path) -> None:
    cube = session.cube("Bookings", ["Destination", "Booking Date by Years"], ["Count", "Sum(Cost)"])
    count = cube.to_excel(tmp_path / "c.xlsx", totals=True, dates=True)
    sheet = openpyxl.load_workbook(tmp_path / "c.xlsx").active
    assert [cell.value for cell in sheet[1]] == cube.headers
    assert sheet.max_row == count + 1


def test_other_libraries_read_rows_and_cubes_by_the_arrow_protocol(session: aa.Session) -> None:
    rows = session.export("Bookings", ["boURN", "Destination", "Cost"], limit=200)
    assert pl.DataFrame(rows).height == 200
    assert pa.table(rows).num_rows == 200
    total = sum(cost or 0 for cost in rows["Cost"])  # type: ignore[misc]
    assert duckdb.sql("SELECT count(*), sum(Cost) FROM rows").fetchall() == [(200, pytest.approx(total))]
    cube = session.cube("Bookings", ["Destination"])
    assert pa.table(cube).num_rows == len(list(cube.rows()))


@pytest.mark.parametrize("ending", ["parquet", "csv", "xlsx"])
def test_an_export_goes_behind_a_url_whole_or_not_at_all(
    session: aa.Session, ending: str, tmp_path: Path
) -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    url = f"memory://exports/{ending}/rows.{ending}"
    assert session.export_to(url, "Bookings", ["boURN", "Cost"], limit=500) == 500
    local = tmp_path / f"rows.{ending}"
    session.export_to(local, "Bookings", ["boURN", "Cost"], limit=500)
    if ending != "xlsx":  # a workbook holds the time of its creation
        assert memory.cat(f"/exports/{ending}/rows.{ending}") == local.read_bytes()
    broken = f"memory://exports/{ending}/broken.{ending}"
    with pytest.raises(ValueError, match="order_by"):
        session.export_to(broken, "Bookings", ["boURN"], order_by="Cost")
    with pytest.raises(aa.ApiException):
        session.export_to(
            broken, aa.Query(selection=aa.Selection(table_name="Bookings", rfv=aa.RFV())), ["boURN"]
        )
    assert not memory.exists(f"/exports/{ending}/broken.{ending}")


def test_a_dataset_has_a_folder_for_each_value(session: aa.Session, tmp_path: Path) -> None:
    folder = tmp_path / "bookings"
    columns = ["boURN", "Product", "Cost"]
    count = session.export_to(folder, "Bookings", columns, partition_by="Product")
    assert count == session.count("Bookings")
    rows = session.export("Bookings", columns)
    want = sorted(zip(rows["Booking URN"], rows["Product"], rows["Cost"], strict=True), key=str)
    names = ("Booking URN", "Product", "Cost")
    polars = pl.read_parquet(folder / "**/*.parquet", hive_partitioning=True)
    assert sorted(zip(*(polars[name].to_list() for name in names), strict=True), key=str) == want
    source = f"read_parquet('{folder}/**/*.parquet', hive_partitioning=true)"
    ducks = duckdb.sql(f'SELECT "Booking URN", Product, Cost FROM {source}').fetchall()
    assert sorted(ducks, key=str) == want
    assert dataset.dataset(folder, partitioning="hive").count_rows() == count
    with pytest.raises(FileExistsError, match="not empty"):
        session.export_to(folder, "Bookings", columns, partition_by="Product")
    with pytest.raises(ValueError, match="partition_by 'Destination' is not one of the exported columns"):
        session.export_to(tmp_path / "other", "Bookings", columns, partition_by="Destination")
    assert [each.name for each in tmp_path.iterdir()] == ["bookings"]


@pytest.mark.parametrize("place", ["folder", "memory"])
def test_a_dataset_of_no_rows_reads_as_an_empty_frame_with_all_columns(
    session: aa.Session, tmp_path: Path, place: str
) -> None:
    target = tmp_path / "none" if place == "folder" else "memory://nobody/none"
    columns = ["boURN", "Product", "Cost", "Booking Date"]
    nobody = aa.where("Cost") > 10**9
    assert session.export_to(target, nobody, columns, partition_by="Product") == 0
    if place == "memory":
        system = fsspec.filesystem("memory")
        system.get("/nobody/none/", f"{tmp_path}/none/", recursive=True)
        system.rm("/nobody", recursive=True)
    folder = tmp_path / "none"
    headers = session.export(nobody, columns).headers
    source = f"read_parquet('{folder}/**/*.parquet', hive_partitioning=true)"
    assert dataset.dataset(folder, partitioning="hive").to_table().schema.names == headers
    assert pl.read_parquet(folder / "**/*.parquet", hive_partitioning=True).columns == headers
    assert pd.read_parquet(folder).columns.to_list() == headers
    assert duckdb.sql(f"SELECT * FROM {source}").columns == headers
    assert [each.name for each in tmp_path.iterdir()] == ["none"]


def test_rows_come_in_the_order_that_was_asked_for(session: aa.Session, tmp_path: Path) -> None:
    every = session.export("Bookings", ["boURN", "Destination", "Cost"])
    dear = session.export("Bookings", ["boURN", "Destination", "Cost"], order_by="-Cost", limit=20)
    assert dear["Cost"] == sorted((cost for cost in every["Cost"] if cost is not None), reverse=True)[:20]  # type: ignore[type-var]
    both = session.export("Bookings", ["Destination", "Cost"], order_by=["Destination", "-boCost"])
    order = list(both.columns[0].categories)
    keys = [(order.index(str(place)), -float(cost)) for place, cost in both if cost is not None]  # type: ignore[arg-type]
    assert keys == sorted(keys)
    session.export_to(tmp_path / "a.csv", "Bookings", ["Cost", "boURN"], order_by="Cost", limit=5)
    assert len((tmp_path / "a.csv").read_text("utf-8").splitlines()) == 6
    with pytest.raises(TypeError, match="order_by takes names of columns, not False"):
        session.export("Bookings", ["Cost"], order_by=("Cost", False))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="limit must be a number of rows, not True"):
        session.export("Bookings", ["Cost"], limit=True)


def test_every_frame_has_the_whole_code_list(session: aa.Session) -> None:
    codes = [code.description for code in session.variables["Destination"].codes]
    some = session.export(aa.where("Destination") == "France", ["Destination"], limit=3)
    none = session.export(aa.where("Cost") > 10**9, ["Destination"])
    for rows in (some, none):
        assert rows.to_pandas()["Destination"].cat.categories.to_list() == codes
        assert rows.to_polars()["Destination"].dtype == pl.Enum(codes)


def test_a_cube_draws_a_picture_with_readable_labels(session: aa.Session, tmp_path: Path) -> None:
    cube = session.cube("Bookings", ["Booking Date by Months"], ["Count", "Sum(Cost)"])
    axes = cube.plot(tmp_path / "cube.png", measure="Sum(Cost)")
    assert (tmp_path / "cube.png").read_bytes().startswith(b"\x89PNG")
    axes.figure.canvas.draw()
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert "Unclassified" not in labels
    assert len(labels) <= 24 < len(cube.dimensions[0].codes)
    assert axes.get_ylabel() == "Sum(Cost)"
    assert any("," in label.get_text() for label in axes.get_yticklabels())
    assert cube.plot(ax=axes) is axes
    with pytest.raises(aa.UnknownName, match="measure"):
        cube.plot(measure="Mean(Cost)")
    with pytest.raises(ValueError, match="has 0"):
        session.cube("Bookings", []).plot()
    rows = session.export("Bookings", ["Destination", "Cost"], limit=50)
    assert rows.plot("Cost").get_xlabel() == "Cost"
    assert rows.plot("Destination", path=tmp_path / "rows.png").get_ylabel() == "Rows"
    matplotlib.pyplot.close("all")


def test_a_picture_goes_to_a_file_with_a_known_ending(session: aa.Session, tmp_path: Path) -> None:
    cube = session.cube("Bookings", ["Product"])
    axes = cube.plot(tmp_path / "plain")
    assert (tmp_path / "plain.png").exists()
    (tmp_path / "folder").mkdir()
    with pytest.raises(aa.ApiWriteError, match="folder"):
        cube.plot(tmp_path / "folder", ax=axes)
    for name in ("a.txt", "a.xlsx"):
        with pytest.raises(ValueError, match=r"ends in one of .*\.png"):
            cube.plot(tmp_path / name, ax=axes)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "plain.png"]
    matplotlib.pyplot.close("all")


def test_many_different_texts_are_drawn_in_linear_time() -> None:
    texts = [str(number) for number in range(20_000)]
    drawn = mock.MagicMock()
    began = time.process_time()
    Rows([column("Name", "text")], texts, texts).plot("Name", ax=drawn)
    assert time.process_time() - began < 2
    assert drawn.bar.call_args.args[1] == [1] * 20_000


def test_a_heading_that_a_worksheet_would_cut_is_refused(session: aa.Session, tmp_path: Path) -> None:
    rows = session.export("Bookings", {"h" * 32_768: "Cost"}, limit=1)
    with pytest.raises(aa.ApiValueError, match="heading has 32,768"):
        rows.to_excel(tmp_path / "long.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [0, -1, 1.5, "x", None, True])
def test_a_batch_has_at_least_one_row(session: aa.Session, size: Any) -> None:
    with pytest.raises(aa.ApiValueError, match="batch_size"):
        session.stream_export("Bookings", ["Cost"], limit=1, batch_size=size)


@pytest.mark.parametrize("form", ["parquet", "excel", "csv"])
@pytest.mark.parametrize("source", ["rows", "cube", "stream"])
def test_an_open_file_is_written_as_it_is(
    session: aa.Session, form: str, source: str, tmp_path: Path
) -> None:
    def made() -> Any:
        return {
            "rows": lambda: session.export("Bookings", ["Cost"], limit=9),
            "stream": lambda: session.stream_export("Bookings", ["Cost"], limit=9),
            "cube": lambda: session.cube("Bookings", ["Product"]),
        }[source]()

    file: Any = io.StringIO() if form == "csv" else io.BytesIO()
    getattr(made(), f"to_{form}")(file)
    assert not file.closed
    getattr(made(), f"to_{form}")(tmp_path / "file")
    written = (tmp_path / "file").read_bytes()
    assert abs(len(file.getvalue()) - len(written)) < 9  # a workbook holds the time
    assert len(written) > 20
    for wrong in (None, 5, ["a"]):
        with pytest.raises(aa.ApiTypeError, match="path of a file or an open file"):
            getattr(made(), f"to_{form}")(wrong)


@pytest.mark.parametrize("url", ["nonsense://b/x.csv", "http://127.0.0.1:9/x.csv", "memory://b/x.csv"])
@pytest.mark.parametrize("partition_by", [None, "Product"])
def test_a_url_that_can_not_be_written_is_an_error_of_the_package(
    session: aa.Session, url: str, partition_by: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if url.startswith("http"):
        pytest.importorskip("aiohttp")

    def refuse(*_: Any, **__: Any) -> None:
        raise NotImplementedError("no")

    memory = fsspec.get_filesystem_class("memory")
    for name in ("put_file", "put"):
        monkeypatch.setattr(memory, name, refuse)
    with pytest.raises((aa.ApiWriteError, aa.ApiValueError), match=url.partition(":")[0]):
        session.export_to(url, "Bookings", ["Cost", "Product"], limit=3, partition_by=partition_by)


def test_a_dataset_touches_only_what_it_has_made(session: aa.Session, tmp_path: Path) -> None:
    for name in (".set.part", "set.part"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.txt").write_text("mine")
    columns = ["Cost", "Product"]
    assert session.export_to(tmp_path / "set", "Bookings", columns, limit=9, partition_by="Product") == 9
    assert sorted(path.name for path in tmp_path.iterdir()) == [".set.part", "set", "set.part"]
    assert (tmp_path / ".set.part" / "mine.txt").read_text() == "mine"


def test_the_word_by_and_tables_are_known_in_any_case(session: aa.Session) -> None:
    years = session.cube("Bookings", ["booking date By YEARS"], ["people"])
    assert years.headers == ["Booking Date by Years", "People"]
    assert len(session.cube("Bookings", ["Cost  BY  5000"]).to_pandas()) == 4
    for wrong in (None, 5):
        with pytest.raises(aa.ApiTypeError, match="in a list"):
            session.cube("Bookings", wrong)
        with pytest.raises(aa.ApiTypeError, match="in a list"):
            session.export("Bookings", columns=5)  # type: ignore[arg-type]


@pytest.mark.parametrize("columns", [[None], [5], [aa.where("Cost")], {"A": None}, [["Cost"]]])
def test_a_column_is_a_name_or_a_variable(session: aa.Session, columns: Any) -> None:
    with pytest.raises(aa.ApiTypeError, match="neither a name"):
        session.export("Bookings", columns, limit=1)


def test_columns_come_from_any_list_of_names(session: aa.Session) -> None:
    frame = session.export("Bookings", ["Cost", "Product"], limit=1).to_pandas()
    for columns in (frame.columns, frame.columns.to_series(name="x"), frame.columns.to_numpy(), frame):
        assert session.export("Bookings", columns, limit=1).headers == ["Cost", "Product"]


@pytest.mark.parametrize("by", [500, "500", "bands of 500", 250.5, 10_000])
def test_bands_of_one_width_hold_every_record_once(session: aa.Session, by: Any) -> None:
    costs = session.export("Bookings", ["Cost"])["Cost"]
    cube = session.cube("Bookings", [aa.bands("Cost", by)]).to_pandas()
    assert cube["Count"].sum() == len(costs)
    width = float(str(by).rpartition(" ")[2])
    low = min(cost for cost in costs if cost is not None) // width * width + width  # type: ignore[operator]
    below = sum(cost is not None and cost < low for cost in costs)  # type: ignore[operator]
    assert cube["Count"].loc[[name for name in cube.index if name.startswith("<")]].sum() == below


@pytest.mark.parametrize(
    ("dimension", "message"),
    [
        (("Cost", 0), "wider than 0"),
        (("Cost", -5), "wider than 0"),
        (("Cost", "dear"), "not a number"),
        (("Cost", [500, 100]), "must ascend"),
        (("Cost", []), "from 1 to 1000"),
        (("Cost", 0.0001), "are the most"),
        ("Cost", "how wide"),
        (("Booking Date", ["soon"]), "begin on dates"),
        (("Destination", 5), "numbers into bands"),
    ],
)
def test_bands_that_make_no_sense_are_refused(session: aa.Session, dimension: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        session.cube("Bookings", [dimension])


def test_bands_of_dates_begin_where_they_should(session: aa.Session) -> None:
    cube = session.cube("Bookings", [("Booking Date", [dt.date(2018, 1, 1), "2020-01-01"])]).to_pandas()
    between = session.count(aa.where("Booking Date").between("2018-01-01", "2019-12-31"))
    assert between in cube["Count"].to_list()


def test_totals_are_called_so_and_periods_begin_with_a_period(session: aa.Session) -> None:
    cube = session.cube("Bookings", ["Product", "Booking Date by Years"])
    assert "TOTAL" in cube.to_pandas(totals=True).index.get_level_values("Product")
    assert "Unclassified" not in cube.to_pandas().index.get_level_values(1)
    assert "Unclassified" in cube.to_pandas(unclassified=True).index.get_level_values(1)
    assert cube.totals()[0]["Count"] == session.count("Bookings")
