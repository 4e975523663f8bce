"""Many calls at once: order kept, errors per item, bounded, on a session and by itself."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator

import pytest

import apteco_api as aa
from apteco_api.query.catalogue import UnknownName
from apteco_api.session.batch import run_batch


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


def test_a_batch_of_nothing_is_empty_and_of_no_workers_refused() -> None:
    assert len(run_batch(abs, [])) == 0
    with pytest.raises(ValueError, match="at least 1"):
        run_batch(abs, [1], workers=0)
