"""Send requests through urllib3's own `PoolManager.request`, for programs that hook into it.

Mocks, vcrpy, pook and tracers replace parts of urllib3 that `transport` does not use. If one of them is
active, requests are sent by this module, with the same deadline, limits and errors.
"""

from __future__ import annotations

import http.client
import logging
import os
import ssl
import time
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from .exceptions import ApiConnectionError, ApiException, ApiProtocolError, ApiTimeout
from .hidden import HiddenManagers
from .http1 import CHUNKED, broken, decoded, framing
from .parts import refuse_unasked_part
from .proxies import parse_proxy, proxy_for, proxy_headers
from .response import Response, too_large
from .seams import adopted
from .settings import pool_size
from .transport import MAX_POOLS, Transport, reason
from .watch import Deadline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .budget import Call
    from .configuration import Configuration
    from .request import Request

SMALL = 1024 * 1024
"""Bytes of the largest form that is built in memory before it is sent, as tools read such bodies."""


class _Sending(NamedTuple):
    """The request that this thread is sending."""

    transport: Transport
    request: Request
    call: Call
    watch: Deadline


_sending: ContextVar[_Sending | None] = ContextVar("sending", default=None)


class PlainTransport(HiddenManagers):
    """A sender of requests through urllib3's pool managers.

    Args:
        transport: the source of the TLS settings.
        configuration: settings.

    Attributes:
        chosen: the manager that a user has asked for or set; None before that.
    """

    def __init__(self, transport: Transport, configuration: Configuration) -> None:
        self._transport = transport
        self._settings = configuration
        self._managers: dict[tuple[str, bool], Any] = {}
        self._known: dict[tuple[str, str, int], Any] = {}  # manager by origin
        self._pid = os.getpid()
        self._connections: Any = None
        self.chosen: Any = None

    def close(self) -> None:
        """Close the idle connections; later calls open new ones."""
        for manager in [*self._managers.values(), self.chosen]:
            if manager is None:
                continue
            pools: Any = getattr(manager, "pools", {})  # a tool's replacement may have none
            for key in list(pools.keys()):
                if (pool := pools.get(key)) is not None:  # else the garbage collector would
                    pool.close()
            manager.clear()

    @property
    def pool_manager(self) -> Any:
        """The manager for users. After the first access, it sends all requests of the client."""
        if self.chosen is None:
            self.chosen = self._published()
        return self.chosen

    def _manager(self, request: Request) -> Any:
        if self.chosen is not None:
            return self.chosen
        import urllib3.connectionpool as pools

        classes = (pools.HTTPConnectionPool.ConnectionCls, pools.HTTPSConnectionPool.ConnectionCls)
        if self._pid != os.getpid() or self._connections != classes:
            # The manager is from the parent process, or from before a tool replaced the class.
            self._pid, self._connections = os.getpid(), classes
            self._managers = {}
            self._known = {}
        if (known := self._known.get(request.origin.key)) is not None:
            return known
        proxy = proxy_for(request.origin, self._settings)
        secure = request.origin.scheme == "https" or (proxy is not None and proxy.url.startswith("https"))
        key = (str(proxy), secure)
        if key not in self._managers:
            self._managers[key] = _tracked(self._transport.make_manager(proxy, secure))
        found = self._known[request.origin.key] = self._managers[key]
        return found

    def _published(self) -> Any:
        """Return a manager with the keywords of the published client, which users change by name."""
        import certifi
        import urllib3

        settings = self._settings
        verified = bool(settings.verify_ssl)
        options: dict[str, Any] = {
            "num_pools": MAX_POOLS,
            "maxsize": pool_size(settings),
            "block": settings.connection_pool_block,
            "cert_reqs": ssl.CERT_REQUIRED if verified else ssl.CERT_NONE,
            "ca_certs": settings.ssl_ca_cert or os.environ.get("SSL_CERT_FILE") or certifi.where(),
            "cert_file": settings.cert_file,
            "key_file": settings.key_file,
            "key_password": settings.key_password,
        }
        if settings.system_ca and not settings.ssl_ca_cert:
            options = {**options, "ca_certs": None, **self._transport.tls_options()}
        if settings.assert_hostname is not None:
            options["assert_hostname"] = settings.assert_hostname
        if not settings.proxy:
            return _tracked(urllib3.PoolManager(**options))
        proxy = parse_proxy(settings.proxy, "the setting `proxy`")
        headers = proxy_headers(proxy, settings)
        return _tracked(urllib3.ProxyManager(proxy.url, proxy_headers=headers, **options))

    # ---- one exchange

    def send(self, request: Request, call: Call) -> Response:
        """Send a request; return the response with its body read, or, for a stream, still unread.

        Raises:
            ApiTransportError: no complete answer was received.
            ResponseTooLarge: the body is over the call's limit.
        """
        manager = self._manager(request)
        watch = Deadline(call)
        token = _sending.set(_Sending(self._transport, request, call, watch))
        try:
            answer = manager.request(request.method, request.url, **self._arguments(manager, request, call))
            watch.check("headers")
            response = self._response(answer, request, call, watch)
            if not call.stream or not 200 <= response.status < 300:
                response.read(call.config.max_body_size)
        except ApiException:
            watch.end()
            raise
        except Exception as error:
            watch.end()
            raise _translated(error, request, call, watch) from None
        except BaseException:
            watch.end()
            raise
        finally:
            _sending.reset(token)
        watch.end()  # each read begins it anew
        return response

    def _arguments(self, manager: Any, request: Request, call: Call) -> dict[str, Any]:
        import urllib3

        left = call.left("connect")
        read = left if call.read_timeout is None else min(left, call.read_timeout)
        found: dict[str, Any] = {
            "headers": dict(request.headers),
            "timeout": urllib3.Timeout(connect=min(call.connect_timeout, left), read=read),
            "preload_content": False,
            "redirect": False,
        }
        if not getattr(manager, "connection_pool_kw", {}).get("retries"):
            found["retries"] = _no_retries()  # ours wrap this; a user's apply
        body = request.body
        if isinstance(body, bytes):
            found["body"] = body
        elif body is not None:
            if body.length is not None:
                found["headers"]["Content-Length"] = str(body.length)
            small = body.length is not None and body.length <= SMALL
            found["body"] = b"".join(body.chunks()) if small else body.chunks()
        return found

    def _response(self, answer: Any, request: Request, call: Call, watch: Deadline) -> Response:
        if getattr(answer, "_body", None) is not None or not callable(getattr(answer, "stream", None)):
            return adopted(answer, request.method)  # read already, or a mock
        if not isinstance(answer.status, int):
            return adopted(answer, request.method)
        response = Response(answer.status, answer.reason or "", list(answer.headers.items()), request.method)
        refuse_unasked_part(response, request)
        try:
            length = framing(response)
        except ApiException:
            answer.close()
            raise
        if length is not None and length != CHUNKED and request.method != "HEAD":
            response.total = length
            if length > call.max_size:
                answer.close()
                raise too_large(call.max_size, response.status)

        def release(whole: bool) -> None:
            call.connection = None
            if whole:
                answer.release_conn()
            else:
                answer.close()

        source = _chunks(answer, request, call, watch)
        response.attach(decoded(source, response, call.max_size, call), release)
        return response


@cache
def _no_retries() -> Any:
    """Return what urllib3 makes of `retries=False`, for each request anew."""
    from urllib3 import Retry

    return Retry.from_int(False, redirect=False)


@cache
def _pool_classes() -> dict[str, Any]:
    """Return urllib3's pools by scheme, with connections that have the guarantees of `transport`."""
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    class Plain(HTTPConnectionPool):
        def _get_conn(self, timeout: float | None = None) -> Any:
            return _ready(self, super()._get_conn(_longest(timeout)))

    class Secure(HTTPSConnectionPool):
        def _get_conn(self, timeout: float | None = None) -> Any:
            return _ready(self, super()._get_conn(_longest(timeout)))

        def _validate_conn(self, conn: Any) -> None:
            if conn.is_closed:  # `_ready` has connected all others, and warned if nothing is verified
                super()._validate_conn(conn)

    logging.getLogger("urllib3.connectionpool").addFilter(_without_values)
    return {"http": Plain, "https": Secure}


def _tracked(manager: Any) -> Any:
    manager.pool_classes_by_scheme = _pool_classes()
    return manager


def _longest(timeout: float | None) -> float | None:
    """Return how long a call may wait for a free connection; by default, urllib3 would wait forever."""
    sending = _sending.get()
    return timeout if sending is None or timeout is not None else sending.call.left("pool")


def _ready(pool: Any, connection: Any) -> Any:
    """Connect a connection as `transport` does, unless it belongs to a tool and may not need it."""
    sending = _sending.get()
    if sending is not None:
        sending.call.connection = connection
        if type(connection).__module__ == "urllib3.connection" and connection.sock is None:
            sending.transport.connect(pool, connection, sending.request, sending.call)
            connection.response_class = _Answer
        sending.watch.sock = getattr(connection, "sock", None)
    # Never print credentials, even if an application has set the debug level globally.
    connection.debuglevel = 0
    return connection


class _Answer(http.client.HTTPResponse):
    """An answer that skips all interim answers; `http.client` itself skips only 100."""

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = cast("Any", super())._read_status()
            if not 102 <= status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)


def _without_values(record: logging.LogRecord) -> bool:
    """Remove the query of our requests from urllib3's log: it has values, and maybe a credential."""
    sending = _sending.get()
    if sending is not None and isinstance(record.args, tuple):
        record.args = tuple(
            sending.call.clean(item.partition("?")[0], 1000) if isinstance(item, str) else item
            for item in record.args
        )
    return True


def _chunks(answer: Any, request: Request, call: Call, watch: Deadline) -> Iterator[bytes]:
    pieces = iter(answer.stream(65536, decode_content=False))
    try:
        while True:
            watch.begin()  # with the time that is left now: a caller's own time does not count
            chunk = next(pieces, None)
            watch.end()
            watch.check("body")
            if chunk is None:
                return
            call.left("body")
            yield chunk
    except (ApiException, GeneratorExit):
        raise
    except Exception as error:
        raise _translated(error, request, call, watch) from None
    finally:
        watch.end()


def _translated(error: Exception, request: Request, call: Call, watch: Deadline) -> Exception:
    """Return our error for an error of urllib3; return errors of mocks and tools unchanged."""
    from urllib3 import exceptions as theirs

    if not isinstance(error, theirs.HTTPError | OSError | http.client.HTTPException):
        return error
    cause: Any = getattr(error, "reason", None)
    if isinstance(error, theirs.MaxRetryError) and isinstance(cause, Exception):
        error = cause
    where = request.origin.authority
    unsent = isinstance(
        error,
        theirs.ConnectTimeoutError | theirs.NewConnectionError | theirs.ProxyError | theirs.SSLError
        | theirs.PoolError,
    ) and not isinstance(error, theirs.ReadTimeoutError)  # fmt: skip
    if watch.over or call.deadline <= time.monotonic():
        return call.timed_out("connect" if unsent else "headers", sent=False if unsent else "unknown")
    if isinstance(error, theirs.ConnectTimeoutError) and not isinstance(error, theirs.NewConnectionError):
        return ApiTimeout(0, f"no connection to {where} in time", phase="connect", sent=False)
    if isinstance(error, theirs.EmptyPoolError):
        return ApiTimeout(0, f"no free connection to {where} in time", phase="pool", sent=False)
    if unsent:
        return ApiConnectionError(0, f"no connection to {where}: {reason(error)}")
    if isinstance(error, theirs.ReadTimeoutError):
        found = call.timed_out("headers")
        found.reason = f"no byte from the server for {call.read_timeout or call.timeout:g} s (headers)"
        return found
    if isinstance(error, theirs.LocationValueError | theirs.DecodeError):
        return ApiProtocolError(0, f"the exchange failed: {type(error).__name__}")
    return broken(error if isinstance(error, OSError) else OSError(), call)
