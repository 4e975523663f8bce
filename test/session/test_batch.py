"""Many calls at once: order kept, errors per item, bounded, on a session and by itself."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import pytest

import apteco_api as aa
from apteco_api.query.catalogue import UnknownName
from apteco_api.session import batch as batches
from apteco_api.session.batch import Batch, await_batch, run_batch


def test_results_keep_the_order_of_the_items(session: aa.Session) -> None:
    codes = [code.description for code in session.variables["Destination"].codes]
    batch = session.map(lambda name: session.count(aa.where("Destination") == name), codes, workers=6)
    assert list(batch) == [code.count for code in session.variables["Destination"].codes]
    assert batch[0] == batch.values[0]
    assert batch[:2] == batch.values[:2]
    assert batch.errors == {}


def test_an_error_stays_with_its_item(session: aa.Session) -> None:
    batch = session.map(session.count, ["Bookings", "Nothing", "People"])
    assert batch[0] == 20_000
    assert batch[2] == session.count("People")
    assert list(batch.errors) == [1]
    assert isinstance(batch.outcomes[1].error, UnknownName)
    assert not batch.outcomes[1].ok
    assert batch.values[1] is None
    with pytest.raises(UnknownName):
        list(batch)
    assert repr(batch) == "<Batch: 2 values, 1 errors>"


def test_exports_and_cubes_run_in_batches_as_well(session: aa.Session) -> None:
    tables = ["Bookings", "People"]
    variables = {"Bookings": "boURN", "People": "peURN"}
    exports = session.map(lambda name: session.export(name, [variables[name]], limit=3), tables)
    assert [len(rows) for rows in exports] == [3, 3]
    cubes = session.map(lambda name: session.cube("Bookings", [name]), ["Product", "Continent"])
    assert [cube.totals()[0]["Count"] for cube in cubes] == [20_000, 20_000]


def test_no_more_calls_run_at_once_than_allowed_and_items_are_taken_as_needed() -> None:
    lock = threading.Lock()
    now, most, ended, ahead = 0, 0, 0, 0

    def items() -> Iterator[int]:
        nonlocal ahead
        for number in range(40):
            ahead = max(ahead, number - ended)
            yield number

    def work(item: int) -> int:
        nonlocal now, most, ended
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.005)
        with lock:
            now -= 1
            ended += 1
        return item * 2

    batch = run_batch(work, items(), workers=3)
    assert list(batch) == [n * 2 for n in range(40)]
    assert most == 3
    assert ahead <= 6


def test_the_first_error_can_stop_the_batch() -> None:
    seen: list[int] = []

    def work(item: int) -> int:
        seen.append(item)
        if item == 3:
            raise KeyError(item)
        return item

    with pytest.raises(KeyError):
        run_batch(work, itertools.count(), workers=2, stop_on_error=True)
    assert len(seen) < 20


def test_a_progress_bar_is_drawn_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    run_batch(abs, [-1, 2], title="absolute", progress=True)
    assert "absolute" in capsys.readouterr().err


class Noted:
    """A progress bar that notes what it was told."""

    def __init__(self) -> None:
        self.shown: list[tuple[float, float]] = []

    def update(self, done: float, total: float, note: str = "") -> None:
        assert note == f"{done}/{total}"
        self.shown.append((done, total))

    def close(self) -> None:
        self.shown.append((-1, -1))


def run_awaited(function: Callable[[int], int], items: Iterable[int], *, workers: int = 8) -> Batch[int, int]:
    async def awaited(item: int) -> int:
        return function(item)

    return asyncio.run(await_batch(awaited, items, workers=workers))


@pytest.mark.parametrize("run", [run_batch, run_awaited])
@pytest.mark.parametrize("workers", [1, 8])
@pytest.mark.parametrize("items", [[5], [1] * 5, range(40)])
def test_a_bar_begins_at_nothing_and_fills(
    run: Callable[..., Batch[int, int]], workers: int, items: Sequence[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    bar = Noted()
    monkeypatch.setattr(batches, "progress_bar", lambda *_: bar)
    run(abs, items, workers=workers)
    assert bar.shown[0] == (0, len(items))
    assert bar.shown[-2:] == [(len(items), len(items)), (-1, -1)]
    assert bar.shown[:-1] == sorted(bar.shown[:-1])


@pytest.mark.parametrize("run", [run_batch, run_awaited])
def test_a_bar_for_items_of_unknown_number_begins_at_nothing_and_fills(
    run: Callable[..., Batch[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bar = Noted()
    monkeypatch.setattr(batches, "progress_bar", lambda *_: bar)
    run(abs, iter(range(20)), workers=2)
    assert bar.shown[0][0] == 0
    assert bar.shown[-2:] == [(20, 20), (-1, -1)]


@pytest.mark.parametrize("run", [run_batch, run_awaited])
@pytest.mark.parametrize("nothing", [[], iter(())])
def test_no_bar_is_drawn_for_nothing(
    run: Callable[..., Batch[int, int]], nothing: Iterable[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    bar = Noted()
    monkeypatch.setattr(batches, "progress_bar", lambda *_: bar)
    run(abs, nothing)
    assert bar.shown == [(-1, -1)]


def test_a_batch_of_nothing_is_empty_and_of_no_workers_refused() -> None:
    assert len(run_batch(abs, [])) == 0
    with pytest.raises(ValueError, match="at least 1"):
        run_batch(abs, [1], workers=0)


@pytest.mark.parametrize("most", [0, 2])
def test_a_batch_without_a_thread_is_our_error(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    start, started, made = threading.Thread.start, itertools.count(), threading.Event()

    def refused(self: threading.Thread) -> None:
        if next(started) >= most:
            made.set()
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(aa.ApiConnectionError, match="no thread could be started"):
        run_batch(lambda _: made.wait(5), range(20), workers=4, progress=False)
