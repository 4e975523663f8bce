"""Cases 1 to 12: time, broken connections, pools, forks, and things that are not HTTP."""

from __future__ import annotations

import gzip
import json
import os
import socket
import threading
import time
from typing import Any

import pytest
from support import lab
from support.lab import COUNT, VARIABLE, Seen, answer, run_child

import apteco_api as aa
from apteco_api.exceptions import ApiConnectionError, ApiInterrupted, ApiTimeout


def drip(data: bytes, pause: float = 0.5) -> Any:
    def write(sock: socket.socket, request: Seen) -> None:
        for index in range(len(data)):
            sock.sendall(data[index : index + 1])
            time.sleep(pause)

    return write


def timed(run: Any, *args: Any, **kwargs: Any) -> tuple[BaseException, float]:
    before = time.monotonic()
    with pytest.raises(aa.OpenApiException) as failure:
        run(*args, **kwargs)
    return failure.value, time.monotonic() - before


def first_dead_then_fine(dead: Any) -> Any:
    return lambda request, number: dead(request) if number == 1 else answer(body=VARIABLE)


def dead_body(request: Seen) -> Any:
    def write(sock: socket.socket, request: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n")
        drip(b" " * 100)(sock, request)

    return write


def dead_head(request: Seen) -> Any:
    return drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 100)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_01_dead_body_a_byte_now_and_then_ends_at_the_deadline(
    method: str, serve: Any, get: Any, post: Any
) -> None:
    call = get if method == "GET" else post
    error, elapsed = timed(call, serve(lambda request, number: dead_body(request)), _request_timeout=2)
    assert isinstance(error, ApiTimeout)
    assert error.phase == "body"
    assert lab.in_time(elapsed, 2.3, 1.95)


def test_02_dead_headers_end_at_the_deadline(serve: Any, get: Any) -> None:
    error, elapsed = timed(get, serve(lambda request, number: dead_head(request)), _request_timeout=2)
    assert isinstance(error, ApiTimeout)
    assert error.phase == "headers"
    assert lab.in_time(elapsed, 2.3, 1.95)


@pytest.mark.parametrize("dead", [dead_body, dead_head])
def test_02_the_connection_of_a_dead_answer_is_not_used_again(dead: Any, serve: Any, client: Any) -> None:
    server = serve(first_dead_then_fine(dead))
    api = aa.FastStatsSystemsApi(client(server))
    timed(api.fast_stats_systems_get_fast_stats_variable, "H", "h", "v", _request_timeout=0.5)
    assert api.fast_stats_systems_get_fast_stats_variable("H", "h", "v").name == "peName"
    assert [request.connection for request in server.requests] == [1, 2]


@pytest.mark.parametrize("given", ["call", "client", "environment"])
def test_02_the_deadline_is_set_for_a_call_a_client_or_by_the_environment(
    given: str, serve: Any, monkeypatch: Any
) -> None:
    server = serve(lambda request, number: dead_body(request))
    if given == "environment":
        monkeypatch.setenv("APTECO_API_TIMEOUT", "0.7")
    config = aa.Configuration(host=server.url)
    if given == "client":
        config.timeout = 0.7
    options = {"_request_timeout": 0.7} if given == "call" else {}
    with aa.ApiClient(config) as client:
        error, elapsed = timed(aa.AboutApi(client).about_get_version, **options)
    assert isinstance(error, ApiTimeout)
    assert "0.7 s" in str(error)
    assert lab.in_time(elapsed, 1.2, 0.65)


def test_03_no_answer_ends_at_the_documented_default(serve: Any) -> None:
    server = serve(lambda *_: lambda sock, request: time.sleep(200))
    config = aa.Configuration(host=server.url)
    assert config.timeout == 120.0
    with aa.ApiClient(config) as client:
        error, elapsed = timed(aa.AboutApi(client).about_get_version)
    assert isinstance(error, ApiTimeout)
    assert lab.in_time(elapsed, 120.5)


def test_03_a_look_up_of_the_host_that_hangs_ends_with_the_call(monkeypatch: Any) -> None:
    released = threading.Event()

    def hang(*_: Any, **__: Any) -> Any:
        released.wait(10)
        raise OSError("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    config = aa.Configuration(host="http://name.example/OrbitAPI", trust_env=False)
    before = time.monotonic()
    with aa.ApiClient(config) as made, pytest.raises(aa.ApiTimeout) as caught:
        aa.AboutApi(made).about_get_version(_request_timeout=0.5)
    assert lab.in_time(time.monotonic() - before, 5)
    released.set()
    assert (caught.value.phase, caught.value.sent) == ("connect", False)


def test_04_the_deadline_counts_retries_and_their_waits(serve: Any, get: Any) -> None:
    server = serve(answer(503, Retry_After="5"))
    error, elapsed = timed(get, server, _request_timeout=8)
    assert lab.in_time(elapsed, 8.3)
    assert isinstance(error, aa.ApiUnavailable)
    assert len(error.attempts) == len(server.requests) == 2
    assert "503" in error.attempts[0]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.parametrize("host", ["refused", "unknown"])
def test_05_no_connection_says_that_nothing_was_sent(host: str, post: Any) -> None:
    url = f"http://127.0.0.1:{closed_port()}/x" if host == "refused" else "http://no-such-host.invalid/x"
    error, _ = timed(post, url, retries=2)
    assert isinstance(error, ApiConnectionError)
    assert error.sent is False
    assert len(error.attempts) == 3
    text = str(error)
    assert lab.TOKEN not in text
    assert ("127.0.0.1" if host == "refused" else "no-such-host.invalid") in text


def test_05_a_tls_handshake_that_fails_says_that_nothing_was_sent(get: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            sock, _ = listener.accept()
            sock.recv(4096)
            sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            sock.close()

        threading.Thread(target=accept, daemon=True).start()
        error, _ = timed(get, f"https://127.0.0.1:{listener.getsockname()[1]}/x", retries=0)
    assert isinstance(error, ApiConnectionError)
    assert error.sent is False
    assert "TLS" in str(error)


def half(body: bytes) -> Any:
    def write(sock: socket.socket, request: Seen) -> None:
        whole = answer(body=body)
        sock.sendall(whole[: len(whole) - len(body) // 2])
        time.sleep(0.05)
        lab.reset(sock)

    return write


def test_06_a_reset_inside_the_body_is_retried_for_get(serve: Any, get: Any) -> None:
    server = serve(lambda request, number: half(b" " * 1000) if number == 1 else answer(body=VARIABLE))
    assert get(server).name == "peName"
    assert len(server.requests) == 2


def test_06_a_reset_inside_the_body_is_not_retried_for_post(serve: Any, post: Any) -> None:
    server = serve(lambda request, number: half(b" " * 1000))
    error, _ = timed(post, server)
    assert isinstance(error, ApiInterrupted)
    assert error.sent == "unknown"
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", ["length", "chunked", "gzip"])
def test_07_a_body_that_ends_early_is_never_a_short_result(kind: str, serve: Any, get: Any) -> None:
    body = json.dumps(VARIABLE).encode()

    def write(sock: socket.socket, request: Seen) -> None:
        if kind == "length":
            sock.sendall(answer(body=body).replace(b"Content-Length: ", b"Content-Length: 1"))
        elif kind == "chunked":
            sock.sendall(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(body), body)
            )
        else:
            packed = gzip.compress(body)
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + packed[:-9])

    error, _ = timed(get, serve(lambda *_: write), retries=1)
    assert isinstance(error, ApiInterrupted)
    assert len(error.attempts) == 2


def test_08_a_connection_closed_while_idle_is_invisible(serve: Any, client: Any) -> None:
    def respond(request: Seen, number: int) -> Any:
        def write(sock: socket.socket, request: Seen) -> None:
            sock.sendall(answer(body=COUNT))  # then the server closes, without "Connection: close"

        return write

    server = serve(respond)
    shared = client(server, retries=0)
    for _ in range(5):
        assert lab.count(shared).counts[0].count_value == 7
        time.sleep(0.03)
    assert len(server.requests) == 5


def test_09_64_threads_and_a_slow_host_end_without_a_deadlock(serve: Any, client: Any) -> None:
    def respond(request: Seen, number: int) -> Any:
        def write(sock: socket.socket, request: Seen) -> bool:
            time.sleep(0.3)
            sock.sendall(answer(body=COUNT))
            return True

        return write

    shared = client(
        serve(respond), connection_pool_maxsize=10, connection_pool_block=True, timeout=1.0, retries=0
    )
    outcomes: list[Any] = []

    def call() -> None:
        try:
            outcomes.append(lab.count(shared).counts[0].count_value)
        except aa.ApiException as error:
            outcomes.append(error)

    before = time.monotonic()
    threads = [threading.Thread(target=call) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert lab.in_time(time.monotonic() - before, 3)
    assert len(outcomes) == 64
    failed = [item for item in outcomes if item != 7]
    assert 0 < len(failed) <= 50
    assert all(isinstance(item, ApiTimeout) for item in failed)
    assert {item.phase for item in failed} <= {"pool", "connect", "send", "headers"}


def test_09_waiting_for_a_connection_is_bounded_and_says_so(serve: Any, client: Any) -> None:
    server = serve(lambda *_: lambda sock, request: time.sleep(3))
    shared = client(server, connection_pool_maxsize=1, connection_pool_block=True, timeout=2.0, retries=0)
    first = threading.Thread(target=lambda: timed(lab.count, shared))
    first.start()
    time.sleep(0.3)
    error, elapsed = timed(lab.count, shared, _request_timeout=0.5)
    first.join()
    assert isinstance(error, ApiTimeout)
    assert (error.phase, error.sent) == ("pool", False)
    assert lab.in_time(elapsed, 0.9, 0.45)


def test_09_a_connect_that_ends_too_late_touches_no_later_call(
    serve: Any, client: Any, monkeypatch: Any
) -> None:
    """The look-up of the first call ends while the second call waits for its answer."""
    look_up, calls = socket.getaddrinfo, iter([0.6])

    def slow_once(*args: Any, **options: Any) -> Any:
        time.sleep(next(calls, 0))
        return look_up(*args, **options)

    def write(sock: socket.socket, request: Seen) -> bool:
        time.sleep(0.8)
        sock.sendall(answer(body=COUNT))
        return True

    server = serve(lambda *_: write)
    monkeypatch.setattr(socket, "getaddrinfo", slow_once)
    shared = client(server, connection_pool_maxsize=1, connection_pool_block=True, retries=0)
    error, _ = timed(lab.count, shared, _request_timeout=0.2)
    assert isinstance(error, ApiTimeout)
    assert error.phase == "connect"
    assert lab.count(shared).counts[0].count_value == 7
    assert len(server.requests) == 1


def test_10_a_forked_child_opens_its_own_connections(serve: Any, client: Any) -> None:
    server = serve(answer(body=COUNT))
    shared = client(server)
    lab.count(shared)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writer, str(lab.count(shared).counts[0].count_value).encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(pid, 0)
    assert os.read(reader, 10) == b"7"
    os.close(reader)
    lab.count(shared)
    first, child, again = (request.connection for request in server.requests)
    assert first == again != child


def test_10_children_forked_from_a_busy_client_each_get_their_own_answers(serve: Any) -> None:
    """Four children of a client that 16 threads use, each on connections of its own."""
    server = serve(
        lambda request, number: answer(body={**VARIABLE, "name": request.target.rsplit("/", 1)[1]})
    )
    out = run_child(
        """
        import os, sys, threading, warnings
        warnings.filterwarnings("ignore", "This process", DeprecationWarning)  # forking with threads
        import apteco_api as aa

        api = aa.FastStatsSystemsApi(aa.ApiClient(aa.Configuration(host=sys.argv[1])))
        wrong, stop = [], threading.Event()

        def use(who, count):
            for number in range(count):
                name = f"{who}-{number}"
                if api.fast_stats_systems_get_fast_stats_variable("H", "h", name).name != name:
                    wrong.append(name)

        def busy(who):
            while not stop.is_set():
                use(who, 10)

        use("t", 1)  # loads what a first call needs
        threads = [threading.Thread(target=busy, args=(f"t{number}",)) for number in range(16)]
        for thread in threads:
            thread.start()
        children = []
        for number in range(4):
            pid = os.fork()
            if pid == 0:
                try:
                    use(f"c{number}", 100)
                finally:
                    os._exit(len(wrong))
            children.append(pid)
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
        stop.set()
        for thread in threads:
            thread.join()
        print(codes, wrong)
        """,
        server.url,
    )
    assert out == "[0, 0, 0, 0] []"
    users: dict[int, set[str]] = {}
    for request in server.requests:
        users.setdefault(request.connection, set()).add(request.target.rsplit("/", 1)[1][0])
    assert all(len(found) == 1 for found in users.values())  # no connection was shared by parent and child


def test_11_closing_leaves_no_socket_and_clients_leave_no_memory(serve: Any) -> None:
    server = serve(answer(body=COUNT))
    out = run_child(
        """
        import gc, os, sys
        sys.path.insert(0, "test")
        from support import lab
        import apteco_api as aa

        def rss():
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1]) * 4096 / 1e6

        config = aa.Configuration(host=sys.argv[1])
        def once():
            with aa.ApiClient(config) as client:
                lab.count(client)
        for _ in range(50):
            once()
        gc.collect()
        before, descriptors = rss(), len(os.listdir("/proc/self/fd"))
        for _ in range(1000):
            once()
        gc.collect()
        print(len(os.listdir("/proc/self/fd")) - descriptors, rss() - before)
        """,
        server.url,
    )
    left, grown = out.split()
    assert int(left) == 0
    assert float(grown) < 4
