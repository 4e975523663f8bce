"""The sandbox, the session and the login server that the tests of this room share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.login_server import LoginServer
from support.sandbox import box, run, session

__all__ = ["box", "run", "session"]


@pytest.fixture
def server() -> Iterator[LoginServer]:
    with LoginServer() as found:
        assert isinstance(found, LoginServer)
        yield found
