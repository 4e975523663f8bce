"""Swagger 2.0 to OpenAPI 3.0 form (``openapi30`` takes it on to 3.1)."""

from __future__ import annotations

import re
from typing import Any, cast
from urllib.parse import quote, unquote

from .diagnostics import Diagnostic, SpecError
from .jsonvalues import Json, is_list, is_object

_VERBS = ("get", "put", "post", "delete", "options", "head", "patch")
_SCHEMA_KEYS = (
    *("type", "format", "items", "enum", "default", "minimum", "maximum", "exclusiveMinimum", "pattern"),
    *("exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "multipleOf"),
)
_STYLES: dict[str, Json] = {
    "csv": {"style": "form", "explode": False},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "pipes": {"style": "pipeDelimited", "explode": False},
    "multi": {"style": "form", "explode": True},
}
_FORM = "application/x-www-form-urlencoded"


def upgrade(document: Json, source: str = "") -> Json:
    """``document`` (2.0) in OpenAPI 3.0 form; what 3.0 can't say (``tsv`` lists) is refused."""
    return _Upgrade(document, source).run()


class _Upgrade:
    def __init__(self, document: Json, source: str) -> None:
        self.old = document
        self.source = source
        self.parameters = cast(Json, document.get("parameters") or {})
        self.responses = cast(Json, document.get("responses") or {})

    def run(self) -> Json:
        old = self.old
        kept: Json = {key: old[key] for key in ("info", "tags", "externalDocs", "security") if key in old}
        extensions = {key: value for key, value in old.items() if key.startswith("x-")}
        if is_object(extensions.get("x-files")):
            files = cast(Json, extensions["x-files"])
            extensions["x-files"] = {name: self.schema(value) for name, value in files.items()}
        return {
            "openapi": "3.0.3",
            **kept,
            **extensions,
            "servers": self.servers(),
            "paths": {
                path: self.path_item(item) for path, item in cast(Json, old.get("paths") or {}).items()
            },
            "components": {
                "schemas": self.schemas(),
                "securitySchemes": {
                    name: self.security_scheme(scheme)
                    for name, scheme in cast(Json, old.get("securityDefinitions") or {}).items()
                },
            },
        }

    def schemas(self) -> Json:
        result: Json = {}
        for name, schema in cast(Json, self.old.get("definitions") or {}).items():
            key = component_name(name)
            if key in result:
                raise self.fail(
                    "name-collision", f"two definitions are called {key!r} in OpenAPI 3, one is {name!r}"
                )
            result[key] = self.schema(schema)
            if key != name:
                result[key]["x-server-name"] = name
        return result

    def servers(self) -> list[Json]:
        host = str(self.old.get("host") or "")
        path = str(self.old.get("basePath") or "").rstrip("/")
        if not host:
            return [{"url": path or "/"}]
        schemes = cast("list[str]", self.old.get("schemes") or ["https"])
        return [{"url": f"{scheme}://{host}{path}"} for scheme in schemes]

    def path_item(self, item: Json) -> Json:
        shared = [self.deref(parameter) for parameter in cast("list[Json]", item.get("parameters") or [])]
        result: Json = {key: value for key, value in item.items() if key not in (*_VERBS, "parameters")}
        for verb in _VERBS:
            if verb in item:
                result[verb] = self.operation(cast(Json, item[verb]), shared)
        return result

    def deref(self, value: Json) -> Json:
        reference = str(value.get("$ref") or "")
        for prefix, table in (("#/parameters/", self.parameters), ("#/responses/", self.responses)):
            if reference.startswith(prefix):
                name = unquote(reference.removeprefix(prefix))
                if name not in table:
                    raise self.fail("dangling-reference", f"the reference {reference!r} points to nothing")
                return cast(Json, table[name])
        return value

    def operation(self, old: Json, shared: list[Json]) -> Json:
        own = [self.deref(parameter) for parameter in cast("list[Json]", old.get("parameters") or [])]
        named = {(p.get("name"), p.get("in")) for p in own}
        every = [p for p in shared if (p.get("name"), p.get("in")) not in named] + own
        consumes = cast("list[str]", old.get("consumes") or self.old.get("consumes") or [])
        produces = cast("list[str]", old.get("produces") or self.old.get("produces") or [])
        dropped = ("parameters", "consumes", "produces", "responses", "schemes")
        new: Json = {key: value for key, value in old.items() if key not in dropped}
        plain = [self.parameter(p) for p in every if p.get("in") not in ("body", "formData")]
        if plain:
            new["parameters"] = plain
        bodies = [p for p in every if p.get("in") == "body"]
        fields = [p for p in every if p.get("in") == "formData"]
        if bodies:
            new["requestBody"] = self.body(bodies[0], consumes)
        elif fields:
            new["requestBody"] = self.form(fields, consumes)
        responses = cast(Json, old.get("responses") or {})
        new["responses"] = {
            str(status): self.response(self.deref(answer), produces) for status, answer in responses.items()
        }
        return new

    def parameter(self, old: Json) -> Json:
        new: Json = {
            key: value for key, value in old.items() if key in ("name", "in", "description", "required")
        }
        new.update({key: value for key, value in old.items() if key.startswith("x-")})
        schema = self.schema({key: value for key, value in old.items() if key in _SCHEMA_KEYS})
        if old.get("type") == "array":
            new.update(self.style(old))
        new["schema"] = schema
        return new

    def style(self, old: Json) -> Json:
        name = str(old.get("collectionFormat") or "csv")
        if name not in _STYLES:
            raise self.fail("unsupported", f"collectionFormat {name!r} of the parameter {old.get('name')!r}")
        if old.get("in") in ("path", "header") and name == "csv":
            return {"style": "simple", "explode": False}
        return _STYLES[name]

    def body(self, old: Json, consumes: list[str]) -> Json:
        schema = self.schema(cast(Json, old.get("schema") or {}))
        new: Json = {key: old[key] for key in ("description", "required") if key in old}
        new["x-name"] = old.get("name", "body")
        new["content"] = {media: {"schema": schema} for media in consumes or ["application/json"]}
        return new

    def form(self, fields: list[Json], consumes: list[str]) -> Json:
        has_file = any(field.get("type") == "file" for field in fields)
        media = [m for m in consumes if m in (_FORM, "multipart/form-data")]
        media = media or ["multipart/form-data" if has_file else _FORM]
        schema: Json = {"type": "object", "properties": {}}
        encoding: Json = {}
        for field in fields:
            entry = self.schema({key: value for key, value in field.items() if key in _SCHEMA_KEYS})
            if "description" in field:
                entry["description"] = field["description"]
            schema["properties"][field["name"]] = entry
            if field.get("type") == "array" and field.get("collectionFormat") != "multi":
                encoding[field["name"]] = self.style(field)
        required = [field["name"] for field in fields if field.get("required")]
        new: Json = {"content": {name: {"schema": schema} for name in media}}
        if encoding:
            new["content"] = {name: {"schema": schema, "encoding": encoding} for name in media}
        if required:
            schema["required"] = required
            new["required"] = True
        return new

    def response(self, old: Json, produces: list[str]) -> Json:
        new: Json = {key: value for key, value in old.items() if key == "description" or key.startswith("x-")}
        new.setdefault("description", "")
        if "schema" in old:
            schema = self.schema(cast(Json, old["schema"]))
            new["content"] = {media: {"schema": schema} for media in produces or ["application/json"]}
        return new

    def schema(self, old: Any) -> Any:
        if is_list(old):
            return [self.schema(item) for item in old]
        if not is_object(old):
            return old
        new: Json = {}
        for key, value in old.items():
            if key == "$ref" and isinstance(value, str):
                new[key] = _component(value)
            elif key == "properties" and is_object(value):
                new[key] = {name: self.schema(item) for name, item in value.items()}
            elif key == "discriminator" and isinstance(value, str):
                new[key] = {"propertyName": value}
            elif key == "x-nullable":
                new["nullable"] = value
            elif key in ("default", "enum", "example"):
                new[key] = value
            else:
                new[key] = self.schema(value)
        if new.get("type") == "file":
            new.update(type="string", format="binary")
        return new

    def security_scheme(self, old: Json) -> Json:
        if old.get("type") == "basic":
            return {**old, "type": "http", "scheme": "basic"}
        if old.get("type") == "oauth2":
            flows = {"accessCode": "authorizationCode", "application": "clientCredentials"}
            flow = str(old.get("flow") or "implicit")
            detail = {key: old[key] for key in ("authorizationUrl", "tokenUrl", "scopes") if key in old}
            return {"type": "oauth2", "flows": {flows.get(flow, flow): detail}}
        return old

    def fail(self, code: str, message: str) -> SpecError:
        return SpecError([Diagnostic(f"{self.source}#", code, message)])


def _component(reference: str) -> str:
    """``#/definitions/PagedResults[Table]`` as ``#/components/schemas/PagedResultsTable``."""
    prefix = "#/definitions/"
    if not reference.startswith(prefix):
        return reference
    return "#/components/schemas/" + component_name(unquote(reference.removeprefix(prefix)))


def component_name(name: str) -> str:
    """A definition's name with only the characters that OpenAPI 3 allows in a component's name."""
    return re.sub(r"[^A-Za-z0-9._-]", "", name) or quote(name, safe="").replace("%", "_")
