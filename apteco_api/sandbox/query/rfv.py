"""RFV: select records by recency, frequency and value of the transactions below them."""

# ruff: noqa: S608 - identifiers come from our own tables, values are bound
from __future__ import annotations

from collections.abc import Callable

from ..holidays import Kind, Table
from ..holidays import tables as tree
from . import matching
from .errors import MALFORMED, WRONG_TABLE, WRONG_VALUE
from .node import Node
from .sql import SUBQUERY, Condition, Statement, column, find_table, find_variable, key_of, source

_ACTIONS = {
    "Sum": "coalesce(sum({x}), 0)",
    "Average": "avg({x})",
    "Median": "median({x})",
    "Mode": "mode({x} ORDER BY {x})",
    "Minimum": "min({x})",
    "Maximum": "max({x})",
    "Distinct": "count(DISTINCT {x})",
}

Recent = Callable[[Statement, Node, Table, str], tuple[str, str]]


def rfv(statement: Statement, node: Node, condition: Condition, recent: Recent) -> Condition:
    """Return the condition of an RFV.

    If the selection is on the transactional table, the transactions so far count, and those of the qualifying
    groups remain. If it is on the grouping table, all transactions of the groups so far count, and the
    qualifying groups remain. Recency is applied first and keeps only the first or last transactions of a
    group. Frequency is their number, and value is a statistic of them. Frequency and value are lists such as
    `>=3`.
    """
    transactions = find_table(node, _table_field(node, "transactionalTable"))
    grouping = find_table(node, _table_field(node, "groupingTable"))
    if not tree.is_above(grouping, transactions):
        node.fail(WRONG_TABLE, f"{grouping.name} is not above {transactions.name}")
    table = condition.table
    if table.name not in (transactions.name, grouping.name):
        node.fail(WRONG_TABLE, f"rfv selects {transactions.name} or {grouping.name}, not {table.name}")
    key = key_of(grouping, transactions)
    rank, tables, most = "0", source(transactions), 0
    recency, frequency, value = (node.part(name) for name in ("recency", "frequency", "value"))
    if recency is None and frequency is None and value is None:
        node.fail(MALFORMED, "rfv needs recency, frequency or value")
    if recency is not None:
        most = recency.whole("value", 1) or 0
        if not most:
            recency.fail(MALFORMED, "recency needs a value")
        tables, rank = recent(statement, recency, transactions, key)
    where = f" WHERE {condition.sql}" if table.name == transactions.name else ""
    kept = f"SELECT {transactions.alias}.*, {key} AS grouped, {rank} AS ranked FROM {tables}{where}"
    narrowed = f" WHERE ranked <= {statement.bind(most, 'BIGINT')}" if most else ""
    measure = "NULL"
    if value is not None:
        measure = _measure(value, transactions)
    totals = (
        f"SELECT grouped, count(*) AS frequency, {measure} AS amount"
        f" FROM ({kept}) AS {transactions.alias}{narrowed} GROUP BY grouped"
    )
    conditions = ["TRUE"]
    if frequency is not None:
        conditions.append(_matches(statement, frequency, "coalesce(frequency, 0)::INTEGER", 0))
    elif table.name == grouping.name:
        conditions.append("frequency > 0")
    if value is not None:
        conditions.append(_matches(statement, value, "amount::DECIMAL(18, 4)", 4))
    chosen = (
        f"SELECT every.id FROM (SELECT id FROM {source(grouping)}) AS every"
        f" LEFT JOIN ({totals}) AS totals ON totals.grouped = every.id WHERE {' AND '.join(conditions)}"
    )
    if table.name == grouping.name:
        return condition.within(f"({condition.sql} AND {table.alias}.id IN ({chosen}))", 7)
    stay = f"SELECT id FROM ({kept}) AS k{narrowed} {'AND' if narrowed else 'WHERE'} grouped IN ({chosen})"
    # it contains the condition twice
    return condition.within(f"{table.alias}.id IN ({stay})", 8, condition.weight + 2 * SUBQUERY)


def _table_field(node: Node, name: str) -> str:
    """Return the field with the table's name: that of servers since 2022-12 if it is set."""
    later = f"{name}Name"
    return later if node.has(later) else name


def _measure(node: Node, transactions: Table) -> str:
    variable = find_variable(node)
    action = node.choice("action", (*_ACTIONS, "RankCoefficient"), "Sum")
    if action not in _ACTIONS:
        node.unsupported(f"rfv.value.action {action}")
    if variable.table != transactions.name:
        node.fail(WRONG_TABLE, f"{variable.name} is not a variable of {transactions.name}")
    if variable.kind is not Kind.NUMERIC and not (action == "Distinct" and variable.kind is Kind.SELECTOR):
        node.fail(WRONG_VALUE, f"{variable.name} is not numeric", variable=variable.name)
    return _ACTIONS[action].format(x=column(variable))


def _matches(statement: Statement, node: Node, expression: str, decimals: int) -> str:
    items = [item.strip() for item in (node.text("values") or "").split("\t") if item.strip()]
    if not items:
        node.fail(MALFORMED, f"{node.name} needs values")
    return matching.numbers(statement, node, expression, items, decimals)
