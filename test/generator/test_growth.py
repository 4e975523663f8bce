"""The work that an operation costs does not grow with the size of the document."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from benchmarks.generators.linear import document, operations
from generator.build import build
from generator.diagnostics import Problems
from generator.document import Document


def work(value: dict[str, Any]) -> int:
    """Return how many calls it takes to build the intermediate model of a document."""
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        build(Document(value, "many.json", Problems(strict=False)))
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.slow
def test_twice_the_operations_are_twice_the_work() -> None:
    once, twice = document(506), document(1012)
    assert (operations(once), operations(twice)) == (506, 1012)
    assert work(twice) < 2.1 * work(once)
