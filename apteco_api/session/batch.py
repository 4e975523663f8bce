"""Many calls at once: a bounded number of threads, results in the order of the items, errors apart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from typing import Generic, TypeVar, overload

from .._runtime.exceptions import ApiValueError
from .._runtime.workers import no_thread
from .progress import progress_bar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T, R]):
    """The result of one item: a value, or an error."""

    item: T
    value: R | None = None
    error: Exception | None = None

    @property
    def ok(self) -> bool:
        """Whether the item has a value."""
        return self.error is None

    def result(self) -> R:
        """Return the value; raise the error if the item failed."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]  # without an error, the value is an R


class Batch(Sequence[R], Generic[T, R]):
    """The outcomes of many calls, in the order of the items.

    A batch is the sequence of the values. Getting the value of a failed item raises the item's error;
    `outcomes`, `errors` and `values` don't raise.
    """

    def __init__(self, outcomes: Sequence[Outcome[T, R]]) -> None:
        self.outcomes = tuple(outcomes)
        """The outcome of each item."""

    @property
    def errors(self) -> dict[int, Exception]:
        """The errors of the failed items, by position."""
        return {place: each.error for place, each in enumerate(self.outcomes) if each.error is not None}

    @property
    def values(self) -> list[R | None]:
        """The values, with None where an item failed."""
        return [each.value for each in self.outcomes]

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> list[R]: ...
    def __getitem__(self, index: int | slice) -> R | list[R]:
        if isinstance(index, slice):
            return [each.result() for each in self.outcomes[index]]
        return self.outcomes[index].result()

    def __iter__(self) -> Iterator[R]:
        return (each.result() for each in self.outcomes)

    def __len__(self) -> int:
        return len(self.outcomes)

    def __repr__(self) -> str:
        return f"<Batch: {len(self) - len(self.errors)} values, {len(self.errors)} errors>"


def run_batch(
    function: Callable[[T], R],
    items: Iterable[T],
    *,
    workers: int = 8,
    title: str = "batch",
    progress: bool | None = None,
    stop_on_error: bool = False,
) -> Batch[T, R]:
    """Call a function for each item, some at a time.

    The items may come from a generator of any length: at most twice `workers` items are read ahead.

    Args:
        function: called with one item; an exception becomes that item's error.
        items: the arguments, one for each call.
        workers: how many calls run at once.
        title: shown with the progress bar.
        progress: None shows a bar in a terminal or notebook; True or False show it always or never.
        stop_on_error: start no more calls after the first error, and raise it after the running calls have
            ended.

    Raises:
        ApiConnectionError: no thread can be started.

    After an interrupt (Ctrl-C), no more calls start. It is raised when the running calls have ended.
    """
    if workers < 1:
        raise ApiValueError("workers must be at least 1")
    source = iter(items)
    total = len(items) if isinstance(items, Sequence) else 0
    bar = progress_bar(title, progress)
    done: dict[int, Outcome[T, R]] = {}
    running: dict[Future[R], tuple[int, T]] = {}
    failed: Exception | None = None
    taken = 0
    pool = ThreadPoolExecutor(workers, thread_name_prefix="apteco-batch")
    try:
        while True:
            while len(running) < 2 * workers and failed is None:
                try:
                    item = next(source)
                except StopIteration:
                    break
                try:
                    # a copy of the caller's context, so that the call's spans belong to the caller's trace
                    running[pool.submit(copy_context().run, function, item)] = (taken, item)
                except RuntimeError:
                    raise no_thread() from None
                taken += 1
            if taken:  # show 0 first, so that a fast batch also fills a bar; without items there is no bar
                bar.update(len(done), max(total, taken), f"{len(done)}/{max(total, taken)}")
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                place, item = running.pop(future)
                done[place] = _outcome(item, future)
                if stop_on_error and failed is None:
                    failed = done[place].error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        bar.close()
    if failed is not None:
        raise failed
    return Batch([done[place] for place in range(taken)])


async def await_batch(
    function: Callable[[T], Awaitable[R]],
    items: Iterable[T],
    *,
    workers: int = 8,
    title: str = "batch",
    progress: bool | None = None,
    stop_on_error: bool = False,
) -> Batch[T, R]:
    """Await a function for each item, some at a time; the arguments are those of `run_batch`.

    Cancelling the waiting task cancels the calls. With `stop_on_error`, the first error cancels the other
    calls.
    """
    if workers < 1:
        raise ApiValueError("workers must be at least 1")
    source = enumerate(items)  # shared by all workers: each takes the next item when it is free
    total = len(items) if isinstance(items, Sequence) else 0
    bar = progress_bar(title, progress)
    done: dict[int, Outcome[T, R]] = {}
    taken = 0

    def show() -> None:
        bar.update(len(done), max(total, taken), f"{len(done)}/{max(total, taken)}")

    async def work() -> None:
        nonlocal taken
        for place, item in source:
            taken = place + 1
            if place == 0:
                show()
            try:
                done[place] = Outcome(item, await function(item))
            except Exception as error:
                if stop_on_error:
                    raise
                done[place] = Outcome(item, error=error)
            show()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(work())
    except* Exception as failed:
        first: BaseException = failed
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None
    finally:
        bar.close()
    return Batch([done[place] for place in sorted(done)])


def _outcome(item: T, future: Future[R]) -> Outcome[T, R]:
    try:
        return Outcome(item, future.result())
    except Exception as error:
        return Outcome(item, error=error)
