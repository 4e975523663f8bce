"""Bodies that are streams: server-sent events, or one JSON document a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .document import Node
from .jsonvalues import is_object
from .pytypes import Type

MEDIA: Mapping[str, str] = {
    "text/event-stream": "events",
    **dict.fromkeys(
        (
            *("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"),
            *("application/jsonlines", "application/json-lines", "application/json-seq"),
            *("application/stream+json", "application/x-json-stream"),
        ),
        "lines",
    ),
}
"""Media type to kind of stream."""
ENVELOPE = frozenset({"data", "event", "id", "retry", "comment"})
"""The parts of an event: a schema with only these properties describes the event, not its data."""


def kind_of(media: str) -> str:
    """Return `events` or `lines` for the media type of a stream, an empty text for any other."""
    return MEDIA.get(media.split(";")[0].strip().lower(), "")


def has_twin(operation: Node, is_json: Callable[[str], bool]) -> bool:
    """Return whether an operation can answer both with one JSON document and with a stream."""
    for status, response in operation.entries("responses"):
        if not status.startswith("2") or not response.document.reaches(response):
            continue
        content = response.resolved().content()
        plain = [media for media in content if is_json(media) and not kind_of(media)]
        if plain and any(kind_of(media) for media in content):
            return True
    return False


def type_of(kind: str, media: Node, read: Callable[[Node], Type]) -> Type:
    """Return the type of a stream; the schema of the media type describes its items.

    Args:
        kind: `events` or `lines`.
        media: the media type object.
        read: function that returns the type of a schema.
    """
    item = media.get("itemSchema")
    schema = item or media.get("schema")
    if schema is None:
        return Type(kind, items=(Type("str" if kind == "events" else "any"),))
    target = schema.resolved()
    value = target.value if is_object(target.value) else {}
    if kind == "events" and (properties := target.get("properties") if value else None) is not None:
        data = properties.get("data")
        if data is not None and set(properties.mapping) <= ENVELOPE:
            return Type(kind, items=(_content(data, read),))
    if item is None and value.get("type") == "array" and (items := target.get("items")) is not None:
        return Type(kind, items=(read(items),))
    return Type(kind, items=(read(schema),))


def plain(kind: Type | None) -> Type | None:
    """Return the item's type for a stream, any other type unchanged: errors are never streams."""
    return kind.items[0] if kind is not None and kind.kind in ("events", "lines") else kind


def _content(data: Node, read: Callable[[Node], Type]) -> Type:
    """Return the type of an event's data, or of the JSON in the data if the schema says that it is JSON."""
    value = data.resolved()
    if is_object(value.value) and value.text("contentMediaType").endswith("json"):
        inner = value.get("contentSchema")
        return read(inner) if inner is not None else Type("any")
    return read(data)
