"""The exception for a call that can't be answered: a status and an `ErrorMessage` body."""

from __future__ import annotations

import itertools
from typing import Any

_numbers = itertools.count(1)


class Problem(Exception):
    """A refusal of a call, which becomes an HTTP answer.

    Args:
        status: HTTP status, 400 to 599.
        message: one sentence that names what is wrong; never a traceback.
        headers: extra answer headers, such as `Retry-After`.
        parameters, more: the values in the message, by name; the answer repeats them in `parameters`.
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
    """Return the 404 for an item that does not exist."""
    return Problem(404, f"There is no {what} '{name}'.", name=name)


def refused(message: str, **parameters: object) -> Problem:
    """Return the 400 for a value that the sandbox does not accept."""
    return Problem(400, message, parameters=parameters)


def forbidden(message: str, **parameters: object) -> Problem:
    """Return the 403 for a call that the caller's role, the ownership or the licence does not allow."""
    return Problem(403, message, parameters=parameters)
