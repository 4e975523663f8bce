"""Every error of this client, as one tree.

    TonalyticaError (Exception)
    ├── RequestError              the server refused; text `[GET] /api/queries/9 (404)`
    │   ├── BadRequestError       400
    │   ├── ForbiddenError        403
    │   ├── NotFoundError         404
    │   │   └── KeyRefusedError   401, or the 404 that Redash answers to a key that isn't valid here
    │   ├── ConflictError         409: somebody else saved a change in between
    │   ├── RateLimitedError      429
    │   └── ServerError           5xx
    ├── AmbiguousSlugError        two dashboards have the slug that was given (also a ValueError)
    ├── UnexpectedAnswerError     an answer that can't be read: a web page instead of JSON, half a body
    ├── NoAnswerError             no complete answer: no connection, or a broken one
    │   └── RequestTimeoutError   … in time (also a TimeoutError)
    └── JobError                  a job without a result; `job` is the server's description of it
        ├── QueryFailedError      the text is that of the database
        ├── QueryCancelledError
        └── PollingTimeoutError   `Polling timeout.` (also a TimeoutError); the job may still be running

An argument that can't be sent is a ValueError, before anything is sent. The server's message is in
``message`` and, as a note, in the traceback. None of the errors contains a key, and all of them can be
pickled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from .client._runtime.codec.decode import decode
from .client._runtime.exceptions import ApiDecodeError


class TonalyticaError(Exception):
    """The base of every error that this client raises."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class RequestError(TonalyticaError):
    """The server refused the request.

    Args:
        method: verb of the request.
        path: its path, from `/api` on.
        status: status of the answer.
        message: the message of the server.
        body: the whole answer, decoded if it is JSON.
    """

    def __init__(self, method: str, path: str, status: int, message: str = "", body: Any = None) -> None:
        super().__init__(f"[{method}] {path} ({status})")
        self.method = method
        self.path = path
        self.status = status
        self.message = message
        self.body = body
        if message:
            self.add_note(f"The server says: {message}")

    @property
    def status_code(self) -> int:
        """The status, under the name that responses use."""
        return self.status


class BadRequestError(RequestError):
    """400: the request is invalid."""


class ForbiddenError(RequestError):
    """403: the key is valid, but its owner may not do this."""


class NotFoundError(RequestError):
    """404: the object does not exist, or the owner of the key may not see it."""


class KeyRefusedError(NotFoundError):
    """401, or 404 with the message of Redash for keys that don't open this address.

    The key is wrong, or it is the key of a query and the address does not belong to that query.
    """


class ConflictError(RequestError):
    """409: the version in the request is not the newest any more."""


class RateLimitedError(RequestError):
    """429: too many requests."""


class ServerError(RequestError):
    """5xx: the server failed. It also answers 500 to an id of the wrong kind."""


class AmbiguousSlugError(TonalyticaError, ValueError):
    """Two dashboards have the given slug: give the number of one.

    Args:
        slug: the given slug.
        numbers: the numbers of the dashboards that have it.
    """

    def __init__(self, slug: str, numbers: Sequence[int]) -> None:
        which = ", ".join(map(str, numbers))
        super().__init__(f"{len(numbers)} dashboards are called {slug!r}: give one of the numbers {which}")
        self.slug = slug
        self.numbers = list(numbers)


class UnexpectedAnswerError(TonalyticaError):
    """An answer that can't be read: a web page instead of JSON, half a body."""


class NoAnswerError(TonalyticaError):
    """There was no complete answer."""


class RequestTimeoutError(NoAnswerError, TimeoutError):
    """There was no complete answer in time."""


class JobError(TonalyticaError):
    """A job without a result.

    Args:
        text: the cause.
        job: the last description of the job by the server.
    """

    def __init__(self, text: str, job: Mapping[str, Any]) -> None:
        super().__init__(text)
        self.job = dict(job)

    @property
    def job_id(self) -> str:
        """Id of the job."""
        return str(self.job.get("id", ""))


class QueryFailedError(JobError):
    """The database refused the query; the text is that of the database."""


class QueryCancelledError(JobError):
    """The job was cancelled."""


class PollingTimeoutError(JobError, TimeoutError):
    """The job did not end within the time limit. It may still be running."""


_BY_STATUS: dict[int, type[RequestError]] = {
    400: BadRequestError,
    401: KeyRefusedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitedError,
}


def refused(method: str, path: str, status: int, text: str | None) -> RequestError:
    """Return the error for an answer without success.

    Args:
        method: verb of the request.
        path: its path, from `/api` on.
        status: status of the answer.
        text: body of the answer.
    """
    body: Any = text
    try:
        body = decode((text or "").encode(), "object")
    except ApiDecodeError:
        message = "" if "<" in (text or "") else (text or "").strip()[:500]
    else:
        message = _message(body)
    kind = _BY_STATUS.get(status, ServerError if status >= 500 else RequestError)
    if status == 404 and "login" in message.lower():
        kind = KeyRefusedError
    return kind(method, path, status, message, body)


def _message(body: Any) -> str:
    """Return the message in an error's body: `message`, or the error of a job that was never started."""
    if not isinstance(body, dict):
        return ""
    found = cast("dict[str, Any]", body)
    job = found.get("job")
    inner = cast("dict[str, Any]", job).get("error") if isinstance(job, dict) else None
    return str(found.get("message") or inner or "")


def _rebuild(
    kind: type[TonalyticaError], arguments: tuple[Any, ...], members: dict[str, Any]
) -> TonalyticaError:
    error = kind.__new__(kind)
    error.args = arguments
    error.__dict__.update(members)
    return error
