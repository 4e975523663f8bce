"""Bytes to typed objects: strict first, lenient after, never silent.

1. msgspec decodes the bytes straight into the models.
2. If the server broke its own contract, `lenient` builds the object anyway and lists what differs.
3. What cannot be an answer at all is an `ApiDecodeError`.
"""

# Values of any type pass through here.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ..exceptions import ApiDecodeError
from .expressions import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

PREVIEW = 200
"""Characters of an unusable body that an error shows."""


class Drift(NamedTuple):
    """One place where an answer differs from the spec.

    Args:
        path: JSON path: `$.list[0].type`.
        expected: what the spec says.
        got: what came, shortened.
    """

    path: str
    expected: str
    got: str


_decoders: dict[Any, tuple[Any, Callable[[bytes], Any]]] = {}


def _decoder(expression: str | type[Any]) -> tuple[Any, Callable[[bytes], Any]]:
    import msgspec

    from .model import decode_open

    target = resolve(expression)
    found = (target, msgspec.json.Decoder(target, dec_hook=decode_open).decode)
    # Two threads may both make one; either is good.
    _decoders[expression] = found
    return found


def decode(
    data: bytes,
    expression: str | type[Any],
    drift: list[Drift] | None = None,
    *,
    strict: bool = False,
    content_type: str = "",
) -> Any:
    """Return the object that a body holds. Of two members of one name the last counts.

    Args:
        data: the body.
        expression: a type expression, or a class.
        drift: gets an entry for each difference from the spec.
        strict: any difference, and any name that comes twice in an object, is an ApiDecodeError.
        content_type: as the server sent it; a charset other than UTF-8 is honoured.

    Raises:
        ApiDecodeError: the body is not JSON, or not the kind of JSON that is expected.
    """
    target, decoder = _decoders.get(expression) or _decoder(expression)
    if content_type and "charset" in content_type:
        data = _transcode(data, content_type)
    if target is bytes:
        return data
    try:
        found = decoder(data)
    except Exception as error:
        # msgspec's own errors, a required field that is missing (ValueError), bad UTF-8, deep nesting.
        if target is str:
            return text_of(data, content_type)
        return _leniently(data, target, error, drift, strict, content_type)
    if strict:
        from .lenient import refuse_repeated

        refuse_repeated(data, content_type)
    return found


def decode_as(data: bytes, target: Any, drift: list[Drift] | None = None, *, strict: bool = False) -> Any:
    """Return the object that JSON bytes hold, for a type that `resolve` made."""
    import msgspec

    from .model import decode_open

    try:
        return msgspec.json.decode(data, type=target, dec_hook=decode_open)
    except Exception as error:
        return _leniently(data, target, error, drift, strict, "")


def _leniently(
    data: bytes, target: Any, error: Exception, drift: list[Drift] | None, strict: bool, content_type: str
) -> Any:
    from .lenient import convert, parse

    value = parse(data, error, content_type)
    found: list[Drift] = []
    result = convert(value, target, found, data, content_type)
    if strict and found:
        first = found[0]
        raise ApiDecodeError(
            200,
            f"the answer differs from the spec at {first.path}: expected {first.expected}, got {first.got}",
            body=preview(data),
            path=first.path,
            content_type=content_type,
            hint="strict_responses is on; without it such answers are taken, and what differs is listed.",
        ) from None
    if drift is not None:
        drift.extend(found)
    return result


def preview(data: bytes) -> str:
    """Return the first characters of a body, with control characters shown as escapes."""
    text = data[: PREVIEW * 4].decode("utf-8", "replace")[:PREVIEW]
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)


def charset(content_type: str) -> str:
    """Return the charset that a content type names, in lower case; empty if none."""
    match = re.search(r"""charset\s*=\s*["']?([^\s;"']+)""", content_type, re.IGNORECASE)
    return match[1].lower() if match else ""


def _transcode(data: bytes, content_type: str) -> bytes:
    name = charset(content_type)
    if name in ("", "utf-8", "utf8", "us-ascii"):
        return data
    try:
        return data.decode(name).encode()
    except (LookupError, UnicodeError):
        raise ApiDecodeError(
            200,
            f"the answer can't be read as {name!r}",
            body=preview(data),
            content_type=content_type,
        ) from None


def text_of(data: bytes, content_type: str) -> str:
    """Return a body that should be a JSON string and isn't: its text as it came."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ApiDecodeError(
            200, "the answer is not UTF-8 text", body=preview(data), content_type=content_type
        ) from None


def body_text(data: bytes, content_type: str) -> str:
    """Return the body of an error as text, whatever it is."""
    try:
        return data.decode(charset(content_type) or "utf-8", "replace")
    except LookupError:
        return data.decode("utf-8", "replace")
