"""The Holidays data fits its description in the API, and is the same every time."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from apteco_api.sandbox import holidays, query
from apteco_api.sandbox.holidays import Kind

from .shapes import codes
from .shapes import query as counted

TABLE_SQL = [table.sql for table in holidays.TABLES]


def checksum(connection: Any) -> list[Any]:
    return [
        connection.execute(
            f"SELECT md5(string_agg(t::VARCHAR, '' ORDER BY id)) FROM holidays.{sql} t"
        ).fetchone()
        for sql in TABLE_SQL
    ]


def test_the_tables_and_variables_are_those_of_the_holidays_system() -> None:
    assert [table.name for table in holidays.TABLES] == [
        "Households", "People", "Bookings", "Policies", "WebVisits", "Communications", "Journey History",
        "Content", "Responses Attributed",
    ]  # fmt: skip
    assert len(holidays.VARIABLES) == 94
    assert sum(variable.virtual for variable in holidays.VARIABLES) == 17
    names = {variable.name for variable in holidays.VARIABLES}
    descriptions = {variable.description for variable in holidays.VARIABLES}
    assert len(names) == len(descriptions) == 94
    assert not names & descriptions


def test_the_same_seed_makes_the_same_data_and_another_seed_other_data() -> None:
    sums = []
    for seed in (1, 1, 2):
        with duckdb.connect() as connection:
            holidays.build(connection, 2000, seed)
            sums.append(checksum(connection))
            assert holidays.built(connection) == (2000, seed)
    assert sums[0] == sums[1]
    assert all(one != other for one, other in zip(sums[0], sums[2], strict=True))


def test_the_documented_count_does_not_depend_on_the_machine(cursor: Any) -> None:
    path, france_or_germany = next(iter(holidays.STARTER_QUERIES.items()))
    assert path == "Private/Bookings to France or Germany.xml"
    assert [count["countValue"] for count in query.count(cursor, france_or_germany)["counts"]] == [
        9117, 6538, 4970,
    ]  # fmt: skip


def test_a_build_replaces_what_is_there_and_a_failed_one_leaves_it() -> None:
    with duckdb.connect() as connection:
        assert holidays.built(connection) is None
        holidays.build(connection, 500)
        holidays.build(connection, 1000)
        assert connection.execute("SELECT count(*) FROM holidays.bookings").fetchone() == (1000,)
        for scale, seed in ((99, 1), (30_000_001, 1), (1000, -1), (1000, 2**31)):
            with pytest.raises(ValueError, match="must be from"):
                holidays.build(connection, scale, seed)
        assert connection.execute("SELECT count(*) FROM holidays.bookings").fetchone() == (1000,)


@pytest.mark.parametrize("scale", [100, 101, 333])
def test_tiny_systems_can_be_made(scale: int) -> None:
    with duckdb.connect() as connection:
        holidays.build(connection, scale)
        assert connection.execute("SELECT count(*) FROM holidays.bookings").fetchone() == (scale,)
        assert len(holidays.variable_details(connection)) == 94


def test_keys_are_dense_and_the_children_of_a_parent_are_neighbours(cursor: Any) -> None:
    for table in holidays.TABLES:
        size, low, high, distinct = cursor.execute(
            f"SELECT count(*), min(id), max(id), count(DISTINCT id) FROM holidays.{table.sql}"
        ).fetchone()
        assert (low, high, distinct) == (0, size - 1, size), table.name
        if table.parent:
            parent = next(other for other in holidays.TABLES if other.name == table.parent)
            rows = cursor.execute(f"SELECT {parent.key} FROM holidays.{table.sql} ORDER BY id").fetchall()
            assert rows == sorted(rows), table.name
            orphans = cursor.execute(
                f"SELECT count(*) FROM holidays.{table.sql} WHERE {parent.key} NOT IN"
                f" (SELECT id FROM holidays.{parent.sql})"
            ).fetchone()
            assert orphans == (0,), table.name


def test_the_known_relations_hold(cursor: Any) -> None:
    def one(sql: str) -> Any:
        return cursor.execute(sql).fetchone()[0]

    assert one("SELECT count(DISTINCT person) FROM holidays.bookings") == one(
        "SELECT count(*) FROM holidays.people"
    )
    assert one("SELECT count(DISTINCT household) FROM holidays.people") < one(
        "SELECT count(*) FROM holidays.households"
    )
    assert one("SELECT count(*) FROM holidays.bookings WHERE (profit IS NULL) <> (destination = 0)") == 0
    assert one("SELECT count(*) FROM holidays.bookings WHERE (destination = 0) <> (type = 0)") == 0
    assert one("SELECT count(*) FROM holidays.bookings WHERE travel_date < booking_date + 3") == 0
    assert (
        one(
            "SELECT count(*) FROM holidays.policies"
            " WHERE policy_date NOT BETWEEN booking_date AND travel_date"
        )
        == 0
    )
    assert one("SELECT count(*) FROM holidays.policies WHERE travel_date - policy_date <> days_until") == 0
    rich = one(
        "SELECT avg(cost) FROM holidays.bookings b JOIN holidays.people p ON p.id = person WHERE income >= 5"
    )
    assert rich > 1.15 * one("SELECT avg(cost) FROM holidays.bookings")


def test_no_text_is_longer_than_its_variable_says(cursor: Any) -> None:
    for variable in holidays.VARIABLES:
        if variable.kind is Kind.TEXT:
            sql = next(table.sql for table in holidays.TABLES if table.name == variable.table)
            longest = cursor.execute(f"SELECT max(strlen({variable.column})) FROM holidays.{sql}").fetchone()[
                0
            ]
            assert 0 < longest <= variable.text_length, variable.name


def test_every_code_listed_counts_its_records(cursor: Any) -> None:
    for variable in holidays.VARIABLES:
        if variable.kind not in (Kind.SELECTOR, Kind.FLAGS):
            continue
        rows, total = holidays.codes(cursor, variable.name, 0, None)
        assert len(rows) == total == len(variable.codes)
        for row in rows[:8]:
            found = query.count(cursor, counted(variable.table, codes(variable.name, row["code"])))
            assert found["counts"][0]["countValue"] == row["count"], (variable.name, row)
        if variable.kind is Kind.SELECTOR:
            size = query.count(cursor, counted(variable.table))["counts"][0]["countValue"]
            assert sum(row["count"] for row in rows) == size, variable.name


def test_pages_of_codes_fit_together(cursor: Any) -> None:
    every, total = holidays.codes(cursor, "boDest", 0, None)
    assert [holidays.codes(cursor, "boDest", place, 1)[0][0] for place in range(total)] == every
    assert holidays.codes(cursor, "boDest", 100, 10) == ([], total)
    days, _ = holidays.codes(cursor, "boDate", 0, 2)
    assert days[0]["code"] == "00000000"


@pytest.mark.parametrize("name", ["boCost", "peSName", "boURN"])
def test_numbers_texts_and_keys_have_no_codes(cursor: Any, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        holidays.codes(cursor, name, 0, None)


def test_an_unknown_variable_has_no_codes(cursor: Any) -> None:
    with pytest.raises(KeyError):
        holidays.codes(cursor, "nobody", 0, None)


def test_details_agree_with_the_records(cursor: Any) -> None:
    details = {detail["name"]: detail for detail in holidays.variable_details(cursor)}
    assert list(details) == [variable.name for variable in holidays.VARIABLES]
    occupation = details["peOccu"]["selectorInfo"]
    assert occupation["numberOfCodes"] == 11
    assert occupation["codeLength"] == 1
    cost = details["boCost"]["numericInfo"]
    low, high = cursor.execute("SELECT min(cost), max(cost) FROM holidays.bookings").fetchone()
    assert (cost["minimum"], cost["maximum"], cost["isCurrency"]) == (float(low), float(high), True)
    assert details["HHCarmak"]["selectorInfo"]["selectorType"] == "OrArray"
    assert details["peNews"]["selectorInfo"]["selectorType"] == "OrBitArray"
    assert details["bo1O9ZTR"]["selectorInfo"]["subType"] == "Date"
    assert details["bo1O9ZTR"]["isVirtual"]
    assert details["wvTime"]["selectorInfo"]["subType"] == "DateTime"
    assert details["boURN"]["type"] == "Reference"
    for detail in details.values():
        infos = [name for name in detail if name.endswith("Info")]
        assert len(infos) == 1, detail


def test_tables_are_listed_with_their_sizes(cursor: Any) -> None:
    tables = holidays.table_details(cursor)
    assert [table["name"] for table in tables if table["hasChildTables"]] == [
        "Households",
        "People",
        "Communications",
    ]
    assert [table["name"] for table in tables if table["parentTable"] == ""] == ["Households"]
    assert next(table for table in tables if table["name"] == "Bookings")["totalRecords"] == 20_000


def test_folders_hold_every_variable_once() -> None:
    inside = [name for _, names in holidays.folders() for name in names]
    assert sorted(inside) == sorted(variable.name for variable in holidays.VARIABLES)
