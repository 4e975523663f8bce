"""Make typed Python clients from OpenAPI documents.

`python -m generator` in a checkout makes the clients of `clients.toml`, or checks that they are up to date;
`client-generator DOCUMENT --as NAME` makes a client of any API; `diff OLD NEW` compares two versions of one.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import pprint
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import compare, config, new_client, summary
from .annotate import annotated
from .build import build
from .clients import ROOT, Client, read
from .config import Config, ConfigError
from .diagnostics import Diagnostic, Problems, SpecError
from .document import Document
from .ir import Package
from .layout import can_format
from .load import load
from .render import Files, render
from .write import differences, write


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Return 0, or 1 if a document has errors or a file differs."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["diff"]:
        return compare.main(given[1:])
    parser = _parser()
    options = parser.parse_args(given)
    options.given = given
    if options.document and options.spec:
        parser.error(f"two documents are given, {options.document} and {options.spec}: give one")
    options.spec = options.spec or options.document
    clients = read()
    if options.package or options.config:
        return _new(parser, options)
    if not clients:
        parser.error("no client is named: give DOCUMENT --as NAME, or --config FILE")
    chosen = [clients[name] for name in options.client or clients]
    if options.spec and len(chosen) != 1:
        chosen = [clients["apteco"]]
    out = Path(options.out).resolve() if options.out else ROOT
    if options.spec and not (options.out or options.check or options.dump):
        parser.error("--spec needs --out, --check or --dump: it would overwrite a client of this repository")
    if options.overlay or options.tests or options.cli or options.docs:
        parser.error("--overlay, --tests, --cli and --docs need --as; clients.toml sets up the others")
    if not can_format():
        parser.error("ruff, which formats these clients, is not installed: pip install ruff")
    if out != ROOT:
        chosen = [each.generated_only() for each in chosen]
    return _run([Config(client, out) for client in chosen], options)


def _new(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    """Make a client that is not in the registry, from a config file, from options, or from both."""
    entries: dict[str, Any] = {}
    if options.config:
        try:
            entries = config.read(Path(options.config))
        except ConfigError as error:
            print(error, file=sys.stderr)
            return 1
    given = {"spec": options.spec, "package": options.package, "out": options.out}
    entries |= {name: value for name, value in given.items() if value}
    entries |= {name: True for name in ("tests", "cli", "docs") if getattr(options, name)}
    if options.overlay:
        entries["overlays"] = [str(Path(path).resolve()) for path in options.overlay]
    needed = [name for name in ("spec", "package", "out") if not entries.get(name)]
    if needed or options.client:
        parser.error(
            "a new client needs a document, --as and --out (or --config with `spec`, `package`), no --client"
        )
    out, name = Path(entries["out"]).resolve(), entries["package"]
    if objection := new_client.objection(name, out):
        parser.error(f"--as {name}: {objection}")
    made = config.client(name, entries["spec"], entries)
    return _run([Config(made, out, bool(entries.get("tests")))], options)


def _run(wanted: Sequence[Config], options: argparse.Namespace) -> int:
    """Make every client, then write or compare them all. Write nothing if one of them can't be made."""
    try:
        made = [(each, *_made(each.client, options)) for each in wanted]
    except SpecError as error:
        for item in error.diagnostics:
            print(item, file=sys.stderr)
        if options.report:
            Path(options.report).write_text(report(error.diagnostics), encoding="utf-8")
        return 1
    if options.report:
        every = [item for *_, problems in made for item in dict.fromkeys(problems.items)]
        Path(options.report).write_text(report(every), encoding="utf-8")
    failed = False
    for each, package, files, problems in made:
        client = each.client
        for note in (*problems.notes, *problems.skipped):
            print(note, file=sys.stderr)
        if problems.skipped and not (options.package or options.config):
            print(f"{client.name}: {len(problems.skipped)} skipped", file=sys.stderr)
        if package is None or files is None:
            continue
        if options.check:
            found = differences(files, each.out, client)
            for line in found:
                print(f"{client.name}: {line}", file=sys.stderr)
            failed = failed or bool(found)
            continue
        new = options.package or options.config
        beside: Files = {}
        if new:
            beside = new_client.missing(new_client.files(package, client, tests=each.tests), each.out)
        changed = write(files | beside, each.out, client)
        if new:
            print(summary.text(package, each, files, sorted(beside), changed, problems, options.given))
        else:
            print(f"{client.name}: {len(files)} files, {changed} changed")
    if failed:
        print("run the same command without --check", file=sys.stderr)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m generator" if read() else "client-generator",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: %(prog)s bookshop.yaml --as bookshop --out my-project --tests",
    )
    parser.add_argument("document", nargs="?", help="the OpenAPI document: a file or an http(s) URL")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file differs")
    parser.add_argument("--spec", help="same as DOCUMENT: Swagger 2.0 or OpenAPI 3.0 to 3.2, JSON or YAML")
    parser.add_argument("--as", dest="package", metavar="NAME", help="make a new client: package NAME")
    parser.add_argument("--config", metavar="FILE", help="a config file (TOML); options win over it")
    parser.add_argument(
        "--overlay", action="append", default=[], metavar="FILE",
        help="with --as: an OpenAPI Overlay with corrections of the document (repeatable)",
    )  # fmt: skip
    parser.add_argument("--out", help="write below this folder")
    parser.add_argument("--tests", action="store_true", help="with --as: make a test file unless it exists")
    parser.add_argument("--cli", action="store_true", help="with --as: add `python -m NAME call …`")
    parser.add_argument("--docs", action="store_true", help="with --as: make pages in docs/reference")
    if read():
        parser.add_argument(
            "--client", action="append", choices=sorted(read()), help="only this client (repeatable)"
        )
    else:
        parser.set_defaults(client=None)
    parser.add_argument(
        "--strict", action="store_true",
        help="stop at mistakes and unsupported parts of the document instead of skipping them",
    )  # fmt: skip
    parser.add_argument(
        "--refs", metavar="PLACE",
        help="folder or address below which files that the document refers to may be read "
        "(default: the document's folder)",
    )  # fmt: skip
    parser.add_argument("--report", metavar="FILE", help="write errors, notes and skips as JSON")
    parser.add_argument("--dump", choices=("load", "ir"), help="print the result of this step, and stop")
    return parser


def _made(client: Client, options: argparse.Namespace) -> tuple[Package | None, Files | None, Problems]:
    spec, dump = options.spec, options.dump
    ours = _is_ours(client, spec)
    document = effective(client, spec, strict=options.strict or ours, refs=options.refs)
    if dump == "load":
        print(json.dumps(document.value, indent=1, ensure_ascii=False))
        return None, None, document.problems
    needs_texts = client.require_descriptions and spec is None
    package = build(document, require_descriptions=needs_texts, formats=client.formats)
    if dump == "ir":
        pprint.pprint(dataclasses.asdict(package), width=110, sort_dicts=False)
        return None, None, document.problems
    files = render(package, client, client.spec if ours else new_client.source(spec or client.spec))
    if client.effective:
        # the sandbox reads this at run time: the spec with its corrections, as JSON
        files[client.effective] = (
            json.dumps(document.value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        )
    if not can_format():
        document.problems.note(
            document.place(""), "not-laid-out", "ruff is not installed, so the code is not formatted",
            "pip install ruff, and run the command again",
        )  # fmt: skip
    return package, files, document.problems


def report(items: Sequence[Diagnostic]) -> str:
    """Return findings as JSON: the number of each severity, then every finding with its place."""
    counts = Counter(item.severity for item in items)
    found = [dict(zip(Diagnostic._fields, item, strict=True)) for item in items]
    return json.dumps({"counts": dict(sorted(counts.items())), "findings": found}, indent=1) + "\n"


def effective(
    client: Client, spec: str | None = None, *, strict: bool = True, refs: str | None = None
) -> Document:
    """Return the document of a client, or the document `spec`, with overlays and config applied."""
    overlays = tuple(ROOT / path for path in client.overlays)
    if _is_ours(client, spec):
        document = load(str(ROOT / client.spec), overlays, name=client.spec)
    else:
        document = load(spec or client.spec, overlays, strict_overlay=False, strict=strict, refs=refs)
    return annotated(document, client)


def _is_ours(client: Client, spec: str | None) -> bool:
    """Return whether a client is made from its spec in this repository."""
    return spec is None and not Path(client.spec).is_absolute() and "://" not in client.spec


if __name__ == "__main__":
    sys.exit(main())
