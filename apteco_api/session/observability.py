"""See what the client does: show its log, and make OpenTelemetry spans.

    aa.show_log()            # each call with its operation, status and time, on standard error
    aa.trace()               # a span for each call, to the tracer that the program has set up

Neither shows values: tokens, passwords, bodies and query strings are left out.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO

from .._runtime import policies
from .._runtime.package import package_info
from ..frames.extras import need

if TYPE_CHECKING:
    from .._runtime.budget import Call
    from .._runtime.policies import Onward, Steps
    from .._runtime.request import Request

_SECRETS = re.compile(
    r"""(?ix)
    ( (?:password|passwd|token|secret|authorization|api[_-]?key) \s* [=:] \s* ["']? (?:bearer\s+|basic\s+)?
    | \b(?:bearer|basic) \s+ )
    [^\s"',;&}]+
    """
)


class Redacting(logging.Filter):
    """A filter that masks credentials in log records. The client logs none, so this is a second guard."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record's text; keep every record."""
        text = record.getMessage()
        clean = _SECRETS.sub(r"\1***", text)
        if clean != text:
            record.msg, record.args = clean, None
        return True


def show_log(level: int | str = "DEBUG", stream: TextIO | None = None) -> Callable[[], None]:
    """Show the client's log.

    Args:
        level: the lowest level to show; `DEBUG` has a line for each request and each answer.
        stream: the stream to write to; by default standard error.

    Returns:
        A function that stops the log and restores the logger.
    """
    logger = logging.getLogger(package_info().import_name)
    before = logger.level
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    handler.addFilter(Redacting())
    logger.addHandler(handler)
    logger.setLevel(level)

    def end() -> None:
        logger.removeHandler(handler)
        logger.setLevel(before)

    return end


def trace(tracer_provider: Any = None) -> Callable[[], None]:
    """Make an OpenTelemetry span for every call of every client of this process.

    A span has the operation's name, and method, server, status and number of retries as attributes. Its id is
    sent as `traceparent`. A session calls this by itself in a program that has imported OpenTelemetry.

    Args:
        tracer_provider: makes the tracer; by default the provider that the program has set up.

    Returns:
        A function that stops tracing.

    Raises:
        MissingExtra: opentelemetry-api is not installed.
    """
    api = need("opentelemetry.trace", "otel")
    propagate = need("opentelemetry.propagate", "otel")
    info = package_info()
    tracer = api.get_tracer(info.distribution, info.version, tracer_provider)

    def span(call: Call, request: Request, onward: Onward) -> Steps:
        opened = tracer.start_span(
            request.label,
            kind=api.SpanKind.CLIENT,
            attributes={
                "http.request.method": request.method,
                "server.address": request.origin.host,
                "server.port": request.origin.port,
            },
        )
        headers = dict(request.headers)
        propagate.inject(headers, api.set_span_in_context(opened))
        try:
            response = yield from onward(request.copy(headers=headers))
            opened.set_attribute("http.response.status_code", response.status)
            if response.status >= 400:
                opened.set_status(api.StatusCode.ERROR)
                opened.set_attribute("error.type", str(response.status))
            return response
        except BaseException as error:
            opened.set_status(api.StatusCode.ERROR)
            opened.set_attribute("error.type", type(error).__name__)
            raise
        finally:
            if call.attempts:
                opened.set_attribute("http.request.resend_count", len(call.attempts))
            opened.end()

    end_tracing()
    _tracing.append(policies.add_everywhere(span))
    return end_tracing


_tracing: list[Callable[[], None]] = []


def end_tracing() -> None:
    """Stop making spans."""
    while _tracing:
        _tracing.pop()()


def trace_if_used() -> None:
    """Start tracing if the program has imported OpenTelemetry. Import nothing."""
    if not _tracing and "opentelemetry.trace" in sys.modules:
        trace()
