"""Fixtures of the session, frames and command line: one sandbox, and a session that is logged in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import apteco_api as aa
from apteco_api.cli.__main__ import main
from apteco_api.sandbox import Sandbox, serve


@pytest.fixture(scope="session")
def box() -> Iterator[Sandbox]:
    """A sandbox with 20,000 bookings."""
    with serve(scale=20_000, job_seconds=0.2, password="canary-5ecret") as server:
        yield server


@pytest.fixture(scope="session")
def session(box: Sandbox) -> Iterator[aa.Session]:
    """An administrator's session."""
    with aa.login(box.url, box.data_view, box.username, box.password, system=box.system) as found:
        yield found


@pytest.fixture
def run(box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: Any) -> Callable[..., str]:
    """Runs a command with the sandbox's credentials in the environment; gives standard output."""
    given = {"HOST": box.url, "DATA_VIEW": box.data_view, "SYSTEM": box.system, "USER": box.username}
    for name, value in {**given, "PASSWORD": box.password, "CONFIG": str(tmp_path / "none.toml")}.items():
        monkeypatch.setenv(f"APTECO_API_{name}", value)
    monkeypatch.delenv("APTECO_API_TOKEN", raising=False)
    monkeypatch.delenv("APTECO_API_PROFILE", raising=False)

    def one(*words: str, status: int = 0) -> str:
        found = main(words)
        out, err = capfd.readouterr()
        assert found == status, err
        assert box.password not in out + err
        return str(err if status else out)

    return one
