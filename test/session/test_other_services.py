"""`session.request` reaches the services beside the API that take the same token, and no other place."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from support.lab import Seen, Server, answer

import apteco_api as aa
from apteco_api.session.raw_call import raw_operation, service

SEEN: list[tuple[str, str]] = []


def respond(request: Seen, number: int) -> bytes:
    SEEN.append((request.target, request.headers.get("Authorization") or ""))
    return answer(200, json.dumps({"version": "3.1"}).encode(), "application/json")


def test_a_service_at_an_address_of_its_own_gets_the_token(session: aa.Session) -> None:
    SEEN.clear()
    with Server(respond) as other:
        assert session.request("GET", "/About/Version", host=f"{other.url}/Connect") == {"version": "3.1"}
        page = session.request("GET", "/{dataViewName}/DataSources", host=other.url, query={"count": 5})
        assert page["version"] == "3.1"

        async def awaited() -> Any:
            login = session.client.configuration
            async with aa.aio.AsyncApiClient(login) as client:
                operation, values = raw_operation("GET", "/About/Version", {}, None, "object", {}, {})
                return await client.call(service(operation, other.url, login.host), values)

        assert asyncio.run(awaited()) == {"version": "3.1"}
    targets = [target for target, _ in SEEN]
    assert targets == [
        "/OrbitAPI/Connect/About/Version",
        f"/OrbitAPI/{session.data_view}/DataSources?count=5",
        "/OrbitAPI/About/Version",
    ]
    assert all(token.startswith("Bearer ") for _, token in SEEN)


def test_a_path_stands_for_a_service_on_the_same_server(session: aa.Session) -> None:
    root = session.client.configuration.host.removeprefix("http://").partition("/")[2]
    own = session.request("GET", "/About/Version")
    assert session.request("GET", "/About/Version", host=f"/{root}") == own
    with pytest.raises(aa.ApiNotFound):
        session.request("GET", "/About/Version", host="/OrbitConnect")


@pytest.mark.parametrize(
    "host",
    [
        "ftp://server/x",
        "https://ann:secret@server/x",
        "https://server/x?token=secret",
        "https://",
        "//",
        "https://s/#a",
    ],
)
def test_a_host_that_is_not_the_address_of_a_service_is_refused(host: str) -> None:
    operation, _ = raw_operation("GET", "/About/Version", {}, None, "object", {}, {})
    with pytest.raises(aa.ApiValueError, match="host must be the address of a service") as caught:
        service(operation, host, "https://server/OrbitAPI")
    assert "secret" not in str(caught.value)


def test_the_token_goes_neither_by_http_nor_off_this_machine() -> None:
    operation, _ = raw_operation("GET", "/About/Version", {}, None, "object", {}, {})
    with pytest.raises(aa.ApiValueError, match="by https only"):
        service(operation, "http://server/OrbitConnect", "https://server/OrbitAPI")
    with pytest.raises(aa.ApiValueError, match="this machine"):
        service(operation, "https://server/OrbitConnect", "http://127.0.0.1:8080/OrbitAPI")
    assert service(operation, None, "https://server/OrbitAPI") is operation
    assert service(operation, "/Chat", "https://server/OrbitAPI").server == "https://server/Chat"
