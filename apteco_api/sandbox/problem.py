"""What a handler raises when a call can't be answered: a status and an `ErrorMessage` body."""

from __future__ import annotations

import itertools
from typing import Any

_numbers = itertools.count(1)


class Problem(Exception):
    """A refusal that becomes an HTTP answer.

    Args:
        status: HTTP status, 400 to 599.
        message: one sentence that names the thing that is wrong; never a traceback.
        headers: extra answer headers, such as `Retry-After`.
        parameters, more: the values the message is about, by name; they come back in `parameters`.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        headers: dict[str, str] | None = None,
        parameters: dict[str, object] | None = None,
        **more: object,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}
        self.parameters = {**(parameters or {}), **more}

    def body(self) -> dict[str, Any]:
        """Return the answer's body: the spec's `ErrorMessage`. `id` numbers the refusals of this process."""
        return {
            "code": self.status,
            "id": next(_numbers),
            "message": self.message,
            "parameters": [{"key": key, "value": str(value)} for key, value in self.parameters.items()],
        }


def missing(what: str, name: object) -> Problem:
    """Return the 404 for a thing named in a path."""
    return Problem(404, f"There is no {what} '{name}'.", name=name)


def refused(message: str, **parameters: object) -> Problem:
    """Return the 400 for a value that the sandbox does not accept."""
    return Problem(400, message, parameters=parameters)


def forbidden(message: str, **parameters: object) -> Problem:
    """Return the 403 for what the caller's role or ownership, or the licence, does not allow."""
    return Problem(403, message, parameters=parameters)
