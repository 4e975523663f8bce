"""Long-running jobs: start one, follow its progress, get its result; or resume it later.

    job = Poller.start(api.audiences_create_calculate_audience_job_for_latest_update, "Holidays", 7, …)
    result = job.wait(timeout=600, progress=print)

All job families work the same here. `Operation.job` tells which operations belong together, and where the
result is.
"""

from __future__ import annotations

import json
import random
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self, cast

from . import job_states
from .binding import Bound, bind, in_order
from .exceptions import (
    ApiCancelled,
    ApiNotFound,
    ApiNotReady,
    ApiServerError,
    ApiTransportError,
    ApiValueError,
)
from .list_errors import JobCancelled, JobFailed, JobLost, JobTimeout
from .operation import JobStep
from .page_rules import value_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .operation import Operation

FIRST_PAUSE, LAST_PAUSE = 0.3, 5.0
"""Seconds between two polls: the first pause, and the longest to which pauses grow."""
PATIENCE = 60.0
"""Seconds for which polls are repeated while the server can't be reached."""


class Poller:
    """One job, or the several that one call started.

    Attributes:
        ids: the server's ids of the jobs.
        progress: 0 to 100, from the server's answers; never decreases.
        details: the server's last answer for each job.
        cancel_on_interrupt: whether Ctrl-C in `wait` asks the server to stop the job.
    """

    cancel_on_interrupt = True

    def __init__(
        self, section: Any, family: str, values: Mapping[str, Any], ids: list[Any], many: bool
    ) -> None:
        self._section = section
        self.family = family
        self._values = dict(values)
        self.ids = ids
        self._many = many
        self.progress = 0.0
        self.details: dict[Any, Any] = {}
        self._cancelled = False
        steps = {
            operation.job.step: (name, operation)
            for name, operation in section.operations.items()
            if operation.job is not None and operation.job.family == family
        }
        if "poll" not in steps:
            raise ApiValueError(f"{type(section).__name__} has no job family {family!r}")
        self._steps: dict[str, tuple[str, Operation]] = steps
        self._job: JobStep = steps["poll"][1].job or JobStep(family, "poll")
        # the path parameter that the start does not have is the job's id; its name differs by family
        places = [
            p.name for p in steps["poll"][1].parameters if p.location == "path" and p.name not in values
        ]
        self._key = places[-1] if places else "job_id"

    @classmethod
    def start(cls, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Call a method that creates a job (or several) and return the handle.

        Args:
            method: a method of a section whose operation creates a job, not called.
            args, kwargs: its arguments.

        Raises:
            ApiValueError: the method creates no job.
            ApiException: the job could not be created.
        """
        bound: Bound = bind(method, args, kwargs)
        job = bound.operation.job
        if job is None or job.step != "create":
            raise ApiValueError(f"{bound.name} creates no job")
        made: Any = method(*args, **kwargs)
        many = isinstance(made, list)
        created = cast("list[Any]", made if many else [made])
        ids = [job_states.id_of(item, job) for item in created]
        poller = cls(bound.section, job.family, bound.arguments, ids, many)
        for key, item in zip(ids, created, strict=True):
            if job_states.tells_state(item, poller._job):
                poller._note(key, item)
        return poller

    # ---- resuming later

    @property
    def token(self) -> str:
        """The job as JSON text, for `resume`. It holds ids and path values, but no credential."""
        plain = {k: v for k, v in self._values.items() if isinstance(v, str | int | float)}
        record = {"version": 1, "family": self.family, "values": plain, "ids": self.ids, "many": self._many}
        return json.dumps(record, sort_keys=True)

    @classmethod
    def resume(cls, section: Any, token: str, **values: Any) -> Self:
        """Return the handle of a job that was started before, perhaps by another process.

        Args:
            section: the section that has the job's operations.
            token: from `token`.
            values: arguments that a token can't hold, such as a body.

        Raises:
            ApiValueError: the text is not a token of a job.
        """
        try:
            record: dict[str, Any] = json.loads(token)
            family, many = record["family"], record["many"]
            given, ids = cast("dict[str, Any]", record["values"]), cast("list[Any]", record["ids"])
            ok = record["version"] == 1 and isinstance(family, str) and isinstance(many, bool)
            ok = ok and [type(given), type(ids)] == [dict, list] and len(ids) > 0
            ok = ok and all(isinstance(key, int | str) and not isinstance(key, bool) for key in ids)
            ok = ok and all(isinstance(value, str | int | float) for value in given.values())
            if not ok:
                raise ValueError("not a token")
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ApiValueError("the text is not a job token of this client") from None
        return cls(section, family, {**given, **values}, ids, many)

    # ---- following

    @property
    def done(self) -> bool:
        """Whether every job has ended, as of the last answers."""
        return len(self.details) == len(self.ids) and all(
            job_states.ended(item, self._job) for item in self.details.values()
        )

    def poll(self) -> bool:
        """Ask the server once; return whether every job has ended.

        Raises:
            JobLost: the server no longer knows the job.
            ApiException: the request failed.
        """
        waiting = [key for key in self.ids if not job_states.ended(self.details.get(key), self._job)]
        if len(waiting) > 1 and "results" in self._steps:
            for item in self._call("results", None, waiting):
                self._note(job_states.id_of(item, self._job), item)
        else:
            for key in waiting:
                self._note(key, self._call("poll", key))
        return self.done

    def wait(
        self,
        timeout: float = 3600.0,
        progress: Callable[[float], object] | None = None,
        pause: float = FIRST_PAUSE,
        *,
        on_poll: Callable[[Self], object] | None = None,
    ) -> Any:
        """Wait for the end and return the result; for several jobs, a list in their order.

        Args:
            timeout: seconds to wait; the job itself goes on after that.
            progress: called with 0 to 100 when the progress grows.
            pause: seconds before the second poll; later pauses are longer.
            on_poll: called with this object after each poll; if it returns False, the waiting ends.

        Raises:
            ApiCancelled: `on_poll` ended the waiting; the job itself goes on.
            JobFailed: the job ended without a result.
            JobCancelled: the job was cancelled.
            JobLost: the server no longer knows the job.
            JobTimeout: the job did not end in time; go on later with `wait` or `resume`.
        """
        end = time.monotonic() + timeout
        unreachable: float | None = None
        told = -1.0
        try:
            while True:
                rest, done = pause, False
                try:
                    done = self.poll()
                    unreachable = None
                except ApiNotReady as error:
                    rest = error.retry_after or pause
                except (ApiTransportError, ApiServerError):
                    # The server may be restarting; the job usually still exists afterwards.
                    unreachable = unreachable or time.monotonic()
                    if time.monotonic() - unreachable > min(PATIENCE, timeout):
                        raise
                if on_poll is not None and on_poll(self) is False:
                    raise ApiCancelled(0, "the caller stopped waiting for the job", sent=True)
                if done:
                    break
                if progress is not None and self.progress > told:
                    told = self.progress
                    progress(told)
                if time.monotonic() + rest > end:
                    raise JobTimeout(f"the job has not ended after {timeout:g} s", token=self.token)
                time.sleep(rest * (0.75 + random.random() / 2))  # noqa: S311
                pause = min(LAST_PAUSE, pause * 1.5)
        except KeyboardInterrupt:
            if self.cancel_on_interrupt:
                self.cancel()
            raise
        if progress is not None and told < 100:
            progress(100.0)
        return self.result()

    def result(self) -> Any:
        """Return the result of jobs that have ended.

        Raises:
            JobFailed, JobCancelled: the job ended without a result.
            ApiValueError: a job has not ended yet.
        """
        if not self.done:
            raise ApiValueError("the job has not ended; use wait()")
        results = [self._result(self.details[key]) for key in self.ids]
        return results if self._many else results[0]

    def cancel(self) -> bool:
        """Ask the server to stop the jobs. Return False if this object has asked already, or no job of this
        kind can be cancelled.
        """
        if self._cancelled or "cancel" not in self._steps:
            return False
        self._cancelled = True
        for key in self.ids:
            with suppress(JobLost):
                self._call("cancel", key)
        return True

    # ---- inside

    def _call(self, step: str, key: Any, keys: list[Any] | None = None) -> Any:
        name, operation = self._steps[step]
        given = {**self._values, self._key: key}
        if keys is not None:
            body = next(parameter.name for parameter in operation.parameters if parameter.location == "body")
            given[body] = keys
        try:
            return self._section.api_client.call(operation, in_order(operation, given), {}, name=name)
        except ApiNotFound as error:
            raise JobLost(f"the server does not know job {key}", token=self.token) from error

    def _note(self, key: Any, item: Any) -> None:
        before = self.details.get(key)
        if key in self.ids and not job_states.ended(before, self._job):
            self.details[key] = item
        shares = [job_states.progress(item, self._job) for item in self.details.values()]
        self.progress = max(self.progress, min(100.0, sum(shares) / len(self.ids)))

    def _result(self, item: Any) -> Any:
        wire = self._job.result
        # Without a result, the answer to a job that was cancelled here looks like that to a finished one.
        if job_states.cancelled(item, self._job) or (not wire and self._cancelled):
            raise JobCancelled("the job was cancelled", token=self.token, detail=item)
        if status := job_states.failed(item, self._job):
            raise JobFailed(f"the job ended as {status!r}", token=self.token, detail=item)
        if not wire:
            return item
        found = value_at(item, {}, f"$.{wire}")
        if found is None:
            if self._cancelled:
                raise JobCancelled("the job was cancelled", token=self.token, detail=item)
            raise JobFailed("the job ended without a result", token=self.token, detail=item)
        return found
