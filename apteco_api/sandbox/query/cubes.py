"""Cubes: records cross-tabulated over dimensions, with counts and statistics in the cells."""

from __future__ import annotations

import math
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ..holidays import Table, Variable
from ..holidays import tables as tree
from . import cube_sql, dimensions, measures
from .counts import begin, scale_of
from .cube_sql import Axis, Group
from .dimensions import Header
from .errors import MALFORMED, WRONG_TABLE, WRONG_VALUE
from .node import Node
from .rules import Clock, moment
from .sql import Condition, Files, Statement, find_table, find_variable, move, table_of
from .stages import prepared

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LARGEST = 2_000_000
"""The most cells that a measure may have."""


class _Measure(NamedTuple):
    id: str
    table: Table
    function: str
    variable: Variable | None
    filter: Condition | None
    sort: str


def cube(
    cursor: DuckDBPyConnection,
    cube: dict[str, Any],
    *,
    files: Files | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Calculate a Cube. Return the fields of a CubeResult that the engine computes.

    Every dimension has a header for unclassified records first, and `iTOTAL` last. With the storage Full,
    `rows` has a row of tab-separated cells for each combination of the other dimensions; the first dimension
    varies fastest. With Sparse, `cells` has a line for each cell that is not empty or zero: the header codes
    of the dimensions and the value, separated by tabs (a form of the sandbox's own).

    Raises:
        QueryError: the cube is malformed or uses something that is not supported.
    """
    node = Node(cube, "cube")
    table = find_table(node, "resolveTableName")
    sparse = node.choice("storage", ("Full", "Sparse"), "Full") == "Sparse"
    query = node.need("baseQuery")
    statement, condition = begin(query, files, now)
    condition = statement.settle(_moved(query, condition, table))
    own = query.text("todayAt")
    clock = Clock(statement, moment(query, "todayAt", own) if own else statement.today)
    items = [dimensions.dimension(part, table, clock) for part in node.parts("dimensions")]
    parts = node.parts("measures")
    if not parts:
        node.fail(MALFORMED, "a cube needs measures")
    found = [_measure(part, table, statement) for part in parts]
    sorting = _sorting(node, found)
    cube_sql.check(node, table, [item.axis for item in items], [item.table for item in found])
    headers = [dimensions.header(cursor, item) for item in items]
    _check_size(node, headers)
    with prepared(cursor, statement.stages):
        for place, item in enumerate(items):
            count = partial(_category_counts, cursor, statement, condition, item.axis, headers[place])
            headers[place] = dimensions.limited(item, headers[place], count)
        axes = [item.axis for item in items]
        values = _values(cursor, statement, condition, axes, found, headers)
    if sorting:
        number, down = sorting
        headers, values = _sorted(headers, values, number, down)
    return {
        "ranSuccessfully": True,
        "dimensionResults": [
            {
                "id": item.id,
                "headerCodes": "\t".join(header.codes),
                "headerDescriptions": "\t".join(header.words),
            }
            for item, header in zip(items, headers, strict=True)
        ],
        "measureResults": [
            {
                "id": item.id,
                "rows": [] if sparse else _rows(cells, headers),
                "cells": _sparse(cells, headers) if sparse else [],
            }
            for item, cells in zip(found, values, strict=True)
        ],
        "counts": [],
    }


def _category_counts(
    cursor: DuckDBPyConnection, statement: Statement, condition: Condition, axis: Axis, header: Header
) -> dict[Any, int]:
    """Return the number of selected records in each category of one dimension, by its key."""
    group = Group(condition.table, None, [("Count", None)])
    sql = cube_sql.statement(condition, [axis], group, len(header.codes), scale_of(cursor))
    return dict(cursor.execute(*statement.ready(sql)).fetchall())


def _check_size(node: Node, headers: list[Header]) -> None:
    size = math.prod(len(header.codes) for header in headers)
    if size > LARGEST:
        node.fail(WRONG_VALUE, f"the cube has {size} cells, and {LARGEST} is the limit", cells=size)


def _moved(node: Node, condition: Condition, table: Table) -> Condition:
    if not tree.related(condition.table, table):
        node.fail(
            WRONG_TABLE, f"the base query, on {condition.table.name}, has nothing to do with {table.name}"
        )
    return move(condition, table, node)


def _measure(node: Node, table: Table, statement: Statement) -> _Measure:
    name = node.choice("function", (*measures.COUNTS, *measures.FUNCTIONS, *measures.NOT_COMPUTED), "")
    if not name:
        node.fail(MALFORMED, "a measure needs a function")
    if name in measures.NOT_COMPUTED:
        node.unsupported(f"the measure {name}")
    node.refuse("expression")
    sort = node.choice("sort", ("None", "Ascending", "Descending"), "None")
    variable = None
    own = find_table(node, "resolveTableName")
    if name not in measures.COUNTS:
        variable = find_variable(node)
        own = table_of(variable)
        if variable.kind not in measures.FUNCTIONS[name].kinds:
            what = f"{variable.name}, a {variable.kind.value} variable"
            node.fail(WRONG_VALUE, f"{name} is not defined for {what}")
    if not tree.related(own, table):
        node.fail(WRONG_TABLE, f"a measure on {own.name} has nothing to do with {table.name}")
    filtering, counted = node.part("filterQuery"), node.part("query")
    if counted is not None and name != "QueryCount":
        node.unsupported(f"measure.query with the function {name}")
    if name == "QueryCount" and counted is None:
        node.fail(MALFORMED, "QueryCount needs a query")
    conditions = [
        statement.settle(move(begin(part, statement=statement)[1], own, part))
        for part in (filtering, counted)
        if part is not None
    ]
    narrowed = statement.chain(own, "AND", conditions) if conditions else None
    return _Measure(node.must("id"), own, name, variable, narrowed, sort)


def _sorting(node: Node, found: list[_Measure]) -> tuple[int, bool] | None:
    """Return the index of the measure that sorts the categories, and whether the largest come first."""
    sorting = [number for number, item in enumerate(found) if item.sort != "None"]
    if len(sorting) > 1:
        node.fail(WRONG_VALUE, "only one measure can sort the categories")
    return (sorting[0], found[sorting[0]].sort == "Descending") if sorting else None


def _sorted(
    headers: list[Header], values: list[list[str]], number: int, down: bool
) -> tuple[list[Header], list[list[str]]]:
    """Sort every dimension's categories by the totals of a measure; categories without a value come last."""
    steps = _steps(headers)
    last = sum((len(header.codes) - 1) * step for header, step in zip(headers, steps, strict=True))
    places, ordered = [0], list[Header]()
    for header, step in zip(headers, steps, strict=True):
        total = len(header.codes) - 1
        cells = [values[number][last - (total - place) * step] for place in range(total)]
        sign = -1 if down else 1
        order = sorted(range(total), key=lambda place: (not cells[place], sign * float(cells[place] or 0)))
        order.append(total)
        places = [place + index * step for index in order for place in places]
        codes, words = [header.codes[index] for index in order], [header.words[index] for index in order]
        ordered.append(Header(codes, words, header.places))
    return ordered, [[cells[place] for place in places] for cells in values]


def _steps(headers: list[Header]) -> list[int]:
    """Return the distance between the cells of neighbouring categories, for each dimension."""
    return [math.prod(len(header.codes) for header in headers[:place]) for place in range(len(headers))]


def _values(
    cursor: DuckDBPyConnection,
    statement: Statement,
    condition: Condition,
    axes: list[Axis],
    found: list[_Measure],
    headers: list[Header],
) -> list[list[str]]:
    """Return the cells of every measure; the first dimension varies fastest.

    One statement computes all measures with the same table and filter.
    """
    size = math.prod(len(header.codes) for header in headers)
    cells = [[_empty(item)] * size for item in found]
    steps = _steps(headers)
    scale = scale_of(cursor)
    groups: dict[tuple[str, str], list[int]] = {}
    for number, item in enumerate(found):
        groups.setdefault((item.table.name, item.filter.sql if item.filter else ""), []).append(number)
    for numbers in groups.values():
        first = found[numbers[0]]
        wanted = [(found[number].function, found[number].variable) for number in numbers]
        group = Group(first.table, first.filter, wanted)
        sql = cube_sql.statement(condition, axes, group, size, scale)
        for row in cursor.execute(*statement.ready(sql)).fetchall():
            place = 0
            for key, header, step in zip(row, headers, steps, strict=False):
                where = header.places.get(key)
                if where is None:
                    break
                place += where * step
            else:
                for number, value in zip(numbers, row[len(axes) :], strict=True):
                    if value is not None:
                        cells[number][place] = _written(found[number], value)
    return cells


def _empty(measure: _Measure) -> str:
    if measure.variable is None:
        return "0"
    if measure.function == "Sum":
        return "0.00" if measure.variable.decimals else "0"
    return measures.FUNCTIONS[measure.function].empty


def _written(measure: _Measure, value: Any) -> str:
    if measure.variable is None:
        return str(value)
    return measures.FUNCTIONS[measure.function].write(value, measure.variable)


def _rows(cells: list[str], headers: list[Header]) -> list[str]:
    width = len(headers[0].codes) if headers else 1
    return ["\t".join(cells[start : start + width]) for start in range(0, len(cells), width)]


def _sparse(cells: list[str], headers: list[Header]) -> list[str]:
    lines: list[str] = []
    for place, value in enumerate(cells):
        if not value or not value.strip("0."):
            continue
        codes: list[str] = []
        for header in headers:
            place, index = divmod(place, len(header.codes))
            codes.append(header.codes[index])
        lines.append("\t".join([*codes, value]))
    return lines
