"""Send a request over a connection of urllib3's pool, and read the response.

urllib3 manages pools, connections, TLS and proxies. The exchange itself is written and read here (`http1`),
as only then can the deadline cover every byte. One round trip takes half the time of `urlopen`.
"""

from __future__ import annotations

import os
import ssl
import threading
from typing import TYPE_CHECKING, Any
from weakref import WeakSet, finalize

import six

from .connect import establish
from .exceptions import ApiConnectionError, ApiException, ApiSettingError, ApiTimeout
from .headers import known_as
from .hidden import HiddenManagers
from .http1 import Reader, body_of, broken, read_head
from .parts import refuse_unasked_part
from .places import Places
from .proxies import Proxy, proxy_for, proxy_headers
from .response import Response
from .settings import pool_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .budget import Call
    from .configuration import Configuration
    from .origin import Origin
from .request import Request

MAX_POOLS = 50
"""The most origins whose idle connections are kept."""


class Transport(HiddenManagers):
    """Pools of connections to servers. Safe to use from many threads, and after a fork.

    Args:
        configuration: settings; those of TLS, proxy and pool are read once.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._settings = configuration
        self._lock = threading.Lock()
        self._managers: dict[tuple[str | None, bool], Any] = {}
        self._leases: dict[Any, WeakSet[_Lease]] = {}
        self._pools: dict[tuple[str, str, int], Any] = {}
        self._pid = os.getpid()
        self.closed = False
        self._tls: dict[str, Any] | None = None

    def close(self) -> None:
        """Close the idle connections; later calls open new ones."""
        with self._lock:
            pools, self._managers, self._pools = list(self._pools.values()), {}, {}
        if self._pid == os.getpid():
            for pool in pools:  # urllib3's manager would leave closing to the garbage collector
                pool.close()

    # ---- pools

    def pool(self, origin: Origin) -> Any:
        """Return urllib3's pool for an origin."""
        if self._pid != os.getpid():
            # After a fork, the sockets belong to the parent process: open new ones.
            self._lock = threading.Lock()
            self._managers, self._pools, self._pid = {}, {}, os.getpid()
        found = self._pools.get(origin.key)
        if found is None:
            with self._lock:
                proxy = proxy_for(origin, self._settings)
                secure = origin.scheme == "https" or (proxy is not None and proxy.url.startswith("https:"))
                key = None if proxy is None else f"{proxy.url} {proxy.headers}", secure
                manager = self._managers.get(key)
                if manager is None:
                    manager = self._managers[key] = self.make_manager(proxy, secure)
                found = origin.pool_of(manager)
                if not isinstance(found.pool, Places):
                    found.pool = Places(found.pool.maxsize)
                    for _ in range(found.pool.maxsize):
                        found.pool.put(None)
                    finalize(found, found.pool.close)
                self._pools[origin.key] = found
        return found

    def make_manager(self, proxy: Proxy | None, secure: bool) -> Any:
        """Return a pool manager of urllib3; TLS is set up only if `secure`."""
        import urllib3

        settings = self._settings
        options: dict[str, Any] = {
            "num_pools": MAX_POOLS,
            "maxsize": pool_size(settings),
            "block": settings.connection_pool_block,
            # Reading the CA certificates takes tens of milliseconds, so only https does it.
            **(self.tls_options() if secure else {}),
        }
        if proxy is None:
            return urllib3.PoolManager(**options)
        return urllib3.ProxyManager(proxy.url, proxy_headers=proxy_headers(proxy, settings), **options)

    def tls_options(self) -> dict[str, Any]:
        """Return urllib3's options about certificates."""
        if self._tls is None:
            settings = self._settings
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.check_hostname = bool(settings.verify_ssl) and settings.assert_hostname is not False
            context.verify_mode = ssl.CERT_REQUIRED if settings.verify_ssl else ssl.CERT_NONE
            if settings.verify_ssl:
                bundle = settings.ssl_ca_cert or os.environ.get("SSL_CERT_FILE")
                try:
                    if bundle:
                        context.load_verify_locations(bundle)
                    elif settings.system_ca:
                        context.load_default_certs()
                    else:
                        import certifi

                        context.load_verify_locations(certifi.where())
                except OSError as error:
                    source = f"the CA certificates in {bundle!r}" if bundle else "the CA certificates"
                    raise ApiSettingError(0, f"{source} can't be read: {_why(error)}") from None
            if settings.cert_file:
                _load_client_certificate(context, settings)
            options: dict[str, Any] = {"ssl_context": context, "cert_reqs": context.verify_mode}
            if settings.assert_hostname is not None:
                options["assert_hostname"] = settings.assert_hostname
            self._tls = options
        return self._tls

    # ---- one exchange

    def send(self, request: Request, call: Call) -> Response:
        """Send a request; return the response with its body read, or, for a stream, still unread.

        Raises:
            ApiTransportError: no complete answer was received.
            ResponseTooLarge: the body is over the call's limit.
        """
        pool = self.pool(request.origin)
        lease = _Lease()
        connection = self._connection(pool, request, call, lease)
        keep = False
        try:
            if connection.sock is None:
                self.connect(pool, connection, request, call)
            call.connection = connection
            if call.cancelled:
                raise broken(OSError(), call)
            self._write(pool, connection, request, call)
            sock: Any = connection.sock
            reader = Reader(sock, call)
            status, reason, pairs, persistent = read_head(reader)
            response = Response(status, reason, pairs, request.method)
            refuse_unasked_part(response, request)
            source, framed = body_of(reader, response, call.max_size)
            asked = (response.header("connection") or "").lower()
            keep = framed and "close" not in asked and (persistent or "keep-alive" in asked)

            def release(whole: bool, lease: _Lease = lease) -> None:  # its default keeps the lease
                call.connection = None
                self._give_back(pool, connection, keep and whole and not reader.buffer)

            response.attach(source, release)
        except BaseException:
            call.connection = None
            self._give_back(pool, connection, False)
            raise
        if not call.stream or not 200 <= status < 300:
            response.read(call.config.max_body_size)
        return response

    def _connection(self, pool: Any, request: Request, call: Call, lease: _Lease) -> Any:
        from urllib3.exceptions import ClosedPoolError, EmptyPoolError

        missing = 0
        while True:
            left = call.left("pool")
            try:
                # A full pool is asked repeatedly, as a place in it may get lost: see `_lost_place`.
                connection = pool._get_conn(timeout=min(left, 0.1) if pool.block else left)
                break
            except EmptyPoolError:
                missing = missing + 1 if self._lost_place(pool) else 0
                if missing >= 2:
                    missing = 0
                    pool._put_conn(None)
                elif left <= 0.1:
                    text = f"no free connection to {request.origin.authority} within {call.timeout:g} s"
                    raise ApiTimeout(0, text, phase="pool", sent=False) from None
            except ClosedPoolError:
                self._pools.pop(request.origin.key, None)
                raise ApiConnectionError(0, "the client was closed while the call began") from None
        if pool.block:
            self._leases.setdefault(pool, WeakSet()).add(lease)
        # Never print credentials, even if an application has set the debug level globally.
        connection.debuglevel = 0
        return connection

    def _lost_place(self, pool: Any) -> bool:
        """Return whether a blocking pool has more taken places than calls that hold a connection.

        An exception between two instructions, such as KeyboardInterrupt, can lose a place.
        """
        places = pool.pool
        return places is not None and len(self._leases.get(pool, ())) < places.maxsize - places.qsize()

    def connect(self, pool: Any, connection: Any, request: Request, call: Call) -> None:
        """Connect a connection of a pool within the time of the call.

        Raises:
            ApiTimeout, ApiConnectionError: nothing was sent.
        """
        from urllib3.exceptions import HTTPError

        left = call.left("connect")
        limit = min(call.connect_timeout, left)
        proxy = proxy_for(request.origin, self._settings)
        where = request.origin.authority
        if proxy is not None:
            where += f" through the proxy {proxy.name}"
        try:
            establish(pool, connection, call, proxy, limit)
            if request.origin.scheme == "https" and not connection.is_verified:
                warn_unverified(request.origin.authority)
        except ApiException:
            raise
        except (HTTPError, OSError, ssl.SSLError, ValueError) as error:
            text = reason(error)
            if "timed out" in text:
                if limit >= left - 0.001:
                    raise call.timed_out("connect", sent=False) from None
                text = f"no connection to {where} within {limit:g} s"
                raise ApiTimeout(0, text, phase="connect", sent=False) from None
            refused = "certificate was refused" in text
            raise ApiConnectionError(0, f"no connection to {where}: {text}", lasting=refused) from None

    def _write(self, pool: Any, connection: Any, request: Request, call: Call) -> None:
        sock = connection.sock
        target = request.target
        headers = request.headers
        if connection.proxy is not None and request.origin.scheme == "http":
            target = request.url
            headers = {**headers, **pool.proxy_headers}
        lines = [f"{request.method} {target} HTTP/1.1"]
        if "Host" not in headers and known_as(headers, "Host") is None:
            lines.append(f"Host: {request.origin.authority}")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        body = request.body
        chunked = False
        if isinstance(body, bytes):
            lines.append(f"Content-Length: {len(body)}")
        elif body is not None:
            chunked = body.length is None
            lines.append("Transfer-Encoding: chunked" if chunked else f"Content-Length: {body.length}")
        elif request.method in ("POST", "PUT", "PATCH"):
            lines.append("Content-Length: 0")
        head = six.ensure_binary("\r\n".join(lines) + "\r\n\r\n", "latin-1")
        try:
            sock.settimeout(call.left("send"))
            if body is None or (isinstance(body, bytes) and len(body) < 65536):
                sock.sendall(head + body if body else head)
                return
            sock.sendall(head)
            for piece in _pieces(body):
                if _refused_early(sock):
                    return
                # sendall applies its timeout to the whole chunk.
                sock.settimeout(call.left("send"))
                sock.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                sock.sendall(b"0\r\n\r\n")
        except TimeoutError:
            raise call.timed_out("send") from None
        except OSError as error:
            # A server that refuses an upload may have answered before it closed.
            if _readable(sock):
                return
            raise broken(error, call) from None

    def _give_back(self, pool: Any, connection: Any, reusable: bool) -> None:
        full = not pool.block and pool.pool is not None and pool.pool.full()
        if reusable and not full:
            pool._put_conn(connection)
            return
        connection.close()
        if pool.block:
            # Free the place with a new connection, as an abandoned connect may still finish on this one.
            pool._put_conn(None)


class _Lease:
    """A place in a blocking pool, which is taken as long as a reference to this object exists."""

    __slots__ = ("__weakref__",)


def _load_client_certificate(context: ssl.SSLContext, settings: Configuration) -> None:
    def pass_phrase() -> str:
        if settings.key_password is None:  # without this function, OpenSSL would prompt in the terminal
            text = "the key of the client certificate needs a pass phrase: set key_password"
            raise ApiSettingError(0, text)
        return settings.key_password

    try:
        context.load_cert_chain(settings.cert_file or "", settings.key_file, pass_phrase)
    except (OSError, ValueError, TypeError) as error:
        if isinstance(error, ApiSettingError):
            raise
        files = " and ".join(repr(name) for name in (settings.cert_file, settings.key_file) if name)
        raise ApiSettingError(0, f"the client certificate in {files} can't be used: {_why(error)}") from None


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or getattr(error, "reason", None) or type(error).__name__


def _pieces(body: Any) -> Iterator[bytes]:
    if isinstance(body, bytes):
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]
    else:
        yield from body.chunks()


def _refused_early(sock: Any) -> bool:
    """Return whether the server answered with an error, such as 413, before it received the whole upload."""
    import socket

    if isinstance(sock, ssl.SSLSocket) or not isinstance(sock, socket.socket) or not _readable(sock):
        return False
    try:
        return sock.recv(12, socket.MSG_PEEK)[9:10] in (b"4", b"5")
    except OSError:
        return True


def _readable(sock: Any) -> bool:
    from urllib3.util.wait import wait_for_read

    try:
        return bool(wait_for_read(sock, timeout=0))
    except (OSError, ValueError):
        return False


def reason(error: BaseException) -> str:
    """Return why a connection failed, without addresses, paths or credentials."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        cause = getattr(cause, "original_error", None) or cause.__cause__ or cause.__context__
    for item in reversed(seen):
        if isinstance(item, ssl.SSLCertVerificationError):
            return f"its certificate was refused ({item.verify_message})"
        if isinstance(item, ssl.SSLError):
            return f"TLS failed ({item.reason or 'handshake'})"
        if isinstance(item, TimeoutError):
            return "timed out"
        if isinstance(item, OSError) and item.strerror:
            return item.strerror
    text = type(error).__name__
    if "Timeout" in text:
        return "timed out"
    return str(seen[-1]) if isinstance(seen[-1], OSError) else text


_warned: set[str] = set()


def warn_unverified(where: str) -> None:
    """Warn, once for each server, that its certificate is not checked."""
    if where not in _warned:
        _warned.add(where)
        import warnings

        from urllib3.exceptions import InsecureRequestWarning

        text = f"the certificate of {where} is not checked (verify_ssl is off)"
        warnings.warn(text, InsecureRequestWarning, stacklevel=2)
