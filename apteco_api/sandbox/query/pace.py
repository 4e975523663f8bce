"""The time limit of compiling: DuckDB can be interrupted, Python's own work asks for itself.

The caller sets `limit`; the compiler calls `check` in its loops.
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
    """Let `check` in this thread raise as soon as `is_over` returns True, while the block runs."""
    before, _pace.is_over = _pace.is_over, is_over
    try:
        yield
    finally:
        _pace.is_over = before


def check() -> None:
    """End the work if its time is over.

    Raises:
        duckdb.InterruptException: as from a statement that is interrupted.
    """
    if _pace.is_over is not None and _pace.is_over():
        raise duckdb.InterruptException("the time of the work is over")
