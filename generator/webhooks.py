"""The types of the bodies that the API sends to its users: webhooks and callbacks."""

from __future__ import annotations

from contextlib import suppress

from .diagnostics import SpecError
from .document import Node
from .ir import Message
from .jsonvalues import is_object
from .schemas import Schemas


def messages(root: Node, schemas: Schemas) -> tuple[Message, ...]:
    """Return every body that the API sends, with its type: those of webhooks, then those of callbacks."""
    found: list[Message] = []
    for name, item in root.entries("webhooks"):
        found += _bodies(item, name, schemas)
    for path, entry in root.entries("paths"):
        for verb, node in _members(entry):
            callbacks = node.get("callbacks") if is_object(node.value) else None
            for name, callback in _members(callbacks) if callbacks else ():
                for _, item in _members(callback):
                    owner = node.value.get("operationId") or f"{verb} {path}"
                    found += _bodies(item, f"{owner} {name}", schemas)
    return tuple(found)


def _members(node: Node) -> list[tuple[str, Node]]:
    with suppress(SpecError):
        target = node.resolved()
        return list(target.entries()) if is_object(target.value) else []
    return []


def _bodies(item: Node, name: str, schemas: Schemas) -> list[Message]:
    found: list[Message] = []
    for verb, node in _members(item):
        with suppress(SpecError):  # recorded; the others may be all right
            body = node.get("requestBody") if is_object(node.value) else None
            for media, holder in body.resolved().content().items() if body is not None else ():
                schema = holder.get("schema")
                if schema is not None:
                    kind = schemas.type_of(schema, (name, "Payload"))
                    found.append(Message(name, verb.upper(), media, kind, node.text("summary")))
    return found
