"""The way through plain urllib3, which calls take where a tool hooks in, keeps the promises of the fast way.

Every measured case that a server takes part in runs again with urllib3's `urlopen` wrapped, as a tracer does.
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
OTHERWISE = {
    ("T-GARBAGE", "folded header"): "http.client joins the lines of a folded header before we see it",
    ("A-AWAIT", "threads: folded header"): "the same",
}
with bench() as _shared:
    CASES = {case.id: number for number, case in enumerate(table(_shared)) if case.variants}


@pytest.fixture(scope="module")
def shared() -> Iterator[Bench]:
    with bench() as made:
        yield made


@pytest.fixture(scope="module")
def cases(shared: Bench) -> list[Case]:
    return table(shared)


@pytest.fixture(scope="module")
def tapped() -> Iterator[Client]:
    def respond(request: lab.Seen, number: int) -> bytes:
        return answer(body=VARIABLE if request.method == "GET" else COUNT)

    with lab.Server(respond) as server:
        client = Client("ours", sys.executable, "apteco_api", str(ROOT), server.url, TAPPED="1")
        yield client
        client.close()


@pytest.mark.parametrize("name", [name for name in CASES if name not in SLOW])
def test_a_case_comes_out_right_through_plain_urllib3(
    name: str, cases: list[Case], shared: Bench, tapped: Client
) -> None:
    case = cases[CASES[name]]
    wrong = []
    for variant in case.variants:
        outcome, good = run(variant, tapped, shared)
        if not good and (name, variant.name) not in OTHERWISE:
            wrong.append((variant.name, shown(outcome), outcome.get("text", "")))
    assert wrong == []


def test_the_calls_of_these_tests_do_take_the_plain_way(
    cases: list[Case], shared: Bench, tapped: Client
) -> None:
    case = cases[CASES["T-GARBAGE"]]
    folded = next(variant for variant in case.variants if variant.name == "folded header")
    assert run(folded, tapped, shared)[1] is False, "the fast way refuses what http.client puts right"
