"""The generated client with the manners of this API: success, failures, log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from .client.models import Outcome
from .client.runtime.api_client import ApiClient
from .client.runtime.exceptions import ApiException, ApiTimeout, ApiTransportError
from .exceptions import APIException, message_of, object_in

if TYPE_CHECKING:
    from .client.runtime.configuration import Configuration
    from .client.runtime.operation import Operation
    from .client.runtime.policies import Call
    from .client.runtime.request import Request
    from .client.runtime.wire import Response


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
        address = request.url.partition("?")[0]
        self.logger.debug("Sending %s request to %s", request.method, address)
        try:
            response = super().exchange(request, call)
        except ApiException as error:
            self.logger.error("%s request to %s failed: %s", request.method, address, type(error).__name__)
            if isinstance(error, ApiTimeout):
                raise APIException(f"Request timeout after {self.patience} seconds.") from error
            raise APIException(f"{error.reason} ({type(error).__name__})") from error
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
            raise APIException(f"{error.reason} ({type(error).__name__})", status=response.status) from error
        except ApiException as error:
            raise self._failure(response, error.retry_after, operation) from error
        if options.get("_preload_content") is False:
            return answer
        whole = options.get("_return_http_data_only") is False
        reply = answer[0] if whole else answer
        if reply is None and not response.data and operation.result_type == "Outcome":
            reply = Outcome(success=True)
        success = (
            cast("dict[str, Any]", reply).get("success")
            if isinstance(reply, dict)
            else reply and reply.success
        )
        # Outside lists, a part that the caller would read must be there.
        if not success or any(each.got == "nothing" and "[" not in each.path for each in response.drift):
            raise self._failure(response, None, operation)
        return (reply, *answer[1:]) if whole else reply

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
