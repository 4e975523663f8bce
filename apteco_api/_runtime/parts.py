"""Answers of status 206, which contain a part of a body and must not count as the whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .exceptions import ApiInterrupted

if TYPE_CHECKING:
    from .request import Request
    from .response import Response

# Patterns as texts, compiled on first use.
_SIZE = r"(?i:bytes) \*/(\d{1,18})"
_RANGE = r"(?i:bytes) (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)"


def refuse_unasked_part(response: Response, request: Request) -> None:
    """Refuse a part of an answer if the request did not ask for a part.

    Raises:
        ApiInterrupted: the answer is a part.
    """
    if response.status != 206 or any(name.lower() == "range" for name in request.headers):
        return
    if request.operation is not None and 206 in request.operation.responses:
        return
    raise ApiInterrupted(206, "the server sent a part of the answer (206), which was not asked for")


def refuse_wrong_part(response: Response, start: int, tag: str) -> int | None:
    """Refuse a part that does not continue the downloaded bytes; return the size of the whole, if known.

    Args:
        response: an answer of status 206.
        start: number of bytes that were downloaded before.
        tag: ETag or date of the version of these bytes.

    Raises:
        ApiInterrupted: the range, its length or the version is wrong.
    """
    match = re.fullmatch(_RANGE, (response.header("content-range") or "").strip())
    if match is None or int(match[1]) != start or int(match[2]) < start:
        raise ApiInterrupted(206, "the server sent another part of the file than was asked for")
    total = None if match[3] == "*" else int(match[3])
    if response.total is not None and response.total != int(match[2]) - start + 1:
        raise ApiInterrupted(206, "the server sent another part of the file than its Content-Range says")
    if total is not None and int(match[2]) >= total:
        raise ApiInterrupted(206, "the server sent a Content-Range that makes no sense")
    if not _is_same_version(response, tag):
        raise ApiInterrupted(206, "the server sent a part of another version of the file than was asked for")
    return total


def lacks_nothing(response: Response, size: int, tag: str) -> bool:
    """Return True if an answer of status 416 means that the downloaded bytes are the whole file.

    Args:
        response: the answer to a request for the bytes that follow.
        size: number of downloaded bytes.
        tag: ETag or date of the version of these bytes.
    """
    match = re.fullmatch(_SIZE, (response.header("content-range") or "").strip())
    return match is not None and int(match[1]) == size and _is_same_version(response, tag)


def _is_same_version(response: Response, tag: str) -> bool:
    now = response.header("etag") if tag.startswith(('"', "W/")) else response.header("last-modified")
    return now is None or now == tag
