"""Fixtures of the session, frames and command line: one sandbox, and a session that is logged in."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

import apteco_api as aa
from apteco_api.cli.__main__ import main
from apteco_api.sandbox import Sandbox, serve

T = TypeVar("T")


@contextmanager
def without_right(admin: aa.Session, operation: str, user: str = "analyst") -> Iterator[None]:
    """Take the right to call an operation from a user."""
    number = admin.users.users_get_user_details(user).id
    made = admin.permissions.permissions_create_permission_for_user(
        number,
        permission=aa.Permission(
            id=0,
            permission={"name": "Use"},
            permission_type="UsageRights",
            resource_type="Unknown",
            resource=f"{operation.partition('_')[0]}/{operation}",
            grant=False,
            deny=True,
            inherit=False,
        ),
    )
    try:
        yield
    finally:
        admin.permissions.permissions_delete_permission(made.authorised_permission.id)


def calls_of(work: Callable[[], T]) -> tuple[T, set[str]]:
    """Return what some work returns, and the operations that it called with success."""
    log = io.StringIO()
    hide = aa.show_log("DEBUG", log)
    try:
        done = work()
    finally:
        hide()
    return done, set(re.findall(r"\b([A-Z]\w+_\w+): 2\d\d", log.getvalue()))


@pytest.fixture(scope="session")
def box() -> Iterator[Sandbox]:
    """Yield a sandbox with 20,000 bookings."""
    with serve(scale=20_000, job_seconds=0.2, password="canary-5ecret") as server:
        yield server


@pytest.fixture(scope="session")
def session(box: Sandbox) -> Iterator[aa.Session]:
    """Yield an administrator's session."""
    with aa.login(box.url, box.data_view, box.username, box.password, system=box.system) as found:
        yield found


@pytest.fixture
def run(box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: Any) -> Callable[..., str]:
    """Return a function that runs a command with the sandbox's credentials and returns its output."""
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
