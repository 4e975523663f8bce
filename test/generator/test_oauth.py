"""OAuth 2: a token is fetched before the first call, cached, renewed once for all threads, never shown."""

from __future__ import annotations

import asyncio
import base64
import copy
import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs

import pytest

from test.support.lab import Seen, Server, answer

from .conftest import Workshop, get, spec

SECRET = "a-very-secret-text"


def document(**flows: Any) -> dict[str, Any]:
    found = flows or {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {}}}
    schemes = {"login": {"type": "oauth2", "flows": found}}
    open_one = get({"type": "string"}, id="open", security=[])
    return spec(
        {"/things": get({"type": "string"}, id="things"), "/open": open_one},
        security=[{"login": []}], components={"securitySchemes": schemes},
    )  # fmt: skip


class Tokens(Server):
    """A server that issues tokens t1, t2, … and accepts only the last one."""

    def __init__(self, *, life: Any = 3600, pause: float = 0.0, status: int = 200) -> None:
        self.given = 0
        self.life, self.pause, self.status = life, pause, status
        self.forms: list[dict[str, str]] = []
        self.lock = threading.Lock()
        super().__init__(self._answer)

    def _answer(self, request: Seen, number: int) -> bytes:
        if request.target.startswith("/oauth/"):
            time.sleep(self.pause)
            with self.lock:
                self.forms.append({key: value[0] for key, value in parse_qs(request.body.decode()).items()})
                if self.status != 200:
                    return answer(self.status, {"error": "invalid_client", "echo": request.body.decode()})
                self.given += 1
            more = {} if self.life is None else {"expires_in": self.life}
            token = {"access_token": f"t{self.given}", "token_type": "bearer", **more}
            return answer(200, {**token, "refresh_token": f"r{self.given}"})
        if request.target == "/open":
            return answer(200, b'"open"')
        good = request.headers.get("authorization") == f"Bearer t{self.given}"
        return answer(200, b'"yes"') if good else answer(401, {"why": "no"})


def config(package: Any, server: Tokens, source: Any, **more: Any) -> Any:
    host = f"http://127.0.0.1:{server.port}"
    return package.Configuration(host=host, refresh_access_token=source, **more)


def test_one_token_serves_all_threads_and_clients(workshop: Workshop) -> None:
    package = workshop.made(document())
    with Tokens(pause=0.1) as server:
        settings = config(package, server, package.ClientCredentials("me", SECRET, scopes=["a", "b"]))
        with package.ApiClient(settings) as one, package.ApiClient(settings) as two:
            apis = [package.ThingsApi(one), package.ThingsApi(two)]
            with ThreadPoolExecutor(8) as pool:
                assert list(pool.map(lambda n: apis[n % 2].things(), range(40))) == ["yes"] * 40
        assert server.forms == [{"grant_type": "client_credentials", "scope": "a b"}]
        expected = base64.b64encode(f"me:{SECRET}".encode()).decode()
        token = next(request for request in server.requests if request.target == "/oauth/token")
        assert token.headers["authorization"] == f"Basic {expected}"


def test_async_code_has_one_token_too(workshop: Workshop) -> None:
    package = workshop.made(document())

    async def calls() -> list[Any]:
        settings = config(package, server, package.ClientCredentials("me", SECRET))
        async with package.aio.AsyncApiClient(settings) as client:
            api = package.aio.ThingsApi(client)
            return list(await asyncio.gather(*(api.things() for _ in range(20))))

    with Tokens(pause=0.1) as server:
        assert asyncio.run(calls()) == ["yes"] * 20
        assert server.given == 1


def test_a_token_is_renewed_before_it_ends_and_when_it_is_refused(workshop: Workshop) -> None:
    package = workshop.made(document())
    with Tokens(life="0.2") as server:
        settings = config(package, server, package.ClientCredentials("me", SECRET))
        with package.ApiClient(settings) as client:
            api = package.ThingsApi(client)
            assert [api.things(), api.things()] == ["yes"] * 2
            assert server.given == 1
            time.sleep(0.25)
            assert api.things() == "yes"
            assert server.given == 2
    with Tokens(life=None) as server:
        settings = config(package, server, package.ClientCredentials("me", SECRET))
        with package.ApiClient(settings) as client:
            api = package.ThingsApi(client)
            api.things()
            server.given = 7  # the server revokes the token
            assert api.things() == "yes"
            assert settings.access_token == "t8"


def test_an_operation_that_needs_no_token_asks_for_none(workshop: Workshop) -> None:
    package = workshop.made(document())
    with Tokens() as server:
        with package.ApiClient(config(package, server, package.ClientCredentials("me", SECRET))) as client:
            assert package.ThingsApi(client).open() == "open"
        assert server.given == 0


def test_a_token_of_ones_own_is_used_as_long_as_it_is_good(workshop: Workshop) -> None:
    package = workshop.made(document())
    with Tokens() as server:
        server.given = 3
        settings = config(package, server, package.ClientCredentials("me", SECRET), access_token="t3")
        with package.ApiClient(settings) as client:
            assert package.ThingsApi(client).things() == "yes"
        assert server.forms == []


def test_a_refusal_names_the_token_endpoint_and_no_secret(
    workshop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    package = workshop.made(document())
    caplog.set_level(logging.DEBUG)
    for in_body in (False, True):
        source = package.ClientCredentials("me", SECRET, in_body=in_body)
        with Tokens(status=400) as server, package.ApiClient(config(package, server, source)) as client:
            with pytest.raises(package.ApiBadRequest, match="token endpoint") as caught:
                package.ThingsApi(client).things()
            assert len(server.requests) == 1  # the operation itself was not sent
            server.status = 200
            assert package.ThingsApi(client).things() == "yes"  # the next call asks for a token again
        shown = f"{caught.value!r} {caught.value} {caught.value.body} {source!r} {vars(source)} {caplog.text}"
        assert SECRET not in shown


def test_a_refresh_token_is_replaced_by_the_one_that_the_server_gives(workshop: Workshop) -> None:
    flow = {"tokenUrl": "/oauth/token", "refreshUrl": "/oauth/refresh", "authorizationUrl": "/", "scopes": {}}
    package = workshop.made(document(authorizationCode=flow))
    kept: list[str] = []
    with Tokens() as server:
        source = package.RefreshToken("r0", "me", on_refresh_token=kept.append)
        with package.ApiClient(config(package, server, source)) as client:
            api = package.ThingsApi(client)
            api.things()
            server.given = 5
            api.things()
        assert [form["refresh_token"] for form in server.forms] == ["r0", "r1"]
        assert server.forms[0]["client_id"] == "me"
        assert kept == ["r1", "r6"]
        assert server.requests[0].target == "/oauth/refresh"


def test_the_token_endpoint_is_safe_or_refused(workshop: Workshop) -> None:
    package = workshop.made(document())
    source = package.ClientCredentials("me", SECRET, token_url="http://elsewhere.example/token")
    with Tokens() as server, package.ApiClient(config(package, server, source)) as client:
        with pytest.raises(package.ApiValueError, match="not an https address"):
            package.ThingsApi(client).things()
        assert server.requests == []


def test_settings_with_a_source_can_be_copied(workshop: Workshop) -> None:
    package = workshop.made(document())
    with Tokens() as server:
        settings = config(package, server, package.ClientCredentials("me", SECRET))
        with package.ApiClient(settings) as client:
            package.ThingsApi(client).things()
        with package.ApiClient(copy.deepcopy(settings)) as client:
            assert package.ThingsApi(client).things() == "yes"


def test_a_document_without_oauth_offers_no_tokens(workshop: Workshop) -> None:
    package = workshop.made(spec({"/things": get({"type": "string"}, id="things")}))
    assert not hasattr(package, "ClientCredentials")


def test_the_variables_of_a_server_are_arguments(workshop: Workshop) -> None:
    variables = {"region": {"default": "eu", "enum": ["eu", "us"]}, "port": {"default": "443"}}
    servers = [
        {"url": "https://{region}.x.example:{port}/v1", "variables": variables},
        {"url": "https://y.example"},
    ]
    package = workshop.made(spec({"/things": get(id="things")}, servers=servers))
    made = package.Configuration
    assert made().host == "https://eu.x.example:443/v1"
    assert made(server_variables={"region": "us"}).host == "https://us.x.example:443/v1"
    assert made(server_index=1).host == "https://y.example"
    for wrong, said in (
        ({"server_variables": {"region": "mars"}}, "invalid value mars"),
        ({"server_variables": {"planet": "mars"}}, "no variable planet"),
        ({"server_index": 2}, "Invalid index 2"),
        ({"server_index": 1, "host": "http://x"}, "either host"),
    ):
        with pytest.raises(ValueError, match=said):
            made(**wrong)


def test_what_came_is_json_of_a_token(workshop: Workshop) -> None:
    package = workshop.made(document())
    with Server(lambda request, number: answer(200, json.dumps({"token": "x"}).encode())) as server:
        source = package.ClientCredentials("me", SECRET)
        with package.ApiClient(config(package, server, source)) as client:  # type: ignore[arg-type]
            with pytest.raises(package.ApiDecodeError, match="no access_token"):
                package.ThingsApi(client).things()
