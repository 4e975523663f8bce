"""Each row of the table in docs/guides/migrating.md holds, and so does the line that restores the old way."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import stat
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import urllib3
from support import lab
from support.client import client, serve

import apteco_api as aa

__all__ = ["client", "serve"]

PAGE = Path(__file__).resolve().parents[2] / "docs/guides/migrating.md"
VERSION = lab.answer(body={"version": "1"})
HOLDS: dict[str, Callable[..., None]] = {}


def row(begins: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Note a check for the row that begins so."""

    def note(check: Callable[..., None]) -> Callable[..., None]:
        HOLDS[begins] = check
        return check

    return note


def version(made: aa.ApiClient) -> Any:
    return aa.AboutApi(made).about_get_version().version


@row("a call ends after")
def _(serve: Any, client: Any) -> None:
    assert aa.Configuration().timeout == 120.0
    assert aa.Configuration(timeout=86_400.0).timeout == 86_400.0


@row("the client sends a GET up to four times")
def _(serve: Any, client: Any) -> None:
    for settings, count in (({}, 4), ({"retries": False}, 1)):
        server = serve(lab.answer(503))
        with pytest.raises(aa.ApiUnavailable):
            version(client(server, **settings))
        assert len(server.requests) == count


@row("a failed connection is")
def _(serve: Any, client: Any) -> None:
    with pytest.raises(aa.ApiTransportError) as caught:
        version(client("http://127.0.0.1:9", retries=False))
    assert isinstance(caught.value, aa.ApiException)
    assert not isinstance(caught.value, urllib3.exceptions.HTTPError)


@row("the proxy variables")
def _(serve: Any, client: Any) -> None:
    proxy = serve(VERSION)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_PROXY", "no_proxy"):
            patch.delenv(name, raising=False)
        patch.setenv("http_proxy", proxy.url.removesuffix("/OrbitAPI"))
        assert version(client("http://server.example", trust_env=True)) == "1"
        direct = serve(VERSION)
        assert version(client(direct, trust_env=False)) == "1"
    assert (len(proxy.requests), len(direct.requests)) == (1, 1)


@row("the client does not follow a redirect")
def _(serve: Any, client: Any) -> None:
    other = serve(VERSION)
    server = serve(lab.answer(302, Location=f"{other.url}/About/Version"))
    with pytest.raises(aa.ApiRedirect):
        version(client(server))
    assert other.requests == []
    assert version(client(server, cross_origin_redirects=True)) == "1"


@row("answers are compressed")
def _(serve: Any, client: Any) -> None:
    server = serve(VERSION)
    made = client(server)
    version(made)
    del made.default_headers["Accept-Encoding"]
    version(made)
    asked = ["accept-encoding" in str(request.headers).lower() for request in server.requests]
    assert asked == [True, False]


@row("the User-Agent names")
def _(serve: Any, client: Any) -> None:
    made = client("http://server.example")
    assert made.user_agent.startswith("apteco-api/")
    made.user_agent = "OpenAPI-Generator/0.3.2/python"
    assert made.user_agent == "OpenAPI-Generator/0.3.2/python"


@row("you get the object of an answer that breaks the spec")
def _(serve: Any, client: Any) -> None:
    server = serve(lab.answer(body={"version": None}))
    made = client(server)
    assert version(made) is None
    assert [each.path for each in made.last_response.drift] == ["$.version"]
    with pytest.raises(aa.ApiDecodeError):
        version(client(server, strict_responses=True))


@row("`..` in a file path")
def _(serve: Any, client: Any) -> None:
    with pytest.raises(aa.ApiValueError):
        aa.FilesApi(client("http://127.0.0.1:9")).files_delete_file("d", "s", "a/../../x")


@row("`Content-Length` and")
def _(serve: Any, client: Any) -> None:
    for name in ("content-length", "Transfer-Encoding"):
        with pytest.raises(aa.ApiValueError):
            aa.AboutApi(client("http://127.0.0.1:9")).about_get_version(_headers={name: "1"})


@row("an answer of more than 256 MiB")
def _(serve: Any, client: Any) -> None:
    assert aa.Configuration().max_body_size == 256 * 2**20
    server = serve(VERSION)
    with pytest.raises(aa.ResponseTooLarge):
        version(client(server, max_body_size=10))
    assert version(client(server, max_body_size=2**40)) == "1"


@row("NaN and Infinity are refused")
def _(serve: Any, client: Any) -> None:
    for number in ("NaN", "Infinity"):
        server = serve(lab.answer(body=f'{{"version": {number}}}'.encode()))
        with pytest.raises(aa.ApiDecodeError):
            version(client(server))
    with pytest.raises(aa.ApiValueError):
        client("http://127.0.0.1:9").call_api("/x", "POST", body={"x": float("nan")})


@row("a download stays in its folder")
def _(serve: Any, client: Any) -> None:
    disposition = {"Content-Disposition": 'attachment; filename="../../out.txt"'}
    server = serve(lab.answer(body=b"data", content_type="application/octet-stream", **disposition))
    with pytest.MonkeyPatch.context():
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            made = client(server, temp_folder_path=folder)
            path = Path(aa.FilesApi(made).files_get_file("d", "s", "x"))
            assert path.parent == Path(folder)
            chosen = Path(folder, "chosen.txt")
            aa.FilesApi(made).files_get_file("d", "s", "x", _save_to=chosen)
            assert chosen.read_bytes() == b"data"


@row("only its owner can read")
def _(serve: Any, client: Any) -> None:
    import tempfile

    server = serve(lab.answer(body=b"data", content_type="application/octet-stream"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(aa.FilesApi(client(server, temp_folder_path=folder)).files_get_file("d", "s", "x"))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@row("the debug log shows no token")
def _(serve: Any, client: Any) -> None:
    made = client(serve(VERSION), api_key={"Authorization": "a-secret-token"})
    log = io.StringIO()
    hide = aa.show_log("DEBUG", log)
    with contextlib.redirect_stdout(log):
        made.configuration.debug = True
        aa.FilesApi(made).files_delete_file("d", "s", "x")
        aa.SessionsApi(made).sessions_create_session_simple("d", "ann", "a-secret-password")
    hide()
    made.configuration.debug = False
    assert "Files_DeleteFile" in log.getvalue()
    assert "a-secret" not in log.getvalue()


@row("times have the zone")
def _(serve: Any, client: Any) -> None:
    from dateutil.tz import tzutc

    answer = SimpleNamespace(data=json.dumps("2026-01-02T03:04:05Z"))
    answered = client(serve(VERSION)).deserialize(answer, "datetime")
    assert answered.tzinfo is dt.UTC
    assert answered == answered.replace(tzinfo=tzutc())


@row("`vars(model)` is a copy")
def _(serve: Any, client: Any) -> None:
    made = aa.VersionDetails(version="1")
    vars(made)["_version"] = "2"
    assert (made.version, vars(made)["_version"]) == ("1", "1")
    made.version = "2"
    made.note = "mine"  # type: ignore[attr-defined]
    assert (vars(made)["_version"], vars(made)["note"]) == ("2", "mine")


@row("a wrong argument is an")
def _(serve: Any, client: Any) -> None:
    with pytest.raises(aa.ApiException) as caught:
        aa.SessionsApi(client("http://127.0.0.1:9")).sessions_create_session_simple(None, "u", "p")
    assert not isinstance(caught.value, aa.ApiStatusError)


LINES = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
ROWS = [line.strip("| ").split(" | ") for line in LINES[1:]]


@pytest.mark.parametrize("cells", ROWS, ids=lambda cells: cells[0][:40])
def test_a_row_of_the_table_holds(cells: list[str], serve: Any, client: Any) -> None:
    (check,) = [check for begins, check in HOLDS.items() if cells[0].startswith(begins)]
    check(serve, client)


def test_the_table_has_a_row_for_each_check() -> None:
    assert all(any(cells[0].startswith(begins) for cells in ROWS) for begins in HOLDS)
