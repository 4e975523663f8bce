"""A session against the sandbox: login to logout, and any call in between."""

from __future__ import annotations

import json
import pickle
import threading
from pathlib import Path

import pytest

import apteco_api as aa
from apteco_api.sandbox import Sandbox


def login(box: Sandbox, **more: str) -> aa.Session:
    return aa.login(box.url, box.data_view, box.username, box.password, system=box.system, **more)  # type: ignore[arg-type]


def live(box: Sandbox) -> set[str]:
    """Return the ids of the sessions that the server knows."""
    with login(box) as other:
        found = {each.session_id for each in aa.paginate(other.sessions.sessions_get_session_details_list)}
        return found - {other._session_id}


def test_a_session_is_logged_out_at_its_end(box: Sandbox) -> None:
    with login(box) as session:
        mine = session._session_id
        assert session.user is not None
        assert session.user.username == box.username
        assert mine in live(box)
    assert mine not in live(box)
    session.logout()  # a second time does nothing
    assert "closed" in repr(session)


def test_a_session_is_logged_out_after_an_error_which_is_the_one_that_is_seen(box: Sandbox) -> None:
    session = login(box)
    mine = session._session_id
    with pytest.raises(ZeroDivisionError), session:
        raise ZeroDivisionError
    assert mine not in live(box)


def test_a_logout_that_fails_does_not_hide_the_error_of_the_block(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    session = login(box)
    session.client.configuration.host = "http://127.0.0.1:9/nobody"
    session.client.configuration.timeout = 1
    with pytest.raises(ZeroDivisionError), session:
        raise ZeroDivisionError
    assert "logout failed" in caplog.text


def test_a_wrong_password_is_refused(box: Sandbox) -> None:
    with pytest.raises(aa.ApiUnauthorized):
        aa.login(box.url, box.data_view, box.username, "wrong")


def test_a_session_that_the_server_has_ended_is_renewed_unseen(box: Sandbox) -> None:
    with login(box) as session:
        first = session._session_id
        session.client.configuration.api_key["Authorization"] = "spoilt"
        assert session.count("Bookings") == 20_000
        assert session._session_id != first


def test_credentials_come_from_the_environment_and_from_profiles(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from apteco_api.session.credentials import Login, save_profile

    monkeypatch.setenv("APTECO_API_CONFIG", str(tmp_path / "config.toml"))
    save_profile("box", Login(box.url, box.data_view, box.system, box.username, box.password))
    with aa.login() as session:
        assert session.count("People") > 0
    monkeypatch.setenv("APTECO_API_PASSWORD", "wrong")
    with pytest.raises(aa.ApiUnauthorized):
        aa.login()
    with aa.login(password=box.password, profile="box") as session:
        assert session.system_name == box.system


def test_sections_take_what_the_session_knows(box: Sandbox, session: aa.Session) -> None:
    table = session.fast_stats_systems.fast_stats_systems_get_fast_stats_table("Bookings")
    assert isinstance(table, aa.Table)
    assert isinstance(session.about.about_get_version(), aa.VersionDetails)
    assert session.last_response.status == 200
    assert "json" in session.last_response.headers["Content-Type"]
    other = session.queries.controller.queries_perform_query_count_synchronously(
        box.data_view, box.system, query=aa.Query(selection=aa.Selection(table_name="People"))
    )
    assert other.ran_successfully
    assert "queries_perform_query_count_synchronously" in dir(session.queries)
    assert {"queries", "audiences", "tables"} <= set(dir(session))
    method = session.fast_stats_systems.fast_stats_systems_get_fast_stats_table
    assert "table" in (method.__doc__ or "").lower()
    with pytest.raises(AttributeError):
        _ = session.nothing


def test_every_operation_is_a_method_of_a_section(session: aa.Session) -> None:
    from apteco_api import api
    from apteco_api.session.sections import Sections

    sections = [name for name in vars(Sections) if not name.startswith("_")]
    assert len(sections) == len(api.__all__) == 52
    methods = [
        name for section in sections for name in dir(getattr(session, section)) if name.startswith(section)
    ]
    assert len(methods) == sum(len(getattr(api, name).operations) for name in api.__all__) == 481
    assert all(callable(getattr(session, section).controller.api_client.call) for section in sections)


def test_any_path_can_be_called(session: aa.Session) -> None:
    page = session.request("GET", "/{dataViewName}/FastStatsSystems/{systemName}/Tables", query={"count": 2})
    assert [each["name"] for each in page["list"]] == ["Households", "People"]
    typed = session.request(
        "GET", "/{dataViewName}/FastStatsSystems/{systemName}/Tables/{name}", name="Bookings", returns="Table"
    )
    assert isinstance(typed, aa.Table)
    counted = session.request(
        "POST",
        "/{dataViewName}/Queries/{systemName}/CountSync",
        body={"selection": {"tableName": "Bookings"}},
    )
    assert counted["counts"][0]["countValue"] == 20_000
    with pytest.raises(aa.ApiNotFound):
        session.request("GET", "/{dataViewName}/Nothing")
    for wrong in ("http://elsewhere/x", "//elsewhere/x", "relative", "/a?b=c", "/{unknown}"):
        with pytest.raises(aa.ApiValueError):
            session.request("GET", wrong)
    with pytest.raises(aa.ApiValueError):
        session.request("GET", "/{dataViewName}/{x}", x="..")


def test_the_last_response_tells_how_the_call_went(session: aa.Session) -> None:
    session.count("Bookings")
    last = session.last_response
    assert last.status == 200
    assert last.elapsed > 0
    assert last.drift == []
    assert last.attempts == ()
    assert "json" in last.headers["content-type"]


def test_a_pickled_session_holds_no_secret_and_finds_its_credentials_again(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("APTECO_API_CONFIG", str(tmp_path / "none.toml"))
    with login(box) as session:
        token = session.client.configuration.api_key["Authorization"]
        frozen = pickle.dumps(session)
        assert box.password.encode() not in frozen
        assert token.encode() not in frozen
        thawed = pickle.loads(frozen)
        assert "not logged in" in repr(thawed)
        with pytest.raises(aa.CredentialsError, match="password"):
            thawed.count("Bookings")
        monkeypatch.setenv("APTECO_API_PASSWORD", box.password)
        with thawed:
            assert thawed.count("Bookings") == 20_000


def test_a_live_session_goes_to_another_process_as_a_token(box: Sandbox) -> None:
    with login(box) as session:
        text = session.to_token()
        with aa.Session.from_token(text) as other:
            assert other.count("Bookings") == 20_000
        assert session.count("Bookings") == 20_000, "the end of the other session logged this one out"
    with pytest.raises(aa.ApiUnauthorized):
        aa.Session.from_token(text).count("Bookings")


@pytest.mark.parametrize(
    "change",
    [{"kind": "x"}, {"version": 2}, {"token": ""}, {"token": 3}, {"host": "file:///etc"}, {"more": "x"}],
    ids=["kind", "version", "no token", "number", "host", "field"],
)
def test_a_forged_token_is_refused(session: aa.Session, change: dict[str, object]) -> None:
    fields = {**json.loads(session.to_token()), **change}
    with pytest.raises(ValueError, match="not a session token"):
        aa.Session.from_token(json.dumps(fields))
    for text in ("", "[]", "null", '{"a"', "\x80"):
        with pytest.raises(ValueError, match="not a session token"):
            aa.Session.from_token(text)


def test_no_secret_shows_anywhere(box: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with login(box) as session:
        token = session.client.configuration.api_key["Authorization"]
        session.count("Bookings")
        shown = [
            repr(session),
            str(session),
            session._repr_html_(),
            repr(session.client),
            repr(session.queries),
        ]
        with pytest.raises(aa.ApiException) as caught:
            session.request("GET", "/{dataViewName}/Nothing")
        shown += [str(caught.value), repr(caught.value), caplog.text]
        for text in shown:
            assert token not in text
            assert box.password not in text


def test_threads_share_a_session(session: aa.Session) -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(session.count("Bookings"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert found == [20_000] * 8


def test_a_session_that_has_ended_says_so_and_sends_nothing(box: Sandbox) -> None:
    with login(box) as session:
        tables = aa.paginate(session.fast_stats_systems.fast_stats_systems_get_fast_stats_tables)
    calls = (
        lambda: session.count("Bookings"),
        lambda: session.about.about_get_version(),
        lambda: session.request("GET", "/About/Version"),
        lambda: list(tables),
        lambda: list(session.stream_export("Bookings", ["boURN"])),
        lambda: session.__enter__(),
    )
    for call in calls:
        with pytest.raises(ValueError, match="the session has ended: log in for a new one"):
            call()
    assert session.last_response.status in (200, 204)


def test_an_error_of_a_login_says_what_to_check(box: Sandbox) -> None:
    elsewhere = box.url.removesuffix("/OrbitAPI")
    with pytest.raises(aa.ApiUnauthorized, match="Hint: Check user, password and data view"):
        aa.login(box.url, box.data_view, box.username, "wrong")
    for host, view in ((elsewhere, box.data_view), (box.url, "nosuch")):
        with pytest.raises(
            aa.ApiNotFound, match="Hint: Check the data view, and the host: a URL with the API"
        ):
            aa.login(host, view, box.username, box.password)


def test_sessions_with_the_same_settings_keep_each_its_own_login(box: Sandbox) -> None:
    settings = aa.Configuration(host="http://127.0.0.1:9/nobody")
    given = (box.url, box.data_view, box.username, box.password)
    with aa.login(*given, system=box.system, configuration=settings) as first:
        with aa.login(*given, system=box.system, configuration=settings) as second:
            tokens = {each.client.configuration.api_key["Authorization"] for each in (first, second)}
            assert len(tokens) == 2
        assert first.count("Bookings") == 20_000, "the end of the second session logged the first one out"
    assert settings.host == "http://127.0.0.1:9/nobody"
    assert settings.api_key == {}
