"""The time limit of compiling. DuckDB can be interrupted; Python code must check the time itself.

The caller uses `limit`; the compiler calls `check` in its loops.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

import duckdb


class _Pace(threading.local):
    is_over: Callable[[], bool] | None = None


_pace = _Pace()


@contextmanager
def limit(is_over: Callable[[], bool]) -> Generator[None]:
    """Make `check` in this thread raise in the block as soon as `is_over` returns True."""
    before, _pace.is_over = _pace.is_over, is_over
    try:
        yield
    finally:
        _pace.is_over = before


def check() -> None:
    """Stop the work if its time is over.

    Raises:
        duckdb.InterruptException: the time is over; an interrupted statement raises the same error.
    """
    if _pace.is_over is not None and _pace.is_over():
        raise duckdb.InterruptException("the time of the work is over")
