"""Trees of any depth and width are compiled."""

from __future__ import annotations

import json
import random
from typing import Any

import duckdb
import numpy as np
import pytest

import apteco_api as aa
from apteco_api.sandbox import query, serve
from apteco_api.sandbox.query import pace
from apteco_api.sandbox.query.stages import prepared
from apteco_api.sandbox.schema import Mismatch, Schemas

from .frames import PARENT, Frames, ancestors
from .requests import Requests
from .shapes import both, codes, count_measure, cube, dimension, export, logic, sub
from .shapes import query as on


def count(cursor: Any, request: Any) -> int:
    return int(query.count(cursor, request)["counts"][0]["countValue"])


def where(cursor: Any, table: str, sql: str) -> int:
    return int(cursor.execute(f"SELECT count(*) FROM holidays.{table} WHERE {sql}").fetchone()[0])


def test_five_thousand_levels_of_logic(cursor: Any) -> None:
    tree, sql = codes("boDest", "06"), {4}
    for level in range(5000):
        if level % 3 == 0:
            tree, sql = logic("NOT", "Bookings", tree), set(range(20)) - sql
        elif level % 3 == 1:
            tree, sql = logic("OR", "Bookings", tree, codes("boDest", "12")), sql | {7}
        else:
            code = ["01", "02", "05", "06", "07", "08", "12", "15", "24"][level % 9]
            tree, sql = both("Bookings", tree, codes("boDest", code, include=False)), sql - {level % 9 + 1}
    expected = where(cursor, "bookings", f"destination IN ({', '.join(map(str, sql or {99}))})")
    assert count(cursor, on("Bookings", tree)) == expected


def test_two_thousand_changes_of_table(cursor: Any) -> None:
    tree = codes("boDest", "44")
    for _ in range(1000):
        tree = logic("THE", "Bookings", logic("ANY", "People", tree))
    expected = where(
        cursor, "bookings", "person IN (SELECT person FROM holidays.bookings WHERE destination = 14)"
    )
    assert 0 < expected == count(cursor, on("Bookings", tree)) < 20_000


def test_four_thousand_operands_with_other_tables_among_them(cursor: Any) -> None:
    wide = [codes("boCost", str(number)) for number in range(4000)]
    wide += [
        logic("THE", "Bookings", codes("peSName", name))
        for name in ("Smith", "Brown", "Jones")
        for _ in range(30)
    ]
    expected = where(
        cursor,
        "bookings",
        "(cost < 4000 AND cost = floor(cost)) OR person IN"
        " (SELECT id FROM holidays.people WHERE surname IN ('Smith', 'Brown', 'Jones'))",
    )
    request = on("Bookings", logic("OR", "Bookings", *wide))
    assert count(cursor, request) == expected
    assert len(query.compile_selection(request).stages) > 10  # a single statement takes minutes to plan


@pytest.mark.parametrize("sizes", [(20, 235), (235, 20), (240, 1), (1, 240), (241, 241)])
def test_operands_of_any_weight_go_together(cursor: Any, sizes: tuple[int, int]) -> None:
    parts = [
        logic("OR", "Bookings", *(codes("boCost", f"<{number}") for number in range(size, 0, -1)))
        for size in sizes
    ]
    request = on("Bookings", both("Bookings", *parts))
    assert count(cursor, request) == where(cursor, "bookings", f"cost < {min(sizes)}")


def test_two_hundred_limited_selections_in_each_other(cursor: Any) -> None:
    tree = sub("Bookings", limits={"sampling": "First", "type": "Total", "total": 1000, "startAt": 0})
    for _ in range(200):
        tree = sub(
            "Bookings", tree, limits={"sampling": "First", "type": "Total", "total": 5000, "startAt": 3}
        )
    assert count(cursor, on("Bookings", tree)) == 1000 - 200 * 3


def grown(frames: Frames, seed: int, levels: int) -> tuple[str, Any, np.ndarray]:
    """Return a random tree and its records, worked out from the bottom up: table, clause and mask."""
    draw = random.Random(seed)
    requests = Requests(seed)
    table = draw.choice(["People", "Bookings", "Communications"])
    clause: Any = requests.clause(table, 1)
    _, mask = frames.clause(clause)
    leaves = {name: [requests.clause(name, 1) for _ in range(6)] for name in PARENT}
    masks = {name: [frames.clause(leaf)[1] for leaf in found] for name, found in leaves.items()}
    for _ in range(levels):
        operation = draw.choice(["AND", "OR", "AND", "OR", "NOT", "TABLE", "SUB"])
        if operation == "NOT":
            clause, mask = logic("NOT", table, clause), ~mask
        elif operation == "SUB":
            limits = requests.limits()
            clause = sub(table, clause, limits=limits)
            mask = frames._limits(mask, limits)
        elif operation == "TABLE":
            related = [name for name in PARENT if name in ancestors(table) or table in ancestors(name)]
            other = draw.choice(related)
            clause = logic("ANY" if other in ancestors(table) else "THE", other, clause)
            table, mask = other, frames.move(mask, table, other)
        else:
            places = [draw.randrange(6) for _ in range(draw.choice([1, 1, 2]))]
            parts = [clause, *(leaves[table][place] for place in places)]
            draw.shuffle(parts)
            clause = logic(operation, table, *parts)
            join = np.logical_and if operation == "AND" else np.logical_or
            mask = join.reduce([mask, *(masks[table][place] for place in places)])
        if not mask.any():  # an empty selection would test nothing
            clause, mask = logic("NOT", table, clause), ~mask
    return table, clause, mask


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_random_deep_trees_count_the_same(cursor: Any, frames: Frames, seed: int) -> None:
    table, clause, mask = grown(frames, seed, 60 if seed % 2 else 300)
    request = on(table, clause, ancestorCounts=True)
    expected = [(table, int(mask.sum()))]
    expected += [(above, len(set(frames.keys(table, above)[mask].tolist()))) for above in ancestors(table)]
    found = query.count(cursor, request)["counts"]
    assert [(item["tableName"], item["countValue"]) for item in found] == expected


@pytest.mark.slow
def test_exports_and_cubes_of_deep_trees(cursor: Any, frames: Frames) -> None:
    for seed in range(20):
        table, clause, mask = grown(frames, seed, 400)
        people = frames.move(mask, table, "People")
        if 0.05 < people.mean() < 0.95:
            break
    else:
        pytest.fail("no tree chose some people and left out others")
    base = on(table, clause)
    request = export("People", ["peURN"], base)
    rows = query.export(cursor, request)["rows"]
    urns = frames.values("peURN")[people].astype(str).tolist()
    assert [row["codes"] for row in rows] == urns
    file = b"".join(query.export_file(cursor, {**request, "output": {"format": "URN"}}))
    assert file.decode().split() == urns
    cells = query.cube(cursor, cube("People", [dimension("peGender")], [count_measure("People")], base))
    (row,) = cells["measureResults"][0]["rows"]
    assert int(row.split("\t")[-1]) == people.sum()


def test_nothing_is_left_of_the_stages(cursor: Any) -> None:
    tree = codes("boDest", "06")
    for _ in range(100):
        tree = logic("THE", "Bookings", logic("ANY", "People", tree))
    request = on("Bookings", tree)
    assert len(query.compile_selection(request).stages) > 2
    count(cursor, request)
    query.export(cursor, export("Bookings", ["boURN"], request, most=1))
    spoilt = {"selection": {**request["selection"], "limits": {"type": "Total", "total": -1}}}
    with pytest.raises(query.QueryError):
        query.count(cursor, spoilt)
    assert cursor.execute("SELECT count(*) FROM duckdb_tables() WHERE temporary").fetchone() == (0,)


def test_a_stage_is_dropped_after_its_last_use(cursor: Any) -> None:
    tree = codes("boDest", "06")
    for _ in range(200):
        tree = logic("THE", "Bookings", logic("ANY", "People", tree))
    compiled = query.compile_selection(on("Bookings", tree))
    assert len(compiled.stages) > 10
    with prepared(cursor, compiled.stages):
        left = "SELECT table_name FROM duckdb_tables() WHERE temporary"
        assert cursor.execute(left).fetchall() == [(compiled.stages[-1].name.removeprefix("temp."),)]


def test_ordinary_queries_are_one_statement() -> None:
    three = both("Bookings", codes("boDest", "06"), codes("boCost", ">500"), codes("boProd", "1"))
    assert not query.compile_selection(on("Bookings", three)).stages
    plain = 0
    for seed in range(100):
        request = Requests(seed).query()
        if "QUERY(" not in json.dumps(request):  # each query inside an expression is a stage
            assert not query.compile_selection(request).stages
            plain += 1
    assert plain > 50


def test_double_negation_and_nested_chains_are_simplified() -> None:
    france, dear = codes("boDest", "06"), codes("boCost", ">500")
    twice = logic("NOT", "Bookings", logic("NOT", "Bookings", france))
    assert query.compile_selection(on("Bookings", twice)) == query.compile_selection(on("Bookings", france))
    pairs = both("Bookings", both("Bookings", france, dear), codes("boProd", "1"))
    flat = both("Bookings", france, dear, codes("boProd", "1"))
    assert query.compile_selection(on("Bookings", pairs)) == query.compile_selection(on("Bookings", flat))


def test_a_mismatch_deep_inside_a_body_is_told_by_its_place() -> None:
    schemas = Schemas(
        {
            "components": {
                "schemas": {
                    "Tree": {
                        "type": "object",
                        "properties": {
                            "name": {"type": "string"},
                            "below": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
                        },
                    }
                }
            }
        }
    )
    reference = {"$ref": "#/components/schemas/Tree"}
    tree: Any = {"name": 5}
    for _ in range(5000):
        tree = {"below": [{"name": "x", "below": None}, tree]}
    with pytest.raises(Mismatch) as caught:
        schemas.check(reference)(tree)
    assert caught.value.where("tree") == "tree" + ".below[1]" * 5000 + ".name"
    fine = json.loads('{"below": [{"name": "a"}, {"below": []}]}')
    assert schemas.check(reference)(fine) == fine
    assert schemas.shape(reference)({**fine, "more": 1}) == fine


def test_compiling_ends_when_its_time_is_over() -> None:
    wide = on("Bookings", logic("OR", "Bookings", *(codes("boDest", "06") for _ in range(50))))
    asked = iter(range(1_000_000))
    with pace.limit(lambda: next(asked) >= 20), pytest.raises(duckdb.InterruptException):
        query.compile_selection(wide)
    assert next(asked) == 21
    assert query.compile_selection(wide).sql


def test_a_query_that_takes_too_long_to_compile_is_stopped() -> None:
    wide = on("Bookings", logic("OR", "Bookings", *(codes("boDest", "06") for _ in range(20_000))))
    with serve(scale=500, query_seconds=0.05) as server:
        session = aa.login(
            server.url, server.data_view, server.username, server.password, system=server.system
        )
        with session, pytest.raises(aa.ApiBadRequest, match=r"stopped after 0\.05 seconds"):
            session.request("POST", "/{dataViewName}/Queries/{systemName}/CountSync", body=wide)
        assert session is not None
