"""One call for a handler, and the register of handlers."""

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
    """The query's parameters as text, including those that are not in the spec."""
    content: bytes = b""
    """The bytes of the request's body."""
    body: Any = None
    """The JSON body, the fields of a form, or the bytes of an uploaded file."""
    filename: str = ""
    """The file name in an upload."""
    client: str = ""
    """The User-Agent of the request."""
    cookies: dict[str, str] = field(default_factory=dict[str, str])
    """The cookies of the request, which only the API's pages for signing in use."""
    authorization: str = ""
    """The Authorization header, which only the handlers of a login's second step use."""
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
        """Return the user with this name, in any case; 404 if it does not exist."""
        user = self.world.access.user_named(username)
        if user is None:
            raise missing("user", username)
        return user


@dataclass(slots=True)
class Answer:
    """An answer that differs from the operation's ordinary one."""

    body: Any = None
    status: int = 0
    """The status; 0 for the operation's ordinary status."""
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    shaped: bool = False
    """Whether the body has exactly the declared fields, and so need not be cut down to the schema."""
    rows: Iterator[list[Row]] | None = None
    """An iterator of batches of the body's `rows`, which are sent while the engine works."""


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
    """Run a handler that checks and then writes in one turn of a writer. Of two calls at the same time, the
    second then sees the changes of the first. Don't use it for work of the engine, which takes long."""

    @wraps(handler)
    def handle(call: Call) -> _T:
        with call.world.store.turn:
            return handler(call)

    return handle
