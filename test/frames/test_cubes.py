"""Cubes from wire data: cells land at the right labels, totals can be taken apart."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import apteco_api as aa
from apteco_api.frames.cube import CubeFrame
from apteco_api.frames.cube_request import cube_request, dimension, measure
from apteco_api.query.catalogue import Facts, StaticCatalogue
from apteco_api.query.periods import period_start

CATALOGUE = StaticCatalogue(
    [
        Facts("boProd", "Bookings", "selector", "Product", 1),
        Facts("boCont", "Bookings", "selector", "Continent", 2),
        Facts("boDate", "Bookings", "date", "Booking Date"),
        Facts("boCost", "Bookings", "numeric", "Cost", 0, True),
    ],
    {"Households": "", "People": "Households", "Bookings": "People"},
)


def frame(words: Mapping[str, str] | None = None) -> CubeFrame:
    """Return a cube's frame; `words` replaces texts of its answer."""
    axes = [dimension(name, CATALOGUE) for name in ("boProd", "boCont")]
    figures = [measure(name, "Bookings", CATALOGUE) for name in ("Count", "Mean(boCost)")]
    # [boProd, boCont] is sent as boCont, boProd: each row is one product, and its cells are the continents.
    result = aa.CubeResult(
        dimension_results=[
            aa.DimensionResult(
                id="1",
                header_codes=" !\tAU\tEU\tiTOTAL",
                header_descriptions="Unclassified\tAustralasia\tEurope\tiTOTAL",
            ),
            aa.DimensionResult(
                id="0", header_codes="!\t0\tiTOTAL", header_descriptions="Unclassified\tFlight\tiTOTAL"
            ),
        ],
        measure_results=[
            aa.MeasureResult(id="0", rows=["0\t0\t1\t1", "2\t10\t20\t32", "2\t10\t21\t33"], cells=[]),
            aa.MeasureResult(id="1", rows=["\t\t5.5\t5.5", "1\t2\t3\t2.5", "1\t2\t3.1\t2.6"], cells=[]),
        ],
    )
    for old, new in (words or {}).items():
        for each in result.dimension_results or ():
            each.header_descriptions = each.header_descriptions.replace(old, new)
        for each in result.measure_results or ():
            each.rows = [row.replace(old, new) for row in each.rows or ()]
    return CubeFrame.from_result(result, axes, figures)


def test_the_request_names_dimensions_last_first() -> None:
    axes = [dimension(name, CATALOGUE) for name in ("boProd", "boDate by Years")]
    figures = [measure(name, "Bookings", CATALOGUE) for name in ("Count", "People", "Sum(boCost)")]
    query = aa.Query(selection=aa.Selection(table_name="Bookings"))
    made = cube_request(query, "Bookings", axes, figures)
    assert [(each.id, each.type, each.variable_name) for each in made.dimensions] == [
        ("1", "DateBand", "boDate"),
        ("0", "Selector", "boProd"),
    ]
    assert made.dimensions[0].banding == aa.DimensionBanding(type="Years")
    assert [(each.function, each.resolve_table_name, each.variable_name) for each in made.measures] == [
        ("Count", "Bookings", None),
        ("Count", "People", None),
        ("Sum", "Bookings", "boCost"),
    ]


def test_each_cell_stands_at_its_labels() -> None:
    cube = frame()
    assert cube.shape == (3, 4)
    assert list(cube.rows(unclassified=False)) == [
        ("Flight", "Australasia", 10, 2.0),
        ("Flight", "Europe", 20, 3.0),
    ]
    assert ("0", "EU", 20, 3.0) in list(cube.rows(codes=True))
    assert len(list(cube.rows())) == 6
    assert len(list(cube.rows(totals=True))) == 12


@pytest.mark.parametrize("text", ["nan", "NaN", "inf", "-inf", "1e400", "-", "n/a"])
def test_a_text_that_is_not_a_finite_number_is_a_missing_figure(text: str) -> None:
    cube = frame({"5.5": text})
    found = [row[3] for row in cube.rows(totals=True) if row[:2] == ("Unclassified", "Europe")]
    assert found == [None]
    assert "NaN" not in json.dumps(list(cube.rows(totals=True)), allow_nan=False)


@pytest.mark.parametrize("name", ["$\\bad$", "£5 to $10 or $20", "_hidden", "a_b^c", "100%", "back\\slash"])
def test_names_are_drawn_as_they_are(name: str, tmp_path: Path) -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot", reason="pictures need the extra plot")
    axes = frame({"Flight": name, "Unclassified": f"{name} 2"}).plot(tmp_path / "cube.svg", unclassified=True)
    assert (tmp_path / "cube.svg").stat().st_size > 1_000
    legend = axes.get_legend()
    assert legend is not None
    drawn = [text.get_text() for text in (*axes.get_xticklabels(), *legend.get_texts())]
    assert name in drawn
    assert not any(text.get_parse_math() for text in legend.get_texts())
    pyplot.close("all")


def test_totals_are_taken_apart_by_dimension() -> None:
    cube = frame()
    assert cube.totals() == [{"Count": 33, "Mean(Cost)": 2.6}]
    assert {"Product": "Flight", "Count": 32, "Mean(Cost)": 2.5} in cube.totals("boCont")
    assert [each["Count"] for each in cube.totals("Product")] == [2, 10, 21]
    with pytest.raises(aa.UnknownName):
        cube.totals("nothing")


def test_pandas_and_polars_and_arrow_say_the_same(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas", reason="frames need the extra pandas")
    pl = pytest.importorskip("polars", reason="frames need the extra polars")
    pytest.importorskip("pyarrow", reason="frames need the extra arrow")
    cube = frame()
    table: Any = cube.to_pandas(totals=True)
    assert table.index.names == ["Product", "Continent"]
    assert {name: str(kind) for name, kind in table.dtypes.items()} == {
        "Count": "Int64",
        "Mean(Cost)": "Float64",
    }
    assert table.loc[("Flight", "Europe"), "Count"] == 20
    assert pd.isna(table.loc[("Unclassified", "Unclassified"), "Mean(Cost)"])
    flat = list(cube.rows(totals=True))
    assert cube.to_polars(totals=True).rows() == flat
    assert [tuple(row.values()) for row in cube.to_arrow(totals=True).to_pylist()] == flat
    cube.to_parquet(tmp_path / "cube.parquet", totals=True)
    assert pl.read_parquet(tmp_path / "cube.parquet").rows() == flat
    cube.to_csv(tmp_path / "cube.csv")
    lines = (tmp_path / "cube.csv").read_text("utf-8").splitlines()
    assert lines[0] == "Product,Continent,Count,Mean(Cost)"
    assert "Flight,Europe,20,3.0" in lines


def test_an_answer_that_does_not_fit_is_refused() -> None:
    cube = frame()
    with pytest.raises(ValueError, match="'Count' has 1 cells where 12 were expected"):
        CubeFrame(cube.dimensions, cube.measures, {"Count": [1]})
    with pytest.raises(ValueError, match="lacks the dimension or measure"):
        CubeFrame.from_result(aa.CubeResult(), cube.dimensions, cube.measures)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("boCost", "say how wide its bands are"),
        ("boProd by Years", "only dates are grouped"),
        ("boDat", "did you mean"),
    ],
)
def test_a_dimension_that_makes_no_sense_is_refused(text: str, message: str) -> None:
    with pytest.raises((ValueError, LookupError), match=message):
        dimension(text, CATALOGUE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Average(boCost)", "is not a measure"),
        ("Sum", "needs a variable"),
        ("Count(boCost)", "counts the records of a table"),
    ],
)
def test_a_measure_that_makes_no_sense_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        measure(text, "Bookings", CATALOGUE)


def test_the_error_for_a_pair_as_a_measure_says_how_to_write_one() -> None:
    pair: Any = ("Mean", "boCost")
    with pytest.raises(ValueError, match=r"\('Mean', 'boCost'\) is not a measure: write Count"):
        measure(pair, "Bookings", CATALOGUE)


def test_dates_are_by_month_unless_said_otherwise() -> None:
    assert dimension("boDate", CATALOGUE).banding == "Months"
    assert dimension("boDate by year", CATALOGUE).banding == "Years"
    assert dimension(("boDate", "Quarters"), CATALOGUE).label == "Booking Date by Quarters"
    assert dimension("Booking Date by day", CATALOGUE).banding == "Day"


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("2016", dt.date(2016, 1, 1)),
        ("2016Q3", dt.date(2016, 7, 1)),
        ("201612", dt.date(2016, 12, 1)),
        ("2015W53", dt.date(2015, 12, 28)),
        ("20160229", dt.date(2016, 2, 29)),
        ("0000", None),
        ("000000", None),
        ("0000000", None),
        ("00000000", None),
        ("iTOTAL", None),
        ("2017W53", None),
    ],
)
def test_a_period_starts_on_a_day(code: str, day: dt.date | None) -> None:
    assert period_start(code) == day


@pytest.mark.parametrize("band", ["Years", "Quarters", "Months", "Weeks", "Day"])
def test_periods_become_dates_in_every_frame(session: aa.Session, band: str) -> None:
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    pytest.importorskip("pyarrow")
    cube = session.cube("Bookings", ["Product", f"Booking Date by {band}"])
    label = f"Booking Date by {band}"
    frame = cube.to_pandas(dates=True, unclassified=False)
    days = frame.index.get_level_values(label)
    assert str(days.dtype) == ("datetime64[s]" if pd.__version__ >= "2" else "datetime64[ns]")
    assert days.min() >= pd.Timestamp(2015, 12, 28)
    other = cube.to_polars(dates=True, unclassified=False)
    assert other.schema[label] == pl.Date
    assert other[label].to_list() == [day.date() for day in days]
    arrow = cube.to_arrow(dates=True, unclassified=False)
    assert str(arrow.schema.field(label).type) == "date32[day]"
    assert arrow[label].to_pylist() == other[label].to_list()
    whole = list(cube.rows(dates=True, totals=True))
    assert {row[1] for row in whole if row[1] is None} == {None}
    assert len(cube.to_pandas(dates=True, totals=True)) == len(whole)


def test_a_figure_or_dimension_that_is_asked_for_twice_is_refused(session: aa.Session) -> None:
    with pytest.raises(ValueError, match=r"'Sum\(Cost\)' is asked for twice"):
        session.cube("Bookings", ["Product"], ["Sum(Cost)", "Sum(boCost)"])
    with pytest.raises(ValueError, match="'Product' is asked for twice"):
        session.cube("Bookings", ["Product", "boProd"])


def test_one_dimension_and_one_measure_need_no_list(session: aa.Session) -> None:
    one, other = (
        session.cube("Bookings", "Product", "Sum(Cost)"),
        session.cube("Bookings", ["Product"], ["Sum(Cost)"]),
    )
    assert list(one.rows()) == list(other.rows())


def test_a_cube_with_no_dimension_is_one_row_in_every_frame(session: aa.Session) -> None:
    cube = session.cube("Bookings", [], ["Count", "People"])
    rows = [{"Count": 20_000, "People": 10_860}]
    assert cube.to_pandas().to_dict("records") == rows
    assert cube.to_polars().to_dicts() == cube.to_arrow().to_pylist() == cube.totals() == rows


def test_the_categories_of_a_frame_are_those_of_its_rows() -> None:
    assert frame().to_polars()["Continent"].dtype.categories.to_list() == [
        "Unclassified",
        "Australasia",
        "Europe",
    ]
    whole = frame().to_polars(totals=True, unclassified=False)
    assert whole["Continent"].dtype.categories.to_list() == ["Australasia", "Europe", "TOTAL"]


def test_a_dimension_that_the_cube_does_not_have_is_refused_with_the_nearest() -> None:
    with pytest.raises(aa.UnknownName, match="no dimension 'Continnt'; did you mean 'Continent'"):
        frame().totals("Continnt")


def test_an_unknown_period_and_a_cube_without_a_measure_are_refused(session: aa.Session) -> None:
    with pytest.raises(ValueError, match=r"'Fortnight' is not a period .*: write Years, Quarters, Months"):
        dimension("boDate by Fortnight", CATALOGUE)
    with pytest.raises(ValueError, match="did you mean 'DayOfWeek'"):
        dimension("boDate by DayOfWek", CATALOGUE)
    with pytest.raises(ValueError, match="a cube needs at least one measure"):
        session.cube("Bookings", ["Product"], [])
