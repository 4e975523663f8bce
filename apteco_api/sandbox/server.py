"""The server of a sandbox, for a `with` block, a test fixture or the command."""

from __future__ import annotations

import asyncio
import atexit
import dataclasses
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

import h11
import uvicorn
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from . import mfa, seed
from .app import App
from .call import HANDLERS
from .faults import Schedule
from .settings import BASE_PATH, Settings
from .world import World

ADMINISTRATOR = "Administrator"
USER = "analyst"
DISABLED = "leaver"
_HEAD_SECONDS = 10.0
"""The time limit for the head of a request, from its first byte."""
_SILENCE_SECONDS = 60.0
"""Seconds for which a new connection may stay silent."""


class Sandbox:
    """A running sandbox. Use it in a `with` block, or call `close()` at the end.

    Attributes:
        url: address of the API, such as `http://127.0.0.1:53124/OrbitAPI`; the `host` of a `Configuration`.
        data_view: name of the data view.
        system: name of the FastStats system.
        username: an administrator.
        password: the password of all accounts of a new sandbox.
        mfa_username: a user whose login needs a second factor.
        mfa_secret: the base32 secret of this user's authenticator; `totp()` returns its current code.
        mfa_recovery_codes: recovery codes of this user, each for one login.
    """

    def __init__(self, settings: Settings) -> None:
        if not settings.is_local and settings.password == Settings().password:
            raise ValueError("a sandbox that others can reach needs a password of its own: give password=…")
        # report wrong settings before building the data, which takes time
        schedule = Schedule(settings.trouble, HANDLERS)
        self.world = World(settings)
        self.data_view = settings.data_view
        self.system = settings.system
        self.username = ADMINISTRATOR
        self.password = settings.password
        self.mfa_username = seed.MFA_USER
        self.mfa_secret = seed.MFA_SECRET
        self.mfa_recovery_codes = seed.MFA_RECOVERY_CODES
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        self._socket = socket.socket(family)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((settings.host, settings.port))
        except OSError:
            self._socket.close()
            self.world.close()
            raise
        # inherited by connections; without it, an answer may wait 40 ms for the client's acknowledgement
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.listen(256)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.url = f"http://{host}:{self._socket.getsockname()[1]}{BASE_PATH}"
        self._transports: dict[Any, Any] = {}
        self._app = App(self.world, schedule, self._cut)
        config = uvicorn.Config(
            _for_pages(self._app, settings.origins) if settings.origins else self._app,
            http=_protocol(self._transports),
            loop="asyncio",
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config)
        try:
            self._loop = _new_loop()  # here, so that a failure is an error of `serve`
        except OSError:
            self.world.jobs.close()
            self._app.close()
            self._socket.close()
            self.world.close()
            raise
        self._thread = threading.Thread(target=self._serve, name="sandbox-server", daemon=True)
        self._thread.start()
        # DuckDB prints an error at exit for a database that was left open
        atexit.register(self.close)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def login_token(self, username: str = USER) -> str:
        """Return a token for `Sessions_CreateSessionFromLoginToken`, as an identity provider issues it."""
        return self.world.access.issue_login_token(username)

    def totp(self, moment: float | None = None) -> str:
        """Return the code that the authenticator of `mfa_username` shows, now or at a time since 1970."""
        return mfa.totp(self.mfa_secret, moment)

    def expire_sessions(self) -> None:
        """End all sessions, so that the next call of every client is refused with 401."""
        self.world.access.end_all()

    def wait(self) -> None:
        """Wait until the server has stopped."""
        while self._thread.is_alive():
            self._thread.join(timeout=1)

    def close(self) -> None:
        """Stop the server and its running work, and close the database. A second call does nothing."""
        if self._server.should_exit:
            return
        self._server.should_exit = True
        atexit.unregister(self.close)
        self._thread.join(timeout=15)
        self.world.jobs.close()  # before their work is stopped below, so that they are lost, not failed
        self.world.data.watch.end_all()
        self._app.close()
        self._socket.close()
        self.world.close()

    def _cut(self, client: Any) -> None:
        """Close the connection of a client, if the client has not closed it."""
        transport = self._transports.get(tuple(client))
        if transport is not None:
            transport.close()

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._until_closed())

    async def _until_closed(self) -> None:
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            for transport in list(self._transports.values()):
                transport.abort()  # uvicorn has stopped waiting for a client that does not read its answer
            await asyncio.sleep(0)


def serve(settings: Settings | None = None, **options: Any) -> Sandbox:
    """Start a sandbox and return it when it is ready to answer.

    Args:
        settings: all settings in one value; by default those of `Settings`.
        options: single settings by name, such as `scale=20_000`, `data="holidays.duckdb"` or
            `trouble="503 every 5"`.

    Example:
        >>> with serve(scale=1_000) as server:
        ...     print(server.data_view)
        Holidays
    """
    return Sandbox(dataclasses.replace(settings or Settings(), **options))


def _for_pages(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Let pages of these origins call the sandbox from a browser."""
    return CORSMiddleware(app, allow_origins=origins, allow_methods=("*",), allow_headers=("*",))


def _new_loop() -> asyncio.AbstractEventLoop:
    """Create an event loop, also if Unix sockets are forbidden (a service with restricted addresses)."""
    try:
        for each in socket.socketpair():
            each.close()
    except OSError:
        return _LoopbackLoop()
    return asyncio.new_event_loop()


class _LoopbackLoop(asyncio.SelectorEventLoop):
    """A loop that wakes itself through a pair of loopback sockets, as asyncio does on Windows."""

    def _make_self_pipe(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            waking = socket.create_connection(listener.getsockname())
            woken, peer = listener.accept()
        if peer != waking.getsockname():
            raise ConnectionError("another process took the loopback connection of the event loop")
        woken.setblocking(False)
        waking.setblocking(False)
        loop: Any = self
        loop._ssock, loop._csock = woken, waking
        loop._internal_fds += 1
        loop._add_reader(woken.fileno(), loop._read_from_self)


class _Server(uvicorn.Server):
    """uvicorn's server, with a fix for connections that arrive while it closes: asyncio gives them no
    transport, and so their sockets would stay open.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        for each in sockets or ():
            with suppress(NotImplementedError):  # the event loop of Windows has no readers
                loop.remove_reader(each)
        for _ in range(3):  # an accepted connection gets a task, then a transport, then a protocol
            await asyncio.sleep(0)
        await super().shutdown(sockets)


def _protocol(transports: dict[Any, Any]) -> type[H11Protocol]:
    """Return uvicorn's HTTP/1.1 protocol, with a register of the open connections and a time limit for heads.

    uvicorn itself would wait for the rest of a head without a limit.
    """

    class Protocol(H11Protocol):
        _waiting: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            transports[tuple(transport.get_extra_info("peername")[:2])] = transport
            self._waiting = self.loop.call_later(_SILENCE_SECONDS, transport.close)

        def data_received(self, data: bytes) -> None:
            idle = self.conn.their_state is h11.IDLE
            begun = idle and bool(self.conn.trailing_data[0])
            super().data_received(data)
            if self.conn.their_state is not h11.IDLE or not self.conn.trailing_data[0]:
                self._stop_waiting()
            elif not begun:
                self._stop_waiting()
                self._waiting = self.loop.call_later(_HEAD_SECONDS, self.transport.close)

        def on_response_complete(self) -> None:
            super().on_response_complete()
            if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
                self._stop_waiting()
                self._waiting = self.loop.call_later(_HEAD_SECONDS, self.transport.close)

        def _stop_waiting(self) -> None:
            if self._waiting is not None:
                self._waiting.cancel()
                self._waiting = None

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            transports.pop(tuple(self.transport.get_extra_info("peername")[:2]), None)
            super().connection_lost(exc)

    return Protocol
