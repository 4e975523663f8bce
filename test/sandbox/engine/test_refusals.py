"""What cannot be computed is refused by name, and nothing in a request can become SQL."""

# ruff: noqa: E501 - one case a line
from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apteco_api.sandbox import query
from apteco_api.sandbox.query import QueryError, errors

from .requests import Requests
from .shapes import both, codes, count_measure, criteria, cube, dates, dimension, export, logic, measure
from .shapes import query as on

FRANCE = codes("boDest", "06")
RUN = {"query": query.count, "export": query.export, "cube": query.cube}


def refused(cursor: Any, kind: str, request: Any) -> QueryError:
    with pytest.raises(QueryError) as caught:
        RUN[kind](cursor, request)
    assert caught.value.status == 400
    assert caught.value.message
    return caught.value


QUERIES: list[tuple[str, Any, int]] = [
    ("selection", {}, errors.MALFORMED),
    ("selection", {"selection": None}, errors.MALFORMED),
    ("selection must be an object", {"selection": []}, errors.MALFORMED),
    ("tableName", {"selection": {}}, errors.MALFORMED),
    ("no table 'Ships'", on("Ships"), errors.UNKNOWN_NAME),
    ("clause", {"selection": {"tableName": "Bookings", "rule": {}}}, errors.MALFORMED),
    ("exactly one", on("Bookings", {}), errors.MALFORMED),
    ("logic and criteria", on("Bookings", {**FRANCE, **both("Bookings", FRANCE)}), errors.MALFORMED),
    ("operation cannot be 'XOR'", on("Bookings", logic("XOR", "Bookings", FRANCE)), errors.WRONG_VALUE),
    ("NOT takes one operand", on("Bookings", logic("NOT", "Bookings", FRANCE, FRANCE)), errors.WRONG_VALUE),
    ("AND takes one operand or more, not 0", on("Bookings", both("Bookings")), errors.WRONG_VALUE),
    ("ANY on Bookings", on("Bookings", logic("ANY", "Bookings", FRANCE)), errors.WRONG_TABLE),
    ("THE on People", on("People", logic("THE", "People", FRANCE)), errors.WRONG_TABLE),
    ("a condition on Bookings", on("People", FRANCE), errors.WRONG_TABLE),
    ("a condition on Bookings", on("People", both("People", FRANCE)), errors.WRONG_TABLE),
    ("no variable 'boNone'", on("Bookings", criteria("boDest", {"listRule": {"list": "1"}}, variableName="boNone")), errors.UNKNOWN_NAME),
    ("belongs to Bookings", on("People", codes("boDest", "06", tableName="People")), errors.WRONG_TABLE),
    ("valueRules", on("Bookings", criteria("boDest")), errors.MALFORMED),
    ("not a number", on("Bookings", codes("boCost", "=>5")), errors.WRONG_VALUE),
    ("not a number", on("Bookings", codes("boCost", "NaN")), errors.WRONG_VALUE),
    ("not a text range", on("People", codes("peSName", "<x", textMatchType="Ranges")), errors.WRONG_VALUE),
    ("does not fit boDest", on("Bookings", dates("boDest")), errors.WRONG_VALUE),
    ("is not a date: 'soon'", on("Bookings", dates("boDate", rangeStartDate="soon")), errors.WRONG_VALUE),
    ("CalculatedYear", on("Bookings", dates("boDate", patternFrequency="Monthly", patternType="CalculatedYear")), errors.UNSUPPORTED),
    ("Backward with", on("Bookings", dates("boDate", endRangeLimit="Backward", rangeMaxOccurrences=2)), errors.UNSUPPORTED),
    ("HH:MM", on("WebVisits", criteria("wvTime", {"timeRule": {"rangeLow": "25:00"}})), errors.WRONG_VALUE),
    ("DayHourMinute", on("WebVisits", criteria("wvTime", {"listRule": {"list": "x", "bandingType": "DayHourMinute"}})), errors.UNSUPPORTED),
    ("HourOfDay needs a date and time", on("Bookings", criteria("boDate", {"listRule": {"list": "x", "bandingType": "HourOfDay"}})), errors.WRONG_VALUE),
    ("bandingType Years on boDest", on("Bookings", criteria("boDest", {"listRule": {"list": "x", "bandingType": "Years"}})), errors.UNSUPPORTED),
    ("recordSet.type SBM", on("Bookings", recordSet={"type": "SBM"}), errors.UNSUPPORTED),
    ("reference to the file a.csv", on("Bookings", recordSet={"path": "a.csv", "keyVariableName": "boURN"}), errors.UNSUPPORTED),
    ("needs a path", on("Bookings", recordSet={"byReference": True, "keyVariableName": "boURN"}), errors.MALFORMED),
    ("as well as values", on("Bookings", recordSet={"path": "a.csv", "values": "1", "keyVariableName": "boURN"}), errors.MALFORMED),
    ("recordSet.type FSRN", on("Bookings", recordSet={"type": "FSRN", "values": "1"}), errors.UNSUPPORTED),
    ("operation cannot be 'NONE'", on("People", logic("NONE", "People", FRANCE)), errors.WRONG_VALUE),
    ("not a key", on("Bookings", recordSet={"keyVariableName": "boDest"}), errors.WRONG_TABLE),
    ("a percent from 0 to 100", on("Bookings", limits={"type": "Percent", "percent": 101}), errors.WRONG_VALUE),
    ("denominator", on("Bookings", limits={"type": "Fraction", "fraction": {"numerator": 1, "denominator": 0}}), errors.WRONG_VALUE),
    ("startAt must be from 0", on("Bookings", limits={"startAt": -1}), errors.WRONG_VALUE),
    ("minValue and maxValue", on("Bookings", topN={"variableName": "boCost", "direction": "RangeTopDown"}), errors.WRONG_VALUE),
    ("sequence lists codes", on("Bookings", topN={"variableName": "boCost", "sequence": "x"}), errors.WRONG_VALUE),
    ("'x' is not a code of boDest", on("Bookings", topN={"variableName": "boDest", "sequence": "06\tx"}), errors.WRONG_VALUE),
    ("'06' is there twice for boDest", on("Bookings", topN={"groupingVariableName": "boProd", "groupMax": 1, "groupingSequenceVariableName": "boDest", "groupingSequence": "06\t06"}), errors.WRONG_VALUE),
    ("peNews", on("People", topN={"variableName": "peNews", "value": 1}), errors.UNSUPPORTED),
    ("cannot order People", on("People", topN={"variableName": "boCost", "value": 1}), errors.WRONG_TABLE),
    ("grouping by the key", on("Bookings", topN={"groupingVariableName": "peURN", "groupMax": 1}), errors.UNSUPPORTED),
    ("Policies is not above", on("Bookings", nPer={"groupingTableName": "Policies", "recency": {"value": 1}}), errors.WRONG_TABLE),
    ("RankCoefficient", on("People", rfv={"groupingTable": "People", "transactionalTable": "Bookings", "value": {"variableName": "boCost", "action": "RankCoefficient", "values": ">1"}}), errors.UNSUPPORTED),
    ("orderExpression.queries", on("Bookings", topN={"orderExpression": {"queries": [{}], "serverText": "1"}}), errors.UNSUPPORTED),
    ("0 queries, and no 1", on("Bookings", {"criteria": {"tableName": "Bookings", "expressionRule": {"serverText": "QUERY(1)"}}}), errors.WRONG_VALUE),
    ("number of a query", on("Bookings", {"criteria": {"tableName": "Bookings", "expressionRule": {"serverText": "QUERY([boCost])"}}}), errors.WRONG_VALUE),
    ("the function SQRT", on("Bookings", {"criteria": {"tableName": "Bookings", "expressionRule": {"serverText": "SQRT(4) > 1"}}}), errors.UNSUPPORTED),
    ("';", on("Bookings", {"criteria": {"tableName": "Bookings", "expressionRule": {"serverText": "1 ; DROP"}}}), errors.UNSUPPORTED),
    ("nested 60 deep", on("Bookings", {"criteria": {"tableName": "Bookings", "expressionRule": {"serverText": "(" * 90 + "1" + ")" * 90}}}), errors.WRONG_VALUE),
    ("cannot be compared", on("Bookings", {"criteria": {"tableName": "Bookings", "expressionRule": {"serverText": '[boCost] = "x"'}}}), errors.WRONG_VALUE),
    ("is on People", on("Bookings", {"criteria": {"tableName": "Bookings", "expressionRule": {"tableName": "People", "serverText": "1"}}}), errors.WRONG_TABLE),
    ("todayAt is not a date", {**on("Bookings"), "todayAt": "today"}, errors.WRONG_VALUE),
]  # fmt: skip


@pytest.mark.parametrize(("words", "request_", "code"), QUERIES)
def test_queries_that_cannot_be_computed(cursor: Any, words: str, request_: Any, code: int) -> None:
    error = refused(cursor, "query", request_)
    assert words in error.message
    assert error.code == code
    with pytest.raises(QueryError):
        query.validate(request_)


BOOKINGS = [count_measure("Bookings")]
OTHERS: list[tuple[str, str, Any]] = [
    ("export", "needs columns", export("Bookings", [])),
    ("export", "an export of People shows that table", export("People", ["boDest"])),
    ("export", "as well as a query", {**export("Bookings", ["boDest"]), "columns": [{"id": "1", "variableName": "boDest", "query": on("Bookings")}]}),
    ("export", "columns.userCode", {**export("Bookings", ["boDest"]), "columns": [{"id": "1", "variableName": "boDest", "userCode": "x"}]}),
    ("export", "maximumNumberOfRowsToBrowse", {**export("Bookings", ["boDest"]), "maximumNumberOfRowsToBrowse": None}),
    ("cube", "dimensions[0] needs query", cube("Bookings", [{"id": "x", "type": "Query"}], BOOKINGS)),
    ("cube", "no variableName", cube("Bookings", [{"id": "x", "type": "Query", "variableName": "boDest", "query": on("Bookings")}], BOOKINGS)),
    ("cube", "does not fit a Text dimension", cube("Bookings", [dimension("boDest", type="Text")], BOOKINGS)),
    ("cube", "dimension.function RankCoefficient", cube("Bookings", [dimension("boDest", function="RankCoefficient")], BOOKINGS)),
    ("cube", "Sum is taken of a table below Bookings", cube("Bookings", [dimension("boCost", "Custom", type="NumericBand", function="Sum")], BOOKINGS)),
    ("cube", "does not fit a Sum dimension", cube("People", [dimension("boDest", "Custom", type="NumericBand", function="Sum")], [count_measure("People")])),
    ("cube", "Min of boDate does not fit a NumericBand", cube("People", [dimension("boDate", "Years", type="NumericBand", function="Min")], [count_measure("People")])),
    ("cube", "topNCategoryCount must be from 0", cube("Bookings", [dimension("boDest", topNCategoryCount=-1)], BOOKINGS)),
    ("cube", "only one measure can sort", cube("Bookings", [dimension("boDest")], [count_measure("Bookings", sort="Ascending"), count_measure("People", sort="Ascending")])),
    ("cube", "does not fit", cube("Bookings", [dimension("boCost")], BOOKINGS)),
    ("cube", "DayHourMinute", cube("WebVisits", [dimension("wvTime", "DayHourMinute")], [count_measure("WebVisits")])),
    ("cube", "needs measures", cube("Bookings", [dimension("boDest")], [])),
    ("cube", "the measure ChiSq", cube("Bookings", [], [{**measure("ChiSq", "boCost")}])),
    ("cube", "the measure Percentile", cube("Bookings", [], [{**measure("Percentile", "boCost")}])),
    ("cube", "Mean is not defined for boDest", cube("Bookings", [], [measure("Mean", "boDest")])),
    ("cube", "nothing to do with", cube("Bookings", [dimension("wvDevice")], BOOKINGS)),
    ("cube", "do not go together", cube("Communications", [dimension("ctType"), dimension("boDest")], BOOKINGS)),
    ("cube", "cannot be on Bookings", cube("People", [dimension("boDest"), dimension("PoCover")], BOOKINGS)),
    ("cube", "does not go with", cube("People", [dimension("boDest")], [count_measure("Policies")])),
    ("cube", "nothing to do with Bookings", cube("Bookings", [], BOOKINGS, on("Policies"))),
    ("cube", "cells", cube("Bookings", [dimension("boDate", "Day"), dimension("boTrav", "Day")], BOOKINGS)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "words", "request_"), OTHERS)
def test_exports_and_cubes_that_cannot_be_computed(cursor: Any, kind: str, words: str, request_: Any) -> None:
    if words == "do not go together":
        request_["measures"] = [count_measure("Communications")]
        words = "nothing to do with"
    assert words in refused(cursor, kind, request_).message


@pytest.mark.parametrize("form", ["MDB", "NATIVEDUMP"])
def test_formats_that_are_not_written(cursor: Any, form: str) -> None:
    request = export("Bookings", ["boDest"], output={"format": form})
    with pytest.raises(QueryError, match=f"output.format {form}.*CSV, DBF, SDF, URN, XLS, XLSX"):
        list(query.export_file(cursor, request))


def test_an_error_says_where_and_can_be_pickled(cursor: Any) -> None:
    error = refused(cursor, "query", on("Bookings", both("Bookings", FRANCE, codes("boCost", "x"))))
    assert (
        error.parameters["where"]
        == "query.selection.rule.clause.logic.operands[1].criteria.valueRules[0].listRule"
    )
    again = pickle.loads(pickle.dumps(error))
    assert (again.message, again.code, again.parameters) == (error.message, error.code, error.parameters)


EVIL = [
    "'; DROP TABLE holidays.bookings; --",
    "06' OR '1'='1",
    "$1",
    "$9",
    '"; DELETE FROM holidays.people; --',
    "\\' OR 1=1 --",
    "{0}{x}%s",
    "\x00",
    "*/ DROP SCHEMA holidays CASCADE /*",
    "é\u202e\U0001f600",
]


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_in_a_request_becomes_sql(cursor: Any, evil: str) -> None:
    """In every text of a request, it is a value that matches nothing, or it is refused."""
    size = cursor.execute("SELECT count(*), sum(cost) FROM holidays.bookings").fetchone()
    clauses = [
        codes("boDest", evil),
        codes("peSName", evil, textMatchType="Contains"),
        codes("peSName", f'="{evil}"', textMatchType="Ranges"),
        codes("peSName", f'<"{evil}"', textMatchType="Ranges"),
        codes("boCost", evil),
        codes("boDate", evil),
        codes("peNews", evil),
        dates("boDate", rangeStartDate=evil),
        criteria("boDate", {"listRule": {"list": evil, "bandingType": "Months"}}),
        {"criteria": {"tableName": "Bookings", "expressionRule": {"serverText": evil}}},
        {"criteria": {"tableName": "Bookings", "expressionRule": {"serverText": f'[deMgr] = "{evil}"'}}},
        {"criteria": {"tableName": "Bookings", "path": evil}},
        {"criteria": {"tableName": evil, "variableName": evil, "valueRules": [{}]}},
    ]
    for clause in clauses:
        for table in ("Bookings", "People"):
            try:
                found = query.count(cursor, on(table, clause, name=evil))
            except QueryError as error:
                if error.status != 400:
                    raise
            else:
                assert 0 <= found["counts"][0]["countValue"] <= 20_000
    request = export("Bookings", ["boDest"], most=1)
    request["columns"][0]["columnHeader"] = evil
    request["output"] = {"delimiter": evil[:1], "alphaEncloser": evil[-1:]}
    if evil[0] not in "\r\n":
        assert b"".join(query.export_file(cursor, request)).decode().count("\r\n") == 20_001
    cells = cube("Bookings", [dimension("boDest")], BOOKINGS)
    cells["dimensions"][0]["id"] = cells["measures"][0]["id"] = evil
    assert query.cube(cursor, cells)["measureResults"][0]["id"] == evil
    assert cursor.execute("SELECT count(*), sum(cost) FROM holidays.bookings").fetchone() == size


def test_a_compiled_statement_holds_no_text_of_the_request() -> None:
    for seed in range(200):
        request = Requests(seed).query()
        compiled = query.compile_selection(request)
        assert '"' not in compiled.sql
        for value in compiled.values:
            if isinstance(value, str) and len(value) > 3:
                assert value not in compiled.sql, (seed, value)


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=8),
    st.sampled_from(["NaN", "Bookings", "People", "boDest", "peDOB", "AND", "9" * 30, "\ud800"]),
    st.lists(st.none(), max_size=2), st.dictionaries(st.text(max_size=4), st.none(), max_size=2),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, below in inside for found in ((*path, key), *places(below, (*path, key)))]


def spoilt(request: Any, data: st.DataObject) -> Any:
    made = copy.deepcopy(request)
    for _ in range(data.draw(st.integers(1, 2))):
        every = places(made)
        if not every:
            break
        *path, last = data.draw(st.sampled_from(every))
        holder = made
        for key in path:
            holder = holder[key]
        if data.draw(st.booleans()):
            holder[last] = data.draw(JUNK)
        elif isinstance(holder, dict):
            del holder[last]
    return made


@pytest.mark.parametrize("kind", ["query", "export", "cube"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2000), data=st.data())
def test_a_spoilt_request_is_computed_or_refused(
    cursor: Any, kind: str, seed: int, data: st.DataObject
) -> None:
    request = spoilt(getattr(Requests(seed), kind)(), data)
    try:
        result = RUN[kind](cursor, request)
    except QueryError as error:
        if error.status != 400 or not error.message or not all(map(json.dumps, error.parameters.values())):
            raise
    else:
        assert result["ranSuccessfully"] is True
