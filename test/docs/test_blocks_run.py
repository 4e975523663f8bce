"""Every Python block in README and the guides runs, and prints what the document says it prints."""

from __future__ import annotations

import asyncio
import inspect
import os
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from pathlib import Path

import pytest

from .conftest import ROOT, documents, python_blocks

WITH_BLOCKS = [path for path in documents() if path.exists() and python_blocks(path)]


@pytest.mark.parametrize("path", WITH_BLOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_python_blocks_of_a_document_run_in_order(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("APTECO_API_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in python_blocks(path):
        # Padding with empty lines makes a traceback name the line of the document.
        source = "\n" * (block.line - 1) + block.source
        code = compile(source, str(path), "exec", flags=PyCF_ALLOW_TOP_LEVEL_AWAIT)
        outcome = eval(code, namespace)  # the documents are ours: running them is the point
        if inspect.iscoroutine(outcome):
            asyncio.run(outcome)
        printed = capsys.readouterr().out
        if block.output is not None:
            assert printed.rstrip() == block.output.rstrip(), f"{path.name}:{block.line}"


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150
