"""The generated client with the manners of this API: success, failures, log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .client._runtime.client import ApiClient
from .client._runtime.exceptions import ApiException, ApiTimeout, ApiTransportError
from .client.models import Outcome
from .exceptions import APIException, message_of, object_in
from .jsonvalues import is_object

if TYPE_CHECKING:
    from .client._runtime.budget import Call
    from .client._runtime.configuration import Configuration
    from .client._runtime.http1 import Response
    from .client._runtime.operation import Operation
    from .client._runtime.request import Request


class Connection(ApiClient):
    """Calls the API. A reply whose `success` is not true is an `APIException`, as are other failures.

    Args:
        configuration: settings.
        patience: what a timeout's message says was waited for.
        logger: gets each request's verb and address (never its query, its body or its credentials) and its
        status.
    """

    def __init__(self, configuration: Configuration, patience: object, logger: logging.Logger) -> None:
        super().__init__(configuration)
        self.patience = patience
        self.logger = logger

    def exchange(self, request: Request, call: Call) -> Response:
        """Send a request; see the class."""
        self.logger.debug("Sending %s request to %s", request.method, _address(request))
        try:
            response = super().exchange(request, call)
        except ApiException as error:
            raise self._unanswered(error, request) from error
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
        """Return what a call returns; see the class."""
        try:
            answer = super().result(request, call, response, operation, options)
        except ApiTransportError as error:
            raise self._unanswered(error, request) from error
        except ApiException as error:
            raise self._failure(response, error.retry_after, operation) from error
        if options.get("_preload_content") is False:
            return answer
        whole = options.get("_return_http_data_only") is False
        reply: Any = answer[0] if whole else answer
        if reply is None and not response.data and operation.result_type == "Outcome":
            reply = Outcome(success=True)
        # Outside lists, a part that the caller would read must be there.
        lacking = any(each.got == "nothing" and "[" not in each.path for each in response.drift)
        if lacking or not _succeeded(reply):
            raise self._failure(response, None, operation)
        return (reply, *answer[1:]) if whole else reply

    def _unanswered(self, error: ApiException, request: Request) -> APIException:
        kind = type(error).__name__
        self.logger.error("%s request to %s failed: %s", request.method, _address(request), kind)
        if isinstance(error, ApiTimeout):
            return APIException(f"Request timeout after {self.patience} seconds.")
        return APIException(f"{error.reason} ({kind})")

    def _failure(self, response: Response, retry_after: float | None, operation: Operation) -> APIException:
        self.logger.error("%s was answered with a failure, status %d", operation.id, response.status)
        text = response.data.decode("utf-8", "replace")
        reply = object_in(text)
        return APIException(
            message_of(reply, text),
            status=response.status,
            body=text,
            errors=reply.get("errors") if reply.get("error") is None else reply["error"],
            headers=dict(response.headers),
            retry_after=retry_after,
        )


def _address(request: Request) -> str:
    return request.url.partition("?")[0]


def _succeeded(reply: Any) -> bool:
    return bool(reply.get("success") if is_object(reply) else getattr(reply, "success", False))


class LastResort(logging.StreamHandler[Any]):
    """Shows the messages of a script that has not set up logging; silent once it has."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))

    def filter(self, record: logging.LogRecord) -> bool:
        """True when no handler of the application will see the record."""
        return not logging.getLogger().handlers

    def emit(self, record: logging.LogRecord) -> None:
        """Write to what is the standard error stream now."""
        self.setStream(sys.stderr)
        super().emit(record)
