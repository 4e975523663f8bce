"""Ends work of the engine that takes too long or that nobody wants any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

_PAUSE = 0.01
"""Seconds between two interrupts: one that comes while no statement runs has no effect."""


@dataclass(slots=True, eq=False)
class Caller:
    """Somebody who waits for an answer.

    Attributes:
        is_gone: whether the connection was closed before the answer came.
    """

    is_gone: bool = False


@dataclass(slots=True, eq=False)
class Guard:
    """The hold on one piece of work.

    Attributes:
        due: when the work is to end, by `time.monotonic`; None for never.
        caller: who waits for it; None for a job's.
        is_ended: whether it was ended before its time.
    """

    interrupt: Callable[[], None]
    due: float | None
    caller: Caller | None = None
    is_ended: bool = False

    def end(self) -> None:
        """Have the work end now."""
        self.due, self.is_ended = time.monotonic(), True

    @property
    def is_due(self) -> bool:
        """Whether the time of the work is up."""
        return self.due is not None and self.due <= time.monotonic()


class Watch:
    """Interrupts each piece of work that is due, again and again until it has ended."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._guards: set[Guard] = set()
        self._thread: threading.Thread | None = None
        self._ending = False
        self._closed = False

    @contextmanager
    def over(
        self, interrupt: Callable[[], None], seconds: float | None, caller: Caller | None = None
    ) -> Generator[Guard]:
        """Watch over the work of a block; `seconds` without a value sets it no time.

        `interrupt` is not called any more when the block has ended, so that it can't hit what comes next.
        """
        guard = Guard(interrupt, None if seconds is None else time.monotonic() + seconds, caller)
        with self._changed:
            if self._ending or (caller is not None and caller.is_gone):
                guard.end()
            earliest = self._earliest()
            self._guards.add(guard)
            if guard.due is not None and (earliest is None or guard.due < earliest):
                self._wake()
        try:
            yield guard
        finally:
            with self._changed:
                self._guards.discard(guard)
                if self._ending and not self._guards:
                    self._changed.notify_all()

    def end(self, guard: Guard) -> None:
        """End a piece of work now, if it has not ended by itself."""
        with self._changed:
            guard.end()
            self._wake()

    def leave(self, caller: Caller) -> None:
        """End the work that somebody waited for who has gone."""
        with self._changed:
            caller.is_gone = True
            for guard in self._guards:
                if guard.caller is caller:
                    guard.end()
            self._wake()

    def end_all(self) -> None:
        """End all work, and what is begun from now on."""
        with self._changed:
            self._ending = True
            for guard in self._guards:
                guard.end()
            self._wake()

    def close(self) -> None:
        """End all work, wait for its end, and stop watching: an interrupt may have to come more than once."""
        self.end_all()
        with self._changed:
            self._changed.wait_for(lambda: not self._guards, timeout=10)
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _wake(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._run, name="sandbox-watch", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _earliest(self) -> float | None:
        return min((guard.due for guard in self._guards if guard.due is not None), default=None)

    def _run(self) -> None:
        with self._changed:
            while not self._closed:
                for guard in self._guards:
                    if guard.is_due:
                        guard.interrupt()
                earliest = self._earliest()
                wait = None if earliest is None else max(_PAUSE, earliest - time.monotonic())
                self._changed.wait(wait)
