"""One sandbox for all tests of a day's work, and a session that is logged in to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import apteco_api as aa
from apteco_api.sandbox import Sandbox, serve


@pytest.fixture(scope="session")
def box() -> Iterator[Sandbox]:
    """A sandbox with 20,000 bookings."""
    with serve(scale=20_000, job_seconds=0.2, password="canary-5ecret") as server:
        yield server


@pytest.fixture(scope="session")
def session(box: Sandbox) -> Iterator[aa.Session]:
    """An administrator's session."""
    with aa.login(box.url, box.data_view, box.username, box.password, system=box.system) as found:
        yield found
