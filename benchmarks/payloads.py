"""Make the answers and requests that are decoded and encoded, from the spec and a seed."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

WORDS = (
    "Bookings",
    "People",
    "Destination",
    "Germany",
    "France",
    "Cost",
    "Income",
    "Region",
    "Sweden",
    "Policies",
)


class Maker:
    """Maker of values for the schemas of an OpenAPI document."""

    def __init__(self, document: dict[str, Any], seed: int) -> None:
        self.schemas: dict[str, Any] = document["components"]["schemas"]
        self.random = random.Random(seed)  # noqa: S311 - made-up data, not secrets

    def of(self, schema: dict[str, Any], *, optional: float = 0.5, depth: int = 6) -> Any:
        """Return a value that the schema accepts.

        Args:
            schema: the schema, or a reference to one.
            optional: share of the optional properties that get a value, 0 to 1.
            depth: levels of objects that may have optional properties.
        """
        if "$ref" in schema:
            return self.of(self.schemas[schema["$ref"].rsplit("/", 1)[1]], optional=optional, depth=depth)
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        kind = schema.get("type", "object")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "array":
            size = self.random.randint(1, 3) if depth > 0 else 0
            return [self.of(schema["items"], optional=optional, depth=depth - 1) for _ in range(size)]
        if kind == "object":
            required = schema.get("required", [])
            return {
                name: self.of(each, optional=optional, depth=depth - 1)
                for name, each in schema.get("properties", {}).items()
                if name in required or (depth > 0 and self.random.random() < optional)
            }
        return self._plain(kind, schema.get("format", ""))

    def _plain(self, kind: str, form: str) -> Any:
        if kind == "integer":
            return self.random.randint(0, 1_000_000)
        if kind == "number":
            return round(self.random.uniform(0, 1000), 2)
        if kind == "boolean":
            return self.random.random() < 0.5
        if form == "date-time":
            pick = self.random.randint
            return f"20{pick(10, 26)}-0{pick(1, 9)}-1{pick(0, 9)}T09:30:00"
        return " ".join(self.random.choice(WORDS) for _ in range(self.random.randint(1, 3)))


def page(rows: list[Any]) -> dict[str, Any]:
    """Return a page with these rows."""
    return {"offset": 0, "count": len(rows), "totalCount": len(rows), "list": rows}


def export_rows(rng: random.Random, rows: int, columns: int = 10) -> list[dict[str, str]]:
    """Return rows as an export answers them: codes and descriptions, tab-joined, about 230 bytes each."""
    return [
        {
            "codes": "\t".join(str(rng.randint(10_000, 999_999)) for _ in range(columns)),
            "descriptions": "\t".join(
                rng.choice(WORDS) + str(rng.randint(100, 9999)) for _ in range(columns)
            ),
        }
        for _ in range(rows)
    ]


def query_tree(maker: Maker, nodes: int) -> dict[str, Any]:
    """Return a query whose rule is a tree of this many clauses, about half of them criteria."""
    criteria = maker.schemas["Criteria"]

    def clause(budget: int) -> dict[str, Any]:
        if budget <= 1:
            made = maker.of(criteria, optional=0.3, depth=2)
            return {"criteria": {**made, "variableName": "boDest", "tableName": "Bookings"}}
        left = max(1, (budget - 1) // 2)
        operands = [clause(left), clause(budget - 1 - left)] if budget > 2 else [clause(1)]
        operation = maker.random.choice(("AND", "OR")) if len(operands) > 1 else "NOT"
        return {"logic": {"operation": operation, "operands": operands, "tableName": "Bookings"}}

    return {"selection": {"ancestorCounts": True, "tableName": "Bookings", "rule": {"clause": clause(nodes)}}}


def write(document: dict[str, Any], folder: Path, seed: int = 20_260_101) -> dict[str, int]:
    """Write the payloads; return their sizes in bytes."""
    maker = Maker(document, seed)
    rng = maker.random
    variable = {"$ref": "#/components/schemas/Variable"}
    export = maker.of({"$ref": "#/components/schemas/ExportResult"}, optional=0.0)
    made: dict[str, Any] = {
        "variables": page([maker.of(variable, optional=0.35) for _ in range(1000)]),
        "export": {**export, "rows": export_rows(rng, 10_000)},
        "export100k": {**export, "rows": export_rows(rng, 100_000)},
        "query": query_tree(maker, 200),
    }
    sizes: dict[str, int] = {}
    for name, value in made.items():
        data = json.dumps(value, separators=(",", ":")).encode()
        (folder / f"{name}.json").write_bytes(data)
        sizes[name] = len(data)
    return sizes
