"""Connections, proxies, TLS, threads and headers, between a call and its server."""

from __future__ import annotations

import asyncio
import gc
import os
import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from engines import ENGINES, call, configured, download, get
from support.lab import VARIABLE, Seen, answer, in_time, run_child
from urllib3 import HTTPConnectionPool

import apteco_api as aa
import apteco_api.aio as aio
from apteco_api._runtime import connect, watch
from apteco_api._runtime.downloads import name_of
from apteco_api._runtime.places import Places
from apteco_api._runtime.proxies import bypassed, parse_proxy
from apteco_api.exceptions import (
    ApiConnectionError,
    ApiInterrupted,
    ApiSettingError,
    ApiTimeout,
    ApiTypeError,
    ApiValueError,
)

# ---- addresses


@pytest.fixture
def deaf() -> Iterator[int]:
    """Yield the port of a loopback address where connections are neither accepted nor refused."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with socket.socket() as listener:
        listener.bind(("127.0.0.2", port))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(8)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.2", port))
        yield port
        for sock in waiting:
            sock.close()


def address(host: str, port: int) -> connect.Address:
    return socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)


@pytest.mark.parametrize("before", [1, 3])
def test_the_next_address_is_tried_when_one_is_silent(before: int, deaf: int) -> None:
    with socket.create_server(("127.0.0.3", deaf)):
        addresses = [address("127.0.0.2", deaf)] * before + [address("127.0.0.3", deaf)]
        sock = connect.open_socket(addresses, time.monotonic() + 10)
        assert sock.getpeername()[0] == "127.0.0.3"
        sock.close()


def test_refused_addresses_are_passed_over_and_the_last_failure_is_told(deaf: int) -> None:
    with socket.create_server(("127.0.0.3", 0)) as good:
        port = good.getsockname()[1]
        addresses = [address("127.0.0.4", port), address("127.0.0.3", port)]
        connect.open_socket(addresses, time.monotonic() + 10).close()
    with pytest.raises(ConnectionRefusedError):
        connect.open_socket([address("127.0.0.4", port)] * 2, time.monotonic() + 10)
    with pytest.raises(TimeoutError):
        connect.open_socket([address("127.0.0.2", deaf)] * 2, time.monotonic() + 0.3)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_address_needs_no_thread(host: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(threading.Thread, "start", None)
    assert connect.look_up(host, 80, 1.0)[0][4][0] == host


def test_no_thread_for_a_look_up_is_our_error(get: Any, monkeypatch: Any) -> None:
    def refused(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(ApiConnectionError, match="no thread"):
        get("http://name.example", retries=0)


def test_no_thread_for_a_call_is_our_error(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server, main, start = serve(answer(body=VARIABLE)), threading.current_thread(), threading.Thread.start

    def refused(self: threading.Thread) -> None:
        if threading.current_thread() is main:
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refused)
    assert get("sync", server.url).name == "peName"  # an address needs none
    with pytest.raises(ApiConnectionError, match="no thread"):
        get("threads", server.url)
    with pytest.raises(ApiConnectionError, match="no thread"):
        get("sync", server.url, _options={"async_req": True})
    urlopen = HTTPConnectionPool.urlopen
    monkeypatch.setattr(HTTPConnectionPool, "urlopen", lambda *args, **given: urlopen(*args, **given))
    monkeypatch.setattr(watch, "_watcher", watch._Watcher())  # whose thread does not run yet
    with pytest.raises(ApiConnectionError, match="no thread"):  # plain urllib3 is watched from a thread
        get("sync", server.url)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_server_that_never_speaks_tls_is_a_timeout_of_the_connect(engine: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with pytest.raises(ApiTimeout) as caught:
            get(engine, f"https://127.0.0.1:{server.getsockname()[1]}", connect_timeout=0.3)
        assert (caught.value.phase, caught.value.sent) == ("connect", False)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_wait_for_the_server_has_its_own_limit(engine: str, serve: Any) -> None:
    server = serve(lambda request, number: lambda sock, seen: time.sleep(2))
    with pytest.raises(ApiTimeout, match=r"0\.3 s"):
        get(engine, server.url, read_timeout=0.3)


# ---- TLS


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cut", [True, False])
def test_a_body_that_ends_with_its_connection_needs_close_notify(
    engine: str, cut: bool, tls: Any, serve: Any, tmp_path: Path
) -> None:
    def write(sock: Any, seen: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n" + b"row\n" * 1000)
        if cut:
            with socket.socket(fileno=os.dup(sock.fileno())) as below:
                below.shutdown(socket.SHUT_WR)
        else:
            sock.settimeout(2)
            with suppress(OSError):
                sock.unwrap()
        time.sleep(0.2)

    server = serve(lambda request, number: write, context=tls.contexts["good"])
    target = tmp_path / "x.csv"
    if cut:
        with pytest.raises(ApiInterrupted):
            download(engine, server.url, {"_save_to": target}, ssl_ca_cert=tls.bundle)
        assert not target.exists()
    else:
        download(engine, server.url, {"_save_to": target}, ssl_ca_cert=tls.bundle)
        assert target.read_bytes() == b"row\n" * 1000


def test_a_refused_certificate_is_not_tried_again(tls: Any, serve: Any, get: Any) -> None:
    server = serve(answer(body=VARIABLE), context=tls.contexts["unknown"])
    with pytest.raises(ApiConnectionError, match="certificate was refused") as caught:
        get(server, ssl_ca_cert=tls.bundle, retries=3)
    assert len(caught.value.attempts) <= 1
    assert server.connections == 1


@pytest.mark.parametrize("setting", ["ssl_ca_cert", "cert_file"])
def test_a_file_of_certificates_that_is_missing_is_named(setting: str, get: Any) -> None:
    with pytest.raises(ApiSettingError, match=r"/nowhere/x\.pem") as caught:
        get("https://127.0.0.1:1", retries=3, **{setting: "/nowhere/x.pem"})
    assert isinstance(caught.value, ValueError)


def test_a_key_with_a_pass_phrase_needs_the_setting(tls: Any, tmp_path: Path, get: Any, serve: Any) -> None:
    from cryptography.hazmat.primitives import serialization

    made = tls.authority.issue_cert("client.example")
    made.cert_chain_pems[0].write_to_path(tmp_path / "c.pem")
    key = serialization.load_pem_private_key(made.private_key_pem.bytes(), None)
    secret = serialization.BestAvailableEncryption(b"hunter2-hunter2")
    form = serialization.PrivateFormat.PKCS8
    (tmp_path / "k.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, secret))
    server = serve(answer(body=VARIABLE), context=tls.contexts["good"])
    files = {"cert_file": str(tmp_path / "c.pem"), "key_file": str(tmp_path / "k.pem")}
    with pytest.raises(ApiSettingError, match="key_password"):
        get(server, ssl_ca_cert=tls.bundle, **files)
    with pytest.raises(ApiSettingError) as caught:
        get(server, ssl_ca_cert=tls.bundle, key_password="wrong-wrong", **files)
    assert "wrong-wrong" not in str(caught.value)
    assert get(server, ssl_ca_cert=tls.bundle, key_password="hunter2-hunter2", **files).name == "peName"
    assert "hunter2" not in repr(vars(configured(server.url, key_password="hunter2-hunter2")))


# ---- proxies


@pytest.mark.parametrize(
    "text",
    [
        "socks5://h:1",
        "socks://h",
        "ftp://h",
        "http://",
        "http://h:port",
        "http://h:99999",
        "http://[::1",
        "http:// /",
    ],
)
def test_a_proxy_that_cannot_be_used_is_refused_by_its_name(text: str, monkeypatch: Any) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALL_PROXY", text.replace("//", "//me:pr0xy-pass@", 1))
    with pytest.raises(ApiSettingError, match="ALL_PROXY") as caught:
        get("sync", "http://127.0.0.1:1", trust_env=True)
    assert "pr0xy-pass" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("h:1", "http://h:1"),
        ("HTTP://h", "http://h:80"),
        ("https://h", "https://h:443"),
        ("http://u:p@[::1]:8/path?x@y", "http://[::1]:8"),
        ("u%40x:p@h:1", "http://h:1"),
    ],
)
def test_proxies_are_read_however_they_are_written(text: str, url: str) -> None:
    assert parse_proxy(text, "x").url == url
    assert bool(parse_proxy(text, "x").headers) == ("p@" in text)


@pytest.mark.parametrize(
    ("rule", "there"),
    [
        ("example.com", True), (".example.com", True), ("*.example.com", True), ("EXAMPLE.COM.", True),
        ("example.com:443", True), ("example.com:80", False), ("other.com api.example.com", True),
        ("ample.com", False), ("com.", True), ("example.com:x", False), ("*", True), (" , ", False),
    ],
)  # fmt: skip
def test_no_proxy_rules(rule: str, there: bool) -> None:
    assert bypassed("api.example.com", 443, rule) is there
    assert bypassed("api.example.com.", 443, rule) is there


@pytest.mark.parametrize(
    ("host", "rule"),
    [
        ("xn--bcher-kva.example", "bücher.example"), ("127.0.0.1", "127.0.0.0/8"), ("::1", "[::1]:443"),
        ("::1", "::1"), ("::1", "0:0:0:0:0:0:0:1"), ("::1", "::/64"), ("10.1.2.3", "x,10.1.2.3:443"),
    ],
)  # fmt: skip
def test_no_proxy_rules_for_addresses_and_names_in_other_scripts(host: str, rule: str) -> None:
    assert bypassed(host, 443, rule)
    assert not bypassed("198.51.100.7", 443, rule)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "said",
    [b"\x05\xff", b"", b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 70_000, b"HTTP/1.1 200 OK\r\n\r\nmore"],
)
def test_a_proxy_that_answers_nonsense_to_connect_is_named(engine: str, said: bytes, serve: Any) -> None:
    proxy = serve(lambda request, number: lambda sock, seen: sock.sendall(said))
    with pytest.raises(ApiConnectionError, match=f"proxy 127.0.0.1:{proxy.port}"):
        get(engine, "https://api.example", proxy=proxy.url.removesuffix("/OrbitAPI"))


# ---- headers


@pytest.mark.parametrize(
    "name", ["content-length", "Transfer-Encoding", "TE", "upgrade", "Trailer", "Expect"]
)
def test_headers_that_frame_a_request_are_refused(name: str, serve: Any, client: Any) -> None:
    server = serve(answer(body=VARIABLE))
    with pytest.raises(ApiValueError, match=name):
        aa.AboutApi(client(server)).about_get_version(_headers={name: "1"})
    with pytest.raises(ApiValueError, match=name):
        client(server).set_default_header(name, "1")
    assert server.requests == []


@pytest.mark.parametrize("name", [1, None, b"X-A", ("a",)])
def test_a_header_name_must_be_text(name: Any, serve: Any, client: Any) -> None:
    with pytest.raises(ApiTypeError, match="text"):
        aa.AboutApi(client(serve(answer(body=VARIABLE)))).about_get_version(_headers={name: "1"})


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["ACCEPT", "authorization", "User-AGENT", "accept-encoding", "hOST"])
def test_the_callers_header_takes_the_place_of_ours_whatever_the_case(
    engine: str, name: str, serve: Any
) -> None:
    server = serve(answer(body=VARIABLE))
    get(engine, server.url, {"_headers": {name: "mine"}}, api_key={"Authorization": "t0ken-t0ken"})
    lines = [
        line.partition(":")[0].lower() for line in server.requests[0].raw.decode("latin-1").split("\r\n")[1:]
    ]
    assert lines.count(name.lower()) == 1
    assert server.requests[0].headers[name.lower()] == "mine"


WRONG = [
    ("X-A", "canary\r\nX-Evil: 1"),
    ("X-A", "canary\x00"),
    ("X-A", "π"),
    ("X A", "1"),
    ("Te", "1"),
    (5, "1"),
]


@pytest.mark.parametrize("engine", [*ENGINES, "plain"])
@pytest.mark.parametrize(("name", "value"), WRONG)
@pytest.mark.parametrize("place", ["default_headers", "policy", "proxy_headers"])
def test_a_header_that_cannot_be_sent_is_refused_wherever_it_was_put(
    engine: str, name: Any, value: str, place: str, serve: Any
) -> None:
    server = serve(answer(body={"version": "1"}))

    def stamp(call: Any, request: Any, onward: Any) -> Any:
        return (yield from onward(request.copy(headers={**request.headers, name: value})))

    def put(made: aa.ApiClient) -> None:
        if place == "default_headers":
            made.default_headers[name] = value
        elif place == "policy":
            made.policies = (*made.policies, stamp)
        else:
            made.configuration.proxy, made.configuration.proxy_headers = server.url, {name: value}

    async def awaited() -> None:
        async with aio.AsyncApiClient(configured(server.url), engine=engine) as made:
            put(made.sync)
            await aio.AboutApi(made).about_get_version()

    def sent() -> None:
        if engine in ("threads", "aiohttp"):
            return asyncio.run(awaited())
        with aa.ApiClient(configured(server.url)) as made:
            put(made)
            if engine == "plain":
                assert made.rest_client.pool_manager
            aa.AboutApi(made).about_get_version()

    with pytest.raises((ApiTypeError, ApiValueError), match=r"X-A|X A|Te|header name") as caught:
        sent()
    assert "canary" not in str(caught.value)
    assert server.requests == []


@pytest.mark.parametrize("engine", ENGINES)
def test_default_headers_of_one_name_in_two_cases_are_sent_once(engine: str, serve: Any) -> None:
    server = serve(answer(body={"version": "1"}))

    async def awaited() -> None:
        async with aio.AsyncApiClient(configured(server.url), engine=engine) as made:
            made.sync.default_headers.update({"user-agent": "mine", "X-Count": 5})  # type: ignore[dict-item]
            await aio.AboutApi(made).about_get_version()

    if engine == "sync":
        with aa.ApiClient(configured(server.url)) as made:
            made.default_headers.update({"user-agent": "mine", "X-Count": 5})  # type: ignore[dict-item]
            aa.AboutApi(made).about_get_version()
    else:
        asyncio.run(awaited())
    assert server.requests[0].raw.lower().count(b"user-agent:") == 1
    assert (server.requests[0].headers["user-agent"], server.requests[0].headers["x-count"]) == ("mine", "5")


# ---- parts of files


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Content-Range: bytes 10-14/1000", b"ABCDE"),
        ("Content-Range: bytes 10-999/1000", b"ABCDE"),
        ("Content-Range: bytes 9-999/1000", b"x" * 991),
        ("Content-Range: bytes 10-1000/1000", b"x" * 991),
        ("Content-Range: bytes 10-5/1000", b"ABCDE"),
        ("Content-Range: items 10-999/1000", b"x" * 990),
        ("X: y", b"x" * 990),
        ('ETag: "other"\r\nContent-Range: bytes 10-999/1000', b"x" * 990),
    ],
)
def test_a_part_that_is_not_the_rest_is_never_the_file(
    head: str, body: bytes, serve: Any, tmp_path: Path
) -> None:
    target = tmp_path / "a.csv"
    begun = b'HTTP/1.1 200 OK\r\nETag: "e"\r\nContent-Length: 1000\r\n\r\n0123456789'
    with pytest.raises(ApiInterrupted):
        download(
            "sync",
            serve(lambda r, n: lambda sock, seen: sock.sendall(begun)).url,
            {"_save_to": target, "_resume": True},
        )
    rest = f"HTTP/1.1 206 Partial Content\r\n{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    server = serve(rest)
    with pytest.raises(aa.ApiException):
        download("sync", server.url, {"_save_to": target, "_resume": True})
    assert server.requests[0].headers["range"] == "bytes=10-"
    assert not target.exists()
    whole = b'HTTP/1.1 206 P\r\nETag: "e"\r\nContent-Range: bytes %d-999/1000\r\nContent-Length: %d\r\n\r\n'

    def go_on(request: Seen, number: int) -> bytes:
        start = int(request.headers["range"].removeprefix("bytes=").rstrip("-"))
        return whole % (start, 1000 - start) + b"x" * (1000 - start)

    download("sync", serve(go_on).url, {"_save_to": target, "_resume": True})
    assert target.stat().st_size == 1000


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("tag", ['"größe"', '"\x80\xff"', '""', "", "größe", '"' + "e" * 2000 + '"'])
def test_a_part_with_any_tag_is_resumed_or_fetched_anew(
    engine: str, tag: str, serve: Any, tmp_path: Path
) -> None:
    target, data = tmp_path / "a.csv", b"0123456789" * 100
    line = b"HTTP/1.1 %s\r\nETag: " + tag.encode("latin-1") + b"\r\nContent-Length: %d\r\n"

    def respond(request: Seen, number: int) -> Any:
        if number == 1:
            return lambda sock, seen: sock.sendall(line % (b"200 OK", 1000) + b"\r\n" + data[:10])
        if "range" not in request.headers:
            return line % (b"200 OK", 1000) + b"\r\n" + data
        assert request.headers.get("if-range") in (None, tag)
        return line % (b"206 P", 990) + b"Content-Range: bytes 10-999/1000\r\n\r\n" + data[10:]

    url = serve(respond).url
    with pytest.raises(ApiInterrupted):
        download(engine, url, {"_save_to": target, "_resume": True})
    download(engine, url, {"_save_to": target, "_resume": True})
    assert target.read_bytes() == data


@pytest.mark.parametrize("engine", ENGINES)
def test_a_part_that_was_not_asked_for_is_refused(engine: str, serve: Any, tmp_path: Path) -> None:
    server = serve(answer(206, VARIABLE, Content_Range="bytes 0-4/1000"))
    with pytest.raises(ApiInterrupted, match="206"):
        get(engine, server.url)
    with pytest.raises(ApiInterrupted, match="206"):
        download(engine, server.url, {"_save_to": tmp_path / "x"})
    assert list(tmp_path.iterdir()) == []


# ---- names of downloads


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("attachment; filename=a b c.csv", "a b c.csv"),
        ("attachment; filename=a b.csv; size=3", "a b.csv"),
        ('attachment; filename="a;b.csv"', "a;b.csv"),
        ("attachment; xfilename=no.csv", "download"),
        ("attachment; xfilename=no.csv; filename=yes.csv", "yes.csv"),
        ("attachment; x-filename*=UTF-8''no.csv", "download"),
        ("attachment; filename=" + "café.csv".encode().decode("latin-1"), "café.csv"),
        ("attachment; filename=caf\xe9.csv", "café.csv"),
        ('attachment; filename="=?UTF-8?B?Y2Fmw6kuY3N2?="', "café.csv"),
        ('attachment; filename="=?utf-8?q?caf=C3=A9.csv?="', "café.csv"),
        ('attachment; filename="=?x?y?z?="', "=_x_y_z_="),
        ("attachment; filename*=UTF-8''caf%C3%A9.csv", "café.csv"),
        ("attachment; filename*=utf-8'en'a%20b.csv; filename=c.csv", "a b.csv"),
        ("attachment; filename*=idna''a.csv; filename=c.csv", "c.csv"),
        ("attachment; filename*=UTF-8''%FF.csv; filename=c.csv", "c.csv"),
        ("attachment; filename*=UTF-8''", "download"),
        ("attachment; filename*=x", "download"),
        ("attachment; filename=", "download"),
        ("attachment; filename", "download"),
    ],
)
def test_names_of_downloads_however_servers_write_them(header: str, name: str) -> None:
    assert name_of(header) == name


# ---- threads, connections, log files


def test_a_place_that_an_exception_took_is_given_back(serve: Any, client: Any) -> None:
    made = client(
        serve(answer(body=VARIABLE)), connection_pool_maxsize=1, connection_pool_block=True, timeout=5
    )
    api = aa.FastStatsSystemsApi(made)
    api.fast_stats_systems_get_fast_stats_variable("H", "h", "v")
    (pool,) = made.transport._pools.values()
    pool.pool.get().close()  # and never given back
    assert api.fast_stats_systems_get_fast_stats_variable("H", "h", "v").name == "peName"


def test_a_blocking_pool_never_has_more_connections_than_places(serve: Any, client: Any) -> None:
    def respond(request: Seen, number: int) -> Any:
        time.sleep(0.15)
        return answer(body=VARIABLE)

    server = serve(respond)
    made = client(server, connection_pool_maxsize=2, connection_pool_block=True, timeout=20)
    api = aa.FastStatsSystemsApi(made)
    threads = [
        threading.Thread(target=lambda: api.fast_stats_systems_get_fast_stats_variable("H", "h", "v"))
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.connections <= 2


def test_places_are_a_bounded_stack() -> None:
    places = Places(2)
    with pytest.raises(queue.Empty):
        places.get(block=False)
    places.put("a")
    places.put("b")
    with pytest.raises(queue.Full):
        places.put("c")
    assert [places.get(), places.get()] == ["b", "a"]
    with pytest.raises(queue.Empty):
        places.get(timeout=0.02)


def api_threads() -> int:
    return sum(thread.name.startswith("api-") for thread in threading.enumerate())


@pytest.mark.parametrize("engine", ["threads", "aiohttp"])
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_clients_that_are_dropped_leave_no_thread(engine: str, serve: Any) -> None:
    server = serve(answer(body=VARIABLE))

    async def drop() -> None:
        for _ in range(10):
            made = aio.AsyncApiClient(configured(server.url), engine=engine)
            await aio.FastStatsSystemsApi(made).fast_stats_systems_get_fast_stats_variable("H", "h", "v")
            if engine == "aiohttp":
                await made.close()
        del made
        gc.collect()
        await asyncio.sleep(0.3)

    before = api_threads()
    asyncio.run(drop())
    gc.collect()
    assert api_threads() <= before + 1


def test_one_aiohttp_client_works_in_a_second_loop(serve: Any) -> None:
    made = aio.AsyncApiClient(configured(serve(answer(body=VARIABLE)).url), engine="aiohttp")
    api = aio.FastStatsSystemsApi(made)

    async def one(close: bool) -> str:
        found = await api.fast_stats_systems_get_fast_stats_variable("H", "h", "v")
        if close:
            await made.close()
        return str(found.name)

    assert asyncio.run(one(True)) == "peName"
    assert asyncio.run(one(True)) == "peName"


def test_the_wait_for_a_thread_counts(serve: Any, monkeypatch: Any) -> None:
    from apteco_api._runtime import async_client

    monkeypatch.setattr(async_client, "MAX_THREADS", 1)
    server = serve(lambda request, number: lambda sock, seen: time.sleep(3))

    async def queued() -> float:
        async with aio.AsyncApiClient(configured(server.url, timeout=2.0)) as made:
            api = aio.FastStatsSystemsApi(made)
            first = asyncio.create_task(api.fast_stats_systems_get_fast_stats_variable("H", "h", "v"))
            await asyncio.sleep(0.2)
            began = time.monotonic()
            with pytest.raises(ApiTimeout) as caught:
                await api.fast_stats_systems_get_fast_stats_variable("H", "h", "v", _request_timeout=0.3)
            assert (caught.value.phase, caught.value.sent) == ("pool", False)
            took = time.monotonic() - began
            with pytest.raises(ApiTimeout):
                await first
            return took

    assert in_time(asyncio.run(queued()), 1.5)


SLOW_IMPORT = """
    import asyncio, importlib.machinery, sys, time
    import apteco_api as aa
    import apteco_api.aio as aio

    class Slow:
        def find_spec(self, name, path=None, target=None):
            if name == "aiohttp":
                found = importlib.machinery.PathFinder.find_spec(name, path)
                load = found.loader.exec_module
                found.loader.exec_module = lambda module: (time.sleep(2), load(module))
                return found

    async def run():
        config = aa.Configuration(host=sys.argv[1], trust_env=False)
        async with aio.AsyncApiClient(config, engine="aiohttp") as made:
            sys.meta_path.insert(0, Slow())
            began = time.monotonic()
            try:
                await aio.AboutApi(made).about_get_version(_request_timeout=0.3)
            except aa.ApiTimeout as error:
                print(error.phase, error.sent, time.monotonic() - began)
            print(type(await aio.AboutApi(made).about_get_version()).__name__)

    asyncio.run(run())
"""


def test_the_first_import_of_aiohttp_counts(serve: Any) -> None:
    out = run_child(SLOW_IMPORT, serve(answer(body={"version": "1"})).url).split()
    assert out[:2] == ["connect", "False"]
    assert in_time(float(out[2]), 1.5, 0.25)
    assert out[3] == "VersionDetails"


def test_a_hook_that_calls_the_api_is_not_called_by_its_own_calls(serve: Any) -> None:
    config = configured(serve(answer(401, {})).url, api_key={"Authorization": "old-token"})
    called = [0]

    def hook(found: aa.Configuration) -> bool:
        called[0] += 1
        with aa.ApiClient(found) as other:
            aa.FastStatsSystemsApi(other).fast_stats_systems_get_fast_stats_variable("H", "h", "v")
        return True

    config.refresh_access_token = hook
    with pytest.raises(aa.ApiUnauthorized):
        call(
            "sync", config, "FastStatsSystemsApi", "fast_stats_systems_get_fast_stats_variable", "H", "h", "v"
        )
    assert called == [1]


def test_the_time_of_a_hook_is_its_own(serve: Any) -> None:
    def respond(request: Seen, number: int) -> bytes:
        return answer(body=VARIABLE) if "new-token" in request.headers["authorization"] else answer(401, {})

    config = configured(serve(respond).url, api_key={"Authorization": "old-token"}, timeout=1.0)

    def hook(found: aa.Configuration) -> bool:
        time.sleep(1.5)
        found.api_key["Authorization"] = "new-token"
        return True

    config.refresh_access_token = hook
    name = "fast_stats_systems_get_fast_stats_variable"
    assert call("sync", config, "FastStatsSystemsApi", name, "H", "h", "v").name == "peName"


def test_a_log_file_has_each_line_once_and_is_closed_with_its_last_configuration(
    tmp_path: Path, serve: Any
) -> None:
    import copy
    import logging

    path = tmp_path / "log.txt"
    server = serve(answer(body=VARIABLE))
    package = logging.getLogger("apteco_api")
    before = len(package.handlers)
    made = [configured(server.url, logger_file=str(path), debug=True) for _ in range(3)]
    made += [copy.deepcopy(made[0]), copy.copy(made[0])]
    get("sync", server.url)
    call("sync", made[3], "FastStatsSystemsApi", "fast_stats_systems_get_fast_stats_variable", "H", "h", "v")
    texts = [line.split(" ", 3)[-1] for line in path.read_text().splitlines()]
    assert len(texts) == len(set(texts)) or texts.count(texts[0]) == 2  # two calls, each line once a call
    assert len(package.handlers) == before + 1
    made[0].debug = False
    made.clear()
    gc.collect()
    assert len(package.handlers) == before


@pytest.mark.parametrize("used", [True, False])
def test_a_call_while_python_shuts_down_is_our_error(used: bool, serve: Any) -> None:
    out = run_child(
        """
        import os, sys
        import apteco_api as aa

        class Late:
            def __init__(self):
                config = aa.Configuration(host=sys.argv[1], trust_env=False)
                self.about, self.known = aa.AboutApi(aa.ApiClient(config)), aa.ApiTransportError

            def __del__(self, write=os.write):
                try:
                    self.about.about_get_version()
                except self.known as error:
                    write(1, f"{error.operation}: {error.message}".encode())

        late = Late()
        if sys.argv[2] == "True":
            late.about.about_get_version()
        """,
        serve(answer(body={"version": "1"})).url,
        str(used),
    )
    assert out == "About_GetVersion: Python is shutting down: a call in `__del__` comes too late"
