"""Errors of paged lists and of long-running jobs; the tree in `exceptions` shows their base classes."""

from __future__ import annotations

from typing import Any

from .exceptions import OpenApiException


class PageLimit(OpenApiException):
    """A paged list has more pages than `Configuration.max_pages`."""


class JobError(OpenApiException):
    """A long-running job without a result.

    Args:
        msg: what happened.
        token: for `Poller.resume`.
        detail: the server's last answer.
    """

    def __init__(self, msg: str, token: str = "", detail: Any = None) -> None:
        super().__init__(msg)
        self.token = token
        self.detail = detail


class JobFailed(JobError):
    """The job ended without a result; `detail` is the server's last answer."""


class JobCancelled(JobError):
    """The job was cancelled."""


class JobLost(JobError):
    """The server no longer knows the job: it was removed, or the server lost it in a restart."""


class JobTimeout(JobError):
    """The job did not end in the given time; it goes on, and `token` resumes it."""
