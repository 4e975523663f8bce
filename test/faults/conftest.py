"""Servers and clients for the fault suite. Each test is one row, or a part of one, of docs/reliability.md."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

sys.path.insert(0, str(Path(__file__).parent))
from measured.table import contexts
from support import lab
from support.client import client, serve

import apteco_api as aa

__all__ = ["client", "serve"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Run a test up to three times while it raises `Late`: its measured time was over the limit."""
    try:
        return (yield)
    except lab.Late:
        with suppress(lab.Late):
            return item.runtest()
        return item.runtest()


@pytest.fixture(scope="session", autouse=True)
def _warm() -> None:
    """Load the modules of a first call, so that the tests measure only the calls."""
    with lab.Server(lambda *_: lab.answer(body=lab.COUNT)) as server:
        with aa.ApiClient(aa.Configuration(host=server.url)) as client:
            lab.count(client)


@pytest.fixture
def get(client: Any) -> Callable[..., Any]:
    """GET a system's description with a new client; `settings` are the client's."""

    def run(server: Any, _request_timeout: Any = None, **settings: Any) -> Any:
        api = aa.FastStatsSystemsApi(client(server, **settings))
        return api.fast_stats_systems_get_fast_stats_variable(
            "Holidays", "holidays", "peName", _request_timeout=_request_timeout
        )

    return run


@pytest.fixture
def post(client: Any) -> Callable[..., Any]:
    """POST a new team with a new client."""

    def run(server: Any, _request_timeout: Any = None, **settings: Any) -> Any:
        return lab.create(client(server, **settings), _request_timeout=_request_timeout)

    return run


class Tls:
    """Servers' certificates, and the file with the authority that signed the good ones."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.contexts = contexts(self.authority)
        self.bundle = str(folder / "ca.pem")
        self.authority.cert_pem.write_to_path(self.bundle)


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return Tls(tmp_path_factory.mktemp("tls"))
