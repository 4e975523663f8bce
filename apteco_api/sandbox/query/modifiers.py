"""The modifiers that restrict a selection after its rule: record sets, RFV, N per, Top N and limits.

Each modifier takes the condition of the records so far and returns the condition of the remaining records.
"Table order" is the order of keys. It decides every tie, so that a selection always has the same records.
"""

# ruff: noqa: S608 - identifiers come from our own tables, values are bound
from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from ..holidays import Kind, Table, Variable
from ..holidays import tables as tree
from . import expression, rfv
from .errors import MALFORMED, WRONG_TABLE, WRONG_VALUE, shorten
from .node import Node
from .sql import (
    Condition,
    Statement,
    column,
    find_table,
    find_variable,
    key_of,
    seed_of,
    source,
    table_of,
)

_DEPTH = 6


def record_set(statement: Statement, node: Node, condition: Condition) -> Condition:
    """Return the records whose key occurs in a list or a file of keys, at least `minOccurs` times."""
    table = condition.table
    kind = node.choice("type", ("URN", "SBM", "FSRN"), "URN")
    if kind != "URN":
        node.unsupported(f"recordSet.type {kind}")
    variable = find_variable(node, "keyVariableName")
    if variable.kind is not Kind.REFERENCE or variable.table != table.name:
        node.fail(WRONG_TABLE, f"{variable.name} is not a key of {table.name}", variable=variable.name)
    path, values = node.text("path"), node.text("values") or ""
    if path:
        if values:
            node.fail(MALFORMED, "recordSet has a path as well as values")
        values = statement.text(node, path)
    elif node.flag("byReference"):
        node.fail(MALFORMED, "a recordSet by reference needs a path")
    least = node.whole("minOccurs", 0) or 1
    counted: dict[str, int] = {}
    for item in re.split(r"[\t\r\n,]+", values):
        counted[item.strip()] = counted.get(item.strip(), 0) + 1
    keys = [
        int(item)
        for item, number in counted.items()
        if number >= least and item.isascii() and item.isdecimal() and len(item) < 10
    ]
    if not keys:
        return Condition(table, "FALSE")
    listed = f"{column(variable)} IN (SELECT unnest({statement.bind(keys, 'INTEGER[]')}))"
    return condition.within(f"({condition.sql} AND {listed})", 2)


def limits(statement: Statement, node: Node, condition: Condition) -> Condition:
    """Return a sample: the first, evenly spaced or random records, by number, percentage or fraction."""
    table = condition.table
    sampling = node.choice("sampling", ("All", "First", "Stratified", "Random"), "First")
    start = node.whole("startAt", 0, 2**53) or 0
    size = _size(statement, node)
    if size is None or sampling == "All":
        if not start:
            return condition
        size, sampling = str, "First"
    skip = statement.bind(start, "BIGINT")
    left = f"greatest(n - {skip}, 0)"
    take = size(left if sampling == "Stratified" else "n")
    alias = table.alias
    ranked = (
        f"SELECT {alias}.id AS id, row_number() OVER (ORDER BY {alias}.id) - 1 AS r, count(*) OVER () AS n"
        f" FROM {source(table)} WHERE {condition.sql}"
    )
    if sampling == "First":
        chosen = f"SELECT id FROM ({ranked}) WHERE r >= {skip} AND r < {skip} + {take}"
    elif sampling == "Random":
        order = shuffle(statement, "id", seed_of(node))
        shuffled = (
            f"SELECT id, n, row_number() OVER (ORDER BY {order}, id) - 1 AS r"
            f" FROM ({ranked}) WHERE r >= {skip}"
        )
        chosen = f"SELECT id FROM ({shuffled}) WHERE r < {take}"
    else:
        chosen = (
            f"SELECT id FROM (SELECT id, r - {skip} AS r, greatest(n - {skip}, 0)::HUGEINT AS m, {take} AS k"
            f" FROM ({ranked}) WHERE r >= {skip}) WHERE k >= m OR (r * k) % m < k"
        )
    return condition.within(f"{alias}.id IN ({chosen})", _DEPTH)


def shuffle(statement: Statement, key: str, seed: int) -> str:
    """Return SQL of a number that puts keys in a random order, the same for the same seed on all machines."""
    mixed = f"(({key}::BIGINT * 1812433253 + {statement.bind(seed, 'BIGINT')}) & 2147483647)"
    mixed = f"((xor({mixed}, {mixed} >> 16) * 1103515245) & 2147483647)"
    mixed = f"((xor({mixed}, {mixed} >> 15) * 1540483477) & 2147483647)"
    return f"xor({mixed}, {mixed} >> 16)"


def _size(statement: Statement, node: Node) -> Callable[[str], str] | None:
    """Return a function from SQL of the number of records to SQL of the sample's size; None for no limit."""
    kind = node.choice("type", ("None", "Total", "Fraction", "Percent"), "")
    if not kind:
        given = [name for name in ("total", "percent", "fraction") if node.has(name)]
        if len(given) > 1:
            node.fail(MALFORMED, f"limits has {' and '.join(given)} but no type")
        kind = given[0].title() if given else "None"
    if kind == "None":
        return None
    if kind == "Total":
        total = node.whole("total", 0, 2**53)
        if total is None:
            node.fail(MALFORMED, "limits of type Total needs total")
        most = statement.bind(total, "BIGINT")
        return lambda number: f"least({most}, {number})"
    if kind == "Percent":
        percent = node.number("percent")
        if percent is None or not 0 <= percent <= 100:
            node.fail(WRONG_VALUE, "limits of type Percent needs a percent from 0 to 100")
        share = Fraction(percent) / 100
    else:
        part = node.need("fraction")
        numerator, denominator = part.whole("numerator", 0), part.whole("denominator", 1)
        if numerator is None or denominator is None or numerator > denominator:
            part.fail(WRONG_VALUE, "a fraction needs a numerator from 0 to its denominator")
        share = Fraction(numerator, denominator)
    return lambda number: rounded(statement, number, share, up=True)


def rounded(statement: Statement, number: str, share: Fraction, *, up: bool = False) -> str:
    """Return SQL of a share of a whole number, rounded up or to the nearest whole number, without floats."""
    share = share.limit_denominator(10**14)
    numerator = statement.bind(share.numerator, "HUGEINT")
    denominator = statement.bind(share.denominator, "HUGEINT")
    if up:
        return f"(({number} * {numerator} + {denominator} - 1) // {denominator})"
    return f"((2 * {number} * {numerator} + {denominator}) // (2 * {denominator}))"


def order_key(statement: Statement, node: Node, variable: Variable, table: Table, sequence: str = "") -> str:
    """Return SQL of a variable's value as a sort key; a missing value is NULL.

    Selectors sort by their code list, or by the tab-separated codes in the field `sequence`, lowest first. A
    code that is not in `sequence` counts as missing.
    """
    above = table_of(variable)
    if above.name != table.name and not tree.is_above(above, table):
        node.fail(
            WRONG_TABLE,
            f"{variable.name} of {variable.table} cannot order {table.name}, which is not below it",
            variable=variable.name,
        )
    if variable.kind is Kind.FLAGS:
        node.unsupported(f"ordering or grouping by {variable.name}, which has several values a record")
    listed = node.text(sequence) if sequence else None
    if listed:
        return _sequence(statement, node, variable, sequence, listed)
    if variable.kind is Kind.SELECTOR:
        return f"nullif({column(variable)}, 0)"
    if variable.kind is Kind.TEXT:
        return f"nullif({column(variable)}, '')"
    return column(variable)


def _sequence(statement: Statement, node: Node, variable: Variable, field: str, listed: str) -> str:
    if variable.kind is not Kind.SELECTOR:
        node.fail(
            WRONG_VALUE, f"{field} lists codes, and {variable.name} is a {variable.kind.value} variable"
        )
    places: list[int] = []
    for code in filter(str.strip, listed.split("\t")):
        place = variable.position(code)
        if place is None or place in places:
            what = "is not a code of" if place is None else "is there twice for"
            node.fail(WRONG_VALUE, f"{field}: {shorten(code.strip())!r} {what} {variable.name}", value=code)
        places.append(place)
    return f"nullif(list_position({statement.bind(places, 'UTINYINT[]')}, {column(variable)}), 0)"


def joined(table: Table, *variables: Variable, own: str = "") -> str:
    """Return a FROM clause of a table and the tables above it that some variables need.

    For Bookings and a variable of People:

        holidays.bookings AS bo JOIN holidays.people AS pe ON pe.id = bo.person

    Args:
        table: the table.
        variables: the variables; those of the table itself need no further table.
        own: SQL that replaces the table, with its alias; by default the table.
    """
    text = own or source(table)
    for name in dict.fromkeys(variable.table for variable in variables):
        if name != table.name:
            above = tree.BY_NAME[name]
            text += f" JOIN {source(above)} ON {above.alias}.id = {key_of(above, table)}"
    return text


def top_n(statement: Statement, node: Node, condition: Condition) -> Condition:
    """Return the records with the highest or lowest values, or a number of records for each value."""
    if node.has("groupingVariableName"):
        if node.has("variableName") or node.has("orderExpression") or node.has("expression"):
            node.unsupported("topN with a variable to order by as well as one to group by")
        return _grouped(statement, node, condition)
    table = condition.table
    if node.has("orderExpression") or node.has("expression"):
        if node.has("variableName"):
            node.fail(MALFORMED, "topN has a variableName as well as an expression")
        key, tables = expression.order(statement, node, table), source(table)
    else:
        variable = find_variable(node)
        key, tables = order_key(statement, node, variable, table, "sequence"), joined(table, variable)
    directions = (
        "Top",
        "Bottom",
        "RangeTopDown",
        "RangeBottomUp",
        "PercentRangeTopDown",
        "PercentRangeBottomUp",
    )
    direction = node.choice("direction", directions, "Top")
    down = "DESC" if direction in ("Top", "RangeTopDown", "PercentRangeTopDown") else "ASC"
    order = f"{key} {down} NULLS LAST, {table.alias}.id"
    first, last = _ranks(statement, node, direction)
    ranked = (
        f"SELECT {table.alias}.id AS id, row_number() OVER (ORDER BY {order}) AS r, count(*) OVER () AS n"
        f" FROM {tables} WHERE {condition.sql}"
    )
    chosen = f"SELECT id FROM ({ranked}) WHERE r > {first} AND r <= {last}"
    return condition.within(f"{table.alias}.id IN ({chosen})", _DEPTH)


def _ranks(statement: Statement, node: Node, direction: str) -> tuple[str, str]:
    """Return SQL of the ranks to take: after the first, up to the last."""
    if direction in ("Top", "Bottom"):
        value, percent = node.whole("value", 0), node.number("percent")
        if value:
            return "0", statement.bind(value, "BIGINT")
        if percent is None:
            if value is None:
                node.fail(MALFORMED, "topN needs a value or a percent")
            return "0", "0"
        return "0", rounded(statement, "n", _percent(node, percent))
    low, high = node.number("minValue"), node.number("maxValue")
    if low is None or high is None or low > high:
        node.fail(
            WRONG_VALUE, f"topN in the direction {direction} needs minValue and maxValue, the lower first"
        )
    if direction.startswith("Percent"):
        start = rounded(statement, "n", _percent(node, low))
        size = rounded(statement, "n", _percent(node, high) - _percent(node, low))
        return start, f"{start} + {size}"
    if low < 1 or low != int(low) or high != int(high):
        node.fail(WRONG_VALUE, "minValue and maxValue must be whole numbers from 1")
    return statement.bind(int(low) - 1, "BIGINT"), statement.bind(int(high), "BIGINT")


def _percent(node: Node, value: Decimal) -> Fraction:
    if not 0 <= value <= 100:
        node.fail(WRONG_VALUE, "a percentage must be from 0 to 100", value=value)
    return Fraction(value) / 100


def _grouped(statement: Statement, node: Node, condition: Condition) -> Condition:
    table = condition.table
    group = find_variable(node, "groupingVariableName")
    if group.kind is Kind.REFERENCE:
        node.unsupported(f"grouping by the key {group.name}")
    grouping = order_key(statement, node, group, table)
    most = node.whole("groupMax", 0)
    if most is None:
        node.fail(MALFORMED, "topN with a groupingVariableName needs groupMax")
    needed, order = [group], ""
    if node.has("groupingSequenceVariableName"):
        sequence = find_variable(node, "groupingSequenceVariableName")
        way = "ASC" if node.flag("groupingAscending") else "DESC"
        key = order_key(statement, node, sequence, table, "groupingSequence")
        order = f"{key} {way} NULLS LAST, "
        needed.append(sequence)
    ranked = (
        f"SELECT {table.alias}.id AS id, row_number() OVER (PARTITION BY {grouping}"
        f" ORDER BY {order}{table.alias}.id) AS r FROM {joined(table, *needed)} WHERE {condition.sql}"
    )
    chosen = f"SELECT id FROM ({ranked}) WHERE r <= {statement.bind(most, 'BIGINT')}"
    return condition.within(f"{table.alias}.id IN ({chosen})", _DEPTH)


def n_per(statement: Statement, node: Node, condition: Condition) -> Condition:
    """Return at most a number of records for each record of a table above."""
    table = condition.table
    if node.has("transactionalTableName") and find_table(node, "transactionalTableName").name != table.name:
        node.fail(WRONG_TABLE, f"nPer picks records of {table.name}, the selection's table")
    grouping = find_table(node, "groupingTableName")
    if not tree.is_above(grouping, table):
        node.fail(WRONG_TABLE, f"{grouping.name} is not above {table.name}")
    recency = node.need("recency")
    most = recency.whole("value", 0)
    if most is None:
        recency.fail(MALFORMED, "nPer needs recency.value")
    tables, rank = recent(statement, recency, table, key_of(grouping, table))
    ranked = f"SELECT {table.alias}.id AS id, {rank} AS r FROM {tables} WHERE {condition.sql}"
    chosen = f"SELECT id FROM ({ranked}) WHERE r <= {statement.bind(most, 'BIGINT')}"
    return condition.within(f"{table.alias}.id IN ({chosen})", _DEPTH)


def recent(statement: Statement, node: Node, table: Table, group: str) -> tuple[str, str]:
    """Return the FROM clause, and the rank of records in a group, in the order of a recency.

    First ranks the lowest values first, Last the highest; Any and None mean table order. With `distinct`,
    records with the same value have the same rank.
    """
    direction = node.choice("direction", ("Any", "First", "Last", "None"), "Any")
    if not node.has("variableName") or direction in ("Any", "None"):
        if node.flag("distinct"):
            node.unsupported("recency.distinct without an order")
        return source(table), f"row_number() OVER (PARTITION BY {group} ORDER BY {table.alias}.id)"
    variable = find_variable(node)
    key = order_key(statement, node, variable, table, "sequence")
    key += f" {'ASC' if direction == 'First' else 'DESC'} NULLS LAST"
    tables = joined(table, variable)
    if node.flag("distinct"):
        return tables, f"dense_rank() OVER (PARTITION BY {group} ORDER BY {key})"
    return tables, f"row_number() OVER (PARTITION BY {group} ORDER BY {key}, {table.alias}.id)"


def frequency_value(statement: Statement, node: Node, condition: Condition) -> Condition:
    """Return the condition of an RFV: see the module `rfv`."""
    return rfv.rfv(statement, node, condition, recent)


MODIFIERS: dict[str, Callable[[Statement, Node, Condition], Condition]] = {
    "recordSet": record_set,
    "rfv": frequency_value,
    "nPer": n_per,
    "topN": top_n,
    "limits": limits,
}
"""The modifiers of a Selection in the order in which they apply."""
