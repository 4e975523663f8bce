"""The `x-since` and `x-until` marks of a document: arguments keep their places, docstrings name versions."""

from __future__ import annotations

import inspect
import json
import pickle
from importlib import import_module
from typing import Any

import pytest

from .conftest import Workshop, get, spec

PAGE = {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}
LISTING = [
    {"name": "filter", "in": "query", "schema": {"type": "string"}},
    {"name": "newest", "in": "query", "schema": {"type": "string"}, "x-since": "2.0"},
    {"name": "orderBy", "in": "query", "schema": {"type": "string"}},
]
PATHS = {
    "/later": get(PAGE, id="Things_Later", **{"x-since": "2.0", "x-evidence": "medium: seen once"}),
    "/things": get(PAGE, id="Things_List", parameters=LISTING, **{
        "x-fields": ["name", "size"], "x-fields-since": {"2.0": ["size"]}}),
    "/former": get(id="Things_Former", **{"x-until": "1.0"}),
}  # fmt: skip
SCHEMAS = {
    "Thing": {
        "type": "object",
        "required": ["name", "added", "former"],
        "properties": {
            "name": {"type": "string"},
            "added": {"type": "integer", "x-since": "2.0"},
            "former": {"type": "string", "x-until": "1.0"},
            "kind": {
                "type": "string", "enum": ["a", "b", "c"],
                "x-values-since": {"2.0": ["c"]}, "x-values-until": {"1.0": ["a"]},
            },
            "key": {"type": ["integer", "string"]},
        },
        "additionalProperties": True,
    }
}  # fmt: skip


@pytest.fixture
def made(workshop: Workshop) -> Any:
    return workshop.made(spec(PATHS, SCHEMAS))


def told(value: Any) -> str:
    return " ".join((inspect.getdoc(value) or "").split())


def test_later_operations_and_arguments_come_last_and_say_since_when(made: Any) -> None:
    operations = made.ThingsApi.operations
    assert list(operations) == ["things_list", "things_former", "things_later"]
    assert [operations[name].since for name in operations] == ["", "", "2.0"]
    assert list(inspect.signature(made.ThingsApi.things_list).parameters)[1:4] == [
        "filter",
        "order_by",
        "newest",
    ]
    text = told(made.ThingsApi.things_list)
    assert "Fields: `name`, `size`. Since servers of 2.0: `size`." in text
    assert "order_by (str, optional): Fields: those of `filter`." in text
    assert "newest (str, optional): Since servers of 2.0." in text
    assert "Since servers of 2.0. Evidence: medium: seen once." in told(made.ThingsApi.things_later)
    assert "Not documented for servers after 1.0." in told(made.ThingsApi.things_former)


def test_later_fields_are_by_name_only_and_the_others_keep_their_places(made: Any) -> None:
    thing = made.Thing("x", "y", "b", 5, added=7)
    assert (thing.name, thing.former, thing.kind, thing.key, thing.added) == ("x", "y", "b", 5, 7)
    with pytest.raises(TypeError):
        made.Thing("x", "y", "b", 5, {}, None, 7)
    assert pickle.loads(pickle.dumps(thing)) == thing
    text = told(made.Thing)
    assert "added (int, optional): Since servers of 2.0." in text
    assert "Since servers of 2.0: `c`. Not documented after 1.0: `a`." in text


@pytest.mark.parametrize(
    "given", [{"name": "x"}, {"name": "x", "former": "y", "added": 3, "key": "k", "own": 1}]
)
def test_answers_of_every_version_are_read_without_a_difference(made: Any, given: Any) -> None:
    decode = import_module(f"{made.__name__}._runtime.codec.decode").decode
    drift: list[Any] = []
    thing = decode(json.dumps(given).encode(), "Thing", drift, strict=True)
    assert drift == []
    encode = import_module(f"{made.__name__}._runtime.codec.encode").encode
    assert json.loads(encode(thing)) == given
    with pytest.raises(ValueError, match="`former`"):
        made.Thing("x")
