"""A sandbox like Redash 9 and one like a current Redash; most tests run against both."""

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
    """A sandbox for tests that leave alone what it starts with."""
    with Sandbox(request.param) as box:
        yield box


@pytest.fixture(scope="session")
def tonalytica(server: Sandbox) -> Iterator[TonalyticaAPIClient]:
    """A client of it with a user key."""
    with TonalyticaAPIClient(USER_KEY, server.url) as client:
        yield client


@pytest.fixture(scope="session", params=["9", "current"])
def reusable(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox that is put back for each test."""
    with Sandbox(request.param) as box:
        yield box


@pytest.fixture
def redash(request: pytest.FixtureRequest, reusable: Sandbox) -> str:
    """The version that ``fresh`` and ``client`` are like: `9` or `current`."""
    return str(request.node.callspec.params["reusable"])


@pytest.fixture
def fresh(reusable: Sandbox) -> Sandbox:
    """A sandbox for tests that change what it starts with."""
    reusable.reset()
    return reusable


@pytest.fixture(scope="session")
def reused(reusable: Sandbox) -> Iterator[TonalyticaAPIClient]:
    """A client of it with a user key: it keeps nothing that a reset would make untrue."""
    with TonalyticaAPIClient(USER_KEY, reusable.url) as client:
        yield client


@pytest.fixture
def client(reused: TonalyticaAPIClient, fresh: Sandbox) -> TonalyticaAPIClient:
    """A client of ``fresh``."""
    return reused


@pytest.fixture
def asked(server: Sandbox) -> Callable[[], list[Asked]]:
    """What was asked of ``server`` since the test began."""
    server.requests.clear()
    return lambda: list(server.requests)
