"""Published low-level names: a client for single requests, and the response that users see."""

from __future__ import annotations

import io
import time
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from . import answers
from .adhoc import VERBS, pairs_of, published_operation
from .codec.decode import body_text
from .exceptions import ApiException, ApiTypeError, ApiValueError
from .pipeline import Pipeline
from .response import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from urllib3 import HTTPHeaderDict, HTTPResponse

    from .budget import Call
    from .codec.drift import Drift
    from .configuration import Configuration


class RESTResponse(io.IOBase):
    """An answer, as `ApiClient.last_response` shows it.

    Attributes:
        status, reason: from the answer.
        data: the body as text; from `RESTClientObject`, as bytes.
        result: the result of the call; None from `RESTClientObject`.
        drift: the differences of the answer from the spec.
        elapsed: seconds that the call took.
        attempts: history of the attempts, if there was more than one.
        request_id: the server's id for the request, if it sent one.
    """

    elapsed: float = 0.0
    attempts: tuple[str, ...] = ()
    request_id: str = ""

    def __init__(self, resp: Any, data: Any = None, result: Any = None) -> None:
        self.urllib3_response: Response = resp
        self.status = resp.status
        self.reason = resp.reason
        self.data = resp.data if data is None else data
        self.result = result
        self.drift: list[Drift] = []
        if isinstance(resp, Response):  # not urllib3's
            self.drift, self.elapsed = resp.drift, resp.elapsed
            self.attempts, self.request_id = resp.attempts, resp.request_id

    @property
    def headers(self) -> HTTPHeaderDict:
        """The answer's headers."""
        return self.urllib3_response.headers

    def getheaders(self) -> HTTPHeaderDict:
        """Return the answer's headers."""
        return self.urllib3_response.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """Return one of the answer's headers."""
        return self.urllib3_response.headers.get(name, default)


def answer_of(response: Response, result: Any, text: str | None) -> RESTResponse:
    """Return the object for `last_response`.

    Args:
        response: the response.
        result: the result of the call.
        text: the body; None: the response's own data.
    """
    if text is None:
        text = body_text(response.data, response.header("content-type") or "")
    return RESTResponse(response, text, result)


class _Body(io.RawIOBase):
    """A response's body as a file, for urllib3's response class."""

    def __init__(self, response: Response, call: Call) -> None:
        self._response = response
        self._call = call
        self._chunks = response.chunks()
        self._rest = b""
        self._left_at = time.monotonic()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        call = self._call
        call.paused(time.monotonic() - self._left_at)  # the time of the caller's code since the last chunk
        try:
            while not self._rest:
                chunk = next(self._chunks, None)
                if chunk is None:
                    return 0
                self._rest = chunk
                call.progressed()
        except ApiException as error:
            if call.request is not None:
                call.finish(error, call.request)
            raise
        finally:
            self._left_at = time.monotonic()
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        if not self.closed:
            self._chunks.close()  # type: ignore[attr-defined]  # a generator
            self._response.free(False)
        super().close()


def raw_response(response: Response, call: Call) -> HTTPResponse:
    """Return urllib3's response with an unread body that is already decompressed."""
    import urllib3

    return urllib3.HTTPResponse(
        body=_Body(response, call),
        headers=response.headers,
        status=response.status,
        reason=response.reason,
        preload_content=False,
        decode_content=False,
        request_method=response.method,
    )


def _verb(method: str, *given: str) -> Callable[..., Any]:
    """Return the published method for a verb; `given` are its arguments besides the common ones."""
    names = ("url", "headers", "query_params", *given, "_preload_content", "_request_timeout")

    def send(self: RESTClientObject, *args: Any, **kwargs: Any) -> Any:
        if len(args) > len(names):
            raise ApiTypeError(
                f"{method}() takes {len(names)} arguments ({', '.join(names)}), got {len(args)}"
            )
        named = {**dict(zip(names, args, strict=False)), **kwargs}
        return self.request(method, named.pop("url"), **named)

    send.__name__ = method
    send.__doc__ = f"Send a {method} request: `{method}({', '.join(names)})`; see `request`."
    return send


class RESTClientObject:
    """A client for single requests, without operations and without credentials.

    Args:
        configuration: settings.
        pools_size: published; has no effect.
        maxsize: published; has no effect, see `Configuration.connection_pool_maxsize`.
        pipeline: the pipeline to send through; by default a new one.
    """

    def __init__(
        self,
        configuration: Configuration,
        pools_size: int = 4,
        maxsize: int | None = None,
        *,
        pipeline: Pipeline | None = None,
    ) -> None:
        self.configuration = configuration
        self._pipeline = pipeline or Pipeline(configuration)

    def request(
        self,
        method: str,
        url: str,
        query_params: Any = None,
        headers: dict[str, str] | None = None,
        body: Any = None,
        post_params: Any = None,
        _preload_content: bool = True,
        _request_timeout: Any = None,
    ) -> Any:
        """Send a request; return a RESTResponse, or urllib3's response if `_preload_content` is False.

        Raises:
            ApiException: there was no answer, or its status is not 2xx.
        """
        parts = urlsplit(url)
        sent = dict(headers or {})
        if post_params and sent.get("Content-Type") != "multipart/form-data":
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        query = [*parse_qsl(parts.query, keep_blank_values=True), *pairs_of(query_params)]
        operation, values, sent = published_operation(
            method, parts.path or "/", None, query, sent, body, post_params
        )
        config, pipeline = self.configuration, self._pipeline
        options = {
            "_headers": sent,
            "_preload_content": _preload_content,
            "_request_timeout": _request_timeout,
        }
        origin = f"{parts.scheme}://{parts.netloc}"
        request, call = pipeline.prepare(operation, values, options, host=origin)
        response = pipeline.exchange(request, call)
        if not 200 <= response.status < 300:
            raise call.finish(answers.error_of(response, request, config, operation), request)
        if not _preload_content:
            return raw_response(response, call)
        return RESTResponse(response, response.read(config.max_body_size))

    @property
    def pool_manager(self) -> Any:
        """urllib3's `PoolManager`. After the first access, it sends all requests, as a user may change it."""
        return self._pipeline.plain.pool_manager

    @pool_manager.setter
    def pool_manager(self, value: Any) -> None:
        self._pipeline.plain.chosen = value

    GET = _verb("GET")
    HEAD = _verb("HEAD")
    OPTIONS = _verb("OPTIONS", "post_params", "body")
    DELETE = _verb("DELETE", "body")
    POST = _verb("POST", "post_params", "body")
    PUT = _verb("PUT", "post_params", "body")
    PATCH = _verb("PATCH", "post_params", "body")


SENDERS = ("request", *VERBS)
_senders = attrgetter(*SENDERS)
_ORIGINALS = _senders(RESTClientObject)


def is_replaced(rest: Any) -> bool:
    """Return True if a sending method was replaced; False for None."""
    if _senders(RESTClientObject) != _ORIGINALS:
        return True
    if rest is None:
        return False
    return type(rest) is not RESTClientObject or not rest.__dict__.keys().isdisjoint(SENDERS)


__all__ = ["ApiException", "ApiValueError", "RESTClientObject", "RESTResponse"]
