"""Jobs of one kind, as data: the operations that start, show and cancel them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..call import Call, handles
from ..jobs import Keep, Work
from ..store import Row


def _anywhere(call: Call) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class JobFamily:
    """A kind of job and the operations on it.

    Attributes:
        name: the family in `Jobs`.
        creates, reads, cancels: operation ids; each may be missing.
        task: checks the call that starts a job, and returns the job's work.
        result: the field of the job's detail with the outcome of the work; empty if the fields of the outcome
            are in the detail itself.
        scope: returns the item that the jobs belong to; raises if the caller may not see it.
        keep: stores the outcome of the work, after the job can no longer be cancelled.
    """

    name: str
    creates: str
    reads: str
    cancels: str
    task: Callable[[Call], Work]
    result: str = ""
    scope: Callable[[Call], str] = _anywhere
    keep: Callable[[Call], Keep] | None = None

    def register(self) -> None:
        """Register the handlers."""
        handles(self.creates)(self.start)
        handles(self.reads)(self.state)
        if self.cancels:
            handles(self.cancels)(self.cancel)

    def start(self, call: Call) -> Row:
        """Queue a job."""
        scope, work = self.scope(call), self.task(call)
        keep = self.keep(call) if self.keep else None
        return self._shown(call.world.jobs.submit(self.name, scope, call.user, work, keep))

    def state(self, call: Call) -> Row:
        """Return the state of the job in the path."""
        return self.state_of(call, call.path["jobId"])

    def state_of(self, call: Call, job_id: int) -> Row:
        """Return the state of a job."""
        return self._shown(call.world.jobs.find(self.name, self.scope(call), job_id, call.user))

    def cancel(self, call: Call) -> None:
        """Cancel a job."""
        call.world.jobs.cancel(self.name, self.scope(call), call.path["jobId"], call.user)

    def _shown(self, job: Row) -> Row:
        result = job["result"]
        if self.result:
            return {**job, self.result: result} if result is not None else job
        return {**job, **(result or {})}


def register(*families: JobFamily) -> None:
    """Register the handlers of several kinds of jobs."""
    for family in families:
        family.register()
