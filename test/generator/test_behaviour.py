"""From an inline spec to a client that is imported and used: types, models, answers and docstrings."""

from __future__ import annotations

import datetime
import json
import pickle
from typing import Any

import pytest

from .conftest import NUMBER, TEXT, client, document, operation, ref, thing

NOON = datetime.datetime(2024, 2, 29, 12)


def answered(workshop: Any, server: Any, answer: Any, value: Any, schemas: Any = None) -> Any:
    """Return the result of a call whose answer has a schema, for a JSON value."""
    package = workshop.made(document({"/a": {"get": operation(answer=answer)}}, schemas))
    server.answers(value)
    with client(package, server) as api_client:
        return package, package.ThingsApi(api_client).do()


# --- types in answers


@pytest.mark.parametrize(
    ("schema", "value", "python"),
    [
        (TEXT, "x", "x"),
        (NUMBER, 5, 5),
        ({"type": "number"}, 1.5, 1.5),
        ({"type": "boolean"}, False, False),
        ({"type": "array", "items": NUMBER}, [1, 2], [1, 2]),
        ({"type": "object", "additionalProperties": NUMBER}, {"a": 1}, {"a": 1}),
        ({"type": "object"}, {"a": [None]}, {"a": [None]}),
        ({}, [1, "x"], [1, "x"]),
        ({"type": ["integer", "null"]}, None, None),
        ({"type": "string", "format": "date"}, "2024-02-29", datetime.date(2024, 2, 29)),
        ({"type": "string", "format": "date-time"}, "2024-02-29T12:00:00", NOON),
        ({"anyOf": [NUMBER, TEXT]}, "x", "x"),
        ({"oneOf": [NUMBER, {"type": "array", "items": TEXT}]}, ["x"], ["x"]),
        ({"type": ["integer", "string"]}, 7, 7),
        ({"type": "string", "enum": ["a", "b"]}, "new", "new"),
        ({"type": "integer", "enum": [1, 2]}, 9, 9),
        ({"const": "fixed"}, "fixed", "fixed"),
    ],
)  # fmt: skip
def test_answers_have_the_types_of_their_schemas(
    workshop: Any, server: Any, schema: Any, value: Any, python: Any
) -> None:
    _, result = answered(workshop, server, schema, value)
    assert (type(result), result) == (type(python), python)


def test_allof_is_merged_in_order(workshop: Any) -> None:
    schemas = {
        "Base": {**thing(id=NUMBER), "required": ["id"]},
        "Full": {"allOf": [ref("Base"), thing(name=TEXT)], "description": "All of it."},
    }
    package = workshop.made(document(schemas=schemas))
    assert package.Full.attribute_map == {"id": "id", "name": "name"}
    assert package.Full(1, "x").to_dict() == {"id": 1, "name": "x"}
    with pytest.raises(ValueError, match="Invalid value for `id`, must not be `None`"):
        package.Full(name="x")


def test_inline_objects_are_models_named_after_their_place(workshop: Any, server: Any) -> None:
    schemas = {"Car": thing(engine=thing(fuel=TEXT), wheels={"type": "array", "items": thing(size=NUMBER)})}
    value = {"engine": {"fuel": "air"}, "wheels": [{"size": 1}]}
    package, result = answered(workshop, server, ref("Car"), value, schemas)
    assert result.engine == package.CarEngine("air")
    assert result.wheels == [package.CarWheelsItem(1)]


def test_a_field_may_have_the_name_of_a_type(workshop: Any, server: Any) -> None:
    names = [
        "list",
        "dict",
        "str",
        "int",
        "models",
        "datetime",
        "Any",
        "Literal",
        "required",
        "builtins",
        "property",
    ]
    schemas = {
        "Odd": {
            **thing(
                **dict.fromkeys(names, TEXT),
                words={"type": "array", "items": TEXT},
                when={"type": "string", "format": "date-time"},
                more={"type": "object", "additionalProperties": NUMBER},
                whatever={},
                kind={"enum": ["a", "b"]},
                other=ref("Odd"),
            ),
            "required": ["words", "kind"],
        }
    }
    value = {
        "words": ["x"],
        "when": "2024-02-29T00:00:00",
        "more": {"a": 1},
        "kind": "a",
        "list": "l",
        "int": "i",
    }
    package, result = answered(workshop, server, ref("Odd"), {**value, "other": {**value}}, schemas)
    assert result.other.words == ["x"]
    assert result.other.more == {"a": 1}
    assert result.when == datetime.datetime(2024, 2, 29)
    assert set(package.Odd.openapi_types.values()) == {
        "str", "list[str]", "datetime", "dict(str, int)", "object", "Odd",
    }  # fmt: skip
    with pytest.raises(ValueError, match="must be one of"):
        package.Odd(words=[], kind="c")


def test_unions_of_named_objects_are_told_by_their_tag(workshop: Any, server: Any) -> None:
    schemas = {
        "Cat": {**thing(petType=TEXT, lives=NUMBER), "required": ["petType"]},
        "Dog": {**thing(petType=TEXT, tricks={"type": "array", "items": TEXT}), "required": ["petType"]},
        "Pet": {
            "oneOf": [ref("Cat"), ref("Dog")],
            "discriminator": {
                "propertyName": "petType",
                "mapping": {"dog": "Dog", "cat": ref("Cat")["$ref"]},
            },
        },
        "Home": thing(pets={"type": "array", "items": ref("Pet")}, best=ref("Pet")),
    }
    value = {
        "pets": [{"petType": "cat", "lives": 9}, {"petType": "dog", "tricks": ["sit"]}],
        "best": {"petType": "dog"},
    }
    package, home = answered(workshop, server, ref("Home"), value, schemas)
    assert [type(pet).__name__ for pet in home.pets] == ["Cat", "Dog"]
    assert (home.pets[0].lives, home.pets[0].pet_type, home.best.pet_type) == (9, "cat", "dog")
    assert isinstance(home.best, package.Dog)
    with client(package, server) as api_client:
        assert api_client.sanitize_for_serialization(home) == value
    assert pickle.loads(pickle.dumps(home)) == home


def test_what_a_parent_with_a_discriminator_stands_for_is_told_by_its_tag(workshop: Any, server: Any) -> None:
    schemas = {
        "Pet": {**thing(kind=TEXT, name=TEXT), "required": ["kind"], "discriminator": {
            "propertyName": "kind", "mapping": {"cat": ref("Cat")["$ref"]}}},
        "Cat": {"allOf": [ref("Pet"), thing(lives=NUMBER)]},
        "Lion": {"allOf": [ref("Cat"), thing(pride=TEXT)]},
        "Stray": {"allOf": [ref("Pet")]},
        "Home": thing(
            pets={"type": "array", "items": ref("Pet")}, best={"anyOf": [ref("Pet"), {"type": "null"}]}
        ),
    }  # fmt: skip
    value = {
        "pets": [
            {"kind": "cat", "name": "Tom", "lives": 9},
            {"kind": "Lion", "lives": 1, "pride": "Serengeti"},
            {"kind": "Stray", "name": "Rex"},
            {"kind": "Pet", "name": "Pat"},
        ],
        "best": None,
    }
    package, home = answered(workshop, server, ref("Home"), value, schemas)
    assert [type(pet).__name__ for pet in home.pets] == ["Cat", "Lion", "Stray", "Pet"]
    assert (home.pets[0].kind, home.pets[1].name, home.pets[1].pride) == ("cat", None, "Serengeti")
    with client(package, server) as api_client:
        assert api_client.sanitize_for_serialization(home) == {"pets": value["pets"]}


def test_a_name_that_every_package_has_gets_model_in_front(workshop: Any) -> None:
    package = workshop.made(document(schemas={"Configuration": thing(x=TEXT), "ApiNotFound": thing(y=TEXT)}))
    assert package.ModelConfiguration("a").x == "a"
    assert package.ModelApiNotFound("b").y == "b"
    assert issubclass(package.ApiNotFound, package.ApiException)


def test_x_name_gives_schemas_fields_and_parameters_their_python_names(workshop: Any, server: Any) -> None:
    schemas = {
        "A-B": {**thing(fooBar=TEXT, foo_bar={**TEXT, "x-name": "foo_bar_too"}), "x-name": "Other"},
        "AB": thing(x=TEXT),
    }
    parameters = [
        {"name": "$top", "in": "query", "schema": NUMBER},
        {"name": "top", "in": "query", "schema": NUMBER, "x-name": "top_rows"},
    ]
    paths = {"/a": {"get": operation(answer=ref("A-B"), parameters=parameters)}}
    package = workshop.made(document(paths, schemas))
    server.answers({"fooBar": "1", "foo_bar": "2"})
    with client(package, server) as api_client:
        assert package.ThingsApi(api_client).do(top=1, top_rows=2) == package.Other("1", foo_bar_too="2")
    assert server.last.target.endswith("?%24top=1&top=2")


def test_a_default_answer_is_the_answer_where_no_other_is_declared(workshop: Any, server: Any) -> None:
    content = {"application/json": {"schema": thing(x=TEXT)}}
    paths = {"/a": {"get": operation(responses={"default": {"description": "It.", "content": content}})}}
    package = workshop.made(document(paths))
    server.answers({"x": "y"})
    with client(package, server) as api_client:
        assert package.ThingsApi(api_client).do().x == "y"
        assert api_client.last_response.drift == []


def test_an_object_with_an_unknown_tag_is_kept_as_it_came(workshop: Any, server: Any) -> None:
    schemas = {
        "Cat": thing(kind=TEXT, lives=NUMBER),
        "Dog": thing(kind=TEXT),
        "Home": thing(best={"oneOf": [ref("Cat"), ref("Dog")], "discriminator": {"propertyName": "kind"}}),
    }
    package = workshop.made(document({"/a": {"get": operation(answer=ref("Home"))}}, schemas))
    server.answers({"best": {"kind": "Fish", "fins": 2}})
    with client(package, server) as api_client:
        home = package.ThingsApi(api_client).do()
        assert home.best == {"kind": "Fish", "fins": 2}
        assert [item.path for item in api_client.last_response.drift] == ["$.best"]


def test_open_objects_keep_unknown_members_both_ways(workshop: Any, server: Any) -> None:
    schemas = {
        "Open": {
            **thing(a=NUMBER, whenMade={"type": "string", "format": "date-time"}),
            "additionalProperties": True,
        },
        "Box": thing(items={"type": "array", "items": ref("Open")}, one=ref("Open")),
    }
    body = {"content": {"application/json": {"schema": ref("Open")}}}
    paths = {"/a": {"post": operation(answer=ref("Box"), requestBody=body)}}
    package = workshop.made(document(paths, schemas))
    value = {"items": [{"a": 1, "x": [1], "y": None}], "one": {"whenMade": "2024-01-02T03:04:05", "b": "c"}}
    server.answers(value)
    with client(package, server) as api_client:
        box = package.ThingsApi(api_client).do(open=package.Open(1, additional_properties={"more": {"k": 2}}))
        assert json.loads(server.last.body) == {"a": 1, "more": {"k": 2}}
        assert box.items[0].additional_properties == {"x": [1], "y": None}
        assert box.items[0].to_dict() == {"a": 1, "when_made": None, "x": [1], "y": None}
        assert box.one.when_made == datetime.datetime(2024, 1, 2, 3, 4, 5)
        assert api_client.sanitize_for_serialization(box) == value
        assert api_client.last_response.drift == []
        server.answers({"items": [{"a": "odd", "x": 1}]})
        odd = package.ThingsApi(api_client).do()
        assert odd.items[0].additional_properties == {"x": 1}
        assert [item.path for item in api_client.last_response.drift] == ["$.items[0].a"]
    assert "additional_properties" not in package.Open.attribute_map
    assert pickle.loads(pickle.dumps(box)) == box
    made = package.Open(5)
    made.additional_properties["z"] = 1
    assert made.to_dict() == {"a": 5, "when_made": None, "z": 1}


# --- answers


def test_two_successes_with_different_bodies_are_a_union(workshop: Any, server: Any) -> None:
    node = operation(answer=ref("A"))
    node["responses"]["201"] = {"description": "d", "content": {"application/json": {"schema": ref("B")}}}
    node["responses"]["204"] = {"description": "d"}
    package = workshop.made(document({"/a": {"get": node}}, {"A": thing(a=TEXT), "B": thing(b=TEXT)}))
    assert package.ThingsApi.do.__annotations__["return"] == "models.A | models.B | None"
    with client(package, server) as api_client:
        for status, value, result in ((200, {"a": "x"}, package.A("x")), (201, {"b": "y"}, package.B("y"))):
            server.answers(value, status)
            assert package.ThingsApi(api_client).do() == result


def test_text_and_files_come_as_text_and_files(workshop: Any, server: Any) -> None:
    binary = {"type": "string", "format": "binary"}
    paths = {
        "/text": {"get": operation()},
        "/file": {"get": operation("Load")},
    }
    paths["/text"]["get"]["responses"]["200"]["content"] = {"text/plain": {"schema": TEXT}}
    paths["/file"]["get"]["responses"]["200"]["content"] = {"application/octet-stream": {"schema": binary}}
    package = workshop.made(document(paths))
    with client(package, server) as api_client:
        api_client.configuration.temp_folder_path = str(workshop.folder)
        server.answer = lambda request: (200, "text/plain", b"plain")
        assert package.ThingsApi(api_client).do() == "plain"
        server.answer = lambda request: (200, "application/octet-stream", b"\x00\xff")
        with open(package.ThingsApi(api_client).load(), "rb") as file:
            assert file.read() == b"\x00\xff"


# --- texts


def test_texts_speak_of_things_by_their_python_names(workshop: Any) -> None:
    text = "See Do_It, `userName` and /x/{userName}, 'userName', other.userName; not noSuchName."
    node = operation(
        "Do_It", description=text, parameters=[{"name": "userName", "in": "query", "schema": TEXT}]
    )
    package = workshop.made(document({"/a": {"get": node}}))
    doc = " ".join((package.ThingsApi.do_it.__doc__ or "").split())
    assert "See do_it, `user_name` and /x/{userName}, 'userName', other.userName; not noSuchName." in doc
