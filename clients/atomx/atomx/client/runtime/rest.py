"""Published low-level names: a client for single requests, and the response that users see."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from .exceptions import ApiException, ApiValueError, error_class

if TYPE_CHECKING:
    from urllib3 import HTTPHeaderDict, HTTPResponse

    from .codec import Drift
    from .configuration import Configuration
    from .transport import Transport
    from .wire import Response


class RESTResponse(io.IOBase):
    """An answer, as `ApiClient.last_response` shows it.

    Attributes:
        status, reason: of the answer.
        data: the decoded result; from `RESTClientObject`, the bytes.
        drift: where the answer differs from the spec.
        elapsed: seconds that the call took.
        attempts: its history, if there was more than one try.
        request_id: the server's id for the request, if it sent one.
    """

    def __init__(self, resp: Response, data: Any = None) -> None:
        self.urllib3_response = resp
        self.status = resp.status
        self.reason = resp.reason
        self.data = data
        self.drift: list[Drift] = getattr(resp, "drift", [])
        self.elapsed: float = getattr(resp, "elapsed", 0.0)
        self.attempts: tuple[str, ...] = getattr(resp, "attempts", ())
        self.request_id: str = getattr(resp, "request_id", "")

    @property
    def headers(self) -> HTTPHeaderDict:
        """The answer's headers."""
        return self.urllib3_response.headers

    def getheaders(self) -> HTTPHeaderDict:
        """Return the answer's headers."""
        return self.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """Return one of the answer's headers."""
        return self.headers.get(name, default)


class _Body(io.RawIOBase):
    """A response's body as a file, for urllib3's response class."""

    def __init__(self, response: Response) -> None:
        self._response = response
        self._chunks = response.chunks()
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        if not self.closed:
            self._chunks.close()  # type: ignore[attr-defined]
            self._response.free(False)
        super().close()


def raw_response(response: Response) -> HTTPResponse:
    """Return a response as urllib3's, its body unread; compression is undone already."""
    import urllib3

    return urllib3.HTTPResponse(
        body=_Body(response),
        headers=response.headers,
        status=response.status,
        reason=response.reason,
        preload_content=False,
        decode_content=False,
        request_method=response.method,
    )


class RESTClientObject:
    """Sends single requests, without operations and without credentials.

    Args:
        configuration: settings.
        pools_size: published; not used.
        maxsize: published; `Configuration.connection_pool_maxsize` counts.
        transport: connections to use; new ones if not given.
    """

    def __init__(
        self,
        configuration: Configuration,
        pools_size: int = 4,
        maxsize: int | None = None,
        *,
        transport: Transport | None = None,
    ) -> None:
        from .budget import RetryRule
        from .transport import Transport as Connections

        self.configuration = configuration
        self.transport = transport or Connections(configuration)
        self.rule = RetryRule(configuration.retries)

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
        """Send a request; the response is a RESTResponse, or urllib3's when `_preload_content` is False.

        Raises:
            ApiException: no answer, or a status other than 2xx.
        """
        from urllib.parse import urlencode, urlsplit

        from .budget import Call, times
        from .headers import header_name, header_value
        from .policies import drive, steps
        from .request import Origin, Request, body_bytes

        method = method.upper()
        if method not in ("GET", "HEAD", "DELETE", "POST", "PUT", "PATCH", "OPTIONS"):
            raise ApiValueError(f"{method!r} is not a method")
        if post_params and body:
            raise ApiValueError("body parameter cannot be used with post_params parameter.")
        parts = urlsplit(url)
        query = "&".join(
            part for part in (parts.query, urlencode(query_params) if query_params else "") if part
        )
        sent = {header_name(name): header_value(name, value) for name, value in (headers or {}).items()}
        payload: Any = None
        if body is not None:
            payload = body.encode() if isinstance(body, str) else body_bytes(body)
            sent.setdefault("Content-Type", "application/json")
        elif post_params:
            from .uploads import multipart_of

            if sent.get("Content-Type") == "multipart/form-data":
                payload = multipart_of(post_params)
                sent["Content-Type"] = payload.content_type
            else:
                payload = urlencode(post_params).encode()
                sent["Content-Type"] = "application/x-www-form-urlencoded"
        target = (parts.path or "/") + (f"?{query}" if query else "")
        request = Request(method, Origin(f"{parts.scheme}://{parts.netloc}"), target, sent, payload)
        total, connect, read = times(_request_timeout, self.configuration)
        call = Call(self.configuration, self.rule, total, connect, read, stream=not _preload_content)

        def perform(step: Any) -> Any:
            return (
                call.sleep(step.seconds)
                if hasattr(step, "seconds")
                else self.transport.send(step.request, call)
            )

        try:
            response = drive(steps(call, request), perform)
        except ApiException as error:
            raise call.finish(error, request) from None
        if not _preload_content and 200 <= response.status < 300:
            return raw_response(response)
        found = RESTResponse(response, response.read(self.configuration.max_body_size))
        if not 200 <= response.status < 300:
            raise call.finish(error_class(response.status)(http_resp=found), request)
        return found

    def GET(
        self,
        url: str,
        headers: Any = None,
        query_params: Any = None,
        _preload_content: bool = True,
        _request_timeout: Any = None,
    ) -> Any:
        """Send a GET request."""
        return self.request("GET", url, query_params, headers, None, None, _preload_content, _request_timeout)

    def HEAD(
        self,
        url: str,
        headers: Any = None,
        query_params: Any = None,
        _preload_content: bool = True,
        _request_timeout: Any = None,
    ) -> Any:
        """Send a HEAD request."""
        return self.request(
            "HEAD", url, query_params, headers, None, None, _preload_content, _request_timeout
        )

    def OPTIONS(
        self,
        url: str,
        headers: Any = None,
        query_params: Any = None,
        post_params: Any = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Any = None,
    ) -> Any:
        """Send an OPTIONS request."""
        return self.request(
            "OPTIONS", url, query_params, headers, body, post_params, _preload_content, _request_timeout
        )

    def DELETE(
        self,
        url: str,
        headers: Any = None,
        query_params: Any = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Any = None,
    ) -> Any:
        """Send a DELETE request."""
        return self.request(
            "DELETE", url, query_params, headers, body, None, _preload_content, _request_timeout
        )

    def POST(
        self,
        url: str,
        headers: Any = None,
        query_params: Any = None,
        post_params: Any = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Any = None,
    ) -> Any:
        """Send a POST request."""
        return self.request(
            "POST", url, query_params, headers, body, post_params, _preload_content, _request_timeout
        )

    def PUT(
        self,
        url: str,
        headers: Any = None,
        query_params: Any = None,
        post_params: Any = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Any = None,
    ) -> Any:
        """Send a PUT request."""
        return self.request(
            "PUT", url, query_params, headers, body, post_params, _preload_content, _request_timeout
        )

    def PATCH(
        self,
        url: str,
        headers: Any = None,
        query_params: Any = None,
        post_params: Any = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Any = None,
    ) -> Any:
        """Send a PATCH request."""
        return self.request(
            "PATCH", url, query_params, headers, body, post_params, _preload_content, _request_timeout
        )


__all__ = ["ApiException", "ApiValueError", "RESTClientObject", "RESTResponse"]
