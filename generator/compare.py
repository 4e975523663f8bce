"""`diff OLD NEW`: what callers of a client gain, lose, and must change when its document changes.

OLD and NEW are documents, or surface files that `--surface FILE` wrote. A change is breaking when a program
that works with OLD, and passes the type checkers, may stop doing so with NEW. So an argument may accept more
types than before, and a result may have fewer.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .build import build
from .clients import ROOT, read
from .config import ConfigError
from .diagnostics import SpecError
from .jsonvalues import is_object
from .load import load
from .surface import VERSION, surface

Table = Mapping[str, Any]


class Change(NamedTuple):
    """One difference: its kind (`added`, `removed`, `changed`), whether it breaks callers, place and text."""

    kind: str
    breaking: bool
    place: str
    text: str

    def __str__(self) -> str:
        return f"{'BREAKING' if self.breaking else '        '} {self.kind:8}{self.place}: {self.text}"


def main(arguments: Sequence[str]) -> int:
    """Compare two versions. Return 0, or 1 if a change is breaking, or 2 if they can't be compared."""
    parser = argparse.ArgumentParser(
        prog="python -m generator diff" if read() else "client-generator diff",
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: %(prog)s released.yaml next.yaml",
    )  # fmt: skip
    parser.add_argument("old", nargs="?", metavar="OLD", help="document or surface file of the old version")
    parser.add_argument("new", nargs="?", metavar="NEW", help="document or surface file of the new version")
    parser.add_argument("--json", action="store_true", help="print the changes as JSON")
    parser.add_argument("--surface", metavar="FILE", help="write the surface of NEW (or OLD, if alone) here")
    if read():
        parser.add_argument(
            "--released", action="store_true",
            help="compare the clients of this repository with their surfaces in specs/surfaces",
        )  # fmt: skip
        parser.add_argument(
            "--accept", action="store_true", help="with --released: write those surfaces again"
        )
    options = parser.parse_args(arguments)
    try:
        if read() and (options.released or options.accept):
            return _released(accept=options.accept)
        if not options.old or not (options.new or options.surface):
            parser.error("give OLD and NEW, or one document with --surface FILE")
        found = [surface_of(each) for each in (options.old, options.new) if each]
    except (SpecError, ConfigError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.surface:
        Path(options.surface).write_bytes(serialized(found[-1]))
    if len(found) == 1:
        return 0
    changes = list(differences(*found))
    if options.json:
        print(json.dumps([change._asdict() for change in changes], indent=1))
    else:
        _print(changes)
    return 1 if any(change.breaking for change in changes) else 0


def _print(changes: Sequence[Change]) -> None:
    for change in changes:
        print(change)
    counts = [
        f"{sum(each.kind == kind for each in changes)} {kind}" for kind in ("added", "removed", "changed")
    ]
    print(f"{', '.join(counts)}; {sum(each.breaking for each in changes)} breaking for callers")


def _released(*, accept: bool) -> int:
    """Compare each client of the repository with the surface that its last release had."""
    from .__main__ import effective

    broken = 0
    for client in read().values():
        path = ROOT / "specs" / "surfaces" / f"{client.name}.json"
        now = surface(build(effective(client)))
        if accept:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(serialized(now))
            continue
        changes = list(differences(surface_of(str(path)), now))
        print(f"{client.name}:")
        _print(changes)
        broken += any(change.breaking for change in changes)
    return 1 if broken else 0


def surface_of(source: str) -> Table:
    """Return the surface that a surface file holds, or that the client of a document has.

    Raises:
        SpecError: the document can't be read.
        ConfigError: the surface file is of another version.
    """
    path = Path(source)
    if path.suffix == ".json" and path.is_file():
        value = json.loads(path.read_bytes())
        if is_object(value) and "surface" in value:
            if value["surface"] != VERSION:
                raise ConfigError(
                    f"{source}: a surface of version {value['surface']!r}, not {VERSION}: write it again"
                )
            return value
    return surface(build(load(source, strict_overlay=False, strict=False)))


def serialized(value: Table) -> bytes:
    """Return a surface as the bytes of a file."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def differences(old: Table, new: Table) -> Iterator[Change]:
    """Yield every change between two surfaces, sections first, in alphabetical order."""
    for name, before, after in _pairs(old["sections"], new["sections"]):
        if before is None or after is None:
            yield _appeared(name, before, "section")
            continue
        for method, was, now in _pairs(before, after):
            place = f"{name}.{method}"
            if was is None or now is None:
                yield _appeared(place, was, "method")
            else:
                yield from _method(place, was, now)
    for name, before, after in _pairs(old["models"], new["models"]):
        if before is None or after is None:
            yield _appeared(name, before, "model")
        else:
            yield from _model(name, before, after)


def _pairs(old: Table, new: Table) -> Iterator[tuple[str, Any, Any]]:
    for name in sorted({*old, *new}):
        yield name, old.get(name), new.get(name)


def _appeared(place: str, before: Any, noun: str) -> Change:
    if before is None:
        return Change("added", False, place, f"a new {noun}")
    return Change("removed", True, place, f"the {noun} is gone")


def _method(place: str, old: Table, new: Table) -> Iterator[Change]:
    for name, before, after in _pairs(old["arguments"], new["arguments"]):
        where = f"{place}({name})"
        if before is None:
            need = "required" if after["required"] else "optional"
            yield Change("added", after["required"], where, f"a new {need} argument")
        elif after is None:
            yield Change("removed", True, where, "the argument is gone")
        else:
            yield from _argument(where, before, after)
    before, after = old["positional"], new["positional"]
    kept = [name for name in before if name in after]
    if kept != [name for name in after if name in kept] or (kept and after[: len(kept)] != kept):
        yield Change(
            "changed", True, place, f"the order of arguments is {_words(after)}, was {_words(before)}"
        )
    lost = sorted(set(new["returns"]) - set(old["returns"]))
    if old["returns"] != new["returns"]:
        text = f"returns {_words(new['returns'])}, returned {_words(old['returns'])}"
        yield Change("changed", bool(lost), place, text)
    if old["call"] != new["call"]:
        yield Change("changed", False, place, f"calls {new['call']}, called {old['call']}")


def _argument(place: str, old: Table, new: Table) -> Iterator[Change]:
    if old["required"] != new["required"]:
        yield Change(
            "changed", new["required"], place, "is required now" if new["required"] else "is optional now"
        )
    if old["type"] != new["type"]:
        text = f"takes {_words(new['type'])}, took {_words(old['type'])}"
        yield Change("changed", not _takes(new["type"], old["type"]), place, text)
    yield from _values(place, old, new, breaking=True)
    for name, narrower in (("minimum", 1), ("maximum", -1)):
        before, after = old.get(name), new.get(name)
        if before != after:
            tight = after is not None and (before is None or (after - before) * narrower > 0)
            yield Change("changed", tight, place, f"{name} is {after}, was {before}")


def _values(place: str, old: Table, new: Table, *, breaking: bool) -> Iterator[Change]:
    """Yield changes of an enumeration. Models refuse a removed value, and so may the server."""
    before, after = old.get("enum"), new.get("enum")
    if before == after:
        return
    if after is None:
        yield Change("changed", False, place, "takes any value now")
    elif before is None:
        yield Change("changed", breaking, place, f"takes only {_words(after)} now")
    else:
        for value in sorted({*before} - {*after}):
            yield Change("removed", breaking, place, f"the value {value!r} is gone")
        for value in sorted({*after} - {*before}):
            yield Change("added", False, place, f"a new value {value!r}")


def _model(place: str, old: Table, new: Table) -> Iterator[Change]:
    for name, before, after in _pairs(old["fields"], new["fields"]):
        where = f"{place}.{name}"
        if before is None:
            need = "required" if after["required"] else "optional"
            yield Change("added", after["required"], where, f"a new {need} field")
        elif after is None:
            yield Change("removed", True, where, "the field is gone")
        else:
            if before["required"] != after["required"]:
                text = "is required now" if after["required"] else "is optional now, and may be None"
                yield Change("changed", True, where, text)
            if before["type"] != after["type"]:
                text = f"is {_words(after['type'])}, was {_words(before['type'])}"
                yield Change("changed", True, where, text)
            yield from _values(where, before, after, breaking=True)
    before, after = old["positional"], new["positional"]
    kept = [name for name in before if name in after]
    if after[: len(kept)] != kept:
        yield Change("changed", True, place, "the order of fields has changed: positional arguments move")


def _takes(wide: Sequence[str], narrow: Sequence[str]) -> bool:
    """Return whether `wide` accepts every value that `narrow` accepts; a float accepts an int."""
    accepted = {*wide, *(["int"] if "float" in wide else []), *(narrow if "object" in wide else ())}
    return {*narrow} <= accepted


def _words(values: Sequence[str]) -> str:
    return " | ".join(values) or "nothing"
