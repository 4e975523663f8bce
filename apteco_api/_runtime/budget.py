"""The budget of a call: the time, size and attempts that it may use, and has used."""

from __future__ import annotations

import random
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from .exceptions import ApiException, ApiTimeout, ApiTypeError, ApiValueError
from .operation import is_stream
from .package import package_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .configuration import Configuration
    from .masking import Mask
    from .operation import Operation
    from .request import Request


LONGEST = 1e8
"""Most seconds of any timeout: three years, as system calls refuse longer ones."""


class RetryRule:
    """The rule for retries.

    Args:
        setting: `Configuration.retries`: None, a number, False, or a `urllib3.Retry`.

    Attributes:
        refusals: statuses that mean that the server did not process the request; any request is sent again
            after them.
    """

    total = 3
    connect: int | None = None
    read: int | None = None
    status: int | None = None
    statuses = frozenset((429, 502, 503, 504))
    methods: frozenset[str] | None = None
    factor: float | None = None
    respect_retry_after = True
    refusals: frozenset[int] = frozenset((429,))

    def __init__(self, setting: Any) -> None:
        if setting is None or setting is True:
            return
        if isinstance(setting, int):  # False is 0
            self.total = max(0, setting)
        elif hasattr(setting, "status_forcelist"):  # a urllib3.Retry
            limits = (setting.connect, setting.read, setting.status)
            numbers = [limit for limit in limits if isinstance(limit, int)]
            # Without a total, only the limits for each kind of failure apply.
            self.total = int(setting.total) if setting.total is not None else sum(numbers) or 3
            self.connect, self.read, self.status = setting.connect, setting.read, setting.status
            self.statuses = frozenset(setting.status_forcelist or ()) | {429, 503}
            self.methods = frozenset(setting.allowed_methods) if setting.allowed_methods else None
            self.factor = setting.backoff_factor
            self.respect_retry_after = setting.respect_retry_after_header
        else:
            kind = type(setting).__name__
            raise ApiTypeError(f"retries must be a number, False, None or a urllib3.Retry, not {kind}")

    def allows(self, request: Request) -> bool:
        """Return whether sending the request twice is safe."""
        return request.idempotent or (self.methods is not None and request.method in self.methods)


class Call:
    """A running call: its budget and its history.

    Args:
        config: settings, read now.
        rule: the rule for retries.
        timeout: seconds for the whole call.
        connect_timeout: seconds for one connection attempt.
        read_timeout: longest wait for the server, in seconds.
        stream: whether the body is streamed, not read into memory.
        retries: number of retries, instead of the rule's.
        limited: False for a stream whose time is limited only from one chunk to the next.

    Attributes:
        request: the request, without its credential.
        sent: credentials that were sent with the attempts.
        resumes: whether the rest of an unfinished download is requested.
    """

    __slots__ = (
        "attempts", "cancelled", "config", "connect_timeout", "connection", "deadline", "limited", "max_size",
        "random", "read_timeout", "request", "resumes", "retries", "rule", "sent", "started", "stream",
        "timeout",
    )  # fmt: skip

    def __init__(
        self,
        config: Configuration,
        rule: RetryRule,
        timeout: float,
        connect_timeout: float,
        read_timeout: float | None,
        stream: bool = False,
        retries: int | None = None,
        limited: bool = True,
    ) -> None:
        self.config = config
        self.limited = limited
        self.request: Request | None = None
        self.sent: list[str] = []
        self.rule = rule
        self.timeout = timeout
        self.connect_timeout = connect_timeout
        self.read_timeout = read_timeout
        self.started = time.monotonic()
        self.deadline = self.started + timeout
        self.attempts: list[str] = []
        self.stream = stream
        self.resumes = False
        self.retries = rule.total if retries is None else retries
        self.max_size = config.max_download_size if stream else config.max_body_size
        self.random: Callable[[], float] = random.random
        self.cancelled = False
        self.connection: Any = None

    def left(self, phase: str) -> float:
        """Return the remaining seconds.

        Raises:
            ApiTimeout: no time is left.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise self.timed_out(phase)
        return left

    def timed_out(self, phase: str, sent: bool | str = "unknown") -> ApiTimeout:
        """Return the error for a call whose time is over."""
        return ApiTimeout(0, f"no answer within {self.timeout:g} s ({phase})", phase=phase, sent=sent)

    def sleep(self, seconds: float) -> None:
        """Wait; cancelling the call ends the wait."""
        end = time.monotonic() + seconds
        while not self.cancelled and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))

    def cancel(self) -> None:
        """Cancel the call from another thread: shut its socket and end its waits."""
        self.cancelled = True
        connection = self.connection
        sock = None if connection is None else connection.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    @property
    def elapsed(self) -> float:
        """Seconds since the call began."""
        return time.monotonic() - self.started

    def paused(self, seconds: float) -> None:
        """Extend the deadline by the time that the caller of a stream spent between two chunks."""
        self.deadline += seconds
        self.started += seconds

    def progressed(self) -> None:
        """Restart the time after a chunk of a stream that has no time limit for the whole."""
        if not self.limited:
            self.deadline = time.monotonic() + self.timeout

    def mask(self) -> Mask:
        """Return the mask for the secrets of this call."""
        from .masking import mask_for

        return mask_for(self.config, self.request, self.sent)

    def clean(self, text: str, limit: int = 300) -> str:
        """Make a text safe to show: mask secrets, escape control characters, shorten it."""
        from .codec.texts import printable, shortened

        return shortened(printable(self.mask()(text)), limit)

    def finish(self, error: ApiException, request: Request) -> ApiException:
        """Add facts of the call to an error, and mask its secrets."""
        from .masking import conceal

        if self.request is None:
            self.request = request
        error.operation = request.label
        error.attempts = tuple(self.attempts)
        error.elapsed = self.elapsed
        conceal(error, self.mask())
        return error


def times(given: Any, config: Configuration) -> tuple[float, float, float | None]:
    """Return the seconds for the whole call, for connecting, and for one wait for the server.

    As published, 0 and values that are not a time mean the configured times; a `urllib3.Timeout` is accepted.

    Raises:
        ApiTypeError, ApiValueError: a value that the published client also refuses.
    """
    total, connect, read = _configured(config)
    if given is None:
        return total, connect, read
    if hasattr(given, "connect_timeout") and hasattr(given, "total"):  # a urllib3.Timeout
        total, first = _seconds(given.total) or total, _seconds(given.connect_timeout)
        silence = _seconds(getattr(given, "_read", None))  # the public property works only during a call
        return total, min(first or connect, total), silence or read
    if isinstance(given, tuple | list) and len(pair := cast("Sequence[Any]", given)) == 2:
        first, silence = (_seconds(value, pair=True) for value in pair)
        return total, first or connect, silence or read
    if (whole := _seconds(given)) is None:
        if not (isinstance(given, int | float) and given == 0):
            kind = type(cast("object", given)).__name__
            shown = given if isinstance(given, int | float) else f"a {kind}"
            text = "_request_timeout takes seconds, not %s: the configured times apply"
            package_logger().warning(text, shown)
        return total, connect, read
    return whole, min(connect, whole), read


def _configured(config: Configuration) -> tuple[float, float, float | None]:
    read = config.read_timeout
    return (
        _setting(config.timeout, "timeout"),
        _setting(config.connect_timeout, "connect_timeout"),
        None if read is None else _setting(read, "read_timeout"),
    )


def _setting(value: Any, name: str) -> float:
    """Return a configured number of seconds. For any other value, raise an error that names the setting."""
    if type(value) is float and 0 < value <= LONGEST:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ApiTypeError(f"{name} must be a number of seconds, got {type(value).__name__}")
    if not 0 < value < float("inf"):
        raise ApiValueError(f"{name} must be more than 0 seconds, got {value}")
    return float(min(value, LONGEST))


def _seconds(value: Any, *, pair: bool = False) -> float | None:
    """Return a number of seconds, at most LONGEST; None for 0 and for values that are not a time.

    Args:
        value: a number, or the text of a number.
        pair: whether the value is one of a pair, where only numbers and None are allowed.
    """
    if isinstance(value, bool) or (pair and not isinstance(value, int | float | None)):
        kind = type(value).__name__
        raise ApiTypeError(f"_request_timeout must be a number of seconds or a pair of them, got {kind}")
    try:
        seconds = float(cast("Any", value))
    except (TypeError, ValueError, OverflowError):
        return None
    if seconds < 0:
        raise ApiValueError(f"_request_timeout must be more than 0 seconds, got {value}")
    return min(seconds, LONGEST) if 0 < seconds < float("inf") else None


def streams(operation: Operation, options: Mapping[str, Any]) -> bool:
    """Return whether an operation's body is streamed, not read into memory."""
    bodies = operation.responses.values()
    return "file" in bodies or any(map(is_stream, bodies)) or options.get("_preload_content") is False
