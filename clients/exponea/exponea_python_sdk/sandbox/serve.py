"""Run the sandbox on a loopback port, in a thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import NamedTuple

import uvicorn

from . import demo
from .access import Limit
from .app import create_app
from .store import Store


class Sandbox(NamedTuple):
    """A running sandbox."""

    url: str
    """Its address, for `Exponea(..., url=...)`."""
    store: Store
    """Its state."""


@contextmanager
def serve(path: str = ":memory:", port: int = 0, limit: Limit | None = None) -> Generator[Sandbox]:
    """Run a sandbox on 127.0.0.1 until the block ends.

    Args:
        path: SQLite file to keep the state in; in memory by default.
        port: port to listen on; a free one by default.
        limit: requests that one address may send; 6,000 a minute by default.

    Raises:
        OSError: the port is taken.
        RuntimeError: the server did not start within ten seconds.
    """
    store = Store(path)
    demo.fill(store)
    # asyncio turns Nagle's algorithm off only if the protocol is named; otherwise each answer takes 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        config = uvicorn.Config(
            create_app(store, limit), log_level="warning", lifespan="off", access_log=False
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            _wait_until_started(server)
            yield Sandbox(f"http://127.0.0.1:{listening.getsockname()[1]}", store)
        finally:
            server.should_exit = True
            thread.join(timeout=10)
            store.close()


def _wait_until_started(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + 10
    while not server.started:
        if time.monotonic() > deadline:
            raise RuntimeError("the sandbox did not start")
        time.sleep(0.01)
