"""One call as a handler sees it, and the register of handlers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from .problem import forbidden, missing
from .spec import Operation

if TYPE_CHECKING:
    from .store import Row
    from .world import World

ADMINISTRATOR = "OrbitAdmin"


@dataclass(slots=True)
class Call:
    """A request that was matched, authorised and checked against the spec."""

    world: World
    operation: Operation
    path: dict[str, Any] = field(default_factory=dict[str, Any])
    query: dict[str, Any] = field(default_factory=dict[str, Any])
    given: dict[str, str] = field(default_factory=dict[str, str])
    """The query's parameters as they came, also those that the spec does not describe."""
    content: bytes = b""
    """The request's body as it came."""
    body: Any = None
    """The JSON body, the fields of a form, or the bytes of an uploaded file."""
    filename: str = ""
    """The name that came with an uploaded file."""
    client: str = ""
    """The User-Agent of the request."""
    cookies: dict[str, str] = field(default_factory=dict[str, str])
    """The cookies of the request; the API's own pages for signing in use them, nothing else."""
    authorization: str = ""
    """The Authorization header; the handlers of a login's second step use it, nothing else."""
    session: Row = field(default_factory=dict[str, Any])
    user: Row = field(default_factory=dict[str, Any])

    @property
    def is_administrator(self) -> bool:
        """Whether the caller has the role OrbitAdmin."""
        return ADMINISTRATOR in self.user.get("roles", ())

    def require_self(self, user: Row) -> None:
        """Raise 403 unless the caller is this user or an administrator."""
        if user["id"] != self.user["id"] and not self.is_administrator:
            raise forbidden("Only the user concerned or an administrator may do this.", user=user["username"])

    def find(self, kind: str, key: int | str, what: str = "") -> Row:
        """Return the row with this id; 404 if it does not exist."""
        row = self.world.store.get(kind, key)
        if row is None:
            raise missing(what or kind, key)
        return row

    def named_user(self, username: str) -> Row:
        """Return the user with this name, whatever the case; 404 if it does not exist."""
        user = self.world.access.user_named(username)
        if user is None:
            raise missing("user", username)
        return user


@dataclass(slots=True)
class Answer:
    """An answer other than the operation's ordinary one."""

    body: Any = None
    status: int = 0
    """0 stands for the operation's ordinary status."""
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    shaped: bool = False
    """Whether the body holds exactly what the schema declares, and need not be cut down to it."""
    rows: Iterator[list[Row]] | None = None
    """The body's `rows`, in batches still to be made: of many an answer is sent while the engine works."""


Handler = Callable[[Call], Any]
_H = TypeVar("_H", bound=Handler)
_T = TypeVar("_T")
HANDLERS: dict[str, Handler] = {}


def handles(*operations: str) -> Callable[[_H], _H]:
    """Register a function as the handler of these operations."""

    def register(handler: _H) -> _H:
        for operation in operations:
            if operation in HANDLERS:
                raise ValueError(f"{operation} has two handlers")
            HANDLERS[operation] = handler
        return handler

    return register


def in_turn(handler: Callable[[Call], _T]) -> Callable[[Call], _T]:
    """Let a handler that checks and then writes have a writer's turn for both, so that of two calls at the
    same instant the second sees what the first has done. Not for work of the engine, which takes long."""

    @wraps(handler)
    def handle(call: Call) -> _T:
        with call.world.store.turn:
            return handler(call)

    return handle
