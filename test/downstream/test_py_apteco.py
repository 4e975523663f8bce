"""The package `apteco` 0.8.2, its sources unchanged, on our client and our sandbox: 25 properties."""

from __future__ import annotations

import datetime
import math
from typing import Any

import apteco
import numpy as np
import pandas as pd
import pytest
from apteco.query import DateListClause
from apteco.session import Session, login_with_password
from apteco.statistics import (
    CountDistinct,
    LowerQuartile,
    Max,
    Mean,
    Median,
    Min,
    Populated,
    Sum,
    UpperQuartile,
)

import apteco_api as aa

TABLES = [
    "Households",
    "People",
    "Bookings",
    "Policies",
    "WebVisits",
    "Communications",
    "Journey History",
    "Content",
    "Responses Attributed",
]
# The variables that the published documents name, by table.
NAMED = {
    "Households": ("hoURN", "hoRegion", "hoTown", "hoAddr", "hoPCode", "HHCarmak"),
    "People": (
        "peInit",
        "peSName",
        "peIncome",
        "peOccu",
        "peSource",
        "peNews",
        "peContac",
        "peEmail",
        "peGender",
    ),
    "Bookings": (
        *("boURN", "boDest", "boCont", "boProd", "boDate", "boTrav", "boCost", "boProfit", "boKeyCd"),
        *("deType", "deGrade", "bo1O9ZTR"),
    ),
    "Policies": (
        *("PoPolicy", "PoPolic1", "PoTrave1", "PoBooki1", "PoPremiu", "PoDaysUn", "PoDaysSi", "PoCover"),
    ),
    "WebVisits": ("wvURN", "wvURL", "wvTime", "wvDevice", "wvDuratn", "wvSource"),
}


@pytest.fixture
def bookings(session: Session) -> Any:
    return session.tables["Bookings"]


@pytest.fixture
def people(session: Session) -> Any:
    return session.tables["People"]


@pytest.fixture
def households(session: Session) -> Any:
    return session.tables["Households"]


@pytest.fixture
def usa(bookings: Any) -> Any:
    return bookings["boDest"] == "38"


@pytest.fixture
def dear(bookings: Any) -> Any:
    return bookings["boCost"] >= 800


def keys(selection: Any, urn: str) -> list[str]:
    """Return the keys of the selected records, by a data grid."""
    table = selection.table
    grid = table.datagrid([table[urn]], selection=selection, max_rows=100_000)
    return list(grid.to_df().iloc[:, 0])


def test_the_published_package_runs_on_our_client() -> None:
    assert apteco.__version__ == "0.8.2"
    assert aa.ApiClient().user_agent.startswith("apteco-api/")


def test_01_login_shows_the_system(session: Session, server: Any) -> None:
    assert [table.name for table in session.tables] == TABLES
    assert session.master_table.name == "Households"
    assert session.system_info.name == "holidays"
    assert session.system_info.description == "Holidays Demo Database"
    assert session.system_info.build_date == datetime.datetime(2019, 11, 27, 15, 57, 24)
    assert session.user.username == "Administrator"
    assert (session.user.first_name, session.user.surname) == ("Admin", "User")
    assert session.user.email_address == "support@apteco.com"


def test_02_a_wrong_password_and_a_spoilt_token_are_refused(session: Session, server: Any) -> None:
    with pytest.raises(aa.ApiException) as refused:
        login_with_password(server.url, server.data_view, server.system, server.username, "wrong")
    assert refused.value.status == 401
    spoilt = Session.deserialize(session.serialize())
    spoilt.api_client.configuration.api_key = {"Authorization": "x" + session.access_token}
    with pytest.raises(aa.ApiException) as refused:
        spoilt.tables["People"].count()
    assert refused.value.status == 401


def test_03_a_restored_session_counts_the_same(session: Session, usa: Any) -> None:
    restored = Session.deserialize(session.serialize())
    assert restored.session_id == session.session_id
    assert (restored.tables["Bookings"]["boDest"] == "38").count() == usa.count()


def test_04_counts_of_tables_are_their_totals(session: Session) -> None:
    for table in session.tables:
        assert table.count() == table.total_records
        reference = next(variable for variable in table.variables if variable.type.name != "ARRAY")
        if reference.type.name in ("ARRAY", "FLAG_ARRAY"):
            continue
        grid = table.datagrid([reference], max_rows=1_000_000).to_df()
        assert len(grid) == table.total_records, table.name


def test_05_every_named_variable_is_found_by_name_and_by_description(session: Session) -> None:
    for table, names in NAMED.items():
        for name in names:
            variable = session.variables[name]
            assert variable.table.name == table, name
            assert session.tables[table][variable.description].name == name
    assert len(session.variables) == 94


def test_06_codes_of_a_selector_add_up_to_the_table(session: Session, bookings: Any) -> None:
    for name in ("boDest", "boProd", "boCont", "peIncome", "peOccu", "hoRegion"):
        variable = session.variables[name]
        listing = aa.FastStatsSystemsApi(session.api_client).fast_stats_systems_get_fast_stats_variable_codes(
            session.data_view, session.system, name, count=1000
        )
        counts = {code.code: (variable == code.code).count() for code in listing.list}
        assert counts == {code.code: code.count for code in listing.list}
        assert sum(counts.values()) == variable.table.total_records


def test_07_a_condition_and_its_negation_split_a_selection(usa: Any, dear: Any) -> None:
    assert (usa & dear).count() + (usa & ~dear).count() == usa.count()


def test_08_inclusion_and_exclusion(usa: Any, dear: Any) -> None:
    assert (usa | dear).count() == usa.count() + dear.count() - (usa & dear).count()


def test_09_complements_include_missing_and_unclassified(bookings: Any, usa: Any) -> None:
    total = bookings.total_records
    assert (~usa).count() == total - usa.count()
    assert (bookings["boDest"] != "38").count() == total - usa.count()
    assert (bookings["boProfit"] != 25).count() == total - (bookings["boProfit"] == 25).count()


@pytest.mark.parametrize("x", [-1, 25, 66.2938, 10_000_000])
def test_10_numbers_below_at_above_and_missing_are_everything(bookings: Any, x: float) -> None:
    profit = bookings["boProfit"]
    below, at, above = (profit < x).count(), (profit == x).count(), (profit > x).count()
    assert below + at + above + profit.missing().count() == bookings.total_records
    assert (profit <= x).count() == below + at


def test_11_dates_before_after_and_unclassified_are_everything(bookings: Any) -> None:
    date = bookings["boTrav"]
    day = datetime.date(2019, 5, 17)
    unclassified = bookings.total_records - ((date <= day) | (date >= day)).count()
    assert (date <= day).count() + (date >= day + datetime.timedelta(1)).count() + unclassified == (
        bookings.total_records
    )
    month = [datetime.date(2019, 5, number) for number in range(1, 32)]
    listed = date == month
    assert isinstance(listed, DateListClause)
    assert listed.count() == ((date >= month[0]) & (date <= month[-1])).count()


def test_12_people_of_bookings_are_their_distinct_persons(people: Any, usa: Any) -> None:
    grid = usa.datagrid([people["peURN"]], max_rows=1_000_000).to_df()
    carried = (people * usa).count()
    assert carried == grid.iloc[:, 0].nunique()
    assert carried <= people.total_records


def test_13_up_and_down_again_is_at_least_the_selection(bookings: Any, people: Any, dear: Any) -> None:
    assert (bookings * (people * dear)).count() >= dear.count()
    students = people["peOccu"] == "4"
    assert (people * (bookings * students)).count() <= students.count()


def test_14_grouping_matters(people: Any, usa: Any, dear: Any) -> None:
    assert (people * (usa & dear)).count() <= ((people * usa) & (people * dear)).count()


def test_15_cousin_tables_go_by_the_common_ancestor(session: Session, bookings: Any) -> None:
    content = session.tables["Content"]
    sweden = bookings["boDest"] == "29"
    carried = content * sweden
    assert carried.table_name == "Content"
    communications = session.tables["Communications"]
    people = session.tables["People"]
    assert carried.count() == (content * (communications * (people * sweden))).count()
    persons = set(sweden.datagrid([people["peURN"]], max_rows=1_000_000).to_df().iloc[:, 0])
    every = content.datagrid([people["peURN"]], max_rows=1_000_000).to_df().iloc[:, 0]
    assert carried.count() == sum(each in persons for each in every)


def test_16_ancestor_counts_stay_below(session: Session, usa: Any, dear: Any) -> None:
    def counted(selection: Any) -> dict[str, int]:
        query = aa.Query(selection=selection._to_model_selection())
        result = aa.QueriesApi(session.api_client).queries_perform_query_count_synchronously(
            session.data_view, session.system, query=query
        )
        assert result.counts[0].table_name == "Bookings"
        return {count.table_name: count.count_value for count in result.counts}

    wide, narrow = counted(usa), counted(usa & dear)
    assert list(wide) == ["Bookings", "People", "Households"]
    for name, value in wide.items():
        assert value <= min(wide["Bookings"], session.tables[name].total_records)
        assert narrow[name] <= value


def test_17_text_agrees_with_str_over_the_exported_column(people: Any) -> None:
    name = people["peSName"]
    column = people.datagrid([name], max_rows=1_000_000).to_df().iloc[:, 0]
    assert name.equals("Smith").count() == (column == "Smith").sum()
    assert name.equals("SMITH", match_case=False).count() == (column.str.upper() == "SMITH").sum()
    assert name.startswith("Mc").count() == column.str.startswith("Mc").sum()
    assert name.endswith("son").count() == column.str.endswith("son").sum()
    assert name.endswith("SON", match_case=False).count() == column.str.upper().str.endswith("SON").sum()
    assert name.contains("il").count() == column.str.contains("il").sum()
    assert name.matches("S*").count() == name.startswith("S").count()
    assert name.between("Pa", "Pa").count() == name.matches("Pa*", match_case=False).count()


def test_18_arrays_by_or_and_and_exclusion(session: Session) -> None:
    news = session.variables["peNews"]
    both = ["The Times", "The Guardian"]
    from apteco.query import FlagArrayClause

    def picked(values: list[str], operator: str, include: bool) -> int:
        return int(FlagArrayClause(news, values, logic=operator, include=include, session=session).count())

    total = news.table.total_records
    assert picked(both, "AND", True) <= picked(both, "OR", True)
    assert picked(both[:1], "AND", True) == picked(both[:1], "OR", True)
    for operator in ("OR", "AND"):
        assert picked(both, operator, False) == total - picked(both, operator, True)


def test_19_samples_have_their_size_and_stay_the_same(usa: Any) -> None:
    size = usa.count()
    for kind in ("First", "Stratified", "Random"):
        sample = usa.sample(100, sample_type=kind)
        assert sample.count() == 100
        assert abs(usa.sample(frac=0.1, sample_type=kind).count() - size * 0.1) <= 1
        assert (sample & ~usa).count() == 0
        assert keys(sample, "boURN") == keys(usa.sample(100, sample_type=kind), "boURN")
    first, skipped = usa.sample(100, sample_type="First"), usa.sample(100, sample_type="First", skip_first=30)
    assert (first & skipped).count() == 70


def test_20_top_n_are_the_largest(bookings: Any, usa: Any) -> None:
    cost = bookings["boCost"]
    top = usa.limit(100, by=cost, ascending=False)
    assert top.count() == 100

    def costs(selection: Any) -> pd.Series:
        grid = bookings.datagrid([bookings["boCost"]], selection=selection, max_rows=1_000_000)
        return grid.to_df().iloc[:, 0]

    assert costs(top).min() >= costs(usa & ~top).max()
    band = usa.limit((51, 100), by=cost, ascending=False)
    assert band.count() == 50
    assert (top & ~usa.limit(50, by=cost, ascending=False) & ~band).count() == 0


def test_21_n_per_group(bookings: Any, people: Any, usa: Any) -> None:
    destination = bookings["boDest"]
    some = bookings["boCost"] > 300
    limited = some.limit(5, per=destination)
    sizes = (
        bookings.datagrid([destination], selection=some, max_rows=1_000_000).to_df().iloc[:, 0].value_counts()
    )
    assert limited.count() == sum(min(5, size) for size in sizes)
    one = usa.limit(1, per=people)
    assert one.count() == (people * usa).count()
    assert usa.limit(10_000, per=people).count() == usa.count()


def test_22_limited_selections_combine_like_sets(bookings: Any, people: Any, usa: Any, dear: Any) -> None:
    sample = usa.sample(50, sample_type="First")
    expected = set(keys(sample, "boURN")) | set(keys(dear, "boURN"))
    assert (sample | dear).count() == len(expected)
    assert sample.sample(10, sample_type="First").count() == 10
    top = usa.limit(20, by=bookings["boCost"])
    grid = bookings.datagrid([people["peURN"]], selection=top, max_rows=1000).to_df()
    assert (people * top).count() == grid.iloc[:, 0].nunique()


def test_23_data_grids(bookings: Any, people: Any, households: Any, usa: Any) -> None:
    columns = [
        *(
            bookings["boURN"],
            bookings["boDest"],
            bookings["boCost"],
            bookings["boProfit"],
            bookings["boTrav"],
        ),
        *(people["peSName"], people["peIncome"], households["hoRegion"]),
    ]
    for rows in (1, 10, 500):
        assert len(bookings.datagrid(columns, max_rows=rows).to_df()) == rows
    short = bookings.datagrid(columns, selection=usa, max_rows=50).to_df()
    long = bookings.datagrid(columns, selection=usa, max_rows=500).to_df()
    pd.testing.assert_frame_equal(short, long.head(50))
    assert set(long["Destination"]) == {"United States"}
    assert long["Cost"].dtype == np.float64
    assert long["Booking URN"].map(type).eq(str).all()
    students = people * (people["peOccu"] == "4")
    grid = bookings.datagrid(columns, selection=students, max_rows=1_000_000).to_df()
    assert len(grid) == (bookings * students).count()
    everything = bookings.datagrid(columns, max_rows=1_000_000).to_df()
    assert everything["Profit"].isna().sum() == bookings["boProfit"].missing().count()


def test_24_cubes_add_up(bookings: Any, people: Any, usa: Any) -> None:
    destination, product, gender = bookings["boDest"], bookings["boProd"], people["peGender"]
    frame = bookings.cube([destination, product], selection=usa).to_df(unclassified=True, totals=True)
    assert frame.loc[("TOTAL", "TOTAL"), "Bookings"] == usa.count()
    cells = frame.drop(index="TOTAL", level=0).drop(index="TOTAL", level=1)
    assert cells["Bookings"].sum() == usa.count()
    assert cells.drop(index="United States", level=0)["Bookings"].eq(0).all()
    packages = usa & (product == "1")
    assert cells.loc[("United States", "Package Holiday"), "Bookings"] == packages.count()
    turned = bookings.cube([product, destination], selection=usa).to_df(unclassified=True, totals=True)
    pd.testing.assert_frame_equal(
        turned.reorder_levels([1, 0]).sort_index(), frame.sort_index(), check_names=False
    )
    below = people.cube([destination, gender]).to_df(unclassified=True, totals=True)
    women = below.xs("Female", level="Gender")["People"]
    total = women.pop("TOTAL")
    assert women.le(total).all()
    assert total <= women.sum()
    travelled = people * (bookings["boCost"] >= 0)
    assert total == (travelled & (gender == "F")).count()


def test_25_measures_and_bands(bookings: Any, people: Any) -> None:
    cost, profit, travel = bookings["boCost"], bookings["boProfit"], bookings["boTrav"]
    sweden = bookings["boDest"] == "29"
    measures = [
        *(bookings, Sum(cost), Mean(cost), Populated(profit), Min(cost), Max(cost), Median(cost)),
        *(LowerQuartile(cost), UpperQuartile(cost), CountDistinct(bookings["boProd"])),
    ]
    row = bookings.cube([bookings["boDest"]], measures).to_df().loc["Sweden"]
    grid = bookings.datagrid([cost, profit, bookings["boProd"]], selection=sweden, max_rows=100_000).to_df()
    values = grid["Cost"]
    expected = {
        "Bookings": len(values),
        "Sum(Cost)": values.sum(),
        "Mean(Cost)": values.mean(),
        "Populated(Profit)": grid["Profit"].notna().sum(),
        "Min(Cost)": values.min(),
        "Max(Cost)": values.max(),
        "Median(Cost)": values.median(),
        "LowerQuartile(Cost)": values.quantile(0.25),
        "UpperQuartile(Cost)": values.quantile(0.75),
        "CountDistinct(Product)": grid["Product"].nunique(),
    }
    for name, value in expected.items():
        matching = next(
            each for each in row.index if each.replace(" ", "").lower() == name.replace(" ", "").lower()
        )
        assert math.isclose(row[matching], value, abs_tol=0.006), (name, row[matching], value)
    years = bookings.cube([travel.year]).to_df()["Bookings"]
    months = bookings.cube([travel.month]).to_df()["Bookings"]
    quarters = bookings.cube([travel.quarter]).to_df()["Bookings"]
    days = bookings.cube([travel.day]).to_df()["Bookings"]
    assert years.sum() == quarters.sum() == months.sum() == days.sum()
    by_year = months.groupby(lambda period: str(period)[:4]).sum()
    assert list(by_year) == list(years)
    students = people["peOccu"] == "4"
    direct = bookings.cube([bookings["boDest"]], selection=bookings * students).to_df()
    related = bookings.cube([bookings["boDest"]], selection=students).to_df()
    pd.testing.assert_frame_equal(direct, related)
