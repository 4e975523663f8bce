"""PyInstaller freezes a script whole: the package's hook names what loads by name."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from support.lab import Server, answer

import apteco_api as aa

pytest.importorskip("PyInstaller", reason="freezing needs PyInstaller")

SCRIPT = """
import sys
import apteco_api as aa
api = aa.FastStatsSystemsApi(aa.ApiClient(aa.Configuration(host=sys.argv[1])))
tables = api.fast_stats_systems_get_fast_stats_tables("d", "s")
print(tables.total_count, aa.Query.__name__, aa.where("Cost") > 5)
"""


def hook(name: str) -> dict[str, Any]:
    folder = entry_points(group="pyinstaller40")["hook-dirs"].load()()[0]
    return runpy.run_path(str(Path(folder, f"hook-{name}.py")))


def test_the_hook_names_every_model_and_controller_but_not_the_sandbox() -> None:
    named = set(hook("apteco_api")["hiddenimports"])
    wanted = {getattr(aa, name).__module__ for name in (*aa.models.__all__, *aa.api.__all__)}
    assert len(wanted) > 300
    assert wanted <= named
    assert {"apteco_api.session.session", "apteco_api.frames.rows", "platformdirs"} <= named
    assert not any(name.startswith("apteco_api.sandbox") for name in named)


def test_the_hook_of_the_sandbox_names_its_handlers_and_brings_its_data() -> None:
    found = hook("apteco_api.sandbox")
    assert "apteco_api.sandbox.sections.about" in found["hiddenimports"]
    assert any(source.endswith("openapi.json") for source, _ in found["datas"])


@pytest.mark.timeout(900)
def test_a_frozen_script_makes_a_call(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(SCRIPT, "utf-8")
    freeze = [
        sys.executable,
        "-m",
        "PyInstaller",
        "--noconfirm",
        "--log-level",
        "ERROR",
        "--paths",
        os.getcwd(),
    ]
    subprocess.run([*freeze, "app.py"], cwd=tmp_path, check=True, capture_output=True, timeout=800)
    body = {"list": [], "count": 0, "offset": 0, "totalCount": 7}
    with Server(lambda *_: answer(body=body)) as server:
        command = [str(tmp_path / "dist" / "app" / "app"), server.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("7 Query ")
