"""The examples of README.md run, and print the output in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)


def test_the_examples_print_what_the_readme_shows(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # an example writes a file
    pytest.importorskip("pandas")
    space: dict[str, Any] = {}
    try:
        for index, (language, text) in enumerate(BLOCKS):
            if language != "python":
                continue
            exec(compile(text, f"README.md, block {index}", "exec"), space)
            printed = capsys.readouterr().out
            following = BLOCKS[index + 1] if index + 1 < len(BLOCKS) else ("python", "")
            assert printed == (following[1] if following[0] == "" else "")
    finally:
        space["tonalytica"].close()
        space["of_query"].close()
        space["box"].stop()
    assert len(space["frame"]) == 1601
    assert len((tmp_path / "result.csv").read_text().splitlines()) == 1602
    assert space["copy"]["name"] == "My overview"


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= 120
