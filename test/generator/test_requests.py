"""The requests of generated packages: parameters, bodies, credentials, servers, and awaited calls."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from .conftest import NUMBER, TEXT, client, document, operation, ref, thing

BASIC = {"type": "http", "scheme": "basic"}


def test_parameters_travel_in_their_places_and_styles(workshop: Any, server: Any) -> None:
    def parameter(name: str, place: str, schema: Any = TEXT, **more: Any) -> Any:
        return {
            "name": name,
            "in": place,
            "schema": schema,
            **({"required": True} if place == "path" else {}),
            **more,
        }

    words = {"type": "array", "items": TEXT}
    parameters = [
        parameter("id", "path"),
        parameter("wholePath", "path", {"type": "string", "format": "path"}),
        parameter("plain", "query"),
        parameter("many", "query", words),
        parameter("joined", "query", words, explode=False),
        parameter("piped", "query", words, style="pipeDelimited", explode=False),
        parameter("when", "query", {"type": "string", "format": "date-time"}),
        parameter("X-Trace", "header"),
        parameter("crumb", "cookie"),
    ]
    package = workshop.made(document({"/a/{id}/{wholePath}": {"get": operation(parameters=parameters)}}))
    with client(package, server) as api_client:
        package.ThingsApi(api_client).do(
            "a/b c",
            "x/y z",
            plain="1&2",
            many=["p", "q"],
            joined=["r", "s"],
            piped=["t", "u"],
            when=datetime.datetime(2024, 1, 2),
            x_trace="trace",
            crumb="value",
        )
    path, _, query = server.last.target.partition("?")
    assert path == "/a/a%2Fb%20c/x/y%20z"
    assert query.split("&") == [
        "plain=1%262",
        "many=p",
        "many=q",
        "joined=r,s",
        "piped=t|u",
        "when=2024-01-02T00%3A00%3A00",
    ] or (
        query.replace("%2C", ",").replace("%7C", "|").split("&")
        == ["plain=1%262", "many=p", "many=q", "joined=r,s", "piped=t|u", "when=2024-01-02T00%3A00%3A00"]
    )
    assert server.last.headers["X-Trace"] == "trace"
    assert "crumb=value" in server.last.headers["Cookie"]


def test_limits_are_checked_and_enumerated_values_of_a_newer_server_are_sent(
    workshop: Any, server: Any
) -> None:
    parameters = [
        {"name": "size", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 9}},
        {"name": "kind", "in": "query", "schema": {"type": "string", "enum": ["a", "b"]}},
    ]
    package = workshop.made(document({"/a": {"get": operation(parameters=parameters)}}))
    with client(package, server) as api_client:
        api = package.ThingsApi(api_client)
        for wrong in ({"size": 0}, {"size": 10}):
            with pytest.raises(package.ApiValueError, match=next(iter(wrong))):
                api.do(**wrong)
        assert server.requests == []
        api.do(size=9, kind="b")
        assert server.last.target == "/a?size=9&kind=b"
        api.do(kind="c")  # a newer server may know more than the document
    assert server.last.target == "/a?kind=c"


def test_the_same_name_in_two_places_is_two_arguments(workshop: Any, server: Any) -> None:
    parameters = [
        {"name": "id", "in": "path", "required": True, "schema": TEXT},
        {"name": "id", "in": "query", "schema": TEXT},
    ]
    package = workshop.made(document({"/a/{id}": {"get": operation(parameters=parameters)}}))
    with client(package, server) as api_client:
        package.ThingsApi(api_client).do("1", query_id="2")
    assert server.last.target == "/a/1?id=2"


def test_an_operation_without_an_id_is_called_after_its_verb_and_path(workshop: Any, server: Any) -> None:
    node = operation()
    del node["operationId"]
    package = workshop.made(document({"/users/{userId}": {"parameters": [
        {"name": "userId", "in": "path", "required": True, "schema": NUMBER}], "get": node}}))  # fmt: skip
    with client(package, server) as api_client:
        package.ThingsApi(api_client).get_users_user_id(5)
    assert server.last.target == "/users/5"


def test_forms_and_files_are_sent_as_forms(workshop: Any, server: Any) -> None:
    form = {**thing(userName=TEXT, age=NUMBER), "required": ["userName"]}
    files = thing(note=TEXT, data={"type": "string", "format": "binary"})
    paths = {
        "/form": {
            "post": operation(
                requestBody={"content": {"application/x-www-form-urlencoded": {"schema": form}}}
            )
        },
        "/files": {
            "post": operation("Up", requestBody={"content": {"multipart/form-data": {"schema": files}}})
        },
    }
    package = workshop.made(document(paths))
    with client(package, server) as api_client:
        api = package.ThingsApi(api_client)
        api.do("é & co", age=3)
        assert server.last.body == b"userName=%C3%A9+%26+co&age=3"
        api.up(note="n", data=("name.txt", b"content"))
    assert b'name="note"' in server.last.body
    assert b'filename="name.txt"' in server.last.body
    assert b"content" in server.last.body


def test_text_and_binary_bodies_are_sent_as_they_are(workshop: Any, server: Any) -> None:
    binary = {"type": "string", "format": "binary"}
    paths = {
        "/text": {
            "post": operation(requestBody={"content": {"text/csv": {"schema": TEXT}}, "required": True})
        },
        "/bytes": {
            "post": operation("Up", requestBody={"content": {"application/octet-stream": {"schema": binary}}})
        },
    }
    package = workshop.made(document(paths))
    with client(package, server) as api_client:
        package.ThingsApi(api_client).do("a;b")
        assert (server.last.headers["Content-Type"].split(";")[0], server.last.body) == (
            "text/csv",
            b"a;b",
        )
        package.ThingsApi(api_client).up(body=b"\x00\x01")
    assert server.last.body == b"\x00\x01"


@pytest.mark.parametrize(
    ("scheme", "settings", "header", "value"),
    [
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, {"api_key": {"X-Key": "k"}}, "X-Key", "k"),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, {"api_key": {"sid": "k"}}, "Cookie", "sid=k"),
        (BASIC, {"username": "u", "password": "p"}, "Authorization", "Basic dTpw"),
    ],
)  # fmt: skip
def test_credentials_travel_as_their_scheme_says(
    workshop: Any, server: Any, scheme: Any, settings: Any, header: str, value: str
) -> None:
    paths = {"/a": {"get": operation()}, "/open": {"get": operation("Open", security=[])}}
    package = workshop.made(
        document(paths, components={"securitySchemes": {"s": scheme}}, security=[{"s": []}])
    )
    with client(package, server, **settings) as api_client:
        package.ThingsApi(api_client).do()
        assert server.last.headers[header] == value
        package.ThingsApi(api_client).open()
        assert server.last.headers.get(header) is None


def test_a_key_in_the_query_and_a_bearer_token(workshop: Any, server: Any) -> None:
    schemes = {
        "key": {"type": "apiKey", "in": "query", "name": "k"},
        "token": {"type": "http", "scheme": "bearer"},
    }
    paths = {
        "/a": {"get": operation(security=[{"key": []}])},
        "/b": {"get": operation("Token", security=[{"token": []}])},
    }
    package = workshop.made(document(paths, components={"securitySchemes": schemes}))
    with client(package, server, api_key={"k": "1 2"}) as api_client:
        api_client.configuration.access_token = "abc"
        package.ThingsApi(api_client).do()
        assert server.last.target == "/a?k=1+2"
        package.ThingsApi(api_client).token()
        assert server.last.headers["Authorization"] == "Bearer abc"


def test_servers_with_variables_are_offered_and_the_first_is_the_default(workshop: Any) -> None:
    servers = [
        {
            "url": "https://{region}.example/{version}",
            "variables": {
                "region": {"default": "eu", "enum": ["eu", "us"]},
                "version": {"default": "v1"},
            },
        },
        {"url": "http://localhost"},
    ]
    package = workshop.made(document(servers=servers))
    config = package.Configuration()
    assert config.host == "https://eu.example/v1"
    assert config.get_host_from_settings(0, {"region": "us"}) == "https://us.example/v1"
    assert config.get_host_from_settings(1) == "http://localhost"


def test_the_same_controllers_can_be_awaited(workshop: Any, server: Any) -> None:
    import asyncio

    package = workshop.made(document({"/a": {"get": operation(answer=ref("A"))}}, {"A": thing(a=TEXT)}))
    server.answers({"a": "x"})

    async def run() -> Any:
        async with package.aio.AsyncApiClient(package.Configuration(host=server.url)) as api_client:
            api = package.aio.ThingsApi(api_client)
            return await api.do(), api_client.last_response.status

    assert asyncio.run(run()) == (package.A("x"), 200)
    assert not hasattr(package.aio.ThingsApi, "do_with_http_info")
