"""Every row of the guide's tables of tasks runs, in order, and gives what the guide says."""

from __future__ import annotations

import re
import shlex
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import matplotlib
import pytest

from apteco_api.cli.__main__ import main

from .conftest import ROOT, python_blocks

GUIDE = ROOT / "docs" / "guides" / "tasks.md"
ROW = re.compile(r"^\| (?P<task>[^|]+?) \| `(?P<code>.+?)` \| (?:`(?P<output>.*)`)? *\|$", re.M)
MANY = 60


def tasks(commands: bool = False) -> list[tuple[str, str, str]]:
    """Task, code and output of each row with Python in it, or with a command."""
    found = [
        (row["task"], row["code"], row["output"] or "") for row in ROW.finditer(GUIDE.read_text("utf-8"))
    ]
    plain = [(task, code.replace(r"\|", "|"), output.replace(r"\|", "|")) for task, code, output in found]
    return [each for each in plain if each[1].startswith(("apteco-api", "python -m")) is commands]


def test_the_guide_has_many_tasks() -> None:
    assert len(tasks()) >= MANY


def _log_in_by_environment(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"HOST": server.url, "DATA_VIEW": server.data_view, "USER": server.username}
    for name, value in {**given, "PASSWORD": server.password, "CONFIG": "none.toml"}.items():
        monkeypatch.setenv(f"APTECO_API_{name}", value)
    for name in ("TOKEN", "PROFILE", "SYSTEM"):
        monkeypatch.delenv(f"APTECO_API_{name}", raising=False)


def _run(code: str, capfd: pytest.CaptureFixture[str]) -> str:
    """Run a command without a process of its own, and what stands behind its `|` on what it printed."""
    command, _, behind = code.partition(" | ")
    capfd.readouterr()
    words = shlex.split(command)
    with suppress(SystemExit):  # `--version`
        assert main(words[1:] if words[0] == "apteco-api" else words[3:]) == 0, capfd.readouterr().err
    said = capfd.readouterr().out
    if not behind:
        return said
    return subprocess.run(shlex.split(behind), input=said, capture_output=True, text=True, check=True).stdout


def test_every_task_gives_what_the_guide_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    matplotlib.use("Agg")
    namespace: dict[str, object] = {}
    exec(python_blocks(GUIDE)[0].source, namespace)  # runs only our own documents
    wrong: list[str] = []
    try:
        for task, code, output in tasks():
            value = eval(code, namespace)
            if (repr(value) if value is not None else "") != output:
                wrong.append(f"{task}: {value!r}, the guide says {output}")
        _log_in_by_environment(namespace["server"], monkeypatch)
        for task, code, output in tasks(commands=True):
            said = _run(code, capfd)
            if said.rstrip("\n").replace("\n", "⏎") != output:
                wrong.append(f"{task}: {said!r}, the guide says {output}")
    finally:
        namespace["session"].logout()  # type: ignore[attr-defined]
        namespace["server"].close()  # type: ignore[attr-defined]
        matplotlib.pyplot.close("all")
    assert not wrong, "\n".join(wrong)
