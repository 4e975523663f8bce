"""Measure once in a fresh process: `python worker.py CLIENT[:BESIDE] TASK FOLDER PORT` prints a JSON list.

The list has one figure for each client. With BESIDE, two clients do the task by turns in one process. They share
the heap and the speed of the machine, so their ratio holds where that of two processes would not.
The module runs under the interpreter of the client's own environment, so it imports nothing of this package.
CLIENT is `ours`, `published` (apteco-api 0.3.2), `oag` (OpenAPI Generator),
`opc` (openapi-python-client), or a floor:
`bare`, `json`, `orjson`, `structs` (msgspec into plain Structs), `urllib3` (its pool and plain Structs).
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from contenders import CLIENTS
from tasks import IN_TURN, PAYLOADS

NOW = time.perf_counter
HOST = "http://127.0.0.1:{}/OrbitAPI"


def timed(works: list[Callable[[], Any]], budget: float = 0.5, least: int = 5) -> list[float]:
    """Return the median seconds of calls that take turns, for about `budget` seconds each, with garbage collection."""
    for work in works:
        work()
    times: list[list[float]] = [[] for _ in works]
    end = NOW() + budget * len(works)
    while NOW() < end or len(times[0]) < least:
        for work, taken in zip(works, times, strict=True):
            start = NOW()
            work()
            taken.append(NOW() - start)
    return [statistics.median(taken) for taken in times]


def used_heap() -> list[bytes]:
    """Return small objects spread over the heap, as in a busy process; keep them while decoding is timed.

    A fresh heap returns its pages to the system after each dropped answer and requests new ones for the next.
    Where a client's modules lie in the heap decides whether these are all pages or a third. This chance costs up
    to a fifth of the time. With a small object in each part of the heap, no client pays for it.
    """
    return [bytes(100) for _ in range(400_000)][::500]


def repeated(work: Callable[[], Any], number: int) -> Callable[[], None]:
    """Return a function that makes `number` calls, for a call that is too short to be timed."""

    def block() -> None:
        for _ in range(number):
            work()

    return block


def first_ready(client: str, port: str) -> float:
    """Return seconds from the first import to the answer of the first call, with one model built."""
    start = NOW()
    if client in ("structs", "urllib3"):
        import msgspec
        import urllib3

        class Version(msgspec.Struct, gc=False):
            version: str

        decoder = msgspec.json.Decoder(Version)
        pool = urllib3.PoolManager()
        Version("1")
        decoder.decode(pool.request("GET", HOST.format(port) + "/About/Version").data)
    else:
        api = CLIENTS[client](HOST.format(port))
        api.model()
        api.get()
    return NOW() - start


def concurrent(api: Any, threads: int = 50) -> float:
    """Return seconds for 50 calls at once to an operation that takes the server 50 ms, with 50 threads."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: api.get(), range(threads)))  # opens the connections, starts the threads
        start = NOW()
        list(pool.map(lambda _: api.slow(), range(threads)))
        return NOW() - start


def concurrent_async(port: str) -> float:
    """Return seconds for the same 50 calls with asyncio and our async client."""
    import asyncio

    import apteco_api as aa

    async def run() -> float:
        settings = aa.Configuration(host=HOST.format(port))
        settings.connection_pool_maxsize = 50
        async with aa.aio.AsyncApiClient(settings) as client:
            about = aa.aio.AboutApi(client)
            await asyncio.gather(*(about.about_get_version() for _ in range(50)))
            start = NOW()
            await asyncio.gather(*(about.about_get_language_details() for _ in range(50)))
            return NOW() - start

    return asyncio.run(run())


def peak(decode: Callable[[bytes], Any], data: bytes) -> float:
    """Return the bytes that decoding adds to the resident memory at its peak."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak of resident memory
    before = resident()
    kept = decode(data)
    status = Path("/proc/self/status").read_text()
    after = int(status.split("VmHWM:")[1].split()[0]) * 1024
    del kept
    return after - before


def resident() -> int:
    """Return the resident memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def once(client: str, task: str, folder: Path, port: str) -> float:
    """Return the figure of a task that can't repeat in a process: seconds, or bytes for `memory`."""
    if task == "import":
        start = NOW()
        if client != "bare":
            __import__(CLIENTS[client].module)
        return NOW() - start
    if task == "ready":
        return first_ready(client, port)
    if task == "concurrent_async":
        return concurrent_async(port)
    api = CLIENTS[client](HOST.format(port))
    if task == "concurrent":
        return concurrent(api)
    name, schema = PAYLOADS[task]
    decode = api.decoder(schema)
    decode((folder / "small.json").read_bytes())  # fills the caches, which are not measured
    return peak(decode, (folder / f"{name}.json").read_bytes())


def work_of(client: str, task: str, folder: Path, port: str) -> Callable[[], Any]:
    """Return the function to time for a task of `IN_TURN`."""
    api = CLIENTS[client](HOST.format(port))
    if task == "tapped":
        tap()
    if task in SIMPLE:
        return SIMPLE[task](api)
    name, schema = PAYLOADS[task]
    data = (folder / f"{name}.json").read_bytes()
    decode = api.decoder(schema)
    if task == "sanitize":
        tree = decode(data)
        return lambda: api.client.sanitize_for_serialization(tree)
    work: Callable[[], Any] = api.encoder(decode(data)) if task == "encode" else lambda: decode(data)
    return work


SIMPLE: dict[str, Callable[[Any], Callable[[], Any]]] = {
    "get": lambda api: api.get,
    "tapped": lambda api: api.get,
    "build": lambda api: api.model,
    "configuration": lambda api: lambda: api.aa.Configuration(host="http://127.0.0.1:1"),
    "client": lambda api: lambda: api.aa.ApiClient(api.client.configuration),
}
"""Work that needs no payload, by task."""


def tap() -> None:
    """Wrap urllib3's `urlopen` once, as tracers do; our client then sends through plain urllib3."""
    try:
        from urllib3 import HTTPConnectionPool
    except ImportError:  # a client without urllib3
        return
    original = HTTPConnectionPool.urlopen
    if original.__module__ == __name__:
        return

    def urlopen(*args: Any, **options: Any) -> Any:
        return original(*args, **options)

    HTTPConnectionPool.urlopen = urlopen  # type: ignore[method-assign]


def main() -> list[float]:
    """Return the figures that the arguments ask for."""
    clients, task, folder, port = sys.argv[1].split(":"), sys.argv[2], Path(sys.argv[3]), sys.argv[4]
    if task not in IN_TURN:
        return [once(clients[0], task, folder, port)]
    if task in ("get", "tapped") and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {0})
    number = IN_TURN[task]
    works = [work_of(client, task, folder, port) for client in clients]
    spread = used_heap()
    taken = timed([repeated(work, number) if number > 1 else work for work in works])
    del spread
    return [seconds / number for seconds in taken]


if __name__ == "__main__":
    print(json.dumps(main()))
