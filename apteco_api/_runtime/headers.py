"""Header names and values that can be sent."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import six

from .exceptions import ApiTypeError, ApiValueError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PLAIN = frozenset(("accept", "accept-encoding", "content-type", "user-agent", "range", "if-range"))
"""Headers of a request that hold no secret."""
_UNSAFE_HEADER = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


_USUAL = frozenset(("User-Agent", "Accept-Encoding"))  # the client's own, which each request has

FRAMING = frozenset(
    ("content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade")
)
"""Headers that tell where a request ends; only the client itself can set them correctly."""


def put_header(headers: dict[str, str], name: str, value: str) -> None:
    """Set a header; replace one with the same name in any case."""
    if name not in headers and (known := known_as(headers, name)) is not None:
        del headers[known]
    headers[name] = value


def known_as(headers: Mapping[str, str], name: str) -> str | None:
    """Return the name, in its case, under which a header is set; None if it is not set."""
    lower = name.lower()
    for known in headers:
        if known.lower() == lower:
            return known
    return None


def header_name(name: Any) -> str:
    """Return a header name that can be sent.

    Raises:
        ApiTypeError: the name is not a text.
        ApiValueError: the name has an invalid character, or belongs to a header that frames the request.
    """
    if not isinstance(name, str):
        raise ApiTypeError(f"a header name must be text, not {type(name).__name__}")
    return _checked_name(name)


@lru_cache(maxsize=256)
def _checked_name(name: str) -> str:
    if name.lower() in FRAMING:
        raise ApiValueError(f"the header {name!r} is set by the client itself, from the body that is sent")
    if not _TOKEN.fullmatch(name):
        raise ApiValueError(f"{name.encode('unicode_escape').decode()!r} is not a header name")
    return name


def written(name: str, value: Any) -> str:
    """Convert an object to text.

    Raises:
        ApiValueError: the object's class or Python refuses, as for integers of 5,000 digits.
    """
    try:
        return str(value)
    except Exception as error:
        text = f"the value of `{name}` can't be written as text: {type(error).__name__}"
        raise ApiValueError(text) from None


def header_value(name: str, value: Any) -> str:
    """Return a header value that can be sent; the value is never part of the message.

    Raises:
        ApiTypeError: the value is None, which would be sent as a word.
        ApiValueError: the value has a line break or another character that a header can't contain.
    """
    if type(value) is str and value.isascii() and value.isprintable():
        return value.strip(" ")
    if value is None:
        raise ApiTypeError(f"the header or parameter `{name}` has no value: leave it out")
    place = f"the value of header or parameter `{name}` holds"
    try:
        text = six.ensure_str(value, "latin-1") if isinstance(value, str | bytes) else written(name, value)
        text.encode("latin-1")
    except UnicodeError:
        raise ApiValueError(f"{place} a character that a header can't") from None
    if _UNSAFE_HEADER.search(text):
        raise ApiValueError(f"{place} a line break or control character")
    return text.strip(" \t")


def sendable(headers: Mapping[Any, Any]) -> dict[str, str]:
    """Return headers as they are sent, one for each name whatever its case; a later one wins.

    Raises:
        ApiTypeError, ApiValueError: a name or a value can't be sent.
    """
    sent: dict[str, str] = {}
    usual = True
    for name, value in headers.items():
        if name in _USUAL and type(value) is str and value.isascii() and value.isprintable():
            sent[name] = value.strip(" ")
        else:
            usual = False
            sent[header_name(name)] = header_value(name, value)
    if usual or len(set(map(str.lower, sent))) == len(sent):
        return sent
    found: dict[str, str] = {}
    for name, value in sent.items():
        put_header(found, name, value)
    return found


def select_accept(accepts: Sequence[str]) -> str | None:
    """Return the Accept header for the media types of an operation: only JSON if it is among them."""
    if not accepts:
        return None
    if "application/json" in accepts:
        return "application/json"
    text = ", ".join(accepts).lower()
    return "application/json" if "application/json" in text.split(", ") else text


def select_content_type(content_types: Sequence[str]) -> str:
    """Return the Content-Type header for a body: JSON if the operation takes it, else its first type."""
    if not content_types or "application/json" in content_types:
        return "application/json"
    lower = "\n".join(content_types).lower().split("\n")  # half the time of a call for each
    return "application/json" if "application/json" in lower or "*/*" in lower else lower[0]
