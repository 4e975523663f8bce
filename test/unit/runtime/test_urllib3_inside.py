"""The private parts of urllib3 that the runtime uses: an upgrade may break them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import urllib3
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

RUNTIME = Path(__file__).resolve().parents[3] / "apteco_api/_runtime"
PRIVATE: dict[str, tuple[Any, str]] = {
    "_get_conn": (HTTPConnectionPool, "takes a connection from the pool"),
    "_put_conn": (HTTPConnectionPool, "gives a connection back to the pool"),
    "_prepare_proxy": (HTTPSConnectionPool, "sends CONNECT to a proxy before TLS begins"),
    "_validate_conn": (HTTPSConnectionPool, "connects before a request, and warns of unverified hosts"),
    "_make_request": (HTTPConnectionPool, "is what some tracers wrap; the runtime looks whether one does"),
}


OF_CONNECTIONS = {
    "_dns_host": "is the host that a connection is made to",
    "_tunnel_host": "is the host behind a proxy",
    "_tunnel_port": "is the port behind a proxy",
    "_tunnel_headers": "are sent to a proxy with CONNECT",
    "_tunnel": "sends CONNECT to a proxy",
    "_new_conn": "opens the socket",
}


@pytest.mark.parametrize("name", OF_CONNECTIONS)
def test_a_connection_of_urllib3_still_has_what_the_transport_reads(name: str) -> None:
    connection = urllib3.connection.HTTPConnection("127.0.0.1", 9)
    assert hasattr(connection, name), (
        f"a connection of urllib3 {urllib3.__version__} has no {name}, which {OF_CONNECTIONS[name]}: "
        "apteco_api/_runtime/connect.py needs another way"
    )


@pytest.mark.parametrize("name", PRIVATE)
def test_urllib3_still_has_the_private_parts_that_the_transport_uses(name: str) -> None:
    owner, does = PRIVATE[name]
    assert callable(getattr(owner, name, None)), (
        f"urllib3 {urllib3.__version__} has no {owner.__name__}.{name}, which {does}: "
        "apteco_api/_runtime/transport.py and plain.py need another way"
    )


def test_a_pool_still_keeps_its_idle_connections_in_a_queue() -> None:
    pool = HTTPConnectionPool("127.0.0.1", 9, maxsize=2)
    assert pool.pool is not None, "urllib3's pool has no attribute `pool`: transport.py reads from it"
    assert pool.pool.full(), "urllib3's pool is not filled with places: transport.py counts on it"
    connection = pool._get_conn(timeout=0.1)
    assert connection.sock is None, "a new connection of urllib3 is connected: transport.py does that"
    pool._put_conn(connection)
    pool.close()


def test_each_private_part_that_is_used_is_named_here() -> None:
    used: set[str] = set()
    for path in ("transport.py", "plain.py", "connect.py", "seams.py"):
        text = (RUNTIME / path).read_text("utf-8")
        used |= set(re.findall(r"\b(?:pool|connection|super\(\))\.(_[a-z]\w+)\(?", text))
    assert used <= {*PRIVATE, *OF_CONNECTIONS}, "name it above, with what it does"
