"""Public bug reports of other HTTP clients, tried against all three engines. Each test names its report."""

from __future__ import annotations

import codecs
import gzip
import io
import mmap
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from engines import ENGINES, call, configured, get
from support.lab import VARIABLE, Seen, answer, run_child

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
    "requests#3888: UTF-8 as it is": ("/OrbitAPI/mo\xc3\xb6", "/OrbitAPI/mo%C3%B6"),
    "aiohttp#10047: Latin-1 as it is": ("/OrbitAPI/m\xf8", "/OrbitAPI/m%F8"),
    "blanks": ("/OrbitAPI/m o?a=b c", "/OrbitAPI/m%20o?a=b%20c"),
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
    if mark == "%25":  # the form of RFC 6874; after a bare % the text is the zone as it stands
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


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("coding", ["utf-8", "UTF-8", "none", "binary", "gzip, utf-8"])
def test_httpx_195_a_charset_in_content_encoding_encodes_nothing(
    engine: str, coding: str, serve: Any
) -> None:
    whole = answer(body=VARIABLE).partition(b"\r\n\r\n")[2]
    body = gzip.compress(whole) if "gzip" in coding else whole
    assert get(engine, serve(answer(body=body, Content_Encoding=coding)).url).name == "peName"


@pytest.mark.parametrize("engine", ENGINES)
def test_aiohttp_7943_every_engine_sends_a_header_in_the_same_bytes(engine: str, serve: Any) -> None:
    server = serve(WHOLE)
    get(engine, server.url, _options={"_headers": {"X-Name": "Größe"}})
    assert "\r\nX-Name: Größe\r\n".encode("latin-1") in server.requests[0].raw + b"\r\n"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy"])
def test_requests_3422_the_proxy_header_of_a_cgi_request_is_not_a_proxy(
    engine: str, name: str, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in [each for each in os.environ if each.lower().endswith("_proxy")]:
        monkeypatch.delenv(each)
    proxy = serve(WHOLE)
    monkeypatch.setenv("REQUEST_METHOD", "GET")
    monkeypatch.setenv(name, proxy.url)
    assert get(engine, serve(WHOLE).url, trust_env=True).name == "peName"
    assert len(proxy.requests) == (name == "http_proxy")  # a request can set only HTTP_PROXY


@pytest.mark.parametrize("engine", ENGINES)
def test_requests_3929_netrc_never_replaces_the_credential(
    engine: str, serve: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\ndefault login c password d\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server = serve(WHOLE)
    get(engine, server.url, trust_env=True)
    get(engine, server.url, trust_env=True, api_key={"Authorization": "t"})
    assert [seen.headers.get("authorization") for seen in server.requests] == [None, "t"]


@pytest.mark.parametrize("engine", ENGINES)
def test_boto_2193_a_password_of_a_proxy_is_decoded(engine: str, serve: Any) -> None:
    proxy = serve(WHOLE)
    settings = {"proxy": f"http://us%40er:p%23%3a%25@127.0.0.1:{proxy.port}", "proxy_headers": {"X-Via": "a"}}
    get(engine, "http://api.example/OrbitAPI", **settings)
    given = codecs.encode(b"us@er:p#:%", "base64").decode().strip()
    assert proxy.requests[0].headers["proxy-authorization"] == f"Basic {given}"
    assert proxy.requests[0].headers["x-via"] == "a"


@pytest.mark.parametrize("engine", ENGINES)
def test_aiohttp_2683_cookies_are_not_read_and_never_sent_back(engine: str, serve: Any) -> None:
    odd = 'ISAWPLB{A7F5-3531}=x; expires=Yesterday, {"i_l":0}; path=/'
    moved = answer(302, Location="/OrbitAPI/moved", Set_Cookie=odd)
    server = serve(lambda request, number: moved if number == 1 else answer(body=VARIABLE, Set_Cookie=odd))
    assert get(engine, server.url).name == "peName"
    assert [seen.headers.get("cookie") for seen in server.requests] == [None, None]


def test_openshift_378_a_408_on_an_idle_connection_is_not_the_next_answer(serve: Any, client: Any) -> None:
    late = answer(408, b"<html>", content_type="text/html", Connection="close")

    def respond(request: Seen, number: int) -> Any:
        return WHOLE if number > 1 else lambda sock, seen: sock.sendall(WHOLE + late)

    api = aa.FastStatsSystemsApi(client(serve(respond), retries=0))
    for _ in range(2):
        assert api.fast_stats_systems_get_fast_stats_variable("H", "h", "v").name == "peName"


def test_urllib3_1262_a_client_of_more_servers_than_pools_reaches_each_of_them(
    serve: Any, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apteco_api._runtime.transport.MAX_POOLS", 3)
    servers = [serve(WHOLE) for _ in range(5)]
    made = client(servers[0], retries=0)
    for server in servers * 3:
        made.configuration.host = server.url
        assert aa.FastStatsSystemsApi(made).fast_stats_systems_get_fast_stats_variable("H", "h", "v")
    assert [len(server.requests) for server in servers] == [3] * 5


TEXT = "héllo\n" * 1000


def _tar_member(folder: Path) -> Any:
    (folder / "a.txt").write_text(TEXT, encoding="utf-8")
    kept = io.BytesIO()
    with tarfile.open(fileobj=kept, mode="w") as made:
        made.add(folder / "a.txt", "a.txt")
    return tarfile.open(fileobj=_at(0, kept)).extractfile("a.txt")


def _gzip_file(folder: Path) -> Any:
    (folder / "a.gz").write_bytes(gzip.compress(TEXT.encode()))
    return gzip.open(folder / "a.gz")


def _utf_16(folder: Path) -> Any:
    (folder / "b.txt").write_text(TEXT, encoding="utf-16")
    return codecs.getreader("utf-16")((folder / "b.txt").open("rb"))


def _mapped(folder: Path) -> Any:
    (folder / "c.txt").write_text(TEXT, encoding="utf-8")
    with (folder / "c.txt").open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _at(place: int, made: Any) -> Any:
    made.seek(place)
    return made


UPLOADS: dict[str, tuple[Callable[[Path], Any], bytes]] = {
    "requests#5229: a member of a tar file": (_tar_member, TEXT.encode()),
    "httpx2#1214: a gzip file, read as its content": (_gzip_file, TEXT.encode()),
    "httpx2#1214: a file that was read in part": (lambda _: _at(6, io.BytesIO(b"hello world")), b"world"),
    "httpx2#1214: a file that stands after its end": (lambda _: _at(9000, io.BytesIO(b"abc")), b""),
    "text in UTF-16": (_utf_16, TEXT.encode()),
    "a memory map": (_mapped, TEXT.encode()),
}  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("report", UPLOADS)
def test_a_file_of_any_kind_is_sent_whole_and_whole_again(
    engine: str, report: str, serve: Any, tmp_path: Path
) -> None:
    made, data = UPLOADS[report]
    done = answer(201, {"path": "a.txt", "name": "a.txt", "type": "File", "size": 4})
    server = serve(lambda request, number: done if number > 1 else answer(503, Retry_After="0"))
    with made(tmp_path) as file:
        call(
            engine,
            configured(server.url, retries=1),
            "FilesApi",
            "files_upsert_file",
            "H",
            "h",
            "a.txt",
            file,
        )
    bodies = [seen.body.partition(b"\r\n\r\n")[2].rpartition(b"\r\n--")[0] for seen in server.requests]
    assert bodies == [data, data]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_upload_that_gets_shorter_or_has_no_data_is_our_error_with_its_name(
    engine: str, serve: Any, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a" * 2_000_000)
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    config = configured(serve(answer(201, {"path": "a.txt"})).url)
    arguments = (engine, config, "FilesApi", "files_upsert_file", "H", "h", "a.txt")
    with pytest.raises(aa.exceptions.ApiFileError, match=r"'a\.txt' became shorter"):
        call(*arguments, str(path), _progress=lambda *_: os.truncate(path, 10))
    with (
        open(reader, "rb", buffering=0) as pipe,
        pytest.raises(aa.exceptions.ApiFileError, match="non-blocking"),
    ):
        call(*arguments, ("p.txt", pipe))
    os.close(writer)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_closed_file_is_refused_before_anything_is_sent(engine: str, serve: Any, tmp_path: Path) -> None:
    server = serve(WHOLE)
    with (tmp_path / "a.txt").open("wb") as file:
        pass
    with pytest.raises(aa.ApiValueError, match="`file`: the file is closed"):
        call(engine, configured(server.url), "FilesApi", "files_upsert_file", "H", "h", "a.txt", file)
    assert server.requests == []


AT_EXIT = """
    import asyncio, atexit, sys
    import apteco_api as aa
    import apteco_api.aio as aio

    engine, config = sys.argv[2], aa.Configuration(host=sys.argv[1], trust_env=False)
    get = "fast_stats_systems_get_fast_stats_variable"

    async def awaited():
        async with aio.AsyncApiClient(config, engine=engine) as made:
            return await getattr(aio.FastStatsSystemsApi(made), get)("H", "h", "v")

    def late():
        if engine == "sync":
            with aa.ApiClient(config) as made:
                print(getattr(aa.FastStatsSystemsApi(made), get)("H", "h", "v").name)
        else:
            print(asyncio.run(awaited()).name)

    atexit.register(late)
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_s3fs_543_a_call_works_while_the_interpreter_ends(engine: str, serve: Any) -> None:
    assert run_child(AT_EXIT, serve(WHOLE).url, engine) == "peName"


WINDOWED = """
    import os, sys
    sys.stdin = sys.stdout = sys.stderr = sys.__stdin__ = sys.__stdout__ = sys.__stderr__ = None
    import apteco_api as aa

    config = aa.Configuration(host=sys.argv[1], trust_env=False)
    config.debug = True
    with aa.ApiClient(config) as made:
        found = aa.FastStatsSystemsApi(made).fast_stats_systems_get_fast_stats_variable("H", "h", "v")
    os.write(1, found.name.encode())
"""


def test_pyinstaller_7688_a_program_without_standard_streams_can_call(serve: Any) -> None:
    assert run_child(WINDOWED, serve(WHOLE).url) == "peName"


CHANGING = """
    import sys, threading, time
    import apteco_api as aa

    sys.setswitchinterval(1e-5)
    config = aa.Configuration(host=sys.argv[1], trust_env=False)
    made = aa.ApiClient(config)
    api, ended, failed = aa.FastStatsSystemsApi(made), threading.Event(), []

    def change():
        for number in range(20_000):
            made.set_default_header(f"X-{number % 50}", "v")
            made.default_headers.pop(f"X-{number * 7 % 50}", None)
            config.api_key[f"k{number % 20}"] = "v"
            config.api_key.pop(f"k{number * 3 % 20}", None)
        ended.set()

    def ask():
        while not ended.is_set():
            try:
                api.fast_stats_systems_get_fast_stats_variable("H", "h", "v")
            except BaseException as error:
                failed.append(repr(error))

    threads = [threading.Thread(target=work) for work in (change, ask, ask, ask)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(failed[:1])
"""


def test_geohealthcheck_301_headers_and_keys_may_change_while_others_call(serve: Any) -> None:
    assert run_child(CHANGING, serve(WHOLE).url) == "[]"
