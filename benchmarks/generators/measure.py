"""Measure what one generator makes of one document. Every step has its own time limit."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from .tools import OURS, ROOT, Tool

ROUNDS = 3
IMPORT_ALL = """
import importlib, pathlib, sys
failed = []
root = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(root.parent))
for path in sorted(root.rglob("*.py")):
    parts = path.relative_to(root.parent).with_suffix("").parts
    if parts[-1] == "__main__":
        continue
    try:
        importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    except Exception as error:
        failed.append(f"{path.name}: {type(error).__name__}")
print(len(failed), *failed[:3])
"""
TIME_IMPORT = "import time; t = time.perf_counter(); import made; print((time.perf_counter() - t) * 1000)"


def measured(tool: Tool, python: Path, document: Path, plan: Path, seconds: float) -> dict[str, Any]:
    """Return the figures of one document and one generator.

    Args:
        tool: the generator.
        python: the interpreter of its environment.
        document: the document.
        plan: what `plan.write` wrote for it.
        seconds: time limit of a step; a figure that takes longer is "timeout".
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        before = time.perf_counter()
        code, shown = run(tool.command(python, document, out), ROOT, seconds)
        found: dict[str, Any] = {"seconds": round(time.perf_counter() - before, 1)}
        package = out / "made"
        if code or not (package / "__init__.py").is_file():
            reason = "took too long" if code is None else shown.strip()[-300:]
            return {**found, "made": False, "operations": 0, "reason": reason}
        size = sum(path.stat().st_size for path in package.rglob("*") if path.is_file())
        found |= {"made": True, "operations": tool.operations(package), "kilobytes": round(size / 1024)}
        code, shown = run([str(python), "-c", IMPORT_ALL, str(package)], Path(folder), seconds)
        found["broken"] = int(shown.split()[0]) if code == 0 else "timeout" if code is None else "crash"
        times: list[float] = []
        for _ in range(ROUNDS):
            code, shown = run([str(python), "-c", TIME_IMPORT], out, seconds)
            times += [float(shown)] if code == 0 else []
        found["import_ms"] = round(statistics.median(times), 1) if times else None
        return found | called(tool, python, package, plan, seconds)


def checked(tool: Tool, python: Path, document: Path, seconds: float) -> dict[str, Any]:
    """Return how many errors the type checkers find in what a generator makes of a document."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        code, _ = run(tool.command(python, document, out), ROOT, seconds)
        if code:
            return {"mypy": "timeout" if code is None else "crash"}
        found: dict[str, Any] = {}
        found["mypy"] = types(
            [str(python), "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={folder}/cache", "made"],
            out, seconds,
        )  # fmt: skip
        if tool.name == OURS:
            settings = {"typeCheckingMode": "basic", "include": ["made"], "pythonVersion": "3.11"}
            (out / "pyrightconfig.json").write_text(json.dumps(settings))
            found["pyright"] = types(
                [sys.executable, "-m", "pyright", "--pythonpath", str(python), "-p", "."], out, seconds
            )
        return found


def called(tool: Tool, python: Path, package: Path, plan: Path, seconds: float) -> dict[str, Any]:
    """Return how many requests reached a server on this machine, were sent whole, and were answered whole."""
    result = package.parent / "calls.jsonl"
    script = Path(__file__).with_name("calls.py")
    command = [str(python), str(script), tool.name, str(package.parent), str(plan), str(result)]
    _, shown = run(command, package.parent, seconds)
    rows = [json.loads(line) for line in result.read_text("utf-8").splitlines()] if result.is_file() else []
    problems = Counter(row["problem"][:120] for row in rows if row["problem"])
    if not rows:
        problems[shown.strip()[-200:]] += 1
    return {
        **{name: sum(row[name] for row in rows) for name in ("arrived", "sent", "answered")},
        "problems": dict(problems.most_common(5)),
    }


def types(command: list[str], folder: Path, seconds: float) -> int | str:
    """Return how many errors a type checker finds."""
    code, shown = run(command, folder, seconds)
    if code is None:
        return "timeout"
    last = shown.strip().splitlines()[-1] if shown.strip() else ""
    if last.startswith("Success") or last.startswith("0 errors"):
        return 0
    words = last.removeprefix("Found ").split()
    return int(words[0]) if words and words[0].isdigit() else "crash"


def run(command: list[str], folder: Path, seconds: float) -> tuple[int | None, str]:
    """Return the exit code and the output of a command; None as code if the time limit ended it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean,
        start_new_session=True,
    )  # fmt: skip
    try:
        shown, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # the command, and the processes that it started
        process.communicate()
        return None, ""
    return process.returncode, shown
