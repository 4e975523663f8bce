"""Constructs of the Query, Export and Cube schemas, each compared with a separate calculation."""

# ruff: noqa: E501, ISC004 - one case a line
from __future__ import annotations

import datetime as dt
import json
import pathlib
from typing import Any

import pytest

from apteco_api.sandbox import query
from apteco_api.sandbox.query import QueryError

from .frames import Frames
from .shapes import both, codes, count_measure, criteria, cube, dates, dimension, export, logic, measure, sub
from .shapes import query as on

WIRE = json.loads((pathlib.Path(__file__).parent / "wire.json").read_text())


def count(cursor: Any, request: dict[str, Any], **more: Any) -> int:
    return int(query.count(cursor, request, **more)["counts"][0]["countValue"])


def where(cursor: Any, table: str, sql: str) -> int:
    return int(cursor.execute(f"SELECT count(*) FROM holidays.{table} WHERE {sql}").fetchone()[0])


@pytest.mark.parametrize("number", range(len(WIRE)))
def test_requests_of_the_published_session_package_are_computed(
    cursor: Any, frames: Frames, number: int
) -> None:
    call, body = WIRE[number]["call"], WIRE[number]["body"]
    if call == "CountSync":
        result = query.count(cursor, body)
        assert result["counts"][0]["tableName"] == body["selection"]["tableName"]
        if body["selection"].get("limits", {}).get("sampling") != "Random":
            found = [(entry["tableName"], entry["countValue"]) for entry in result["counts"]]
            assert found == frames.counts(body)
    elif call == "ExportSync":
        result = query.export(cursor, body)
        assert [(row["codes"], row["descriptions"]) for row in result["rows"]] == frames.export(body)[1]
    else:
        result = query.cube(cursor, body)
        assert len(result["measureResults"]) == len(body["measures"])
    assert result["ranSuccessfully"] is True


DATE_RULES: list[tuple[dict[str, Any], str]] = [
    ({"startRangeLimit": "Earliest", "endRangeLimit": "Latest"}, "true"),
    ({"startRangeLimit": "Latest"}, "booking_date = (SELECT max(booking_date) FROM holidays.bookings)"),
    ({"endRangeLimit": "Earliest"}, "booking_date = (SELECT min(booking_date) FROM holidays.bookings)"),
    (
        {"startRangeLimit": "Relative", "startRangeRelative": "ThisMonth", "startRangeOffset": 2,
         "startRangeOffsetUnits": "Months", "startRangeOffsetDirection": "Backward",
         "endRangeLimit": "Relative", "endRangeRelative": "ThisMonth", "endRangeOffset": 1,
         "endRangeOffsetUnits": "Months", "endRangeOffsetDirection": "Backward"},
        "booking_date BETWEEN '2019-09-01' AND '2019-10-31'",
    ),
    (
        {"startRangeLimit": "Actual", "rangeStartDate": "2018-03-01T00:00:00", "endRangeLimit": "Forward",
         "endRangeOffset": 2, "endRangeOffsetUnits": "Weeks"},
        "booking_date BETWEEN '2018-03-01' AND '2018-03-14'",
    ),
    (
        {"startRangeLimit": "Relative", "startRangeRelative": "FirstPopulatedYear", "startRangeOffset": 1,
         "startRangeOffsetUnits": "Years", "endRangeLimit": "Relative",
         "endRangeRelative": "FirstPopulatedYear", "endRangeOffset": 1, "endRangeOffsetUnits": "Years"},
        "year(booking_date) = 2017",
    ),
    (
        {"startRangeLimit": "Relative", "startRangeRelative": "LoadDate", "endRangeLimit": "Relative",
         "endRangeRelative": "LastPopulatedDate"},
        "booking_date >= '2019-11-27'",
    ),
    (
        {"startRangeLimit": "Relative", "startRangeRelative": "ThisBusinessYear",
         "endRangeLimit": "Relative", "endRangeRelative": "ThisBusinessYear"},
        "booking_date BETWEEN '2019-04-01' AND '2020-03-31'",
    ),
    (
        {"patternFrequency": "Weekly", "patternInterval": 2, "patternDaysOfWeek": ["Monday", "Friday"],
         "rangeStartDate": "2018-01-01T00:00:00"},
        "booking_date >= '2018-01-01' AND isodow(booking_date) IN (1, 5)"
        " AND (booking_date - DATE '2018-01-01') % 14 < 7",
    ),
    (
        {"patternFrequency": "Daily", "patternInterval": 3, "rangeStartDate": "2018-01-01T00:00:00"},
        "booking_date >= '2018-01-01' AND (booking_date - DATE '2018-01-01') % 3 = 0",
    ),
    ({"patternDaysOfWeek": ["AllWeekendDays"]}, "isodow(booking_date) >= 6"),
    ({"patternFrequency": "Monthly", "patternType": "Explicit", "patternDayOfMonth": 31}, "day(booking_date) = 31"),
    (
        {"patternFrequency": "Monthly", "patternType": "CalculatedDay", "patternDaysOfWeek": ["Monday"],
         "patternOccurrenceOfDayInMonth": "First"},
        "isodow(booking_date) = 1 AND day(booking_date) <= 7",
    ),
    (
        {"patternFrequency": "Monthly", "patternType": "CalculatedDay", "patternDaysOfWeek": ["Friday"],
         "patternOccurrenceOfDayInMonth": "Last"},
        "isodow(booking_date) = 5 AND month(booking_date + 7) <> month(booking_date)",
    ),
    (
        {"patternFrequency": "Monthly", "patternType": "CalculatedDay",
         "patternOccurrenceOfDayInMonth": "Last"},
        "day(booking_date + 1) = 1",
    ),
    (
        {"patternFrequency": "Monthly", "patternType": "CalculatedDay", "patternDaysOfWeek": ["AllWeekdays"],
         "patternOccurrenceOfDayInMonth": "First"},
        "isodow(booking_date) <= 5 AND (day(booking_date) = 1 OR (isodow(booking_date) = 1 AND day(booking_date) <= 3))",
    ),
    (
        {"patternFrequency": "Yearly", "patternMonthOfYear": 2, "patternType": "CalculatedDay",
         "patternDaysOfWeek": ["Saturday", "Sunday"], "patternOccurrenceOfDayInMonth": "Last"},
        "month(booking_date) = 2 AND isodow(booking_date) >= 6 AND (day(booking_date + 1) = 1"
        " OR (isodow(booking_date) = 7 AND month(booking_date + 6) = 3))",
    ),
    (
        {"patternFrequency": "Monthly", "patternType": "CalculatedDay", "patternDaysOfWeek": ["None"],
         "patternOccurrenceOfDayInMonth": "Last"},
        "false",
    ),
    (
        {"startRangeLimit": "Actual", "rangeStartDate": "2018-03-31T00:00:00", "endRangeLimit": "Backward",
         "endRangeOffset": 1, "endRangeOffsetUnits": "Months"},
        "booking_date BETWEEN '2018-03-01' AND '2018-03-31'",
    ),
    (
        {"startRangeLimit": "Latest", "endRangeLimit": "Backward", "endRangeOffset": 7},
        "booking_date > (SELECT max(booking_date) - 7 FROM holidays.bookings)",
    ),
    (
        {"patternFrequency": "Monthly", "patternInterval": 3, "patternDayOfMonth": 5,
         "rangeStartDate": "2018-02-01T00:00:00"},
        "booking_date >= '2018-02-01' AND day(booking_date) = 5 AND month(booking_date) % 3 = 2",
    ),
    (
        {"patternFrequency": "Yearly", "patternMonthOfYear": 12, "patternDayOfMonth": 25},
        "month(booking_date) = 12 AND day(booking_date) = 25",
    ),
    (
        {"patternFrequency": "Weekly", "patternDaysOfWeek": ["Sunday"], "rangeMaxOccurrences": 2,
         "rangeStartDate": "2018-01-01T00:00:00"},
        "booking_date IN ('2018-01-07', '2018-01-14')",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "sql"), DATE_RULES)
def test_date_rules(cursor: Any, rule: dict[str, Any], sql: str) -> None:
    found = count(cursor, on("Bookings", dates("boDate", **rule)))
    assert found == where(cursor, "bookings", sql)


def test_relative_dates_follow_the_request_the_caller_and_the_load_date(cursor: Any) -> None:
    clause = criteria("boDate", {"predefinedRule": "LastMonth"})
    months = {None: "2019-10", "2018-03-31T10:00:00": "2018-02", "2018-01-01": "2017-12"}
    for today, month in months.items():
        expected = where(cursor, "bookings", f"strftime(booking_date, '%Y-%m') = '{month}'")
        assert expected > 0
        if today is None:
            assert count(cursor, on("Bookings", clause)) == expected
            continue
        assert count(cursor, {**on("Bookings", clause), "todayAt": today}) == expected
        own = criteria("boDate", {"predefinedRule": "LastMonth"}, todayAt=today)
        assert count(cursor, on("Bookings", own)) == expected
        assert count(cursor, on("Bookings", clause), now=dt.datetime.fromisoformat(today)) == expected


def test_every_predefined_period_is_computed(cursor: Any) -> None:
    from apteco_api.sandbox.query.rules import PREDEFINED

    alone = [name for name in PREDEFINED if not name.startswith(("Custom", "Adhoc")) and name != "DateRange"]
    assert len(alone) == 52
    for name in alone:
        assert count(cursor, on("Bookings", criteria("boTrav", {"predefinedRule": name}))) > 0, name
    with pytest.raises(QueryError, match="AdhocDates"):
        count(cursor, on("Bookings", criteria("boTrav", {"predefinedRule": "AdhocDates"})))


def test_ages_relative_to_a_moment(cursor: Any) -> None:
    rule = {"ageRule": {"rangeLow": 18, "rangeHigh": 29, "units": "Years", "referenceType": "Today"}}
    found = count(cursor, on("People", criteria("peDOB", rule)))
    assert found == where(cursor, "people", "dob > '1989-11-27' AND dob <= '2001-11-27'")


def test_times_of_day_may_span_midnight(cursor: Any) -> None:
    day = {"timeRule": {"rangeLow": "09:30", "rangeHigh": "17:00:00"}, "predefinedRule": "CustomTimeRule"}
    found = count(cursor, on("WebVisits", criteria("wvTime", day)))
    assert found == where(cursor, "web_visits", "visit_time::TIME BETWEEN '09:30:00' AND '17:00:00'")
    night = {"timeRule": {"rangeLow": "22:00", "rangeHigh": "06:00"}}
    found = count(cursor, on("WebVisits", criteria("wvTime", night)))
    assert found == where(
        cursor, "web_visits", "visit_time::TIME >= '22:00:00' OR visit_time::TIME <= '06:00:00'"
    )
    since = {"timeRule": {"rangeLow": "22:00"}}
    found = count(cursor, on("WebVisits", criteria("wvTime", since)))
    assert found == where(cursor, "web_visits", "visit_time::TIME >= '22:00:00'")


BANDS: list[tuple[str, str, str, str]] = [
    ("boDate", "Months", "201803\t201812", "strftime(booking_date, '%Y%m') IN ('201803', '201812')"),
    ("boDate", "Quarters", "2018Q1", "year(booking_date) = 2018 AND quarter(booking_date) = 1"),
    ("boDate", "Years", "2018\t18", "year(booking_date) = 2018"),
    ("boDate", "DayOfWeek", "6\t7", "isodow(booking_date) >= 6"),
    ("boDate", "Weeks", "2018W01", "booking_date BETWEEN '2018-01-01' AND '2018-01-07'"),
    ("boDate", "DayMonthOfYear", "1225", "month(booking_date) = 12 AND day(booking_date) = 25"),
    ("boDate", "YearsBusiness", "2018", "booking_date BETWEEN '2018-04-01' AND '2019-03-31'"),
    ("boDate", "QuartersBusiness", "2018Q4", "booking_date BETWEEN '2019-01-01' AND '2019-03-31'"),
    ("boDate", "MonthOfYearBusiness", "01", "month(booking_date) = 4"),
    ("boDate", "AgeInYears", "2\t-1", "booking_date > '2016-11-27' AND booking_date <= '2017-11-27'"
     " OR booking_date > '2019-11-27' AND booking_date <= '2020-11-27'"),
    ("boDate", "AgeInDays", "0", "booking_date = '2019-11-27'"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "banding", "items", "sql"), BANDS)
def test_lists_of_bands(cursor: Any, name: str, banding: str, items: str, sql: str) -> None:
    rule = {"listRule": {"list": items, "variableName": name, "bandingType": banding}}
    assert count(cursor, on("Bookings", criteria(name, rule))) == where(cursor, "bookings", sql) > 0


def test_lists_of_bands_take_hours_and_the_missing_band(cursor: Any) -> None:
    hours = {"listRule": {"list": "08\t23", "variableName": "wvTime", "bandingType": "HourOfDay"}}
    found = count(cursor, on("WebVisits", criteria("wvTime", hours)))
    assert found == where(cursor, "web_visits", "hour(visit_time) IN (8, 23)")
    none = {"listRule": {"list": "0000\t1980", "variableName": "peDOB", "bandingType": "Years"}}
    found = count(cursor, on("People", criteria("peDOB", none)))
    assert found == where(cursor, "people", "dob IS NULL OR year(dob) = 1980")


BANDINGS = [
    "Years", "Quarters", "Months", "Weeks", "Day", "DayOfWeek", "WeekOfYear", "MonthOfYear", "QuarterOfYear",
    "DayMonthOfYear", "AgeInYears", "AgeInMonths", "AgeInQuarters", "AgeInWeeks", "AgeInDays", "YearsBusiness",
    "QuartersBusiness", "MonthsBusiness", "QuarterOfYearBusiness", "MonthOfYearBusiness",
]  # fmt: skip


@pytest.mark.parametrize("banding", BANDINGS)
@pytest.mark.parametrize("name", ["peDOB", "peDOB_none"])
def test_every_banding_puts_every_record_into_one_band(cursor: Any, banding: str, name: str) -> None:
    base = on("People", codes("peDOB", "00000000")) if name.endswith("_none") else None
    found = query.cube(cursor, cube("People", [dimension("peDOB", banding)], [count_measure("People")], base))
    cells = [int(cell) for cell in found["measureResults"][0]["rows"][0].split("\t")]
    headers = found["dimensionResults"][0]["headerCodes"].split("\t")
    assert len(headers) == len(set(headers)) == len(cells)
    assert headers[-1] == "iTOTAL"
    assert cells[0] == where(cursor, "people", "dob IS NULL")
    assert sum(cells[:-1]) == cells[-1] == where(cursor, "people", "true" if base is None else "dob IS NULL")


def test_hours_of_visits(cursor: Any) -> None:
    for banding in ("HourOfDay", "DayHour"):
        found = query.cube(
            cursor, cube("WebVisits", [dimension("wvTime", banding)], [count_measure("WebVisits")])
        )
        cells = [int(cell) for cell in found["measureResults"][0]["rows"][0].split("\t")]
        assert sum(cells[:-1]) == cells[-1] == where(cursor, "web_visits", "true")


def test_custom_bands(cursor: Any) -> None:
    banding = {"type": "Custom", "customValues": "100\t500.5\t2000"}
    band = {"id": "cost", "type": "NumericBand", "variableName": "boCost", "banding": banding}
    found = query.cube(cursor, cube("Bookings", [band], [count_measure("Bookings")]))
    assert found["dimensionResults"][0]["headerDescriptions"].split("\t") == [
        "Unclassified", "<100", "100 - <500.5", "500.5 - <2000", ">=2000", "iTOTAL",
    ]  # fmt: skip
    assert [int(cell) for cell in found["measureResults"][0]["rows"][0].split("\t")] == [
        0,
        where(cursor, "bookings", "cost < 100"),
        where(cursor, "bookings", "cost >= 100 AND cost < 500.5"),
        where(cursor, "bookings", "cost >= 500.5 AND cost < 2000"),
        where(cursor, "bookings", "cost >= 2000"),
        20_000,
    ]
    dated = {"id": "d", "type": "DateBand", "variableName": "boDate",
             "banding": {"type": "Custom", "customValues": "2018-01-01\t2019-07-01"}}  # fmt: skip
    found = query.cube(cursor, cube("Bookings", [dated], [count_measure("Bookings")]))
    cells = [int(cell) for cell in found["measureResults"][0]["rows"][0].split("\t")]
    assert cells[1] == where(cursor, "bookings", "booking_date < '2018-01-01'")
    assert sum(cells[:-1]) == cells[-1]


def test_records_with_nothing_below_have_a_cell_of_their_own_when_asked_for(cursor: Any) -> None:
    dims = [dimension("peGender", noneCell=True), dimension("hoArea")]
    found = query.cube(
        cursor, cube("Households", dims, [count_measure("Households"), count_measure("People")])
    )
    assert found["dimensionResults"][0]["headerCodes"].split("\t") == ["!", "F", "M", "U", "iNONE", "iTOTAL"]
    households, people = ([row.split("\t") for row in result["rows"]] for result in found["measureResults"])
    empty = "id NOT IN (SELECT household FROM holidays.people)"
    for area in range(1, 4):
        assert int(households[area][4]) == where(cursor, "households", f"area_type = {area} AND {empty}")
    assert int(households[4][4]) == where(cursor, "households", empty) > 0
    assert int(households[4][5]) == where(cursor, "households", f"NOT ({empty})")
    assert people[4][4] == "0"


def test_array_dimensions_count_a_record_once_for_each_value(cursor: Any) -> None:
    measures = [count_measure("Households"), measure("CountDistinct", "hoTown", "Households")]
    found = query.cube(cursor, cube("Households", [dimension("HHCarmak"), dimension("hoArea")], measures))
    counts, towns = ([row.split("\t") for row in result["rows"]] for result in found["measureResults"])
    headers = found["dimensionResults"][0]["headerCodes"].split("\t")
    fiat = headers.index("FIA")
    assert int(counts[-1][fiat]) == where(cursor, "households", f"car_makes & {1 << (fiat - 1)} <> 0")
    assert int(counts[-1][0]) == where(cursor, "households", "car_makes = 0")
    assert int(counts[-1][-1]) == where(cursor, "households", "true") < sum(map(int, counts[-1][:-1]))
    distinct = cursor.execute(
        f"SELECT count(DISTINCT town) FROM holidays.households WHERE car_makes & {1 << (fiat - 1)} <> 0"
    )
    assert int(towns[-1][fiat]) == distinct.fetchone()[0]


def test_measures_with_a_filter_and_cubes_without_the_unclassified(cursor: Any) -> None:
    france, women = on("Bookings", codes("boDest", "06")), on("People", codes("peGender", "F"))
    measures = [
        count_measure("Bookings", filterQuery=france),
        {"id": "q", "resolveTableName": "Bookings", "function": "QueryCount", "query": women},
        measure("Sum", "boCost", filterQuery=france),
        count_measure("Bookings"),
        {
            "id": "b",
            "resolveTableName": "Bookings",
            "function": "QueryCount",
            "query": women,
            "filterQuery": france,
        },
    ]
    found = query.cube(cursor, cube("Bookings", [dimension("boProd", omitUnclassified=True)], measures))
    assert found["dimensionResults"][0]["headerCodes"] == "0\t1\t2\tiTOTAL"
    filtered, counted, total, plain, twice = (
        result["rows"][0].split("\t") for result in found["measureResults"]
    )
    assert int(twice[3]) == where(
        cursor, "bookings", "destination = 4 AND person IN (SELECT id FROM holidays.people WHERE gender = 1)"
    )
    assert int(filtered[1]) == where(cursor, "bookings", "destination = 4 AND product = 2")
    assert int(counted[3]) == where(
        cursor, "bookings", "person IN (SELECT id FROM holidays.people WHERE gender = 1)"
    )
    expected = cursor.execute("SELECT sum(cost) FROM holidays.bookings WHERE destination = 4").fetchone()
    assert total[3] == str(expected[0])
    assert plain[3] == "20000"


def test_sparse_cubes_list_the_cells_that_are_not_empty(cursor: Any) -> None:
    dims = [dimension("boCont"), dimension("boProd")]
    request = cube("Bookings", dims, [count_measure("Bookings")])
    full = query.cube(cursor, request)
    sparse = query.cube(cursor, {**request, "storage": "Sparse"})
    first, second = (result["headerCodes"].split("\t") for result in full["dimensionResults"])
    expected = [
        f"{one}\t{other}\t{cell}"
        for other, row in zip(second, full["measureResults"][0]["rows"], strict=True)
        for one, cell in zip(first, row.split("\t"), strict=True)
        if cell != "0"
    ]
    assert sparse["measureResults"][0] == {"id": "Bookings", "rows": [], "cells": expected}


def test_record_sets(cursor: Any) -> None:
    keys = {"type": "URN", "keyVariableName": "boURN", "values": "10001270\t10001280\r\n10001270,7, x"}
    assert count(cursor, on("Bookings", recordSet=keys)) == 2
    assert count(cursor, on("Bookings", recordSet={**keys, "minOccurs": 2})) == 1
    assert count(cursor, on("Bookings", recordSet={**keys, "minOccurs": 3})) == 0
    france = where(cursor, "bookings", "urn IN (10001270, 10001280) AND destination = 4")
    assert count(cursor, on("Bookings", codes("boDest", "06"), recordSet=keys)) == france


class Stored(dict[str, Any]):
    """A file store: queries and texts."""

    def __call__(self, path: str) -> Any:
        return self[path]

    def text(self, path: str) -> str:
        return str(self[path])


def test_record_sets_in_files(cursor: Any) -> None:
    keys = {"keyVariableName": "boURN", "byReference": True, "path": "keys.csv"}
    request = on("Bookings", recordSet=keys)
    files = Stored({"keys.csv": "10001270\r\n10001280\r\n"})
    assert count(cursor, request, files=files) == 2
    with pytest.raises(QueryError, match=r"no file keys.csv"):
        count(cursor, request, files=Stored())
    with pytest.raises(QueryError, match="not supported"):
        count(cursor, request, files=dict[str, Any]().__getitem__)


def test_none_of_the_records_below_is_not_any_of_them(cursor: Any) -> None:
    """The API has no operation NONE: what it would mean is NOT around ANY."""
    france = codes("boDest", "06")
    none = logic("NOT", "People", logic("ANY", "People", france))
    below = "SELECT person FROM holidays.bookings WHERE destination = 4"
    assert count(cursor, on("People", none)) == where(cursor, "people", f"id NOT IN ({below})")
    not_any = logic("ANY", "People", logic("NOT", "Bookings", france))
    others = "SELECT person FROM holidays.bookings WHERE destination <> 4"
    assert count(cursor, on("People", not_any)) == where(cursor, "people", f"id IN ({others})")
    include = logic("INCLUDE", "Bookings", france)
    assert count(cursor, on("Bookings", include)) == count(cursor, on("Bookings", france))


def test_any_and_the_may_skip_levels_but_not_go_sideways(cursor: Any) -> None:
    france = codes("boDest", "06")
    up = count(cursor, on("Households", logic("ANY", "Households", france)))
    assert up == count(cursor, on("Households", logic("ANY", "Households", logic("ANY", "People", france))))
    scots = codes("hoRegion", "10")
    down = count(cursor, on("Bookings", logic("THE", "Bookings", scots)))
    assert down == count(cursor, on("Bookings", logic("THE", "Bookings", logic("THE", "People", scots))))
    for operation in ("ANY", "THE"):
        with pytest.raises(QueryError, match=operation):
            count(cursor, on("Policies", logic(operation, "Policies", france)))


def test_orders_by_a_sequence_of_codes(cursor: Any) -> None:
    top = {"variableName": "boDest", "direction": "Top", "value": 25_000, "sequence": "07\t06\t!"}
    rows = query.export(cursor, export("Bookings", ["boDest"], on("Bookings", topN={**top, "value": 50})))[
        "rows"
    ]
    assert {row["codes"] for row in rows} == {" !"}  # the last code of the sequence comes first
    top |= {"direction": "Bottom", "value": where(cursor, "bookings", "destination = 5")}
    rows = query.export(cursor, export("Bookings", ["boDest"], on("Bookings", topN=top)))["rows"]
    assert {row["codes"] for row in rows} == {"07"}
    top["value"] = where(cursor, "bookings", "destination IN (0, 4, 5)") + 7  # other codes: in table order
    rest = "SELECT id FROM holidays.bookings WHERE destination NOT IN (0, 4, 5) ORDER BY id LIMIT 7"
    expected = where(cursor, "bookings", f"destination IN (0, 4, 5) OR id IN ({rest})")
    assert count(cursor, on("Bookings", sub("Bookings", topN=top), topN=top)) == expected


def test_expressions_ask_for_queries(cursor: Any) -> None:
    queries = [on("Bookings", codes("boDest", "06")), on("People", codes("peGender", "F"))]
    rule = {"serverText": "QUERY(2) AND IF(QUERY(1), [boCost], 0) > 500", "queries": queries}
    clause = {"criteria": {"tableName": "Bookings", "expressionRule": rule}}
    expected = where(
        cursor,
        "bookings",
        "destination = 4 AND cost > 500 AND person IN (SELECT id FROM holidays.people WHERE gender = 1)",
    )
    assert count(cursor, on("Bookings", clause)) == expected
    rule["serverText"] = " OR ".join(["QUERY(1)"] * 20)
    assert count(cursor, on("Bookings", clause)) == where(cursor, "bookings", "destination = 4")
    rule["serverText"] += " OR QUERY(1)"
    with pytest.raises(QueryError, match="20 times"):
        count(cursor, on("Bookings", clause))


def test_queries_in_expressions_may_be_nested_without_end(cursor: Any) -> None:
    clause = codes("boDest", "06")
    for _ in range(300):
        rule = {"serverText": "NOT QUERY(1)", "queries": [on("Bookings", clause)]}
        clause = {"criteria": {"tableName": "Bookings", "expressionRule": rule}}
    assert count(cursor, on("Bookings", clause)) == where(cursor, "bookings", "destination = 4")


def cells(cursor: Any, request: dict[str, Any], number: int = 0) -> dict[str, str]:
    """Return the cells of a cube with one dimension, by header code."""
    found = query.cube(cursor, request)
    codes_ = found["dimensionResults"][0]["headerCodes"].split("\t")
    return dict(zip(codes_, found["measureResults"][number]["rows"][0].split("\t"), strict=True))


def test_a_dimension_may_be_the_outcome_of_a_query(cursor: Any) -> None:
    women = {"id": "w", "type": "Query", "query": on("People", codes("peGender", "F"))}
    found = cells(cursor, cube("Bookings", [women], [count_measure("Bookings")]))
    inside = where(cursor, "bookings", "person IN (SELECT id FROM holidays.people WHERE gender = 1)")
    assert found == {"0": str(20_000 - inside), "1": str(inside), "iTOTAL": "20000"}
    result = query.cube(cursor, cube("Bookings", [women], [count_measure("Bookings")]))
    assert result["dimensionResults"][0]["headerDescriptions"] == "False\tTrue\tiTOTAL"


def test_a_dimension_may_be_texts(cursor: Any) -> None:
    initials = dimension("peInit", type="Text", noneCell=True)
    found = cells(cursor, cube("Households", [initials], [count_measure("Households")]))
    rows = cursor.execute(
        "SELECT initial, count(DISTINCT household) FROM holidays.people GROUP BY initial"
    ).fetchall()
    people = "SELECT household FROM holidays.people"
    expected = {(initial or "!"): str(number) for initial, number in rows}
    expected["iNONE"] = str(where(cursor, "households", f"id NOT IN ({people})"))
    expected["iTOTAL"] = str(where(cursor, "households", f"id IN ({people})"))
    assert {code: cell for code, cell in found.items() if cell != "0"} == {
        code: cell for code, cell in expected.items() if cell != "0"
    }
    assert list(found)[:2] == ["!", "A"]


def test_a_dimension_may_sum_up_what_is_below(cursor: Any) -> None:
    spent = {"id": "s", "type": "NumericBand", "variableName": "boCost", "function": "Sum",
             "banding": {"type": "Custom", "customValues": "500\t2000"}}  # fmt: skip
    found = cells(cursor, cube("People", [spent], [count_measure("People")]))
    sums = "SELECT person FROM holidays.bookings GROUP BY person HAVING sum(cost)"
    expected = [where(cursor, "people", f"id IN ({sums} {rule})") for rule in ("< 500", ">= 2000")]
    assert [int(found["1"]), int(found["3"])] == expected
    france = {**spent, "function": "Frequency", "filterQuery": on("Bookings", codes("boDest", "06"))}
    france["banding"] = {"type": "Custom", "customValues": "1\t2"}
    found = cells(cursor, cube("People", [france], [count_measure("People"), count_measure("Bookings")]))
    some = where(cursor, "people", "id IN (SELECT person FROM holidays.bookings WHERE destination = 4)")
    assert int(found["1"]) == where(cursor, "people", "true") - some
    assert int(found["2"]) + int(found["3"]) == some
    latest = dimension("boDate", "Years", function="Recency")
    found = cells(cursor, cube("People", [latest], [count_measure("People")]))
    last = "SELECT person FROM holidays.bookings GROUP BY person HAVING year(max(booking_date)) = 2018"
    assert int(found["2018"]) == where(cursor, "people", f"id IN ({last})")


def test_a_dimension_may_consider_only_some_records(cursor: Any) -> None:
    dear = dimension("boDest", filterQuery=on("Bookings", codes("boCost", ">=1000")))
    found = cells(cursor, cube("People", [dear], [count_measure("People")]))
    some = "SELECT person FROM holidays.bookings WHERE cost >= 1000"
    assert int(found["iTOTAL"]) == where(cursor, "people", f"id IN ({some})")
    assert int(found["06"]) == where(cursor, "people", f"id IN ({some} AND destination = 4)")


def test_small_categories_may_be_left_out_and_totals_stay(cursor: Any) -> None:
    plain = cells(cursor, cube("Bookings", [dimension("boDest")], [count_measure("Bookings")]))
    sizes = {code: int(cell) for code, cell in plain.items() if code != "iTOTAL"}

    def left(**limits: int) -> list[str]:
        found = cells(cursor, cube("Bookings", [dimension("boDest", **limits)], [count_measure("Bookings")]))
        assert found.pop("iTOTAL") == "20000"
        assert all(found[code] == plain[code] for code in found)
        return list(found)

    assert left(minimumCategoryCount=500) == [code for code, size in sizes.items() if size >= 500]
    largest = sorted(sizes, key=lambda code: -sizes[code])[:3]
    assert left(topNCategoryCount=3) == [code for code in sizes if code in largest]
    floor = max(sizes.values()) * 0.2
    assert left(percentageOfMaximumCategoryThreshold=20) == [c for c, n in sizes.items() if n >= floor]


@pytest.mark.parametrize("way", ["Ascending", "Descending"])
def test_categories_may_be_sorted_by_a_measure(cursor: Any, way: str) -> None:
    measures = [count_measure("Bookings"), measure("Sum", "boCost", sort=way)]
    request = cube("Bookings", [dimension("boDest"), dimension("boProd")], measures)
    found = query.cube(cursor, request)
    for item in measures:
        item.pop("sort", None)
    plain = query.cube(cursor, request)

    def by_code(result: dict[str, Any], number: int) -> dict[tuple[str, str], str]:
        first, second = (item["headerCodes"].split("\t") for item in result["dimensionResults"])
        rows = [row.split("\t") for row in result["measureResults"][number]["rows"]]
        return {(one, other): rows[n][m] for n, other in enumerate(second) for m, one in enumerate(first)}

    assert by_code(found, 0) == by_code(plain, 0)
    assert by_code(found, 1) == by_code(plain, 1)
    totals = [float(cell) for cell in found["measureResults"][1]["rows"][-1].split("\t")[:-1]]
    products = [float(row.split("\t")[-1]) for row in found["measureResults"][1]["rows"][:-1]]
    for values in (totals, products):
        assert values == sorted(values, reverse=way == "Descending")
    words = found["dimensionResults"][0]["headerDescriptions"].split("\t")
    assert words[-1] == "iTOTAL"
    assert words[:-1] != plain["dimensionResults"][0]["headerDescriptions"].split("\t")[:-1]


@pytest.mark.parametrize(
    "tables",
    [
        {"groupingTable": "People", "transactionalTable": "Bookings"},
        {"groupingTableName": "People", "transactionalTableName": "Bookings"},
        {"groupingTable": "Gone", "transactionalTable": "Gone",
         "groupingTableName": "People", "transactionalTableName": "Bookings"},
    ],
    ids=["of 1.9.19", "since 2022-12", "the later ones count"],
)  # fmt: skip
def test_rfv_chooses_parents_by_number_recency_and_value(
    cursor: Any, frames: Frames, tables: dict[str, Any]
) -> None:
    bookings = frames.tables["Bookings"]
    rfv = tables
    sizes = bookings.groupby("person").size()
    often = {**rfv, "frequency": {"values": ">=3"}}
    assert count(cursor, on("People", rfv=often)) == int((sizes >= 3).sum())
    assert count(cursor, on("Bookings", rfv=often)) == int(sizes[sizes >= 3].sum())

    france = bookings[bookings["destination"] == 4]
    twice = {**rfv, "frequency": {"values": "2\t3"}}
    french = france.groupby("person").size()
    expected = int(french[french.isin([2, 3])].sum())
    assert count(cursor, on("Bookings", codes("boDest", "06"), rfv=twice)) == expected

    ordered = bookings.sort_values(["booking_date", "id"], ascending=[False, True])
    last_two = ordered.groupby("person").head(2)
    spent = last_two.groupby("person")["cost"].sum()
    recent = {
        **rfv,
        "recency": {"variableName": "boDate", "direction": "Last", "value": 2},
        "value": {"variableName": "boCost", "action": "Sum", "values": ">2000"},
    }
    assert count(cursor, on("People", rfv=recent)) == int((spent > 2000).sum())
    kept = int(last_two["person"].isin(spent[spent > 2000].index).sum())
    assert count(cursor, on("Bookings", rfv=recent)) == kept

    policies = frames.tables["Policies"].groupby("person").size()
    none = {"groupingTable": "People", "transactionalTable": "Policies", "frequency": {"values": "0"}}
    assert count(cursor, on("People", rfv=none)) == frames.size("People") - len(policies)
    for action, expected_values in (
        ("Average", bookings.groupby("person")["cost"].mean()),
        ("Median", bookings.groupby("person")["cost"].median()),
        ("Minimum", bookings.groupby("person")["cost"].min()),
        ("Maximum", bookings.groupby("person")["cost"].max()),
        ("Distinct", bookings.groupby("person")["cost"].nunique()),
    ):
        value = {**rfv, "value": {"variableName": "boCost", "action": action, "values": ">3"}}
        assert count(cursor, on("People", rfv=value)) == int((expected_values > 3).sum()), action


EXPRESSIONS = [
    ("[boCost] > 2 * [Profit] + 1500", "cost > 2 * profit + 1500"),
    ('[Destination] = "06" OR NOT [boProd] = "1"', "destination = 4 OR product <> 2"),
    ("([boTrav] - [boDate]) / 7 >= 10", "(travel_date - booking_date) / 7 >= 10"),
    ("ISMISSING([Profit])", "profit IS NULL"),
    ("NOT ([Profit] > 10)", "(profit > 10) IS NOT TRUE"),
    ('YEAR([boDate]) = 2018 AND [boDate] < DATE("2018-07-01")', "booking_date BETWEEN '2018-01-01' AND '2018-06-30'"),
    ("IF([boCost] > 1000, [Profit], 0) > 100", "cost > 1000 AND profit > 100"),
    ("[boCost] / 0 = 1", "false"),
    ("[boCost] % 100", "cost % 100 <> 0"),
    ("ABS(-[boCost]) - - 1 > 1001", "cost > 1000"),
    ('[boDate] + 30 > [boTrav] AND WEEKDAY([boDate]) = 1', "booking_date + 30 > travel_date AND isodow(booking_date) = 1"),
    ('CONTAINS(LOWER([deMgr]) & "x", "hx")', "manager = 1"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sql"), EXPRESSIONS)
def test_expressions(cursor: Any, text: str, sql: str) -> None:
    rule = {
        "criteria": {"tableName": "Bookings", "expressionRule": {"tableName": "Bookings", "serverText": text}}
    }
    assert count(cursor, on("Bookings", rule)) == where(cursor, "bookings", sql)


def test_top_n_by_an_expression(cursor: Any) -> None:
    top = {"orderExpression": {"serverText": "[boProfit] / [boCost]"}, "direction": "Top", "value": 50}
    rows = query.export(cursor, export("Bookings", ["boURN"], on("Bookings", topN=top)))["rows"]
    best = cursor.execute(
        "SELECT urn FROM holidays.bookings ORDER BY profit::DOUBLE / nullif(cost::DOUBLE, 0) DESC NULLS LAST, id LIMIT 50"
    ).fetchall()
    assert sorted(int(row["codes"]) for row in rows) == sorted(key for (key,) in best)


def test_references_to_stored_queries(cursor: Any) -> None:
    stored = {
        "france.xml": on("Bookings", codes("boDest", "06")),
        "dear.xml": on("Bookings", both("Bookings", codes("boCost", ">=1000"), {"criteria": {"tableName": "Bookings", "path": "france.xml"}})),
        "loop.xml": on("Bookings", {"subSelection": {"byReference": True, "path": "loop.xml"}}),
    }  # fmt: skip
    files = stored.__getitem__
    dear = on("Bookings", {"subSelection": {"byReference": True, "path": "dear.xml"}})
    expected = where(cursor, "bookings", "destination = 4 AND cost >= 1000")
    assert count(cursor, dear, files=files) == expected
    without = {"criteria": {"tableName": "Bookings", "path": "dear.xml", "include": False}}
    assert count(cursor, on("Bookings", without), files=files) == 20_000 - expected
    with pytest.raises(QueryError, match="refers to itself"):
        count(cursor, stored["loop.xml"], files=files)
    with pytest.raises(QueryError, match="no query file nowhere"):
        count(cursor, on("Bookings", {"subSelection": {"path": "nowhere.xml"}}), files=files)
    with pytest.raises(QueryError, match="not supported"):
        count(cursor, dear)


def test_a_bare_selection_may_stand_for_a_sub_selection(cursor: Any) -> None:
    bare = {"subSelection": on("Bookings", codes("boDest", "06"))["selection"]}
    assert count(cursor, on("Bookings", bare)) == count(
        cursor, on("Bookings", sub("Bookings", codes("boDest", "06")))
    )


def test_ten_thousand_items_and_two_thousand_operands(cursor: Any) -> None:
    keys = codes("boURN", *(str(10001265 + number) for number in range(0, 20_000, 2)))
    assert count(cursor, on("Bookings", keys)) == 10_000
    numbers = codes("PoDaysUn", *(str(number) for number in range(5000)), ">1000")
    assert count(cursor, on("Policies", numbers)) == where(cursor, "policies", "true")
    wide = logic("OR", "Bookings", *(codes("boCost", str(number)) for number in range(2000)))
    assert count(cursor, on("Bookings", wide)) == where(
        cursor, "bookings", "cost < 2000 AND cost = floor(cost)"
    )


def test_changing_one_record_changes_counts_rows_and_cells(connection: Any) -> None:
    """No answer is fixed: the engine reads the tables."""
    cursor = connection.cursor()
    request = on("Bookings", codes("boDest", "44"))
    rows = export("Bookings", ["boURN", "boDest"], request)
    cells = cube("Bookings", [dimension("boDest")], [count_measure("Bookings"), measure("Maximum", "boCost")])
    before = query.count(cursor, request), query.export(cursor, rows), query.cube(cursor, cells)
    cursor.execute("BEGIN")
    try:
        cursor.execute("UPDATE holidays.bookings SET destination = 14, cost = 99999.99 WHERE id = 77")
        after = query.count(cursor, request), query.export(cursor, rows), query.cube(cursor, cells)
    finally:
        cursor.execute("ROLLBACK")
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert after[0]["counts"][0]["countValue"] == before[0]["counts"][0]["countValue"] + 1
    assert {"codes": "10001342\t44", "descriptions": "10001342\tMongolia"} in after[1]["rows"]
    assert after[2]["measureResults"][1]["rows"][0].endswith("99999.99")
