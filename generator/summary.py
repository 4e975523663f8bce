"""The summary at the end of a run: what was made, what was skipped, and the next three commands."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from .clients import read
from .config import Config
from .diagnostics import Problems
from .ir import Package
from .render import Files


def text(
    package: Package,
    made: Config,
    files: Files,
    beside: Sequence[str],
    changed: int,
    problems: Problems,
    command: Sequence[str],
) -> str:
    """Return the last lines of a run that made a new client."""
    operations = sum(len(section.methods) for section in package.sections)
    counts = ", ".join((
        counted(len(package.sections), "section"), counted(operations, "operation"),
        counted(len(package.models), "model"), counted(len(files), "file"),
    ))  # fmt: skip
    lines = [f"made:    {made.client.package} in {shown(made.out)}: {counts} ({changed} changed)"]
    if beside:
        lines.append(f"beside:  {', '.join(beside)} (made once, yours to edit)")
    lines.append(f"skipped: {skipped(problems)}")
    first, *more = next_commands(made, command)
    return "\n".join([*lines, f"next:    {first}", *(f"         {line}" for line in more)])


def skipped(problems: Problems) -> str:
    """Return how many parts of the document were skipped, in words."""
    if not problems.skipped:
        return "nothing"
    operations = sum("#/paths/" in item.place for item in problems.skipped)
    others = len(problems.skipped) - operations
    kinds = [counted(operations, "operation")] if operations else []
    kinds += [counted(others, "other part") + " of the document"] if others else []
    return f"{' and '.join(kinds)}; the lines above say which and why, --report FILE writes them as JSON"


def next_commands(made: Config, command: Sequence[str]) -> list[str]:
    """Return three commands: install it, try it, and keep it up to date."""
    name, out = made.client.import_name, shlex.quote(shown(made.out))
    attempt = f'python -c "import {name}; help({name})"'
    if made.tests:
        attempt = f"pytest {out}/tests"
    elif made.client.cli:
        attempt = f"python -m {name} list"
    program = "python -m generator" if read() else "client-generator"
    return [
        f"pip install {out}" if out.startswith(("/", ".")) else f"pip install ./{out}",
        attempt,
        f"{program} {shlex.join([*command, '--check'])}",
    ]


def counted(number: int, noun: str) -> str:
    """Return `1 model`, `2 models`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def shown(folder: Path) -> str:
    """Return a folder as the user would name it: relative where it lies below the current one."""
    here = Path(os.getcwd())
    return folder.relative_to(here).as_posix() if folder.is_relative_to(here) else str(folder)
