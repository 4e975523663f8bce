"""Several sessions at a time, lists of any length, and a session after its logout."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import REPORT, Answer, Request, Wire

from atomx import APIError, Atomx, models
from atomx.client import Configuration
from atomx.exceptions import LoggedOutError, NoSessionError
from atomx.sandbox import Sandbox

# --- sessions: logins, tokens, configurations


def test_sessions_on_one_configuration_keep_their_own_account_and_logout(wire: Wire) -> None:
    def login(request: Request) -> Any:
        email = request.json["email"]
        return 200, {
            "success": True,
            "resource": "auth_token",
            "auth_token": f"of-{email}",
            "user": {"id": 1},
        }

    wire.login = login
    config = Configuration()
    host = config.host
    one, two = (
        Atomx(f"{name}@example.com", "password", api_endpoint=wire.url, configuration=config)
        for name in ("one", "two")
    )
    one.get("x")
    two.get("x")
    two.logout()
    one.get("x")
    sent = [each.headers["Authorization"] for each in wire.requests]
    assert sent == [f"Bearer of-{name}@example.com" for name in ("one", "two", "one")]
    one.api_endpoint = "http://127.0.0.1:9"
    assert (two.api_endpoint, config.host, config.access_token) == (f"{wire.url}/", host, None)
    assert config.refresh_access_token is None
    one.close()
    two.close()


def test_a_configuration_that_is_changed_later_leaves_its_sessions_alone(wire: Wire) -> None:
    config = Configuration(timeout=50)
    with Atomx("a@example.com", "p", api_endpoint=wire.url, configuration=config) as session:
        config.timeout, config.host = 0.001, "http://127.0.0.1:9"
        assert session.get("x") == 1


def test_a_session_is_a_context_manager_and_can_be_closed_twice(sandbox: Sandbox) -> None:
    with Atomx("user@example.com", "password") as session:
        assert session.auth_token
    assert session.auth_token is None
    session.close()


def test_an_expired_token_is_renewed_once_for_all_threads(wire: Wire) -> None:
    tokens: list[str] = []

    def login(request: Request) -> Answer:
        tokens.append(f"token-{len(tokens)}")
        user = {"id": 1}
        return 200, {"success": True, "resource": "auth_token", "auth_token": tokens[-1], "user": user}

    wire.login = login
    with Atomx("user@example.com", "password", api_endpoint=wire.url) as session:
        assert tokens == ["token-0"]
        wire.say((401, {"error": "User unauthorized", "errno": 1}), (200, {"resource": "x", "x": 7}))
        assert session.post("x", {"a": 1}) == 7
        assert tokens == ["token-0", "token-1"]
        assert [each.headers["Authorization"] for each in wire.requests] == [
            "Bearer token-0",
            "Bearer token-1",
        ]
        assert wire.requests[1].json == {"a": 1}


def test_an_expired_token_of_the_sandbox_is_renewed(sandbox: Sandbox) -> None:
    with Atomx("user@example.com", "password") as session:
        before = session.auth_token
        sandbox.app.state.store.sql.execute("UPDATE token SET expires = 0 WHERE token = ?", (before,))
        found: list[Any] = []
        threads = [
            threading.Thread(target=lambda: found.append(session.get("creative", 1))) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert [each.id for each in found] == [1, 1, 1, 1]
        assert session.auth_token != before


@pytest.mark.parametrize("options", [{"relogin": False}, {"totp": "123456"}])
def test_a_session_that_may_not_or_can_not_log_in_again_says_401(wire: Wire, options: dict[str, Any]) -> None:
    logins: list[Request] = []
    answer = wire.login

    def login(request: Request) -> Answer:
        logins.append(request)
        return answer(request)

    wire.login = login
    with Atomx("user@example.com", "password", api_endpoint=wire.url, **options) as session:
        wire.say((401, {"error": "User unauthorized", "errno": 1}))
        with pytest.raises(APIError, match="unauthorized") as failed:
            session.get("x")
    assert failed.value.status == 401
    assert len(logins) == 1


def test_settings_of_the_connection_can_be_given(wire: Wire) -> None:
    settings = Configuration(timeout=5, retries=1)
    with Atomx("user@example.com", "password", api_endpoint=wire.url, configuration=settings) as session:
        assert session._wire.configuration.timeout == 5
        session._wire.client.default_headers["X-Team"] = "red"
        session.get("x")
    assert wire.last.headers["X-Team"] == "red"
    assert wire.last.headers["User-Agent"].startswith("atomx/")


# --- lists


def paged(wire: Wire, total: int, cap: int, **more: Any) -> Iterator[list[int]]:
    """Let a server give pages of at most `cap` rows, for any requested size; yield the rows of each call."""
    pages = [list(range(start, min(start + cap, total))) for start in range(0, max(total, 1), cap)]
    wire.say(*((200, {"success": True, "resource": "x", "x": page, **more}) for page in pages), (200, EMPTY))
    return iter(pages)


EMPTY = {"success": True, "resource": "x", "x": []}


@pytest.mark.parametrize(("total", "cap"), [(7, 3), (6, 3), (0, 3), (1, 100)])
@pytest.mark.parametrize("told", ["count", "limit", "nothing"])
def test_a_list_is_read_whole_though_the_server_makes_smaller_pages(
    session: Atomx, wire: Wire, total: int, cap: int, told: str
) -> None:
    more = {"count": {"count": total}, "limit": {"limit": cap}, "nothing": {}}[told]
    list(paged(wire, total, cap, **more))
    assert list(session.iterate("x", page_size=500)) == list(range(total))
    offsets = [int(each.target.rpartition("offset=")[2]) for each in wire.requests]
    assert offsets == [min(cap * number, total) for number in range(len(offsets))]
    if told == "count" and total:
        assert len(offsets) == -(-total // cap)


def test_a_page_that_is_as_long_as_asked_for_is_the_last_when_the_count_says_so(
    session: Atomx, wire: Wire
) -> None:
    wire.say((200, {"success": True, "resource": "x", "x": [1, 2], "count": 2}))
    assert list(session.iterate("x", page_size=2)) == [1, 2]
    assert len(wire.requests) == 1


def test_a_list_from_a_server_without_offsets_ends(session: Atomx, wire: Wire) -> None:
    wire.say((200, {"success": True, "resource": "x", "x": [1, 2, 3]}))
    assert list(session.iterate("x", page_size=2)) == [1, 2, 3]
    assert len(wire.requests) == 2


def test_rows_that_go_away_meanwhile_end_the_list(session: Atomx, wire: Wire) -> None:
    wire.say((200, {"success": True, "resource": "x", "x": [1, 2], "count": 9}), (200, {**EMPTY, "count": 2}))
    assert list(session.iterate("x", page_size=2)) == [1, 2]


def test_a_limit_is_how_many_objects_are_read_in_all(atomx: Atomx) -> None:
    assert [each.id for each in atomx.iterate("creatives", page_size=3, limit=7)] == list(range(1, 8))
    assert list(atomx.iterate("creatives", limit=0)) == []
    assert [each.id for each in atomx.iterate("creatives", limit=2, offset=99)] == [100]


# --- after the logout


def test_a_report_of_a_session_that_has_logged_out_says_so(session: Atomx, wire: Wire) -> None:
    wire.say(REPORT)
    report = session.report("dsp", ["day"])
    wire.requests.clear()
    session.logout()
    for call in (report.save, report.delete, report.get, lambda: report.content, lambda: report.pandas):
        with pytest.raises(LoggedOutError, match="has logged out: log in again"):
            call()
    assert wire.requests == []


def test_a_model_of_a_session_that_has_logged_out_says_so(session: Atomx, wire: Wire) -> None:
    creative = models.Creative(7, session=session, title="x")
    session.logout()
    for call in (creative.save, creative.delete, creative.reload, creative.history):
        with pytest.raises(LoggedOutError) as failed:
            call()
        assert isinstance(failed.value, APIError)
        assert isinstance(failed.value, NoSessionError)
        assert str(pickle.loads(pickle.dumps(failed.value))) == str(failed.value)
    assert wire.requests == []


def test_a_refused_call_of_a_session_that_has_logged_out_says_so(session: Atomx, wire: Wire) -> None:
    session.logout()
    wire.say((401, {"success": False, "error": "User unauthorized", "errno": 1}))
    for call in (
        lambda: session.get("x"),
        lambda: session.search("x"),
        lambda: session.report("dsp", ["day"]),
    ):
        with pytest.raises(LoggedOutError) as failed:
            call()
        assert (failed.value.status, failed.value.errno) == (401, 1)


def test_a_report_without_rows_and_session_is_no_empty_table() -> None:
    with pytest.raises(NoSessionError, match="pass an Atomx session"):
        _ = models.Report(5).content
    assert models.Report(5, columns=["day"], data=[]).content == "day\n"
