"""Exchanges over aiohttp, for `AsyncApiClient(engine="aiohttp")`."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .exceptions import ApiConnectionError, ApiInterrupted, ApiProtocolError, ApiValueError
from .http1 import Response, decoded, too_large
from .proxies import proxy_for, split_proxy
from .transport import reason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .budget import Call
    from .configuration import Configuration
    from .request import Request
    from .transport import Transport


class AiohttpEngine:
    """One aiohttp session with the client's TLS and proxy settings.

    Args:
        transport: where the TLS settings come from.
        configuration: settings.
    """

    def __init__(self, transport: Transport, configuration: Configuration) -> None:
        try:
            import_module("aiohttp")  # here and not in the first call: it takes a while
        except ImportError:
            raise ApiValueError("engine='aiohttp' needs aiohttp: pip install aiohttp") from None
        self._transport = transport
        self._settings = configuration
        self._session: Any = None

    async def close(self) -> None:
        """Close the session."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> Any:
        import aiohttp

        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None, connect=None),
            )
        return self._session

    async def send(self, request: Request, call: Call) -> Response:
        """Send a request; return the response with its body read.

        Raises:
            ApiTransportError: no complete answer.
            ResponseTooLarge: the body is over the call's cap.
        """
        import aiohttp
        from yarl import URL

        proxy = proxy_for(request.origin, self._settings)
        where, headers = split_proxy(proxy) if proxy else (None, {})
        headers.update(self._settings.proxy_headers or {})
        secure = self._transport.tls_options()["ssl_context"] if request.origin.scheme == "https" else True
        phase, sent = "connect", False
        try:
            async with asyncio.timeout(call.left("connect")):
                body = request.body if isinstance(request.body, bytes | None) else _pieces(request.body)
                sent_headers = dict(request.headers)
                if (
                    request.body is not None
                    and not isinstance(request.body, bytes)
                    and request.body.length is not None
                ):
                    sent_headers["Content-Length"] = str(request.body.length)
                context = self._open().request(
                    request.method, URL(request.url, encoded=True), data=body, headers=sent_headers,
                    allow_redirects=False, proxy=where, proxy_headers=headers or None, ssl=secure,
                )  # fmt: skip
                phase, sent = "headers", True
                answer = await context
                phase = "body"
                try:
                    response, parts = await _read(answer, request, call)
                except BaseException:
                    answer.close()  # the connection with it: nobody will read the rest
                    raise
                answer.release()
        except TimeoutError:
            raise call.timed_out(phase, sent="unknown" if sent else False) from None
        except aiohttp.ClientConnectorError as error:
            raise ApiConnectionError(
                0, f"no connection to {request.origin.authority}: {reason(error)}"
            ) from None
        except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, ConnectionError):
            raise ApiInterrupted(0, "the server closed the connection before the end of its answer") from None
        except (aiohttp.ClientError, ValueError) as error:
            raise ApiProtocolError(0, f"the exchange failed: {type(error).__name__}") from None
        response.attach(decoded(iter(parts), response), lambda _: None)
        response.read(call.config.max_body_size)
        return response


async def _read(answer: Any, request: Request, call: Call) -> tuple[Response, list[bytes]]:
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.raw_headers]
    response = Response(answer.status, answer.reason or "", pairs, request.method)
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
