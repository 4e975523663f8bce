"""Fixtures for users' own tests. pytest finds them by itself once the package is installed; nothing to
configure.

def test_my_script(apteco_sandbox):
    run_my_script(host=apteco_sandbox.url, user=apteco_sandbox.username, password=apteco_sandbox.password)
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .server import Sandbox


@pytest.fixture(scope="session")
def apteco_sandbox() -> Iterator[Sandbox]:
    """Yield a sandbox with 20,000 bookings that all tests of a run share; started when first asked for."""
    from . import serve

    with serve() as server:
        yield server


@pytest.fixture
def fresh_apteco_sandbox() -> Iterator[Sandbox]:
    """Yield a sandbox of the test's own, with 2,000 bookings and nothing left over from other tests."""
    from . import serve

    with serve(scale=2_000) as server:
        yield server
