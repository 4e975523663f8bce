"""The error for a request that cannot be computed.

A construct that this engine does not support is refused by name, and never gives a wrong number.
"""

from __future__ import annotations

MALFORMED = 1001
"""The request does not have the form of its schema."""
UNKNOWN_NAME = 1002
"""A table or variable does not exist in the system."""
WRONG_TABLE = 1003
"""A construct is on the wrong table."""
WRONG_VALUE = 1004
"""A value is not valid in its place."""
UNSUPPORTED = 1005
"""The construct is valid in the schema, but this engine does not compute it."""
NOT_FOUND = 1006
"""A file in a request does not exist."""


class QueryError(Exception):
    """A request that was refused.

    Attributes:
        status: the HTTP status, 400 in nearly all cases.
        code: one of the numbers of this module.
        message: what is wrong, with the name of the construct.
        parameters: the place in the request (`where`) and the wrong values.
    """

    def __init__(
        self, status: int, code: int, message: str, parameters: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, code, message, parameters)
        self.status = status
        self.code = code
        self.message = message
        self.parameters = parameters or {}

    def __str__(self) -> str:
        return self.message


def shorten(value: object, limit: int = 80) -> str:
    """Return a value for a message: its text, cut if it is long."""
    text = str(value)
    return text if len(text) <= limit else text[:limit] + "…"
