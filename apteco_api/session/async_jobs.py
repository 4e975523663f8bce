"""A long-running job in `async` code: `AsyncJob` awaits what `Job` waits for."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from .jobs import Job

InThread = Callable[[Callable[[], Any]], Awaitable[Any]]
"""A function that runs another one in a thread, and is awaited."""


class AsyncJob:
    """One call's job, or jobs; see `Job`.

    Args:
        job: the job.
        in_thread: runs the requests to the server.
    """

    def __init__(self, job: Job, in_thread: InThread) -> None:
        self._job = job
        self._in_thread = in_thread

    @property
    def token(self) -> str:
        """The job as JSON text, for `resume_job` in another process. It holds no secret."""
        return self._job.token

    @property
    def progress(self) -> float:
        """0 to 100, as of the last answer."""
        return self._job.progress

    @property
    def queue_position(self) -> int | None:
        """The job's place in the server's queue, as of the last answer; None if the job is not queued."""
        return self._job.queue_position

    @property
    def done(self) -> bool:
        """Whether the job has ended, as of the last answer; `poll` asks again."""
        return self._job.done

    async def poll(self) -> bool:
        """Ask the server once; return whether the job has ended."""
        done: bool = await self._in_thread(self._job.poll)
        return done

    async def wait(self, timeout: float = 3600.0, *, progress: bool | None = None) -> Any:
        """Wait for the end and return the result. Show a progress bar in a terminal or notebook.

        A task that is cancelled stops waiting at once. The job itself goes on, and can be waited for again.

        Args:
            timeout: seconds to wait; the job itself goes on after that.
            progress: True or False show the bar always or never.

        Raises:
            JobFailed, JobCancelled, JobLost: the job has no result.
            JobTimeout: the job did not end in time.
        """
        given_up = threading.Event()
        try:
            return await self._in_thread(
                partial(self._job.wait, timeout, progress=progress, given_up=given_up.is_set)
            )
        finally:
            given_up.set()

    def result(self) -> Any:
        """Return the result of a job that has ended."""
        return self._job.result()

    async def cancel(self) -> bool:
        """Ask the server to stop the job; see `Job.cancel`."""
        asked: bool = await self._in_thread(self._job.cancel)
        return asked

    def __repr__(self) -> str:
        return repr(self._job)
