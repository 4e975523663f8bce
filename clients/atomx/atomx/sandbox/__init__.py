"""A small, stateful atomx server on this machine, to try the client on.

From the command line: ``python -m atomx.sandbox``. In a test::

    from atomx import Atomx
    from atomx.sandbox import serve

    with serve() as sandbox, Atomx("user@example.com", "password", api_endpoint=sandbox.url) as atomx:
        print(atomx.get("creative", 1).name)

It needs the extra ``sandbox`` (``pip install atomx[sandbox]``). Users, all with the password ``password``:

=============================== ==========================================================================
user@, apiuser@example.com      see everything of a network
publisher@example.com           sees the publishers 23 and 42
advertiser@example.com          sees the advertisers 23 and 42
both@example.com                sees the publisher 42 and the advertiser 42
nobody@example.com              sees none of them
totp@example.com                logs in in two steps; the code is :func:`totp`
totp-in-login@example.com       sends the code with the password
=============================== ==========================================================================
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import NamedTuple

try:
    import uvicorn
    from starlette.applications import Starlette
except ImportError as problem:
    raise ImportError('the sandbox needs Starlette and uvicorn: pip install "atomx[sandbox]"') from problem

from .access import totp
from .app import create_app

__all__ = ["Sandbox", "create_app", "serve", "totp"]


class Sandbox(NamedTuple):
    """A running sandbox.

    Args:
        url: its address, for ``api_endpoint``.
        app: the application; ``app.state.store`` is its database.
    """

    url: str
    app: Starlette


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket; port 0 takes any free one."""
    sock = socket.create_server((host, port), backlog=128)
    # connections inherit it; without it every answer waits 40 ms for the client's acknowledgement
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


@contextmanager
def serve(
    database: str = ":memory:", *, port: int = 0, start_timeout: float = 10.0
) -> Generator[Sandbox, None, None]:
    """Run a sandbox on 127.0.0.1 in its own thread, as long as the ``with`` block lasts.

    Args:
        database: path of an SQLite file for the state, or ``":memory:"``.
        port: 0 takes any free one.
        start_timeout: seconds to wait for the server.

    Raises:
        TimeoutError: the server did not start in time.
    """
    app = create_app(database)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", access_log=False))
    with listen("127.0.0.1", port) as sock:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        try:
            deadline = time.monotonic() + start_timeout
            while not server.started:
                if time.monotonic() > deadline or not thread.is_alive():
                    raise TimeoutError("the sandbox did not start")
                time.sleep(0.005)
            yield Sandbox(f"http://127.0.0.1:{sock.getsockname()[1]}/v3", app)
        finally:
            server.should_exit = True
            thread.join(start_timeout)
            app.state.store.close()
