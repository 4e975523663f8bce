"""Minimal documents, one for each feature or mistake (`documents.yaml`), made and called over loopback."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import Server, Workshop

DOCUMENTS: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("documents.yaml").read_text("utf-8")
)
DONE = {"200": {"description": "Done."}}


def document(case: dict[str, Any]) -> dict[str, Any]:
    """Return the document of a case: its parts in a frame."""
    paths: dict[str, Any] = case.get("paths", {})
    if "schema" in case:
        answer = {"description": "It.", "content": {"application/json": {"schema": case["schema"]}}}
        paths = {"/x": {"get": {"operationId": "getX", "responses": {"200": answer}}}}
    elif "body" in case:
        body = {"required": True, "content": {"application/json": {"schema": case["body"]}}}
        paths = {"/x": {"post": {"operationId": "postX", "requestBody": body, "responses": DONE}}}
    elif "asks" in case:
        paths = {"/x": {"get": {"operationId": "getX", "parameters": case["asks"], "responses": DONE}}}
    elif "form" in case:
        ((media, schema),) = case["form"].items()
        content = {media: {"schema": schema, "encoding": case.get("encoding", {})}}
        post = {"operationId": "postX", "requestBody": {"content": content}, "responses": DONE}
        paths = {"/x": {"post": post}}
    whole = {
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": "1"},
        "paths": paths,
        "components": {"schemas": case.get("schemas", {})},
        **case.get("document", {}),
    }
    return {key: value for key, value in whole.items() if not (key == "openapi" and value is None)}


def test_each_document_has_a_name_of_its_own_and_there_are_many() -> None:
    assert Counter(case["name"] for case in DOCUMENTS).most_common(1)[0][1] == 1
    assert len(DOCUMENTS) >= 80


@pytest.mark.parametrize("case", DOCUMENTS, ids=lambda case: case["name"])
def test_what_a_document_says_comes_through(case: dict[str, Any], workshop: Workshop, server: Server) -> None:
    workshop.options["unset"] = True
    remarks = workshop.remarks(document(case))
    assert {item.code for item in remarks if item.severity == "skip"} == set(case.get("skipped", ()))
    assert set(case.get("notes", ())) <= {item.code for item in remarks}
    package = workshop.made(document(case), strict=False, formats=True)
    sections = [each for each in vars(package.api).get("__all__", dir(package.api)) if each.endswith("Api")]
    controllers = [getattr(package.api, name) for name in sections]
    offered = {name for each in controllers for name in each.operations}
    assert set(case.get("offers", ())) <= offered
    open_client = workshop.opening(package)
    client = open_client(
        package.Configuration(host=server.url, strict_responses=True, retries=0, api_key={"k": "secret"})
    )

    def call(name: str, *positional: Any, **named: Any) -> Any:
        (controller,) = (each for each in controllers if name in each.operations)
        return getattr(controller(client), name)(*positional, **named)

    for index, value in enumerate(case.get("whole", ())):
        server.answers(value)
        found = call("get_x")
        assert json.loads(encode(package, found)) == value
        assert client.last_response.drift == []
        if "classes" in case:
            assert type(found).__name__ == case["classes"][index]
    server.answers(None)
    for value in case.get("send", ()):
        call("post_x", decode(package, value, parameter(controllers, "post_x", "body").type))
        assert json.loads(server.last.body) == value
    if "target" in case:
        given = {
            name: decode(package, value, each.type) if isinstance(value, (list, dict)) else value
            for name, value in case["given"].items()
            for each in [next(p for p in operation(controllers, "get_x").parameters if p.name == name)]
        }
        call("get_x", **given)
        assert server.last.target == case["target"]
    if "fields" in case:
        fields = {name: [b"data"] if value == ["BYTES"] else value for name, value in case["fields"].items()}
        call("post_x", **fields)
        for text in case["holds"]:
            assert text in server.last.body.decode("latin-1")


def operation(controllers: list[Any], name: str) -> Any:
    return next(each.operations[name] for each in controllers if name in each.operations)


def parameter(controllers: list[Any], name: str, location: str) -> Any:
    return next(each for each in operation(controllers, name).parameters if each.location == location)


def decode(package: Any, value: Any, kind: str) -> Any:
    from importlib import import_module

    return import_module(f"{package.__name__}._runtime.codec.decode").decode(json.dumps(value).encode(), kind)


def encode(package: Any, value: Any) -> bytes:
    from importlib import import_module

    return bytes(import_module(f"{package.__name__}._runtime.codec.encode").encode(value))
