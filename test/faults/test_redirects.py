"""Case 27: a credential never follows a redirect to another origin."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from support import lab
from support.lab import COUNT, VARIABLE, Seen, answer

import apteco_api as aa
from apteco_api.exceptions import ApiRedirect

STATUSES = [301, 302, 303, 307, 308]


def redirecting(status: int, location: str) -> Any:
    def respond(request: Seen, number: int) -> bytes:
        return answer(body=VARIABLE) if "moved" in request.target else answer(status, Location=location)

    return respond


@pytest.mark.parametrize("status", STATUSES)
def test_27_a_redirect_on_the_same_origin_is_followed(status: int, serve: Any, get: Any) -> None:
    server = serve(redirecting(status, "/OrbitAPI/moved"))
    assert get(server).name == "peName"
    assert server.requests[1].headers["authorization"] == f"Bearer {lab.TOKEN}"


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("kind", ["port", "host", "userinfo", "scheme-relative", "file", "no host"])
def test_27_a_redirect_elsewhere_is_not_followed(
    status: int, kind: str, serve: Any, get: Any, post: Any
) -> None:
    other = serve(answer(body=VARIABLE))
    address = f"127.0.0.1:{other.port}"
    location = {
        "port": f"http://{address}/moved",
        "host": f"http://localhost:{other.port}/moved",
        "userinfo": f"http://user:pass@{address}/moved",
        "scheme-relative": f"//{address}/moved",
        "file": "file:///etc/passwd",
        "no host": "http:///moved",
    }[kind]
    for call in (get, post):
        with pytest.raises(ApiRedirect) as failure:
            call(serve(answer(status, Location=location)))
        assert failure.value.status == status
    assert other.requests == []


@pytest.mark.parametrize("status", STATUSES)
def test_27_an_allowed_redirect_elsewhere_gets_no_credential_and_no_body(
    status: int, serve: Any, client: Any
) -> None:
    other = serve(answer(body=VARIABLE))
    first = serve(answer(status, Location=f"http://127.0.0.1:{other.port}/moved"))
    shared = client(first, cross_origin_redirects=True)
    shared.set_default_header("X-Api-Key", "canary-key")
    shared.set_default_header("X-Tenant", "canary-tenant")
    shared.cookie = "session=canary"
    api = aa.FastStatsSystemsApi(shared)
    found = api.fast_stats_systems_get_fast_stats_variable("H", "h", "v", _headers={"X-Once": "canary-once"})
    assert found.name == "peName"
    query = aa.Query(selection=aa.Selection(table_name="canary-table"))
    # No body is sent to another origin: a redirect that must stay a POST is not followed.
    with pytest.raises(ApiRedirect) if status in (307, 308) else contextlib.nullcontext():
        aa.QueriesApi(shared).queries_perform_query_count_synchronously("H", "h", query=query)
    assert other.requests
    for request in other.requests:
        assert (request.method, request.body) == ("GET", b"")
        assert "canary" not in repr(request.raw)
        assert set(request.headers) == {"host", "accept", "accept-encoding", "user-agent"}


@pytest.mark.parametrize("status", [307, 308])
def test_27_a_post_is_never_repeated_elsewhere(status: int, serve: Any, post: Any) -> None:
    other = serve(answer(body=COUNT))
    first = serve(answer(status, Location=f"http://127.0.0.1:{other.port}/moved"))
    with pytest.raises(ApiRedirect):
        post(first, cross_origin_redirects=True)
    assert other.requests == []


@pytest.mark.parametrize("status", STATUSES)
def test_27_forty_hops_are_too_many(status: int, serve: Any, get: Any) -> None:
    server = serve(answer(status, Location="/OrbitAPI/again"))
    with pytest.raises(ApiRedirect):
        get(server)
    assert len(server.requests) == 6


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("allowed", [False, True])
def test_27_https_is_never_left_for_http(
    status: int, allowed: bool, tls: Any, serve: Any, get: Any, post: Any
) -> None:
    plain = serve(answer(body=VARIABLE))
    for call in (get, post):
        server = serve(answer(status, Location=f"{plain.url}/moved"), context=tls.contexts["good"])
        with pytest.raises(ApiRedirect):
            call(server, cross_origin_redirects=allowed, ssl_ca_cert=tls.bundle)
    assert plain.requests == []


def test_27_http_may_be_left_for_https_of_the_same_host_only_when_allowed(
    tls: Any, serve: Any, get: Any
) -> None:
    secure = serve(answer(body=VARIABLE), context=tls.contexts["good"])
    location = f"{secure.url}/moved"
    with pytest.raises(ApiRedirect):
        get(serve(answer(302, Location=location)), ssl_ca_cert=tls.bundle)
    assert secure.requests == []
    first = serve(answer(302, Location=location))
    assert get(first, ssl_ca_cert=tls.bundle, cross_origin_redirects=True).name == "peName"
    assert lab.TOKEN.encode() not in secure.requests[0].raw
