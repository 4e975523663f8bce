"""The query files and the collection file of a new sandbox, as queries and parts."""

from __future__ import annotations

from typing import Any

from .tables import BY_NAME
from .variables import BY_NAME as VARIABLES

Query = dict[str, Any]


def _codes(variable: str, *codes: str) -> Query:
    """Return the clause that the variable has one of the codes."""
    return {
        "criteria": {
            "variableName": variable,
            "include": True,
            "logic": "OR",
            "ignoreCase": False,
            "textMatchType": "Is",
            "valueRules": [{"listRule": {"list": "\t".join(codes), "variableName": variable}}],
            "tableName": VARIABLES[variable].table,
        }
    }


def _logic(operation: str, table: str, *operands: Query) -> Query:
    return {"logic": {"operation": operation, "operands": list(operands), "tableName": BY_NAME[table].name}}


def _query(table: str, clause: Query, **more: Any) -> Query:
    return {"selection": {"ancestorCounts": True, "rule": {"clause": clause}, "tableName": table, **more}}


_FRANCE_OR_GERMANY = _codes("boDest", "06", "07")

STARTER_QUERIES: dict[str, Query] = {
    "Private/Bookings to France or Germany.xml": _query("Bookings", _FRANCE_OR_GERMANY),
    "Private/People who went to Sweden.xml": _query(
        "People", _logic("ANY", "People", _codes("boDest", "29"))
    ),
    "Private/Bookings of 2000 pounds or more.xml": _query("Bookings", _codes("boCost", ">=2000")),
    "Private/Students or young women.xml": _query(
        "People",
        _logic(
            "OR", "People", _codes("peOccu", "4"),
            _logic("AND", "People", _codes("peGender", "F"), _codes("peAgeBnd", "1")),
        ),
    ),
    "Private/Ten dearest bookings of each destination.xml": _query(
        "Bookings",
        _logic("NOT", "Bookings", _codes("boDest", "!")),
        topN={
            "groupingVariableName": "boDest",
            "groupingSequenceVariableName": "boCost",
            "groupingAscending": False,
            "groupMax": 10,
        },
    ),
    "Public/Households in Scotland.xml": _query("Households", _codes("hoRegion", "10")),
    "Public/Web visits from a mobile.xml": _query("WebVisits", _codes("wvDevice", "3")),
}  # fmt: skip
"""Path and query of each file; the first steps of the documentation count the first query."""

STARTER_COLLECTIONS: dict[str, list[Query]] = {
    "Private/Bookings by destination.collection": [
        {
            "title": "Bookings by destination",
            "notes": "",
            "visualisationType": "Cube",
            "cube": {
                "baseQuery": {"selection": {"tableName": "Bookings"}},
                "resolveTableName": "Bookings",
                "storage": "Full",
                "dimensions": [{"id": "boDest", "type": "Selector", "variableName": "boDest"}],
                "measures": [{"id": "Bookings", "resolveTableName": "Bookings", "function": "Count"}],
            },
        }
    ]
}
"""Path and parts of each collection file."""
