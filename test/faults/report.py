"""Run all cases against three clients and write docs/reliability.md.

    python test/faults/report.py --old PYTHON --generated PYTHON

PYTHON is the interpreter of an environment that has apteco-api 0.3.2, and of one that has a client made by
OpenAPI Generator 7 from our spec under the name `oag_client` beside the generator itself (`benchmarks.peers`
makes both). Each variant of a case runs in its own process, which ends after the variant's limit. The server
is a raw loopback socket in this process. The tests beside this file go further into each case.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[level]) for level in range(3)]

from measured.case import Bench, Case, Outcome, Variant  # noqa: E402
from measured.table import bench, table  # noqa: E402
from support import lab  # noqa: E402
from support.lab import COUNT, VARIABLE, answer  # noqa: E402

ROOT = Path(__file__).parents[2]
NAMES = {"ours": "ours", "old": "apteco-api 0.3.2", "oag": "OpenAPI Generator 7"}
SHOWN = 4
"""Most variants that a cell names one by one."""


class Client:
    """A client under test, loaded once in its own process."""

    def __init__(self, name: str, python: str, package: str, home: str, warm: str, **more: str) -> None:
        self.name = name
        self.python = python
        self.ours = name == "ours"
        environment = {key: text for key, text in os.environ.items() if not key.lower().endswith("_proxy")}
        environment |= {"PYTHONPATH": home, "PYTHONWARNINGS": "ignore", **more}
        self._process = subprocess.Popen(
            [python, str(Path(__file__).parent / "peer.py"), package, warm],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=tempfile.gettempdir(),
        )

    def ask(self, job: dict[str, Any]) -> Outcome:
        """Run one operation."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("no pipe to the client")
        stdin.write(json.dumps(job) + "\n")
        stdin.flush()
        outcome: Outcome = {"cut": "the process ended", "seconds": 0.0, "megabytes": 0.0}
        while (line := stdout.readline()) and line != "done\n":
            if line.startswith("{") and '"seconds"' in line:
                outcome = json.loads(line)
        return outcome

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(30)
        if self._process.stdout is not None:
            self._process.stdout.close()


def run(variant: Variant, client: Client, shared: Bench) -> tuple[Outcome, bool]:
    """Run a variant through one client and judge the outcome.

    An outcome that is right but late is measured again, up to three times in all.
    """
    for _ in range(2):
        outcome, good = _run_once(variant, client, shared)
        if good is not None:
            return outcome, good
    outcome, good = _run_once(variant, client, shared)
    return outcome, bool(good)


def _run_once(variant: Variant, client: Client, shared: Bench) -> tuple[Outcome, bool | None]:
    """Return an outcome and whether it is right; None if it is late."""
    shared.other.requests.clear()
    respond = variant.respond if callable(variant.respond) else lambda *_: variant.respond
    with lab.Server(respond, context=variant.context) as server:
        job = {
            "operation": variant.operation,
            "url": variant.url or server.url,
            "argument": variant.argument,
            "environment": variant.environment,
            "limit": variant.limit,
        }
        job = json.loads(json.dumps(job).replace("{port}", str(server.port)))
        outcome = client.ask(job)
        if "none" in outcome or "cut" in outcome:
            late = client.ours and outcome.get("cut", "").startswith("none within")
            return outcome, None if late else False
        try:
            return outcome, variant.judge(outcome, server)
        except lab.Late:
            return outcome, None


def shown(outcome: Outcome) -> str:
    """Return an outcome in a few words."""
    if "cut" in outcome:
        text = outcome["cut"]
    elif "error" in outcome:
        text = outcome["error"].rpartition(".")[2]
    elif isinstance(outcome["value"], dict) and "table_name" in outcome["value"]:
        text = "an object"
    elif isinstance(outcome["value"], dict):
        text = (
            ", ".join(f"{name} ×{count}" for name, count in outcome["value"].items())
            or "own errors or objects"
        )
    else:
        text = str(outcome["value"])
    return "".join(c for c in text if c.isprintable())[:200].replace("|", "\\|")


def cell(case: Case, client: Client, shared: Bench) -> tuple[str, bool]:
    """Return a cell of the table, and whether all its variants are right."""
    if case.run is not None:
        done = case.run(client.name, client.python)
        mark = {True: "✓ ", False: "✗ ", None: ""}[done.right]
        cost = "" if done.right is None else f" ({done.seconds:.1f} s, {done.megabytes:.0f} MB)"
        return f"{mark}{done.text}{cost}", bool(done.right)
    found, missing = [], []
    for variant in case.variants:
        if variant.ours_only and not client.ours:
            missing.append(variant.ours_only)
            continue
        outcome, good = run(variant, client, shared)
        if "none" in outcome:
            return f"– {outcome['none']}", False
        found.append((variant.name, outcome, good))
    missing = list(dict.fromkeys(missing))
    if not found:
        return f"– has no {', '.join(missing)}", False
    wrong = [(name, outcome) for name, outcome, good in found if not good]
    right = not wrong
    if len(found) == 1 and not missing:
        text = shown(found[0][1])
    else:
        text = f"{len(found) - len(wrong)} of {len(found)}"
        told = [f"{name}: {shown(outcome)}" for name, outcome in wrong[:SHOWN]]
        told += [f"{len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
        told += [f"has no {', '.join(missing)}"] if missing else []
        text = "; ".join([text, *told])
    seconds = max(outcome["seconds"] for _, outcome, _ in found)
    memory = max(outcome["megabytes"] for _, outcome, _ in found)
    return f"{'✓' if right else '✗'} {text} ({seconds:.1f} s, {memory:.0f} MB)", right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--old", help="Python with apteco-api 0.3.2")
    parser.add_argument("--generated", help="Python with the client and the generator of OpenAPI Generator 7")
    parser.add_argument(
        "--only", help="run the cases whose id contains one of these texts (a,b), and write nothing"
    )
    arguments = parser.parse_args()
    loaded = lab.Server(lambda request, _: answer(body=VARIABLE if request.method == "GET" else COUNT))
    clients = [Client("ours", sys.executable, "apteco_api", str(ROOT), loaded.url)]
    if arguments.old:
        clients.append(Client("old", os.path.abspath(arguments.old), "apteco_api", "", loaded.url))
    if arguments.generated:
        clients.append(Client("oag", os.path.abspath(arguments.generated), "oag_client", "", loaded.url))
    lines: list[str] = []
    totals = dict.fromkeys((client.name for client in clients), 0)
    with bench() as shared:
        cases = table(shared)
        for case in cases:
            if arguments.only and not any(text in case.id for text in arguments.only.split(",")):
                continue
            cells = []
            for client in clients:
                text, good = cell(case, client, shared)
                totals[client.name] += good
                cells.append(text)
            lines.append(f"| {case.number} | {case.id} | {case.what} | {case.right} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    for client in clients:
        client.close()
    if arguments.only:
        return
    heads = [f"{NAMES[client.name]} ({totals[client.name]} of {len(cases)})" for client in clients]
    text = (ROOT / "test/faults/measured/head.md").read_text()
    machine = f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    text = text.replace("{machine}", machine).replace("{date}", time.strftime("%Y-%m-%d"))
    top = [f"| | case | input | right behaviour | {' | '.join(heads)} |", "|---" * (4 + len(clients)) + "|"]
    (ROOT / "docs/reliability.md").write_text(text + "\n".join([*top, *lines]) + "\n")


if __name__ == "__main__":
    main()
