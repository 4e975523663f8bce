"""Decompress bodies. Each layer is bounded in the bytes that it reads and writes, and in time.

A small answer can decompress to any size, or keep a decompressor busy for years without a byte of output. So
the deadline of the call is checked between the steps.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any

from ..exceptions import ApiDecodeError, ApiInterrupted, ResponseTooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_ENCODINGS = 5
"""Most nested content encodings."""
NOT_ENCODED = frozenset(
    ("", "identity", "none", "binary", "7bit", "8bit", "utf-8", "utf8", "us-ascii", "iso-8859-1")
)
"""Values that servers send although nothing is encoded: charsets and transfer encodings belong elsewhere."""
MAX_EMPTY_MEMBERS = 1000
"""Most empty gzip members in one body."""
MAX_TAIL = 4096
"""Most bytes after the end of the compressed data that are checked, without padding."""
PIECE = 64 * 1024
"""Most bytes of one chunk of output."""

# Servers pad with zeros, blanks and line ends; caches and monitors append HTML comments. Anything else may be
# the rest of lost data.
_HARMLESS_TAIL = re.compile(rb"(?:[\x00\s]|<!--(?:(?!-->).)*+-->)*+", re.DOTALL)
_PADDING = b"\x00 \t\r\n\x0b\x0c"


def undone(
    source: Iterator[bytes],
    header: str,
    status: int,
    limit: int,
    tick: Callable[[], object],
    *,
    framed: bool = True,
) -> Iterator[bytes]:
    """Yield a body with its content encodings undone.

    Args:
        source: the body as it was received.
        header: value of Content-Encoding.
        status: status of the answer, for errors.
        limit: most bytes that any layer may read or write.
        tick: called between the steps; raises when the time of the call is over.
        framed: False for a body that ends with the connection, and so may be cut off unnoticed.

    Raises:
        ApiDecodeError: the encoding was not asked for, or the data are broken.
        ResponseTooLarge: the body is encoded more than MAX_ENCODINGS times, or a layer is over the limit.
    """
    codings = [part.strip().lower() for part in header.split(",")]
    codings = [coding for coding in codings if coding not in NOT_ENCODED]
    if len(codings) > MAX_ENCODINGS:
        text = f"the answer is encoded {len(codings)} times; at most {MAX_ENCODINGS} are undone"
        raise ResponseTooLarge(status, text)
    for coding in reversed(codings):
        if coding in ("gzip", "x-gzip"):
            window = 31
        elif coding == "deflate":
            window = 0
        else:
            raise ApiDecodeError(status, f"the answer is encoded as {coding[:20]!a}, which was not asked for")
        source = _inflate(source, window, _Budget(limit, status, tick), framed)
    return source


class _Budget:
    """The bytes that one layer may still read and write."""

    __slots__ = ("empty", "given", "limit", "read", "status", "tick")

    def __init__(self, limit: int, status: int, tick: Callable[[], object]) -> None:
        self.limit, self.status, self.tick = limit, status, tick
        self.read = self.given = self.empty = 0

    def took(self, count: int) -> None:
        self.read += count
        self._check(self.read)

    def gave(self, count: int) -> None:
        self.given += count
        self._check(self.given)

    def _check(self, size: int) -> None:
        if size > self.limit:
            text = f"the answer is larger than {self.limit} bytes"
            raise ResponseTooLarge(self.status, text, limit=self.limit)

    def ended_empty(self) -> None:
        self.empty += 1
        if self.empty > MAX_EMPTY_MEMBERS:
            text = f"the answer holds more than {MAX_EMPTY_MEMBERS} empty gzip members"
            raise ApiDecodeError(self.status, text)


def _inflate(source: Iterator[bytes], window: int, budget: _Budget, framed: bool) -> Iterator[bytes]:
    """Decompress gzip (window 31) or deflate (0: with or without the zlib header)."""
    engine: Any = None
    gave = ended = False
    tail = b""
    for data in source:
        budget.took(len(data))
        while data:
            budget.tick()
            if engine is None:
                data = tail + data
                if ended and not (window == 31 and data.startswith(b"\x1f\x8b")):
                    tail = data.lstrip(_PADDING)
                    if len(tail) > MAX_TAIL:
                        raise _broken(budget.status)
                    break
                engine, tail, gave = zlib.decompressobj(window or _deflate_bits(data)), b"", False
            try:
                out = engine.decompress(data, PIECE)
            except zlib.error:
                raise _broken(budget.status) from None
            if out:
                gave = True
                budget.gave(len(out))
                yield out
            data = engine.unconsumed_tail
            if engine.eof:
                data, engine, ended = engine.unused_data, None, True
                if not gave:
                    budget.ended_empty()
    if engine is not None or not (ended or framed):
        raise ApiInterrupted(0, "the server closed the connection before the end of its answer")
    if not _HARMLESS_TAIL.fullmatch(tail):
        raise _broken(budget.status)


def _deflate_bits(data: bytes) -> int:
    """Return zlib's window for deflate: some servers leave the zlib header out."""
    return 15 if data[0] & 15 == 8 else -15


def _broken(status: int) -> ApiDecodeError:
    return ApiDecodeError(status, "the answer's compression is broken")
