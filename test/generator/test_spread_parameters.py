"""Objects in a query: each member a parameter of its own."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Server, Workshop, get, spec

ANYTHING = {"type": "object", "additionalProperties": {}}


def _document(schema: dict[str, Any] = ANYTHING, place: str = "query", **style: Any) -> dict[str, Any]:
    parameter = {"name": "filters", "in": place, "schema": schema, **style}
    return spec({"/things": get({"type": "object"}, parameters=[parameter])})


def test_an_object_in_form_style_is_spread_over_the_query(workshop: Workshop) -> None:
    package = workshop.load(_document(style="form", explode=True))
    parameter = package.sections[0].methods[0].parameters[0]
    assert (parameter.location, parameter.style, parameter.explode) == ("query", "form", True)


def test_members_of_a_spread_object_are_sent_under_their_own_names(
    workshop: Workshop, server: Server
) -> None:
    made = workshop.made(_document(style="form", explode=True))
    client = made.ApiClient(made.Configuration(host=server.url))
    filters = {"a b": "c&d", "n": 1, "many": ["x", "y"], "nothing": None}
    made.ThingsApi(client).things_get(filters=filters)
    assert server.last["target"] == "/things?a+b=c%26d&n=1&many=x&many=y"


@pytest.mark.parametrize(
    ("schema", "place", "style"),
    [
        (ANYTHING, "query", {"style": "form", "explode": False}),
        (ANYTHING, "header", {}),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}},
            "query",
            {"style": "form", "explode": True},
        ),
    ],
)
def test_other_objects_as_parameters_are_refused(
    workshop: Workshop, schema: dict[str, Any], place: str, style: dict[str, Any]
) -> None:
    assert [item.code for item in workshop.findings(_document(schema, place, **style))] == ["unsupported"]
