"""An answer: its head, and its body, read already or still to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .codec.drift import Differences
from .exceptions import ResponseTooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from urllib3 import HTTPHeaderDict

    from .masking import Mask

Pairs = list[tuple[str, str]]
"""Headers in the order in which they came."""


class Response:
    """An answer: its head, and its body as bytes in `data`, or still to be read through `chunks()`.

    Attributes:
        status, reason: of the status line.
        pairs: headers as they came.
        data: the decoded body, once `read()` has run.
        drift: where the body differs from the spec.
        elapsed: seconds from the call to the end of the body.
        attempts: history of the tries, if there was more than one.
        request_id: the server's id for the request.
        hint: what a policy has found out for whom the answer is an error; in place of the usual hint.
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
        """Return a header by its lower-case name; several of one name joined by commas."""
        lower = self._lower
        if lower is None:
            lower = self._lower = {}
            for key, value in self.pairs:
                key = key.lower()
                lower[key] = f"{lower[key]}, {value}" if key in lower else value
        return lower.get(name)

    @property
    def headers(self) -> HTTPHeaderDict:
        """The headers, as urllib3 has them: any case, several of one name kept."""
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
        """Hide secrets in what the server said about the answer."""
        self.pairs = [(mask(name), mask(value)) for name, value in self.pairs]
        self.reason = mask(self.reason)
        self.request_id = mask(self.request_id)
        self._headers = self._lower = None

    def attach(self, source: Iterator[bytes], release: Callable[[bool], None]) -> None:
        """Give the response its body: an iterator, and what gives the connection back (True: reusable)."""
        self._source = source
        self.release = release

    def chunks(self) -> Iterator[bytes]:
        """Yield the decoded body as it comes; the connection goes back to the pool at the end."""
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
            ResponseTooLarge: it is over the limit.
        """
        if self._source is not None:
            self.data = gathered(self.chunks(), limit, self.status)
        return self.data

    def discard(self) -> None:
        """Drop an unread body with its connection."""
        if self._source is not None:
            self._source = None
            self.free(False)

    def free(self, reusable: bool) -> None:
        """Give the connection back, once."""
        release, self.release = self.release, None
        if release is not None:
            release(reusable)


def too_large(limit: int, status: int = 200) -> ResponseTooLarge:
    """Return the error for a body over a cap."""
    return ResponseTooLarge(status, f"the answer is larger than {limit} bytes", limit=limit)


def gathered(source: Iterable[bytes], limit: int, status: int = 200) -> bytes:
    """Return all pieces of a body as one.

    Raises:
        ResponseTooLarge: they are over the limit.
    """
    parts: list[bytes] = []
    small: list[bytes] = []
    size = 0
    for part in source:
        size += len(part)
        if size > limit:
            raise too_large(limit, status)
        small.append(part)
        if len(small) == 256:  # as many tiny pieces would take many times their size
            parts.append(b"".join(small))
            small.clear()
    parts += small
    return parts[0] if len(parts) == 1 else b"".join(parts)
