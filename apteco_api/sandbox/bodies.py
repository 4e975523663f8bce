"""Request bodies with JSON values: received within bounds, and parsed as JSON or as XML."""

from __future__ import annotations

import asyncio
import re
from itertools import accumulate
from typing import Any

import msgspec
from starlette.datastructures import Headers
from starlette.types import Receive

from . import media, xml_form
from .problem import Problem, refused
from .schema import Mismatch, Schemas
from .settings import Settings
from .spec import Body, Operation

TEXT_LIMIT = 16 * 1024 * 1024
"""Most bytes of a JSON or XML body: a value takes many times the memory of its text."""
DEEPEST = 500
"""Most levels of lists and objects in a JSON body; real servers stop far earlier."""
MOST_PARTS = 500_000
"""Most lists and objects in a JSON body: each takes a hundred times the memory of its two characters."""
OPEN_LIMIT = 64 * 1024
"""Most bytes of a form, and of any body that needs no session."""
_DRAIN_SECONDS = 5.0
_TEXT = re.compile(rb'"[^"]*"')
_STEPS = bytes({0x5B: 1, 0x7B: 1, 0x5D: 255, 0x7D: 255}.get(char, 0) for char in range(256))
"""The change of depth for each character of JSON: 1 for `[` and `{`, 255 (which is -1) for `]` and `}`."""
_REST = bytes(char for char in range(256) if not _STEPS[char])
_CHARSETS = {"": "", "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "utf-16": "utf-16"}


def limit_of(operation: Operation, settings: Settings) -> int:
    """Return how many bytes the body of an operation may have."""
    kind = operation.body.kind if operation.body else "form"
    if kind == "file":
        return settings.body_limit
    return min(settings.body_limit, OPEN_LIMIT if kind == "form" or not operation.secured else TEXT_LIMIT)


async def receive_all(receive: Receive, headers: Headers, limit: int) -> bytes:
    """Return the body; 413 for one over the limit, 415 for a compressed one."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        await drain(receive)
        raise Problem(415, "Bodies must come as they are, not compressed.", contentEncoding=encoding)
    chunks: list[bytes] = []
    size = int(length) if (length := headers.get("content-length", "0")).isdecimal() else 0
    more = size <= limit
    if more:
        size = 0
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise refused("The connection ended before the body did.")
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        chunks.append(chunk)
        more = size <= limit and message.get("more_body", False)
    if size > limit:
        chunks.clear()
        await drain(receive)
        raise Problem(413, f"This body may hold {limit} bytes; send larger files in parts.", limit=limit)
    return b"".join(chunks)


async def drain(receive: Receive) -> None:
    """Receive and discard the rest of a body, as a client reads the answer only after sending all of it."""
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            while (await receive()).get("more_body", False):
                pass
    except TimeoutError:
        pass


def read(expected: Body, content_type: str, data: bytes, schemas: Schemas) -> Any:
    """Return the JSON value in a body; 400 if it can't be read, 415 for another media type."""
    kind, charset = media.parse(content_type)
    encoding = _CHARSETS.get(charset)
    if encoding is None:
        raise Problem(415, "Bodies are read as UTF-8 or UTF-16.", contentType=content_type)
    if not data.strip():
        raise refused(f"The body ({expected.name}) is missing.", parameter=expected.name)
    if media.is_xml(kind):
        try:
            return xml_form.read(data, expected.schema, schemas, encoding)
        except Mismatch as mismatch:
            where = mismatch.where(expected.name)
            raise refused(f"{where} {mismatch.message}.", where=where) from None
    if kind and not media.is_json(kind):
        raise Problem(415, "The sandbox reads JSON and XML.", contentType=content_type)
    try:
        text = data.decode(encoding).encode() if encoding == "utf-16" else data.removeprefix(b"\xef\xbb\xbf")
        _require_small(text, expected.name)
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise refused(f"The body is not JSON: {error}.", parameter=expected.name) from None


def _require_small(text: bytes, name: str) -> None:
    """Refuse JSON that is too deep or has too many parts, before any of it is built.

    Raises:
        Problem: 400 for too deep, 413 for too many parts.
    """
    if text.count(b"[") + text.count(b"{") <= DEEPEST:
        return
    outside = _TEXT.sub(b"", text.replace(b"\\\\", b"").replace(b'\\"', b""))  # brackets in texts don't count
    steps = outside.translate(_STEPS, _REST)
    if steps.count(1) > MOST_PARTS:
        message = f"The body ({name}) holds more than {MOST_PARTS} lists and objects."
        raise Problem(413, message, parameter=name, limit=MOST_PARTS)
    if max(accumulate(memoryview(steps).cast("b")), default=0) > DEEPEST:
        raise refused(
            f"The body ({name}) is nested deeper than {DEEPEST} levels.", parameter=name, limit=DEEPEST
        )
