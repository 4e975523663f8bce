"""Upgrade Swagger 2.0 to OpenAPI 3.0; ``openapi30`` upgrades the result to 3.1."""

from __future__ import annotations

import re
from typing import Any, cast
from urllib.parse import quote, unquote

from .document import MAX_REFERENCE_CHAIN, Document
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
    """Return ``document`` (2.0) as OpenAPI 3.0. Operations that 3.0 can't describe are skipped later."""
    return _Upgrade(document, source).run()


class _Upgrade:
    def __init__(self, document: Json, source: str) -> None:
        self.old = document
        self.source = source
        self.names = component_names(_members(document.get("definitions")))

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
            "servers": self.servers(old),
            "paths": {path: self.path_item(item) for path, item in _members(old.get("paths")).items()},
            "components": {
                "schemas": self.schemas(),
                "securitySchemes": {
                    name: self.security_scheme(scheme)
                    for name, scheme in _members(old.get("securityDefinitions")).items()
                },
            },
        }

    def schemas(self) -> Json:
        result: Json = {}
        for name, schema in _members(self.old.get("definitions")).items():
            key = self.names[name]
            result[key] = self.schema(schema)
            if key != name and is_object(result[key]):
                result[key]["x-server-name"] = name
        return result

    def servers(self, holder: Json) -> list[Json]:
        """Return the addresses of a document or operation: one a scheme, those of web sockets last."""
        host = str(self.old.get("host") or "")
        path = str(self.old.get("basePath") or "").rstrip("/")
        if not host:
            return [{"url": path or "/"}]
        listed = holder.get("schemes")
        schemes = [str(each) for each in listed] if is_list(listed) and listed else ["https"]
        schemes.sort(key=lambda scheme: not scheme.startswith("http"))
        return [{"url": f"{scheme}://{host}{path}"} for scheme in schemes]

    def path_item(self, value: Any) -> Any:
        item = self.deref(value)
        if not is_object(item) or "$ref" in item:
            return item
        shared = self.parameters(item)
        result: Json = {key: value for key, value in item.items() if key not in (*_VERBS, "parameters")}
        for verb in _VERBS:
            if verb in item:
                result[verb] = self.operation(item[verb], shared)
        return result

    def parameters(self, holder: Json) -> list[Json]:
        listed = holder.get("parameters")
        return [found for each in (listed if is_list(listed) else []) if is_object(found := self.deref(each))]

    def deref(self, value: Any) -> Any:
        """Return the target of a reference to a parameter, an answer or a path; a dangling one unchanged."""
        document, found = Document(self.old, self.source), value
        for _ in range(MAX_REFERENCE_CHAIN):
            if not is_object(found) or not isinstance(found.get("$ref"), str):
                return found
            target = document.find(found["$ref"])
            if target is None:
                return value
            found = target.value
        return value

    def operation(self, old: Any, shared: list[Json]) -> Any:
        if not is_object(old):
            return old
        own = self.parameters(old)
        named = {(p.get("name"), p.get("in")) for p in own}
        every = [p for p in shared if (p.get("name"), p.get("in")) not in named] + own
        consumes = cast("list[str]", old.get("consumes") or self.old.get("consumes") or [])
        produces = cast("list[str]", old.get("produces") or self.old.get("produces") or [])
        dropped = ("parameters", "consumes", "produces", "responses", "schemes")
        new: Json = {key: value for key, value in old.items() if key not in dropped}
        if old.get("schemes") and self.servers(self.old)[0] not in (own_servers := self.servers(old)):
            new["servers"] = own_servers
        plain = [
            self.parameter(p) for p in every
            if p.get("in") not in ("body", "formData") or (p.get("in") == "formData" and "name" not in p)
        ]  # fmt: skip
        if plain:
            new["parameters"] = plain
        bodies = [p for p in every if p.get("in") == "body"]
        fields = [p for p in every if p.get("in") == "formData" and "name" in p]
        if bodies:
            new["requestBody"] = self.body(bodies[0], consumes)
        elif fields:
            new["requestBody"] = self.form(fields, consumes)
        new["responses"] = {
            str(status): self.response(self.deref(answer), produces)
            for status, answer in _members(old.get("responses")).items()
        }
        return new

    def parameter(self, old: Json) -> Json:
        if "$ref" in old:  # dangling: the operation is skipped later
            return old
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
            return {"style": name, "explode": False}
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

    def response(self, old: Any, produces: list[str]) -> Any:
        if not is_object(old) or "$ref" in old:
            return old
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
                new[key] = self.component(value)
            elif key in ("properties", "definitions") and is_object(value):  # keys are names, not keywords
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

    def security_scheme(self, old: Any) -> Any:
        if not is_object(old):
            return old
        if old.get("type") == "basic":
            return {**old, "type": "http", "scheme": "basic"}
        if old.get("type") == "oauth2":
            flows = {"accessCode": "authorizationCode", "application": "clientCredentials"}
            flow = str(old.get("flow") or "implicit")
            detail = {key: old[key] for key in ("authorizationUrl", "tokenUrl", "scopes") if key in old}
            return {"type": "oauth2", "flows": {flows.get(flow, flow): detail}}
        return old

    def component(self, reference: str) -> str:
        """Return ``#/definitions/PagedResults[Table]`` as ``#/components/schemas/PagedResultsTable``."""
        prefix = "#/definitions/"
        if not reference.startswith(prefix):
            return reference
        name, slash, rest = unquote(reference.removeprefix(prefix)).partition("/")
        name = name.replace("~1", "/").replace("~0", "~")
        return f"#/components/schemas/{self.names.get(name) or component_name(name)}{slash}{rest}"


def _members(value: Any) -> Json:
    return value if is_object(value) else {}


def component_names(definitions: Json) -> dict[str, str]:
    """Return a name for each definition; where two would have one name, the later one gets a number."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in definitions:
        wanted = key = component_name(name)
        number = 1
        while key in taken or (key != name and key in definitions):
            number += 1
            key = f"{wanted}{number}"
        taken.add(key)
        found[name] = key
    return found


def component_name(name: str) -> str:
    """Return a definition's name with only the characters that OpenAPI 3 allows in a component's name."""
    return re.sub(r"[^A-Za-z0-9._-]", "", name) or quote(name, safe="").replace("%", "_")
