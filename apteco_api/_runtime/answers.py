"""A response becomes a result or an error. Pure: nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import policies
from .codec.decode import Drift, body_text, decode, text_of
from .exceptions import ApiDecodeError, ApiException, ApiNotReady, error_class
from .operation import is_stream
from .request import JSON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .budget import Call
    from .configuration import Configuration
    from .http1 import Response
    from .operation import Operation
    from .request import Request


def promised(operation: Operation, response: Response, call: Call) -> str | None:
    """Return the type expression of an operation's body for the status of a response.

    Returns:
        An empty string for no body; None if the status is not a success.
    """
    status = response.status
    if status in operation.not_ready:
        return None
    if status == 206 and call.stream:  # the rest of a download
        return "file"
    expression = operation.responses.get(status, operation.responses.get(status // 100))
    if expression is None and 200 <= status < 300:  # a success that the spec doesn't know
        return operation.result_type if response.data or call.stream else ""
    return expression


def result_of(
    response: Response, request: Request, call: Call, operation: Operation, options: Mapping[str, Any]
) -> Any:
    """Return the object that a successful response holds; what differs from the spec is listed on it.

    Raises:
        ApiResponseError: the body can't be used.
    """
    expression = promised(operation, response, call) or ""
    status, declared = response.status, operation.responses
    if declared and status not in declared and status // 100 not in declared and status != 206:
        response.drift.append(Drift("status", str(sorted(declared)), str(status)))
    try:
        return _body(response, expression, call, options)
    except ApiException as error:
        mask(error, response, request, call.config)
        error.request_id = response.request_id
        if isinstance(error, ApiDecodeError):
            error.status = status
        raise call.finish(error, request).with_traceback(None) from None


def _body(response: Response, expression: str, call: Call, options: Mapping[str, Any]) -> Any:
    if expression == "file":
        from .downloads import save

        return save(response, call, options)
    if is_stream(expression):
        from .events import open_stream

        return open_stream(expression, response, call)
    if not expression or response.status in (204, 205):
        response.discard()
        return None
    data = response.read(call.config.max_body_size)
    content_type = response.header("content-type") or ""
    if expression == "str" and content_type and not JSON.match(content_type):
        return text_of(data, content_type)
    return decode(
        data, expression, response.drift, strict=call.config.strict_responses, content_type=content_type
    )


def error_of(
    response: Response, request: Request, config: Configuration, operation: Operation | None = None
) -> ApiException:
    """Return the error for a response that is not a success."""
    status = response.status
    data = response.read(config.max_body_size)
    body = body_text(data, response.header("content-type") or "")
    wait = policies.retry_after(response.header("retry-after"))
    not_ready = operation is not None and status in operation.not_ready
    kind: type[ApiException] = ApiNotReady if not_ready else error_class(status)
    error = kind(status, response.reason, body=body, headers=response.headers, retry_after=wait)
    error.request_id = response.request_id
    mask(error, response, request, config)
    if operation is not None:
        explain(error, operation)
    return error


def explain(error: ApiException, operation: Operation) -> None:
    """Add to an error what the spec says about it: the decoded body, the role that the operation needs."""
    status = error.status or 0
    if status == 401 and not operation.security:
        error.hint = "No session is asked for here: the credentials in the request itself were refused."
    if status == 403 and operation.role:
        error.hint = f"This operation needs the role {operation.role}: ask an administrator for it."
    expression = operation.errors.get(status, operation.errors.get(status // 100, ""))
    if expression and error.body:
        try:
            error.details = decode(error.body.encode("utf-8", "replace"), expression)
        except ApiException:  # something else than what the spec declares: the body is there as text
            error.details = None


def mask(error: ApiException, response: Response, request: Request, config: Configuration) -> None:
    """Hide what a server sent back of what it was sent."""
    for secret in policies.secrets(config, request):
        error.body = error.body and error.body.replace(secret, "***")
        error.reason = error.reason and error.reason.replace(secret, "***")
        response.mask(secret)
    error.args = (error.status, error.reason)
    error.headers = response.headers


def report(response: Response, operation: Operation, config: Configuration) -> None:
    """Warn, once for a response, that it differs from the spec."""
    if not response.drift:
        return
    first = response.drift[0]
    config.logger["package_logger"].warning(
        "%s: the answer differs from the spec (%d), first at %s: expected %s",
        operation.id, len(response.drift), first.path, first.expected,
    )  # fmt: skip
