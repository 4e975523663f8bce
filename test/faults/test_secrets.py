"""Case 29: a secret in each place that holds one, calls that fail in each way, nothing written anywhere."""

from __future__ import annotations

import http.client
import io
import logging
import os
import pickle
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.lab import COUNT, Seen, answer

import apteco_api as aa

CANARY = "c4nary-5ecret"
FRESH = "c4nary-5ecret-that-is-new"

Setup = Callable[[aa.Configuration], None]


def sets(name: str, value: Any) -> Setup:
    return lambda config: setattr(config, name, value)


def in_host(config: aa.Configuration) -> None:
    config.host = config.host.replace("://", f"://user:{CANARY}@")


def renews(config: aa.Configuration) -> None:
    def hook(found: aa.Configuration) -> bool:
        found.api_key["Authorization"] = FRESH
        return True

    config.refresh_access_token = hook


# How the configuration gets the canary, by place; the client and the calls get it in `PLACES`' other places.
SETTINGS: dict[str, Setup] = {
    "key": lambda config: config.api_key.update(Authorization=CANARY),
    "prefix": lambda config: config.api_key_prefix.update(Authorization=CANARY),
    "access token": sets("access_token", CANARY),
    "basic auth": lambda config: (sets("username", "u")(config), sets("password", CANARY)(config))[0],
    "user in the URL": in_host,
    "proxy URL": sets("proxy", f"http://user:{CANARY}@127.0.0.1:1"),
    "proxy header": lambda config: (
        sets("proxy", "http://127.0.0.1:1")(config),
        sets("proxy_headers", {"Proxy-Authorization": f"Basic {CANARY}"})(config),
    )[0],
    "renewed key": renews,
}
ARGUMENTS = ("password", "query", "body", "form file", "file name", "header of the call")
PLACES = [*SETTINGS, *ARGUMENTS, "cookie", "header"]


def cut(request: Seen) -> Any:
    whole = answer(body=COUNT).replace(b"Content-Length: ", b"Content-Length: 9")
    return lambda sock, seen: sock.sendall(whole)


WAYS: dict[str, Callable[[Seen], Any]] = {
    "500": lambda request: answer(500, b"no", "text/plain"),
    "401": lambda request: answer(401, {"message": "no"}),
    "no JSON": lambda request: answer(body=b"<html>", content_type="text/html"),
    "drop": lambda request: None,
    "no HTTP": lambda request: b"ICY 200\r\n\r\n",
    "cut": cut,
    "redirect": lambda request: answer(302, Location="http://127.0.0.1:1/"),
    "drift": lambda request: answer(body={**COUNT, "ranSuccessfully": None}),
    "fine": lambda request: answer(body=COUNT),
}


@pytest.fixture
def everything_logged(monkeypatch: Any, tmp_path: Path, capfd: Any) -> Iterator[Callable[[], str]]:
    """Turn on all loggers and http.client's own output; yield a function that returns the output."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    names = (None, "urllib3", "urllib3.connectionpool", "urllib3.util.retry", "apteco_api")
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(1)
    logging.getLogger().addHandler(handler)
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)

    log = tmp_path / "log.txt"

    def written() -> str:
        out, err = capfd.readouterr()
        return "\n".join([stream.getvalue(), out, err, log.read_text() if log.exists() else ""])

    yield written
    logging.getLogger().removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def calls(client: aa.ApiClient, place: str) -> list[Callable[[], Any]]:
    """Return calls of each kind; the canary is an argument of one where the place is an argument."""

    def given(where: str, otherwise: str) -> str:
        return CANARY if place == where else otherwise

    query = aa.Query(selection=aa.Selection(table_name=given("body", "People")))
    upload = (given("file name", "a.csv"), given("form file", "data").encode())
    options: Any = {"_headers": {"X-Api-Key": CANARY}} if place == "header of the call" else {}
    systems = aa.FastStatsSystemsApi(client)
    return [
        lambda: aa.QueriesApi(client).queries_perform_query_count_synchronously(
            "H", "h", query=query, **options
        ),
        lambda: aa.SessionsApi(client).sessions_create_session_simple(
            "H", "u", given("password", "p"), **options
        ),
        lambda: systems.fast_stats_systems_get_fast_stats_variables(
            "H", "h", filter=given("query", "f"), **options
        ),
        lambda: aa.FilesApi(client).files_upsert_file("H", "h", "a.csv", upload, **options),
        lambda: client.call_api("/x", "GET", query_params={"k": given("query", "f")}, response_type="object"),
    ]


def client_for(url: str, place: str, log: Path) -> aa.ApiClient:
    config = aa.Configuration(host=url, retries=1, backoff=0.001, timeout=5.0)
    config.api_key["Authorization"] = "an-old-token"
    config.api_key_prefix["Authorization"] = "Bearer"
    config.logger_file = str(log)
    config.debug = True
    SETTINGS.get(place, lambda _: None)(config)
    header = ("X-Api-Key", CANARY) if place == "header" else (None, None)
    return aa.ApiClient(config, *header, cookie=f"session={CANARY}" if place == "cookie" else None)


def forms_of(error: BaseException) -> dict[str, str]:
    return {
        "str": str(error),
        "repr": repr(error),
        "vars": repr(vars(error)),
        "args": repr(error.args),
        "headers": repr(dict(getattr(error, "headers", None) or {})),
        "traceback": "".join(traceback.format_exception(error)),
        "pickle": repr(pickle.dumps(error)),
        "text of the pickle": str(pickle.loads(pickle.dumps(error))),
    }


@pytest.mark.parametrize("place", PLACES)
def test_29_a_secret_is_written_nowhere(
    place: str, serve: Any, everything_logged: Callable[[], str], tmp_path: Path
) -> None:
    shown: dict[str, str] = {}
    failed = 0
    for way, respond in WAYS.items():
        server = serve(lambda request, number, respond=respond: respond(request))
        with client_for(server.url, place, tmp_path / "log.txt") as client:
            shown[f"{way}: configuration"] = (
                f"{client.configuration!r} {client.configuration} {vars(client.configuration)}"
            )
            shown[f"{way}: report"] = client.configuration.to_debug_report()
            shown[f"{way}: client"] = f"{client!r} {client} {vars(client)} {vars(client.transport)}"
            for index, call in enumerate(calls(client, place)):
                try:
                    call()
                except aa.OpenApiException as error:
                    failed += 1
                    shown.update(
                        {f"{way}, call {index}: {form}": text for form, text in forms_of(error).items()}
                    )
            if client.pipeline.latest is not None:
                shown[f"{way}: last"] = f"{client.last_response!r} {client.last_response.attempts}"
            client.configuration.logger_file = None
    assert failed > 20
    written = everything_logged()
    assert place == "user in the URL" or "Queries_PerformQueryCountSynchronously" in written
    shown["log"] = written
    leaks = sorted(
        {
            f"{name.split(',')[0]}: {name.rpartition(': ')[2]}"
            for name, text in shown.items()
            if CANARY in text
        }
    )
    assert leaks == [], "; ".join(leaks)


def echo(request: Seen, status: int, content_type: str) -> bytes:
    """Answer with the credentials of the request: in the reason, the headers and the body."""
    names = ("authorization", "cookie", "x-api-key")
    text = " ".join(value for name, value in request.headers.items() if name in names)
    return answer(status, text.encode(), content_type, reason=f"No {text}", X_Echo=text, X_Request_Id="r-1")


@pytest.mark.parametrize("place", ["key", "prefix", "renewed key", "cookie", "header", "header of the call"])
@pytest.mark.parametrize(
    ("status", "content_type"), [(500, "text/plain"), (401, "text/plain"), (200, "text/html")]
)
def test_29_a_credential_that_a_server_sends_back_is_masked(
    place: str, status: int, content_type: str, serve: Any, tmp_path: Path
) -> None:
    server = serve(lambda request, number: echo(request, status, content_type))
    leaks: set[str] = set()
    seen = named = 0
    with client_for(server.url, place, tmp_path / "log.txt") as client:
        client.configuration.logger_file = None
        for call in calls(client, place)[:4]:
            try:
                call()
            except aa.ApiException as error:
                seen += 1
                leaks |= {form for form, text in forms_of(error).items() if CANARY in text}
                named += "r-1" in str(error)
    assert seen == named >= 3
    assert sorted(leaks) == []


@pytest.mark.parametrize("place", [place for place in PLACES if place != "user in the URL"])
def test_29_a_curl_line_holds_no_secret(place: str, serve: Any, tmp_path: Path) -> None:
    with client_for("http://127.0.0.1:1/OrbitAPI", place, tmp_path / "log.txt") as client:
        client.configuration.logger_file = None

        def line(section: Any, method: str, *values: Any) -> str:
            operation = section.operations[method]
            values += (None,) * (len(operation.parameters) - len(values))
            options: Any = {"_headers": {"X-Api-Key": CANARY}} if place == "header of the call" else {}
            return client.as_curl(operation, values, options)

        query = aa.Query(selection=aa.Selection(table_name=CANARY))
        lines = [
            line(aa.QueriesApi, "queries_perform_query_count_synchronously", "H", "h", None, None, query),
            line(aa.SessionsApi, "sessions_create_session_simple", "H", "u", CANARY),
            line(aa.FastStatsSystemsApi, "fast_stats_systems_get_fast_stats_variables", "H", "h", CANARY),
            line(aa.FilesApi, "files_upsert_file", "H", "h", "a.csv", (CANARY, CANARY.encode())),
        ]
    assert all(text.startswith("curl -X ") for text in lines)
    assert [text for text in lines if CANARY in text] == []


# Frames of the caller hold its arguments, whatever a library does. A host with a password is refused
# where it is read, so that frame holds it.
KEPT = [place for place in PLACES if place not in (*ARGUMENTS, "user in the URL")]


def locals_with_the_canary(error: BaseException) -> set[str]:
    """Return the local variables of our own frames, as tools show them in tracebacks with locals."""
    told: traceback.TracebackException | None = traceback.TracebackException.from_exception(
        error, capture_locals=True
    )
    found: set[str] = set()
    while told is not None:
        for frame in told.stack:
            if f"{os.sep}apteco_api{os.sep}" in frame.filename:
                found |= {
                    f"{frame.name}: {name}" for name, text in (frame.locals or {}).items() if CANARY in text
                }
        told = told.__cause__ or told.__context__
    return found


@pytest.mark.parametrize("place", KEPT)
def test_29_a_traceback_with_its_locals_holds_no_credential(place: str, serve: Any, tmp_path: Path) -> None:
    leaks: set[str] = set()
    for way, respond in WAYS.items():
        server = serve(lambda request, number, respond=respond: respond(request))
        with client_for(server.url, place, tmp_path / "log.txt") as client:
            client.configuration.logger_file = None
            for call in calls(client, place):
                try:
                    call()
                except aa.OpenApiException as error:
                    leaks |= {f"{way}: {where}" for where in locals_with_the_canary(error)}
    assert sorted(leaks) == []
