"""The request as handlers get it, and the table of handlers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .jobs import Worker
from .shapes import FORBIDDEN, SERVER_ERROR, Refusal, number
from .store import Doc, Store


@dataclass
class Call:
    """One request: its caller, its address and body, and the state of the server."""

    store: Store
    worker: Worker
    current: bool
    """True for a current Redash, False for Redash 9."""
    base: str
    caller: Doc | None = None
    """The owner of the user key; None for a query key."""
    path: dict[str, str] = field(default_factory=dict[str, str])
    asked: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    sent: Doc = field(default_factory=dict[str, Any])

    @property
    def caller_id(self) -> int | None:
        """The number of the caller; None for a query key."""
        return self.caller["id"] if self.caller else None

    def id(self, name: str) -> int:
        """Return a number in the address."""
        return number(self.path[name])

    def needs(self, *members: str) -> Doc:
        """Return the body. It must have these members: the real server fails (500) without them."""
        if any(name not in self.sent for name in members):
            raise Refusal(500, SERVER_ERROR)
        return self.sent

    def may_change(self, doc: Doc) -> None:
        """Refuse with 403 unless the caller owns the object or is an administrator."""
        caller = self.caller
        if caller is None or (doc["user_id"] != caller["id"] and "admin" not in caller["permissions"]):
            raise Refusal(403, FORBIDDEN)


@dataclass(frozen=True)
class File:
    """An answer that is not JSON."""

    content: bytes
    content_type: str
    name: str


Handler = Callable[[Call], Any]


@dataclass(frozen=True)
class Route:
    """A handler and its address; ``query_key`` if the key of the query opens the address."""

    verb: str
    pattern: re.Pattern[str]
    handler: Handler
    query_key: bool


ROUTES: list[Route] = []


def route(verb: str, path: str, query_key: bool = False) -> Callable[[Handler], Handler]:
    """Register a handler; ``{name}`` in ``path`` is one segment, or the part before a dot."""
    marks = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/.]+)", path.replace(".", r"\."))

    def keep(handler: Handler) -> Handler:
        ROUTES.append(Route(verb, re.compile(marks), handler, query_key))
        return handler

    return keep
