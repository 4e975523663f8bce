"""Stop work of the engine that takes too long, or whose caller has disconnected."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

_PAUSE = 0.01
"""Seconds between two interrupts: an interrupt while no statement runs has no effect."""


@dataclass(slots=True, eq=False)
class Caller:
    """The client that waits for an answer.

    Attributes:
        is_gone: whether the connection was closed before the answer came.
    """

    is_gone: bool = False


@dataclass(slots=True, eq=False)
class Guard:
    """The control over one piece of work.

    Attributes:
        due: when the work must end, by `time.monotonic`; None for no limit.
        caller: the client that waits for it; None for the work of a job.
        is_ended: whether it was stopped before its time limit.
    """

    interrupt: Callable[[], None]
    due: float | None
    caller: Caller | None = None
    is_ended: bool = False

    def end(self) -> None:
        """Stop the work now."""
        self.due, self.is_ended = time.monotonic(), True

    @property
    def is_due(self) -> bool:
        """Whether the time limit of the work is reached."""
        return self.due is not None and self.due <= time.monotonic()


class Watch:
    """A thread that interrupts each piece of work that is due, repeatedly until it has ended."""

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
        """Watch the work of a block; None for `seconds` sets no time limit.

        `interrupt` is not called after the block has ended, so that it can't interrupt later work.
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
        """Stop a piece of work now, if it has not ended by itself."""
        with self._changed:
            guard.end()
            self._wake()

    def leave(self, caller: Caller) -> None:
        """Stop the work of a caller that has disconnected."""
        with self._changed:
            caller.is_gone = True
            for guard in self._guards:
                if guard.caller is caller:
                    guard.end()
            self._wake()

    def end_all(self) -> None:
        """Stop all work, including work that begins later."""
        with self._changed:
            self._ending = True
            for guard in self._guards:
                guard.end()
            self._wake()

    def close(self) -> None:
        """Stop all work, wait for its end, and then stop the thread, as one interrupt may not be enough."""
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
