"""Loopback servers for the runtime's tests; the server is the one of the fault suite."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "faults"))
import lab

import apteco_api as aa


@pytest.fixture
def serve() -> Iterator[Callable[..., lab.Server]]:
    servers: list[lab.Server] = []

    def start(respond: Any, **options: Any) -> lab.Server:
        reply = respond if callable(respond) else lambda request, number: respond
        servers.append(lab.Server(reply, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def client() -> Iterator[Callable[..., aa.ApiClient]]:
    clients: list[aa.ApiClient] = []

    def make(server: lab.Server | str, **settings: Any) -> aa.ApiClient:
        host = server if isinstance(server, str) else server.url
        values = {"backoff": 0.001, "timeout": 10.0, "trust_env": False, **settings}
        config = aa.Configuration(host=host, api_key={"Authorization": "token-abcdef"}, **values)
        config.api_key_prefix = {"Authorization": "Bearer"}
        clients.append(aa.ApiClient(config))
        return clients[-1]

    yield make
    for made in clients:
        made.close()
