"""Fixtures for users' own tests. pytest finds them by itself when the package is installed.

def test_my_script(apteco_sandbox):
    run_my_script(host=apteco_sandbox.url, user=apteco_sandbox.username, password=apteco_sandbox.password)

The ini option `apteco_sandbox_version` sets the server version that they imitate, such as `1.9.19`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .server import Sandbox

_VERSION = "apteco_sandbox_version"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option."""
    parser.addini(_VERSION, "server version that the fixtures of apteco-api imitate (default: the newest)")


def _options(config: pytest.Config) -> dict[str, Any]:
    version: str = config.getini(_VERSION)
    return {"version": version} if version else {}


@pytest.fixture(scope="session")
def apteco_sandbox(pytestconfig: pytest.Config) -> Iterator[Sandbox]:
    """Yield a sandbox with 20,000 bookings that all tests of a run share; it starts on first use."""
    from . import serve

    with serve(**_options(pytestconfig)) as server:
        yield server


@pytest.fixture
def fresh_apteco_sandbox(pytestconfig: pytest.Config) -> Iterator[Sandbox]:
    """Yield a new sandbox with 2,000 bookings for one test."""
    from . import serve

    with serve(scale=2_000, **_options(pytestconfig)) as server:
        yield server
