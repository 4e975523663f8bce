"""A sandbox, and the unmodified package `apteco` logged in to it through our client."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apteco_api.sandbox import serve

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "sandbox"))

apteco_session = pytest.importorskip("apteco.session", reason="tox -e downstream installs the package apteco")

SCALE = 20_000


@pytest.fixture(scope="session")
def server() -> Iterator[Any]:
    with serve(scale=SCALE) as made:
        yield made


@pytest.fixture(scope="session")
def session(server: Any) -> Any:
    """Return a session of py-apteco."""
    return apteco_session.login_with_password(
        server.url, server.data_view, server.system, server.username, server.password
    )
