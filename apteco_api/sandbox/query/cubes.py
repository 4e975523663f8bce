"""Cubes: records cross-tabulated over dimensions, with counts and statistics in the cells."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ..holidays import Kind, Table, Variable
from ..holidays import tables as tree
from . import bands, cube_sql, measures
from .counts import begin, scale_of
from .cube_sql import NO_RECORD, NO_VALUE, Axis, Group
from .errors import MALFORMED, WRONG_TABLE, WRONG_VALUE
from .node import Node
from .rules import Clock, moment
from .sql import Condition, Files, Statement, column, find_table, find_variable, move, table_of
from .stages import prepared

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TOTAL = "iTOTAL"
"""Code and description of the header that stands for all records."""
NONE = "iNONE"
"""Code of the header for records with no record below them, where `noneCell` asks for one."""

LARGEST = 2_000_000
"""The most cells that a measure may have."""


class _Dimension(NamedTuple):
    id: str
    axis: Axis
    band: bands.Band | None
    omit: bool


class _Measure(NamedTuple):
    id: str
    table: Table
    function: str
    variable: Variable | None
    filter: Condition | None


class _Header(NamedTuple):
    """The headers of a dimension and the place of each value among them."""

    codes: list[str]
    words: list[str]
    places: dict[int | None, int]


def cube(
    cursor: DuckDBPyConnection,
    cube: dict[str, Any],
    *,
    files: Files | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Calculates a Cube: the fields of a CubeResult that the engine knows.

    Every dimension has a header for unclassified records first and `iTOTAL` last. With the storage Full,
    `rows` holds the cells tab-separated, the first dimension varying fastest, one row for each combination
    of the others; with Sparse, `cells` holds a line for each cell that is not empty or zero: the header codes
    of the dimensions and the value, tab-separated (this form is the sandbox's own).

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
    dimensions = [_dimension(part, table, clock) for part in node.parts("dimensions")]
    parts = node.parts("measures")
    if not parts:
        node.fail(MALFORMED, "a cube needs measures")
    found = [_measure(part, table, statement) for part in parts]
    cube_sql.check(node, table, [item.axis for item in dimensions], [item.table for item in found])
    headers = [_header(cursor, item) for item in dimensions]
    size = 1
    for header in headers:
        size *= len(header.codes)
    if size > LARGEST:
        node.fail(WRONG_VALUE, f"the cube has {size} cells, and {LARGEST} is the limit", cells=size)
    with prepared(cursor, statement.stages):
        values = _values(cursor, statement, condition, dimensions, found, headers, size)
    return {
        "ranSuccessfully": True,
        "dimensionResults": [
            {
                "id": item.id,
                "headerCodes": "\t".join(header.codes),
                "headerDescriptions": "\t".join(header.words),
            }
            for item, header in zip(dimensions, headers, strict=True)
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


def _moved(node: Node, condition: Condition, table: Table) -> Condition:
    if not tree.related(condition.table, table):
        node.fail(
            WRONG_TABLE, f"the base query, on {condition.table.name}, has nothing to do with {table.name}"
        )
    return move(condition, table, node)


def _dimension(node: Node, table: Table, clock: Clock) -> _Dimension:
    kind = node.choice("type", ("Selector", "NumericBand", "DateBand", "Text", "Query"), "Selector")
    if kind in ("Text", "Query"):
        node.unsupported(f"a dimension of the type {kind}")
    if node.choice("function", _AGGREGATES, "None") != "None":
        node.unsupported(f"dimension.function {node.text('function')}")
    node.refuse(
        "query", "filterQuery", "minimumCategoryCount", "topNCategoryCount",
        "percentageOfMaximumCategoryThreshold",
    )  # fmt: skip
    variable = find_variable(node)
    above = table_of(variable)
    if not tree.related(above, table):
        node.fail(WRONG_TABLE, f"{variable.name} of {above.name} has nothing to do with {table.name}")
    wanted = {"Selector": (Kind.SELECTOR, Kind.FLAGS), "NumericBand": (Kind.NUMERIC,)}
    if variable.kind not in wanted.get(kind, (Kind.DATE, Kind.DATETIME)):
        what = f"{variable.name}, a {variable.kind.value} variable"
        node.fail(WRONG_VALUE, f"{what}, does not fit a {kind} dimension")
    band = None
    if kind != "Selector":
        banding = node.need("banding")
        word = banding.choice("type", bands.BANDINGS, "None")
        if word == "None":
            banding.unsupported(f"a {kind} dimension without a banding")
        if word == "Custom":
            band = bands.custom_band(banding, variable, clock)
        elif kind == "DateBand":
            band = bands.date_band(banding, word, variable, clock)
        else:
            banding.unsupported(f"the banding {word} of a number")
    axis = Axis(variable, above, band.sql if band else column(variable), node.flag("noneCell"))
    return _Dimension(node.must("id"), axis, band, node.flag("omitUnclassified"))


_AGGREGATES = (
    "None", "Sum", "Mean", "Min", "Max", "Median", "Mode", "Distinct", "Frequency", "Recency",
    "RankCoefficient",
)  # fmt: skip


def _measure(node: Node, table: Table, statement: Statement) -> _Measure:
    name = node.choice("function", (*measures.COUNTS, *measures.FUNCTIONS, *measures.NOT_COMPUTED), "")
    if not name:
        node.fail(MALFORMED, "a measure needs a function")
    if name in measures.NOT_COMPUTED:
        node.unsupported(f"the measure {name}")
    node.refuse("expression")
    if node.choice("sort", ("None", "Ascending", "Descending"), "None") != "None":
        node.unsupported("measure.sort")
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
    if counted is not None and filtering is not None:
        node.unsupported("measure.query and measure.filterQuery together")
    part = filtering or counted
    narrowed = None
    if part is not None:
        _, condition = begin(part, statement=statement)
        narrowed = statement.settle(move(condition, own, part))
    if name == "QueryCount" and counted is None:
        node.fail(MALFORMED, "QueryCount needs a query")
    return _Measure(node.must("id"), own, name, variable, narrowed)


def _header(cursor: DuckDBPyConnection, dimension: _Dimension) -> _Header:
    axis, band = dimension.axis, dimension.band
    if band is None:
        codes = [item.code for item in axis.variable.codes]
        words = [item.description for item in axis.variable.codes]
        keys: list[int | None] = list(range(len(codes)))
    else:
        first, last = cube_sql.extent(cursor, axis.variable)
        values = band.keys(_day(first), _day(last))
        codes = [band.missing_code, *map(band.code_of, values)]
        words = ["Unclassified", *map(band.describe, values)]
        keys = [NO_VALUE, *values]
    if dimension.omit:
        codes, words, keys = codes[1:], words[1:], keys[1:]
    if axis.none_cell:
        codes, words, keys = [*codes, NONE], [*words, "None"], [*keys, NO_RECORD]
    places: dict[int | None, int] = {key: place for place, key in enumerate(keys)}
    places[None] = len(codes)
    return _Header([*codes, TOTAL], [*words, TOTAL], places)


def _day(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) else value if isinstance(value, date) else None


def _values(
    cursor: DuckDBPyConnection,
    statement: Statement,
    condition: Condition,
    dimensions: list[_Dimension],
    found: list[_Measure],
    headers: list[_Header],
    size: int,
) -> list[list[str]]:
    """The cells of every measure, the first dimension varying fastest.

    Measures of the same table and filter are computed by one statement.
    """
    cells = [[_empty(item)] * size for item in found]
    steps: list[int] = []
    step = 1
    for header in headers:
        steps.append(step)
        step *= len(header.codes)
    groups: dict[tuple[str, str], list[int]] = {}
    for number, item in enumerate(found):
        groups.setdefault((item.table.name, item.filter.sql if item.filter else ""), []).append(number)
    axes = [item.axis for item in dimensions]
    scale = scale_of(cursor)
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


def _rows(cells: list[str], headers: list[_Header]) -> list[str]:
    width = len(headers[0].codes) if headers else 1
    return ["\t".join(cells[start : start + width]) for start in range(0, len(cells), width)]


def _sparse(cells: list[str], headers: list[_Header]) -> list[str]:
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
