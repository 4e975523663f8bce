"""The errors that handlers raise."""

from __future__ import annotations


class Failure(Exception):
    """An error answer: HTTP status, message, and the API's error number."""

    def __init__(self, status: int, error: str, errno: int = 0) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.errno = errno or {400: 3, 401: 1, 403: 2, 404: 4}.get(status, 0)


def unauthorized() -> Failure:
    """Return the error for a token that is missing or has expired."""
    return Failure(401, "User unauthorized", 1)


def missing(what: str) -> Failure:
    """Return the error for an object that does not exist."""
    return Failure(404, f"{what} not found", 4)
