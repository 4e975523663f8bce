"""Each operator of conditions with each kind of operand: the right records, or a refusal in a sentence."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import operator
from collections.abc import Callable
from typing import Any

import pytest

import apteco_api as aa
from apteco_api.query.operators import Refusing
from apteco_api.query.selecting import Selecting

Make = Callable[[aa.Session], Any]
FRANCE = aa.where("boDest") == "France"
DEAR = aa.where("boCost") > 500


class OfPyApteco:
    """What a selection of py-apteco has."""

    def _to_model_selection(self) -> aa.Selection:
        return (aa.where("boCost", "Bookings") < 300).to_selection()


def entry(session: aa.Session) -> Any:
    return next(each for each in session.queries.saved("Private") if each.path == "Private/Operators.xml")


SELECTING: dict[str, Make] = {
    "comparison": lambda _: FRANCE,
    "combination": lambda _: FRANCE & DEAR,
    "negation": lambda _: ~(FRANCE | DEAR),
    "carried": lambda _: FRANCE.on("People").on("Bookings"),
    "behaviour": lambda _: DEAR.at_least(2, "People").on("Bookings"),
    "limited": lambda _: DEAR.top(50, by="boCost"),
    "saved": lambda _: aa.saved("Private/Operators.xml"),
    "audience": lambda session: session.audiences["Operators"],
    "QueryFile": lambda _: aa.QueryFile("Private/Operators.xml"),
    "entry of a list": entry,
    "Query": lambda session: session.query(FRANCE),
    "Selection": lambda session: session.query(DEAR).selection,
    "Rule": lambda session: session.query(DEAR).selection.rule,
    "Clause": lambda session: session.query(FRANCE).selection.rule.clause,
    "of py-apteco": lambda _: OfPyApteco(),
}
VALUES = [
    None,
    5,
    1.5,
    True,
    "Bookings",
    b"x",
    dt.date(2020, 1, 1),
    [FRANCE],
    {1},
    {"a": 1},
    object(),
    aa.Table,
]


@pytest.fixture(scope="module")
def operands(session: aa.Session) -> dict[str, Any]:
    session.queries.save("Private/Operators.xml", DEAR)
    session.audiences.create("Operators", FRANCE | DEAR)
    return {name: make(session) for name, make in SELECTING.items()}


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.slow), 29])
def test_every_pair_selects_what_its_sides_select(
    session: aa.Session, operands: dict[str, Any], step: int
) -> None:
    @functools.cache
    def found(name: str) -> set[str]:
        return set(session.export(operands[name], ["boURN"], table="Bookings")["Booking URN"])

    every = session.count("Bookings")
    wrong: list[str] = []
    for left, right in [*itertools.product(operands, repeat=2)][1::step]:
        a, b = operands[left], operands[right]
        if left == right == "of py-apteco":  # py-apteco combines these two itself
            continue
        assert 0 < len(found(left)) < every
        if session.count(a & b) != len(found(left) & found(right)):
            wrong.append(f"{left} & {right}")
        if session.count(a | b) != len(found(left) | found(right)):
            wrong.append(f"{left} | {right}")
        if left != "of py-apteco" and session.count(~a) != every - len(found(left)):
            wrong.append(f"~{left}")
    assert wrong == []


@pytest.mark.parametrize("name", SELECTING)
def test_a_side_that_selects_nothing_is_refused_with_a_sentence(name: str, operands: dict[str, Any]) -> None:
    each = operands[name]
    if not isinstance(each, Refusing | Selecting):
        return
    for value, sign in itertools.product(VALUES, (operator.and_, operator.or_)):
        for sides in ((each, value), (value, each)):
            with pytest.raises(aa.ApiTypeError, match="combines conditions, saved queries and "):
                sign(*sides)
    for start in (aa.where("boDest"), aa.where("boCost", "Bookings")):
        for sides in ((each, start), (start, each)):
            with pytest.raises(aa.ApiTypeError, match="needs brackets"):
                operator.and_(*sides)


@pytest.mark.parametrize("sign", ["xor", "sub", "add", "lt", "le", "gt", "ge"])
def test_other_operators_are_refused_with_a_sentence(sign: str, operands: dict[str, Any]) -> None:
    for each, other in itertools.product(operands.values(), [*operands.values(), *VALUES]):
        if isinstance(each, aa.Condition) and not isinstance(other, Selecting | OfPyApteco):
            with pytest.raises(aa.ApiTypeError, match="which has only the operators"):
                getattr(operator, sign)(each, other)


def test_on_decides_the_table_on_either_side(session: aa.Session) -> None:
    dear, france = aa.where("Cost") > 500, aa.where("Destination") == "France"
    right = session.count(dear.on("People") & france.on("People"))
    for condition in (dear & france.on("People"), france.on("People") & dear, dear & france.on("people")):
        assert repr(session.count(condition)) == f"{right} People"
    same = session.count((dear & france).on("People") & (aa.where("Occupation") == "Student").on("People"))
    assert session.count((dear & france) & (aa.where("Occupation") == "Student").on("People")) == same
    assert session.count(dear & ~france.on("People")) == session.count(
        dear.on("People") & ~france.on("People")
    )
    assert repr(session.count((dear & france.on("People")).on("Bookings"))).endswith("Bookings")


def test_variables_compare_and_stay_keys(session: aa.Session) -> None:
    cost, destination = session.variables["cost"], session.variables["DESTINATION"]
    assert session.count(cost > 500) == session.count(aa.where("Cost") > 500)
    assert session.count((cost > 500) & (destination == "France")) == session.count(
        (aa.where(cost) > 500) & (aa.where(destination) == "france")
    )
    assert {cost: 1}[session.folders.variables.get("boCost") or session.variables["Cost"]] == 1
    assert cost in session.variables
    assert destination in list(session.variables)
    assert (cost == session.variables["boCost"]) is True
    assert (cost != destination) is True
    with pytest.raises(TypeError, match="brackets"):
        cost > 500 & destination == "France"  # type: ignore[operator]  # noqa: B015


def test_saved_queries_and_models_combine_with_conditions(session: aa.Session) -> None:
    france, dear = aa.where("Destination") == "France", aa.where("Cost") > 500
    session.queries.save("Private/France.xml", france)
    file, right = aa.QueryFile("Private/France.xml"), session.count(france & dear)
    model = session.query(france)
    for condition in (
        dear & file,
        file & dear,
        dear & aa.saved(file.path),
        model & dear,
        dear & model.selection,
    ):  # type: ignore[operator]
        assert session.count(condition) == right
    assert session.count(~aa.saved(file.path)) == session.count(~france)
    assert session.count(file | dear) == session.count(france | dear)
    assert len(session.export(dear & file, ["boURN"])) == right
    assert session.cube(file & dear, ["Product"]).totals()[0]["Count"] == right
    with pytest.raises(aa.ApiNotFound):
        session.count(dear & aa.saved("Private/Nowhere.xml"))
    with pytest.raises(ValueError, match="with a session"):
        aa.saved("x").to_query()
    session.files.remove("Private/France.xml")


def test_an_audience_is_a_condition_with_all_its_parts(session: aa.Session) -> None:
    france, student = (aa.where("Destination") == "France").on("People"), aa.where("Occupation") == "Student"
    audience = session.audiences.create("Part", france)
    session.audiences.audiences_create_audience_update(
        audience.id,
        create_audience_update=aa.CreateAudienceUpdate(
            title="Part",
            description="",
            body_query=session.query(france),
            exclude_query=session.query(student),
            include_query=session.query(aa.where("Cost") > 100),
        ),
    )
    audience.reload()
    right = session.count(france & (aa.where("Cost") > 100).on("People") & ~student)
    assert audience.calculate().nett_results.counts[0].count_value == right  # type: ignore[union-attr]
    assert session.count(audience) == right == len(audience.export(["peURN"]))
    assert session.count(audience & student) == 0
    assert session.count(~audience) == session.count("People") - right
    assert bool(audience) is True
    audience.delete()
