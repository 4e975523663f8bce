"""Free query parameters: each member of a map becomes a parameter."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Server, Workshop, get, spec


def document(location: str = "query", **more: Any) -> dict[str, Any]:
    filters = {
        "name": "filters",
        "in": location,
        "description": "Any filters.",
        "schema": {"type": "object", "x-free-form": True, "additionalProperties": True},
        **more,
    }
    return spec({"/things": get({"type": "object"}, parameters=[filters])})


def test_a_free_map_in_the_query_is_an_argument(workshop: Workshop) -> None:
    (section,) = workshop.load(document()).sections
    (parameter,) = section.methods[0].parameters
    assert (parameter.name, parameter.location, parameter.type.kind) == ("filters", "query", "object")


@pytest.mark.parametrize(
    ("more", "sent"),
    [
        ({"explode": False}, "filters=size,3,good,true"),
        ({"style": "pipeDelimited"}, "filters=size%7C3%7Cgood%7Ctrue"),
        ({"style": "deepObject"}, "filters%5Bsize%5D=3&filters%5Bgood%5D=true"),
    ],
)
def test_a_map_fits_into_one_value_as_its_style_says(
    workshop: Workshop, server: Server, more: dict[str, Any], sent: str
) -> None:
    package = workshop.made(document(**more))
    with package.ApiClient(package.Configuration(host=server.url)) as client:
        package.ThingsApi(client).things_get(filters={"size": 3, "good": True})
    assert server.last.target == f"/things?{sent}"


@pytest.mark.parametrize(
    ("more", "sent"), [({}, "size,3,good,true"), ({"explode": True}, "size=3,good=true")]
)
def test_a_map_in_a_header_is_one_text(
    workshop: Workshop, server: Server, more: dict[str, Any], sent: str
) -> None:
    package = workshop.made(document("header", **more))
    with package.ApiClient(package.Configuration(host=server.url)) as client:
        package.ThingsApi(client).things_get(filters={"size": 3, "good": True})
    assert server.last.headers["filters"] == sent


def test_each_member_of_the_map_is_sent_under_its_own_name(workshop: Workshop, server: Server) -> None:
    package = workshop.made(document())
    with package.ApiClient(package.Configuration(host=server.url)) as client:
        package.ThingsApi(client).things_get(
            filters={"name": "*atom*", "id>": 1, "id": [1, 2], "unset": None}
        )
    assert server.last.target == "/things?name=%2Aatom%2A&id%3E=1&id=1&id=2"
