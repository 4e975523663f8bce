"""Sandboxes like Redash 9 and like a current Redash; most tests run against both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tonalytica_client import TonalyticaAPIClient
from tonalytica_client.sandbox import USER_KEY, Asked, Sandbox

# the parameters of the seed document's example
SEED_BODY: dict[str, Any] = {
    "parameters": {
        "number_param": 100,
        "date_param": "2020-01-01",
        "date_range_param": {"start": "2020-01-01", "end": "2020-12-31"},
    },
    "max_age": 1800,
}
WITH_PARAMETERS = 3
"""Number of the sandbox's query with those parameters."""


@pytest.fixture(scope="session", params=["9", "current"])
def server(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Run a sandbox for tests that do not change its content."""
    with Sandbox(request.param) as box:
        yield box


@pytest.fixture(scope="session")
def tonalytica(server: Sandbox) -> Iterator[TonalyticaAPIClient]:
    """Make a client of ``server`` with a user key."""
    with TonalyticaAPIClient(USER_KEY, server.url) as client:
        yield client


@pytest.fixture(scope="session", params=["9", "current"])
def reusable(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Run a sandbox that each test resets."""
    with Sandbox(request.param) as box:
        yield box


@pytest.fixture
def redash(request: pytest.FixtureRequest, reusable: Sandbox) -> str:
    """Return the version of ``fresh`` and ``client``: `9` or `current`."""
    return str(request.node.callspec.params["reusable"])


@pytest.fixture
def fresh(reusable: Sandbox) -> Sandbox:
    """Return a sandbox for tests that change its content."""
    reusable.reset()
    return reusable


@pytest.fixture(scope="session")
def reused(reusable: Sandbox) -> Iterator[TonalyticaAPIClient]:
    """Make a client of ``reusable`` with a user key, without state that a reset would make wrong."""
    with TonalyticaAPIClient(USER_KEY, reusable.url) as client:
        yield client


@pytest.fixture
def client(reused: TonalyticaAPIClient, fresh: Sandbox) -> TonalyticaAPIClient:
    """Make a client of ``fresh``."""
    return reused


@pytest.fixture
def asked(server: Sandbox) -> Callable[[], list[Asked]]:
    """Return the requests to ``server`` since the test began."""
    server.requests.clear()
    return lambda: list(server.requests)
