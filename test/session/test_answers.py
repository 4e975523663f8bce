"""Counts, exports and cubes of the session, worked out a second time with pandas over exported rows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from support.sandbox import calls_of

import apteco_api as aa
from apteco_api.query.catalogue import UnknownName

pd = pytest.importorskip("pandas", reason="the second way is pandas")

COLUMNS = ["boURN", "Destination", "Product", "Cost", "Profit", "Booking Date", "Surname", "Person URN"]


@pytest.fixture(scope="module")
def bookings(session: aa.Session) -> Any:
    """Return all bookings as a frame."""
    frame = session.export("Bookings", COLUMNS).to_pandas()
    assert len(frame) == 20_000
    return frame


CASES: list[tuple[aa.Condition, Any]] = [
    (aa.where("Destination") == "France", lambda f: f["Destination"] == "France"),
    (aa.where("Destination") != "France", lambda f: f["Destination"] != "France"),
    (aa.where("boDest").isin("06", "07"), lambda f: f["Destination"].isin(["France", "Germany"])),
    (aa.where("Destination").is_missing(), lambda f: f["Destination"] == "Unclassified"),
    (aa.where("Cost") > 500, lambda f: f["Cost"] > 500),
    (aa.where("Cost") <= 92.35, lambda f: f["Cost"] <= 92.35),
    (aa.where("Cost").between(100, 200), lambda f: f["Cost"].between(100, 200)),
    (~(aa.where("Cost").between(100, 200)), lambda f: ~f["Cost"].between(100, 200)),
    (aa.where("Profit").is_missing(), lambda f: f["Profit"].isna()),
    (aa.where("Profit") != 25, lambda f: ~(f["Profit"] == 25).fillna(False)),
    (aa.where("Booking Date") < dt.date(2018, 1, 1), lambda f: f["Booking Date"] < "2018-01-01"),
    (aa.where("Booking Date") >= "2020-06-15", lambda f: f["Booking Date"] >= "2020-06-15"),
    (
        aa.where("Booking Date").between("2019-01-01", "2019-12-31"),
        lambda f: f["Booking Date"].dt.year == 2019,
    ),
    (aa.where("Booking Date").is_missing(), lambda f: f["Booking Date"].isna()),
    (aa.where("boCost").isin(92.35, 183.42), lambda f: f["Cost"].isin([92.35, 183.42])),
    (
        (aa.where("Destination") == "France") & (aa.where("Cost") > 500)
        | (aa.where("Product") == "Flight Only"),
        lambda f: (f["Destination"] == "France") & (f["Cost"] > 500) | (f["Product"] == "Flight Only"),
    ),
    ((aa.where("Surname") == "Smith").on("Bookings"), lambda f: f["Surname"] == "Smith"),
    (aa.where("Surname").startswith("Mc", "Mac").on("Bookings"), lambda f: f["Surname"].str.match("Mc|Mac")),
    (
        aa.where("Surname").contains("SM", ignore_case=True).on("Bookings"),
        lambda f: f["Surname"].str.contains("sm", case=False),
    ),
    (aa.where("Surname").matches("?o*n").on("Bookings"), lambda f: f["Surname"].str.fullmatch(".o.*n")),
]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_count_is_the_number_of_rows_that_meet_the_condition(
    session: aa.Session, bookings: Any, number: int
) -> None:
    condition, mask = CASES[number]
    wanted = bookings[mask(bookings)]
    assert session.count(condition) == len(wanted)
    if number % 4 == 0:
        exported = session.export(condition, ["boURN"]).to_pandas()
        assert set(exported["Booking URN"]) == set(wanted["Booking URN"])


def test_a_count_on_a_higher_table_is_that_of_its_distinct_records(
    session: aa.Session, bookings: Any
) -> None:
    france = aa.where("Destination") == "France"
    travellers = bookings[bookings["Destination"] == "France"]["Person URN"].nunique()
    assert session.count(france, table="People") == travellers
    assert session.counts(france)["People"] == travellers
    assert session.count(france.on("People")) == travellers
    assert session.count("Bookings", table="People") == bookings["Person URN"].nunique()


def test_a_ranking_keeps_the_highest(session: aa.Session, bookings: Any) -> None:
    top = session.export((aa.where("Cost") >= 0).top(25, by="Cost"), ["Cost"]).to_pandas()
    assert sorted(top["Cost"]) == sorted(bookings["Cost"].nlargest(25))
    first = session.export(
        (aa.where("Cost") >= 0).first_per_value("Product", 2, by="Cost"), ["Product", "Cost"]
    )
    best = bookings.sort_values("Cost", ascending=False).groupby("Product", observed=True).head(2)
    assert sorted(first.to_pandas()["Cost"]) == sorted(best["Cost"])


def test_a_cube_is_a_group_by(session: aa.Session, bookings: Any) -> None:
    cube = session.cube(
        "Bookings", ["Destination", "Booking Date by Years"], ["Count", "Sum(Cost)", "People"]
    )
    frame = cube.to_pandas().reset_index()
    found = frame[frame["Count"] > 0].set_index(["Destination", "Booking Date by Years"])
    years = bookings["Booking Date"].dt.year.astype(str)
    groups = bookings.groupby([bookings["Destination"].astype(str), years])
    wanted = groups.agg(Count=("Cost", "size"), Sum=("Cost", "sum"), People=("Person URN", "nunique"))
    assert len(found) == len(wanted)
    for key, row in wanted.iterrows():
        assert found.loc[key, "Count"] == row["Count"]
        assert found.loc[key, "People"] == row["People"]
        assert float(found.loc[key, "Sum(Cost)"]) == pytest.approx(row["Sum"], abs=0.01)
    assert cube.totals()[0]["Count"] == 20_000
    assert cube.totals()[0]["People"] == bookings["Person URN"].nunique()


def test_queries_of_every_kind_are_taken(session: aa.Session) -> None:
    condition = aa.where("Destination") == "France"
    query = condition.to_query(session.catalogue)
    assert query.selection is not None
    selection = query.selection
    assert selection.rule is not None
    assert selection.rule.clause is not None

    class FromPyApteco:
        """What py-apteco's selections offer."""

        def _to_model_selection(self) -> aa.Selection:
            return selection

    expected = session.count(condition)
    for each in (query, selection, selection.rule, selection.rule.clause, FromPyApteco()):
        assert session.count(each) == expected
        assert session.count(each, table="People") == session.count(condition, table="People")
    assert session.count(session.tables["Bookings"]) == 20_000
    with pytest.raises(TypeError, match="int does not select records"):
        session.count(5)  # type: ignore[arg-type]
    with pytest.raises(UnknownName, match="did you mean 'Bookings'"):
        session.count("Booking")


def test_columns_can_have_headings_and_repeat(session: aa.Session) -> None:
    rows = session.export("Bookings", {"Where to": "Destination", "How much": "boCost"}, limit=2)
    assert rows.headers == ["Where to", "How much"]
    twice = session.export("Bookings", ["Cost", "boCost", session.variables["Cost"]], limit=1)
    assert twice.headers == ["Cost (boCost)", "Cost (boCost) 2", "Cost (boCost) 3"]
    with pytest.raises(ValueError, match="at least one column"):
        session.export("Bookings", [])
    with pytest.raises(UnknownName):
        session.export("Bookings", ["Nothing"])


def test_rows_of_a_higher_table_can_be_exported_for_a_query_on_a_lower(session: aa.Session) -> None:
    france = aa.where("Destination") == "France"
    people = session.export(france, ["Person URN", "Surname"], table="People")
    assert len(people) == session.count(france, table="People")


def test_a_streamed_export_is_the_same_as_one_in_memory(session: aa.Session) -> None:
    columns = ["boURN", "Destination", "Profit"]
    whole = list(session.export("Bookings", columns))
    with session.stream_export("Bookings", columns, batch_size=3_000) as stream:
        batches = list(stream)
    assert [len(batch) for batch in batches] == [3_000] * 6 + [2_000]
    assert [row for batch in batches for row in batch] == whole
    with session.stream_export("Bookings", columns) as stopped:
        next(iter(stopped))
    assert session.count("Bookings") == 20_000, "a stream that was left early leaves a usable session"


def test_an_export_goes_to_a_file_by_its_ending(session: aa.Session, tmp_path: Any) -> None:
    assert session.export_to(tmp_path / "a.csv", "Bookings", ["boURN"], limit=7) == 7
    assert session.export_to(tmp_path / "a.parquet", "Bookings", ["boURN"], limit=7) == 7
    assert list(pd.read_parquet(tmp_path / "a.parquet")["Booking URN"]) == [
        str(each) for each in pd.read_csv(tmp_path / "a.csv")["Booking URN"]
    ]
    with pytest.raises(ValueError, match=r"must end in \.parquet, \.csv or \.xlsx"):
        session.export_to(tmp_path / "a.xls", "Bookings", ["boURN"])


def test_what_can_not_be_exported_is_refused_before_it_is_sent(session: aa.Session) -> None:
    def refused() -> None:
        with pytest.raises(
            ValueError, match=r"'boCost' is on Bookings, and an export of People shows People and Hou"
        ):
            session.export("People", ["Cost"])
        with pytest.raises(ValueError, match="limit must be a number of rows, not -1"):
            session.export("Bookings", ["Cost"], limit=-1)
        with pytest.raises(ValueError, match="limit must be a number of rows, not '5'"):
            session.export("Bookings", ["Cost"], limit="5")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match=r"<variable boCost: .* selects no records"):
            session.count(session.variables["Cost"])
        with pytest.raises(FileNotFoundError, match="the folder does not exist"):
            session.export_to("/no/such/folder/rows.csv", "Bookings", ["Cost"])

    _, called = calls_of(refused)
    assert not [name for name in called if not name.startswith("FastStatsSystems_")], "only look-ups are sent"


def test_one_column_needs_no_list_and_a_column_is_had_by_its_heading(session: aa.Session) -> None:
    rows = session.export("Bookings", "Cost", limit=5)
    assert rows["Cost"] == rows.column("Cost") == [row[0] for row in rows]
    with pytest.raises(UnknownName, match="there is no column 'Cots'; did you mean 'Cost'"):
        rows["Cots"]
