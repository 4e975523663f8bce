"""The floor for decoding: plain msgspec Structs for the spec's schemas, without our checks."""

from __future__ import annotations

from typing import Any

HEAD = """import msgspec
from typing import Any, Dict, List, Optional
from datetime import datetime
"""


def module(document: dict[str, Any]) -> str:
    """Return the module's text: a keyword-only Struct a schema, untracked, with unchecked enums."""
    schemas: dict[str, Any] = document["components"]["schemas"]
    lines = [HEAD]
    for name, schema in schemas.items():
        lines.append(f"class {name}(msgspec.Struct, gc=False, kw_only=True):")
        required = schema.get("required", [])
        for wire, each in schema.get("properties", {}).items():
            hint = _hint(each)
            lines.append(
                f"    {wire}: '{hint}'" if wire in required else f"    {wire}: 'Optional[{hint}]' = None"
            )
        lines.append("    pass")
    return "\n".join(lines) + "\n"


def _hint(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        return f"Optional[{_hint({**schema, 'type': next(each for each in kind if each != 'null')})}]"
    if kind == "array":
        return f"List[{_hint(schema['items'])}]"
    if kind == "object":
        extra = schema.get("additionalProperties")
        return f"Dict[str, {_hint(extra)}]" if extra else "Dict[str, Any]"
    if kind == "string" and schema.get("format") == "date-time":
        return "datetime"
    return {"integer": "int", "number": "float", "boolean": "bool", "string": "str"}[kind]
