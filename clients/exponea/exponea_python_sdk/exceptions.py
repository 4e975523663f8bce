"""What goes wrong when a call does not do what it was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .jsonvalues import is_list, is_object


class APIException(Exception):
    """A call that failed: refused by the server, answered with something else, or not answered.

    `args[0]` is the message: the server's own text, the list of its texts, or what happened on the way.

    Args:
        message: what went wrong.
        status: the answer's HTTP status; None when there was no answer.
        body: the answer's text; None when there was no answer.
        errors: the reply's `error` or `errors` as the server sent it, names included.
        headers: the answer's headers.
        retry_after: seconds that the server asked to wait, if it did.
        results: for a batch that was sent in parts: what became of the commands before the part that failed.

    Each argument is an attribute as well. The error of the layer below, with every try, is `__cause__`.
    """

    def __init__(
        self,
        message: object = "",
        *,
        status: int | None = None,
        body: str | None = None,
        errors: object = None,
        headers: Mapping[str, str] | None = None,
        retry_after: float | None = None,
        results: Sequence[Any] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = body
        self.errors = errors
        self.headers = headers
        self.retry_after = retry_after
        self.results = results


def object_in(text: str) -> dict[str, Any]:
    """The JSON object that a body holds; an empty one when it holds none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if is_object(found) else {}


def message_of(reply: Mapping[str, Any], text: str) -> object:
    """The message for a failure: what the reply says, in the order in which the API's endpoints spell it.

    Args:
        reply: the object in the body.
        text: the body as text, for replies that say nothing.
    """
    error, errors = reply.get("error"), reply.get("errors")
    if error is not None:
        return error
    if is_object(errors) and errors:
        return list(errors.values())
    return errors if is_list(errors) and errors else text
