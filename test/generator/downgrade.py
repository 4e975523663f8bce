"""Our spec as the vendor's server publishes it: Swagger 2.0, definitions named `PagedResults[Table]`, and
with the faults that the overlay corrects. Written against the specifications, independently of the
generator's upgrade."""

from __future__ import annotations

import copy
from typing import Any
from urllib.parse import unquote

Json = dict[str, Any]
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


def swagger2(document: Json) -> Json:
    """Return ``document`` (OpenAPI 3.1, without corrections) as Swagger 2.0."""
    document = copy.deepcopy(document)
    schemas: Json = document["components"]["schemas"]
    names = {key: schema.pop("x-server-name", key) for key, schema in schemas.items()}
    return {
        "swagger": "2.0",
        "info": {"title": "OrbitAPI", "version": "v2"},
        "host": "example.com",
        "basePath": "/OrbitAPI/",
        "schemes": ["http"],
        "security": document["security"],
        "tags": [{"name": tag["name"]} for tag in document["tags"]],
        "paths": {
            path: {
                verb: _operation(operation, document["components"], names) for verb, operation in item.items()
            }
            for path, item in document["paths"].items()
        },
        "definitions": {names[key]: _schema(schema, names) for key, schema in schemas.items()},
        "securityDefinitions": {
            "faststats_auth": {"type": "apiKey", "name": "Authorization", "in": "header"}
        },
    }


def _operation(old: Json, shared: Json, names: dict[str, str]) -> Json:
    new: Json = {"operationId": old["operationId"], "tags": old["tags"]}
    if "security" in old:
        new["security"] = old["security"]
    parameters: list[Json] = []
    for parameter in old.get("parameters", ()):
        if "$ref" in parameter:
            parameter = shared["parameters"][parameter["$ref"].rsplit("/", 1)[1]]
        flat = {key: parameter[key] for key in ("name", "in", "required") if key in parameter}
        parameters.append({**flat, **_schema(parameter["schema"], names)})
    body = old.get("requestBody")
    if body:
        (media, *_) = body["content"]
        schema = body["content"][media]["schema"]
        new["consumes"] = list(body["content"])
        if media in FORMS:
            for name, field in schema["properties"].items():
                kind = {"type": "file"} if field.get("format") == "binary" else _schema(field, names)
                required = name in schema.get("required", ())
                parameters.append({"name": name, "in": "formData", "required": required, **kind})
        else:
            entry = {"name": _body_name(body, schema), "in": "body", "schema": _schema(schema, names)}
            parameters.append({**entry, "required": body.get("required", False)})
    new["parameters"] = parameters
    produces: list[str] = list(old.get("x-produces", ()))
    new["responses"] = {}
    for status, answer in old["responses"].items():
        if "$ref" in answer:
            answer = shared["responses"][answer["$ref"].rsplit("/", 1)[1]]
        new["responses"][status] = {"description": "OK"}
        for media, content in answer.get("content", {}).items():
            produces.append(media)
            new["responses"][status]["schema"] = _schema(content["schema"], names)
    if produces:
        new["produces"] = list(dict.fromkeys(produces))
    return new


def _body_name(body: Json, schema: Json) -> str:
    return body.get("x-name") or schema.get("$ref", "body").rsplit("/", 1)[1]


def _schema(old: Any, names: dict[str, str]) -> Any:
    if isinstance(old, list):
        return [_schema(item, names) for item in old]
    if not isinstance(old, dict):
        return old
    if "$ref" in old:
        return {"$ref": "#/definitions/" + names[unquote(old["$ref"].rsplit("/", 1)[1])]}
    new: Json = {}
    for key, value in old.items():
        if key == "properties":
            new[key] = {name: _schema(item, names) for name, item in value.items()}
        elif key == "enum":
            new[key] = value
        elif not key.startswith("x-") and key != "description":
            new[key] = _schema(value, names)
    if new.get("format") == "binary":
        return {"type": "file"}
    return new
