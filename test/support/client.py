"""Fixtures: raw loopback servers, and clients that talk to them; all are closed when the test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import apteco_api as aa
from support import lab


@pytest.fixture
def serve() -> Iterator[Callable[..., lab.Server]]:
    """Start servers that answer with `respond(request, number)`, or always with the same bytes."""
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
    """Make clients of a server, with short back-off and no proxies of the environment."""
    clients: list[aa.ApiClient] = []

    def make(server: lab.Server | str, **settings: Any) -> aa.ApiClient:
        host = server if isinstance(server, str) else server.url
        config = aa.Configuration(host=host, api_key={"Authorization": lab.TOKEN})
        for name, value in {"backoff": 0.001, "timeout": 10.0, "trust_env": False, **settings}.items():
            setattr(config, name, value)
        config.api_key_prefix = {"Authorization": "Bearer"}
        clients.append(aa.ApiClient(config))
        return clients[-1]

    yield make
    for made in clients:
        made.close()
