"""Answers of 400 MiB that travel as a few kilobytes, in each content coding."""

from __future__ import annotations

import base64
import gzip
import zlib
from functools import cache

SIZE = 400 * 1024 * 1024

# 400 MiB of spaces in brotli (632 bytes, then zlib and base64), which the standard library can't write.
_BROTLI = (
    "eNo7/f+/PYOKw6ONDkXv///4/5+9gcVBRqzh3V/5////M0xg6DjMdGHv/8f//8szCDEURjDs+l7/5/9/ZgcmBT5uh+//+v//r2fw"
    "YDiSyPji3v+P///zM3A2WOgw3P1t/+//f0YFRoF21gXV/4+DLWF4tIGhZNSSUUuAltwHAPMgRbQ="
)


@cache
def bomb(coding: str) -> bytes:
    """Return the body of a response with this Content-Encoding."""
    if coding == "br":
        return zlib.decompress(base64.b64decode(_BROTLI))
    if coding == "zstd":
        return _zstandard()
    engine = zlib.compressobj(9, wbits=15 if coding == "deflate" else 31)
    piece = b" " * (1024 * 1024)
    packed = b"".join([*(engine.compress(piece) for _ in range(SIZE // len(piece))), engine.flush()])
    for _ in range(coding.count(",")):
        packed = gzip.compress(packed, 9)
    return packed


def _zstandard() -> bytes:
    """Return a frame of blocks that repeat one byte (RFC 8878, 3.1.1.2)."""
    block = 128 * 1024
    count = SIZE // block
    head = b"\x28\xb5\x2f\xfd\x00\x38"
    blocks = (
        ((block << 3) | 2 | (number == count - 1)).to_bytes(3, "little") + b" " for number in range(count)
    )
    return head + b"".join(blocks)
