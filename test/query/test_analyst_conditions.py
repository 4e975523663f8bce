"""Conditions that analysts write, counted by the sandbox and by hand over the exported rows."""

from __future__ import annotations

import collections
import datetime as dt
import json
import pickle
import warnings
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import apteco_api as aa
from apteco_api.query.periods import periods

np = pytest.importorskip("numpy", reason="values of numpy and pandas need the extra pandas")
pd = pytest.importorskip("pandas", reason="values of numpy and pandas need the extra pandas")
pa = pytest.importorskip("pyarrow", reason="values of pyarrow need the extra arrow")

NOTHING: dict[str, Callable[[aa.Where], Any]] = {
    "isin()": lambda where: where.isin(),
    "isin([])": lambda where: where.isin([]),
    "isin(Series)": lambda where: where.isin(pd.Series([], dtype="float64")),
    "isin(array)": lambda where: where.isin(np.array([])),
}
VARIABLES = ["boDest", "boCost", "boDate", "boURN", "peSName", "wvTime", "peNews"]


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("way", NOTHING)
def test_an_empty_list_selects_nothing_of_any_type(session: aa.Session, variable: str, way: str) -> None:
    facts = session.variables[variable]
    every = session.count(facts.table_name)
    condition = NOTHING[way](aa.where(variable))
    assert session.count(condition) == 0
    assert session.count(~condition) == every
    dear = aa.where("boCost") > 0
    assert session.count(condition.on("Bookings") | dear) == session.count(dear)


@pytest.mark.parametrize("way", ["startswith", "endswith", "contains", "matches", "has_all"])
def test_a_comparison_with_no_value_selects_nothing(session: aa.Session, way: str) -> None:
    variable = "peNews" if way == "has_all" else "peSName"
    assert session.count(getattr(aa.where(variable), way)()) == 0


@pytest.mark.parametrize("way", ["startswith", "endswith", "contains", "matches"])
@pytest.mark.parametrize("kind", [list, tuple, set, np.array, pd.Series, pa.array, iter])
def test_texts_are_taken_one_by_one_and_in_lists(session: aa.Session, way: str, kind: Any) -> None:
    compare = getattr(aa.where("Surname"), way)
    texts = ["Mc*", "S*"] if way == "matches" else ["Mc", "S"]
    assert session.count(compare(kind(texts))) == session.count(compare(*texts))
    assert session.count(compare(kind([]) if kind is not np.array else np.array([], dtype=str))) == 0


STRANGE: dict[str, Any] = {
    "None in a list": lambda where: where.isin(["x", None]),
    "bytes": lambda where: where.isin(b"06"),
    "a table of numbers": lambda where: where.isin(np.array([[1, 2], [3, 4]])),
    "nanoseconds": lambda where: where > np.datetime64("2020-01-01T00:00:00.000000001"),
    "a far year": lambda where: where < np.datetime64("30000-01-01"),
    "a unit that is None": lambda where: where.last(3, None),
    "None as a beginning": lambda where: where.startswith(None),
    "a file that is missing": lambda where: where.isin_file("no/such/file.txt"),
    "a folder": lambda where: where.isin_file("."),
    "a descriptor": lambda where: where.isin_file(0),
    "no path": lambda where: where.isin_file(None),
    "a path with a null": lambda where: where.isin_file("a\0b"),
}


@pytest.mark.parametrize("case", STRANGE)
def test_a_strange_value_is_refused_by_an_error_of_the_package(case: str) -> None:
    with pytest.raises((aa.ApiTypeError, aa.ApiValueError, aa.ApiReadError)) as error:
        STRANGE[case](aa.where("Booking Date"))
    words = {"None in a list": "is_missing", "bytes": "b'06'", "a file that is missing": "no/such/file.txt"}
    assert words.get(case, "") in str(error.value)


DEEPER: dict[str, Callable[[Any], Any]] = {
    "~": lambda made: ~made.on("Bookings"),
    "&": lambda made: (aa.where("Cost") > 1) & made,
    "|": lambda made: (aa.where("Cost") > 1) | made,
    "on": lambda made: made.on("Bookings"),
    "top": lambda made: made.top(5, by="Cost"),
}


@pytest.mark.parametrize("way", DEEPER)
def test_a_condition_that_is_nested_too_deeply_is_refused(session: aa.Session, way: str) -> None:
    made: Any = aa.where("Cost") > 1
    for _ in range(3_000):
        made = DEEPER[way](made)
    with pytest.raises(aa.ApiValueError, match="nested too deeply"):
        session.count(made)


def test_a_field_that_is_too_long_for_csv_is_named(tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_text("Ref\n" + "x" * 200_000 + "\n")
    with pytest.raises(ValueError, match=r"long\.csv is not CSV"):
        aa.where("Booking URN").isin_file(tmp_path / "long.csv", column="Ref")


def test_a_missing_value_among_descriptions_is_called_missing(session: aa.Session) -> None:
    with pytest.raises(ValueError, match="is_missing"):
        session.count(aa.where("Destination").isin(pd.Series(["France", None], dtype=object).fillna(np.nan)))


def moments(session: aa.Session) -> list[dt.datetime]:
    found: list[Any] = session.export("WebVisits", ["wvTime"]).column(session.variables["wvTime"].description)
    return [moment for moment in found if moment is not None]


@pytest.mark.parametrize("shift", [0, 1, 499_999, 999_999, 1_000_000])
@pytest.mark.parametrize("kind", ["datetime", "Timestamp", "datetime64[us]", "datetime64[ns]", "text"])
def test_moments_are_compared_to_the_microsecond(session: aa.Session, shift: int, kind: str) -> None:
    every = moments(session)
    value = sorted(every)[len(every) // 2] + dt.timedelta(microseconds=shift)
    given: Any = {
        "datetime": value,
        "Timestamp": pd.Timestamp(value),
        "datetime64[us]": np.datetime64(value, "us"),
        "datetime64[ns]": np.datetime64(value, "us").astype("datetime64[ns]"),
        "text": value.isoformat(),
    }[kind]
    where = aa.where("wvTime")
    assert session.count(where < given) == sum(each < value for each in every)
    assert session.count(where <= given) == sum(each <= value for each in every)
    assert session.count(where > given) == sum(each > value for each in every)
    assert session.count(where >= given) == sum(each >= value for each in every)
    assert session.count(where == given) == sum(each == value for each in every)
    assert session.count(where != given) == session.count("WebVisits") - sum(each == value for each in every)
    late = value + dt.timedelta(hours=100, microseconds=7)
    assert session.count(where.between(given, late)) == sum(value <= each <= late for each in every)
    assert session.count(where.isin([given, late])) == sum(each in (value, late) for each in every)


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_a_date_is_compared_with_an_hour_of_the_day(session: aa.Session, hour: int) -> None:
    days: list[Any] = session.export("Bookings", ["boDate"])["Booking Date"]
    day = collections.Counter(days).most_common(1)[0][0]
    value, where = dt.datetime.combine(day, dt.time(hour, 30 * (hour > 0))), aa.where("boDate")
    as_moments = [dt.datetime.combine(each, dt.time()) for each in days if each is not None]
    assert session.count(where < value) == sum(each < value for each in as_moments)
    assert session.count(where <= value) == sum(each <= value for each in as_moments)
    assert session.count(where > value) == sum(each > value for each in as_moments)
    assert session.count(where >= value) == sum(each >= value for each in as_moments)
    early = value - dt.timedelta(days=40)
    assert session.count(where.between(early, value)) == sum(early <= each <= value for each in as_moments)
    if hour:
        assert session.count(where.between(value, value)) == 0
        for condition in (where == value, where.isin(value), where != value):
            with pytest.raises(ValueError, match="has an hour"):
                session.count(condition)
    else:
        assert session.count(where == value) == as_moments.count(value)


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (Decimal("100.5"), Decimal("500")),
        (np.float32(100), np.int16(500)),
        (np.int64(100), 500.25),
        ("100", "1e3"),
        (100, pd.Series([500]).iloc[0]),
    ],
)
def test_between_takes_what_a_comparison_takes(session: aa.Session, low: Any, high: Any) -> None:
    where = aa.where("Cost")
    assert session.count(where.between(low, high)) == session.count((where >= low) & (where <= high)) > 0
    assert session.count(~where.between(low, high)) == session.count("Bookings") - session.count(
        where.between(low, high)
    )


@pytest.mark.parametrize(
    ("variable", "low", "high"),
    [
        ("Cost", 500, 100),
        ("Cost", "500", "60"),
        ("Cost", np.float64(1), Decimal(0)),
        ("Booking Date", "2021-01-01", dt.date(2020, 1, 1)),
        ("wvTime", pd.Timestamp("2020-01-01 00:00:01"), "2020-01-01"),
        ("Surname", "m", "B"),
    ],
)
def test_a_reversed_range_is_refused_and_both_ends_are_named(
    session: aa.Session, variable: str, low: Any, high: Any
) -> None:
    with pytest.raises(ValueError, match="reversed"):
        session.count(aa.where(variable).between(low, high))
    assert session.count(aa.where(variable).between(high, low)) >= 0


@pytest.mark.parametrize("value", [5, 5.0, Decimal(5), dt.date(2020, 1, 1), True, np.int64(3)])
def test_a_text_is_compared_with_texts_only(session: aa.Session, value: Any) -> None:
    for condition in (
        aa.where("Surname") > value,
        aa.where("Surname") == value,
        aa.where("Surname").isin("x", value),
    ):
        with pytest.raises(ValueError, match="not a text"):
            session.count(condition)


@pytest.mark.parametrize("value", [pd.NaT, pd.NA, np.datetime64("NaT", "s")])
@pytest.mark.parametrize("variable", VARIABLES)
def test_a_missing_value_is_refused_in_plain_words(variable: str, value: Any) -> None:
    with pytest.raises(ValueError, match="is_missing"):
        aa.where(variable) == value  # noqa: B015


@pytest.mark.parametrize("value", [object(), {"a": 1}, b"x", aa.where("Cost"), 1j])
def test_an_object_that_is_not_a_value_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="can't be compared"):
        aa.where("Cost") == value  # noqa: B015


def test_codes_and_descriptions_may_be_mixed_and_a_wrong_value_is_the_one_named(session: aa.Session) -> None:
    code = next(each.code for each in session.variables["Destination"].codes if each.description == "France")
    both = session.count(aa.where("Destination").isin("France", "Germany"))
    assert session.count(aa.where("Destination").isin(code, "Germany")) == both
    assert session.count(aa.where("Destination").isin("germany", code)) == both
    with pytest.raises(aa.UnknownName, match="'Frence'"):
        session.count(aa.where("Destination").isin(code, "Germany", "Frence"))


def test_numbers_of_records_may_be_numpys(session: aa.Session) -> None:
    france = aa.where("Destination") == "France"
    assert session.count(france.top(np.int64(3), by="Cost")) == 3
    assert session.count(france.sample(np.int32(7), skip=np.uint8(1))) == 7
    assert session.count(france.first_per("People", np.int64(1))) == session.count(france, table="People")
    for wrong in (-1, 2.5, True, "3"):
        with pytest.raises(ValueError, match="whole number"):
            france.top(wrong, by="Cost")  # type: ignore[arg-type]


# ---- keys


@pytest.mark.parametrize("kind", [list, tuple, set, pd.Series, np.array, pa.array, iter])
@pytest.mark.parametrize("as_type", [str, int, float, np.int64])
def test_lists_of_keys_select_their_records(session: aa.Session, kind: Any, as_type: Any) -> None:
    rows = session.export("Bookings", ["boURN", "Cost"], limit=40)
    keys = kind([as_type(key) for key in rows["Booking URN"]])  # type: ignore[arg-type]
    condition = aa.where("Booking URN").isin(keys)
    assert session.count(condition) == 40
    assert session.count(~condition) == session.count("Bookings") - 40
    dear = sum(cost is not None and cost > 500 for cost in rows["Cost"])  # type: ignore[operator]
    assert session.count(condition & (aa.where("Cost") > 500)) == dear
    assert (
        session.count(condition | (aa.where("Cost") > 500))
        == 40 + session.count(aa.where("Cost") > 500) - dear
    )
    assert session.count(condition.on("People")) <= 40


def test_a_million_keys_and_one_key(session: aa.Session) -> None:
    first = int(str(session.export("Bookings", ["boURN"], limit=1)[0][0]))
    assert session.count(aa.where("boURN") == first) == 1
    assert session.count(aa.where("boURN").isin(range(first, first + 1_000_000))) == session.count("Bookings")


def test_keys_come_from_files(session: aa.Session, tmp_path: Path) -> None:
    keys = [str(key) for key in session.export("Bookings", ["boURN"], limit=5)["Booking URN"]]
    (tmp_path / "keys.txt").write_bytes(("\ufeff" + "\r\n".join([*keys, "", "  "])).encode())
    assert session.count(aa.where("boURN").isin_file(tmp_path / "keys.txt")) == 5
    (tmp_path / "keys.csv").write_text("Name,Ref\n" + "\n".join(f'"a, b",{key}' for key in keys), "utf-8")
    assert session.count(aa.where("boURN").isin_file(str(tmp_path / "keys.csv"), column="Ref")) == 5
    with pytest.raises(ValueError, match="'Key'; its columns are Name, Ref"):
        aa.where("boURN").isin_file(tmp_path / "keys.csv", column="Key")


def test_a_file_that_is_not_text_is_named(session: aa.Session, tmp_path: Path) -> None:
    for content in ("URN\n1\n".encode("utf-16"), "Näme\n".encode("latin-1"), b"PK\x03\x04\x8f"):
        (tmp_path / "keys.csv").write_bytes(content)
        for column in (None, "URN"):
            with pytest.raises(ValueError, match=r"keys\.csv is not text in UTF-8: save it as CSV in UTF-8"):
                aa.where("boURN").isin_file(tmp_path / "keys.csv", column=column)


@pytest.mark.parametrize("way", ["to_pandas", "to_polars", "to_arrow", "__iter__"])
def test_a_table_in_place_of_a_column_is_refused(session: aa.Session, way: str) -> None:
    if way == "to_polars":
        pytest.importorskip("polars", reason="frames of Polars need the extra polars")
    rows = session.export("Bookings", ["boURN", "Destination"], limit=3)
    table = rows if way == "__iter__" else getattr(rows, way)()
    for variable in ("Booking URN", "Destination"):
        with pytest.raises(TypeError, match="is a table: give one of its columns"):
            aa.where(variable).isin(table)


@pytest.mark.parametrize("key", ["", " ", "1,2", "1\t2", 1.5, True, dt.date(2020, 1, 1)])
def test_a_value_that_is_not_a_key_is_refused(session: aa.Session, key: Any) -> None:
    with pytest.raises(ValueError, match="is not a key"):
        session.count(aa.where("boURN").isin("1", key))


# ---- behaviour of records below


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5])
def test_people_are_counted_by_their_bookings(session: aa.Session, n: int) -> None:
    france = aa.where("Destination") == "France"
    rows = session.export(france, ["boURN", "peURN"])
    numbers = collections.Counter(rows["Person URN"])
    people = session.count("People")
    assert session.count(france.at_most(n, "People")) == people - sum(each > n for each in numbers.values())
    some = sum(each == n for each in numbers.values()) if n else people - len(numbers)
    assert session.count(france.exactly(n, "People")) == some
    if n:
        many = france.at_least(n, "people")
        assert repr(session.count(many)) == f"{sum(each >= n for each in numbers.values())} People"
        assert session.count(~many) == people - session.count(many)
        student = aa.where("Occupation") == "Student"
        assert session.count(many & student) == session.count(student & many) <= session.count(student)


def test_people_are_chosen_by_what_they_spent(session: aa.Session) -> None:
    rows = session.export("Bookings", ["Cost", "peURN"])
    spent: collections.Counter[Any] = collections.Counter()
    for cost, person in rows:
        spent[person] += cost or 0  # type: ignore[operator]
    every = aa.where("Cost") >= 0
    right = sum(total > 3_000 for total in spent.values())
    assert session.count(every.total("Cost", ">3000", "People")) == right > 0
    with pytest.raises(ValueError, match="not above"):
        session.count(every.at_least(2, "WebVisits"))


@pytest.mark.parametrize(
    "numbers", ["3-5", "", "some", ">= ", "=>3", "3\tx", [3, 5], (3, 5), None, True, float("nan"), ">3;<9"]
)
def test_figures_that_no_server_reads_are_refused_before_anything_is_sent(numbers: Any) -> None:
    every = aa.where("Cost") >= 0
    for way in (lambda: every.frequency(numbers, "People"), lambda: every.total("Cost", numbers, "People")):
        with pytest.raises(aa.ApiValueError, match="is not a number or a comparison with one, such as '>=3'"):
            way()


@pytest.mark.parametrize(
    "numbers",
    [
        3,
        ">=3",
        "<= 2.5",
        "=1",
        "1\t2\t\t>9",
        "1e3",
        "-1",
        "+2",
        ".5",
        "5.",
        Decimal(4),
        np.int64(2),
        1e22,
        "><",
    ],
)
def test_figures_that_are_taken_are_read_by_the_server(session: aa.Session, numbers: Any) -> None:
    every = aa.where("Cost") >= 0
    assert session.count(every.frequency(numbers, "People")) >= 0
    assert session.count(every.total("Cost", numbers, "People")) >= 0


def test_tables_and_variables_of_a_session_stand_for_their_names(session: aa.Session) -> None:
    people, cost, date = session.tables["People"], session.variables["Cost"], session.variables["boDate"]
    product, every = session.variables["Product"], aa.where("Cost") > 0
    for given, named in (
        (every.on(people), every.on("People")),
        (every.at_least(2, people), every.at_least(2, "People")),
        (every.frequency(2, people), every.exactly(2, "People")),
        (every.total(cost, ">900", people), every.total("Cost", ">900", "People")),
        (every.latest(1, people, by=date), every.latest(1, "People", by="Booking Date")),
        (every.top(9, by=cost), every.top(9, by="Cost")),
        (every.first_per_value(product, 2, by=cost), every.first_per_value("Product", 2, by="Cost")),
    ):
        assert repr(session.query(given)) == repr(session.query(named))
    assert session.query(every, table=people).selection == session.query(every, table="People").selection
    assert repr(session.count(every, table=people)).endswith(" People")


# ---- periods


def test_every_period_that_is_named_in_the_error_is_taken(session: aa.Session) -> None:
    with pytest.raises(ValueError, match="last 12 months") as caught:
        session.count(aa.where("Booking Date").during("Nonsense"))
    for name in periods():
        assert name in str(caught.value)
        assert session.count(aa.where("Booking Date").during(name)) >= 0
    with pytest.raises(ValueError, match="'last 0 months' is not a period"):
        session.count(aa.where("Booking Date").during("last 0 months"))
    assert session.count(aa.where("boDate").during("this year")) == session.count(
        aa.where("boDate").during("ThisYear")
    )


@pytest.mark.parametrize("unit", ["day", "days", "Weeks", "month", "Months", "quarters", "years"])
def test_a_rolling_period_ends_today(session: aa.Session, unit: str) -> None:
    where = aa.where("Booking Date")
    size = {"d": 4_000, "w": 500, "m": 130, "q": 40, "y": 10}[unit[0].lower()]
    today, days = dt.date.today(), session.export("Bookings", ["boDate"])["Booking Date"]
    roughly = {"d": 1, "w": 7, "m": 30.44, "q": 91.3, "y": 365.25}[unit[0].lower()] * size
    found = session.count(where.last(size, unit))
    low, high = (
        sum(day is not None and 0 <= (today - day).days < roughly + slack for day in days)  # type: ignore[operator]
        for slack in (-40, 40)
    )
    assert low <= found <= high
    assert session.count(where.during(f"last {size} {unit}")) == found
    assert session.count(where.last(np.int64(size), unit)) == found


@pytest.mark.parametrize(
    ("n", "unit"), [(0, "days"), (-1, "days"), (1.5, "days"), (True, "days"), (3, "moons")]
)
def test_a_rolling_period_that_makes_no_sense_is_refused(n: Any, unit: str) -> None:
    with pytest.raises(ValueError, match=r"whole number from 1|is not a unit"):
        aa.where("boDate").last(n, unit)


def test_a_saved_query_keeps_rolling(session: aa.Session) -> None:
    recent = aa.where("Booking Date").last(24, "months")
    asked = session.query(recent).selection
    assert asked is not None
    assert asked.rule is not None
    assert asked.rule.clause.criteria.today_at.startswith(str(dt.date.today()))  # type: ignore[union-attr]
    kept = session.queries.save("Private/Recent.xml", recent).selection
    assert kept is not None
    assert kept.rule is not None
    assert kept.rule.clause.criteria.today_at is None  # type: ignore[union-attr]
    session.files.remove("Private/Recent.xml")


def test_a_count_is_a_number_with_its_table(session: aa.Session) -> None:
    count = session.count("Bookings")
    assert isinstance(count, int)
    assert (count, repr(count), str(count)) == (20_000, "20000 Bookings", "20000")
    assert (f"{count}", f"{count:,}", f"{count:,t}") == ("20000", "20,000", "20,000 Bookings")
    assert json.dumps({"n": count}) == '{"n": 20000}'
    assert pickle.loads(pickle.dumps(count)).table == "Bookings"
    assert type(count + 1) is int
    assert session.counts("Bookings")["People"].table == "People"


def test_names_of_tables_may_be_in_any_case(session: aa.Session) -> None:
    assert session.count("bookings") == session.count("Bookings", table="BOOKINGS")
    assert session.tables["people"].name == "People"


def test_nothing_warns() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        aa.where("x") == pd.Timestamp("2020-01-01")  # noqa: B015
