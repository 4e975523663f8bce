"""The client: one call in five steps.

values -> request (`request.build`) -> policies (`policies.steps`) -> connection (`transport.send`)
-> bytes -> object (`codec.decode`)
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

from . import codec, policies
from .budget import Call, RetryRule, streams, times
from .configuration import Configuration
from .exceptions import ApiDecodeError, ApiException, ApiNotReady, ApiTypeError, error_class
from .headers import header_name, header_value
from .operation import CallOptions
from .package import user_agent
from .policies import Send, Wait
from .published import PublishedClient
from .renewal import Renewal
from .request import JSON, Request, build
from .transport import Transport
from .workers import Workers

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from types import TracebackType

    from .operation import Operation
    from .rest import RESTResponse
    from .wire import Response

OPTIONS = frozenset(CallOptions.__annotations__)
REQUEST_IDS = ("x-request-id", "x-correlation-id", "request-id", "traceparent")


class Controller:
    """The base of the generated sections of an API.

    Args:
        api_client: the client to call through; a new one with the default configuration if not given.
    """

    operations: ClassVar[Mapping[str, Operation]] = {}

    def __init__(self, api_client: ApiClient | None = None) -> None:
        self.api_client = ApiClient() if api_client is None else api_client

    def _call(self, name: str, values: Sequence[Any], options: Mapping[str, Any]) -> Any:
        return self.api_client.call(self.operations[name], values, options, name=name)

    def _call_with_http_info(self, name: str, values: Sequence[Any], options: Mapping[str, Any]) -> Any:
        # The published form accepts _return_http_data_only here too.
        options = {"_return_http_data_only": False, **options}
        return self.api_client.call(self.operations[name], values, options, name=name)


class ApiClient(PublishedClient):
    """Calls the operations of an API. Safe to share between threads; use it in a `with` or close it.

    Args:
        configuration: settings; the object itself is kept, so later changes count. None: the default's.
        header_name: name of a header to send with each request.
        header_value: its value.
        cookie: value of the Cookie header of each request.
        pool_threads: most threads for calls with `async_req=True`.
    """

    def __init__(
        self,
        configuration: Configuration | None = None,
        header_name: str | None = None,
        header_value: str | None = None,
        cookie: str | None = None,
        pool_threads: int = 1,
    ) -> None:
        self.configuration = Configuration.get_default_copy() if configuration is None else configuration
        self.pool_threads = pool_threads
        self.default_headers: dict[str, str] = {"User-Agent": user_agent(), "Accept-Encoding": "gzip"}
        if header_name is not None:
            self.set_default_header(header_name, header_value or "")
        self.cookie = cookie
        self.client_side_validation = self.configuration.client_side_validation
        self.transport = Transport(self.configuration)
        self.rule = RetryRule(self.configuration.retries)
        self._workers: Workers | None = None
        self.renewal = Renewal()
        self._mine = threading.local()
        self.latest: tuple[Response, Any] | None = None

    # ---- life

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the idle connections and let the threads end; a later call opens new ones."""
        workers, self._workers = self._workers, None
        if workers is not None:
            workers.close()
        self.transport.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.configuration!r}>"

    @property
    def pool(self) -> Workers:
        """The threads for calls with `async_req=True`; made on first use."""
        if self._workers is None:
            self._workers = Workers(self.pool_threads)
        return self._workers

    @property
    def user_agent(self) -> str:
        """The User-Agent header."""
        return self.default_headers["User-Agent"]

    @user_agent.setter
    def user_agent(self, value: str) -> None:
        self.default_headers["User-Agent"] = header_value("User-Agent", value)

    def set_default_header(self, header_name_: str, header_value_: str) -> None:
        """Send a header with each request of this client."""
        self.default_headers[header_name(header_name_)] = header_value(header_name_, header_value_)

    @property
    def last_response(self) -> RESTResponse:
        """The last answer that this thread got; if it got none, the client's last.

        Raises:
            AttributeError: there was none yet.
        """
        found: tuple[Response, Any] | None = getattr(self._mine, "last", None) or self.latest
        if found is None:
            raise AttributeError("no call has been made yet")
        from .rest import RESTResponse

        return RESTResponse(*found)

    # ---- a call

    def call(
        self,
        operation: Operation,
        values: Sequence[Any],
        options: Mapping[str, Any] | None = None,
        *,
        name: str = "",
    ) -> Any:
        """Call an operation.

        Args:
            operation: what to call.
            values: its arguments in the order of its parameters; None means not given.
            options: as in `CallOptions`.
            name: Python name of the method, for messages.

        Returns:
            The result; with `_return_http_data_only=False`, `(result, status, headers)`; with
            `_preload_content=False`, the raw urllib3 response; with `async_req=True`, a handle with `.get()`.

        Raises:
            ApiTypeError, ApiValueError: an argument can't be sent; nothing was.
            ApiException: no result; its class says why.
        """
        options = options or {}
        request, call = self.prepare(operation, values, options, name)
        if options.get("async_req"):
            return self.pool.submit(partial(self._finish, request, call, operation, options, restart=True))
        return self._finish(request, call, operation, options)

    def prepare(
        self, operation: Operation, values: Sequence[Any], options: Mapping[str, Any], name: str = ""
    ) -> tuple[Request, Call]:
        """Return the request for a call and its budget; nothing is sent."""
        extra: Mapping[str, str] | None = None
        if options:
            for key in options:
                if key not in OPTIONS:
                    raise ApiTypeError(
                        f"Got an unexpected keyword argument '{key}' to method {name or operation.id}"
                    )
            extra = options.get("_headers")
            if idempotency := options.get("_idempotency_key"):
                extra = {**(extra or {}), "Idempotency-Key": idempotency}
        config = self.configuration
        request = build(
            operation, values, config, self.default_headers,
            name=name, validate=self.client_side_validation, extra=extra, cookie=self.cookie,
        )  # fmt: skip
        stream = streams(operation, options)
        if options.get("_progress") and request.body is not None and not isinstance(request.body, bytes):
            request.body.progress = options["_progress"]
        if stream and options.get("_resume"):
            from .downloads import Destination

            request.headers.update(Destination(options, config).range_headers())
        return request, self.budget(options, stream)

    def budget(self, options: Mapping[str, Any], stream: bool = False) -> Call:
        """Return the time, size and retries that a call may use."""
        config = self.configuration
        total, connect, read = times(options.get("_request_timeout"), config)
        return Call(config, self.rule, total, connect, read, stream, options.get("_retries"))

    def _finish(
        self,
        request: Request,
        call: Call,
        operation: Operation,
        options: Mapping[str, Any],
        restart: bool = False,
    ) -> Any:
        if restart:  # the time spent in the queue is not the call's
            call = self.budget(options, call.stream)
        response = self.exchange(request, call)
        return self.result(request, call, response, operation, options)

    def exchange(self, request: Request, call: Call) -> Response:
        """Send a request through the policies.

        Raises:
            ApiTransportError: no complete answer came back.
        """
        try:
            response = policies.drive(policies.steps(call, request), partial(self._perform, call))
        except ApiException as error:
            raise call.finish(error, request) from None
        return self.settle(response, call)

    def settle(self, response: Response, call: Call) -> Response:
        """Write the call's history on its response."""
        response.elapsed = call.elapsed
        response.attempts = tuple(call.attempts)
        response.request_id = next(filter(None, map(response.header, REQUEST_IDS)), "")
        return response

    def _perform(self, call: Call, step: Any) -> Any:
        if isinstance(step, Send):
            return self.transport.send(step.request, call)
        if isinstance(step, Wait):
            call.sleep(step.seconds)
            return None
        return self.renewal.renew(call, step.seen)

    # ---- an answer

    def result(
        self,
        request: Request,
        call: Call,
        response: Response,
        operation: Operation,
        options: Mapping[str, Any],
    ) -> Any:
        """Return what a call returns, made from its response.

        Raises:
            ApiException: the status is not a success, or the body can't be used.
        """
        status = response.status
        expression = operation.responses.get(status)
        if status == 206 and call.stream:  # the rest of a download
            expression = "file"
        if status in operation.not_ready or (expression is None and not 200 <= status < 300):
            raise call.finish(self.error(response, operation), request)
        if options.get("_preload_content") is False:
            from .rest import raw_response

            self._remember(response, None)
            return raw_response(response)
        if expression is None:  # a success that the spec doesn't know
            expression = operation.result_type if response.data or call.stream else ""
            response.drift.append(codec.Drift("status", str(sorted(operation.responses)), str(status)))
        try:
            data = self._decode(response, expression, call, options)
        except ApiException as error:
            error.headers = response.headers
            error.request_id = response.request_id
            if isinstance(error, ApiDecodeError):
                error.status = status
            raise call.finish(error, request) from None
        if response.drift:
            self._report(response, operation)
        self._remember(response, data)
        if options.get("_return_http_data_only") is False:
            return data, status, response.headers
        return data

    def _decode(self, response: Response, expression: str, call: Call, options: Mapping[str, Any]) -> Any:
        if expression == "file":
            from .downloads import save

            return save(response, call, options)
        if not expression or response.status in (204, 205):
            response.discard()
            return None
        data = response.read(call.config.max_body_size)
        content_type = response.header("content-type") or ""
        if expression == "str" and content_type and not JSON.match(content_type):
            return codec.text_of(data, content_type)
        return codec.decode(
            data, expression, response.drift, strict=call.config.strict_responses, content_type=content_type
        )

    def error(self, response: Response, operation: Operation | None) -> ApiException:
        """Return the error for an answer that is not a success."""
        status = response.status
        data = response.read(self.configuration.max_body_size)
        body = codec.body_text(data, response.header("content-type") or "")
        for secret in policies.secrets(self.configuration):  # a server may send back what it was sent
            body = body.replace(secret, "***")
            response.mask(secret)
        wait = policies.retry_after(response.header("retry-after"))
        not_ready = operation is not None and status in operation.not_ready
        kind: type[ApiException] = ApiNotReady if not_ready else error_class(status)
        error = kind(status, response.reason, body=body, headers=response.headers, retry_after=wait)
        error.request_id = response.request_id
        self._remember(response, body)
        return error

    def _remember(self, response: Response, data: Any) -> None:
        self._mine.last = self.latest = (response, data)

    def _report(self, response: Response, operation: Operation) -> None:
        first = response.drift[0]
        self.configuration.logger["package_logger"].warning(
            "%s: the answer differs from the spec (%d), first at %s: expected %s",
            operation.id, len(response.drift), first.path, first.expected,
        )  # fmt: skip

    # ---- beside calls

    def stream(
        self,
        operation: Operation,
        values: Sequence[Any],
        options: Mapping[str, Any] | None = None,
        *,
        path: str | None = None,
        name: str = "",
    ) -> Iterator[Any]:
        """Call an operation and yield the items of a list in its answer as they come; see `rows.stream`."""
        for batch in self.batches(operation, values, options, path=path, name=name):
            yield from batch

    def batches(
        self,
        operation: Operation,
        values: Sequence[Any],
        options: Mapping[str, Any] | None = None,
        *,
        path: str | None = None,
        name: str = "",
    ) -> Generator[list[Any], None, Any]:
        """As `stream`, but yield lists of many items; return the rest of the answer, its list empty."""
        from .rows import place_of, split

        options = options or {}
        keys, item = place_of(operation.result_type, path)
        request, _ = self.prepare(operation, values, options, name)
        call = self.budget(options, stream=True)
        response = self.exchange(request, call)
        if not 200 <= response.status < 300 or response.status in operation.not_ready:
            raise call.finish(self.error(response, operation), request)
        self._remember(response, None)
        try:
            rest = yield from split(
                response.chunks(), keys, item, response.drift, strict=call.config.strict_responses
            )
            content_type = response.header("content-type") or ""
            answer = codec.decode(rest, operation.result_type, response.drift, content_type=content_type)
        except ApiException as error:
            raise call.finish(error, request) from None
        finally:
            response.discard()
        if response.drift:
            self._report(response, operation)
        self._remember(response, answer)
        return answer

    def as_curl(
        self, operation: Operation, values: Sequence[Any], options: Mapping[str, Any] | None = None
    ) -> str:
        """Return the curl command that sends the same request, credentials and form values masked."""
        from .curl import curl

        request, _ = self.prepare(operation, values, options or {})
        return curl(request)


__all__ = ["ApiClient", "Controller"]
