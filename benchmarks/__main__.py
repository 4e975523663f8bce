"""`python -m benchmarks [--quick] [--only NAME]`: measure, print the tables, write docs/performance.md."""

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

from . import flat, floor, payloads, peers, report, sandbox, streaming
from .rows import FACTOR, ROWS, Row

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(__file__).parent
DOCUMENT = ROOT / "apteco_api" / "sandbox" / "openapi.json"


def environment() -> dict[str, str]:
    """The workers' environment: byte code is cached, hashes are fixed, this repository is importable."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "APTECO_API_"))
    }
    return {**kept, "PYTHONHASHSEED": "0"}


def measure(python: list[str], client: str, task: str, folder: Path, port: str) -> float | None:
    """One measurement in a fresh process; None, with the reason on standard error, where the client fails."""
    command = [*python, str(HERE / "worker.py"), client, task, str(folder), port]
    extra = {"PYTHONPATH": str(ROOT)} if client == "ours" else {}
    done = subprocess.run(
        command, capture_output=True, text=True, env={**environment(), **extra}, timeout=300
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        print(f"  {client} {task}: {reason}", file=sys.stderr)
        return None
    return float(json.loads(done.stdout.splitlines()[-1]))


@contextlib.contextmanager
def loopback() -> Iterator[str]:
    """The loopback server in a process of its own; its port."""
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


def run(
    row: Row, pythons: dict[str, list[str]], folder: Path, port: str, rounds: int
) -> tuple[dict[str, float], float | None]:
    """Medians for one line, in its unit, and the median of ours over the floor of the same round.

    The clients take turns, the floor right after ours: a shared machine changes its speed by half from one
    minute to the next, and two neighbours are hit alike.
    """
    clients = list(dict.fromkeys([row.clients[0], *filter(None, [row.floor]), *row.clients]))
    taken: dict[str, list[float]] = {client: [] for client in clients}
    for client in clients:
        measure(pythons[client], client, row.task, folder, port)  # byte code is cached from here on
    for _ in range(rounds):
        for client in clients:
            value = measure(pythons[client], client, row.task, folder, port)
            if value is not None:
                taken[client].append(value * FACTOR[row.unit])
    figures = {client: statistics.median(values) for client, values in taken.items() if values}
    ratio = None
    if row.floor in figures:
        ratio = statistics.median(
            ours / floor for ours, floor in zip(taken["ours"], taken[row.floor], strict=True)
        )
    return figures, ratio


def main() -> None:
    """Measure what was asked for and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="one round each and a small sandbox; writes nothing"
    )
    parser.add_argument("--rounds", type=int, default=7, help="fresh processes for each figure")
    parser.add_argument("--only", default="", help="only lines whose task or part has this in its name")
    parser.add_argument(
        "--cache", type=Path, default=ROOT / ".bench", help="where the peers' environments are"
    )
    options = parser.parse_args()
    options.cache.mkdir(exist_ok=True)
    document = json.loads(DOCUMENT.read_text("utf-8"))
    pythons = peers.prepare(options.cache, ROOT, DOCUMENT)
    page = report.Page(
        machine=f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        versions=peers.versions(pythons),
    )
    rounds = 1 if options.quick else options.rounds
    with tempfile.TemporaryDirectory() as name, loopback() as port:
        folder = Path(name)
        page.sizes = payloads.write(document, folder)
        (folder / "small.json").write_text(
            json.dumps({**json.loads((folder / "export.json").read_text()), "rows": []})
        )
        (folder / "structs.py").write_text(floor.module(document))
        for row in ROWS:
            if options.only in row.task:
                page.add(row, *run(row, pythons, folder, port, rounds))
        if options.only in "flat":
            page.flat = flat.measure(folder, ROOT, rounds)
    if options.only in "streaming":
        page.streaming = streaming.measure(ROOT, 100_000 if options.quick else 1_000_000, min(rounds, 5))
    if options.only in "sandbox":
        page.sandbox = sandbox.measure(ROOT, options.quick)
    print(page.text())
    if not (options.quick or options.only):
        (ROOT / "docs" / "performance.md").write_text(page.text(), "utf-8")


if __name__ == "__main__":
    main()
