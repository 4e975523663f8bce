"""Content encodings undone, a bounded piece at a time, so that a small answer takes no large memory."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from ..exceptions import ApiDecodeError, ApiInterrupted, ResponseTooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ENCODINGS = 5
"""Most content encodings one on top of the other."""
PIECE = 64 * 1024
"""Most bytes that come out at once."""


def undone(source: Iterator[bytes], header: str, status: int) -> Iterator[bytes]:
    """Return a body with its encodings undone.

    Args:
        source: the body as it came.
        header: value of Content-Encoding.
        status: of the answer, for the errors.

    Raises:
        ApiDecodeError: an encoding that was not asked for.
        ResponseTooLarge: encoded more than MAX_ENCODINGS times.
    """
    codings = [part.strip().lower() for part in header.split(",")]
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if len(codings) > MAX_ENCODINGS:
        text = f"the answer is encoded {len(codings)} times; at most {MAX_ENCODINGS} are undone"
        raise ResponseTooLarge(status, text)
    for coding in reversed(codings):
        if coding in ("gzip", "x-gzip"):
            source = _inflate(source, 31)
        elif coding == "deflate":
            source = _inflate(source, 0)
        else:
            raise ApiDecodeError(status, f"the answer is encoded as {coding[:20]!r}, which was not asked for")
    return source


def _inflate(source: Iterator[bytes], window: int) -> Iterator[bytes]:
    """Undo gzip (window 31) or deflate (0: with or without the zlib header)."""
    engine: Any = None
    for data in source:
        while data:
            if engine is None:
                bits = window or (15 if data[0] & 15 == 8 else -15)
                engine = zlib.decompressobj(bits)
            try:
                out = engine.decompress(data, PIECE)
            except zlib.error:
                raise ApiDecodeError(200, "the answer's compression is broken") from None
            if out:
                yield out
            data = engine.unconsumed_tail
            if engine.eof:
                data, engine = engine.unused_data, None
                if window != 31:
                    break
    if engine is not None:
        raise ApiInterrupted(0, "the server closed the connection before the end of its answer")
