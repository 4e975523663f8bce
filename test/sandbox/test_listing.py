"""Paging, filter and orderBy of paged operations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apteco_api.sandbox.filter import Fields, compile_filter, sort_rows
from apteco_api.sandbox.problem import Problem
from apteco_api.sandbox.schema import Schemas

TABLES = "FastStatsSystems_GetFastStatsTables"
VARIABLES = "FastStatsSystems_GetFastStatsVariables"

SCHEMAS = Schemas(
    {
        "components": {
            "schemas": {
                "Row": {
                    "properties": {
                        "name": {"type": "string"},
                        "size": {"type": "integer"},
                        "ready": {"type": "boolean"},
                        "made": {"type": "string", "format": "date-time"},
                        "owner": {"$ref": "#/components/schemas/Owner"},
                    }
                },
                "Owner": {"type": "object", "properties": {"username": {"type": "string"}}},
            }
        }
    }
)
FIELDS = Fields(SCHEMAS, {"$ref": "#/components/schemas/Row"})


def kept(expression: str, rows: list[dict[str, Any]]) -> list[Any]:
    """Return the names of the rows that a filter keeps."""
    return [row["name"] for row in filter(compile_filter(expression, FIELDS), rows)]


MADE = "2026-01-31T09:30:00Z"
ROWS: list[dict[str, Any]] = [
    {
        "name": "Bookings",
        "size": 20,
        "ready": True,
        "made": "2026-01-31T09:30:00Z",
        "owner": {"username": "ann"},
    },
    {
        "name": "People's",
        "size": 3,
        "ready": False,
        "made": "2025-12-31T23:59:59Z",
        "owner": {"username": "Bob"},
    },
    {"name": "Empty", "owner": None},
]


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("name eq 'bookings'", ["Bookings"]),
        ("NAME EQ 'Bookings'", ["Bookings"]),
        ("name ne 'Bookings'", ["People's", "Empty"]),
        ("name eq 'People''s'", ["People's"]),
        ("size gt 3", ["Bookings"]),
        ("size ge 3.0", ["Bookings", "People's"]),
        ("size lt 20 and ready eq false", ["People's"]),
        ("size eq null", ["Empty"]),
        ("size ne null", ["Bookings", "People's"]),
        ("name contains 'O'", ["Bookings", "People's"]),
        ("name startswith 'p' or name endswith 'TY'", ["People's", "Empty"]),
        ("not (name contains 'o')", ["Empty"]),
        ("owner.username eq 'bob'", ["People's"]),
        ("owner/username eq 'bob'", ["People's"]),
        ("size gt 3 or size lt 5 and ready eq false", ["Bookings", "People's"]),
        ("(size gt 3 or size lt 5) and ready eq false", ["People's"]),
        ("name gt 'c'", ["People's", "Empty"]),
        ('Name eq "bookings"', ["Bookings"]),
        ('name eq "People\'s"', ["People's"]),
        ("name = 'Empty'", ["Empty"]),
        ('name != "Empty" and size <= 3', ["People's"]),
        ("name neq 'Empty' and name <> 'Bookings'", ["People's"]),
        ("(size < 123) and (size > 4)", ["Bookings"]),
        ("(Size>=3)AND(size<20)", ["People's"]),
        ("size==20", ["Bookings"]),
        ('name like "%ook%"', ["Bookings"]),
        ('name like "ook"', ["Bookings"]),
        ('name like "B%s" or name like "%ty"', ["Bookings", "Empty"]),
        ('name like "%s%s%s"', []),
        ("made ge 2026-01-31", ["Bookings"]),
        ('made lt "2026-01-31T00:00:00Z"', ["People's"]),
        ("made > 2026-01-01T00:00:00 and not (made > '2026-01-30')", []),
        ("made eq '2026-01-31T10:30:00+01:00'", ["Bookings"]),
        ("made lt '2026-01-31T09:30:00.5Z'", ["Bookings", "People's"]),
        ("made ge 2026-01-31t09:30 and made le 2026-01-31T09:30:00.000z", ["Bookings"]),
        ("made like '2026-%'", ["Bookings"]),
        ("made eq null or made neq null", ["Bookings", "People's", "Empty"]),
        ('name eq "a""b"', []),
    ],
)
def test_a_filter_keeps_the_rows_it_describes(expression: str, names: list[str]) -> None:
    assert kept(expression, ROWS) == names


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("colour eq 'red'", "'colour' is not a field"),
        ("name eq 'x' and Colour eq 'red'", "(at character 17)"),
        ("size gt 3 or size gt 'c'", "'size' compares with a number, not 'c' (at character 22)."),
        ("made gt 'soon'", "'made' compares with a date, not 'soon' (at character 9)."),
        ("made gt '2026-02-30'", "'made' compares with a date, not '2026-02-30'"),
        ("made eq 5", "'made' compares with a date, not 5"),
        ("name", "the end at character 5 where one of eq"),
        ("name matches 'x'", "matches at character 6"),
        ("name eq", "the end"),
        ("name eq 'x", "can't be read from character 8"),
        ("name eq 'x' name eq 'y'", "the end, 'and' or 'or'"),
        ("(name eq 'x'", "')'"),
        ("owner eq 'x'", "holds more than one value"),
        ("size contains 3", "compares with text"),
        ("size contains '3'", "'size' compares with a number, not '3'"),
        ("size gt 'c'", "'size' compares with a number, not 'c'"),
        ("size eq '20'", "'size' compares with a number, not '20'"),
        ("size eq true", "'size' compares with a number, not true"),
        ("name eq 20", "'name' compares with text in quotes, not 20"),
        ("owner.username ne false", "'owner.username' compares with text in quotes, not false"),
        ("ready eq 1", "'ready' compares with true or false, not 1"),
        ("ready ne 'true'", "'ready' compares with true or false, not 'true'"),
        ("ready gt true", "compares with a number"),
        ("name eq 1x", "can't be read"),
        ("name eq 'x'; drop", "can't be read"),
        ("not " * 60 + "name eq 'x'", "nested deeper"),
        ("(" * 60 + "name eq 'x'" + ")" * 60, "nested deeper"),
        ("name eq '" + "x" * 3000 + "'", "longer than"),
    ],
)
def test_a_filter_that_can_t_be_read_is_refused_by_name(expression: str, message: str) -> None:
    with pytest.raises(Problem) as caught:
        compile_filter(expression, FIELDS)
    assert caught.value.status == 400
    assert message in caught.value.message


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)
SOME = st.lists(
    st.fixed_dictionaries({"name": TEXTS, "size": st.none() | st.integers(-9, 9), "ready": st.booleans()}),
    max_size=8,
)


@given(SOME, TEXTS, st.integers(-9, 9))
def test_filters_agree_with_python(rows: list[dict[str, Any]], text: str, number: int) -> None:
    quoted = "'" + text.replace("'", "''") + "'"
    assert kept(f"name eq {quoted}", rows) == [r["name"] for r in rows if r["name"].lower() == text.lower()]
    assert kept(f"name contains {quoted}", rows) == [
        r["name"] for r in rows if text.lower() in r["name"].lower()
    ]
    larger = [r["name"] for r in rows if r["size"] is None or r["size"] <= number]
    assert kept(f"not size gt {number}", rows) == larger
    both = kept(f"ready eq true and size le {number}", rows)
    assert both == [r["name"] for r in rows if r["ready"] and r["size"] is not None and r["size"] <= number]


LEAVES = st.one_of(
    st.builds(
        lambda o, n: ("size", o, n, str(n)), st.sampled_from(["eq", "neq", "gt", "lt"]), st.integers(-9, 9)
    ),
    st.builds(
        lambda o, t, q: ("name", o, t.lower(), q + t.replace(q, q + q) + q),
        st.sampled_from(["eq", "neq", "gt", "lt", "contains"]), TEXTS, st.sampled_from("'\""),
    ),
    st.builds(lambda o, b: ("ready", o, b, str(b)), st.sampled_from(["eq", "neq"]), st.booleans()),
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inside: (
        st.tuples(st.sampled_from(["and", "or"]), inside, inside) | st.tuples(st.just("not"), inside)
    ),
    max_leaves=8,
)
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b, "neq": lambda a, b: a != b, "gt": lambda a, b: a > b, "lt": lambda a, b: a < b,
    "contains": lambda a, b: b in a,
}  # fmt: skip
SPELT = {"eq": "=", "neq": "<>", "gt": ">", "lt": "<"}


def written(tree: Any, signs: bool) -> str:
    """Return a condition as a filter, with brackets where `and`, `or` and `not` need them."""
    if len(tree) == 4:
        return f"{tree[0]} {SPELT.get(tree[1], tree[1]) if signs else tree[1]} {tree[3]}"
    if tree[0] == "not":
        return f"not {enclosed(tree[1], signs, 'and', 'or')}"
    loose = ("or",) if tree[0] == "and" else ()
    return f" {tree[0]} ".join(enclosed(each, signs, *loose) for each in tree[1:])


def enclosed(tree: Any, signs: bool, *loose: str) -> str:
    text = written(tree, signs)
    return f"({text})" if tree[0] in loose else text


def holds(tree: Any, row: dict[str, Any]) -> bool:
    """Return whether a condition holds for a row: what a filter means, without reading it."""
    if len(tree) == 4:
        value = row[tree[0]].lower() if isinstance(row[tree[0]], str) else row[tree[0]]
        if value is None and tree[1] not in ("eq", "neq"):
            return False
        return COMPARE[tree[1]](value, tree[2])
    sides = [holds(each, row) for each in tree[1:]]
    return not sides[0] if tree[0] == "not" else (all if tree[0] == "and" else any)(sides)


@settings(max_examples=50)
@given(SOME, TREES, st.booleans())
def test_any_condition_keeps_what_it_says(rows: list[dict[str, Any]], tree: Any, signs: bool) -> None:
    assert kept(written(tree, signs), rows) == [row["name"] for row in rows if holds(tree, row)]


@given(st.lists(st.datetimes(), max_size=6), st.datetimes(), st.sampled_from(["Z", "+02:00", "-07:30", ""]))
def test_dates_compare_as_moments(moments: list[Any], wanted: Any, zone: str) -> None:
    rows = [{"name": str(n), "made": f"{each.isoformat()}Z"} for n, each in enumerate(moments)]
    literal = f"{wanted.isoformat()}{zone}"
    limit = dt.datetime.fromisoformat(literal)
    limit = limit if zone else limit.replace(tzinfo=dt.UTC)
    after = [r["name"] for r in rows if dt.datetime.fromisoformat(r["made"]) > limit]
    assert kept(f"made gt '{literal}'", rows) == after
    ordered = [r["name"] for r in sort_rows(rows, "made", FIELDS)]
    assert ordered == sorted(ordered, key=lambda name: (moments[int(name)], int(name)))


@given(SOME)
def test_orders_agree_with_python(rows: list[dict[str, Any]]) -> None:
    ordered = sort_rows(rows, "-size, name", FIELDS)
    assert sorted(map(id, ordered)) == sorted(map(id, rows))
    keys = [(-99 if r["size"] is None else r["size"], r["name"].lower()) for r in ordered]
    assert keys == sorted(keys, key=lambda key: (-key[0], key[1]))


@given(st.text(max_size=30))
def test_no_text_makes_the_filter_fail_otherwise_than_by_refusing(text: str) -> None:
    assert status_of(lambda: compile_filter(text, FIELDS)) in (200, 400)
    assert status_of(lambda: sort_rows(ROWS, text, FIELDS)) in (200, 400)


def status_of(read: Callable[[], object]) -> int:
    """200, or the status of the problem that was raised."""
    try:
        read()
    except Problem as problem:
        return problem.status
    return 200


def test_a_page_has_ten_rows_unless_told_otherwise(admin: Any) -> None:
    page = admin(VARIABLES)
    assert (page["offset"], page["count"], page["totalCount"], len(page["list"])) == (0, 10, 94, 10)


@settings(max_examples=20)
@given(offset=st.integers(0, 120), count=st.integers(0, 120))
def test_a_page_is_a_slice_of_the_whole(admin: Any, offset: int, count: int) -> None:
    whole = admin(VARIABLES, query={"count": 1000})["list"]
    page = admin(VARIABLES, query={"offset": offset, "count": count})
    assert page["list"] == whole[offset : offset + count]
    assert (page["offset"], page["count"], page["totalCount"]) == (offset, len(page["list"]), 94)


def test_pages_follow_filter_and_order(admin: Any) -> None:
    query = {"filter": "hasChildTables eq true", "orderBy": "-totalRecords", "count": 2}
    page = admin(TABLES, query=query)
    assert page["totalCount"] == 3
    assert [row["name"] for row in page["list"]] == ["People", "Households"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"offset": -1}, "offset must be at least 0"),
        ({"count": -1}, "count must be at least 0"),
        ({"count": "many"}, "count must be a whole number"),
        ({"offset": 2**40}, "offset must be a whole number"),
        ({"filter": "nonsense"}, "'nonsense' is not a field"),
        ({"orderBy": "nonsense"}, "'nonsense' is not a field"),
        ({"orderBy": "name,,"}, "'' is not a field"),
    ],
)
def test_an_invalid_page_is_refused(admin: Any, query: dict[str, Any], words: str) -> None:
    status, message = admin.refused(TABLES, query=query)
    assert (status, words in message) == (400, True), message


def test_every_paged_operation_refuses_a_filter_it_does_not_know(
    admin: Any, operations: dict[str, Any]
) -> None:
    paged = [
        name for name, (_, path, item) in operations.items() if item.get("x-paging") and path.count("{") <= 2
    ]
    assert len(paged) > 40
    for name in paged:
        path = {"username": "Administrator", "domain": "localhost"}
        needed = {key: value for key, value in path.items() if f"{{{key}}}" in operations[name][1]}
        if any(
            part in operations[name][1]
            for part in ("Id}", "{path}", "{variableName}", "{resourceCategory}", "{directoryPath}")
        ):
            continue
        status, message = admin.refused(name, **needed, query={"filter": "nonsense eq 1"})
        assert (name, status) == (name, 400), message


LISTED = Fields(SCHEMAS, {"$ref": "#/components/schemas/Row"}, ("Name", "OwnerUsername", "UserAgentDetails"))
STRICT = Fields(SCHEMAS, {"$ref": "#/components/schemas/Row"}, ("Name", "OwnerUsername"), strict=True)


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("OwnerUsername eq 'ANN'", ["a"]),
        ('ownerusername neq "ann"', ["b"]),
        ("(USERAGENTDETAILS like 'fire') or (Name eq 'a')", ["a", "b"]),
        ("size gt 1", ["b"]),
    ],
)
def test_a_field_of_the_vendors_list_is_found_under_its_own_name(expression: str, names: list[str]) -> None:
    rows = [
        {"name": "a", "size": 1, "owner": {"username": "Ann"}},
        {"name": "b", "size": 2, "owner": {"username": "Bob"}, "userAgentDetails": "Firefox"},
    ]
    assert [row["name"] for row in filter(compile_filter(expression, LISTED), rows)] == names
    assert [row["name"] for row in sort_rows(rows, "-OwnerUsername", LISTED)] == ["b", "a"]


def test_an_unknown_field_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(Problem, match=r"'colour' is not a field .*; the fields are Name, OwnerUsername, "):
        compile_filter("colour eq 'red'", LISTED)
    with pytest.raises(Problem, match=r"'colour' is not a field .*; the fields are name, size, ready"):
        sort_rows([], "-colour", FIELDS)


def test_strict_fields_are_those_of_the_vendors_list_alone() -> None:
    assert compile_filter("name eq 'a'", STRICT)({"name": "A"})
    with pytest.raises(Problem, match=r"'size' is not a field .*; the fields are Name, OwnerUsername"):
        compile_filter("size gt 1", STRICT)
