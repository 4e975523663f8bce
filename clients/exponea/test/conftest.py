from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from exponea_python_sdk import Exponea
from exponea_python_sdk.sandbox import PASSWORD, PROJECT_TOKEN, USERNAME, Sandbox, serve
from exponea_python_sdk.sandbox.demo import fill
from scripted import scripted


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    with serve() as running:
        yield running


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """Return a new sandbox."""
    running_sandbox.store.clear()
    fill(running_sandbox.store)
    return running_sandbox


@pytest.fixture
def exponea(sandbox: Sandbox) -> Iterator[Exponea]:
    with Exponea(PROJECT_TOKEN, username=USERNAME, password=PASSWORD, url=sandbox.url) as client:
        yield client


@pytest.fixture(scope="session")
def running_script() -> Iterator[Any]:
    with scripted() as running:
        yield running


@pytest.fixture
def script(running_script: Any) -> Any:
    """Return the scripted server, without answers and requests."""
    running_script.answers.clear()
    running_script.seen.clear()
    return running_script


@pytest.fixture
def scripted_client(script: Any) -> Iterator[Exponea]:
    with Exponea("t0ken", username="key", password="secret", url=script.url) as client:
        yield client
