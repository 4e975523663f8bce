"""A few daemon threads that run calls: for pages fetched ahead, for `await`, and for `async_req`."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.pool import ThreadPool


def thread_pool(owner: object, threads: int) -> ThreadPool:
    """Return a pool of threads as the published client has one; it ends with its owner."""
    from multiprocessing.pool import ThreadPool

    made = ThreadPool(threads)
    weakref.finalize(owner, made.close)
    return made


class Result:
    """The outcome of a call that runs in another thread; the methods are those of `multiprocessing`'s."""

    def __init__(self, callback: Callable[[Result], object] | None = None) -> None:
        self._done = threading.Event()
        self._value: Any = None
        self._error: BaseException | None = None
        self._callback = callback

    def ready(self) -> bool:
        """True when the call has ended."""
        return self._done.is_set()

    def successful(self) -> bool:
        """True when the call has ended without an error; ValueError while it runs."""
        if not self._done.is_set():
            raise ValueError(f"{self!r} not ready")
        return self._error is None

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the call has ended, or for so many seconds."""
        self._done.wait(timeout)

    def get(self, timeout: float | None = None) -> Any:
        """Return what the call returned, or raise what it raised; TimeoutError after so many seconds."""
        if not self._done.wait(timeout):
            raise TimeoutError(f"the call has not ended after {timeout} s; it goes on")
        if self._error is not None:
            raise self._error
        return self._value

    def run(self, work: Callable[[], Any]) -> None:
        """Do the work and keep its outcome."""
        try:
            self._value = work()
        except BaseException as error:
            self._error = error
        self._done.set()
        if self._callback is not None:
            self._callback(self)


class Workers:
    """At most so many threads, started when there is work and none is idle.

    Args:
        limit: most threads.
    """

    def __init__(self, limit: int) -> None:
        self._limit = max(1, limit)
        self._lock = threading.Condition()
        self._queue: deque[tuple[Result, Callable[[], Any]]] = deque()
        self._threads = 0
        self._idle = 0
        self._closed = False

    def submit(self, work: Callable[[], Any], callback: Callable[[Result], object] | None = None) -> Result:
        """Run something in a thread; the callback is called there when it has ended."""
        result = Result(callback)
        with self._lock:
            if self._closed:
                raise RuntimeError("the client is closed")
            self._queue.append((result, work))
            if self._idle >= len(self._queue):
                self._lock.notify()
            elif self._threads < self._limit:
                self._threads += 1
                # Daemon threads: a program that ends does not wait for answers nobody reads.
                threading.Thread(target=self._work, name="api-call", daemon=True).start()
        return result

    def apply_async(
        self, func: Callable[..., Any], args: tuple[Any, ...] = (), kwds: dict[str, Any] | None = None
    ) -> Result:
        """Run a function in a thread (the name that `multiprocessing.pool` has for it)."""
        return self.submit(lambda: func(*args, **(kwds or {})))

    def close(self) -> None:
        """Let the threads end when their work is done."""
        with self._lock:
            self._closed = True
            self._lock.notify_all()

    def _work(self) -> None:
        while True:
            with self._lock:
                while not self._queue:
                    if self._closed:
                        self._threads -= 1
                        return
                    self._idle += 1
                    self._lock.wait()
                    self._idle -= 1
                result, work = self._queue.popleft()
            result.run(work)
            del result, work
