"""This generator beside openapi-python-client and OpenAPI Generator, on a folder of OpenAPI documents.

    python -m benchmarks.generators FOLDER [--peer NAME=COMMAND …] [--only NAME …] [--mypy]

For each document and generator it prints what came out: whether there is a package, its operations, modules that
do not import, errors of mypy --strict, size, seconds to make it, and milliseconds to import it in a new process.
A peer is one of `openapi-python-client` and `openapi-generator`, with the command that starts it. The documents
are not part of this repository.
"""

from __future__ import annotations

import argparse
import ast
import json
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parent.parent
VERBS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
SECONDS = 900
ROUNDS = 5
IMPORT_ALL = """
import importlib, pathlib, sys
failed = 0
root = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(root.parent))
for path in sorted(root.rglob("*.py")):
    parts = path.relative_to(root.parent).with_suffix("").parts
    if parts[-1] == "__main__":
        continue
    try:
        importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    except Exception:
        failed += 1
print(failed)
"""


class Made(NamedTuple):
    """What a generator made of one document; None where there is nothing to measure."""

    package: bool
    operations: int
    broken_imports: int | None
    mypy_errors: int | None
    kilobytes: float
    seconds: float
    import_ms: float | None


def ours(document: Path, out: Path) -> tuple[list[str], Path]:
    """Return the command of this generator, and where its package will be."""
    command = [sys.executable, "-m", "generator", str(document), "--as", "made", "--out", str(out)]
    return command, out / "made"


def openapi_python_client(start: Sequence[str]) -> Callable[[Path, Path], tuple[list[str], Path]]:
    """Return what makes the command of openapi-python-client."""

    def command(document: Path, out: Path) -> tuple[list[str], Path]:
        settings = out.parent / "settings.json"
        settings.write_text(json.dumps({"package_name_override": "made", "post_hooks": []}))
        options = [
            "--path",
            str(document),
            "--output-path",
            str(out),
            "--config",
            str(settings),
            "--overwrite",
        ]
        return [*start, "generate", *options], out / "made"

    return command


def openapi_generator(start: Sequence[str]) -> Callable[[Path, Path], tuple[list[str], Path]]:
    """Return what makes the command of OpenAPI Generator."""

    def command(document: Path, out: Path) -> tuple[list[str], Path]:
        options = ["-g", "python", "-i", str(document), "-o", str(out), "--package-name", "made"]
        return [*start, "generate", *options], out / "made"

    return command


PEERS = {"openapi-python-client": openapi_python_client, "openapi-generator": openapi_generator}


def operations_in(document: Path) -> int:
    """Return how many operations a document has; 0 if it can't be read."""
    text = document.read_text("utf-8", errors="replace")
    try:
        value: Any = json.loads(text) if document.suffix == ".json" else yaml.safe_load(text)
        items = [item for item in value["paths"].values() if isinstance(item, dict)]
    except (ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError):
        return 0
    return sum(verb in VERBS for item in items for verb in item)


def operations_made(name: str, package: Path) -> int:
    """Return how many operations a package offers, each counted once."""
    if name == "openapi-python-client":
        return sum(path.name != "__init__.py" for path in (package / "api").glob("*/*.py"))
    ending = ("_with_http_info", "_without_preload_content")
    found = 0
    for path in (package / "api").glob("*_api.py"):
        try:
            tree = ast.parse(path.read_text("utf-8"))
        except SyntaxError:  # none of its operations can be called
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                methods = [each.name for each in node.body if isinstance(each, ast.FunctionDef)]
                found += sum(not each.startswith("_") and not each.endswith(ending) for each in methods)
    return found


def measured(
    name: str,
    make: Callable[[Path, Path], tuple[list[str], Path]],
    document: Path,
    python: str,
    *,
    mypy: bool,
) -> Made:
    """Run a generator on a document and measure what it made."""
    with tempfile.TemporaryDirectory() as folder:
        command, package = make(document, Path(folder) / "out")
        before = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
        seconds = time.perf_counter() - before
        if done.returncode or not (package / "__init__.py").is_file():
            return Made(False, 0, None, None, 0, seconds, None)
        size = sum(path.stat().st_size for path in package.rglob("*") if path.is_file()) / 1024
        broken = run(python, "-c", IMPORT_ALL, str(package))
        times: list[float] = []
        timer = "import time; t = time.perf_counter(); import made; print((time.perf_counter() - t) * 1000)"
        for _ in range(ROUNDS):
            shown = run(python, "-c", timer, cwd=package.parent)
            times += [float(shown)] if shown else []
        errors = None
        if mypy:
            options = ("--strict", "--config-file=", f"--cache-dir={folder}/cache", "made")
            last = run(sys.executable, "-m", "mypy", *options, cwd=package.parent)
            errors = int(last.split("Found ")[1].split()[0]) if "Found " in last else 0
        return Made(
            True, operations_made(name, package), int(broken) if broken.isdigit() else None, errors,
            size, seconds, statistics.median(times) if times else None,
        )  # fmt: skip


def run(*command: str, cwd: Path | None = None) -> str:
    """Return the last line that a command printed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=SECONDS)
    lines = done.stdout.strip().splitlines()
    return lines[-1] if lines else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each document with each generator; print a row for each, and totals."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND")
    parser.add_argument(
        "--python", default=sys.executable, help="interpreter with what the peers' packages need"
    )
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="these documents only")
    parser.add_argument("--mypy", action="store_true", help="run mypy --strict too; this takes minutes")
    options = parser.parse_args(arguments)
    makers: dict[str, Callable[[Path, Path], tuple[list[str], Path]]] = {"ours": ours}
    for peer in options.peer:
        name, _, command = peer.partition("=")
        if name not in PEERS:
            parser.error(f"{name!r} is not a peer; peers are {', '.join(PEERS)}")
        makers[name] = PEERS[name](shlex.split(command))
    documents = [
        path for path in sorted(options.folder.resolve().iterdir())
        if path.suffix in (".json", ".yaml", ".yml") and (not options.only or path.stem in options.only)
    ]  # fmt: skip
    print(
        "| document | operations | generator | made | modules that fail | mypy errors | KB | s | import ms |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    totals = {name: [0, 0] for name in makers}
    wanted = 0
    for document in documents:
        operations = operations_in(document)
        wanted += operations
        for name, make in makers.items():
            made = measured(name, make, document, options.python, mypy=options.mypy)
            totals[name][0] += made.package
            totals[name][1] += made.operations
            cells = (made.operations if made.package else "refused", made.broken_imports, made.mypy_errors)
            shown = ["–" if cell is None else str(cell) for cell in cells]
            took = "–" if made.import_ms is None else f"{made.import_ms:.1f}"
            sizes = f"{made.kilobytes:,.0f} | {made.seconds:.1f} | {took}"
            print(f"| {document.stem} | {operations} | {name} | {' | '.join(shown)} | {sizes} |", flush=True)
    for name, (packages, found) in totals.items():
        print(f"{name}: {packages} of {len(documents)} documents, {found} of {wanted} operations")
    return 0


if __name__ == "__main__":
    sys.exit(main())
