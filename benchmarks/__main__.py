"""`python -m benchmarks [--quick] [--only NAME [--keep]]`: measure, print the tables, write docs/performance.md.

It can run in parts: `--only NAME --keep` saves the figures of a part, and the run that adds the last missing part
writes the page.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import flat, floor, frames, payloads, peers, report, sandbox, streaming
from .rows import FACTOR, ROWS, Row
from .tasks import IN_TURN

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(__file__).parent
DOCUMENT = ROOT / "apteco_api" / "sandbox" / "openapi.json"
ONCE = 3
"""Pairs of processes in each round, for a figure that a process gives only once."""


def environment() -> dict[str, str]:
    """Return the workers' environment: cached byte code, fixed hashes, this repository on the path."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "APTECO_API_"))
    }
    return {**kept, "PYTHONHASHSEED": "0"}


def measure(
    python: list[str], client: str, task: str, folder: Path, port: str, beside: str = ""
) -> list[float] | None:
    """Return the figures of a fresh process: that of the client, and that of `beside` if it is given.

    If the client fails, print the reason to standard error and return None.
    """
    who = f"{client}:{beside}" if beside else client
    command = [*python, str(HERE / "worker.py"), who, task, str(folder), port]
    extra = {"PYTHONPATH": str(ROOT)} if client == "ours" else {}
    done = subprocess.run(
        command, capture_output=True, text=True, env={**environment(), **extra}, timeout=300
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        print(f"  {who} {task}: {reason}", file=sys.stderr)
        return None
    figures: list[float] = json.loads(done.stdout.splitlines()[-1])
    return figures


@contextlib.contextmanager
def loopback() -> Iterator[str]:
    """Run the loopback server in its own process, and yield its port."""
    command = [sys.executable, str(HERE / "server.py")]
    if hasattr(os, "sched_setaffinity"):
        command = ["taskset", "-c", "0", *command]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.wait(timeout=10)


def pair(row: Row, python: list[str], folder: Path, port: str) -> list[float]:
    """Measure ours and its floor: by turns in one process if the task can repeat, else in two processes."""
    if row.task in IN_TURN:
        both = [measure(python, "ours", row.task, folder, port, beside=row.floor)]
    else:
        both = [measure(python, client, row.task, folder, port) for client in ("ours", row.floor)]
    figures = [figure for found in both for figure in found or ()]
    if len(figures) != 2:
        raise SystemExit(f"{row.task}: no figure to compare")
    return figures


def run(
    row: Row, pythons: dict[str, list[str]], folder: Path, port: str, rounds: int
) -> tuple[dict[str, float], float | None]:
    """Return medians for one line, in its unit, and the median of the ratios of ours to the floor.

    The speed of a shared machine changes by half from one minute to the next. So clients take turns, and a ratio
    compares neighbours in time. Figures that a process gives only once vary most, so they get more pairs.
    """
    others = [client for client in row.clients if client != "ours" or not row.floor]
    taken: dict[str, list[float]] = {}
    factor = FACTOR[row.unit]
    for number in range(rounds + 1):
        found: list[tuple[str, float]] = []
        for client in others:
            figures = measure(pythons[client], client, row.task, folder, port)
            found += [(client, figure) for figure in figures or ()]
        if row.floor:
            for _ in range(1 if row.task in IN_TURN else ONCE):
                ours, floor = pair(row, pythons["ours"], folder, port)
                found += [("ours", ours), (row.floor, floor)]
        if number == 0:
            continue  # not measured: the first round compiles the byte code
        for client, figure in found:
            taken.setdefault(client, []).append(figure * factor)
    medians = {client: statistics.median(values) for client, values in taken.items()}
    if not row.floor:
        return medians, None
    ratios = [ours / floor for ours, floor in zip(taken["ours"], taken[row.floor], strict=True)]
    return medians, statistics.median(ratios)


PARTS = ("flat", "streaming", "frames", "sandbox")
"""Parts of the page besides the client's table."""


def measured(options: argparse.Namespace, pythons: dict[str, list[str]]) -> dict[str, Any]:
    """Return the figures of the rows and parts that are asked for, by name, and the sizes of the payloads."""
    document = json.loads(DOCUMENT.read_text("utf-8"))
    rounds = 1 if options.quick else options.rounds
    rows = 100_000 if options.quick else 1_000_000
    with tempfile.TemporaryDirectory() as name, loopback() as port:
        folder = Path(name)
        found: dict[str, Any] = {"sizes": payloads.write(document, folder)}
        (folder / "small.json").write_text(
            json.dumps({**json.loads((folder / "export.json").read_text()), "rows": []})
        )
        (folder / "structs.py").write_text(floor.module(document))
        for row in ROWS:
            if options.only in row.task:
                found[row.task] = run(row, pythons, folder, port, rounds)
        if options.only in "flat":
            found["flat"] = flat.measure(folder, ROOT, rounds)
    if options.only in "streaming":
        found["streaming"] = streaming.measure(ROOT, rows, min(rounds, 5))
    if options.only in "frames":
        found["frames"] = frames.measure(ROOT, rows, min(rounds, 5))
    if options.only in "sandbox":
        found["sandbox"] = sandbox.measure(ROOT, options.quick)
    return found


def main() -> None:
    """Measure what was asked for and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="one round each and a small sandbox; writes nothing"
    )
    parser.add_argument("--rounds", type=int, default=7, help="rounds of fresh processes for each figure")
    parser.add_argument("--only", default="", help="measure only tasks and parts with this in their name")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="add to the saved figures, and write the page when none is missing",
    )
    parser.add_argument(
        "--cache",
        type=Path,
        default=ROOT / ".bench",
        help="folder of the peers' environments and of the saved figures",
    )
    options = parser.parse_args()
    options.cache.mkdir(exist_ok=True)
    pythons = peers.prepare(options.cache, ROOT, DOCUMENT)
    found = measured(options, pythons)
    kept = options.cache / "figures.json"
    if options.keep:
        before: dict[str, Any] = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
        found = {**before, **found}
        kept.write_text(json.dumps(found), "utf-8")
    page = report.Page(
        machine=f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        versions=peers.versions(pythons),
        sizes=found["sizes"],
        **{name: found[name] for name in PARTS if name in found},
    )
    for row in ROWS:
        if row.task in found:
            page.add(row, *found[row.task])
    print(page.text())
    if not options.quick and all(name in found for name in (*(row.task for row in ROWS), *PARTS)):
        (ROOT / "docs" / "performance.md").write_text(page.text(), "utf-8")
        kept.unlink(missing_ok=True)  # so that the next run with --keep starts empty


if __name__ == "__main__":
    main()
