"""Jobs: queued work with a progress, which can be cancelled."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import clock
from .data import Data
from .problem import Problem, missing
from .settings import Settings
from .store import Row, Store
from .watch import Guard

_LOG = logging.getLogger(__name__)
_KEPT = 200
_CANCELLED = {"type": "Warning", "number": 0, "text": "The job was cancelled before it was done."}
_LOST = {"status": 404, "message": "The server was stopped before the job was done."}

Step = Callable[[float], None]
"""A job's work calls this with its progress, 0 to 1. It raises if the job was cancelled."""
Work = Callable[[Step], Any]
Keep = Callable[[Any], Any]
"""A function that stores the outcome of a job's work and returns the job's result. It is called after the
last moment at which the job can be cancelled."""


class Cancelled(Exception):
    """Raised inside a job's work after the job was cancelled."""


@dataclass(slots=True)
class _Live:
    row: Row
    work: Work
    keep: Keep | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    started: float = 0.0
    share: float = 0.0
    guard: Guard | None = None
    """The means to stop the job's work, while a worker runs it."""
    result: Any = None
    """The outcome of the work, while the job waits out its least time."""


class Jobs:
    """The queue and its workers. The outcome of a job is stored in the state; its work is not.

    Waiting out a job's least time (`job_seconds`) happens outside the queue and does not block a worker.
    """

    def __init__(self, store: Store, data: Data, settings: Settings) -> None:
        self._store = store
        self._data = data
        self._seconds = settings.job_seconds
        lock = threading.RLock()
        self._wake, self._ripe = threading.Condition(lock), threading.Condition(lock)
        self._queue: deque[_Live] = deque()
        self._early: list[tuple[float, int, _Live]] = []
        """Jobs that wait out their least time, the earliest first; the number keeps equal times in order."""
        self._numbers = itertools.count()
        self._live: dict[int, _Live] = {}
        self._busy_until = 0.0
        self._closed = False
        with store.write() as writer:
            for row in store.rows("job", lambda row: row["state"] in ("queued", "running")):
                writer.change("job", row, state="failed", problem=_LOST)
        names = [f"sandbox-job-{index}" for index in range(settings.job_workers)]
        self._threads = [threading.Thread(target=self._run, name=name, daemon=True) for name in names]
        self._threads.append(threading.Thread(target=self._keep_early, name="sandbox-jobs", daemon=True))
        for thread in self._threads:
            thread.start()

    def submit(self, family: str, scope: str, user: Row, work: Work, keep: Keep | None = None) -> Row:
        """Queue a job. Later calls about the job must name the same `family` and `scope`.

        Rows that `work` stores stay if the job is cancelled. `keep` stores rows that must not stay then.
        """
        row = {
            "family": family,
            "scope": scope,
            "userId": user["id"],
            "state": "queued",
            "added": clock.now(),
        }
        with self._store.write() as writer:
            row = writer.put("job", row)
            for old in self._store.rows("job")[:-_KEPT]:
                if old["id"] not in self._live:
                    writer.delete("job", old["id"])
        live = _Live(row, work, keep)
        with self._wake:
            self._live[row["id"]] = live
            self._queue.append(live)
            self._wake.notify()
        return self.describe(row["id"])

    def find(self, family: str, scope: str, job_id: int, user: Row) -> Row:
        """Return the state of a job of this family and scope; 404 for a job that the user can't see."""
        return self.describe(self._row(family, scope, job_id, user)["id"])

    def _row(self, family: str, scope: str, job_id: int, user: Row) -> Row:
        row = self._store.get("job", job_id)
        if row is None or row["family"] != family or row["scope"] != scope:
            raise missing("job", job_id)
        if row["userId"] != user["id"] and not user["roles"]:
            raise missing("job", job_id)
        return row

    def describe(self, job_id: int) -> Row:
        """Return the state of a job: id, isComplete, isCancelled, queuePosition, progress in percent, and
        result.

        Raises the `Problem` that a failed job ended with.
        """
        with self._wake:
            live = self._live.get(job_id)
            position = self._queue.index(live) + 1 if live and live in self._queue else 0
        row = self._store.get("job", job_id) or (live.row if live else None)
        if row is None:
            raise missing("job", job_id)
        if row["state"] == "failed":
            raise Problem(row["problem"]["status"], row["problem"]["message"], job=job_id)
        done = row["state"] in ("done", "cancelled")
        progress = 100 if row["state"] == "done" else self._progress(live) if live and not done else 0
        return {
            "id": job_id,
            "isComplete": done,
            "isCancelled": row["state"] == "cancelled",
            "queuePosition": position,
            "progress": progress,
            "result": row.get("result"),
            "serverMessages": [_CANCELLED] if row["state"] == "cancelled" else [],
        }

    def cancel(self, family: str, scope: str, job_id: int, user: Row) -> None:
        """Cancel a job that waits or runs; leave a job that has ended unchanged."""
        self._row(family, scope, job_id, user)
        with self._wake:
            live = self._live.get(job_id)
            if live is None:
                return
            live.cancelled.set()
            idle = self._take_out(live)
            if live.guard is not None:
                self._data.watch.end(live.guard)
        if idle:
            self._end(live, state="cancelled")

    def _take_out(self, live: _Live) -> bool:
        """Remove a job from the queue or from those that wait out their time; return whether it was there."""
        if live in self._queue:
            self._queue.remove(live)
            return True
        left = [entry for entry in self._early if entry[2] is not live]
        waited = len(left) < len(self._early)
        if waited:
            self._early = left
            heapq.heapify(left)
        return waited

    def be_busy(self, seconds: float) -> None:
        """Begin no job for `seconds`; queued and new jobs wait."""
        with self._wake:
            self._busy_until = max(self._busy_until, time.monotonic() + seconds)

    def close(self) -> None:
        """Cancel the running jobs and stop the workers."""
        with self._wake:
            self._closed = True
            for live in self._live.values():
                live.cancelled.set()
                if live.guard is not None:
                    self._data.watch.end(live.guard)
            self._wake.notify_all()
            self._ripe.notify_all()
        for thread in self._threads:
            thread.join(timeout=10)

    def _progress(self, live: _Live) -> int:
        if not live.started:
            return 0
        paced = (time.monotonic() - live.started) / self._seconds if self._seconds else 1.0
        return int(99 * min(1.0, paced, max(live.share, 0.1)))

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._closed and not (self._queue and self._busy_until <= time.monotonic()):
                    self._wake.wait(self._busy_until - time.monotonic() if self._queue else None)
                if self._closed:
                    return
                live = self._queue.popleft()
                live.started = time.monotonic()
            try:
                self._work(live)
            except Exception:
                _LOG.exception("job %s could not be recorded", live.row["id"])

    def _work(self, live: _Live) -> None:
        def step(share: float) -> None:
            live.share = share
            if live.cancelled.is_set():
                raise Cancelled

        try:
            with self._data.watch.over(self._data.cursor().interrupt, None) as guard:
                live.guard = guard
                step(0.0)
                live.result = live.work(step)
            step(1.0)
        except Exception as error:
            self._give_up(live, error)
            return
        with self._wake:
            due = live.started + self._seconds
            early = due > time.monotonic() and not live.cancelled.is_set()
            if early:
                heapq.heappush(self._early, (due, next(self._numbers), live))
                self._ripe.notify()
        if not early:
            self._finish(live)

    def _keep_early(self) -> None:
        """Finish jobs that have waited out their time. One thread is enough, as writers take turns anyway."""
        while True:
            with self._ripe:
                while not self._closed and not (self._early and self._early[0][0] <= time.monotonic()):
                    wait = self._early[0][0] - time.monotonic() if self._early else None
                    self._ripe.wait(wait)
                if self._closed:
                    return
                live = heapq.heappop(self._early)[2]
            try:
                self._finish(live)
            except Exception:
                _LOG.exception("job %s could not be recorded", live.row["id"])

    def _finish(self, live: _Live) -> None:
        """Store the outcome of a job's work."""
        try:
            if live.cancelled.is_set():
                raise Cancelled
            result = live.result if live.keep is None else live.keep(live.result)
        except Exception as error:
            self._give_up(live, error)
        else:
            self._end(live, state="done", result=result)

    def _give_up(self, live: _Live, error: Exception) -> None:
        """Record a job that was cancelled or failed."""
        if live.cancelled.is_set():
            self._end(live, state="cancelled")
            return
        if not isinstance(error, Problem):
            _LOG.exception("job %s failed", live.row["id"], exc_info=error)
            error = Problem(500, "The sandbox failed on this job.")
        self._end(live, state="failed", problem={"status": error.status, "message": error.message})

    def _end(self, live: _Live, **values: object) -> None:
        if self._closed and values["state"] == "cancelled":
            values = {"state": "failed", "problem": _LOST}
        with self._store.write() as writer:
            writer.change("job", live.row, ended=clock.now(), **values)
        with self._wake:
            self._live.pop(live.row["id"], None)
