"""Convert bytes to typed objects: strict first, then lenient, never silent.

1. msgspec decodes the bytes straight into the models.
2. If the answer differs from the spec, `lenient` builds the object anyway and lists the differences.
3. A body that cannot be the answer at all is an `ApiDecodeError`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..exceptions import ApiDecodeError
from .depth import MAX_DEPTH, shallow, too_deep
from .drift import Differences, Drift
from .expressions import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from .drift import Context

PREVIEW = 200
"""Characters of an unusable body that an error shows."""
MAX_SECRET = 64 * 1024
"""Bytes of a body in which secrets are masked before the body is cut to its preview."""


_READ_AS_UTF8 = frozenset(("", "utf-8", "utf8", "us-ascii", "ascii"))
# Patterns as texts, compiled on first use: most programs need none of them.
_CHARSET = (
    r"(?:windows|cp|ibm)[-_]?\d{3,4}|(?:iso|iso[-_])?8859[-_]\d{1,2}|latin[-_]?\d{1,2}|l\d|utf[-_]?(?:16|32)(?:[-_]?[lb]e)?"
    r"|koi8[-_][rut]|mac[-_]?roman|big5(?:[-_]?hkscs)?|gb2312|gbk|gb18030|hz|euc[-_]?(?:jp|kr)|shift[-_]?jis|s?jis|"
    r"iso[-_]?2022[-_]?(?:jp|kr)(?:[-_]\d)?|johab|tis[-_]?620"
)
"""Charsets of texts. Python's other codecs (idna, punycode …) are not for bodies, or are slow."""
_NAMED = r"""(?i:charset)\s*=\s*["']?([^\s;"']+)"""

_decoders: dict[Any, tuple[Any, Callable[[bytes], Any]]] = {}


def _decoder(expression: str | type[Any]) -> tuple[Any, Callable[[bytes], Any]]:
    import msgspec

    from .model import decode_open

    target = resolve(expression)
    found = (target, shallow(msgspec.json.Decoder(target, dec_hook=decode_open).decode, target))
    # If two threads both make one, either can be used.
    _decoders[expression] = found
    return found


def decode(
    data: bytes,
    expression: str | type[Any],
    drift: list[Drift] | None = None,
    *,
    strict: bool = False,
    content_type: str = "",
    call: Context | None = None,
) -> Any:
    """Return the object in a body. Duplicate keys: the last one wins.

    Args:
        data: the body.
        expression: a type expression, or a class.
        drift: receives an entry for each difference from the spec.
        strict: raise ApiDecodeError for any difference and for duplicate keys.
        content_type: the server's header; a charset other than UTF-8 is respected.
        call: the call of this answer; its time limits decoding, and its secrets are masked.

    Raises:
        ApiDecodeError: the body is not JSON, or not the expected kind of JSON.
    """
    target, decoder = _decoders.get(expression) or _decoder(expression)
    if "charset" in content_type and not content_type.endswith("charset=utf-8"):
        data = _transcode(data, content_type, call)
    if target is bytes:
        return data
    try:
        found = decoder(data)
    except Exception as error:
        # msgspec's errors, a missing required field (ValueError), bad UTF-8, deep nesting.
        if target is str:
            return text_of(data, content_type, call)
        return _leniently(data, target, error, drift, strict, content_type, call)
    if strict:
        from .lenient import refuse_repeated

        refuse_repeated(data, content_type, call)
    return found


def decode_as(
    data: bytes,
    target: Any,
    drift: list[Drift] | None = None,
    *,
    strict: bool = False,
    call: Context | None = None,
) -> Any:
    """Return the object in JSON bytes, for a type from `resolve`."""
    import msgspec

    from .model import decode_open

    try:
        return msgspec.json.decode(data, type=target, dec_hook=decode_open)
    except Exception as error:
        return _leniently(data, target, error, drift, strict, "", call)


def _leniently(
    data: bytes,
    target: Any,
    error: Exception,
    drift: list[Drift] | None,
    strict: bool,
    content_type: str,
    call: Context | None,
) -> Any:
    from .lenient import convert, parse

    value = parse(data, error, content_type, call)
    found = Differences()
    found.call = call
    result = convert(value, target, found, data, content_type)
    if too_deep(result):
        text = f"the answer is nested more than {MAX_DEPTH} levels deep"
        raise ApiDecodeError(200, text, body=preview(data, call), content_type=content_type) from None
    if strict and found:
        first = found[0]
        raise ApiDecodeError(
            200,
            f"the answer differs from the spec at {first.path}: expected {first.expected}, got {first.got}",
            body=preview(data, call),
            path=first.path,
            content_type=content_type,
            hint="strict_responses is on; without it such answers are taken, and what differs is listed.",
        ) from None
    if isinstance(drift, Differences):
        drift.join(found)
    elif drift is not None:
        drift.extend(found)
    return result


def preview(data: bytes, call: Context | None = None) -> str:
    """Return the first characters of a body, with secrets masked and control characters escaped."""
    from .texts import printable, shortened

    if call is not None:
        return call.clean(data[:MAX_SECRET].decode("utf-8", "replace"), PREVIEW)
    return shortened(printable(data[: PREVIEW * 4].decode("utf-8", "replace")), PREVIEW)


def charset(content_type: str) -> str:
    """Return the charset that a content type names, in lower case; empty if none."""
    match = re.search(_NAMED, content_type)
    return match[1].lower() if match else ""


def _codec(content_type: str) -> str:
    """Return the charset to decode a body with: the named one if it is for texts, else UTF-8."""
    name = charset(content_type)
    return "utf-8" if name in _READ_AS_UTF8 or not re.fullmatch(_CHARSET, name) else name


def _transcode(data: bytes, content_type: str, call: Context | None) -> bytes:
    name = charset(content_type)
    if name in _READ_AS_UTF8:
        return data
    try:
        if not re.fullmatch(_CHARSET, name):
            raise LookupError
        return data.decode(name).encode()
    except (LookupError, UnicodeError):
        raise ApiDecodeError(
            200,
            f"the answer can't be read as {name[:40]!a}",
            body=preview(data, call),
            content_type=content_type,
        ) from None


def text_of(data: bytes, content_type: str, call: Context | None = None) -> str:
    """Return the text of a body that should be a JSON string but is plain text."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ApiDecodeError(
            200, "the answer is not UTF-8 text", body=preview(data, call), content_type=content_type
        ) from None


def body_text(data: bytes, content_type: str) -> str:
    """Return the body of an error as text, whatever its content is."""
    try:
        return data.decode(_codec(content_type), "replace")
    except (LookupError, UnicodeError):
        return data.decode("utf-8", "replace")
