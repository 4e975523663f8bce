"""Combine queries into one: join their conditions, transfer them to another table, limit them."""

from __future__ import annotations

from .call import Call
from .problem import refused
from .store import Row, part

_LIMITS = ("limits", "topN", "nPer", "rfv")


def table_of(query: Row | None) -> str:
    """Return the table that a query selects from, empty if it selects nothing."""
    return str(part(query, "selection").get("tableName", ""))


def require_table(call: Call, name: str) -> str:
    """Return the name of a table; 400 if it does not exist."""
    if not any(table["name"] == name for table in call.world.data.tables()):
        raise refused(f"There is no table '{name}'.", tableName=name)
    return name


def everything(table: str) -> Row:
    """Return the query for all records of a table."""
    return {"selection": {"tableName": table}}


def combine(
    call: Call,
    table: str,
    wanted: list[Row | None],
    unwanted: list[Row | None] | None = None,
    modifiers: Row | None = None,
) -> Row:
    """Return the query for records of `table` in every wanted and no unwanted query, limited by `modifiers`.

    A query on another table selects the records that are linked to its records. Queries that are None are
    ignored.
    """
    operands = [_clause(call, query, table) for query in wanted if query and "selection" in query]
    for query in unwanted or []:
        if query and "selection" in query:
            inside = _clause(call, query, table)
            operands.append({"logic": {"operation": "NOT", "operands": [inside], "tableName": table}})
    selection: Row = {"tableName": table, "ancestorCounts": True}
    if operands:
        joined = {"logic": {"operation": "AND", "operands": operands, "tableName": table}}
        selection["rule"] = {"clause": operands[0] if len(operands) == 1 else joined}
    limits = {name: modifiers[name] for name in _LIMITS if modifiers and name in modifiers}
    return {"selection": {**selection, **limits}}


def _clause(call: Call, query: Row, table: str) -> Row:
    """Return a query as a clause on `table`, over the tables between."""
    clause: Row = {"subSelection": {"selection": query["selection"]}}
    parents = {row["name"]: row["parentTable"] for row in call.world.data.tables()}
    at = require_table(call, table_of(query))
    goal = [require_table(call, table)]
    while parents[goal[-1]]:
        goal.append(parents[goal[-1]])
    while at not in goal:
        at = parents[at]
        clause = {"logic": {"operation": "ANY", "operands": [clause], "tableName": at}}
    for step in reversed(goal[: goal.index(at)]):
        clause = {"logic": {"operation": "THE", "operands": [clause], "tableName": step}}
    return clause
