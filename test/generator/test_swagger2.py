"""Swagger 2.0 and OpenAPI 3.0: what a real server publishes gives the same client as our spec."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import clients, openapi30, swagger2
from generator.__main__ import effective
from generator.build import build
from generator.ir import Package

HERE = Path(__file__).parent


def downgraded(document: Any) -> Any:
    found = importlib.util.spec_from_file_location("downgrade", HERE / "downgrade.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module.swagger2(document)


def surface(package: Package) -> Any:
    """The intermediate model without texts, places and our own marks."""
    dropped = {"doc", "summary", "returns_doc", "pointer", "title", "version"}
    marks = {"paging", "idempotent", "job", "stability", "role", "licence", "licence_always", "history"}

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            ours = marks | {"fields"} if "location" in value else marks  # which fields a parameter may name
            return {k: strip(v) for k, v in value.items() if k not in dropped | ours}
        return [strip(item) for item in value] if isinstance(value, (list, tuple)) else value

    return strip(dataclasses.asdict(package))


def of_the_first_version(value: Any) -> Any:
    """A part of our spec without what later servers added: what its `x-since` marks say, and its values."""
    if isinstance(value, list):
        return [of_the_first_version(each) for each in value if not is_later(each)]
    if not isinstance(value, dict):
        return value
    left = {name: of_the_first_version(each) for name, each in value.items() if not is_later(each)}
    if "x-values-since" in value and "enum" in value:
        later = {each for values in value["x-values-since"].values() for each in values}
        left["enum"] = [each for each in value["enum"] if each not in later]
    return left


def is_later(value: Any) -> bool:
    return isinstance(value, dict) and "x-since" in value


@pytest.mark.slow
def test_the_documents_that_a_server_publishes_gives_the_same_surface(tmp_path: Path) -> None:
    client = clients.read()["apteco"]
    raw = yaml.load((clients.ROOT / client.spec).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    every = build(effective(client), require_descriptions=True)
    first = of_the_first_version(raw)
    first["paths"] = {path: item for path, item in first["paths"].items() if item}
    ours_path = tmp_path / "spec.yaml"
    ours_path.write_text(yaml.safe_dump(first, sort_keys=False), encoding="utf-8")
    vendor = downgraded(first)
    path = tmp_path / "swagger.json"
    path.write_text(json.dumps(vendor), encoding="utf-8")
    assert "PagedResults[Table]" in vendor["definitions"]

    ours = build(effective(client, str(ours_path)), require_descriptions=True)
    document = effective(client, str(path))
    theirs = build(document)

    assert document.problems.notes == [], "every correction finds its target in the vendor's document"
    old = {model.name for model in every.models if not model.history.since}
    assert {model.name for model in theirs.models} == old
    assert len(theirs.models) == 309, "the published document of 1.9.19 has as many"
    assert surface(theirs) == surface(ours)


def test_bodies_forms_files_and_lists_are_upgraded() -> None:
    document = {
        "swagger": "2.0",
        "info": {"title": "x", "version": "1"},
        "host": "h.example",
        "basePath": "/b/",
        "schemes": ["https", "http"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "parameters": {"Page": {"name": "page", "in": "query", "type": "integer"}},
        "paths": {
            "/a": {
                "parameters": [{"$ref": "#/parameters/Page"}],
                "post": {
                    "parameters": [
                        {"name": "ids", "in": "query", "type": "array", "items": {"type": "string"}},
                        {"name": "thing", "in": "body", "schema": {"$ref": "#/definitions/A[B]"}},
                    ],
                    "responses": {"200": {"description": "", "schema": {"type": "file"}}},
                },
                "put": {
                    "consumes": ["multipart/form-data"],
                    "parameters": [{"name": "f", "in": "formData", "type": "file", "required": True}],
                    "responses": {"200": {"description": ""}},
                },
            }
        },
        "definitions": {
            "A[B]": {"type": "object", "properties": {"x": {"type": "string", "x-nullable": True}}}
        },
        "securityDefinitions": {"u": {"type": "basic"}},
    }
    new = openapi30.upgrade(swagger2.upgrade(document))
    assert [server["url"] for server in new["servers"]] == ["https://h.example/b", "http://h.example/b"]
    assert new["components"]["schemas"]["AB"] == {
        "type": "object",
        "properties": {"x": {"type": ["string", "null"]}},
        "x-server-name": "A[B]",
    }
    assert new["components"]["securitySchemes"]["u"]["scheme"] == "basic"
    post, put = new["paths"]["/a"]["post"], new["paths"]["/a"]["put"]
    assert [(p["name"], p.get("style"), p.get("explode")) for p in post["parameters"]] == [
        ("page", None, None),
        ("ids", "form", False),
    ]
    assert post["requestBody"]["x-name"] == "thing"
    assert post["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/AB"}
    assert post["responses"]["200"]["content"]["application/json"]["schema"]["format"] == "binary"
    form = put["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["properties"]["f"] == {"type": "string", "format": "binary"}
    assert form["required"] == ["f"]


def test_definitions_whose_names_openapi_3_can_not_tell_apart_get_numbers() -> None:
    reference = {"$ref": "#/definitions/A%5BB%5D"}
    document = {"swagger": "2.0", "definitions": {"A[B]": {}, "AB": {}, "A(B)": {}, "C": reference}}
    schemas = swagger2.upgrade(document)["components"]["schemas"]
    assert {name: schema.get("x-server-name", name) for name, schema in schemas.items()} == {
        "AB2": "A[B]",
        "AB": "AB",
        "AB3": "A(B)",
        "C": "C",
    }
    assert schemas["C"] == {"$ref": "#/components/schemas/AB2"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        (
            {"type": "string", "nullable": True, "enum": ["a"]},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        ({"$ref": "#/x", "nullable": True}, {"anyOf": [{"$ref": "#/x"}, {"type": "null"}]}),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"minimum": 1, "exclusiveMinimum": False}, {"minimum": 1}),
        (
            {"type": "object", "properties": {"nullable": {"type": "boolean", "nullable": True}}},
            {"type": "object", "properties": {"nullable": {"type": ["boolean", "null"]}}},
        ),
        ({"default": {"nullable": True}}, {"default": {"nullable": True}}),
    ],
)
def test_openapi_30_schemas_become_31(old: Any, new: Any) -> None:
    upgraded = openapi30.upgrade({"components": {"schemas": {"X": old}}})
    assert upgraded["components"]["schemas"]["X"] == new
