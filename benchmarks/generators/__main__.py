"""Measure this generator against openapi-python-client and OpenAPI Generator 7, on a folder of OpenAPI documents.

    python -m benchmarks.generators FOLDER [--only NAME …] [--tool NAME …] [--seconds N] [--fresh]

The figures of each document and generator are: whether a package is made, its operations, the modules that fail
to import, the calls that lost nothing (each operation against a server on this machine), the errors of
mypy --strict (for ours also of pyright in basic mode), size, seconds, milliseconds to import it in a new process.

The peers are installed in their own environments below `--environments`. Each figure has a time limit. Figures are
saved in `--results`, and measured again only if the document or the generator has changed, so that a stopped run
can continue. At the end the tables of docs/guides/generator.md are written from the results. The documents are
not part of this repository.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import plan, table
from .measure import checked, measured
from .tools import ROOT, TOOLS, Tool

RESULTS = Path(__file__).with_name("results.json")
SECONDS = 600


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each document with each generator, keep the figures, and write the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [tool.name for tool in TOOLS]
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="these documents only")
    parser.add_argument("--tool", action="append", choices=names, help="these generators only")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="limit of each figure (default: %(default)s)"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="FILE")
    parser.add_argument("--fresh", action="store_true", help="measure saved figures again")
    parser.add_argument(
        "--environments", type=Path, metavar="FOLDER", default=ROOT / ".tox" / "generators",
        help="where the peers are installed (default: %(default)s)",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    documents = [
        path for path in sorted(options.folder.resolve().iterdir())
        if path.suffix in (".json", ".yaml", ".yml") and (not options.only or path.stem in options.only)
    ]  # fmt: skip
    if not documents:
        parser.error(f"{options.folder} holds no OpenAPI document (.json, .yaml or .yml)")
    results = _read(options.results)
    tools = [tool for tool in TOOLS if not options.tool or tool.name in options.tool]
    for types in (False, True):  # the type checks come last: they take longest
        for tool in tools:
            python, version = tool.prepare(options.environments), tool.version()
            for document in documents:
                key, same = (
                    f"{document.stem} {tool.name}",
                    {"version": version, "document": _digest(document)},
                )
                known = results["figures"].get(key, {})
                current = not options.fresh and same.items() <= known.items()
                if types and known.get("made") and not (current and "mypy" in known):
                    known |= checked(tool, python, document, options.seconds)
                elif not types and not current:
                    known = {**same, **_figures(tool, python, document, options.seconds)}
                results["documents"][document.stem] = plan.operations_in(document)
                results["figures"][key] = known
                _write(options.results, results)
                shown = (
                    f"{name}={value}" for name, value in known.items() if name not in ("problems", "reason")
                )
                print(key, *shown, flush=True)
    if options.results == RESULTS:
        table.write(results)
    print(table.totals(results))
    return 0


def _figures(tool: Tool, python: Path, document: Path, seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "plan.json"
        plan.write(document, place)
        return measured(tool, python, document, place, seconds)


def _digest(document: Path) -> str:
    return hashlib.sha256(document.read_bytes()).hexdigest()[:12]


def _read(place: Path) -> dict[str, Any]:
    if place.is_file():
        return dict(json.loads(place.read_text("utf-8")))
    return {"documents": {}, "figures": {}}


def _write(place: Path, results: dict[str, Any]) -> None:
    ordered = {name: dict(sorted(group.items())) for name, group in results.items()}
    lines = [
        f' "{name}": {{\n' + ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in group.items())
        + "\n }"
        for name, group in ordered.items()
    ]  # fmt: skip
    place.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
