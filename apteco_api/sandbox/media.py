"""Media types: parse that of a body, and choose the form of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import Message

JSON = "application/json"
ANSWERS = (JSON, "text/json", "application/xml", "text/xml")
"""The forms of a refusal, for all operations."""

_MOST_RANGES = 50


def parse(text: str) -> tuple[str, str]:
    """Return the media type in lower case without parameters, and its charset; both may be empty."""
    if not text.strip():
        return "", ""
    message = Message()
    message["content-type"] = text.replace("\r", " ").replace("\n", " ")
    charset = message.get_param("charset")
    kind = text.partition(";")[0].strip().lower()
    return kind, charset.lower() if isinstance(charset, str) else ""


def is_json(kind: str) -> bool:
    """Return whether a media type is JSON: application/json, text/json, application/something+json."""
    return _is(kind, "json")


def is_xml(kind: str) -> bool:
    """Return whether a media type is XML: application/xml, text/xml, application/something+xml."""
    return _is(kind, "xml")


def choose(accept: str, offered: Sequence[str]) -> str | None:
    """Return the offered media type that an `Accept` header prefers; None if it accepts none, or any.

    A header with `*/*` accepts any: browsers send one, and JSON is the best form for them.
    """
    wanted: list[tuple[float, str]] = []
    for part in accept.lower().split(",")[:_MOST_RANGES]:
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        if kind == "*/*":
            return None
        wanted.append((_quality(parameters), kind))
    for quality, kind in sorted(wanted, key=lambda each: -each[0]):
        if quality > 0:
            for candidate in offered:
                if candidate == kind or (kind.endswith("/*") and candidate.startswith(kind[:-1])):
                    return candidate
    return None


def _is(kind: str, syntax: str) -> bool:
    family, _, name = kind.partition("/")
    return (family in ("application", "text") and name == syntax) or (
        family == "application" and name.endswith(f"+{syntax}")
    )


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
