"""A local TONalytica: a small stateful Redash on the loopback, to try the client on.

    from tonalytica_client.sandbox import Sandbox, USER_KEY

    with Sandbox(redash="9") as box:
        client = TonalyticaAPIClient(USER_KEY, box.url)

It stores queries, dashboards, visualizations, widgets, alerts, users and snippets in SQLite and runs queries
as jobs against a demo database of accounts, transfers and jettons. ``python -m tonalytica_client.sandbox``
serves it from a terminal. It needs the extra ``sandbox``.
"""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections import deque
from pathlib import Path
from typing import Literal

import uvicorn

from .app import Asked, create_app
from .jobs import Worker
from .store import Store
from .world import ANALYST_KEY, USER_KEY, fill, make_database

__all__ = ["ANALYST_KEY", "USER_KEY", "Asked", "Sandbox"]

_START_SECONDS = 20
_REMEMBERED = 1000


class Sandbox:
    """A server in a thread of this process, for as long as the ``with`` block lasts.

    Args:
        redash: ``"9"`` or ``"current"``: the version to imitate. They differ in the names of dashboards in
            addresses, in the slug after a rename, and in the columns of a schema.
        port: port on 127.0.0.1; 0 takes a free one.
        database: file for the state; None loses it at the end.
        org: slug of an organisation, appended to the address as on servers with several organisations.

    Attributes:
        requests: the last thousand requests, in order: verb, path, query and body.
    """

    def __init__(
        self,
        redash: Literal["9", "current"] = "current",
        port: int = 0,
        database: str | Path | None = None,
        org: str = "",
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tonalytica-sandbox-")
        demo = Path(self._folder.name) / "demo.sqlite"
        make_database(demo)
        self._store = Store(database)
        fill(self._store)
        self._worker = Worker(self._store, demo)
        self.requests: deque[Asked] = deque(maxlen=_REMEMBERED)
        app = create_app(self._store, self._worker, redash == "current", org, self.requests.append)
        self._socket = socket.create_server(("127.0.0.1", port))
        # connections inherit it; without it each answer waits 40 ms for the client's acknowledgement
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._org = org
        config = uvicorn.Config(
            app, log_level="warning", ws="none", lifespan="off", timeout_graceful_shutdown=2
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    @property
    def url(self) -> str:
        """Its address; the ``host`` for a client."""
        slug = f"/{self._org}" if self._org else ""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}{slug}"

    def start(self) -> Sandbox:
        """Listen, and return when the server answers requests."""
        self._thread.start()
        end = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if time.monotonic() > end or not self._thread.is_alive():
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.005)
        return self

    def reset(self) -> None:
        """Clear the state, and start again with the demo's queries and dashboard."""
        self._worker.close()
        self._store.clear()
        fill(self._store)
        self.requests.clear()

    def stop(self) -> None:
        """Stop listening; state in memory is lost."""
        self._worker.close()
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(_START_SECONDS)
        self._socket.close()
        self._store.close()
        self._folder.cleanup()

    def wait(self) -> None:
        """Serve until the process is interrupted."""
        while self._thread.is_alive():
            self._thread.join(0.5)

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
