"""Every way that a call can take keeps the promises of the fast one: plain urllib3, `await` by either engine.

Every measured case that a server takes part in runs again with urllib3's `urlopen` wrapped, as a tracer does,
and with each call awaited.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from measured.case import Bench, Case
from measured.table import bench, table
from report import ROOT, Client, run, shown
from support import lab
from support.lab import COUNT, VARIABLE, answer

SLOW = {"T-NOANSWER": "waits two minutes", "C-FUZZ": "`test_fuzz` runs it for each engine"}
SYNC_ONLY = {
    "T-CLOSE": "the clients of the awaited calls are not closed",
    "X-DESCRIPTORS": "an event loop needs descriptors",
    "A-AWAIT": "awaits by itself",
    "T-POOL": "64 event loops",
    "R-STORM": "200 event loops",
    "D-DATES": "milliseconds, less than an event loop takes to begin",
    "D-DEEP / D-BIGINT / D-NAN / D-DUPKEY / D-SURROGATE": "the same",
    "D-BOMB": "slow; the decompression is the same",
    "B-ERROR-BOMB": "the same",
}
"""Cases that are not run with awaited calls, and why."""
OTHERWISE = {
    (
        "plain",
        "T-GARBAGE",
        "folded header",
    ): "http.client joins the lines of a folded header before we see it",
    ("plain", "A-AWAIT", "threads: folded header"): "the same",
}
with bench() as _shared:
    CASES = {case.id: number for number, case in enumerate(table(_shared)) if case.variants}


@pytest.fixture(scope="module", params=["plain", "threads", "aiohttp"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def shared(way: str) -> Iterator[Bench]:
    with bench() as made:  # a folder for each way
        yield made


@pytest.fixture(scope="module")
def cases(shared: Bench) -> list[Case]:
    return table(shared)


@pytest.fixture(scope="module")
def other(way: str) -> Iterator[Client]:
    def respond(request: lab.Seen, number: int) -> bytes:
        return answer(body=VARIABLE if request.method == "GET" else COUNT)

    with lab.Server(respond) as server:
        client = Client("ours", sys.executable, "apteco_api", str(ROOT), server.url, WAY=way)
        yield client
        client.close()


@pytest.mark.parametrize("name", [name for name in CASES if name not in SLOW])
def test_a_case_comes_out_right_on_every_other_way(
    name: str, cases: list[Case], shared: Bench, other: Client, way: str
) -> None:
    if way != "plain" and name in SYNC_ONLY:
        pytest.skip(SYNC_ONLY[name])
    case = cases[CASES[name]]
    wrong = []
    for variant in case.variants:
        outcome, good = run(variant, other, shared)
        if not good and (way, name, variant.name) not in OTHERWISE:
            wrong.append((variant.name, shown(outcome), outcome.get("text", "")))
    assert wrong == []


def test_the_calls_of_these_tests_do_take_the_other_way(
    cases: list[Case], shared: Bench, other: Client, way: str
) -> None:
    case = cases[CASES["T-GARBAGE"]]
    folded = next(variant for variant in case.variants if variant.name == "folded header")
    if way == "plain":
        assert run(folded, other, shared)[1] is False, "http.client joins folded headers"
    else:
        job = {"operation": "way", "url": "http://127.0.0.1:1", "argument": {}, "environment": {}, "limit": 9}
        assert other.ask(job)["value"] == way
