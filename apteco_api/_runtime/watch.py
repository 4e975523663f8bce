"""One thread that ends calls whose time is over. It starts with the first call and ends after the last one.

Starting a thread for each call would take longer than the call.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .exceptions import ApiConnectionError

if TYPE_CHECKING:
    from .budget import Call

IDLE = 1.0
"""Seconds after which the thread looks for calls again. Without a call, it ends."""


class Deadline:
    """The deadline of a call that is under way: when its time is over, the call's socket is shut.

    Args:
        call: the call, which has the deadline.

    Attributes:
        over: whether the time is over.
        sock: the socket. urllib3 takes it from its connection if the answer ends by closing.
    """

    def __init__(self, call: Call) -> None:
        call.left("connect")
        self._call = call
        self.over = False
        self.sock: Any = None
        self.begin()

    def begin(self) -> None:
        """Watch until the deadline that the call has now."""
        self.at = self._call.deadline
        _watcher.add(self)

    def end(self) -> None:
        """Stop watching. From now on, another call may own the socket."""
        _watcher.leave(self)

    def check(self, phase: str) -> None:
        """Refuse headers and bodies that ended because the socket was shut: they look complete.

        Raises:
            ApiTimeout: the time is over.
        """
        if self.over:
            raise self._call.timed_out(phase)

    def end_call(self) -> None:
        """Shut the socket of the call."""
        self.over = True
        sock = getattr(self._call.connection, "sock", None) or self.sock
        if sock is not None:
            with suppress(OSError, AttributeError):
                sock.shutdown(2)


class _Watcher:
    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._watched: set[Deadline] = set()
        self._running = False
        self._wakes = 0.0  # when the thread looks again by itself

    def add(self, deadline: Deadline) -> None:
        with self._changed:
            if not self._running:
                try:
                    threading.Thread(target=self._run, name="call-deadlines", daemon=True).start()
                except RuntimeError:
                    raise ApiConnectionError(0, "no thread could be started for the call") from None
                self._running = True
            self._watched.add(deadline)
            if deadline.at < self._wakes:
                self._changed.notify()

    def leave(self, deadline: Deadline) -> None:
        with self._changed:  # so no socket is shut after this
            self._watched.discard(deadline)

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for deadline in [each for each in self._watched if each.at <= now]:
                    self._watched.discard(deadline)
                    deadline.end_call()
                idle = not self._watched
                self._wakes = min((each.at for each in self._watched), default=now + IDLE)
                self._wakes = min(self._wakes, now + IDLE)
                self._changed.wait(self._wakes - now)
                if idle and not self._watched:
                    self._running = False
                    return


_watcher = _Watcher()


def _begin_anew() -> None:
    """Forget the thread and the calls of the parent in a child process."""
    global _watcher
    _watcher = _Watcher()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
