"""A server on a raw loopback socket that answers exactly the bytes a test wants, when it wants them."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


class Headers(dict[str, str]):
    """A request's headers, whose names may be written in any case."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


@dataclass
class Seen:
    """One request as it arrived."""

    line: str
    headers: Headers
    body: bytes
    connection: int
    raw: bytes = field(repr=False, default=b"")
    at: float = field(repr=False, default_factory=time.monotonic)

    @property
    def target(self) -> str:
        return self.line.split(" ")[1]

    @property
    def method(self) -> str:
        return self.line.split(" ")[0]


Answer = bytes | Callable[[socket.socket, Seen], object] | None


def answer(
    status: int = 200,
    body: Any = b"",
    content_type: str | None = "application/json",
    reason: str = "OK",
    **headers: Any,
) -> bytes:
    """Return the bytes of a response; a body that is not bytes is sent as JSON."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} {reason}", f"Content-Length: {len(body)}"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def read_request(sock: socket.socket, buffer: bytearray, connection: int) -> Seen | None:
    """Read one request; None when the peer closed."""
    while b"\r\n\r\n" not in buffer:
        data = sock.recv(65536)
        if not data:
            return None
        buffer += data
    head, _, rest = bytes(buffer).partition(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    fields = (item.partition(":") for item in lines)
    headers = Headers((name.lower(), value.strip()) for name, _, value in fields)
    buffer[:] = rest
    body = bytearray()
    if headers.get("transfer-encoding") == "chunked":
        while True:
            while b"\r\n" not in buffer:
                buffer += _more(sock)
            size, _, rest = bytes(buffer).partition(b"\r\n")
            buffer[:] = rest
            count = int(size, 16)
            while len(buffer) < count + 2:
                buffer += _more(sock)
            body += buffer[:count]
            del buffer[: count + 2]
            if not count:
                break
    else:
        length = int(headers.get("content-length", "0"))
        while len(buffer) < length:
            buffer += _more(sock)
        body += buffer[:length]
        del buffer[:length]
    return Seen(line, headers, bytes(body), connection, head)


def _more(sock: socket.socket) -> bytes:
    data = sock.recv(65536)
    if not data:
        raise ConnectionError("the client closed inside its request")
    return data


class Server:
    """A server that sends what `respond(request, number)` returns; a function writes itself, None closes."""

    def __init__(
        self,
        respond: Callable[[Seen, int], Answer],
        context: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.respond = respond
        self.requests: list[Seen] = []
        self.connections = 0
        self._lock = threading.Lock()
        self._context = context
        self._sockets: set[socket.socket] = set()
        self._listener = socket.create_server((host, 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self.closing = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}/OrbitAPI"

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            sockets = list(self._sockets)
        for sock in sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                number = self.connections
                self._sockets.add(sock)
            threading.Thread(target=self._serve, args=(sock, number), daemon=True).start()

    def _serve(self, raw: socket.socket, connection: int) -> None:
        sock = raw
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is not None:
                sock = self._context.wrap_socket(sock, server_side=True)
            buffer = bytearray()
            while (request := read_request(sock, buffer, connection)) is not None:
                with self._lock:
                    self.requests.append(request)
                    number = len(self.requests)
                reply = self.respond(request, number)
                if reply is None:
                    return
                if callable(reply):
                    if reply(sock, request) is not True:
                        return
                else:
                    sock.sendall(reply)
        except (OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._sockets.discard(raw)
            with suppress(OSError):
                sock.close()


class Late(AssertionError):
    """A measured time over its limit. Its test is run again, up to three times in all.

    A busy machine is late now and then; code that waits too long is late each time.
    """


def in_time(seconds: float, most: float, least: float = 0.0) -> bool:
    """Return whether a measured time is at least `least`; raise `Late` if it is over `most`."""
    if seconds > most:
        raise Late(f"took {seconds:.3f} s, at most {most:g} s are allowed")
    return seconds >= least


def reset(sock: socket.socket) -> None:
    """Close with a reset instead of a proper end."""
    import struct

    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@contextmanager
def interruptible() -> Iterator[None]:
    """Let processes that start in the block obey Ctrl-C, also where this process was started to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def run_child(code: str, *arguments: str, timeout: float = 120) -> str:
    """Run code in a process of its own, where warnings are errors, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code), *arguments],
        capture_output=True, text=True, timeout=timeout, env={**os.environ, "PYTHONPATH": os.getcwd()},
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def sockets() -> int:
    """Return how many sockets this process has open."""
    links = (os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd"))
    return sum(os.readlink(link).startswith("socket:") for link in links if os.path.islink(link))


TOKEN = "canary-5ecret-t0ken"
VARIABLE = {
    "name": "peName",
    "description": "Name",
    "type": "Text",
    "folderName": "People",
    "tableName": "People",
    "isSelectable": True,
    "isBrowsable": True,
    "isExportable": True,
    "isVirtual": False,
}
"""A whole answer for one variable."""

COUNT = {"ranSuccessfully": True, "counts": [{"tableName": "People", "countValue": 7}]}


def count(client: Any, **options: Any) -> Any:
    import apteco_api as aa

    return aa.QueriesApi(client).queries_perform_query_count_synchronously(
        "Holidays",
        "holidays",
        query=aa.Query(selection=aa.Selection(table_name="People", ancestor_counts=True)),
        **options,
    )


TEAM = {"id": 3, "name": "North"}


def create(client: Any, **options: Any) -> Any:
    import apteco_api as aa

    team = aa.CreateTeamDetails(name="North")
    return aa.TeamsApi(client).teams_create_team("Holidays", team_details=team, **options)


@dataclass
class Answered:
    """An answer that has been received, for `ApiClient.deserialize`."""

    data: bytes


def decoded(data: bytes, kind: str) -> Any:
    """Return a body as a client decodes it."""
    import apteco_api as aa

    with aa.ApiClient(aa.Configuration(host="http://127.0.0.1:1")) as client:
        return client.deserialize(Answered(data), kind)
