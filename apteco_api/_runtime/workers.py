"""A few daemon threads that run calls: for pages fetched ahead, for `await`, and for `async_req`."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any

from .exceptions import ApiConnectionError

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.pool import ThreadPool


def no_thread() -> ApiConnectionError:
    """Return the error for a system that has no thread to spare."""
    return ApiConnectionError(0, "no thread could be started for the call")


def thread_pool(owner: object, threads: int) -> ThreadPool:
    """Return a pool of threads like that of the published client; it ends with its owner."""
    from multiprocessing.pool import ThreadPool

    try:
        made = ThreadPool(threads)
    except RuntimeError:
        raise no_thread() from None
    weakref.finalize(owner, made.close)
    return made


class Result:
    """The outcome of a call that runs in another thread; the methods are those of `multiprocessing`'s."""

    def __init__(self, callback: Callable[[Result], object] | None = None) -> None:
        self._done = threading.Event()
        self._taken = threading.Lock()
        self._value: Any = None
        self._error: BaseException | None = None
        self._callback = callback

    def ready(self) -> bool:
        """Return whether the call has ended."""
        return self._done.is_set()

    def successful(self) -> bool:
        """Return whether the call has ended without an error; ValueError while it runs."""
        if not self._done.is_set():
            raise ValueError(f"{self!r} not ready")
        return self._error is None

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the call has ended, or for `timeout` seconds."""
        self._done.wait(timeout)

    def get(self, timeout: float | None = None) -> Any:
        """Return the call's result, or raise its error; raise TimeoutError after `timeout` seconds."""
        if not self._done.wait(timeout):
            raise TimeoutError(f"the call has not ended after {timeout} s; it goes on")
        if self._error is not None:
            raise self._error
        return self._value

    def take(self) -> bool:
        """Return True for the first caller: the thread that runs the work, or the thread that gives it up."""
        return self._taken.acquire(blocking=False)

    def run(self, work: Callable[[], Any]) -> None:
        """Run the work and store its outcome."""
        try:
            self._value = work()
        except BaseException as error:
            self._error = error
        self._done.set()
        if self._callback is not None:
            self._callback(self)


class _Queue:
    """The state that the threads share; it has no reference to the `Workers`, which can then be collected."""

    def __init__(self) -> None:
        self.lock = threading.Condition()
        self.waiting: deque[tuple[Result, Callable[[], Any]]] = deque()
        self.threads = 0
        self.idle = 0
        self.closed = False

    def close(self) -> None:
        with self.lock:
            self.closed = True
            self.lock.notify_all()

    def serve(self) -> None:
        """Run the queued work until the queue is closed: the main function of a thread."""
        while True:
            with self.lock:
                while not self.waiting:
                    if self.closed:
                        self.threads -= 1
                        return
                    self.idle += 1
                    self.lock.wait()
                    self.idle -= 1
                result, work = self.waiting.popleft()
            if result.take():
                result.run(work)
            del result, work


class Workers:
    """A few threads, which start when there is work and no idle thread, and end with this object.

    Args:
        limit: most threads.
    """

    def __init__(self, limit: int) -> None:
        self._limit = max(1, limit)
        self._queue = _Queue()
        self._finalizer = weakref.finalize(self, self._queue.close)
        self._finalizer.atexit = False  # the threads are daemons

    def submit(self, work: Callable[[], Any], callback: Callable[[Result], object] | None = None) -> Result:
        """Run `work` in a thread, and then the callback in the same thread.

        Raises:
            ApiConnectionError: the workers are closed, or the system can't start a thread.
        """
        result = Result(callback)
        queue = self._queue
        with queue.lock:
            if queue.closed:
                raise ApiConnectionError(0, "the client is closed")
            queue.waiting.append((result, work))
            if queue.idle >= len(queue.waiting):
                queue.lock.notify()
            elif queue.threads < self._limit:
                try:
                    # Daemon threads, so that a program that ends does not wait for unread answers.
                    threading.Thread(target=queue.serve, name="api-call", daemon=True).start()
                except RuntimeError:
                    if not queue.threads:
                        queue.waiting.pop()
                        raise no_thread() from None
                else:
                    queue.threads += 1
        return result

    def apply_async(
        self, func: Callable[..., Any], args: tuple[Any, ...] = (), kwds: dict[str, Any] | None = None
    ) -> Result:
        """Run a function in a thread (the name that `multiprocessing.pool` has for it)."""
        return self.submit(lambda: func(*args, **(kwds or {})))

    def close(self) -> None:
        """End the threads when their work is done."""
        self._finalizer()
