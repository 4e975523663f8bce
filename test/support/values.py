"""Make values from schemas, for arguments and for answers; each run makes the same values."""

from __future__ import annotations

from typing import Any

TEXTS = ["plain", "with space & more=1", "Zürich", "100% / half", "日本"]


class Values:
    """A source of JSON values of schemas, with all properties if ``full``, otherwise the required ones."""

    def __init__(self, document: Any, *, full: bool) -> None:
        self.document = document
        self.full = full
        self.count = 0

    def of(self, schema: Any, depth: int = 0) -> Any:
        """Return a value of a schema. Optional members end when an object is inside itself twice."""
        schema = self.document.resolve(schema)
        self.count += 1
        if "enum" in schema:
            return schema["enum"][self.count % len(schema["enum"])]
        if "anyOf" in schema:
            return self.of(schema["anyOf"][0], depth)
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next(name for name in kind if name != "null")
        if kind == "object" or "properties" in schema:
            return self.object(schema, depth)
        if kind == "array":
            # two items, but one at greater depth, so that values of recursive schemas stay small
            return [self.of(schema["items"], depth + 1) for _ in range(2 if depth < 2 else 1)]
        if kind == "integer":
            return schema.get("minimum", 0) + self.count + (2**40 if schema.get("format") == "int64" else 0)
        if kind == "number":
            return self.count + 0.5
        if kind == "boolean":
            return self.count % 2 == 0
        return self.text(schema)

    def text(self, schema: Any) -> str:
        plain = {
            "date-time": f"2024-02-29T12:30:{self.count % 60:02}.000001+02:00",
            "date": "2024-02-29",
            "uuid": f"00000000-0000-4000-8000-{self.count:012}",
            "binary": f"bytes {self.count}",
        }
        return plain.get(schema.get("format"), f"{TEXTS[self.count % len(TEXTS)]} {self.count}")

    def object(self, schema: Any, depth: int) -> Any:
        properties = schema.get("properties")
        if properties is None:
            inner = schema.get("additionalProperties")
            if isinstance(inner, dict):
                return {f"key {n}": self.of(inner, depth + 1) for n in range(2)}
            return {"free": {"form": [1, "two", None]}}
        required = set(schema.get("required", ()))
        wanted = [name for name in properties if name in required or (self.full and depth < 4)]
        return {name: self.of(properties[name], depth + 1) for name in wanted}
