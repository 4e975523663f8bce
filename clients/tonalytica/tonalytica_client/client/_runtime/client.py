"""The client below `ApiClient`: one call in five steps.

values -> request (`request.build`) -> policies (`policies.steps`) -> connection (`transport.send`)
-> bytes -> object (`codec.decode`)
"""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

from . import policies
from .budget import Call, RetryRule, streams, times
from .codec.decode import body_text, decode, text_of
from .configuration import Configuration
from .exceptions import ApiDecodeError, ApiException, ApiNotReady, ApiTypeError, error_class
from .hidden import hidden
from .masking import conceal, mask_for
from .operation import CallOptions
from .policies import Send, Wait
from .proxies import proxy_for
from .renewal import renewal_of
from .request import JSON, Request, build
from .transport import Transport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from .api_client import ApiClient
    from .operation import Operation
    from .response import Response
    from .rest import RESTResponse

OPTIONS = frozenset(CallOptions.__annotations__)
REQUEST_IDS = ("x-request-id", "x-correlation-id", "request-id", "traceparent")


class Controller:
    """The base of the generated sections of an API.

    Args:
        api_client: the client to call through; a new one with the default configuration if not given.
    """

    operations: ClassVar[Mapping[str, Operation]] = {}

    def __init__(self, api_client: ApiClient | None = None) -> None:
        if api_client is None:
            from .api_client import ApiClient as Default

            api_client = Default()
        self.api_client = api_client

    def _call(self, name: str, values: Sequence[Any], options: Mapping[str, Any]) -> Any:
        return self.api_client.call(self.operations[name], values, options, name=name)

    def _call_with_http_info(self, name: str, values: Sequence[Any], options: Mapping[str, Any]) -> Any:
        # The published form accepts _return_http_data_only here too.
        options = {"_return_http_data_only": False, **options}
        return self.api_client.call(self.operations[name], values, options, name=name)


@hidden("default_headers", "cookie")
class Client:
    """Calls the operations of an API; see `ApiClient`, which everybody uses.

    Args:
        configuration: settings; the object itself is kept, so later changes count.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.default_headers: dict[str, str] = {}
        self.cookie: str | None = None
        self.client_side_validation = self.configuration.client_side_validation
        self.transport = Transport(self.configuration)
        self.rule = RetryRule(self.configuration.retries)
        self.renewal = renewal_of(self.configuration)
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
        """Close the idle connections; a later call opens new ones."""
        self.transport.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.configuration!r}>"

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
        host: str | None = None,
    ) -> Any:
        """Call an operation.

        Args:
            operation: what to call.
            values: its arguments in the order of its parameters; None means not given.
            options: as in `CallOptions`.
            name: Python name of the method, for messages.
            host: base URL instead of the configured one.

        Returns:
            The result; with `_return_http_data_only=False`, `(result, status, headers)`; with
            `_preload_content=False`, the raw urllib3 response.

        Raises:
            ApiTypeError, ApiValueError: an argument can't be sent; nothing was.
            ApiException: no result; its class says why.
        """
        options = options or {}
        request, call = self.prepare(operation, values, options, name, host)
        return self.result(request, call, self.exchange(request, call), operation, options)

    def prepare(
        self,
        operation: Operation,
        values: Sequence[Any],
        options: Mapping[str, Any],
        name: str = "",
        host: str | None = None,
    ) -> tuple[Request, Call]:
        """Return the request for a call and its budget; nothing is sent."""
        extra: Mapping[str, str] | None = None
        if options:
            for key in options:
                if key not in OPTIONS:
                    text = f"Got an unexpected keyword argument '{key}' to method {name or operation.id}"
                    raise ApiTypeError(text)
            extra = options.get("_headers")
            if idempotency := options.get("_idempotency_key"):
                extra = {**(extra or {}), "Idempotency-Key": idempotency}
        config = self.configuration
        request = build(
            operation, values, config, self.default_headers,
            name=name, validate=self.client_side_validation, extra=extra, cookie=self.cookie, host=host,
        )  # fmt: skip
        stream = streams(operation, options)
        if options.get("_progress") and request.body is not None and not isinstance(request.body, bytes):
            request.body.progress = options["_progress"]
        if stream and options.get("_resume"):
            from .downloads import Destination

            request.headers.update(Destination(options, config).range_headers())
        raw = options.get("_preload_content") is False
        limited = not raw or isinstance(options.get("_request_timeout"), int | float)
        return request, self.budget(options, stream, limited=limited)

    def budget(self, options: Mapping[str, Any], stream: bool = False, *, limited: bool = True) -> Call:
        """Return the time, size and retries that a call may use."""
        config = self.configuration
        total, connect, read = times(options.get("_request_timeout"), config)
        return Call(config, self.rule, total, connect, read, stream, options.get("_retries"), limited)

    def exchange(self, request: Request, call: Call) -> Response:
        """Send a request through the policies.

        Raises:
            ApiTransportError: no complete answer came back.
        """
        call.request = request
        try:
            response = policies.drive(policies.steps(call, request), partial(self._perform, call))
        except ApiException as error:
            # The frames below hold the request with its credential, and tools write frames out.
            raise call.finish(error, request).with_traceback(None) from None
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
        expression = operation.responses.get(status, operation.responses.get(status // 100))
        if status == 206 and call.stream:  # the rest of a download
            expression = "file"
        if status in operation.not_ready or (expression is None and not 200 <= status < 300):
            raise call.finish(self.error(response, operation, request), request)
        if options.get("_preload_content") is False:
            from .rest import raw_response

            self.remember(response, None)
            return raw_response(response, call)
        if expression is None:  # a success that the spec doesn't know
            expression = operation.result_type if response.data or call.stream else ""
            if operation.responses:
                response.drift.add_status(operation.responses, status)
        try:
            data = self._decode(response, expression, call, options)
        except ApiException as error:
            response.mask(call.mask())
            error.headers = response.headers
            error.request_id = response.request_id
            if isinstance(error, ApiDecodeError):
                error.status = status
            raise call.finish(error, request).with_traceback(None) from None
        self.report(response, operation)
        self.remember(response, data)
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
            return text_of(data, content_type, call)
        strict = call.config.strict_responses
        return decode(data, expression, response.drift, strict=strict, content_type=content_type, call=call)

    def error(self, response: Response, operation: Operation | None, request: Request) -> ApiException:
        """Return the error for an answer that is not a success."""
        status = response.status
        data = response.read(self.configuration.max_body_size)
        body = body_text(data, response.header("content-type") or "")
        wait = policies.retry_after(response.header("retry-after"))
        not_ready = operation is not None and status in operation.not_ready
        kind: type[ApiException] = ApiNotReady if not_ready else error_class(status)
        error = kind(status, response.reason, body=body, headers=response.headers, retry_after=wait)
        if status == 401 and operation is not None and not operation.security:
            error.hint = "No session is asked for here: the credentials in the request itself were refused."
        if status == 407 and (proxy := proxy_for(request.origin, self.configuration)) is not None:
            error.hint = f"The proxy {proxy.name} answered, not the server: check its user and password."
        if operation is not None and (expression := operation.errors.get(status)):
            with suppress(ApiException):
                error.details = decode(data, expression)
        mask = mask_for(self.configuration, request)
        response.mask(mask)
        error.request_id, error.headers = response.request_id, response.headers
        conceal(error, mask)
        self.remember(response, error.body)
        return error

    def remember(self, response: Response, data: Any) -> None:
        """Make an answer the last one of this thread."""
        self._mine.last = self.latest = (response, data)

    def report(self, response: Response, operation: Operation) -> None:
        """Warn, once for an answer, that it differs from the spec."""
        if not response.drift:
            return
        first = response.drift[0]
        self.configuration.logger["package_logger"].warning(
            "%s: the answer differs from the spec (%d), first at %s: expected %s",
            operation.id, response.drift.total, first.path, first.expected,
        )  # fmt: skip
