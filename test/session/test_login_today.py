"""Logging in as today's servers want it: tokens of five minutes, temporary tokens, the server's version."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from support.lab import answer
from support.login_server import CODE, PASSWORD, LoginServer, ask, awaited, jwt, login

import apteco_api as aa
from apteco_api.sandbox import Sandbox
from apteco_api.session import tokens
from apteco_api.session.authentication import Authentication

Change = dict[str, Any]


# ---- tokens that end


def hurry(session: Any, seconds: float = 1e6) -> None:
    """Let time pass for the session's token: it is due, and for the server it is still good."""
    authentication: Authentication = session._authentication
    life = authentication._life
    authentication._life = life._replace(due=life.due - seconds)


def test_a_token_is_renewed_before_it_ends_once_for_all_threads(server: LoginServer) -> None:
    with login(server) as session:
        life = session._authentication._life
        assert 269 < life.due - time.monotonic() <= 270  # thirty seconds before its end
        assert 299 < life.ends - time.monotonic() <= 300
        ask(session)
        assert server.logins == 1
        hurry(session)
        barrier = threading.Barrier(12)

        def work(_: int) -> str:
            barrier.wait()
            return ask(session)

        batch = session.map(work, range(12), workers=12, progress=False)
        assert batch.errors == {}
        assert server.logins == 2
        ask(session)
        assert server.logins == 2
        assert not any(seen.headers.get("authorization") == "Bearer " for seen in server.requests)


@pytest.mark.parametrize("engine", ["threads", "aiohttp"])
def test_an_async_session_renews_its_token_before_it_ends(engine: str, server: LoginServer) -> None:
    async def main() -> None:
        async with awaited(server, engine) as session:
            hurry(session)
            await asyncio.gather(*(session.request("GET", "/{dataViewName}/Things") for _ in range(12)))
            assert server.logins == 2

    asyncio.run(main())


def test_a_token_of_a_second_lives_through_a_longer_script(server: LoginServer) -> None:
    server.life = 0.5
    with login(server) as session:
        for _ in range(15):
            ask(session)
            time.sleep(0.1)
        assert 401 not in server.statuses
        assert server.logins >= 3


def test_a_logout_whose_token_has_ended_is_no_error(server: LoginServer) -> None:
    with login(server):
        server.end_sessions()

    async def main() -> None:
        async with awaited(server):
            server.end_sessions()

    asyncio.run(main())
    assert server.statuses.count(401) == 2


@pytest.mark.parametrize("clock", [-7200.0, -290.0, 290.0, 7200.0])
def test_the_clocks_of_server_and_client_may_differ(clock: float, server: LoginServer) -> None:
    server.clock = clock
    with login(server) as session:
        for _ in range(3):
            ask(session)
        assert server.logins == 1
        left = session._authentication._life.ends - time.monotonic()
        assert 0 < left <= 300


@pytest.mark.parametrize("failing", [answer(503, {}), answer(500, {})])
def test_a_fault_in_time_leaves_the_good_token_in_use_and_is_tried_again_later(
    failing: bytes, server: LoginServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with login(server) as session:
        hurry(session, 280)
        server.fails = failing
        for _ in range(5):
            ask(session)
        tried = server.paths.count("/DV/Sessions/SimpleLogin") - 1
        assert 1 <= tried <= 4  # one renewal, with the retries of one call
        server.fails = b""
        hurry(session, 60)
        ask(session)
        assert server.logins == 2


def test_a_password_that_the_server_refuses_is_sent_once_more_and_not_again(server: LoginServer) -> None:
    with login(server) as session:
        hurry(session)
        server.fails = answer(401, {"message": "The account is locked."})
        for _ in range(5):
            ask(session)
        server.end_sessions()
        for _ in range(3):
            with pytest.raises(aa.ApiUnauthorized):
                ask(session)
        server.fails = b""
        assert server.paths.count("/DV/Sessions/SimpleLogin") == 2


@pytest.mark.parametrize("converts", [True, False])
def test_renewal_behind_a_second_factor_tries_the_session_id_then_asks(
    converts: bool, server: LoginServer
) -> None:
    server.asks, server.converts = "claim", converts
    asked: list[str] = []
    with login(server, mfa=lambda: asked.append("code") or CODE) as session:
        hurry(session)
        ask(session)
        assert server.logins == 2
        assert len(asked) == (1 if converts else 2)
        assert "/DV/Sessions/ConvertSession" in server.paths


def test_a_code_that_is_used_up_is_named_when_the_token_has_ended_and_not_before(server: LoginServer) -> None:
    server.asks = "claim"
    with login(server, mfa=CODE) as session:
        hurry(session)
        for _ in range(3):
            ask(session)
        assert server.paths.count("/DV/Sessions/SimpleLogin") == 2
        life = session._authentication._life
        session._authentication._life = life._replace(due=0.0, ends=0.0)
        with pytest.raises(aa.MfaRequired, match="a function that returns a new code"):
            ask(session)


def test_a_session_that_the_server_has_ended_asks_for_a_code_again(server: LoginServer) -> None:
    server.asks = "member"
    with login(server, mfa=lambda: CODE) as session:
        server.end_sessions()
        assert ask(session) == "/DV/Things"
        assert server.logins == 2


def test_an_async_function_serves_the_renewal_too(server: LoginServer) -> None:
    server.asks = "member"

    async def later() -> str:
        await asyncio.sleep(0)
        return CODE

    async def main() -> None:
        async with awaited(server, mfa=later) as session:
            hurry(session)
            await session.request("GET", "/{dataViewName}/Things")
            assert server.logins == 2

    asyncio.run(main())


# ---- what tokens say


@pytest.mark.parametrize(
    "token",
    [
        "", "spoilt", "a.b", "a.b.c", "...", "a.!.c", "é.é.é", jwt(), jwt(exp="soon"), jwt(exp=True),
        jwt(exp=-5), jwt(exp=0), jwt(exp=float("nan")), jwt(exp=float("inf")), jwt(exp=[1]), jwt(exp=None),
        jwt(exp=10**400), jwt(exp={"exp": 1}), f"a.{'A' * 200_000}.c", "a." + "W1tb" * 20_000 + ".c",
        jwt(exp=5, iat=10), "a.bnVsbA.c", "a.WzFd.c", "a." + "9" * 60_000 + ".c",
    ],
)  # fmt: skip
def test_a_token_that_tells_no_end_counts_as_one_without(token: str) -> None:
    life = tokens.life_of(token, fresh=True)
    assert life.due == life.ends == float("inf")
    assert tokens.user_in(token) == ""
    assert token == "" or token not in repr(life)


@pytest.mark.parametrize("subject", ["DV\\mia", "mia", "a\\b\\mia"])
def test_the_user_is_read_from_a_bare_token(subject: str, server: LoginServer) -> None:
    with aa.login(server.url, "DV", token=jwt(sub=subject), system="s") as session:
        assert session.user_name == "mia"
        assert session.user is None


def test_a_bare_token_is_not_renewed_with_the_password_of_somebody(
    server: LoginServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APTECO_API_PASSWORD", PASSWORD)
    with (
        aa.login(server.url, "DV", token=jwt(exp=5, sub="DV\\mia"), system="s") as session,
        pytest.raises(aa.ApiUnauthorized),
    ):
        ask(session)
    assert server.logins == 0


def test_a_session_from_a_token_finds_a_password_when_the_token_ends(
    server: LoginServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with login(server) as session:
        text = session.to_token()
        worker = aa.Session.from_token(text)
        ask(worker)
        server.end_sessions()
        with pytest.raises(aa.ApiUnauthorized):
            ask(worker)
        monkeypatch.setenv("APTECO_API_PASSWORD", PASSWORD)
        another = aa.Session.from_token(text)
        assert ask(another) == "/DV/Things"
        assert server.logins == 2
        another.logout()
        worker.close()


def test_a_temporary_token_opens_one_thing_without_a_login(session: aa.Session, box: Sandbox) -> None:
    import pickle
    import urllib.request

    session.temporary_files.temporary_files_upsert_temporary_file("report", b"bonjour")
    token = session.temporary_token("/{dataViewName}/TemporaryFiles/report")
    assert token.resource_path == f"/{box.data_view}/TemporaryFiles/report"
    assert token.expires is not None
    assert str.__str__(token) not in f"{token!r} {[token]!r} {vars(token)}"
    with urllib.request.urlopen(token.url, timeout=30) as answer:
        assert answer.read() == b"bonjour"
    again = pickle.loads(pickle.dumps(token))
    assert (again, again.url, repr(again)) == (token, token.url, repr(token))
    with aa.login(box.url, box.data_view, token=token, system=box.system) as other:
        raw: Any = other.temporary_files.temporary_files_get_temporary_file("report", _preload_content=False)
        assert raw.read() == b"bonjour"
        raw.close()
        with pytest.raises(aa.ApiUnauthorized) as refused:
            other.temporary_files.temporary_files_get_temporary_file("another")
        assert str.__str__(token) not in f"{refused.value} {vars(refused.value)}"
        with pytest.raises(ValueError, match="hand on the token itself"):
            other.to_token()
        assert str.__str__(token) not in f"{other!r} {vars(other)}"

    async def main() -> None:
        async with aa.aio.login(box.url, box.data_view, token=token, system=box.system) as each:
            await each.temporary_files.temporary_files_get_temporary_file("report")

    asyncio.run(main())


@pytest.mark.parametrize(
    "wrong", ["", "x", "//host/x", "/x?y=1", "/{other}/x", "https://host/x", "/{dataViewName"]
)
def test_what_is_not_a_path_opens_nothing(wrong: str, session: aa.Session) -> None:
    with pytest.raises(ValueError, match="begins with one slash"):
        session.temporary_token(wrong)
    with pytest.raises(ValueError, match="has no url"):
        _ = aa.TemporaryToken("text").url


# ---- the server's version


def missing(server: LoginServer) -> Callable[[Any, str], bytes]:
    return lambda seen, path: answer(404, {"message": "no such path"})


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("1.9.19.6190", "This server is 1.9.19.6190; Dashboards_GetDashboards exists since 2026"),
        ("1.12.3", "If the server is not older than that, check the names"),
        ("2026", "Check the names in the path, from the first to the last"),
        ("2027.1", "Check the names in the path, from the first to the last"),
        ("", "Dashboards_GetDashboards exists since 2026: an older server answers 404"),
    ],
)
def test_a_newer_operation_that_an_older_server_lacks_is_explained(
    version: str, told: str, server: LoginServer
) -> None:
    server.version = version
    server.reply = missing(server)  # type: ignore[method-assign]
    with login(server) as session:
        for _ in range(2):
            with pytest.raises(aa.ApiNotFound) as caught:
                session.dashboards.dashboards_get_dashboards()
            assert told in caught.value.hint
            assert "no such path" in str(caught.value)
        assert server.paths.count("/About/Version") == 1
        assert version == "" or session.server_version == version
        assert server.paths.count("/About/Version") <= 2

    async def main() -> None:
        async with awaited(server) as each:
            with pytest.raises(aa.ApiNotFound) as caught:
                await each.dashboards.dashboards_get_dashboards()
            assert told in caught.value.hint
            assert await each.server_version() == version

    asyncio.run(main())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 500])
def test_the_version_is_asked_for_after_no_other_error(status: int, server: LoginServer) -> None:
    server.reply = lambda seen, path: answer(status, {})  # type: ignore[method-assign]
    with login(server) as session:
        with pytest.raises(aa.ApiStatusError):
            session.fast_stats_systems.fast_stats_systems_get_fast_stats_system()  # every version has it
        if status != 404:
            with pytest.raises(aa.ApiStatusError):
                session.dashboards.dashboards_get_dashboards()
        server.reply = lambda seen, path: answer(204, content_type=None)  # type: ignore[method-assign]
    assert "/About/Version" not in server.paths


def test_a_server_that_does_not_tell_its_version_is_asked_once(server: LoginServer) -> None:
    def respond(seen: Any, path: str) -> bytes:
        return answer(404, {})

    server.reply = respond  # type: ignore[method-assign]
    server.version = None  # type: ignore[assignment]
    with login(server) as session:
        for _ in range(3):
            with pytest.raises(aa.ApiNotFound, match="an older server answers 404"):
                session.dashboards.dashboards_get_dashboards()
    assert server.paths.count("/About/Version") == 1


def test_a_client_without_a_session_tells_since_when_an_operation_exists(server: LoginServer) -> None:
    server.reply = missing(server)  # type: ignore[method-assign]
    config = aa.Configuration(host=server.url, api_key={"Authorization": server.token()})
    config.api_key_prefix = {"Authorization": "Bearer"}
    with aa.ApiClient(config) as client, pytest.raises(aa.ApiNotFound, match="exists since 2026"):
        aa.DashboardsApi(client).dashboards_get_dashboards("DV")
    assert "/About/Version" not in server.paths
