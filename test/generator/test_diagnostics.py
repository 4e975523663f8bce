"""A spec with a mistake: each finding has its place, and no file is written."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from generator import __main__ as command
from generator import clients

REF = "#/components/schemas/"
TEXT = {"type": "string"}


def document(paths: Any = None, schemas: Any = None, **more: Any) -> Any:
    components = {"schemas": schemas or {}, **more.pop("components", {})}
    head = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}}
    return {**head, "paths": paths or {}, "components": components, **more}


def operation(schema: Any = None, **more: Any) -> Any:
    answer: Any = {"description": "d"}
    if schema is not None:
        answer["content"] = {"application/json": {"schema": schema}}
    return {"operationId": "Do", "tags": ["T"], "responses": {"200": answer}, **more}


def thing(**properties: Any) -> Any:
    return {"type": "object", "properties": properties}


def one_of(*names: str, **more: Any) -> Any:
    return {"oneOf": [{"$ref": REF + name} for name in names], **more}


S = "/components/schemas"
CASES: dict[str, tuple[Any, str, str]] = {
    "a reference to nothing": (
        document({"/a": {"get": operation({"$ref": REF + "None"})}}),
        "dangling-reference",
        "/paths/~1a/get/responses/200/content/application~1json/schema",
    ),
    "a reference to another host": (
        document(schemas={"A": thing(x={"$ref": "https://evil.example/x.yaml#/A"})}),
        "remote-reference",
        f"{S}/A/properties/x",
    ),
    "a reference to a file": (
        document(schemas={"A": thing(x={"$ref": "../secret.yaml"})}),
        "remote-reference",
        f"{S}/A/properties/x",
    ),
    "a path on another host": (
        document({"/a": {"$ref": "https://evil.example/x.yaml"}}),
        "remote-reference",
        "/paths/~1a",
    ),
    "references in a circle": (
        document(schemas={"A": {"$ref": REF + "B"}, "B": {"$ref": REF + "A"}}),
        "reference-cycle",
        f"{S}/A",
    ),
    "a union of nothing but itself": (
        document(schemas={"A": {"oneOf": [{"$ref": REF + "A"}]}}),
        "reference-cycle",
        f"{S}/A",
    ),
    "allOf that leads back": (
        document(
            schemas={
                "A": {"allOf": [{"$ref": REF + "B"}, thing(x=TEXT)]},
                "B": {"allOf": [{"$ref": REF + "A"}]},
            }
        ),
        "reference-cycle",
        f"{S}/",
    ),
    "two fields of one name": (
        document(schemas={"A": thing(fooBar=TEXT, foo_bar=TEXT)}),
        "name-collision",
        f"{S}/A/properties/fooBar",  # foo_bar keeps its name
    ),
    "two schemas of one name": (
        document(schemas={"A-B": thing(x=TEXT), "AB": thing(x=TEXT)}),
        "name-collision",
        f"{S}/AB",
    ),
    "two schemas whose modules are one file": (
        document(schemas={"FooBar": thing(x=TEXT), "Foo_Bar": thing(x=TEXT)}),
        "name-collision",
        f"{S}/Foo_Bar",
    ),
    "an inline object with the name of a schema": (
        document(schemas={"A": thing(b=thing(x=TEXT)), "AB": thing(x=TEXT)}),
        "name-collision",
        f"{S}/A",
    ),
    "two operations of one id": (
        document({"/a": {"get": operation()}, "/b": {"get": operation()}}),
        "duplicate-operation",
        "/paths/~1b/get",
    ),
    "two operations of one name": (
        document({"/a": {"get": operation()}, "/b": {"get": operation(operationId="do")}}),
        "name-collision",
        "",
    ),
    "an operation with the name of a twin": (
        document({"/a": {"get": operation()}, "/b": {"get": operation(operationId="do_with_http_info")}}),
        "name-collision",
        "",
    ),
    "a path parameter that is not declared": (
        document({"/a/{id}": {"get": operation()}}),
        "path-parameters",
        "/paths/~1a~1{id}/get",
    ),
    "an unknown security scheme": (
        document({"/a": {"get": operation(security=[{"nothing": []}])}}),
        "unknown-security",
        "/paths/~1a/get/security/0",
    ),
    "an unsupported security scheme": (
        document(components={"securitySchemes": {"m": {"type": "mutualTLS"}}}),
        "unsupported",
        "/components/securitySchemes/m",
    ),
    "a discriminator that maps to nothing": (
        document(
            schemas={
                "A": thing(t=TEXT),
                "B": thing(t=TEXT),
                "C": thing(
                    c=one_of("A", "B", discriminator={"propertyName": "t", "mapping": {"a": REF + "None"}})
                ),
            }
        ),
        "dangling-reference",
        f"{S}/C/properties/c/discriminator",
    ),
    "a keyword that no type can say": (
        document(schemas={"A": thing(x={"type": "string", "not": {"const": "a"}})}),
        "unsupported",
        f"{S}/A/properties/x",
    ),
    "an unknown type": (
        document(schemas={"A": thing(x={"type": "decimal"})}),
        "unknown-type",
        f"{S}/A/properties/x",
    ),
    "a parameter in a wrong place": (
        document({"/a": {"get": operation(parameters=[{"name": "x", "in": "matrix", "schema": TEXT}])}}),
        "unsupported",
        "/paths/~1a/get/parameters/0",
    ),
    "a style that the place does not have": (
        document(
            {
                "/a": {
                    "get": operation(parameters=[{"name": "x", "in": "query", "style": "m", "schema": TEXT}])
                }
            }
        ),
        "unsupported",
        "/paths/~1a/get/parameters/0",
    ),
    "an unknown status": (
        document({"/a": {"get": {**operation(), "responses": {"ok": {"description": "d"}}}}}),
        "unknown-status",
        "/paths/~1a/get/responses/ok",
    ),
    "a list where an object belongs": (
        document({"/a": {"get": [1]}}),
        "wrong-kind",
        "/paths/~1a/get",
    ),
    "a number where a text belongs": (
        document(schemas={"A": {"type": "object", "description": 5, "properties": {"x": TEXT}}}),
        "wrong-kind",
        f"{S}/A/description",
    ),
    "a server variable that is not declared": (
        document(servers=[{"url": "https://{region}.example"}]),
        "server-variables",
        "/servers/0",
    ),
    "allOf of itself": (
        document(schemas={"A": {"allOf": [{"$ref": REF + "A"}, thing(x=TEXT)]}}),
        "reference-cycle",
        f"{S}/A",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_found_at_its_place(workshop: Any, name: str) -> None:
    value, code, pointer = CASES[name]
    found = workshop.findings(value)
    assert [item for item in found if item.code == code and item.place.startswith(f"spec.yaml#{pointer}")], (
        found
    )
    assert all(item.message for item in found)


def test_all_findings_of_a_document_are_told_at_once(workshop: Any) -> None:
    value = document(schemas={"A": thing(x={"type": "decimal"}, y={"type": "complex"})})
    assert [item.code for item in workshop.findings(value)] == ["unknown-type", "unknown-type"]


def test_a_schema_or_an_operation_that_cannot_be_read_does_not_hide_the_mistakes_of_the_others(
    workshop: Any,
) -> None:
    value = document(
        {"/a": {"get": operation({"$ref": REF + "None"}), "post": {"operationId": "P"}}},
        {"A": {"allOf": [{"$ref": REF + "A"}, thing(x=TEXT)]}, "B": thing(x={"type": "decimal"})},
    )
    assert [item.code for item in workshop.findings(value)] == [
        *("reference-cycle", "unknown-type", "dangling-reference", "missing")
    ]


def test_what_no_type_can_say_may_be_marked_as_free(workshop: Any) -> None:
    free = {"x-free-form": True}
    schemas = {
        "A": thing(x=TEXT),
        "B": thing(y=TEXT),
        "C": thing(a={"not": TEXT, **free}, b={**one_of("A", "B"), **free}),
    }
    [model] = [model for model in workshop.load(document(schemas=schemas)).models if model.name == "C"]
    assert [field.type.kind for field in model.fields] == ["any", "any"]


def test_our_own_specs_need_a_text_everywhere(workshop: Any) -> None:
    value = document(
        {"/a": {"get": operation(parameters=[{"name": "x", "in": "query", "schema": TEXT}])}},
        {"A": thing(x=TEXT)},
        tags=[{"name": "T"}],
    )
    found = {item.place.partition("#")[2] for item in workshop.findings(value, require_descriptions=True)}
    assert found == {
        "/tags/0",
        "/paths/~1a/get",
        "/paths/~1a/get/parameters/0",
        f"{S}/A",
        f"{S}/A/properties/x",
    }
    workshop.load(value)


def test_a_finding_stops_the_command_with_1_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(
        "openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {/a: {get: {responses: {ok: {}}}}}\n"
    )
    out = tmp_path / "out"
    arguments = ["--client", "apteco", "--spec", str(path), "--out", str(out), "--strict"]
    assert command.main(arguments) == 1
    assert (
        "spec.yaml#/paths/~1a/get/responses/ok: 'ok' is not an HTTP status; it is left out [unknown-status]"
        in (capsys.readouterr().err)
    )
    assert not out.exists()


def test_a_path_that_is_a_reference_has_the_operations_of_its_target(workshop: Any) -> None:
    shared = {"pathItems": {"shared": {"get": operation()}}}
    value = document({"/a": {"$ref": "#/components/pathItems/shared"}}, components=shared)
    assert [method.id for section in workshop.load(value).sections for method in section.methods] == ["Do"]


def test_a_document_without_operations_gives_an_empty_client(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text("openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {}\n")
    out = tmp_path / "out"
    assert command.main(["--client", "apteco", "--spec", str(path), "--out", str(out)]) == 0
    for file in out.rglob("*.py"):
        compile(file.read_text(), str(file), "exec")


def test_an_unknown_entry_of_the_registry_is_an_error(tmp_path: Path) -> None:
    registry = tmp_path / "clients.toml"
    fields = [item.name for item in dataclasses.fields(clients.Client) if item.name != "name"]
    assert "spec" in fields
    registry.write_text("[x]\nspeck = 'typo'\n")
    with pytest.raises(TypeError, match="speck"):
        clients.read(registry)
