"""Run commands at the same time, as many as there are cores, and print what each wrote when it ends.

    python .ci/at_once.py "mypy generator" "pyright"

The exit status is that of the first command that failed; all of them run.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed


def run(command: str) -> tuple[str, int, float, str]:
    start = time.monotonic()
    done = subprocess.run(  # noqa: S603 - commands of tox.ini
        shlex.split(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    return command, done.returncode, time.monotonic() - start, done.stdout


def main(commands: list[str]) -> int:
    """Run the commands and return the exit status of the whole."""
    status = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for each in as_completed([pool.submit(run, command) for command in commands]):
            command, code, seconds, text = each.result()
            print(f"$ {command}\n{text.rstrip()}\n(exit status {code}, {seconds:.0f} s)", flush=True)
            status = status or code
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
