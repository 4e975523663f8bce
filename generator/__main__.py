"""``python -m generator``: make the clients from their specs, or check that they are up to date."""

from __future__ import annotations

import argparse
import dataclasses
import json
import pprint
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from . import new_client
from .build import build
from .clients import ROOT, Client, read
from .diagnostics import Diagnostic, Problems, SpecError
from .document import Document
from .load import load
from .render import Files, render
from .write import differences, write


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0 when all is well, 1 for findings and differences."""
    parser = _parser()
    options = parser.parse_args(arguments)
    clients = read()
    chosen = [clients[name] for name in options.client or clients]
    if options.spec and len(chosen) != 1:
        chosen = [clients["apteco"]]
    out = Path(options.out).resolve() if options.out else ROOT
    if options.package:
        if not (options.spec and options.out) or options.client:
            parser.error("--as goes with --spec and --out, and without --client")
        if objection := new_client.objection(options.package, out):
            parser.error(f"--as {options.package}: {objection}")
        overlays = tuple(str(Path(path).resolve()) for path in options.overlay)
        chosen = [new_client.client(options.package, options.spec, overlays)]
    elif options.spec and not (options.out or options.check or options.dump):
        parser.error("--spec goes with --out: without it, a client of this repository would be overwritten")
    elif options.overlay:
        parser.error("--overlay goes with --as; the overlays of the other clients are in clients.toml")
    if out != ROOT:  # what is made elsewhere needs a runtime of its own
        chosen = [dataclasses.replace(each, original=False) for each in chosen]
    try:
        made = [(client, *_made(client, options)) for client in chosen]
    except SpecError as error:
        for item in error.diagnostics:
            print(item, file=sys.stderr)
        if options.report:
            Path(options.report).write_text(report(error.diagnostics), encoding="utf-8")
        return 1
    if options.report:
        every = [item for _, _, problems in made for item in dict.fromkeys(problems.items)]
        Path(options.report).write_text(report(every), encoding="utf-8")
    failed = False
    for client, files, problems in made:
        for note in (*problems.notes, *problems.skipped):
            print(note, file=sys.stderr)
        if problems.skipped:
            print(f"{client.name}: {len(problems.skipped)} skipped", file=sys.stderr)
        if files is None:
            continue
        if options.check:
            found = differences(files, out, client)
            for line in found:
                print(f"{client.name}: {line}", file=sys.stderr)
            failed = failed or bool(found)
        else:
            if options.package and not (out / new_client.PROJECT_FILE).exists():
                files[new_client.PROJECT_FILE] = new_client.project(client).encode()
            changed = write(files, out, client)
            print(f"{client.name}: {len(files)} files, {changed} changed")
    if failed:
        print("run the same command without --check", file=sys.stderr)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m generator", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file differs")
    parser.add_argument(
        "--client", action="append", choices=sorted(read()), help="only this client (repeatable)"
    )
    parser.add_argument(
        "--spec", help="another document for the client: a file or an http(s) URL, 2.0, 3.0 or 3.1"
    )
    parser.add_argument(
        "--as", dest="package", metavar="NAME", help="with --spec and --out: a new client, the package NAME"
    )
    parser.add_argument(
        "--overlay", action="append", default=[], metavar="FILE",
        help="with --as: an OpenAPI Overlay, corrections to apply to the document (repeatable)",
    )  # fmt: skip
    parser.add_argument("--out", help="write below this folder instead of the repository")
    parser.add_argument(
        "--strict", action="store_true",
        help="refuse a document with mistakes or with what can't be made, instead of skipping that",
    )  # fmt: skip
    parser.add_argument(
        "--refs", metavar="PLACE",
        help="folder or address below which other files may be read that the document refers to "
        "(default: where the document is)",
    )  # fmt: skip
    parser.add_argument("--report", metavar="FILE", help="write what was noted and skipped as JSON")
    parser.add_argument("--dump", choices=("load", "ir"), help="print what this step hands on, and stop")
    return parser


def _made(client: Client, options: argparse.Namespace) -> tuple[Files | None, Problems]:
    spec, dump = options.spec, options.dump
    document = effective(client, spec, strict=options.strict or spec is None, refs=options.refs)
    if dump == "load":
        print(json.dumps(document.value, indent=1, ensure_ascii=False))
        return None, document.problems
    needs_texts = client.require_descriptions and spec is None
    package = build(document, require_descriptions=needs_texts, formats=client.formats)
    if dump == "ir":
        pprint.pprint(dataclasses.asdict(package), width=110, sort_dicts=False)
        return None, document.problems
    files = render(package, client, new_client.source(spec) if spec else client.spec)
    if client.effective:
        # what the sandbox reads at run time: spec and corrections in one document, in JSON
        files[client.effective] = (
            json.dumps(document.value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        )
    return files, document.problems


def report(items: Sequence[Diagnostic]) -> str:
    """What was found, as JSON: how many of each severity, and each with its place."""
    counts = Counter(item.severity for item in items)
    found = [dict(zip(Diagnostic._fields, item, strict=True)) for item in items]
    return json.dumps({"counts": dict(sorted(counts.items())), "findings": found}, indent=1) + "\n"


def effective(
    client: Client, spec: str | None = None, *, strict: bool = True, refs: str | None = None
) -> Document:
    """The effective document of a client: its own spec, or ``spec``, with its overlays."""
    overlays = tuple(ROOT / path for path in client.overlays)
    if spec is None:
        return load(str(ROOT / client.spec), overlays, name=client.spec)
    return load(spec, overlays, strict_overlay=False, strict=strict, refs=refs)


if __name__ == "__main__":
    sys.exit(main())
