"""Addresses, connections, threads, hooks and log files between a call and its server."""

from __future__ import annotations

import asyncio
import gc
import queue
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engines import ENGINES, call, configured, get
from support.lab import VARIABLE, Seen, answer, in_time, run_child
from urllib3 import HTTPConnectionPool

import apteco_api as aa
import apteco_api.aio as aio
from apteco_api._runtime import connect, watch
from apteco_api._runtime.places import Places
from apteco_api.exceptions import ApiConnectionError, ApiTimeout

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
    assert get("sync", server.url).name == "peName"  # an address needs no look-up, so no thread
    with pytest.raises(ApiConnectionError, match="no thread"):
        get("threads", server.url)
    with pytest.raises(ApiConnectionError, match="no thread"):
        get("sync", server.url, _options={"async_req": True})
    urlopen = HTTPConnectionPool.urlopen
    monkeypatch.setattr(HTTPConnectionPool, "urlopen", lambda *args, **given: urlopen(*args, **given))
    monkeypatch.setattr(watch, "_watcher", watch._Watcher())  # its thread does not run yet
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
    assert len(texts) == len(set(texts)) or texts.count(texts[0]) == 2  # each line once for each call
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
