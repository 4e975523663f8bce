"""Rows 24 to 36: nothing gets in through an argument or an answer, nothing secret gets out."""

from __future__ import annotations

import http.client
import io
import json
import logging
import os
import pickle
import ssl
import stat
import traceback
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import quote

import lab
import pytest
import trustme
from lab import COUNT, VARIABLE, Seen, answer

import apteco_api as aa
from apteco_api.runtime.exceptions import (
    ApiConnectionError,
    ApiFileError,
    ApiRedirect,
    ApiTimeout,
    JobTimeout,
)
from apteco_api.runtime.operation import Operation, Parameter
from apteco_api.toolkit.jobs import Poller

BASE = "/OrbitAPI/Holidays/FastStatsSystems/holidays/Variables/"


def variable(client: aa.ApiClient, name: Any) -> Any:
    return aa.FastStatsSystemsApi(client).fast_stats_systems_get_fast_stats_variable(
        "Holidays", "holidays", name
    )


@pytest.mark.parametrize("name", ["", ".", "..", None, "a\x00b", "a\r\nb", "\ud800", "a" * 65536])
def test_24_path_values_that_address_something_else_are_refused(name: Any, serve: Any, client: Any) -> None:
    server = serve(answer(body=VARIABLE))
    with pytest.raises(aa.ApiValueError, match=r"variable_name|URL"):
        variable(client(server), name)
    assert server.requests == []


@pytest.mark.parametrize(
    "name",
    [
        "../../admin",
        "x?y=1",
        "a#b",
        "a%2e%2e",
        "%00",
        "a\\..\\b",
        "．．",
        "/",
        "//evil.example",
        "a b",
        "é",
        True,
        7,
    ],
)
def test_24_other_path_values_are_one_encoded_segment(name: Any, serve: Any, client: Any) -> None:
    server = serve(answer(body=VARIABLE))
    variable(client(server), name)
    assert server.requests[0].line == f"GET {BASE}{quote(str(name), safe='')} HTTP/1.1"


@pytest.mark.parametrize(
    "path", ["../x", "a/../../x", "a/./b", "/etc/passwd", "a//b", "..\\..\\x", "a/..\\b", ""]
)
def test_24_file_paths_stay_below_their_folder(path: str, serve: Any, client: Any) -> None:
    server = serve(answer(204, content_type=None))
    with pytest.raises(aa.ApiValueError, match="file_path"):
        aa.FilesApi(client(server)).files_delete_file("Holidays", "holidays", path)
    assert server.requests == []


def test_24_file_paths_keep_their_slashes(serve: Any, client: Any) -> None:
    server = serve(answer(204, content_type=None))
    aa.FilesApi(client(server)).files_delete_file("Holidays", "holidays", "Private/my file?.xml")
    assert (
        server.requests[0].line
        == "DELETE /OrbitAPI/Holidays/Files/holidays/Private/my%20file%3F.xml HTTP/1.1"
    )


QUERY = [
    ("a&b=c#d+e", "form", None, "q=a%26b%3Dc%23d%2Be"),
    (True, "form", None, "q=True"),
    ([1, "a b"], "form", None, "q=1&q=a+b"),
    ([1, 2], "form", False, "q=1,2"),
    (["a", "b"], "pipeDelimited", False, "q=a%7Cb"),
    (["a", "b"], "spaceDelimited", False, "q=a%20b"),
    ({"k&": "v="}, "deepObject", True, "q%5Bk%26%5D=v%3D"),
    (1.5, "form", None, "q=1.5"),
]


@pytest.mark.parametrize(("value", "style", "explode", "expected"), QUERY)
def test_25_query_values_are_the_exact_bytes(
    value: Any, style: str, explode: Any, expected: str, serve: Any, client: Any
) -> None:
    server = serve(answer(204, content_type=None))
    parameter = Parameter("q", "q", "query", "str", style=style, explode=explode)
    client(server).call(
        Operation(id="X", method="GET", path="/x", parameters=(parameter,), responses={204: ""}), [value]
    )
    assert server.requests[0].line == f"GET /OrbitAPI/x?{expected} HTTP/1.1"


def test_25_none_is_not_sent(serve: Any, client: Any) -> None:
    server = serve(answer(204, content_type=None))
    operation = Operation(
        id="X", method="GET", path="/x", parameters=(Parameter("q", "q", "query"),), responses={204: ""}
    )
    client(server).call(operation, [None])
    assert server.requests[0].line == "GET /OrbitAPI/x HTTP/1.1"


@pytest.mark.parametrize("ending", ["\r\nX-Evil: 1", "\n", "\r", "\x00"])
def test_26_line_breaks_in_headers_and_forms_are_refused_without_their_value(
    ending: str, serve: Any, client: Any
) -> None:
    server = serve(answer(body=COUNT))
    secret = "canary-header" + ending + "x"
    shared = client(server)
    attempts: list[Any] = [
        lambda: shared.set_default_header("X-Custom", secret),
        lambda: shared.set_default_header("X" + ending, "v"),
        lambda: lab.count(shared, _headers={"X-One": secret}),
        lambda: lab.count(aa.ApiClient(shared.configuration, cookie=secret)),
        lambda: aa.FilesApi(shared).files_upsert_file("H", "h", "a.csv", (secret, b"data")),
        lambda: lab.count(_with_token(shared, secret)),
    ]
    for attempt in attempts:
        with pytest.raises(ValueError, match=r"X-Custom|header|X-One|cookie|file|Authorization") as failure:
            attempt()
        assert isinstance(failure.value, aa.ApiValueError)
        assert "canary" not in str(failure.value)
    assert server.requests == []


def _with_token(client: aa.ApiClient, token: str) -> aa.ApiClient:
    client.configuration.api_key["Authorization"] = token
    return client


def redirecting(status: int, location: str) -> Any:
    def respond(request: Seen, number: int) -> bytes:
        return answer(body=VARIABLE) if "moved" in request.target else answer(status, Location=location)

    return respond


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_27_a_redirect_on_the_same_origin_is_followed(status: int, serve: Any, get: Any) -> None:
    server = serve(redirecting(status, "/OrbitAPI/moved"))
    assert get(server).name == "peName"
    assert server.requests[1].headers["authorization"] == f"Bearer {lab.TOKEN}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
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


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_27_when_allowed_elsewhere_gets_no_credential(status: int, serve: Any, client: Any) -> None:
    other = serve(answer(body=VARIABLE))
    first = serve(answer(status, Location=f"http://127.0.0.1:{other.port}/moved"))
    shared = client(first, cross_origin_redirects=True)
    shared.set_default_header("X-Api-Key", "canary-key")
    shared.cookie = "session=canary"
    assert variable(shared, "v").name == "peName"
    assert "canary" not in repr(other.requests[0].raw)
    assert "authorization" not in other.requests[0].headers


def test_27_a_post_body_never_travels_elsewhere(serve: Any, post: Any) -> None:
    other = serve(answer(body=COUNT))
    for status in (307, 308):
        with pytest.raises(ApiRedirect):
            post(
                serve(answer(status, Location=f"http://127.0.0.1:{other.port}/moved")),
                cross_origin_redirects=True,
            )
    assert other.requests == []


def test_27_forty_hops_are_too_many(serve: Any, get: Any) -> None:
    server = serve(answer(302, Location="/OrbitAPI/again"))
    with pytest.raises(ApiRedirect):
        get(server)
    assert len(server.requests) == 6


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def tls(certificate: Any, version: Any = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if version is not None:
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
        context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def test_27_https_is_never_left_for_http(authority: Any, serve: Any, get: Any, tmp_path: Path) -> None:
    plain = serve(answer(body=VARIABLE))
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    context = tls(authority.issue_cert("127.0.0.1"))
    server = serve(answer(302, Location=f"{plain.url}/moved"), context=context)
    with pytest.raises(ApiRedirect):
        get(server, cross_origin_redirects=True, ssl_ca_cert=str(bundle))
    assert plain.requests == []


def test_28_a_certificate_for_the_address_from_a_known_authority_is_accepted(
    authority: Any, serve: Any, get: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    server = serve(answer(body=VARIABLE), context=tls(authority.issue_cert("127.0.0.1")))
    assert get(server, ssl_ca_cert=str(bundle)).name == "peName"
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert get(server).name == "peName"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("kind", ["unknown authority", "wrong host", "expired", "tls 1.1"])
def test_28_other_certificates_are_refused(
    kind: str, authority: Any, serve: Any, get: Any, tmp_path: Path
) -> None:
    import datetime as dt

    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    contexts = {
        "unknown authority": lambda: tls(trustme.CA().issue_cert("127.0.0.1")),
        "wrong host": lambda: tls(authority.issue_cert("elsewhere.example")),
        "expired": lambda: tls(authority.issue_cert("127.0.0.1", not_after=past)),
        "tls 1.1": lambda: tls(authority.issue_cert("127.0.0.1"), ssl.TLSVersion.TLSv1_1),
    }
    server = serve(answer(body=VARIABLE), context=contexts[kind]())
    with pytest.raises(ApiConnectionError) as failure:
        get(server, ssl_ca_cert=str(bundle), retries=0)
    assert failure.value.sent is False
    assert server.requests == []


def test_28_without_checks_there_is_one_warning(serve: Any, client: Any) -> None:
    server = serve(answer(body=VARIABLE), context=tls(trustme.CA().issue_cert("elsewhere.example")))
    shared = client(server, verify_ssl=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            variable(shared, "v")
            shared.close()
    assert [str(item.message) for item in caught if "certificate" in str(item.message)] == [
        f"the certificate of 127.0.0.1:{server.port} is not checked (verify_ssl is off)"
    ]


CANARY = "canary-5ecret"


def test_29_a_secret_never_shows_up(
    serve: Any, caplog: Any, capfd: Any, monkeypatch: Any, tmp_path: Path
) -> None:
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    shown: list[str] = []

    def config(host: str) -> aa.Configuration:
        made = aa.Configuration(host=host, username=CANARY, password=CANARY)
        made.api_key["Authorization"] = f"{CANARY}-token"
        made.api_key_prefix["Authorization"] = f"{CANARY}-prefix"
        made.access_token = CANARY
        made.proxy_headers = {"X-Proxy": CANARY}
        made.logger_file = str(tmp_path / "log.txt")
        made.debug = True
        made.retries = 1
        made.backoff = 0.001
        return made

    def show(error: BaseException) -> None:
        shown.extend([str(error), repr(error), repr(vars(error)), "".join(traceback.format_exception(error))])
        shown.append(repr(pickle.dumps(error)))

    echo = answer(500, body=f"you sent {CANARY}-token and {CANARY}-prefix {CANARY}".encode())
    hosts = [
        serve(echo).url,
        serve(answer(body=COUNT)).url,
        serve(lambda *_: None).url,
        serve(b"ICY\r\n\r\n").url,
        serve(answer(302, Location=f"http://{CANARY}@127.0.0.1:1/")).url,
        "http://127.0.0.1:1/x",
        f"http://user:{CANARY}@127.0.0.1:1/x",
        "https://127.0.0.1:1/x",
    ]
    for host in hosts:
        for proxy in (None, f"http://user:{CANARY}@127.0.0.1:1"):
            made = config(host)
            made.proxy = proxy
            shown.extend([repr(made), str(made), made.to_debug_report()])
            with aa.ApiClient(made, header_name="X-Key", header_value=CANARY, cookie=f"a={CANARY}") as client:
                shown.append(repr(client))
                for call in (
                    lambda: lab.count(client, _headers={"X-More": CANARY}),
                    lambda: aa.SessionsApi(client).sessions_create_session_simple("H", CANARY, CANARY),
                    lambda: aa.FastStatsSystemsApi(client).fast_stats_systems_get_fast_stats_variables(
                        "H", "h", filter=CANARY
                    ),
                ):
                    try:
                        call()
                    except aa.OpenApiException as error:
                        show(error)
                if "user:" not in host:
                    operations = aa.FastStatsSystemsApi.operations
                    shown.append(
                        client.as_curl(
                            operations["fast_stats_systems_get_fast_stats_variables"],
                            ["H", "h", CANARY, None, None, None],
                        )
                    )
                    shown.append(
                        client.as_curl(
                            aa.QueriesApi.operations["queries_perform_query_count_synchronously"],
                            ["H", "h", None, None, aa.Query(selection=aa.Selection(table_name=CANARY))],
                        )
                    )
                made.logger_file = None
    out, err = capfd.readouterr()
    everything = [*shown, caplog.text, out, err, (tmp_path / "log.txt").read_text()]
    leaks = [text for text in everything if CANARY in text]
    assert leaks == []
    assert "Queries_PerformQueryCountSynchronously: POST to 127.0.0.1" in caplog.text
    assert any("curl -X" in text for text in shown)


NAMES = {
    'attachment; filename="../x"': "x",
    'attachment; filename="/etc/x"': "x",
    r'attachment; filename="C:\dir\x.txt"': "x.txt",
    "attachment; filename=CON": "_CON",
    'attachment; filename="my report.csv"': "my report.csv",
    "attachment; filename*=UTF-8''%e2%82%ac%2f..%2frates.csv": "rates.csv",
    "attachment; filename*=nope''%e9x.csv; filename=y.csv": "y.csv",
    'attachment; filename=".."': "download",
    'attachment; filename=""': "download",
    "inline": "download",
}


def fetch(client: aa.ApiClient, **options: Any) -> Path:
    return Path(aa.FilesApi(client).files_get_file("Holidays", "holidays", "Private/a.csv", **options))


@pytest.mark.parametrize("disposition", NAMES)
def test_30_a_download_lands_in_its_folder_under_a_safe_name(
    disposition: str, serve: Any, client: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    server = serve(answer(body=b"data", content_type="text/csv", Content_Disposition=disposition))
    saved = fetch(client(server), _save_to=folder)
    assert saved == folder / NAMES[disposition]
    assert saved.read_bytes() == b"data"
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [saved.name]


def test_30_a_name_of_four_kibibytes_is_cut(serve: Any, client: Any, tmp_path: Path) -> None:
    server = serve(answer(body=b"data", Content_Disposition=f'attachment; filename="{"n" * 4096}.csv"'))
    saved = fetch(client(server), _save_to=tmp_path)
    assert len(saved.name) == 150
    assert saved.suffix == ".csv"


def test_30_nothing_is_overwritten_and_no_link_is_followed(serve: Any, client: Any, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / "a.csv").symlink_to(victim)
    server = serve(answer(body=b"data", Content_Disposition="attachment; filename=a.csv"))
    shared = client(server)
    assert fetch(shared, _save_to=folder).name == "a (1).csv"
    assert fetch(shared, _save_to=folder).name == "a (2).csv"
    assert fetch(shared, _save_to=folder / "a.csv").read_bytes() == b"data"
    assert victim.read_text() == "precious"


def test_30_a_download_that_fails_leaves_nothing(serve: Any, client: Any, tmp_path: Path) -> None:
    broken = answer(body=b"d" * 1000).replace(b"Content-Length: ", b"Content-Length: 9")
    before = tmp_path / "a.csv"
    before.write_text("old")
    with pytest.raises(aa.ApiException):
        fetch(client(serve(lambda *_: lambda sock, request: sock.sendall(broken))), _save_to=before)
    assert before.read_text() == "old"
    assert list(tmp_path.iterdir()) == [before]
    with pytest.raises(ApiFileError):
        fetch(client(serve(answer(body=b"x"))), _save_to=tmp_path / "missing" / "a.csv")


def test_30_a_download_is_resumed_where_the_server_allows_it(serve: Any, client: Any, tmp_path: Path) -> None:
    data = bytes(range(256)) * 1000

    def respond(request: Seen, number: int) -> Any:
        if number == 1:
            whole = answer(body=data, ETag='"v1"', content_type="text/csv")
            return lambda sock, seen: sock.sendall(whole[: len(whole) - 100_000])
        start = int(request.headers["range"].removeprefix("bytes=").rstrip("-"))
        assert request.headers["if-range"] == '"v1"'
        return answer(
            206, data[start:], "text/csv", Content_Range=f"bytes {start}-{len(data) - 1}/{len(data)}"
        )

    shared = client(serve(respond))
    steps: list[tuple[int, Any]] = []
    target = tmp_path / "a.csv"
    with pytest.raises(aa.ApiException):
        fetch(shared, _save_to=target, _resume=True)
    assert not target.exists()
    assert fetch(shared, _save_to=target, _resume=True, _progress=lambda *step: steps.append(step)) == target
    assert target.read_bytes() == data
    assert steps[-1] == (len(data), len(data))
    assert steps[0][0] > len(data) - 100_001
    assert list(tmp_path.iterdir()) == [target]


def test_31_errors_and_models_pickle_and_forged_tokens_are_refused(serve: Any, client: Any, get: Any) -> None:
    with pytest.raises(aa.ApiException) as failure:
        get(serve(answer(404, body={"message": "no"}, X_Request_Id="r-9")))
    again = pickle.loads(pickle.dumps(failure.value))
    assert (type(again), again.status, again.body, again.operation, again.request_id) == (
        type(failure.value), 404, '{"message": "no"}', failure.value.operation, "r-9",
    )  # fmt: skip
    for error in (
        ApiTimeout(0, "late", phase="body"), JobTimeout("late", token="{}"), aa.ApiTypeError("x", ["a", 1]),
        aa.ApiValueError("x"), aa.ApiKeyError("k"),
    ):  # fmt: skip
        other = pickle.loads(pickle.dumps(error))
        assert (type(other), str(other), vars(other)) == (type(error), str(error), vars(error))
    section = aa.AudiencesApi(client(serve(answer())))
    query = aa.Query(selection=aa.Selection(table_name="People", ancestor_counts=True))
    assert pickle.loads(pickle.dumps(query)) == query
    values = '"values": {"audience_id": 4}'
    good = f'{{"family": "audience-calculate", "ids": [3], "many": false, {values}, "version": 1}}'
    assert Poller.resume(section, good).token == good
    forged = [
        "", "[]", "{}", pickle.dumps(query).decode("latin-1"), good.replace("1}", "2}"),
        good.replace("[3]", "[]"), good.replace("[3]", '[{"a": 1}]'), good.replace("audience-calculate", "x"),
        "[" * 100_000,
        good.replace("4}", '["x"]}'),
    ]  # fmt: skip
    for token in forged:
        with pytest.raises(aa.ApiValueError):
            Poller.resume(section, token)


def proxy(respond: Any = None) -> Any:
    return respond or answer(body=COUNT)


def test_32_a_proxy_is_used_and_its_credential_stays_there(serve: Any, monkeypatch: Any) -> None:
    for name in (
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "no_proxy",
        "NO_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
    through = serve(answer(body=COUNT))
    monkeypatch.setenv("HTTP_PROXY", f"http://user:pa%40ss@127.0.0.1:{through.port}")
    with aa.ApiClient(aa.Configuration(host="http://api.example/OrbitAPI")) as client:
        lab.count(client)
    request = through.requests[0]
    assert request.target == "http://api.example/OrbitAPI/Holidays/Queries/holidays/CountSync"
    assert request.headers["proxy-authorization"] == "Basic dXNlcjpwYUBzcw=="
    assert request.headers["host"] == "api.example"
    direct = serve(answer(body=COUNT))
    for rule in ("127.0.0.1", "127.0.0.0/8", "*", f"127.0.0.1:{direct.port}"):
        monkeypatch.setenv("NO_PROXY", f"other.example, {rule}")
        with aa.ApiClient(aa.Configuration(host=direct.url)) as client:
            lab.count(client)
    assert len(direct.requests) == 4
    assert all("proxy-authorization" not in item.headers for item in direct.requests)
    assert len(through.requests) == 1


def test_32_https_goes_through_a_tunnel_that_sees_no_credential(
    authority: Any, serve: Any, tmp_path: Path
) -> None:
    import socket
    import threading

    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    origin = serve(answer(body=COUNT), context=tls(authority.issue_cert("api.example")))

    def tunnel(sock: socket.socket, request: Seen) -> None:
        far = socket.create_connection(("127.0.0.1", origin.port))
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

        def copy(one: socket.socket, other: socket.socket) -> None:
            try:
                while data := one.recv(65536):
                    other.sendall(data)
            except OSError:
                pass

        threading.Thread(target=copy, args=(far, sock), daemon=True).start()
        copy(sock, far)
        far.close()

    through = serve(lambda *_: tunnel)
    config = aa.Configuration(host="https://api.example/OrbitAPI", api_key={"Authorization": lab.TOKEN})
    config.proxy = f"http://user:pass@127.0.0.1:{through.port}"
    config.ssl_ca_cert = str(bundle)
    with aa.ApiClient(config) as client:
        assert lab.count(client).counts[0].count_value == 7
    assert through.requests[0].line.startswith("CONNECT api.example:443 HTTP/1.")
    assert "proxy-authorization" in through.requests[0].headers
    assert lab.TOKEN.encode() not in through.requests[0].raw
    assert "proxy-authorization" not in origin.requests[0].headers
    assert origin.requests[0].headers["authorization"] == lab.TOKEN


def test_32_no_proxy_rules() -> None:
    from apteco_api.runtime.proxies import bypassed

    yes = [
        ("a.example", ".example"),
        ("example", "example"),
        ("a.b", "*.b"),
        ("10.1.2.3", "10.0.0.0/8"),
        ("::1", "::1/128"),
    ]
    no = [
        ("notexample", "example"),
        ("a.example", "b.example"),
        ("11.1.2.3", "10.0.0.0/8"),
        ("a", ""),
        ("a", "b,c"),
    ]
    assert [bypassed(host, 80, rules) for host, rules in yes] == [True] * 5
    assert [bypassed(host, 80, rules) for host, rules in no] == [False] * 5


@pytest.mark.parametrize("path", ["//evil.example/x", "http://evil.example/x", "/{a}"])
def test_33_an_operation_can_not_leave_its_host(path: str, serve: Any, client: Any) -> None:
    server = serve(answer(204, content_type=None))
    operation = Operation(
        id="X",
        method="GET",
        path=path,
        parameters=(Parameter("a", "a", "path", required=True),),
        responses={204: ""},
    )
    try:
        client(server).call(operation, ["//evil.example"])
    except aa.ApiValueError:
        assert server.requests == []
    else:
        assert server.requests[0].target.startswith("/OrbitAPI/")


@pytest.mark.parametrize(
    "host",
    ["file:///etc/passwd", "evil", "ftp://x/", "http://", "http://a b/", "http://x:99999/", "http://a\r\nb/"],
)
def test_33_a_host_that_is_no_http_url_is_refused(host: str, get: Any) -> None:
    with pytest.raises(aa.ApiValueError, match="host"):
        get(host)


def test_34_texts_of_a_spec_never_become_code() -> None:
    """The generator's own tests go through hostile specs; here: a generated name is what reaches the wire."""
    hostile = "x'); __import__('os').system('touch canary') #"
    operation = Operation(
        id=hostile,
        method="GET",
        path="/{" + hostile + "}",
        parameters=(Parameter("p", hostile, "path", required=True),),
    )
    from apteco_api.runtime.request import build

    request = build(operation, ["v"], aa.Configuration(host="http://h/b"), {})
    assert request.target == "/b/v"
    assert not os.path.exists("canary")


def test_35_a_reference_bomb_does_not_pass_the_generator(tmp_path: Path) -> None:
    import subprocess
    import sys

    bomb = "a: &a [x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(12)
    )
    outside = {"schema": {"$ref": "http://127.0.0.1:1/x.json"}}
    answers = {"200": {"description": "x", "content": {"application/json": outside}}}
    operation = {"operationId": "A_B", "tags": ["A"], "summary": "x", "responses": answers}
    external = json.dumps(
        {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {"/x": {"get": operation}}}
    )
    for name, text in (("bomb.yaml", bomb), ("external.json", external)):
        spec = tmp_path / name
        spec.write_text(text)
        done = subprocess.run(
            [sys.executable, "-m", "generator", "--spec", str(spec), "--out", str(tmp_path / "out")],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 1, done.stdout
        assert name in done.stderr + done.stdout
        assert not (tmp_path / "out").exists()


def test_36_the_floor_and_the_pins_name_the_same_packages() -> None:
    import re

    def names(path: str) -> set[str]:
        lines = Path(path).read_text().splitlines()
        return {re.split(r"[=<>~! ;\[]", line)[0].lower() for line in lines if line and line[0] not in "#- "}

    pinned, floor = names("requirements.txt"), names("constraints-min.txt")
    assert {"urllib3", "msgspec", "python-dateutil", "certifi", "six"} <= pinned
    assert {"urllib3", "msgspec", "python-dateutil", "certifi", "six"} <= floor


def test_36_each_dependency_is_used() -> None:
    rooms = ("codec", "runtime", "toolkit")
    used = "".join(path.read_text() for room in rooms for path in Path("apteco_api", room).glob("*.py"))
    for statement in (
        "import six",
        "import certifi",
        "from dateutil.parser import isoparse",
        "import urllib3",
        "import msgspec",
    ):
        assert statement in used


def test_uploads_take_a_path_bytes_or_a_file_and_stream(serve: Any, client: Any, tmp_path: Path) -> None:
    server = serve(answer(204, content_type=None))
    path = tmp_path / "my file.csv"
    path.write_bytes(b"1,2\n")
    steps: list[tuple[int, Any]] = []
    shared = client(server)
    api = aa.FilesApi(shared)
    for given in (str(path), path, b"1,2\n", io.BytesIO(b"1,2\n"), ("a.csv", b"1,2\n"), ("a.csv", path)):
        api.files_upsert_file("H", "h", "x.csv", given, _progress=lambda *step: steps.append(step))
    names = [request.body.split(b'filename="')[1].split(b'"')[0] for request in server.requests]
    assert names == [b"my file.csv", b"my file.csv", b"upload", b"upload", b"a.csv", b"a.csv"]
    assert all(b"\r\n\r\n1,2\n\r\n--" in request.body for request in server.requests)
    assert steps[-1][0] == steps[-1][1] == len(server.requests[-1].body)
    with pytest.raises(aa.ApiValueError, match="there is no file"):
        api.files_upsert_file("H", "h", "x.csv", str(tmp_path / "none.csv"))
