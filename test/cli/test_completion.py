"""Completion in the shells themselves: what is typed before the tabulator key becomes what was meant."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Run

COMPLETED = {
    "apteco-api cou": "count",
    "apteco-api files g": "get",
    "apteco-api files get --pro": "--profile",
    "apteco-api find term --ca": "--case",
    "apteco-api find tables --ca": "",
    "apteco-api cube Bookings --pl": "--plot",
    "apteco-api completion z": "zsh",
    "apteco-api call queries_perform_query_c": "queries_perform_query_count_synchronously",
}
"""What is typed before the tabulator key, to the word that it is completed to."""


def test_bash_completes_commands_options_and_operations(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "completion.bash"
    script.write_text(run("completion", "bash"), "utf-8")
    for line, expected in COMPLETED.items():
        words = line.split()
        quoted = " ".join(f"'{word}'" for word in words)
        code = (
            f"source {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _apteco_api; "
            'echo "${COMPREPLY[@]}"'
        )
        done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, timeout=20)
        assert done.stdout.split() == [expected] * bool(expected), (line, done.stderr)


def test_fish_completes_commands_options_and_operations(run: Run, tmp_path: Path) -> None:
    if not shutil.which("fish"):
        pytest.skip("fish is not installed: its completion can't be tested")
    script = tmp_path / "completion.fish"
    script.write_text(run("completion", "fish"), "utf-8")
    for line, expected in COMPLETED.items():
        code = f"source {script}; complete -C '{line}'"
        done = subprocess.run(
            ["fish", "--no-config", "-c", code],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=tmp_path,
            env={**os.environ, "HOME": str(tmp_path)},
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        assert [each.split("\t")[0] for each in done.stdout.splitlines()] == [expected] * bool(expected), line


@pytest.mark.parametrize("how", ["evaluated", "from a folder of fpath"])
def test_zsh_completes_commands_options_and_operations(run: Run, how: str, tmp_path: Path) -> None:
    if not shutil.which("zsh"):
        pytest.skip("zsh is not installed: its completion can't be tested")
    script = tmp_path / "_apteco-api"
    script.write_text(run("completion", "zsh"), "utf-8")
    start = (
        f"source {script}"
        if how == "evaluated"
        else f"fpath=({tmp_path} $fpath); autoload -U compinit; compinit -u"
    )
    # A function replaces the command and prints the completed line.
    lines = [start, "apteco-api() { print -r -- 'completed:' ${@[-1]} }"]
    lines += [f"{line}\t" for line, expected in COMPLETED.items() if expected]
    shown = in_terminal(["zsh", "-f", "-i"], lines, tmp_path)
    found = re.findall(r"^completed: (\S*)", shown, re.MULTILINE)
    assert found == [expected for expected in COMPLETED.values() if expected], shown


def in_terminal(command: list[str], lines: list[str], folder: Path) -> str:
    """Type lines into a shell in a terminal, each after its prompt, and return what the terminal shows."""
    prompt = "READY>"
    environment = {**os.environ, "HOME": str(folder), "PS1": prompt, "TERM": "dumb", "ZDOTDIR": str(folder)}
    code = f"import pty; pty.spawn({command!r})"
    shell = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert shell.stdin is not None
    assert shell.stdout is not None
    shown = ""
    try:
        for line in [*lines, ""]:
            start = len(shown)
            while prompt not in shown[start:]:
                ready, _, _ = select.select([shell.stdout], [], [], 60)
                piece = os.read(shell.stdout.fileno(), 65536) if ready else b""
                assert piece, f"nothing more after {shown!r}"
                shown += piece.decode("utf-8", "replace").replace("\r", "")
            os.write(shell.stdin.fileno(), f"{line}\n".encode())
    finally:
        shell.kill()
        shell.stdin.close()
        shell.stdout.close()
        shell.wait()
    return shown
