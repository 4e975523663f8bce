"""A long-running job: start it, watch it, get its result, or resume it from another process."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .._runtime.exceptions import ApiValueError
from .._runtime.jobs import Poller
from .progress import progress_bar

if TYPE_CHECKING:
    from .session import Session

SECTIONS = (
    "audiences", "dashboards", "data_licensing", "fast_stats_builds", "fast_stats_systems", "files",
    "people_stage", "visualisations",
)  # fmt: skip
"""The sections that have jobs."""


class Job:
    """One call's job, or jobs.

    Args:
        poller: asks the server for the state.
        title: shown with the progress bar.
    """

    def __init__(self, poller: Poller, title: str = "") -> None:
        poller.cancel_on_interrupt = False  # `wait` leaves the job running and prints how to resume it
        self.poller = poller
        """Asks the server for the state."""
        self._title = title or poller.family

    @property
    def token(self) -> str:
        """The job as JSON text, for `session.resume_job` in another process. It holds no secret."""
        return self.poller.token

    @property
    def progress(self) -> float:
        """0 to 100, as of the last answer."""
        return self.poller.progress

    @property
    def queue_position(self) -> int | None:
        """The job's place in the server's queue, as of the last answer; None if the job is not queued, or the
        server does not tell.
        """
        places = [getattr(each, "queue_position", None) for each in self.poller.details.values()]
        waiting = [place for place in places if place]
        return max(waiting) if waiting else None

    @property
    def done(self) -> bool:
        """Whether the job has ended, as of the last answer; `poll` asks again."""
        return self.poller.done

    def poll(self) -> bool:
        """Ask the server once; return whether the job has ended."""
        return self.poller.poll()

    def wait(
        self,
        timeout: float = 3600.0,
        *,
        progress: bool | None = None,
        given_up: Callable[[], bool] | None = None,
    ) -> Any:
        """Wait for the end and return the result. Show a progress bar in a terminal or notebook.

        An interrupt (Ctrl-C) ends only the waiting. The job goes on, and a line on standard error says how to
        wait for it again (`session.resume_job` with its token) or to stop it (`cancel`).

        Args:
            timeout: seconds to wait; the job itself goes on after that, and can be waited for again.
            progress: True or False show the bar always or never.
            given_up: called after each answer; if it returns True, `ApiCancelled` is raised.

        Raises:
            JobFailed, JobCancelled, JobLost: the job has no result.
            JobTimeout: the job did not end in time.
        """
        bar = progress_bar(self._title, progress)

        def watch(poller: Poller) -> bool:
            if given_up is not None and given_up():
                return False
            bar.update(poller.progress, 100, self._note())
            return True

        try:
            return self.poller.wait(timeout, on_poll=watch)
        except KeyboardInterrupt:
            bar.close()
            self._say_how_to_go_on()
            raise
        finally:
            bar.close()

    def _say_how_to_go_on(self) -> None:
        if sys.stderr is None:  # a program without a console
            return
        with contextlib.suppress(OSError, ValueError):  # a closed stream
            print(
                f"interrupted; the job goes on: session.resume_job({self.token!r}).wait() waits for it "
                "again, .cancel() instead of .wait() stops it",
                file=sys.stderr,
            )

    def result(self) -> Any:
        """Return the result of a job that has ended."""
        return self.poller.result()

    def cancel(self) -> bool:
        """Ask the server to stop the job. Return False if this object has asked already, or if jobs of this
        kind can't be cancelled.
        """
        return self.poller.cancel()

    def _note(self) -> str:
        return f"place {self.queue_position} in the queue" if self.queue_position else ""

    def __repr__(self) -> str:
        state = "ended" if self.done else f"{self.progress:.0f}%"
        parts = [state, self._note()] if self._note() else [state]
        return f"<job {self._title} {', '.join(map(str, self.poller.ids))}: {', '.join(parts)}>"


def start_job(method: Callable[..., Any], *args: Any, **kwargs: Any) -> Job:
    """Call a method that creates a job; see `Session.job`."""
    return Job(Poller.start(method, *args, **kwargs))


def resume_job(session: Session, token: str, **values: Any) -> Job:
    """Return the job with a token; see `Session.resume_job`."""
    import json

    try:
        family = json.loads(token)["family"]
    except (ValueError, TypeError, KeyError):
        raise ApiValueError("the text is not a job token of this client") from None
    for name in SECTIONS:
        controller: Any = getattr(session, name).controller
        if family in {each.job.family for each in controller.operations.values() if each.job is not None}:
            return Job(Poller.resume(controller, token, **values))
    raise ApiValueError(f"this client has no job family {family!r}: the token is from another version of it")
