"""Modules of the day layer under the names of 0.3.4: they answer, and warn."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from generator import clients

MOVED = clients.read()["apteco"].moved


@pytest.mark.parametrize("old", sorted(MOVED))
def test_an_old_name_is_the_new_module_and_warns(old: str) -> None:
    sys.modules.pop(f"apteco_api.{old}", None)
    with pytest.warns(
        DeprecationWarning, match=f"apteco_api.{old} has moved: .* apteco_api.{MOVED[old]}"
    ) as seen:
        found = import_module(f"apteco_api.{old}")
    assert found is import_module(f"apteco_api.{MOVED[old]}")
    assert found.__name__ == f"apteco_api.{MOVED[old]}"
    assert len(seen) == 1


def test_the_warning_names_the_line_that_imports() -> None:
    code = "\n\nfrom apteco_api.conditions import Condition\nprint(Condition.__module__)"
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "apteco_api.query.conditions"
    assert "<string>:3: DeprecationWarning" in done.stderr


def test_a_module_that_never_was_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"apteco_api\.nothing"):
        import_module("apteco_api.nothing")
