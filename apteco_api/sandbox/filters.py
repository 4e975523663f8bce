"""Make a query from the filters of a dashboard: conditions on tables, in a structure of `AND` and `OR`."""

from __future__ import annotations

from .call import Call
from .problem import refused
from .selections import combine
from .store import Row, part

_DEEPEST = 50


def query_of(call: Call, definition: Row | None, table: str) -> Row | None:
    """Return the query on `table` for a filter definition; None for one without filters.

    Without a structure, all filters must hold. All clauses of one filter must hold, too.
    """
    filters: list[Row] = (definition or {}).get("filters") or []
    queries = [(each.get("id") or "", _filter(call, each, table)) for each in filters]
    known = {name: query for name, query in queries if query is not None}
    structure = part(definition, "structure")
    if structure:
        return _group(call, structure, known, table, 0)
    found = [query for _, query in queries if query is not None]
    return combine(call, table, list(found)) if found else None


def _filter(call: Call, each: Row, table: str) -> Row | None:
    queries: list[Row | None] = []
    for on_table in each.get("tableFilters") or ():
        name: str = on_table.get("tableName") or table
        clauses: list[Row] = on_table.get("clauses") or []
        if clauses:
            logic: Row = {"logic": {"operation": "AND", "operands": clauses, "tableName": name}}
            rule = {"clause": clauses[0] if len(clauses) == 1 else logic}
            queries.append({"selection": {"tableName": name, "rule": rule}})
    return combine(call, table, queries) if queries else None


def _group(call: Call, group: Row, known: dict[str, Row], table: str, depth: int) -> Row | None:
    """Return a group of the structure as a query; operands without conditions are left out."""
    if depth > _DEEPEST:
        raise refused(f"The structure of the filters is nested deeper than {_DEEPEST} levels.")
    queries: list[Row] = []
    for operand in group.get("operands") or ():
        inner, name = operand.get("filterGroup"), operand.get("filterId")
        if not inner and name not in known:
            raise refused(f"The structure names the filter '{name}', which has no conditions.", filterId=name)
        found = _group(call, inner, known, table, depth + 1) if inner else known[name]
        if found is not None:
            queries.append(found)
    if not queries:
        return None
    if group.get("operation") != "OR":
        return combine(call, table, list(queries))
    operands = [{"subSelection": {"selection": query["selection"]}} for query in queries]
    logic = {"logic": {"operation": "OR", "operands": operands, "tableName": table}}
    clause = operands[0] if len(operands) == 1 else logic
    return {"selection": {"tableName": table, "ancestorCounts": True, "rule": {"clause": clause}}}
