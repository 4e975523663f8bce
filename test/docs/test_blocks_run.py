"""Every block of Python and every shell command of README, CONTRIBUTING and the guides runs, and prints what
the document says it prints.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import stat
import subprocess
import sys
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from pathlib import Path

import pytest

from apteco_api.sandbox import Sandbox

from .conftest import ROOT, Block, blocks, documents, python_blocks

WITH_BLOCKS = [path for path in documents() if python_blocks(path)]
LANGUAGES = {"python", "sh", "text", "toml", "yaml", "json", "xml"}
REASONS = (
    "it serves until it is interrupted",
    "it needs a server of yours",
    "it installs from a package index",
    "it is what runs this test",
    "it ends in an editor",
    "it makes this repository's files anew",
)
"""Why a block may not be run."""

# The `pip` of the shell blocks: it installs nothing, and refuses extras that the package does not have.
PIP = """#!{python}
import re, sys
from importlib.metadata import metadata
known = set(metadata("apteco-api").get_all("Provides-Extra"))
for word in sys.argv[1:]:
    found = re.fullmatch(r"(?:apteco-api|\\.)\\[([a-z,]+)\\](==[\\d.]+)?", word)
    if found and not set(found[1].split(",")) <= known:
        sys.exit("no such extra: " + word)
"""


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def shell_blocks(path: Path) -> list[Block]:
    """Return the shell commands of a document that the tests run."""
    return [each for each in blocks(path) if each.language == "sh" and not each.not_run]


@pytest.mark.parametrize("path", WITH_BLOCKS, ids=named)
def test_the_python_blocks_of_a_document_run_in_order(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("APTECO_API_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MPLBACKEND", "agg")
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in python_blocks(path):
        # Empty lines in front, so that a traceback names the line of the document.
        source = "\n" * (block.line - 1) + block.source
        code = compile(source, str(path), "exec", flags=PyCF_ALLOW_TOP_LEVEL_AWAIT)
        outcome = eval(code, namespace)  # runs only our own documents
        if inspect.iscoroutine(outcome):
            asyncio.run(outcome)
        printed = capfd.readouterr().out
        if block.output is not None:
            assert printed.rstrip() == block.output.rstrip(), f"{path.name}:{block.line}"


@pytest.mark.parametrize("path", [path for path in documents() if shell_blocks(path)], ids=named)
def test_the_shell_commands_of_a_document_run_in_order(path: Path, box: Sandbox, tmp_path: Path) -> None:
    environment = shell(box, tmp_path)
    for block in shell_blocks(path):
        command = ["bash", "-euo", "pipefail", "-c", block.source]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200, check=False
        )
        assert done.returncode == 0, f"{path.name}:{block.line}: {done.stderr}"
        if block.output is not None:
            assert done.stdout.rstrip() == block.output.rstrip(), f"{path.name}:{block.line}"


def shell(box: Sandbox, home: Path) -> dict[str, str]:
    """Environment of the shell commands: logged in to a sandbox, and a `pip` that installs nothing."""
    tools = home / "bin"
    tools.mkdir()
    python = Path(sys.executable)
    scripts = {
        "pip": PIP.format(python=python),
        "apteco-api": f'#!/bin/sh\nexec "{python}" -m apteco_api "$@"\n',
        "python": f'#!/bin/sh\nexec "{python}" "$@"\n',
        "pytest": f'#!/bin/sh\nexec "{python}" -m pytest -p no:cacheprovider "$@"\n',
    }
    for name, text in scripts.items():
        (tools / name).write_text(text)
        (tools / name).chmod(stat.S_IRWXU)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("APTECO_API_", "COV_"))}
    given = {"HOST": box.url, "DATA_VIEW": box.data_view, "SYSTEM": box.system, "USER": box.username}
    login = {f"APTECO_API_{name}": value for name, value in {**given, "PASSWORD": box.password}.items()}
    return {
        **kept,
        **login,
        "PATH": f"{tools}{os.pathsep}{kept['PATH']}",
        "HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "MPLBACKEND": "agg",
    }


@pytest.mark.parametrize("path", documents(), ids=named)
def test_each_block_names_its_language_and_why_it_is_not_run(path: Path) -> None:
    found = blocks(path)
    strange = [
        each.line for each in found if not each.language.startswith("{") and each.language not in LANGUAGES
    ]
    assert strange == []
    assert [each.not_run for each in found if each.not_run and not each.not_run.startswith(REASONS)] == []


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150
