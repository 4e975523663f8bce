"""Texts from a server as users see them: on one line, without control characters, of a bounded length."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .shapes import is_dict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..exceptions import ApiException

WORDS = ("detail", "message", "errorMessage", "error_description", "description", "error", "title")
"""Members of a JSON body in which servers say what happened, the most specific first."""
MAX_SHOWN = 2000
"""Most characters of headers and of a body that `str(error)` shows."""

SECRET_HEADERS = frozenset(
    ("authorization", "cookie", "location", "proxy-authorization", "set-cookie", "www-authenticate")
) | {"x-api-key"}
"""Headers whose values are never written out."""

# C0 and C1 controls, line and paragraph separators, bidirectional marks, surrogates. Compiled on first use.
_UNPRINTABLE = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"


def printable(text: str) -> str:
    """Return a text on one line: control characters become escapes such as `\\x1b`."""
    if text.isprintable():
        return text
    return re.sub(_UNPRINTABLE, lambda found: found[0].encode("unicode_escape").decode(), text)


def shortened(text: str, limit: int) -> str:
    """Return a text of at most `limit` characters."""
    return text if len(text) <= limit else text[: limit - 3] + "..."


def words_of(body: Any) -> str:
    """Return the server's message in a body; empty if the body is not JSON or has no message."""
    if not isinstance(body, str) or not body.lstrip().startswith(("{", '"')) or len(body) > 100_000:
        return ""
    import json

    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    for words in _of_words(found) if is_dict(found) else [found]:
        if is_dict(words):  # {"error": {"message": ...}}
            words = next((text for text in _of_words(words) if isinstance(text, str)), "")
        if isinstance(words, str) and words.strip():
            return words.strip()
    return ""


def _of_words(found: dict[str, Any]) -> list[Any]:
    return [found.get(name) for name in WORDS]


def safe_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with the values of those that may hold a credential masked."""
    return {name: "***" if name.lower() in SECRET_HEADERS else value for name, value in headers.items()}


def render_path(path_to_item: Iterable[Any]) -> str:
    """Return keys and indices as text: `['list'][0]`."""
    return "".join([f"[{part}]" if isinstance(part, int) else f"['{part}']" for part in path_to_item])


def told(error: ApiException) -> str:
    """Return the text of an error: what happened and what to do, and then the details."""
    lines = [error.message]
    if error.hint:
        lines.append(f"Hint: {error.hint}")
    lines += [f"({error.status})", f"Reason: {error.reason}"]
    if error.operation:
        tries = f" after {len(error.attempts)} tries" if len(error.attempts) > 1 else ""
        lines.append(f"Operation: {error.operation}{tries}, {error.elapsed:.3f} s")
    if error.request_id:
        lines.append(f"Request id: {error.request_id}")
    if error.headers:
        lines.append(f"HTTP response headers: {safe_headers(error.headers)}")
    if error.body:
        lines.append(f"HTTP response body: {error.body}")
    lines = [
        line if line.isprintable() and len(line) <= MAX_SHOWN else shortened(printable(line), MAX_SHOWN)
        for line in lines
    ]
    return "\n".join(lines) + "\n"
