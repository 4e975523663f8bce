"""The sandbox, the session and the terminal that the tests of this room share."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.sandbox import box, run, session

from apteco_api.sandbox import Sandbox

__all__ = ["box", "run", "session"]
Run = Callable[..., str]


def records(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def in_terminal(words: list[str], answers: dict[str, str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a command in a pseudo-terminal of 100 columns, answer its questions, return status and output."""
    pty = pytest.importorskip("pty")
    import fcntl
    import select
    import struct
    import termios
    import time

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
    command = [sys.executable, "-m", "apteco_api.cli", *words]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    shown, asked, until = "", dict(answers), time.monotonic() + 60
    try:
        while time.monotonic() < until:
            if not select.select([ours], [], [], 0.5)[0]:
                if process.poll() is not None:
                    break
                continue
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            shown += piece.decode("utf-8", "replace")
            for question in [each for each in asked if shown.rstrip().endswith(each)]:
                time.sleep(0.2)  # getpass discards input that came before its prompt
                os.write(ours, f"{asked.pop(question)}\n".encode())
        return process.wait(20), shown
    finally:
        os.close(ours)
        if process.poll() is None:
            process.kill()
            process.wait(20)


@pytest.fixture
def terminal(box: Sandbox, run: Run) -> Callable[..., tuple[int, str]]:
    """Return a function that runs a command in a terminal, with the credentials of the fixture `run`."""
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(Path(__file__).parents[2])}

    def one(*words: str, answers: dict[str, str] | None = None, without: str = "") -> tuple[int, str]:
        given = {name: value for name, value in environment.items() if name != f"APTECO_API_{without}"}
        return in_terminal(list(words), answers or {}, given)

    return one
