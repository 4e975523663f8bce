"""A new connection to a server: addresses, the proxy's tunnel and TLS, all within the time of the call.

urllib3 applies its timeout to each wait of each step, not to the whole. So the steps that a server, a proxy
or a name server can prolong are replaced here.
"""

from __future__ import annotations

import errno
import selectors
import socket
import ssl
import threading
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from .exceptions import ApiConnectionError, ApiException
from .http1 import Reader, read_head

if TYPE_CHECKING:
    from collections.abc import Callable

    from .budget import Call
    from .proxies import Proxy

T = TypeVar("T")
Address = tuple[int, int, int, str, Any]
"""Family, type, protocol, canonical name, address: as `socket.getaddrinfo` returns them."""

STAGGER = 0.25
"""Seconds to wait for a silent address before the next address is tried in parallel."""
_IN_PROGRESS = frozenset(
    (
        errno.EINPROGRESS,
        errno.EWOULDBLOCK,
        errno.EALREADY,
        getattr(errno, "WSAEWOULDBLOCK", errno.EWOULDBLOCK),
    )
)


def establish(pool: Any, connection: Any, call: Call, proxy: Proxy | None, seconds: float) -> None:
    """Connect one of urllib3's connections.

    Args:
        pool: the pool of the connection.
        connection: the connection, not connected yet.
        call: the call that needs the connection.
        proxy: the proxy to connect through.
        seconds: time for all steps together.

    Raises:
        TimeoutError: the time is over.
        OSError, ApiException: no connection could be made.
    """
    deadline = time.monotonic() + seconds
    connection.timeout = seconds
    if _is_untouched(connection):
        connection._new_conn = partial(_open, connection, deadline)
    connection._tunnel = partial(_tunnel, connection, call, proxy, deadline)
    if getattr(connection, "ssl_context", None) is not None:
        context = connection.ssl_context
        if isinstance(context, _Handshakes):  # from an earlier opening of this connection
            context = context.original
        connection.ssl_context = _Handshakes(context, deadline)
    work = connection.connect
    if proxy is not None and hasattr(connection, "ssl_context"):
        work = partial(pool._prepare_proxy, connection)
    if proxy is not None and proxy.url.startswith("https:"):
        bounded(work, seconds, connection.close)  # urllib3's TLS in TLS has no deadline
    else:
        work()
    if hasattr(connection.sock, "suppress_ragged_eofs"):
        connection.sock.suppress_ragged_eofs = False  # an end without close_notify may be a cut


def _is_untouched(connection: Any) -> bool:
    """Return False if a program has replaced a function that opens a socket for urllib3; it is then used."""
    from urllib3.util.connection import create_connection

    from .seams import is_original

    plain = socket.socket.connect is socket.SocketType.connect  # tools that block or route connections
    return plain and is_original(cast("Any", type(connection))._new_conn) and is_original(create_connection)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _open(connection: Any, deadline: float) -> socket.socket:
    addresses = look_up(connection._dns_host, connection.port, _left(deadline))
    return open_socket(addresses, deadline, connection.source_address, connection.socket_options)


def look_up(host: str, port: int, seconds: float) -> list[Address]:
    """Return the addresses of a host. A host that is an address needs no look-up in a thread.

    Raises:
        OSError: the name is unknown.
        TimeoutError: the look-up did not end in time.
    """
    from urllib3.util.connection import allowed_gai_family  # programs set HAS_IPV6 there to use only IPv4

    host = host.strip("[]")

    def find() -> list[Address]:
        return list(socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM))

    try:
        return find() if _is_address(host) else bounded(find, seconds)
    except UnicodeError:
        raise OSError(errno.EINVAL, "the host is not a valid name") from None


def _is_address(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError, ValueError):
            socket.inet_pton(family, host.partition("%")[0])
            return True
    return False


def bounded(work: Callable[[], T], seconds: float, undo: Callable[[], object] | None = None) -> T:
    """Run uninterruptible work in a thread; call `undo` if it finishes after the time limit.

    Raises:
        TimeoutError: the work did not finish in time.
    """
    ended, late = threading.Event(), threading.Event()
    made: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            made.append(work())
        except BaseException as error:
            failed.append(error)
        ended.set()
        if late.is_set() and undo is not None:
            undo()

    try:
        threading.Thread(target=run, name="api-connect", daemon=True).start()
    except RuntimeError:
        raise OSError(errno.EAGAIN, "no thread could be started to look up the host") from None
    try:
        if not ended.wait(seconds):
            raise TimeoutError
    except BaseException:  # also for an interrupt
        late.set()
        raise
    if failed:
        raise failed[0]
    return made[0]


def open_socket(
    addresses: list[Address], deadline: float, source: Any = None, options: Any = ()
) -> socket.socket:
    """Return a socket connected to the first address that answers.

    A silent address delays the others by only STAGGER seconds, as in RFC 8305.

    Raises:
        OSError: no address can be reached.
        TimeoutError: no address answered in time.
    """
    failure: OSError = OSError(errno.EHOSTUNREACH, "the host has no address")
    waiting = list(reversed(addresses))
    pause = min(STAGGER, _left(deadline) / (len(waiting) + 1))
    with selectors.DefaultSelector() as selector:
        pending: dict[socket.socket, None] = {}
        try:
            while waiting or pending:
                if waiting:
                    family, kind, protocol, _, address = waiting.pop()
                    sock = None
                    try:
                        sock = socket.socket(family, kind, protocol)
                        pending[sock] = None
                        sock.setblocking(False)
                        for option in options or ():
                            sock.setsockopt(*option)
                        if source:
                            sock.bind(source)
                        code = sock.connect_ex(address)
                        if code == 0:
                            return _only(sock, pending)
                        if code not in _IN_PROGRESS:
                            raise OSError(code, _reason(code))
                        selector.register(sock, selectors.EVENT_WRITE)
                    except OSError as error:
                        failure = error
                        if sock is not None:
                            pending.pop(sock, None)
                            sock.close()
                        continue
                left = _left(deadline)
                for key, _ in selector.select(min(pause, left) if waiting else left):
                    found: Any = key.fileobj
                    code = found.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if code == 0:
                        return _only(found, pending)
                    failure = OSError(code, _reason(code))
                    selector.unregister(found)
                    pending.pop(found)
                    found.close()
            raise failure
        finally:
            for sock in pending:
                sock.close()


def _only(sock: socket.socket, pending: dict[socket.socket, None]) -> socket.socket:
    """Remove a connected socket from those that are closed at the end, and return it."""
    del pending[sock]
    return sock


def _reason(code: int) -> str:
    import os

    return os.strerror(code)


def _tunnel(connection: Any, call: Call, proxy: Proxy | None, deadline: float) -> None:
    """Ask the proxy for a tunnel to the server."""
    host, port = connection._tunnel_host, connection._tunnel_port
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {where} HTTP/1.1", f"Host: {where}"]
    lines += [
        f"{name}: {value}" for name, value in connection._tunnel_headers.items() if name.lower() != "host"
    ]
    sock = connection.sock
    name = proxy.name if proxy is not None else where
    try:
        sock.settimeout(_left(deadline))
        sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        reader = Reader(sock, call, deadline)
        status, reason, _, _ = read_head(reader)
    except ApiException as error:
        if time.monotonic() >= deadline:
            raise TimeoutError from None
        raise ApiConnectionError(0, f"the proxy {name} gave no proper answer: {error.reason}") from None
    if not 200 <= status < 300:
        hint = "Check the user and password of the proxy." if status == 407 else None
        raise ApiConnectionError(0, f"the proxy {name} refused the connection: {status} {reason}", hint=hint)
    if reader.buffer:
        raise ApiConnectionError(0, f"the proxy {name} sent data before the connection was made")


class _Handshakes:
    """A wrapper of an SSL context whose handshakes end by a deadline.

    Args:
        context: the wrapped context.
        deadline: the deadline, by `time.monotonic`.
    """

    def __init__(self, context: ssl.SSLContext, deadline: float) -> None:
        self.__dict__.update(original=context, _deadline=deadline)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.original, name, value)

    def wrap_socket(self, sock: socket.socket, **options: Any) -> ssl.SSLSocket:
        """Return the socket with TLS on it."""
        from urllib3.util.wait import wait_for_read, wait_for_write

        context: ssl.SSLContext = self.original
        wrapped = context.wrap_socket(sock, do_handshake_on_connect=False, **options)
        try:
            wrapped.settimeout(0)
            while True:
                try:
                    wrapped.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    wait = wait_for_read
                except ssl.SSLWantWriteError:
                    wait = wait_for_write
                wait(wrapped, _left(self._deadline))
            wrapped.settimeout(_left(self._deadline))
        except BaseException:
            wrapped.close()
            raise
        return wrapped
