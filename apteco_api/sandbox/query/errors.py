"""What is said about a request that cannot be computed.

A construct that this engine does not support is refused by name: it never becomes a wrong number.
"""

from __future__ import annotations

MALFORMED = 1001
"""The request does not have the form of its schema."""
UNKNOWN_NAME = 1002
"""A table or variable that the system does not have."""
WRONG_TABLE = 1003
"""Something on a table where it cannot be."""
WRONG_VALUE = 1004
"""A value that means nothing in its place."""
UNSUPPORTED = 1005
"""Correct by the schema, but not computed by this engine."""
NOT_FOUND = 1006
"""A file that a request refers to and that is not there."""


class QueryError(Exception):
    """A request that was refused.

    Attributes:
        status: the HTTP status that fits, 400 in nearly all cases.
        code: one of the numbers of this module.
        message: what is wrong, naming the construct.
        parameters: the place in the request (`where`) and the values concerned.
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
    """Return a value for a message: its text, cut when it is long."""
    text = str(value)
    return text if len(text) <= limit else text[:limit] + "…"
