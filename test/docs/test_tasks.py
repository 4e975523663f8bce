"""Every row of the guide's tables of tasks runs, in order, and gives what the guide says."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib
import pytest

from .conftest import ROOT, python_blocks

GUIDE = ROOT / "docs" / "guides" / "tasks.md"
ROW = re.compile(r"^\| (?P<task>[^|]+?) \| `(?P<code>.+?)` \| (?:`(?P<output>.*)`)? *\|$", re.M)
MANY = 60


def tasks() -> list[tuple[str, str, str]]:
    """Task, code and output of each row with Python in it; commands have tests of their own."""
    found = [
        (row["task"], row["code"], row["output"] or "") for row in ROW.finditer(GUIDE.read_text("utf-8"))
    ]
    plain = [(task, code.replace(r"\|", "|"), output.replace(r"\|", "|")) for task, code, output in found]
    return [each for each in plain if not each[1].startswith(("apteco-api", "$ "))]


def test_the_guide_has_many_tasks() -> None:
    assert len(tasks()) >= MANY


def test_every_task_gives_what_the_guide_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    matplotlib.use("Agg")
    namespace: dict[str, object] = {}
    exec(python_blocks(GUIDE)[0].source, namespace)  # the documents are ours: running them is the point
    wrong: list[str] = []
    try:
        for task, code, output in tasks():
            value = eval(code, namespace)
            if (repr(value) if value is not None else "") != output:
                wrong.append(f"{task}: {value!r}, the guide says {output}")
    finally:
        namespace["session"].logout()  # type: ignore[attr-defined]
        namespace["server"].close()  # type: ignore[attr-defined]
        matplotlib.pyplot.close("all")
    assert wrong == []
