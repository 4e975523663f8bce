"""Jobs of one kind, told by a table of data: the operations that start, show and cancel them."""

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
        name: the family under which `Jobs` keeps them.
        creates, reads, cancels: operation ids; a kind need not have them all.
        task: checks the call that starts a job, and returns the job's work.
        result: the field of the job's detail that holds what the work came to; empty for a result whose
            fields stand in the detail itself.
        scope: the thing that the jobs are about; raises when the caller may not see it.
        keep: stores what the work came to, once the job can't be cancelled any more.
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
        """Make the handlers."""
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
        """Return how far the job is that the path names."""
        return self.state_of(call, call.path["jobId"])

    def state_of(self, call: Call, job_id: int) -> Row:
        """Return how far a job is."""
        return self._shown(call.world.jobs.find(self.name, self.scope(call), job_id, call.user))

    def cancel(self, call: Call) -> None:
        """Give a job up."""
        call.world.jobs.cancel(self.name, self.scope(call), call.path["jobId"], call.user)

    def _shown(self, job: Row) -> Row:
        result = job["result"]
        if self.result:
            return {**job, self.result: result} if result is not None else job
        return {**job, **(result or {})}


def register(*families: JobFamily) -> None:
    """Make the handlers of several kinds of jobs."""
    for family in families:
        family.register()
