"""Secrets that a server or a proxy sends back, in any place and form; texts that forge lines of a log."""

from __future__ import annotations

import base64
import io
import json
import logging
import pickle
import traceback
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from engines import ENGINES, call, configured
from support.lab import VARIABLE, answer

import apteco_api as aa
from apteco_api._runtime.codec.texts import printable
from apteco_api._runtime.masking import Mask

SECRET = 'c4nary/5ecret+"é'
FORMS = {
    "as it is": SECRET,
    "upper case": SECRET.upper(),
    "JSON": json.dumps(SECRET)[1:-1],
    "URL": quote(SECRET, safe=""),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "inside": f"xx{SECRET}yy",
}


def places_of(error: BaseException) -> str:
    """Return all that can be seen of an error."""
    texts = [str(error), repr(error), repr(vars(error)), repr(error.args)]
    texts += traceback.format_exception(error)
    return "\n".join(texts) + pickle.dumps(error).decode("latin-1")


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_a_secret_is_masked(form: str) -> None:
    text = f"before {FORMS[form]} after"
    masked = Mask([SECRET])(text)
    assert "c4nary" not in masked.lower()
    assert "***" in masked
    assert (masked.startswith("before"), masked.endswith("after")) == (True, True)


def test_short_texts_are_left_alone() -> None:
    assert Mask(["abc", ""])("abc is no secret") == "abc is no secret"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "place", ["reason", "header name", "header value", "body", "content type", "request id"]
)
def test_an_echo_in_an_error_is_masked_by_every_engine(engine: str, place: str, serve: Any) -> None:
    secret = "c4nary-5ecret"
    head = {
        "reason": f"403 {secret}\r\n",
        "header name": f"403 No\r\nX-{secret}: 1\r\n",
        "header value": f"403 No\r\nX-Y: {secret}\r\n",
        "body": "403 No\r\n",
        "content type": f"200 OK\r\nContent-Type: text/{secret}\r\n",
        "request id": f"403 No\r\nX-Correlation-Id: {secret}\r\n",
    }[place]
    body = f"bad key {secret}".encode() if place == "body" else b"<"
    server = serve(f"HTTP/1.1 {head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    config = configured(server.url, api_key={"Authorization": secret})
    name = "fast_stats_systems_get_fast_stats_variable"
    with pytest.raises(aa.ApiException) as caught:
        call(engine, config, "FastStatsSystemsApi", name, "H", "h", "v")
    assert secret not in places_of(caught.value).lower()


@pytest.mark.parametrize("strict", [True, False])
def test_a_secret_that_is_a_value_or_cut_by_the_preview_is_masked(
    strict: bool, serve: Any, client: Any, caplog: Any
) -> None:
    """The preview ends in the middle of the secret, and a value of the wrong kind holds it."""
    from support.lab import TOKEN

    body = {"pad": "x" * (200 - 15), "more": TOKEN, **VARIABLE, "isVirtual": [TOKEN]}
    made = client(serve(answer(body=body)), strict_responses=strict)
    caplog.set_level(1)
    api = aa.FastStatsSystemsApi(made)
    if strict:
        with pytest.raises(aa.ApiDecodeError) as caught:
            api.fast_stats_systems_get_fast_stats_variable("H", "h", "v")
        assert TOKEN[:8] not in places_of(caught.value)
    else:
        api.fast_stats_systems_get_fast_stats_variable("H", "h", "v")
        assert TOKEN[:8] not in repr(made.last_response.drift)
    assert TOKEN[:8] not in caplog.text


def test_a_password_in_a_json_body_is_masked(serve: Any, client: Any) -> None:
    made = client(serve(answer(400, {"message": "bad password n0t-s0-secret"})), retries=0)
    details = {"newPassword": "n0t-s0-secret", "list": [{"apiKey": "0ther-secret"}]}
    with pytest.raises(aa.ApiException) as caught:
        made.call_api("/H/Users/x", "PUT", body=details)
    assert "n0t-s0-secret" not in places_of(caught.value)


def test_the_credential_that_was_replaced_is_masked_too(serve: Any, client: Any) -> None:
    """The server echoes the old token after the refresh."""
    made = client(serve(answer(401, {"message": "old-token-123 has ended"})), retries=0)
    made.configuration.api_key["Authorization"] = "old-token-123"

    def renew(config: aa.Configuration) -> bool:
        config.api_key["Authorization"] = "new-token-456"
        return True

    made.configuration.refresh_access_token = renew
    with pytest.raises(aa.ApiUnauthorized) as caught:
        aa.FastStatsSystemsApi(made).fast_stats_systems_get_fast_stats_variable("H", "h", "v")
    assert "old-token-123" not in places_of(caught.value)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_echoes_its_password_shows_it_nowhere(scheme: str, serve: Any) -> None:
    pair = base64.b64encode(b"ann:pr0xy-pass").decode()
    body = f"no: {pair} pr0xy-pass".encode()
    head = (
        f"HTTP/1.1 407 {pair}\r\nX-Echo: {pair}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    proxy = serve(head.encode() + body)
    config = configured(f"{scheme}://127.0.0.1:9", proxy=f"http://ann:pr0xy-pass@127.0.0.1:{proxy.port}")
    with pytest.raises(aa.ApiException) as caught:
        call("sync", config, "AboutApi", "about_get_version")
    assert "proxy" in str(caught.value)
    assert f"127.0.0.1:{proxy.port}" in str(caught.value)
    for secret in (pair, "pr0xy-pass"):
        assert secret not in places_of(caught.value)


# ---- texts


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger("apteco_api").addHandler(handler)
    yield stream
    logging.getLogger("apteco_api").removeHandler(handler)


ODD = [
    "\r",
    "\n",
    "\x1b[2J",
    "\x9b2J",
    "\x00",
    "\x7f",
    "\x85",
    "\u2028",
    "\u2029",
    "\u202e",
    "\ufeff",
    "\x0b",
]


@pytest.mark.parametrize("odd", ODD)
def test_control_characters_reach_neither_log_nor_error(odd: str, serve: Any, client: Any, log: Any) -> None:
    body = {**VARIABLE, "isVirtual": f"a{odd}b"}
    made = client(serve(answer(body=json.dumps(body).encode())))
    aa.FastStatsSystemsApi(made).fast_stats_systems_get_fast_stats_variable("H", "h", "v")
    assert made.last_response.drift[0].got.isprintable()
    assert log.getvalue().count("\n") == 1
    assert all(c.isprintable() or c == "\n" for c in log.getvalue())
    made = client(serve(answer(404, f"a{odd}b".encode(), "text/plain; charset=utf-8")), retries=0)
    with pytest.raises(aa.ApiNotFound) as caught:
        aa.FastStatsSystemsApi(made).fast_stats_systems_get_fast_stats_variable("H", "h", "v")
    assert all(c.isprintable() or c == "\n" for c in str(caught.value))
    assert caught.value.body == f"a{odd}b"  # the attribute is not changed


def test_what_is_printable_stays() -> None:
    assert printable("café £ 東京 😀 \\x1b") == "café £ 東京 😀 \\x1b"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"message": "no such table"}, "no such table"),
        ({"title": "Bad", "detail": "no such table"}, "no such table"),
        ({"error": {"message": "no such table"}}, "no such table"),
        ({"error": "invalid_grant", "error_description": "no such table"}, "no such table"),
        ("no such table", "no such table"),
        ({"message": "  "}, "Nope"),
        ([1], "Nope"),
        (b"<html>", "Nope"),
        (b"{" * 5000, "Nope"),
    ],
)
def test_an_error_begins_with_the_servers_words_and_what_to_do(
    body: Any, words: str, serve: Any, get: Any
) -> None:
    with pytest.raises(aa.ApiNotFound) as caught:
        get(serve(answer(404, body, reason="Nope")))
    first, second, *rest = str(caught.value).splitlines()
    assert first == words == caught.value.message
    assert second.startswith("Hint: ")
    assert rest[0] == "(404)"
    assert any(line.startswith("Operation: ") for line in rest)
