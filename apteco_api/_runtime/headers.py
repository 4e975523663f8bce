"""Header names and values that can be sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import six

from .exceptions import ApiValueError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from logging import Logger

PLAIN = frozenset(("accept", "accept-encoding", "content-type", "user-agent", "range", "if-range"))
"""Headers of a request that hold no secret."""
FRAMING = frozenset(("content-length", "transfer-encoding"))
"""Headers that say where a request ends."""
_UNSAFE_HEADER = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def header_name(name: str) -> str:
    """Return a header name that can be sent.

    Raises:
        ApiValueError: it holds a character that a header name can't.
    """
    if not _TOKEN.fullmatch(name):
        raise ApiValueError(f"{name.encode('unicode_escape').decode()!r} is not a header name")
    return name


def header_value(name: str, value: Any) -> str:
    """Return a header value that can be sent; the value is never part of the message.

    Raises:
        ApiValueError: it holds a line break or another character that would end the header.
    """
    place = f"the value of header or parameter `{name}` holds"
    try:
        text = six.ensure_str(value, "latin-1") if isinstance(value, str | bytes) else str(value)
        text.encode("latin-1")
    except UnicodeError:
        raise ApiValueError(f"{place} a character that a header can't") from None
    if _UNSAFE_HEADER.search(text):
        raise ApiValueError(f"{place} a line break or control character")
    return text.strip(" \t")


def has_header(headers: Mapping[str, str], name: str) -> bool:
    """Return True if a header is among others, in whatever case its name is written."""
    return name in headers or any(key.lower() == name.lower() for key in headers)


def add_headers(headers: dict[str, str], extra: Mapping[str, Any], logger: Logger, form: bool) -> None:
    """Put the headers of a call in the place of others of the same name, whatever the case.

    Those that frame the request are not taken, and a warning in the log says so.

    Args:
        headers: of the request so far; changed.
        extra: of the call.
        logger: where to warn.
        form: the body is a form, which says its own Content-Type.

    Raises:
        ApiValueError: a name or value can't be sent.
    """
    for key, value in extra.items():
        name = header_name(key)
        lower = name.lower()
        if lower in FRAMING or (form and lower == "content-type"):
            logger.warning("the header %s of a call is not sent: the client frames the request itself", name)
            continue
        for known in [known for known in headers if known.lower() == lower]:
            del headers[known]
        headers["Host" if lower == "host" else name] = header_value(key, value)


def select_accept(accepts: Sequence[str]) -> str | None:
    """Return the Accept header for the media types of an operation: JSON alone if it is among them."""
    if not accepts:
        return None
    lower = [media.lower() for media in accepts]
    return "application/json" if "application/json" in lower else ", ".join(lower)


def select_content_type(content_types: Sequence[str]) -> str:
    """Return the Content-Type header for a body: JSON if the operation takes it, else its first type."""
    if not content_types:
        return "application/json"
    lower = [media.lower() for media in content_types]
    return "application/json" if "application/json" in lower or "*/*" in lower else lower[0]
