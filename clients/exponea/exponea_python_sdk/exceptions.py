"""The error of a failed call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from .client._runtime.codec.decode import decode
from .client._runtime.codec.encode import encode
from .client._runtime.exceptions import ApiDecodeError
from .jsonvalues import is_list, is_object

V = TypeVar("V")

LONGEST_QUOTE = 100
"""Characters of an unusable answer that a message shows."""


class APIException(Exception):
    """A call that failed: refused by the server, answered with something else, or not answered.

    `args[0]` is the message: the server's text, the list of its texts, or a description. It is never the
    whole body of an answer without a message: the body is in `body`.

    Args:
        message: what went wrong.
        status: the answer's HTTP status; None without an answer.
        body: the answer's text; None without an answer.
        errors: the reply's `error` or `errors` as the server sent it, names included.
        headers: the answer's headers.
        retry_after: seconds that the server asked to wait; None if it did not.
        results: for a batch that was sent in parts: the results of the commands before the failed part.

    Each argument is also an attribute; `call` is the name of the failed call. `__cause__` is the error of the
    layer below, with every attempt.
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
        self.call = ""

    @property
    def outcome(self) -> str:
        """The outcome of the call for logs, without the server's text."""
        return "no answer" if self.status is None else f"status {self.status}"


def needed(value: V | None, name: str) -> V:
    """Return a required part of an answer.

    Args:
        value: the part.
        name: its name in the answer.

    Raises:
        APIException: the part is null or missing.
    """
    if value is None:
        raise APIException(f"the answer's {name} is null or missing", status=200)
    return value


def object_in(text: str) -> dict[str, Any]:
    """Return the JSON object in a body; an empty one if the body is not an object."""
    try:
        found: object = decode(text.encode(), "object")
    except ApiDecodeError:
        return {}
    return found if is_object(found) else {}


def message_of(reply: Mapping[str, Any], text: str, status: int, reason: str | None) -> object:
    """Return the message of a failure: from the members in which the API may put it, in their order.

    Args:
        reply: the object in the body.
        text: the body as text, for replies without a message.
        status: the answer's HTTP status.
        reason: the reason phrase of the status.
    """
    error, errors = reply.get("error"), reply.get("errors")
    if error or (error is not None and error != ""):
        return error
    if is_object(errors) and errors:
        return list(errors.values())
    if is_list(errors) and errors:
        return errors
    heading = f"HTTP {status} {reason or ''}".rstrip()
    if not text.strip():
        return f"{heading}: the answer is empty"
    if "success" in reply:
        success = encode(reply["success"]).decode()[:20]
        return f"{heading}: the answer's success is {success}, and it gives no reason"
    if reply:
        return f"{heading}: the answer has no success, only {_start(', '.join(map(str, reply)))}"
    if text.lstrip().startswith("<"):
        return f"{heading}: the answer is a web page, not JSON"
    return f"{heading}: the answer is not a JSON object: {_start(text)}"


def _start(text: str) -> str:
    """Return the first words of a text."""
    words = " ".join(text.split())
    return words if len(words) <= LONGEST_QUOTE else f"{words[:LONGEST_QUOTE]}…"
