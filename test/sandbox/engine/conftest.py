"""The small system that the engine's tests share; they only read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from apteco_api.sandbox import holidays

from .frames import Frames

SCALE = 20_000


@pytest.fixture(scope="session")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute("SET threads = 2")
        holidays.build(made, SCALE)
        yield made


@pytest.fixture
def cursor(connection: duckdb.DuckDBPyConnection) -> Any:
    return connection.cursor()


@pytest.fixture(scope="session")
def frames(connection: duckdb.DuckDBPyConnection) -> Frames:
    return Frames(connection)
