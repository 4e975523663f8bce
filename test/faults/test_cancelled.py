"""Case 39: calls that are given up."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from typing import Any

import pytest
from support.lab import VARIABLE, Seen, answer, in_time, run_child

import apteco_api as aa
from apteco_api.exceptions import ApiCancelled


@pytest.mark.parametrize("engine", ["threads", "aiohttp"])
def test_39_a_cancelled_task_closes_its_socket_and_the_others_go_on(engine: str, serve: Any) -> None:
    gone = threading.Event()

    def respond(request: Seen, number: int) -> Any:
        def slow(sock: Any, request: Seen) -> None:
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
            try:
                while sock.recv(1):
                    pass
            finally:
                gone.set()

        return slow if "slow" in request.target else answer(body=VARIABLE)

    server = serve(respond)

    async def main() -> None:
        async with aa.aio.AsyncApiClient(aa.Configuration(host=server.url), engine=engine) as client:
            api = aa.aio.FastStatsSystemsApi(client)

            def call(name: str) -> Any:
                return api.fast_stats_systems_get_fast_stats_variable("H", "h", name)

            task = asyncio.create_task(call("slow"))
            await asyncio.sleep(0.3)
            before = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert in_time(time.monotonic() - before, 0.2)
            assert await asyncio.to_thread(gone.wait, 2)
            found = await asyncio.gather(*(call("fast") for _ in range(20)))
            assert {item.name for item in found} == {"peName"}
            await call("fast")
            assert client.last_response.status == 200

    asyncio.run(main())


@pytest.mark.parametrize("engine", ["threads", "aiohttp"])
def test_39_async_calls_have_the_same_errors_and_deadline(engine: str, serve: Any) -> None:
    def respond(request: Seen, number: int) -> Any:
        def drip(sock: Any, request: Seen) -> None:
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(100):
                sock.sendall(b" ")
                time.sleep(0.1)

        if "drip" in request.target:
            return drip
        return answer(404) if "none" in request.target else answer(body=b"<html>", content_type="text/html")

    server = serve(respond)

    async def main() -> None:
        async with aa.aio.AsyncApiClient(aa.Configuration(host=server.url), engine=engine) as client:
            api = aa.aio.FastStatsSystemsApi(client)
            before = time.monotonic()
            with pytest.raises(aa.ApiTimeout) as late:
                await api.fast_stats_systems_get_fast_stats_variable("H", "h", "drip", _request_timeout=1)
            assert in_time(time.monotonic() - before, 1.4, 0.95)
            assert late.value.operation == "FastStatsSystems_GetFastStatsVariable"
            with pytest.raises(aa.ApiNotFound):
                await api.fast_stats_systems_get_fast_stats_variable("H", "h", "none")
            with pytest.raises(aa.ApiDecodeError):
                await api.fast_stats_systems_get_fast_stats_variable("H", "h", "html")

    asyncio.run(main())


@pytest.mark.parametrize("engine", ["threads", "aiohttp"])
def test_39_closing_leaves_no_socket_after_a_cancelled_call(engine: str, serve: Any) -> None:
    """The garbage collector is off, so the client closes by itself."""

    def respond(request: Seen, number: int) -> Any:
        return (lambda sock, seen: time.sleep(20)) if "slow" in request.target else answer(body=VARIABLE)

    out = run_child(
        """
        import asyncio, contextlib, gc, sys
        sys.path.insert(0, "test")
        import apteco_api as aa
        from support.lab import sockets

        async def main():
            before = sockets()
            config = aa.Configuration(host=sys.argv[1])
            async with aa.aio.AsyncApiClient(config, engine=sys.argv[2]) as client:
                api = aa.aio.FastStatsSystemsApi(client)
                slow = asyncio.create_task(api.fast_stats_systems_get_fast_stats_variable("H", "h", "slow"))
                await asyncio.sleep(0.3)
                slow.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await slow
                await api.fast_stats_systems_get_fast_stats_variable("H", "h", "v")
            for _ in range(40):
                if sockets() == before:
                    break
                await asyncio.sleep(0.05)
            print(sockets() - before)

        gc.disable()
        asyncio.run(main())
        """,
        serve(respond).url,
        engine,
    )
    assert out == "0"


def test_39_a_call_cancelled_from_another_thread_ends(serve: Any, client: Any) -> None:
    server = serve(lambda *_: lambda sock, request: time.sleep(5))
    shared = client(server)
    request, call = shared.prepare(aa.AboutApi.operations["about_get_version"], [], {})
    outcome: list[Any] = []

    def run() -> None:
        try:
            shared.exchange(request, call)
        except aa.ApiException as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.3)
    call.cancel()
    thread.join(2)
    assert isinstance(outcome[0], ApiCancelled)


@pytest.mark.parametrize("engine", ["threads", "aiohttp"])
def test_39_a_cancelled_stream_closes_its_socket_while_it_waits_for_more(engine: str, serve: Any) -> None:
    gone = threading.Event()

    def respond(request: Seen, number: int) -> Any:
        def rows(sock: Any, request: Seen) -> None:
            row = b'{"codes": "1", "descriptions": "a"},'
            body = b'{"rows": [' + row * 100_000
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + body)
            with suppress(OSError):
                sock.recv(1)  # waits until the client closes
            gone.set()

        return rows if "Export" in request.target else answer(body=VARIABLE)

    server = serve(respond)
    operation = aa.ExportsApi.operations["exports_perform_export_synchronously"]
    values = ["H", "h", *[None] * (len(operation.parameters) - 2)]
    seen: list[Any] = []

    async def main() -> None:
        async with aa.aio.AsyncApiClient(aa.Configuration(host=server.url), engine=engine) as client:

            async def read() -> None:
                async for row in client.stream(operation, values, path="$.rows"):
                    seen.append(row)

            task = asyncio.create_task(read())
            while not seen:
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.3)  # by now the client has read all rows and waits for more
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(gone.wait, 2)
            api = aa.aio.FastStatsSystemsApi(client)
            assert (await api.fast_stats_systems_get_fast_stats_variable("H", "h", "peName")).name == "peName"

    asyncio.run(main())
    assert {row.codes for row in seen} == {"1"}
