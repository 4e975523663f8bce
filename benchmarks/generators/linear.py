"""Measure time and memory by the size of a document: our own spec, several times in one document.

    python -m benchmarks.generators.linear [TIMES …]

Each size is measured in its own process, from the document to the formatted files of a package.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from generator.build import build
from generator.clients import ROOT, read
from generator.config import client as new_client
from generator.diagnostics import Problems
from generator.document import Document
from generator.load import load
from generator.render import render

TIMES = (1, 2, 4, 5, 10)
PREFIX = "#/components/schemas/"


def document(times: int) -> dict[str, Any]:
    """Return a document with our own spec `times` times; each copy has other names."""
    spec: dict[str, Any] = load(str(ROOT / read()["apteco"].spec), strict=False).value
    result: dict[str, Any] = {
        **spec,
        "paths": {},
        "tags": [],
        "components": {**spec["components"], "schemas": {}},
    }
    for number in range(times):
        mark = f"V{number}" if number else ""
        copy = json.loads(json.dumps(spec).replace(PREFIX, f"{PREFIX}{mark}"))
        for path, item in copy["paths"].items():
            for operation in item.values():
                if isinstance(operation, dict) and "operationId" in operation:
                    operation["operationId"] = f"{mark}{operation['operationId']}"
                    operation["tags"] = [f"{mark}{tag}" for tag in operation["tags"]]
            result["paths"][f"/{mark}{path}" if mark else path] = item
        result["tags"] += [{**tag, "name": f"{mark}{tag['name']}"} for tag in copy["tags"]]
        schemas = copy["components"]["schemas"]
        result["components"]["schemas"].update({f"{mark}{name}": each for name, each in schemas.items()})
    return result


def operations(document: dict[str, Any]) -> int:
    """Return how many operations a document has."""
    return sum("operationId" in each for item in document["paths"].values() for each in item.values())


def cpu() -> float:
    """Return the processor seconds of this process and of the processes that it started."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def made(value: dict[str, Any]) -> int:
    """Make the package of a document in memory; return how many files it has."""
    client = new_client("made", "many.json", {"package": "made"})
    return len(render(build(Document(value, "many.json", Problems(strict=False))), client, "many.json"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each size and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("times", nargs="*", type=int, default=TIMES)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.file:
        before = cpu()
        value = load(str(options.file), strict=False).value
        files = made(value)
        seconds = cpu() - before
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps([files, round(seconds, 2), round(memory)]))
        return 0
    print("| operations | files | s of a processor | ms an operation | MB |\n|---|---|---|---|---|")
    for times in options.times:
        value = document(times)
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "many.json"
            place.write_text(json.dumps(value), encoding="utf-8")
            command = [sys.executable, "-m", "benchmarks.generators.linear", "--file", str(place)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=600)
        files, seconds, memory = json.loads(done.stdout)
        count = operations(value)
        print(
            f"| {count:,} | {files:,} | {seconds:.1f} | {seconds / count * 1000:.1f} | {memory} |", flush=True
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
