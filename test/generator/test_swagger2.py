"""Swagger 2.0 and OpenAPI 3.0: the document of a real server gives the same client as our spec."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from apteco_api.sandbox.versions import OLDEST, as_of
from generator import clients, openapi30, swagger2
from generator.__main__ import effective
from generator.build import build
from generator.ir import Package
from generator.load import load

from .conftest import Server, Workshop

HERE = Path(__file__).parent


def downgraded(document: Any) -> Any:
    found = importlib.util.spec_from_file_location("downgrade", HERE / "downgrade.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module.swagger2(document)


def surface(package: Package) -> Any:
    """Return the intermediate model without texts, places and our own marks."""
    dropped = {"doc", "summary", "returns_doc", "pointer", "title", "version"}
    marks = {"paging", "idempotent", "job", "stability", "role", "licence", "licence_always", "history"}

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            ours = marks | {"fields"} if "location" in value else marks  # our mark of parameters
            return {k: strip(v) for k, v in value.items() if k not in dropped | ours}
        return [strip(item) for item in value] if isinstance(value, (list, tuple)) else value

    return strip(dataclasses.asdict(package))


@pytest.mark.slow
def test_the_documents_that_a_server_publishes_gives_the_same_surface(tmp_path: Path) -> None:
    client = clients.read()["apteco"]
    raw = yaml.load((clients.ROOT / client.spec).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    every = build(effective(client), require_descriptions=True)
    first = as_of(raw, OLDEST)
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


SEVERAL_FILES = {
    "swagger.yaml": """
swagger: '2.0'
info: {title: T, version: '1'}
paths:
  /things: {$ref: 'paths.yaml#/things'}
  /things/{id}:
    parameters: [{$ref: 'shared/parameters.yaml#/id'}]
    get:
      operationId: getThing
      tags: [Things]
      responses:
        '200': {description: It., schema: {$ref: 'definitions.yaml#/definitions/Page[Thing]'}}
        default: {$ref: 'shared/answers.yaml#/Bad'}
definitions: {Owner: {type: object, properties: {name: {type: string}}}}
""",
    "paths.yaml": """
things:
  post:
    operationId: addThing
    tags: [Things]
    parameters:
      - {name: thing, in: body, required: true, schema: {$ref: 'definitions.yaml#/definitions/Thing'}}
    responses: {'200': {description: It., schema: {$ref: 'definitions.yaml#/definitions/Thing'}}}
""",
    "definitions.yaml": """
definitions:
  Page[Thing]: {type: object, properties: {rows: {type: array, items: {$ref: '#/definitions/Thing'}}}}
  Thing:
    type: object
    discriminator: kind
    required: [kind]
    properties:
      kind: {type: string}
      default: {type: string, x-nullable: true}
      owner: {$ref: 'swagger.yaml#/definitions/Owner'}
  default:
    allOf:
      - $ref: '#/definitions/Thing'
      - {type: object, properties: {file: {type: string, x-nullable: true}}}
""",
    "shared/parameters.yaml": "id: {name: id, in: path, required: true, type: integer}",
    "shared/answers.yaml": "Bad: {description: Bad., schema: {$ref: 'error.yaml'}}",
    "shared/error.yaml": "{type: object, properties: {why: {type: string}}}",
}


def test_a_swagger_document_in_several_files_is_one_client(
    workshop: Workshop, server: Server, tmp_path: Path
) -> None:
    workshop.options["unset"] = True
    (tmp_path / "api/shared").mkdir(parents=True)
    for name, text in SEVERAL_FILES.items():
        (tmp_path / "api" / name).write_text(text)
    package = workshop.made(load(str(tmp_path / "api/swagger.yaml")).value)
    client = workshop.opening(package)(package.Configuration(host=server.url, retries=0))
    things = package.ThingsApi(client)
    given = {"kind": "default", "default": None, "owner": {"name": "Ann"}, "file": None}
    server.answers({"rows": [given]})
    row = things.get_thing(7).rows[0]
    assert (type(row).__name__, row.owner.name, row.file) == ("Default", "Ann", None)
    server.answers(given)
    things.add_thing(row)
    assert [seen.line.rpartition(" ")[0] for seen in server.requests] == ["GET /things/7", "POST /things"]
    assert json.loads(server.last.body) == given
    server.answers({"why": "late"}, status=409)
    with pytest.raises(package.ApiException) as caught:
        things.get_thing(7)
    assert caught.value.details.why == "late"


@pytest.mark.parametrize(
    ("schemes", "own", "server"),
    [
        (["https"], ["http"], "http://h.example/v1"),
        (["https"], ["http", "https"], ""),
        (["wss", "https"], ["wss"], "wss://h.example/v1"),
        (None, ["http"], "http://h.example/v1"),
    ],
)
def test_schemes_of_an_operation_count(
    workshop: Workshop, schemes: list[str] | None, own: list[str], server: str
) -> None:
    operation = {"operationId": "a", "schemes": own, "responses": {"204": {"description": "Done."}}}
    document = {
        "swagger": "2.0",
        "info": {"title": "Small", "version": "1"},
        "host": "h.example",
        "basePath": "/v1",
        "paths": {"/x": {"get": operation}},
        **({"schemes": schemes} if schemes else {}),
    }
    package = workshop.load(document)
    assert package.servers[0].url == "https://h.example/v1"
    assert package.sections[0].methods[0].server == server


@pytest.mark.parametrize(
    ("produces", "schema", "details"),
    [
        ("application/x-tar", {"$ref": "#/definitions/Failure"}, "late"),
        ("text/plain", {"$ref": "#/definitions/Failure"}, "late"),
        (
            "application/octet-stream",
            {"type": "object", "additionalProperties": {"type": "string"}},
            {"why": "late"},
        ),
        ("image/png", {"type": "string"}, '{"why": "late"}'),
        ("application/zip", {"type": "file"}, '{"why": "late"}'),
    ],
)
def test_the_object_of_an_error_is_read_whatever_type_the_success_has(
    produces: str, schema: Any, details: Any, workshop: Workshop, server: Server
) -> None:
    responses = {
        "200": {"description": "The file.", "schema": {"type": "file"}},
        "404": {"description": "None.", "schema": schema},
        "default": {"description": "Failed.", "schema": schema},
    }
    package = workshop.made(
        {
            "swagger": "2.0",
            "info": {"title": "Small", "version": "1"},
            "paths": {"/x": {"get": {"operationId": "a", "produces": [produces], "responses": responses}}},
            "definitions": {"Failure": {"type": "object", "properties": {"why": {"type": "string"}}}},
        }
    )
    api = package.DefaultApi(workshop.opening(package)(package.Configuration(host=server.url, retries=0)))
    for status in (404, 409):
        server.answers({"why": "late"}, status=status)
        with pytest.raises(package.ApiException) as caught:
            api.a()
        found = caught.value.details
        assert getattr(found, "why", found) == details
    server.answers("no JSON", status=404)
    with pytest.raises(package.ApiException) as caught:
        api.a()
    assert caught.value.body
