"""A response becomes a result or an error. Pure: nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import policies
from .codec.decode import body_text, decode, text_of
from .exceptions import ApiDecodeError, ApiException, ApiNotReady, error_class
from .masking import conceal, mask_for
from .operation import is_stream
from .package import package_logger
from .proxies import proxy_for
from .request import JSON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .budget import Call
    from .configuration import Configuration
    from .operation import Operation
    from .request import Request
    from .response import Response


def promised(operation: Operation, response: Response, call: Call) -> str | None:
    """Return the type expression of an operation's body for the status of a response.

    Returns:
        The type expression; an empty string for no body; None if the status is not a success.
    """
    status = response.status
    if status in operation.not_ready:
        return None
    if status == 206 and call.stream:  # the rest of a download
        return "file"
    if status == 416 and call.resumes:  # no bytes follow; `downloads` checks whether the file is complete
        return "file"
    expression = operation.responses.get(status, operation.responses.get(status // 100))
    if expression is None and 200 <= status < 300:  # a success that is not in the spec
        return operation.result_type if response.data or call.stream else ""
    return expression


def result_of(
    response: Response, request: Request, call: Call, operation: Operation, options: Mapping[str, Any]
) -> Any:
    """Return the object in a successful response; differences from the spec are listed on the response.

    Raises:
        ApiResponseError: the body can't be used.
    """
    expression = promised(operation, response, call) or ""
    status, declared = response.status, operation.responses
    if declared and status not in declared and status // 100 not in declared and status not in (206, 416):
        response.drift.add_status(declared, status)
    try:
        return _body(response, expression, call, options)
    except ApiException as error:
        response.mask(call.mask())
        error.headers = response.headers
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
        return text_of(data, content_type, call)
    strict = call.config.strict_responses
    return decode(data, expression, response.drift, strict=strict, content_type=content_type, call=call)


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
    if status == 407 and (proxy := proxy_for(request.origin, config)) is not None:
        error.hint = f"The proxy {proxy.name} answered, not the server: check its user and password."
    hide = mask_for(config, request)
    response.mask(hide)
    error.request_id, error.headers = response.request_id, response.headers
    conceal(error, hide)
    if operation is not None:
        explain(error, operation)
    if response.hint:
        error.hint = response.hint
    return error


def explain(error: ApiException, operation: Operation) -> None:
    """Add facts from the spec to an error: the decoded body, the role that the operation needs."""
    status = error.status or 0
    if status == 401 and not operation.security:
        error.hint = "This operation needs no session: the credentials in the request itself were refused."
    if status in (404, 405) and operation.since:
        error.hint = (
            f"{operation.id} exists since {operation.since}: an older server answers {status}. "
            "On a newer one, check the names in the path."
        )
    if status == 403 and operation.role:
        error.hint = f"This operation needs the role {operation.role}: ask an administrator for it."
    told = next((key for key in (status, status // 100, 0) if key in operation.errors), None)
    expression = "" if told is None else operation.errors[told]
    if expression and error.body:
        try:
            error.details = decode(error.body.encode("utf-8", "replace"), expression)
        except ApiException:  # not the declared type; the body stays available as text
            error.details = None


def report(response: Response, operation: Operation, config: Configuration) -> None:
    """Warn, once for a response, that it differs from the spec."""
    if not response.drift:
        return
    first = response.drift[0]
    package_logger().warning(
        "%s: the answer differs from the spec (%d), first at %s: expected %s",
        operation.id, response.drift.total, first.path, first.expected,
    )  # fmt: skip
