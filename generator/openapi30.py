"""Upgrade OpenAPI 3.0 to 3.1, which writes null and exclusive limits differently."""

from __future__ import annotations

from typing import Any

from .jsonvalues import Json, is_list, is_object


def upgrade(document: Json) -> Json:
    """Return ``document`` (3.0) as 3.1: ``nullable`` as a list of types, exclusive limits as numbers."""
    return {**_converted(document, in_names=False), "openapi": "3.1.0"}


# below these keys, an object's keys are names: "nullable" is not a keyword there
_NAME_MAPS = frozenset(
    {
        *("properties", "schemas", "definitions", "parameters", "responses", "paths", "mapping"),
        *("requestBodies", "x-files"),
    }
)
_OPAQUE = frozenset({"example", "examples", "default", "enum", "const"})


def _converted(value: Any, *, in_names: bool) -> Any:
    if is_list(value):
        return [_converted(item, in_names=False) for item in value]
    if not is_object(value):
        return value
    result = {
        key: item
        if key in _OPAQUE and not in_names
        else _converted(item, in_names=not in_names and key in _NAME_MAPS)
        for key, item in value.items()
    }
    return result if in_names else _schema(result)


def _schema(schema: Json) -> Json:
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(exclusive), bool) and schema.pop(exclusive) and limit in schema:
            schema[exclusive] = schema.pop(limit)
    nullable = schema.get("nullable")
    if not isinstance(nullable, bool):
        return schema
    del schema["nullable"]
    if not nullable:
        return schema
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        if is_list(schema.get("enum")) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        return schema
    if any(key in schema for key in ("$ref", "allOf", "oneOf", "anyOf")):
        texts: Json = {key: schema.pop(key) for key in ("description", "title") if key in schema}
        return {"anyOf": [schema, {"type": "null"}], **texts}
    return schema
