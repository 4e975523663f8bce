"""The generated client with the conventions of this API: success, failures, refusals, log."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .client._runtime import answers
from .client._runtime.client import ApiClient
from .client._runtime.codec.decode import decode
from .client._runtime.codec.encode import encode
from .client._runtime.exceptions import ApiException, ApiTimeout, ApiTransportError
from .client.models import Outcome
from .exceptions import APIException, message_of, object_in
from .jsonvalues import is_object
from .naming import CALL

if TYPE_CHECKING:
    from .client._runtime.budget import Call
    from .client._runtime.configuration import Configuration
    from .client._runtime.operation import Operation
    from .client._runtime.policies import Onward, Steps
    from .client._runtime.request import Request
    from .client._runtime.response import Response


class Connection(ApiClient):
    """The connection to the API. A reply whose `success` is not true raises `APIException`, like any failure.

    A request of any verb that the server refuses for the moment (429, 503) is sent again. Its events without
    a time then get the time of the first attempt, as the server would use the later time.

    Args:
        configuration: settings.
        patience: the seconds that the message of a timeout shows.
        logger: gets each request's verb and address (never its query, its body or its credentials), its
            status, and the name of a call that failed.
    """

    def __init__(self, configuration: Configuration, patience: object, logger: logging.Logger) -> None:
        super().__init__(configuration)
        self.patience = patience
        self.logger = logger
        self.pipeline.rule.refusals = frozenset((429, 503))
        self.policies = (*self.policies, dated_again)

    def call(
        self,
        operation: Operation,
        values: Sequence[Any],
        options: Mapping[str, Any] | None = None,
        *,
        name: str = "",
        host: str | None = None,
    ) -> Any:
        """Call an operation; see the class."""
        try:
            return super().call(operation, values, options, name=name, host=host)
        except APIException as error:
            error.call = CALL.get() or name or f"{operation.method} {operation.path.partition('?')[0]}"
            self.logger.error("%s failed: %s", error.call, error.outcome)
            raise

    def exchange(self, request: Request, call: Call) -> Response:
        """Send a request; see the class."""
        self.logger.debug("Sending %s request to %s", request.method, _address(request))
        try:
            response = super().exchange(request, call)
        except ApiException as error:
            raise self._unanswered(error) from error
        self.logger.debug("Response status code: %d", response.status)
        return response

    def result(
        self,
        request: Request,
        call: Call,
        response: Response,
        operation: Operation,
        options: Mapping[str, Any],
    ) -> Any:
        """Return the result of a call; see the class."""
        try:
            if options.get("_preload_content") is False:
                return super().result(request, call, response, operation, options)
            if answers.promised(operation, response, call) is None:
                raise call.finish(self.error(response, operation, request), request)
            reply: Any = answers.result_of(response, request, call, operation, options)
        except ApiTransportError as error:
            raise self._unanswered(error) from error
        except ApiException as error:
            raise self._failure(response, error.retry_after) from error
        self.pipeline.remember(response, reply)
        if reply is None and not response.data and operation.result_type == "Outcome":
            reply = Outcome(success=True)
        if not _succeeded(reply):
            raise self._failure(response, None)
        # Outside lists, members that the caller reads must be present. Null is a value, as in 0.2.0.
        lacking = [each.path for each in response.drift if each.got == "nothing" and "[" not in each.path]
        if lacking:
            raise self._failure(response, None, f"the answer has no {lacking[0].removeprefix('$.')}")
        answers.report(
            response, operation, self.configuration
        )  # of a success only: a refusal has its own text
        if options.get("_return_http_data_only") is False:
            return reply, response.status, response.headers
        return reply

    def _unanswered(self, error: ApiException) -> APIException:
        if isinstance(error, ApiTimeout):
            return APIException(f"Request timeout after {self.patience} seconds.")
        return APIException(f"{error.reason} ({type(error).__name__})")

    def _failure(self, response: Response, retry_after: float | None, message: str = "") -> APIException:
        text = response.data.decode("utf-8", "replace")
        reply = object_in(text)
        return APIException(
            message or message_of(reply, text, response.status, response.reason),
            status=response.status,
            body=text,
            errors=reply.get("errors") if reply.get("error") is None else reply["error"],
            headers=dict(response.headers),
            retry_after=retry_after,
        )


def dated_again(call: Call, request: Request, onward: Onward) -> Steps:
    """Give a repeated request the time of its first attempt."""
    return (yield from onward(dated(request, time.time() - call.elapsed) if call.attempts else request))


def dated(request: Request, moment: float) -> Request:
    """Return a tracking request with a time in each event; any other request unchanged.

    Args:
        request: the request.
        moment: the time, in seconds since 1970-01-01 UTC.
    """
    address = _address(request)
    batch = address.endswith("/batch")
    if "/track/" not in address or not (batch or address.endswith("/customers/events")):
        return request
    if not isinstance(request.body, bytes):
        return request
    body: Any = decode(request.body, "object")
    commands = body.get("commands") if batch else [{"name": "customers/events", "data": body}]
    events = [each.get("data") for each in commands or () if each.get("name") == "customers/events"]
    undated = [event for event in events if is_object(event) and event.get("timestamp") is None]
    for event in undated:
        event["timestamp"] = round(moment, 6)
    return request.copy(body=encode(body)) if undated else request


def _address(request: Request) -> str:
    return request.url.partition("?")[0]


def _succeeded(reply: Any) -> bool:
    return bool(reply.get("success") if is_object(reply) else getattr(reply, "success", False))


class LastResort(logging.StreamHandler[Any]):
    """Handler that shows messages if the script has not set up logging.

    Messages about raised exceptions are shown only if the script sets the logger's level.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether nothing else shows the record: no handler of the application, and no exception."""
        raised = record.levelno >= logging.ERROR and logging.getLogger(record.name).level == logging.NOTSET
        return not logging.getLogger().handlers and not raised

    def emit(self, record: logging.LogRecord) -> None:
        """Write to the current standard error stream."""
        self.setStream(sys.stderr)
        super().emit(record)
