"""A response: its head, and its body, which may be unread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .codec.drift import Differences
from .exceptions import ResponseTooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from urllib3 import HTTPHeaderDict

    from .masking import Mask

Pairs = list[tuple[str, str]]
"""Headers in the order in which they were received."""


class Response:
    """A response: its head, and its body as bytes in `data`, or unread in `chunks()`.

    Attributes:
        status, reason: from the status line.
        pairs: headers as they were received.
        data: the decoded body, after `read()`.
        drift: the differences of the body from the spec.
        elapsed: seconds from the call to the end of the body.
        attempts: history of the attempts, if there was more than one.
        request_id: the server's id for the request.
        hint: a policy's hint for the error that this response leads to; replaces the usual hint.
    """

    __slots__ = (
        "_headers", "_lower", "_source", "attempts", "data", "drift", "elapsed", "hint", "method", "pairs",
        "reason", "release", "request_id", "status", "total",
    )  # fmt: skip

    def __init__(self, status: int, reason: str, pairs: Pairs, method: str = "GET") -> None:
        self.status = status
        self.reason = reason
        self.pairs = pairs
        self.method = method
        self.data: bytes = b""
        self.drift = Differences()
        self.elapsed = 0.0
        self.attempts: tuple[str, ...] = ()
        self.request_id = ""
        self.hint = ""
        self.total: int | None = None
        self.release: Callable[[bool], None] | None = None
        self._source: Iterator[bytes] | None = None
        self._lower: dict[str, str] | None = None
        self._headers: HTTPHeaderDict | None = None

    def header(self, name: str) -> str | None:
        """Return a header by its lower-case name; repeated headers are joined by commas."""
        lower = self._lower
        if lower is None:
            lower = self._lower = {}
            for key, value in self.pairs:
                key = key.lower()
                lower[key] = f"{lower[key]}, {value}" if key in lower else value
        return lower.get(name)

    @property
    def headers(self) -> HTTPHeaderDict:
        """The headers in urllib3's type, which ignores case and keeps repeated headers."""
        if self._headers is None:
            from urllib3 import HTTPHeaderDict

            self._headers = HTTPHeaderDict()
            for name, value in self.pairs:
                self._headers.add(name, value)
        return self._headers

    def getheaders(self) -> HTTPHeaderDict:
        """Return the headers (published name)."""
        return self.headers

    def mask(self, mask: Mask) -> None:
        """Mask secrets in the reason, the request id and similar texts of the server."""
        self.pairs = [(mask(name), mask(value)) for name, value in self.pairs]
        self.reason = mask(self.reason)
        self.request_id = mask(self.request_id)
        self._headers = self._lower = None

    def attach(self, source: Iterator[bytes], release: Callable[[bool], None]) -> None:
        """Set the body: an iterator, and a function that releases the connection (True: reusable)."""
        self._source = source
        self.release = release

    def chunks(self) -> Iterator[bytes]:
        """Yield the decoded body as it arrives; release the connection at the end."""
        source, self._source = self._source, None
        if source is None:
            return
        done = False
        try:
            yield from source
            done = True
        finally:
            self.free(done)

    def read(self, limit: int) -> bytes:
        """Return the whole body.

        Raises:
            ResponseTooLarge: the body is over the limit.
        """
        if self._source is not None:
            self.data = gathered(self.chunks(), limit, self.status)
        return self.data

    def discard(self) -> None:
        """Discard an unread body and close its connection."""
        if self._source is not None:
            self._source = None
            self.free(False)

    def free(self, reusable: bool) -> None:
        """Release the connection, once."""
        release, self.release = self.release, None
        if release is not None:
            release(reusable)


def too_large(limit: int, status: int = 200) -> ResponseTooLarge:
    """Return the error for a body over a limit."""
    return ResponseTooLarge(status, f"the answer is larger than {limit} bytes", limit=limit)


def gathered(source: Iterable[bytes], limit: int, status: int = 200) -> bytes:
    """Join the chunks of a body.

    Raises:
        ResponseTooLarge: the body is over the limit.
    """
    parts: list[bytes] = []
    small: list[bytes] = []
    size = 0
    for part in source:
        size += len(part)
        if size > limit:
            raise too_large(limit, status)
        small.append(part)
        if len(small) == 256:  # join tiny chunks now, as many objects would take a multiple of their size
            parts.append(b"".join(small))
            small.clear()
    parts += small
    return parts[0] if len(parts) == 1 else b"".join(parts)
