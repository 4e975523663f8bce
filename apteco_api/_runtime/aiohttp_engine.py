"""Exchanges over aiohttp for `AsyncApiClient(engine="aiohttp")`, with the guarantees of the other engine.

aiohttp accepts answers that are not HTTP/1.1, and treats a cut TLS connection as one that was closed. So the
received bytes are checked before its parser gets them.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from .exceptions import (
    ApiConnectionError,
    ApiException,
    ApiInterrupted,
    ApiProtocolError,
    ApiTimeout,
    ApiValueError,
)
from .http1 import CHUNKED, MAX_HEAD, check_start, decoded, framing, parse_head, truncated
from .parts import refuse_unasked_part
from .proxies import proxy_for, proxy_headers
from .response import Response, gathered, too_large
from .transport import reason, warn_unverified

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from .budget import Call
    from .configuration import Configuration
    from .proxies import Proxy
    from .request import Request
    from .transport import Transport

    InThread = Callable[[Callable[[], Any], Call | None], Awaitable[Any]]


class AiohttpEngine:
    """One aiohttp session for each event loop, with the client's TLS and proxy settings.

    Args:
        transport: the source of the TLS settings.
        configuration: settings.
        in_thread: runs work in a thread that would block the event loop.
    """

    def __init__(self, transport: Transport, configuration: Configuration, in_thread: InThread) -> None:
        if find_spec("aiohttp") is None:
            raise ApiValueError("engine='aiohttp' needs aiohttp: pip install aiohttp")
        self._transport = transport
        self._settings = configuration
        self._in_thread = in_thread
        self._session: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def close(self) -> None:
        """Close the session."""
        session, self._session = self._session, None
        if session is not None and self._loop is asyncio.get_running_loop():
            await session.close()

    def _open(self) -> Any:
        import aiohttp

        loop = asyncio.get_running_loop()
        if self._session is not None and self._loop is not loop:
            _abandon(self._session)  # from an earlier asyncio.run
            self._session = None
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30)
            # aiohttp has no public way to use another connection class
            connector._factory = partial(_watched(), loop)  # pyright: ignore[reportPrivateUsage]
            trace = aiohttp.TraceConfig()
            trace.on_request_headers_sent.append(_headers_sent)
            self._loop = loop
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
                trace_configs=[trace],
                max_line_size=MAX_HEAD,
                max_field_size=MAX_HEAD,
            )
        return self._session

    async def send(self, request: Request, call: Call) -> Response:
        """Send a request; return the response with its body read.

        Raises:
            ApiTransportError: no complete answer was received.
            ResponseTooLarge: the body is over the call's limit.
        """
        if "aiohttp" not in sys.modules:  # the first import is slow
            try:
                async with asyncio.timeout(call.left("connect")):
                    await self._in_thread(partial(import_module, "aiohttp"), None)
            except TimeoutError:
                raise call.timed_out("connect", sent=False) from None
        import aiohttp

        progress = {"phase": "connect"}
        proxy = proxy_for(request.origin, self._settings)
        where = request.origin.authority + (f" through the proxy {proxy.name}" if proxy else "")
        tunnel = f"the proxy {proxy.name}" if proxy and request.origin.scheme == "https" else ""
        try:
            async with asyncio.timeout(call.left("connect")):
                response, parts = await self._exchange(request, call, progress, proxy)
        except ApiException as error:
            if tunnel and isinstance(error, ApiProtocolError) and progress["phase"] == "connect":
                raise ApiConnectionError(0, f"{tunnel} gave no proper answer: {error.reason}") from None
            raise
        except (TimeoutError, aiohttp.ServerTimeoutError) as error:
            raise _timed_out(error, progress["phase"], call) from None
        except (aiohttp.ClientConnectorError, aiohttp.ClientProxyConnectionError) as error:
            text = f"no connection to {where}: {reason(error)}"
            lasting = isinstance(error, aiohttp.ClientConnectorCertificateError)
            raise ApiConnectionError(0, text, lasting=lasting) from None
        except aiohttp.ClientHttpProxyError as error:
            text = f"{tunnel} refused the connection: {error.status} {error.message}"
            hint = "Check the user and password of the proxy." if error.status == 407 else None
            raise ApiConnectionError(0, text, hint=hint) from None
        except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, ConnectionError):
            if tunnel and progress["phase"] == "connect":
                text = f"{tunnel} gave no proper answer: it closed the connection"
                raise ApiConnectionError(0, text) from None
            raise truncated() from None
        except aiohttp.ClientOSError as error:
            raise ApiInterrupted(
                0, f"the connection broke: {error.strerror or type(error).__name__}"
            ) from None
        except (aiohttp.ClientError, ValueError, OSError, RuntimeError) as error:
            if isinstance(error.__cause__, ApiException):  # the upload can't be read
                raise error.__cause__ from None
            raise ApiProtocolError(0, f"the exchange failed: {type(error).__name__}") from None
        if not response.header("content-encoding"):
            response.data = gathered(parts, call.config.max_body_size, response.status)
            return response
        limit, framed = call.config.max_body_size, framing(response) is not None
        response.attach(decoded(iter(parts), response, limit, call, framed=framed), lambda _: None)
        await self._in_thread(partial(response.read, limit), call)
        return response

    async def _exchange(
        self, request: Request, call: Call, progress: dict[str, str], proxy: Proxy | None
    ) -> tuple[Response, list[bytes]]:
        import aiohttp
        from yarl import URL

        headers = proxy_headers(proxy, self._settings)
        options: dict[str, Any] = {"ssl": True}
        if request.origin.scheme == "https":
            options = {"ssl": self._transport.tls_options()["ssl_context"]}
            if not self._settings.verify_ssl:
                warn_unverified(request.origin.authority)
            if isinstance(name := self._settings.assert_hostname, str):
                options["server_hostname"] = name
        body = request.body if isinstance(request.body, bytes | None) else _pieces(request.body)
        sent = dict(request.headers)
        if (
            proxy is not None and request.origin.scheme == "http"
        ):  # aiohttp sends `proxy_headers` only with CONNECT
            sent |= headers
        if (
            request.body is not None
            and not isinstance(request.body, bytes)
            and request.body.length is not None
        ):
            sent["Content-Length"] = str(request.body.length)
        answer = await self._open().request(
            request.method, URL(request.url, encoded=True), data=body, headers=sent,
            allow_redirects=False, proxy=proxy.url if proxy else None, proxy_headers=headers or None,
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=call.connect_timeout, sock_read=call.read_timeout, ceil_threshold=1e9
            ),
            trace_request_ctx=progress, **options,
        )  # fmt: skip
        progress["phase"] = "body"
        try:
            found = await _read(answer, request, call)
        except BaseException:
            answer.close()  # also closes the connection, as the rest of the body will not be read
            raise
        answer.release()
        return found


def _timed_out(error: BaseException, phase: str, call: Call) -> ApiTimeout:
    import aiohttp

    sent = False if phase == "connect" else "unknown"
    if isinstance(error, aiohttp.ServerTimeoutError):  # one of the shorter timeouts
        seconds = call.connect_timeout if phase == "connect" else call.read_timeout or 0.0
        what = "no connection within" if phase == "connect" else "no byte from the server for"
        return ApiTimeout(0, f"{what} {seconds:g} s ({phase})", phase=phase, sent=sent)
    return call.timed_out(phase, sent=sent)


async def _headers_sent(session: Any, context: Any, parameters: Any) -> None:
    context.trace_request_ctx["phase"] = "headers"


async def _read(answer: Any, request: Request, call: Call) -> tuple[Response, list[bytes]]:
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.raw_headers]
    response = Response(answer.status, answer.reason or "", pairs, request.method)
    refuse_unasked_part(response, request)
    if (length := framing(response)) not in (None, CHUNKED):
        response.total = length
    limit = call.config.max_body_size
    parts: list[bytes] = []
    size = 0
    async for part in answer.content.iter_chunked(65536):
        size += len(part)
        if size > limit:
            raise too_large(limit, response.status)
        parts.append(part)
    return response, parts


async def _pieces(body: Any) -> AsyncIterator[bytes]:
    for piece in body.chunks():
        yield piece


def _abandon(session: Any) -> None:
    """Discard a session of a closed event loop, in which nothing can be awaited."""
    connector = session.connector
    session.detach()
    with suppress(RuntimeError):
        connector._close_immediately()


@cache
def _watched() -> Any:
    """Return aiohttp's connection class with checks that its parser lacks."""
    from aiohttp import ClientPayloadError
    from aiohttp.client_proto import ResponseHandler

    class Watched(ResponseHandler):
        """A connection: heads must be HTTP/1.1, and TLS must end with close_notify."""

        _head: bytes | None = b""
        _ended = False

        def set_response_params(self, **settings: Any) -> None:
            self._head = b""
            super().set_response_params(**settings)

        def data_received(self, data: bytes) -> None:
            if self._head is not None and data:
                self._head += data
                try:
                    self._check()
                except ApiProtocolError as error:
                    self.set_exception(error)
                    if self.transport is not None:
                        self.transport.abort()
                    return
            super().data_received(data)

        def _check(self) -> None:
            """Check the heads of an answer as far as they were received."""
            while (head := self._head) is not None:
                end = head.find(b"\r\n\r\n")
                if end < 0:
                    check_start(head)
                    return
                self._head = head[end + 4 :] if parse_head(head[:end])[0] < 200 else None

        def eof_received(self) -> None:
            # asyncio does not tell whether TLS was closed or the connection was cut; OpenSSL does.
            tls = self.transport.get_extra_info("ssl_object") if self.transport is not None else None
            with suppress(OSError):
                self._ended = tls is None or tls.read(1) == b""
            super().eof_received()

        def connection_lost(self, exc: BaseException | None) -> None:
            secure = self.transport is not None and self.transport.get_extra_info("sslcontext") is not None
            if exc is None and secure and not self._ended:
                exc = ConnectionResetError("TLS ended without close_notify")
                if self._payload is not None and not self._payload.is_eof():
                    self._payload.set_exception(ClientPayloadError("cut off"))
            super().connection_lost(exc)

    return Watched
