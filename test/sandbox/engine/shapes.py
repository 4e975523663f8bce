"""Short ways to write requests."""

from __future__ import annotations

from typing import Any

from .frames import VARIABLES

Json = dict[str, Any]


def codes(variable: str, *items: str, **more: Any) -> Json:
    """Return a clause with one list rule."""
    rule = {"listRule": {"list": "\t".join(items), "variableName": variable}}
    return criteria(variable, rule, **more)


def criteria(variable: str, *rules: Json, **more: Any) -> Json:
    base = {"variableName": variable, "include": True, "tableName": VARIABLES[variable].table}
    return {"criteria": {**base, "valueRules": list(rules), **more}}


def dates(variable: str, **rule: Any) -> Json:
    return criteria(variable, {"predefinedRule": "CustomRule", "dateRule": rule})


def logic(operation: str, table: str, *operands: Json) -> Json:
    return {"logic": {"operation": operation, "tableName": table, "operands": list(operands)}}


def both(table: str, *operands: Json) -> Json:
    return logic("AND", table, *operands)


def negated(table: str, operand: Json) -> Json:
    return logic("NOT", table, operand)


def query(table: str, clause: Json | None = None, **more: Any) -> Json:
    selection: Json = {"tableName": table, **more}
    if clause is not None:
        selection["rule"] = {"clause": clause}
    return {"selection": selection}


def sub(table: str, clause: Json | None = None, **more: Any) -> Json:
    return {"subSelection": query(table, clause, **more)}


def export(table: str, names: list[str], base: Json | None = None, most: int = 10**6, **more: Any) -> Json:
    return {
        "baseQuery": base or query(table),
        "resolveTableName": table,
        "maximumNumberOfRowsToBrowse": most,
        "returnBrowseRows": True,
        "columns": [
            {"id": str(place), "variableName": name, "columnHeader": VARIABLES[name].description}
            for place, name in enumerate(names)
        ],
        **more,
    }


def dimension(name: str, banding: str = "", **more: Any) -> Json:
    if not banding:
        return {"id": name, "type": "Selector", "variableName": name, **more}
    return {"id": name, "type": "DateBand", "variableName": name, "banding": {"type": banding}, **more}


def count_measure(table: str, **more: Any) -> Json:
    return {"id": table, "resolveTableName": table, "function": "Count", **more}


def measure(function: str, name: str, table: str = "Bookings", **more: Any) -> Json:
    base = {"id": f"{function}({name})", "resolveTableName": table, "function": function}
    return {**base, "variableName": name, **more}


def cube(
    table: str, dimensions: list[Json], measures: list[Json], base: Json | None = None, **more: Any
) -> Json:
    return {
        "baseQuery": base or query(table),
        "resolveTableName": table,
        "storage": "Full",
        "dimensions": dimensions,
        "measures": measures,
        **more,
    }
