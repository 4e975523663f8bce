"""The command `login`: profiles, passwords, the keyring, and tokens in place of a login."""

from __future__ import annotations

import io
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from apteco_api.sandbox import Sandbox

from .conftest import Run


def test_login_stores_a_profile_that_others_can_not_read(
    box: Sandbox, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "deep" / "config.toml"
    for name in ("HOST", "DATA_VIEW", "SYSTEM", "USER", "PASSWORD"):
        monkeypatch.delenv(f"APTECO_API_{name}")
    monkeypatch.setenv("APTECO_API_CONFIG", str(config))
    where = ("--host", box.url, "--data-view", box.data_view, "--system", box.system)
    monkeypatch.setattr(sys, "stdin", io.StringIO("wrong\n"))
    run("login", *where, "--user", box.username, "--password-stdin", status=3)
    assert not config.exists()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{box.password}\n"))
    assert run("login", *where, "--user", box.username, "--password-stdin", "--profile", "box") == ""
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert run("count", "Bookings") == "20000\n"
    assert run("count", "Bookings", "--profile", "box") == "20000\n"
    config.chmod(0o644)
    assert "chmod 600" in run("count", "Bookings", status=3)


def test_a_password_is_asked_for_and_not_shown(box: Sandbox, terminal: Any, tmp_path: Path) -> None:
    status, shown = terminal(
        "login",
        "--profile",
        "typed",
        answers={"Password:": box.password},
        without="PASSWORD",
    )
    assert status == 0, shown
    assert "Password:" in shown
    assert box.password not in shown
    assert stat.S_IMODE((tmp_path / "none.toml").stat().st_mode) == 0o600
    status, shown = terminal("count", "Bookings", "--profile", "typed", without="PASSWORD")
    assert (status, shown.strip()) == (0, "20,000 Bookings")


def test_a_keyring_that_does_not_store_a_password_is_a_local_failure(
    run: Run, box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keyring = pytest.importorskip("keyring")
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]
    try:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{box.password}\n"))
        message = run("login", "--keyring", "--password-stdin", status=1)
        assert "the keyring did not store the password: No recommended backend" in message
        assert len(message.splitlines()) == 1
        assert not (tmp_path / "none.toml").exists()
    finally:
        keyring.set_keyring(before)


def test_a_password_in_the_keyring_is_not_in_the_profile(
    run: Run, box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keyring = pytest.importorskip("keyring")
    kept: dict[str, str] = {}
    monkeypatch.setattr(keyring, "set_password", lambda _, name, password: kept.update({name: password}))
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{box.password}\n"))
    run("login", "--keyring", "--password-stdin")
    assert list(kept.values()) == [box.password]
    assert box.password not in (tmp_path / "none.toml").read_text("utf-8")


def test_a_second_login_asks_for_the_password_again(
    run: Run, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{box.password}\n"))
    run("login", "--profile", "mine", "--password-stdin")
    monkeypatch.delenv("APTECO_API_PASSWORD")
    assert "a login needs the password" in run("login", "--profile", "mine", status=3)


def test_login_without_a_terminal_says_which_option_is_missing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("APTECO_API_DATA_VIEW")
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert "a login needs --data-view or APTECO_API_DATA_VIEW" in run("login", status=3)


def test_a_token_serves_in_place_of_a_login(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    token = run("token").strip()
    for name in ("USER", "PASSWORD"):
        monkeypatch.delenv(f"APTECO_API_{name}")
    monkeypatch.setenv("APTECO_API_TOKEN", token)
    assert run("count", "Bookings") == "20000\n"
    assert run("token").strip() == token
