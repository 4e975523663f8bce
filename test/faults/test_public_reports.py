"""Public bug reports of other HTTP clients, tried against all three engines. Each test names its report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from engines import ENGINES, call, configured, get
from support.lab import VARIABLE, Seen, answer

import apteco_api as aa
from apteco_api._runtime.origin import Origin

WHOLE = answer(body=VARIABLE)
ODD_HEADERS = {
    "urllib3#950: a first header line with a blank and quotes": b' "Content-type": text/html',
    "urllib3#1110: a blank in a header name": b"My Param: None",
    "urllib3#1433: a blank before the colon": b"X-Page : 3",
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("report", ODD_HEADERS)
def test_a_broken_header_line_never_hides_the_others(engine: str, report: str, serve: Any) -> None:
    first, rest = WHOLE.split(b"\r\n", 1)
    with pytest.raises(aa.ApiException) as caught:
        get(engine, serve(first + b"\r\n" + ODD_HEADERS[report] + b"\r\n" + rest).url)
    assert isinstance(caught.value, aa.exceptions.ApiProtocolError)


@pytest.mark.parametrize("engine", ENGINES)
def test_requests_2471_headers_of_one_name_are_all_kept(engine: str, serve: Any) -> None:
    first, rest = answer(401, b"{}").split(b"\r\n", 1)
    two = b"WWW-Authenticate: Basic\r\nWWW-Authenticate: Bearer\r\n"
    with pytest.raises(aa.ApiException) as caught:
        get(engine, serve(first + b"\r\n" + two + rest).url)
    assert caught.value.headers.getlist("www-authenticate") == ["Basic", "Bearer"]


@pytest.mark.parametrize("engine", ENGINES)
def test_requests_3485_a_long_header_in_utf_8_is_read(engine: str, serve: Any) -> None:
    link = ", ".join(f"<http://x.example/英语-波兰语/{number}>" for number in range(1000)).encode()
    first, rest = WHOLE.split(b"\r\n", 1)
    assert get(engine, serve(first + b"\r\nLink: " + link + b"\r\n" + rest).url).name == "peName"


@pytest.mark.parametrize("engine", ENGINES)
def test_aiohttp_3609_a_connection_that_closes_after_each_answer_is_not_used_again(
    engine: str, serve: Any
) -> None:
    kept = answer(body=VARIABLE, Connection="keep-alive", Keep_Alive="timeout=5")
    server = serve(lambda *_: lambda sock, seen: sock.sendall(kept))
    for _ in range(5):
        assert get(engine, server.url).name == "peName"


@pytest.mark.parametrize("engine", ENGINES)
def test_aiohttp_13348_a_large_body_is_whole_when_the_server_closes_right_after_it(
    engine: str, serve: Any, tmp_path: Path
) -> None:
    data = bytes(range(256)) * 40_000
    whole = answer(body=data, content_type="text/csv", Connection="close")
    server = serve(lambda *_: lambda sock, seen: sock.sendall(whole))
    target = tmp_path / "a.csv"
    config = configured(server.url, timeout=30.0)
    call(engine, config, "FilesApi", "files_get_file", "H", "h", "a.csv", _save_to=str(target))
    assert target.read_bytes() == data


def test_aiohttp_1769_a_connection_is_kept_after_head(serve: Any, client: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"
    server = serve(lambda request, _: head if request.method == "HEAD" else WHOLE)
    made = client(server)
    made.call_api("/x", "HEAD")
    api = aa.FastStatsSystemsApi(made)
    assert api.fast_stats_systems_get_fast_stats_variable("H", "h", "v").name == "peName"
    assert server.connections == 1


REDIRECTS = {
    "requests#4443: a fragment": ("/OrbitAPI/moved?a=1#part", "/OrbitAPI/moved?a=1"),
    "requests#6473: small letters in percent signs": ("/OrbitAPI/m%2fo%c3%a9", "/OrbitAPI/m%2fo%c3%a9"),
    "a path relative to the last one": ("moved", None),
    "dots": ("/OrbitAPI/a/../moved", "/OrbitAPI/moved"),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("report", REDIRECTS)
def test_a_redirect_is_followed_to_the_bytes_that_the_server_named(
    engine: str, report: str, serve: Any
) -> None:
    location, target = REDIRECTS[report]
    server = serve(lambda request, number: answer(302, Location=location) if number == 1 else WHOLE)
    assert get(engine, server.url).name == "peName"
    assert "#" not in server.requests[1].target
    assert target is None or server.requests[1].target == target


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "location", ["http://%5Bfe80::1%5D:80/x", "http://[fe80::1/x", "http://a:b:c/", "http://[::1]:99999/"]
)
def test_zope_1191_a_redirect_to_half_an_address_is_our_error(engine: str, location: str, serve: Any) -> None:
    with pytest.raises(aa.ApiException):
        get(engine, serve(answer(302, Location=location)).url)


@pytest.mark.parametrize("zone", ["eth0", "61", "25", "Ens192"])
@pytest.mark.parametrize("mark", ["%25", "%"])
def test_requests_6282_and_6735_the_zone_of_an_address_is_kept_for_the_socket_only(
    zone: str, mark: str
) -> None:
    made = Origin(f"http://[fe80::1{mark}{zone}]:8080/api")
    if mark == "%25":  # RFC 6874; a bare % is taken as it stands
        assert made.host == f"fe80::1%{zone}"
    assert made.authority == "[fe80::1]:8080"
    assert made.host.partition("%")[0] == "fe80::1"
    assert Origin(f"http://{made.netloc}").host == made.host


def test_aiohttp_8472_a_length_in_the_answer_to_connect_is_ignored(
    serve: Any, tls: Any, tmp_path: Path
) -> None:
    import socket
    import threading

    secure = serve(WHOLE, context=tls.contexts["good"])

    def tunnel(request: Seen, number: int) -> Any:
        def copy(one: socket.socket, other: socket.socket) -> None:
            try:
                while data := one.recv(65536):
                    other.sendall(data)
            except OSError:
                pass

        def run(sock: socket.socket, seen: Seen) -> None:
            with socket.create_connection(("127.0.0.1", secure.port)) as far:
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
                threading.Thread(target=copy, args=(far, sock), daemon=True).start()
                copy(sock, far)

        return run

    proxy = f"http://127.0.0.1:{serve(tunnel).port}"
    for engine in ENGINES:
        assert get(engine, secure.url, proxy=proxy, ssl_ca_cert=tls.bundle).name == "peName"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "host", ["[fe80::1%25no-such-zone]", "a..b", "-a.example", "xn--", "%41.example", "."]
)
def test_a_host_that_no_name_server_knows_is_our_error(engine: str, host: str) -> None:
    with pytest.raises(aa.OpenApiException):
        get(engine, f"http://{host}:1/x", timeout=3.0)
