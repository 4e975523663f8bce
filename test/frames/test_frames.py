"""Export rows as typed frames: the same values by every way out."""

from __future__ import annotations

import csv
import datetime as dt
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from apteco_api.frames.columns import BadCell, ExportColumn, arrow_table, split_rows
from apteco_api.frames.extras import need
from apteco_api.frames.pandas_frame import moments
from apteco_api.frames.rows import Rows
from apteco_api.query.catalogue import Facts

pd = pytest.importorskip("pandas", reason="frames need the extra pandas")
pl = pytest.importorskip("polars", reason="frames need the extra polars")
pa = pytest.importorskip("pyarrow", reason="frames need the extra arrow")

COLUMNS = [
    ExportColumn("URN", Facts("boURN", "Bookings", "reference")),
    ExportColumn("Destination", Facts("boDest", "Bookings", "selector", code_length=2)),
    ExportColumn("Cost", Facts("boCost", "Bookings", "numeric", decimals=True)),
    ExportColumn("Nights", Facts("boNights", "Bookings", "numeric")),
    ExportColumn("Date", Facts("boDate", "Bookings", "date")),
    ExportColumn("Time", Facts("boTime", "Bookings", "datetime")),
    ExportColumn("Surname", Facts("peSName", "People", "text")),
]
CODES = [
    "00012\t07\t12.50\t7\t20191127\t20191127155724\tO'Neill",
    "00013\t06\t\t\t00000000\t00000000\t",
    '00014\t !\t100.00\t14\t20160229\t20160229000001\t"Quote" & <b>',
]
TEXTS = [
    "00012\tGermany\t12.50\t7\t27-11-2019\t27-11-2019 15:57:24\tO'Neill",
    "00013\tFrance\t\t\tUnclassified\tUnclassified\t",
    '00014\tUnclassified\t100.00\t14\t29-02-2016\t29-02-2016 00:00:01\t"Quote" & <b>',
]
EXPECTED = [
    ("00012", "Germany", 12.5, 7, dt.date(2019, 11, 27), dt.datetime(2019, 11, 27, 15, 57, 24), "O'Neill"),
    ("00013", "France", None, None, None, None, ""),
    (
        "00014",
        "Unclassified",
        100.0,
        14,
        dt.date(2016, 2, 29),
        dt.datetime(2016, 2, 29, 0, 0, 1),
        '"Quote" & <b>',
    ),
]


def rows(texts: Sequence[str] = TEXTS, codes: Sequence[str] = CODES) -> Rows:
    return Rows(COLUMNS, texts, codes)


def test_rows_are_tuples_of_typed_values() -> None:
    found = rows()
    assert len(found) == 3
    assert list(found) == EXPECTED
    assert found[1] == EXPECTED[1]
    assert list(found[1:]) == EXPECTED[1:]
    assert next(iter(found.records()))["Date"] == dt.date(2019, 11, 27)
    assert found.column("Nights") == [7, None, 14]
    assert found.codes("Destination") == {" !": "Unclassified", "06": "France", "07": "Germany"}
    assert isinstance(found.column("Nights")[0], int)


@pytest.mark.skipif(pd.__version__ >= "2", reason="pandas 2 has dates of every year")
def test_pandas_before_2_refuses_a_date_that_it_can_not_hold() -> None:
    with pytest.raises(pd.errors.OutOfBoundsDatetime):
        moments([dt.date(3000, 1, 1)])


def test_pandas_gets_categories_in_code_order_dates_and_nullable_numbers() -> None:
    frame = rows().to_pandas(codes=True)
    moment = "datetime64[s]" if pd.__version__ >= "2" else "datetime64[ns]"  # pandas 1 has only nanoseconds
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "URN": "string",
        "Destination": "category",
        "Destination code": "category",
        "Cost": "Float64",
        "Nights": "Int64",
        "Date": moment,
        "Time": moment,
        "Surname": "string",
    }
    assert list(frame["Destination"].cat.categories) == ["Unclassified", "France", "Germany"]
    assert list(frame["Destination code"]) == ["07", "06", " !"]
    assert frame["Cost"].isna().tolist() == frame["Date"].isna().tolist() == [False, True, False]
    assert frame["Date"][2] == pd.Timestamp(2016, 2, 29)
    assert frame["Nights"].sum() == 21


@pytest.mark.parametrize("texts", [TEXTS, TEXTS[:1], []])
def test_pandas_gets_the_same_frame_where_pyarrow_does_not_load(
    monkeypatch: pytest.MonkeyPatch, texts: list[str]
) -> None:
    wanted = rows(texts, CODES[: len(texts)]).to_pandas(codes=True)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    found = rows(texts, CODES[: len(texts)]).to_pandas(codes=True)
    assert found.dtypes.astype(str).to_dict() == wanted.dtypes.astype(str).to_dict()
    for name in found.columns:
        assert found[name].tolist() == wanted[name].tolist() or found[name].equals(wanted[name]), name
        if hasattr(found[name], "cat"):
            assert list(found[name].cat.categories) == list(wanted[name].cat.categories)
    with pytest.raises(ImportError, match=r"needs pyarrow: pip install 'apteco-api\[arrow\]'"):
        rows().to_arrow()


def test_a_library_that_does_not_work_with_another_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "too_new.py").write_text("raise ImportError('requires NumPy 2.0 or newer, found 1.26.4')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match=r"too_new, which can't be imported: requires NumPy 2\.0 or newer"):
        need("too_new", "arrow")


def test_polars_gets_enums_dates_and_nulls() -> None:
    frame = rows().to_polars(codes=True)
    assert frame.drop("Destination code").rows() == EXPECTED
    assert frame.schema["Destination"] == pl.Enum(["Unclassified", "France", "Germany"])
    assert frame.schema["Nights"] == pl.Int64
    assert frame.schema["Cost"] == pl.Float64
    assert frame["Destination code"].to_list() == ["07", "06", " !"]


def test_arrow_gets_dictionaries_and_the_variables_as_metadata() -> None:
    table = rows().to_arrow(codes=True)
    assert [str(each.type) for each in table.schema] == [
        "string",
        "dictionary<values=string, indices=int32, ordered=0>",
        "double",
        "int64",
        "date32[day]",
        "timestamp[s]",
        "string",
        "dictionary<values=string, indices=int32, ordered=0>",
    ]
    plain = table.drop_columns(["Destination code"])
    assert list(zip(*(column.to_pylist() for column in plain.columns), strict=True)) == EXPECTED
    assert table.schema.field("Cost").metadata == {
        b"variable": b"boCost",
        b"table": b"Bookings",
        b"kind": b"numeric",
    }


def test_parquet_reads_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    rows().to_parquet(path)
    assert pl.read_parquet(path).rows() == EXPECTED
    assert str(pd.read_parquet(path)["Destination"].dtype) == "category"


def test_csv_reads_back_and_needs_no_library(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    rows().to_csv(path)
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))
    assert found[0] == ["URN", "Destination", "Cost", "Nights", "Date", "Time", "Surname"]
    assert found[1] == ["00012", "Germany", "12.50", "7", "2019-11-27", "2019-11-27 15:57:24", "O'Neill"]
    assert found[2] == ["00013", "France", "", "", "", "", ""]
    assert found[3][-1] == '"Quote" & <b>'
    text = io.StringIO()
    rows().to_csv(text, codes=True)
    assert text.getvalue().splitlines()[1] == "00012,07,12.50,7,20191127,20191127155724,O'Neill"


def test_no_rows_are_an_empty_frame_with_the_right_types() -> None:
    empty = rows([], [])
    assert list(empty) == []
    assert str(empty.to_pandas().dtypes["Cost"]) == "Float64"
    assert empty.to_polars().schema["Date"] == pl.Date
    assert empty.to_arrow().num_rows == 0


def test_a_line_break_in_a_text_goes_the_slow_way_with_the_same_values() -> None:
    columns = [COLUMNS[6], COLUMNS[3]]
    table = arrow_table(columns, ["a\nb\t7", "c\t"])
    assert table.to_pydict() == {"Surname": ["a\nb", "c"], "Nights": [7, None]}


def test_csv_quotes_what_would_not_read_back(tmp_path: Path) -> None:
    texts = ["a,b", 'say "x"', "one\ntwo", "cr\rlf", "", "'", " blank "]
    path = tmp_path / "rows.csv"
    for columns, lines in (
        ([COLUMNS[6]], texts),
        ([COLUMNS[6], COLUMNS[3]], [f"{text}\t7" for text in texts]),
    ):
        Rows(columns, lines, lines).to_csv(path)
        with path.open(encoding="utf-8", newline="") as file:
            found = list(csv.reader(file))
        assert [row[0] for row in found] == ["Surname", *texts]
        assert {len(row) for row in found} == {len(columns)}


@pytest.mark.parametrize("text", ["1.0E5", "-3", "", "Unclassified", "1392.350", "12345678901234567890"])
def test_csv_keeps_the_digits_of_a_number(text: str) -> None:
    file = io.StringIO()
    Rows([COLUMNS[3], COLUMNS[6]], [f"{text}\tx"], [f"{text}\tx"]).to_csv(file)
    assert file.getvalue() == f"Nights,Surname\n{'' if text == 'Unclassified' else text},x\n"


def test_a_number_that_is_missing_or_large_does_not_spoil_the_type() -> None:
    columns = [COLUMNS[3], COLUMNS[6]]
    assert arrow_table(columns, ["Unclassified\t", "\t", "7\t"]).schema.types[0] == "int64"
    large = Rows(columns, ["12345678901234567890\ta", "1\tb"], ["", ""])
    assert large.to_arrow().schema.types[0] == "double"
    assert str(large.to_pandas().dtypes["Nights"]) == "Float64"
    assert large.to_polars().schema["Nights"] == pl.Float64


def test_money_is_never_whole_and_other_numbers_are_whole_if_all_are() -> None:
    columns = [COLUMNS[2], COLUMNS[3]]
    assert [str(each.type) for each in arrow_table(columns, ["12\t7"]).schema] == ["double", "int64"]
    assert [str(each.type) for each in arrow_table(columns, ["12\t7", "1\t7.5"]).schema] == [
        "double",
        "double",
    ]


@pytest.mark.parametrize(
    ("place", "text", "message"),
    [
        (2, "a lot", "column 'Cost', row 1: 'a lot' is not a number"),
        (4, "2019-11-27", "column 'Date', row 1: '2019-11-27' is not a date"),
        (4, "31-02-2019", "column 'Date', row 1"),
    ],
)
def test_a_value_that_does_not_fit_is_named(place: int, text: str, message: str) -> None:
    cells = TEXTS[1].split("\t")
    cells[place] = text
    bad = rows([TEXTS[0], "\t".join(cells)], CODES[:2])
    file = io.StringIO()
    for way in (bad.to_pandas, bad.to_polars, bad.to_arrow, lambda: list(bad), lambda: bad.to_csv(file)):
        with pytest.raises(BadCell, match=message):
            way()


def test_a_row_with_too_few_values_is_named() -> None:
    with pytest.raises(BadCell, match="row 1 has 2 values for 3 columns"):
        split_rows(["a\tb\tc", "a\tb"], 3)


def test_the_card_for_a_notebook_escapes_what_the_server_sent() -> None:
    card = rows()._repr_html_()
    assert "&lt;b&gt;" in card
    assert "<b>" not in card
    assert "3 rows" in card
