"""Arguments that are objects, and answers that a document declares only in part."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Server, Workshop, get, spec

FILTER = {
    "type": "object",
    "properties": {"genre": {"type": "string"}, "fromYear": {"type": "integer"}, "unset": {"type": "string"}},
}


def test_a_model_as_a_deep_object_is_sent_as_its_fields(workshop: Workshop, server: Server) -> None:
    schema = {"$ref": "#/components/schemas/Filter"}
    parameter = {"name": "filter", "in": "query", "schema": schema, "style": "deepObject", "explode": True}
    package = workshop.made(
        spec({"/things": get({"type": "object"}, parameters=[parameter])}, {"Filter": FILTER})
    )
    with package.ApiClient(package.Configuration(host=server.url)) as client:
        for value in (package.Filter(genre="a b", from_year=1990), {"genre": "a b", "fromYear": 1990}):
            package.ThingsApi(client).things_get(filter=value)
            assert server.last.target == "/things?filter%5Bgenre%5D=a+b&filter%5BfromYear%5D=1990"


def test_objects_in_a_multipart_form_are_json(workshop: Workshop, server: Server) -> None:
    schema = {
        "type": "object",
        "properties": {
            "about": {"$ref": "#/components/schemas/Filter"},
            "data": {"type": "string", "format": "binary"},
        },
    }
    body = {"content": {"multipart/form-data": {"schema": schema}}}
    post = get(None, requestBody=body)["get"]
    package = workshop.made(spec({"/things": {"post": post}}, {"Filter": FILTER}))
    with package.ApiClient(package.Configuration(host=server.url)) as client:
        package.ThingsApi(client).things_get(about=package.Filter(genre="h\u00e9"), data=b"x")
    part = server.last.body.split(b'name="about"')[1].split(b"\r\n\r\n")[1].split(b"\r\n--")[0]
    assert json.loads(part) == {"genre": "h\u00e9"}


@pytest.mark.parametrize("declared", ["2XX", "default", None])
def test_a_success_that_is_declared_as_a_family_or_not_at_all_is_no_difference(
    declared: str | None, workshop: Workshop, server: Server
) -> None:
    answer = {"description": "d", "content": {"application/json": {"schema": FILTER}}}
    operation = get(None)["get"]
    operation["responses"] = {"400": answer, **({declared: answer} if declared else {})}
    package = workshop.made(spec({"/things": {"get": operation}}))
    server.answers({"genre": "x"}, 201)
    with package.ApiClient(package.Configuration(host=server.url)) as client:
        found = package.ThingsApi(client).things_get()
        assert client.last_response.drift == []
    assert declared is None or found.genre == "x"


def test_a_401_of_an_operation_that_asks_for_no_session_speaks_of_its_own_credentials(
    workshop: Workshop, server: Server
) -> None:
    package = workshop.made(spec({"/login": get({"type": "object"})}))
    server.answers({"message": "wrong"}, 401)
    with package.ApiClient(package.Configuration(host=server.url)) as client:
        with pytest.raises(package.ApiUnauthorized) as failure:
            package.ThingsApi(client).things_get()
    assert "credentials in the request itself" in failure.value.hint


def test_the_nearest_declaration_says_what_the_body_of_an_error_is(
    workshop: Workshop, server: Server
) -> None:
    def body(name: str) -> dict[str, Any]:
        schema = {"type": "object", "properties": {name: {"type": "string"}}}
        return {"description": "Bad.", "content": {"application/json": {"schema": schema}}}

    path = get({"type": "string"})
    path["get"]["responses"] |= {
        "404": {"description": "No body."}, "409": body("own"), "4XX": body("family"), "default": body("any"),
    }  # fmt: skip
    package = workshop.made(spec({"/x": path}))
    things = package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url, retries=0)))
    for status, name in ((409, "own"), (422, "family"), (503, "any"), (404, "")):
        server.answers({"own": "a", "family": "b", "any": "c"}, status=status)
        with pytest.raises(package.ApiException) as caught:
            things.things_get()
        assert list(getattr(caught.value.details, "attribute_map", {})) == [name] * bool(name)
    text = things.things_get.__doc__
    assert all(each in text for each in ("status 409", "any other status 4xx", "any other status: "))
