"""The time limit of a wait for a job, and the interval between polls."""

from __future__ import annotations

import time


class Deadline:
    """The end of a wait, set when the wait begins.

    Args:
        seconds: how long to wait; None for no end.
    """

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds

    @property
    def left(self) -> float | None:
        """Seconds until the end, at least 0.001 for a last answer; None for no end."""
        return None if self._end is None else max(self._end - time.monotonic(), 0.001)

    @property
    def over(self) -> bool:
        """Whether the end has come."""
        return self._end is not None and time.monotonic() >= self._end


def checked_interval(poll_interval: float | None) -> float | None:
    """Return a valid interval between two polls; called before anything is sent.

    Raises:
        ValueError: the interval is not a number of seconds above 0.
    """
    if poll_interval is not None and not 0 < poll_interval < float("inf"):
        raise ValueError(f"poll_interval must be a number of seconds above 0, not {poll_interval!r}")
    return poll_interval
