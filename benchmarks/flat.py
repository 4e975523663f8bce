"""Measure that the import does not grow with the spec: import a client of ten times the operations and schemas."""

from __future__ import annotations

import copy
import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

TIMES = 10
CODE = "import time; s = time.perf_counter(); import apteco_api; print(time.perf_counter() - s)"


def enlarged(document: dict[str, Any], times: int) -> dict[str, Any]:
    """Return the document with `times` copies of each path, operation, section and schema, renamed."""
    big = copy.deepcopy(document)
    paths, schemas = document["paths"], document["components"]["schemas"]
    big["tags"] = list(document["tags"])
    for copy_number in range(2, times + 1):
        text = json.dumps({"paths": paths, "schemas": schemas})
        text = re.sub(r'("#/components/schemas/[^"]+)"', rf'\1V{copy_number}"', text)
        text = re.sub(r'"operationId": "([A-Za-z0-9]+)_', rf'"operationId": "\g<1>V{copy_number}_', text)
        made = json.loads(text)
        for path, item in made["paths"].items():
            for operation in item.values():
                operation["tags"] = [f"{tag}V{copy_number}" for tag in operation["tags"]]
            big["paths"][f"/v{copy_number}{path}"] = item
        for name, schema in made["schemas"].items():
            schema.pop("x-server-name", None)
            big["components"]["schemas"][f"{name}V{copy_number}"] = schema
        big["tags"] += [{**tag, "name": f"{tag['name']}V{copy_number}"} for tag in document["tags"]]
    return big


def measure(folder: Path, root: Path, rounds: int) -> dict[str, float]:
    """Return median import times in ms of this client and of one with the enlarged spec, and their sizes."""
    document = yaml.load((root / "specs" / "apteco.yaml").read_text("utf-8"), yaml.CSafeLoader)
    big = enlarged(document, TIMES)
    spec, out = folder / "big.json", folder / "big"
    spec.write_text(json.dumps(big))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [
        sys.executable,
        "-m",
        "generator",
        "--client",
        "apteco",
        "--spec",
        str(spec),
        "--out",
        str(out),
    ]
    subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True)

    def imported(place: Path) -> float:
        done = subprocess.run(
            [sys.executable, "-c", CODE],
            cwd=place,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return float(done.stdout) * 1000

    home = next(out.rglob("package_info.py")).parent.parent
    taken: dict[str, list[float]] = {"ours": [], "ten times": []}
    for number in range(rounds + 1):
        one, ten = imported(root), imported(home)
        if number:  # the first round compiles the byte code
            taken["ours"].append(one)
            taken["ten times"].append(ten)
    operations = sum(len(item) for item in document["paths"].values())
    return {
        **{name: statistics.median(times) for name, times in taken.items()},
        "operations": operations,
        "operations, ten times": operations * TIMES,
    }
