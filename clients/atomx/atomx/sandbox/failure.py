"""How a handler says no."""

from __future__ import annotations


class Failure(Exception):
    """An answer that is not a success: HTTP status, a sentence, and the API's own number for it."""

    def __init__(self, status: int, error: str, errno: int = 0) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.errno = errno or {400: 3, 401: 1, 403: 2, 404: 4}.get(status, 0)


def unauthorized() -> Failure:
    """Return the refusal of a token that is missing or not valid any more."""
    return Failure(401, "User unauthorized", 1)


def missing(what: str) -> Failure:
    """The object does not exist."""
    return Failure(404, f"{what} not found", 4)
