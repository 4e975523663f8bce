"""The dimensions of a cube: their SQL and their headers."""

# ruff: noqa: S608 - identifiers come from our own tables, values are bound
from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ..holidays import Kind, Table, Variable
from ..holidays import tables as tree
from . import bands, cube_sql
from .counts import begin
from .cube_sql import NO_RECORD, NO_TEXT, NO_VALUE, Axis
from .errors import MALFORMED, WRONG_TABLE, WRONG_VALUE
from .fields import spaced
from .node import Node
from .rules import Clock
from .sql import Condition, column, find_variable, key_of, move, source, table_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TOTAL = "iTOTAL"
"""Code and description of the header for all records."""
NONE = "iNONE"
"""Code of the header for records without records below them, if `noneCell` asks for it."""

_DATED = (Kind.DATE, Kind.DATETIME)
_KINDS = {
    "Selector": (Kind.SELECTOR, Kind.FLAGS), "NumericBand": (Kind.NUMERIC,), "DateBand": _DATED,
    "Text": (Kind.TEXT,), "Query": (),
}  # fmt: skip
_FUNCTIONS: dict[str, tuple[str, tuple[Kind, ...]]] = {
    "Sum": ("sum({x})", (Kind.NUMERIC,)),
    "Mean": ("avg({x})", (Kind.NUMERIC,)),
    "Min": ("min({x})", (Kind.NUMERIC, *_DATED)),
    "Max": ("max({x})", (Kind.NUMERIC, *_DATED)),
    "Median": ("quantile_cont({x}::DOUBLE, 0.5)", (Kind.NUMERIC,)),
    "Mode": ("mode({x} ORDER BY {x})", (Kind.NUMERIC,)),
    "Distinct": ("count(DISTINCT {x})", (Kind.NUMERIC, Kind.SELECTOR)),
    "Frequency": ("count(*)", tuple(Kind)),
    "Recency": ("max({x})", _DATED),
}
"""The functions that make one value of several values below: the aggregate, and the kinds of variables."""
_COUNTED = ("Distinct", "Frequency")
_NOT_COMPUTED = ("RankCoefficient",)


class Dimension(NamedTuple):
    """One dimension.

    Attributes:
        id: as in the request.
        axis: its SQL.
        variable: the variable; None for a query.
        band: the bands of its values; None without bands.
        omit: whether the unclassified header is left out.
        limits: the limits on its categories, by their numbers of records.
    """

    id: str
    axis: Axis
    variable: Variable | None
    band: bands.Band | None
    omit: bool
    limits: Limits


class Limits(NamedTuple):
    """Limits on categories: a number of records, the largest ones, or a share of the largest."""

    least: int
    most: int
    percent: int

    def chosen(self, counts: list[int]) -> list[int]:
        """Return the positions of the remaining categories, in their order."""
        floor = max(counts, default=0) * self.percent
        fit = [n for n, count in enumerate(counts) if count >= self.least and count * 100 >= floor]
        if self.most:
            fit = sorted(sorted(fit, key=lambda place: -counts[place])[: self.most])
        return fit


class Header(NamedTuple):
    """The headers of a dimension, and the position of each value among them."""

    codes: list[str]
    words: list[str]
    places: dict[Any, int]


def dimension(node: Node, table: Table, clock: Clock) -> Dimension:
    """Return a Dimension of a cube on a table."""
    kind = node.choice("type", _KINDS, "Selector")
    limits = Limits(
        node.whole("minimumCategoryCount", 0) or 0,
        node.whole("topNCategoryCount", 0) or 0,
        node.whole("percentageOfMaximumCategoryThreshold", 0, 100) or 0,
    )
    function = node.choice("function", ("None", *_FUNCTIONS, *_NOT_COMPUTED), "None")
    if function in _NOT_COMPUTED:
        node.unsupported(f"dimension.function {function}")
    if kind == "Query":
        axis, variable, band = _split(node, table, clock), None, None
    else:
        variable = find_variable(node)
        if not tree.related(table_of(variable), table):
            node.fail(WRONG_TABLE, f"{variable.name} of {variable.table} has nothing to do with {table.name}")
        if function == "None":
            axis, band = _plain(node, kind, variable, clock)
        else:
            axis, band = _summarised(node, kind, function, variable, table, clock)
    return Dimension(node.must("id"), axis, variable, band, node.flag("omitUnclassified"), limits)


def _split(node: Node, table: Table, clock: Clock) -> Axis:
    """Return the axis for records inside and outside a query."""
    if node.has("variableName") or node.has("banding") or node.has("function"):
        node.fail(MALFORMED, "a dimension of the type Query has no variableName, banding or function")
    if node.flag("noneCell"):
        node.unsupported("dimension.noneCell with the type Query")
    inside = _query(node.need("query"), table, clock)
    sql = f"CASE WHEN {inside.sql} THEN 1 ELSE 0 END"
    return Axis("the query", table, sql, kind="INTEGER", filter=_considered(node, table, clock))


def _query(node: Node, table: Table, clock: Clock) -> Condition:
    statement = clock.statement
    return statement.settle(move(begin(node, statement=statement)[1], table, node))


def _considered(node: Node, table: Table, clock: Clock) -> Condition | None:
    part = node.part("filterQuery")
    return None if part is None else _query(part, table, clock)


def _plain(node: Node, kind: str, variable: Variable, clock: Clock) -> tuple[Axis, bands.Band | None]:
    """Return the axis of plain values or of their bands."""
    _fits(node, kind, variable, _KINDS[kind])
    above = table_of(variable)
    made = Axis(
        variable.name, above, column(variable), node.flag("noneCell"), "INTEGER",
        variable if variable.kind is Kind.FLAGS else None, _considered(node, above, clock),
    )  # fmt: skip
    if kind == "Selector":
        return made, None
    if kind == "Text":
        return made._replace(kind="VARCHAR"), None
    band = _band(node, kind, variable, clock)
    return made._replace(sql=band.sql, kind="BIGINT"), band


def _fits(node: Node, what: str, variable: Variable, kinds: tuple[Kind, ...]) -> None:
    if variable.kind not in kinds:
        given = f"{variable.name}, a {variable.kind.value} variable"
        node.fail(WRONG_VALUE, f"{given}, does not fit a {what} dimension")


def _band(node: Node, kind: str, variable: Variable, clock: Clock, name: str = "") -> bands.Band:
    banding = node.need("banding")
    word = banding.choice("type", bands.BANDINGS, "None")
    if word == "None":
        banding.unsupported(f"a {kind} dimension without a banding")
    if word == "Custom":
        return bands.custom_band(banding, variable, clock, name, dated=kind == "DateBand")
    if kind == "DateBand":
        return bands.date_band(banding, word, variable, clock, name)
    banding.unsupported(f"the banding {word} of a number")


def _summarised(
    node: Node, kind: str, function: str, variable: Variable, table: Table, clock: Clock
) -> tuple[Axis, bands.Band]:
    """Return bands of one value for each record of the cube's table, aggregated from the values below it."""
    below = table_of(variable)
    if not tree.is_above(table, below):
        node.fail(WRONG_TABLE, f"{function} is taken of a table below {table.name}, not of {below.name}")
    if node.flag("noneCell"):
        node.unsupported("dimension.noneCell with a function")
    aggregate, kinds = _FUNCTIONS[function]
    _fits(node, function, variable, kinds)
    dated = variable.kind in _DATED and function not in _COUNTED
    if kind != ("DateBand" if dated else "NumericBand"):
        node.fail(WRONG_VALUE, f"{function} of {variable.name} does not fit a {kind} dimension")
    band = _band(node, kind, variable, clock, "below.x")
    considered = _considered(node, below, clock)
    narrowed = f" AND {considered.sql}" if considered else ""
    x = column(variable)
    values = (
        f"SELECT {aggregate.format(x=x)} AS x FROM {source(below)}"
        f" WHERE {key_of(table, below)} = {table.alias}.id{narrowed}"
    )
    sql = f"(SELECT {band.sql} FROM ({values}) AS below)"
    return Axis(f"{function} of {variable.name}", table, sql), band


def header(cursor: DuckDBPyConnection, item: Dimension) -> Header:
    """Return all headers of a dimension, including those without records."""
    axis, variable, band = item.axis, item.variable, item.band
    keys: list[Any]
    if variable is None:
        codes, words, keys = ["0", "1"], ["False", "True"], [0, 1]
    elif band is not None:
        first, last = cube_sql.extent(cursor, variable)
        values = band.keys(_day(first), _day(last))
        codes = [band.missing_code, *map(band.code_of, values)]
        words = ["Unclassified", *map(band.describe, values)]
        keys = [NO_VALUE, *values]
    elif variable.kind is Kind.TEXT:
        keys = ["", *_texts(cursor, variable)]
        codes = ["!", *map(spaced, keys[1:])]
        words = ["Unclassified", *codes[1:]]
    else:
        codes = [code.code for code in variable.codes]
        words = [code.description for code in variable.codes]
        keys = list(range(len(codes)))
    if item.omit and variable is not None:
        codes, words, keys = codes[1:], words[1:], keys[1:]
    if axis.none_cell:
        nothing = NO_TEXT if axis.kind == "VARCHAR" else NO_RECORD
        codes, words, keys = [*codes, NONE], [*words, "None"], [*keys, nothing]
    return made(codes, words, keys)


def made(codes: list[str], words: list[str], keys: list[Any]) -> Header:
    """Return headers with the total at the end."""
    places: dict[Any, int] = {key: place for place, key in enumerate(keys)}
    places[None] = len(codes)
    return Header([*codes, TOTAL], [*words, TOTAL], places)


def limited(item: Dimension, found: Header, count: Callable[[], dict[Any, int]]) -> Header:
    """Return the headers of the categories within the limits of a dimension; totals do not change."""
    if not any(item.limits):
        return found
    counts = count()
    keys = [key for key in found.places if key is not None]
    stay = item.limits.chosen([counts.get(key, 0) for key in keys])
    return made(
        [found.codes[place] for place in stay], [found.words[place] for place in stay],
        [keys[place] for place in stay],
    )  # fmt: skip


def _texts(cursor: DuckDBPyConnection, variable: Variable) -> list[str]:
    name = column(variable)
    sql = f"SELECT DISTINCT {name} FROM {source(table_of(variable))} WHERE {name} <> '' ORDER BY {name}"
    return [row[0] for row in cursor.execute(sql).fetchall()]


def _day(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) else value if isinstance(value, date) else None
