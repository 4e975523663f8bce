"""Measure time and memory by the size of a document: operations of our own spec, under several names.

    python -m benchmarks.generators.linear [OPERATIONS …]

Each size is measured in its own process, from the document to the formatted files of a package.
"""

from __future__ import annotations

import argparse
import json
import re
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

BASE = 253
"""Operations of our spec that a document repeats."""
SIZES = (253, 506, 1000, 1265, 2530)
PREFIX = "#/components/schemas/"


def document(count: int) -> dict[str, Any]:
    """Return a document of `count` operations: the first ones of our own spec under as many names as needed."""
    spec = cut(load(str(ROOT / read()["apteco"].spec), strict=False).value, BASE)
    result: dict[str, Any] = {
        **spec,
        "paths": {},
        "tags": [],
        "components": {**spec["components"], "schemas": {}},
    }
    for number, first in enumerate(range(0, count, BASE)):
        mark = f"V{number}" if number else ""
        part = cut(spec, min(BASE, count - first))
        copy = json.loads(json.dumps(part).replace(PREFIX, f"{PREFIX}{mark}"))
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


def cut(spec: dict[str, Any], count: int) -> dict[str, Any]:
    """Return a document with the first `count` operations of another one, and the schemas that they need."""
    paths: dict[str, Any] = {}
    for path, item in spec["paths"].items():
        kept = {}
        for key, each in item.items():
            if isinstance(each, dict) and "operationId" in each:
                count -= 1
                if count < 0:
                    continue
            kept[key] = each
        if any("operationId" in each for each in kept.values() if isinstance(each, dict)):
            paths[path] = kept
    known: dict[str, Any] = spec["components"]["schemas"]
    needed: dict[str, Any] = {}
    pending = names_in(paths)
    while pending:
        name = pending.pop()
        if name not in needed:
            needed[name] = known[name]
            pending |= names_in(known[name])
    schemas = {name: each for name, each in known.items() if name in needed}
    return {**spec, "paths": paths, "components": {**spec["components"], "schemas": schemas}}


def names_in(value: Any) -> set[str]:
    """Return the names of the schemas that a part of a document refers to."""
    return set(re.findall(rf'"{PREFIX}([^"]+)"', json.dumps(value)))


def operations(document: dict[str, Any]) -> int:
    """Return how many operations a document has."""
    return sum("operationId" in each for item in document["paths"].values() for each in item.values())


def cpu() -> float:
    """Return the processor seconds of this process and of the processes that it started."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def peak() -> float:
    """Return the most memory that this process had, in MB; where Linux tells it, without that of its parent."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text()) if status.is_file() else None
    return int(found[1] if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024


def made(value: dict[str, Any]) -> int:
    """Make the package of a document in memory; return how many files it has."""
    client = new_client("made", "many.json", {"package": "made"})
    return len(render(build(Document(value, "many.json", Problems(strict=False))), client, "many.json"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each size and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("operations", nargs="*", type=int, default=SIZES)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.file:
        before = cpu()
        value = load(str(options.file), strict=False).value
        files = made(value)
        seconds = cpu() - before
        print(json.dumps([files, round(seconds, 2), round(peak())]))
        return 0
    print("| operations | files | s of a processor | ms an operation | MB |\n|---|---|---|---|---|")
    for size in options.operations:
        value = document(size)
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
