"""Conditions become the plain Query model: compared with bodies that py-apteco sends, and refused where they
can't.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

import apteco_api as aa
from apteco_api._runtime.codec.encode import encode
from apteco_api.query.catalogue import Facts, StaticCatalogue, UnknownName, route
from apteco_api.query.conditions import Condition
from apteco_api.query.where import where

PARENTS = {
    "Households": "",
    "People": "Households",
    "Bookings": "People",
    "Communications": "People",
    "Content": "Communications",
}
CATALOGUE = StaticCatalogue(
    [
        Facts("hoRegion", "Households", "selector", "Region", 2),
        Facts("peSName", "People", "text", "Surname"),
        Facts("peSource", "People", "selector", "Source", 2),
        Facts("peDOB", "People", "date", "DOB"),
        Facts("peNews", "People", "flags", "Newspapers", 3),
        Facts("boURN", "Bookings", "reference", "Booking URN"),
        Facts("boDest", "Bookings", "selector", "Destination", 2),
        Facts("boCost", "Bookings", "numeric", "Cost", 0, True),
        Facts("boTime", "Bookings", "datetime", "Booked At"),
        Facts("ctCost", "Content", "numeric", "Cost of Content"),
    ],
    PARENTS,
    {"boDest": {" !": "Unclassified", "06": "France", "07": "Germany", "29": "Sweden"}},
)


def body(condition: Condition, table: str = "") -> Any:
    """Return the selection as it is sent."""
    return json.loads(encode(condition.to_query(CATALOGUE, table)))["selection"]


def clause(condition: Condition) -> Any:
    return body(condition)["rule"]["clause"]


def items(condition: Condition) -> str:
    text: str = clause(condition)["criteria"]["valueRules"][0]["listRule"]["list"]
    return text


def test_a_selector_takes_descriptions_and_codes_and_sends_codes() -> None:
    assert clause(where("boDest").isin("France", "Germany")) == {
        "criteria": {
            "variableName": "boDest",
            "include": True,
            "logic": "OR",
            "ignoreCase": False,
            "textMatchType": "Is",
            "valueRules": [{"listRule": {"list": "06\t07", "variableName": "boDest"}}],
            "tableName": "Bookings",
        }
    }
    assert items(where("boDest").isin(["06", "29"])) == "06\t29"
    assert items(where("Destination") == "sweden") == "29"
    assert items(where("boDest") == "!") == " !"


def test_a_code_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"Frence.*did you mean 'France'"):
        body(where("boDest") == "Frence")


def test_a_variable_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'boDest'"):
        body(where("boDst") == "06")


def test_not_equal_takes_everything_else_the_missing_included() -> None:
    assert clause(where("boDest") != "France")["criteria"]["include"] is False
    assert clause(~(where("boDest") == "France")) == clause(where("boDest") != "France")
    assert clause(~~(where("boDest") == "France"))["criteria"]["include"] is True


@pytest.mark.parametrize(
    ("condition", "sent"),
    [
        (where("boCost") > 500, ">500"),
        (where("boCost") >= Decimal("123.4500"), ">=123.4500"),
        (where("boCost") < 0.1, "<0.1"),
        (where("boCost") <= 1e21, "<=1000000000000000000000"),
        (where("boCost").isin(1, 2.5), "1\t2.5"),
        (where("boCost") == None, "><"),  # noqa: E711  # the operator is the point
        (where("boDest").is_missing(), " !"),
        (where("peSName").is_missing(), ""),
    ],
)
def test_numbers_and_missing_values_are_written_as_the_server_reads_them(
    condition: Condition, sent: str
) -> None:
    assert items(condition) == sent


def test_a_number_between_two_others_is_both_comparisons_on_the_same_record() -> None:
    logic = clause(where("boCost").between(100, 200))["logic"]
    assert (logic["operation"], logic["tableName"]) == ("AND", "Bookings")
    assert [each["criteria"]["valueRules"][0]["listRule"]["list"] for each in logic["operands"]] == [
        ">=100",
        "<=200",
    ]


@pytest.mark.parametrize(
    ("condition", "match", "ignore", "sent"),
    [
        (where("peSName") == "Smith", "Is", False, "Smith"),
        (where("peSName").isin("Smith", "Brown", ignore_case=True), "Is", True, "Smith\tBrown"),
        (where("peSName").startswith("Mc", "Mac"), "Begins", False, "Mc\tMac"),
        (where("peSName").endswith("son", ignore_case=True), "Ends", True, "son"),
        (where("peSName").contains("x"), "Contains", False, "x"),
        (where("peSName").matches("Sm?th*"), "Ranges", False, '="Sm?th*"'),
        (where("peSName") >= "N", "Ranges", True, '>="N"'),
        (where("peSName").between("Brown", "Brown"), "Ranges", True, '>="Brown" - <="Brown"'),
    ],
)
def test_text_is_matched_in_the_way_asked_for(
    condition: Condition, match: str, ignore: bool, sent: str
) -> None:
    criteria = clause(condition)["criteria"]
    assert (criteria["textMatchType"], criteria["ignoreCase"]) == (match, ignore)
    assert criteria["valueRules"][0]["listRule"]["list"] == sent


def dates(condition: Condition) -> tuple[str, str | None, str, str | None]:
    rule = clause(condition)["criteria"]["valueRules"][0]
    assert rule["predefinedRule"] == "CustomRule"
    date = rule["dateRule"]
    return (
        date["startRangeLimit"],
        date.get("rangeStartDate"),
        date["endRangeLimit"],
        date.get("rangeEndDate"),
    )


def test_date_bounds_are_inclusive_so_that_strict_ones_move_by_a_day_or_a_second() -> None:
    day, moment = dt.date(1980, 1, 1), dt.datetime(2019, 5, 11, 15, 12, 36)
    assert dates(where("peDOB") >= day) == ("Actual", "1980-01-01T00:00:00", "Latest", None)
    assert dates(where("peDOB") > day) == ("Actual", "1980-01-02T00:00:00", "Latest", None)
    assert dates(where("peDOB") < "1980-01-01") == ("Earliest", None, "Actual", "1979-12-31T00:00:00")
    assert dates(where("boTime") < moment) == ("Earliest", None, "Actual", "2019-05-11T15:12:35")
    assert dates(where("peDOB").between(day, dt.date(1980, 12, 31)))[1::2] == (
        "1980-01-01T00:00:00",
        "1980-12-31T00:00:00",
    )


def test_single_days_are_a_list_and_named_periods_a_rule() -> None:
    rule = clause(where("peDOB").isin(dt.date(1980, 1, 1), "1981-02-03"))["criteria"]["valueRules"][0]
    assert rule == {
        "predefinedRule": "AdhocDates",
        "listRule": {"list": "19800101\t19810203", "variableName": "peDOB"},
    }
    period = clause(where("peDOB").during("LastMonth"))["criteria"]["valueRules"]
    assert period == [{"predefinedRule": "LastMonth"}]


def test_a_missing_date_is_one_outside_the_whole_range() -> None:
    criteria = clause(where("peDOB").is_missing())["criteria"]
    assert criteria["include"] is False
    assert criteria["valueRules"][0]["dateRule"]["startRangeLimit"] == "Earliest"


def test_several_codes_on_one_record_are_an_and() -> None:
    assert clause(where("peNews").has_all("Sun", "Mail"))["criteria"]["logic"] == "AND"


def test_the_left_condition_decides_the_table_and_the_right_one_is_carried_over() -> None:
    logic = clause((where("boDest") == "France") & (where("hoRegion") == "01"))["logic"]
    first, second = logic["operands"]
    assert logic["tableName"] == first["criteria"]["tableName"] == "Bookings"
    assert second["logic"]["operation"] == "THE"
    assert second["logic"]["operands"][0]["logic"]["tableName"] == "People"
    assert second["logic"]["operands"][0]["logic"]["operands"][0]["criteria"]["tableName"] == "Households"


def test_brackets_say_which_conditions_one_record_must_meet() -> None:
    person, france, dear = where("peSource") == "05", where("boDest") == "France", where("boCost") > 2000
    one_booking = clause(person & (france & dear))["logic"]["operands"]
    any_bookings = clause(person & france & dear)["logic"]["operands"]
    assert [each.get("logic", {}).get("operation") for each in one_booking] == [None, "ANY"]
    assert [each.get("logic", {}).get("operation") for each in any_bookings] == [None, "ANY", "ANY"]


@pytest.mark.parametrize(
    "written",
    [
        lambda: where("boCost") > 500 & where("boDest") == "06",
        lambda: (where("boDest") == "06") & where("boCost") > 500,
        lambda: where("boDest") == "06" | where("boCost") == 500,
        lambda: ~where("boDest") == "06",
    ],
)
def test_the_error_for_missing_brackets_shows_where_they_go(written: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match=r"where\('bo(Cost|Dest)'\) is not compared .* each needs brackets"):
        written()


def test_cousins_meet_at_their_nearest_common_table() -> None:
    assert route(PARENTS, "Bookings", "Content") == [
        ("ANY", "People"),
        ("THE", "Communications"),
        ("THE", "Content"),
    ]
    assert body((where("boDest") == "29").on("Content"))["tableName"] == "Content"
    assert body(where("boDest") == "29", table="People")["tableName"] == "People"


def test_samples_and_rankings_sit_beside_the_rule() -> None:
    france = where("boDest") == "France"
    assert body(france.sample(10))["limits"] == {
        "sampling": "Random",
        "total": 10,
        "type": "Total",
        "startAt": 0,
    }
    assert body(france.sample(fraction=Fraction(1, 7), kind="First"))["limits"]["fraction"] == {
        "numerator": 1,
        "denominator": 7,
    }
    assert body(france.sample(fraction=0.25))["limits"]["percent"] == 25.0
    assert body(france.top(10, by="boCost"))["topN"] == {
        "variableName": "boCost",
        "direction": "Top",
        "value": 10,
    }
    assert body(france.first_per("People", by="boCost"))["nPer"] == {
        "recency": {"variableName": "boCost", "direction": "First", "value": 1},
        "groupingTableName": "People",
        "transactionalTableName": "Bookings",
    }
    assert body(france.first_per_value("boDest", 3, by="boCost"))["topN"] == {
        "groupingVariableName": "boDest",
        "groupingSequenceVariableName": "boCost",
        "groupingAscending": False,
        "groupMax": 3,
    }


def test_rankings_take_descriptions_and_refuse_what_is_no_variable() -> None:
    france = where("boDest") == "France"
    assert body(france.top(10, by="Cost"))["topN"]["variableName"] == "boCost"
    assert body(france.first_per("People", by="Cost"))["nPer"]["recency"]["variableName"] == "boCost"
    grouped = body(france.first_per_value("Destination", by="Cost"))["topN"]
    assert (grouped["groupingVariableName"], grouped["groupingSequenceVariableName"]) == ("boDest", "boCost")
    with pytest.raises(UnknownName, match="did you mean 'Cost'"):
        body(france.top(10, by="Costs"))


def test_a_limited_condition_inside_another_is_a_sub_selection() -> None:
    top = (where("boDest") == "France").top(10, by="boCost")
    inside = clause(top & (where("boCost") > 5))["logic"]["operands"][0]["subSelection"]["selection"]
    assert inside["topN"]["value"] == 10
    again = body(top.sample(3))
    assert again["limits"]["total"] == 3
    assert again["rule"]["clause"]["subSelection"]["selection"]["topN"]["value"] == 10
    assert body(top, table="People")["rule"]["clause"]["logic"]["operation"] == "ANY"


def test_changing_a_resolved_query_leaves_the_condition_as_it_was() -> None:
    sample = (where("boDest") == "France").sample(10)
    query = sample.to_query(CATALOGUE)
    assert query.selection is not None
    assert query.selection.limits is not None
    query.selection.limits.total = 99
    assert body(sample)["limits"]["total"] == 10


def test_without_a_session_the_table_must_be_said_and_values_are_codes() -> None:
    query = (where("boDest", "Bookings").isin("06") & (where("boCost", "Bookings") > 500)).to_query()
    assert isinstance(query, aa.Query)
    assert query.selection is not None
    assert query.selection.table_name == "Bookings"
    assert (where("boDest") == "06").to_query(table="Bookings").selection == (
        where("boDest", "Bookings") == "06"
    ).to_query().selection
    with pytest.raises(ValueError, match=r"where\('boDest', table\)"):
        (where("boDest") == "06").to_query()
    with pytest.raises(ValueError, match="resolve the condition with a session"):
        (where("boDest", "Bookings") == "06").on("People").to_query()


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (where("boURN") > 1, "is a key"),
        (where("boDest") > "06", "can't be compared with '>'"),
        (where("boCost").contains("1"), "can't be compared with 'contains'|not a number"),
        (where("boCost") > True, "not a number"),
        (where("boCost") > float("nan"), "finite"),
        (where("boCost") == "dear", "'boCost' is a number: 'dear' is not a number"),
        (where("peSName") == "a\tb", "tab or a line break"),
        (where("peSName").matches('a"b'), "quotation mark"),
        (where("peDOB") > 1980, "holds dates"),
        (where("boTime") > dt.datetime(2019, 1, 1, tzinfo=dt.UTC), "no time zone"),
    ],
)
def test_a_comparison_that_makes_no_sense_is_refused_before_anything_is_sent(
    condition: Condition, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        condition.to_query(CATALOGUE)


def test_and_or_not_and_chains_are_refused_with_the_way_out() -> None:
    for wrong in (
        lambda: 1 < where("boCost") < 5,
        lambda: (where("boCost") > 1) and (where("boCost") < 5),
        lambda: not (where("boCost") > 1),
    ):
        with pytest.raises(TypeError, match=r"use & \| ~"):
            wrong()


def test_numpy_values_are_taken_as_plain_ones() -> None:
    numpy = pytest.importorskip("numpy", reason="numpy comes with the extra pandas")
    assert items(where("boCost") > numpy.float64(2.5)) == ">2.5"
    assert items(where("boCost").isin(numpy.array([1, 2]))) == "1\t2"


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (where("Cost") > 500, "where('Cost') > 500"),
        (where("Destination") == "France", "where('Destination') == 'France'"),
        (where("Destination") != "France", "where('Destination') != 'France'"),
        (where("Destination").isin("06", "07"), "where('Destination').isin('06', '07')"),
        (
            ~where("Name").startswith("A", ignore_case=True),
            "~(where('Name').startswith('A', ignore_case=True))",
        ),
        (where("Cost").is_missing(), "where('Cost').is_missing()"),
        (
            (where("Cost") > 5) & ~((where("Cost") > 6) | (where("Cost") < 7)),
            "(where('Cost') > 5) & (~((where('Cost') > 6) | (where('Cost') < 7)))",
        ),
        ((where("Cost") > 5).on("People"), "(where('Cost') > 5).on('People')"),
        ((where("Cost") > 5).sample(3), "<limits of where('Cost') > 5>"),
    ],
)
def test_a_condition_shows_as_it_is_written(condition: Condition, text: str) -> None:
    assert repr(condition) == text
    if not text.startswith("<"):
        assert eval(text, {"where": where}) == condition


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (where("boTime", "Bookings") >= "2020", "'2020' is not a date for 'boTime': write 2020-12-31"),
        (where("boTime", "Bookings") == "31/12/2020", "'31/12/2020' is not a date for 'boTime'"),
        (
            where("boDest", "Bookings") == ["06", "07"],
            r"\['06', '07'\] is not one value: use isin\(\) for several",
        ),
        (where("boCost", "Bookings") == [1, 2], r"\[1, 2\] is not one value: use isin\(\)"),
    ],
)
def test_the_error_for_a_wrong_value_says_what_to_write(condition: Condition, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        condition.to_query(CATALOGUE)


def test_a_description_that_several_variables_have_is_refused() -> None:
    twice = [Facts(name, "Bookings", "numeric", "Amount") for name in ("boCost", "boProfit")]
    catalogue = StaticCatalogue(twice, PARENTS)
    with pytest.raises(aa.AmbiguousName, match="'Amount': say 'boCost' or 'boProfit'"):
        (where("Amount") > 5).to_query(catalogue)
    (where("boCost") > 5).to_query(catalogue)


def test_a_description_that_several_codes_have_means_all_of_them() -> None:
    codes = {"01": "Other", "02": "France", "03": "Other"}
    facts = Facts("boDest", "Bookings", "selector", "Destination", 2)
    made = (where("boDest") == "Other").to_query(StaticCatalogue([facts], PARENTS, {"boDest": codes}))
    rule = json.loads(encode(made))["selection"]["rule"]["clause"]["criteria"]["valueRules"][0]
    assert rule["listRule"]["list"] == "01\t03"


def test_a_period_and_a_table_that_do_not_exist_are_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"'LastMnth' is not a period .* did you mean 'LastMonth'"):
        body(where("DOB").during("LastMnth"))
    with pytest.raises(UnknownName, match="no table 'Peple'; did you mean 'People'"):
        body((where("boCost") > 5).first_per("Peple"))
    with pytest.raises(ValueError, match="'peDOB' holds dates, and 2020 is not one: give a date or"):
        body(where("DOB") >= 2020)
