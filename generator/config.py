"""The config file of a client: what to make, and names, paging and jobs that the document does not have.

`client-generator --config client.toml` reads it; options of the command line win. `annotate.py` writes names,
paging and jobs into the document, as the `x-` fields that `build` reads.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .clients import Client
from .jsonvalues import is_list, is_object

TEXT, TEXTS, FLAG, TABLE = "a text", "a list of texts", "true or false", "a table"
ENTRIES: Mapping[str, str] = {
    **dict.fromkeys(("spec", "package", "out"), TEXT),
    "overlays": TEXTS,
    **dict.fromkeys(("tests", "cli", "docs", "unset", "formats"), FLAG),
    **dict.fromkeys(("project", "names", "paging", "jobs"), TABLE),
}
PROJECT: Mapping[str, str] = {
    **dict.fromkeys(
        ("distribution", "version", "description", "license", "env_prefix", "requires_python", "homepage"),
        TEXT,
    ),
    **dict.fromkeys(("authors", "keywords"), TEXTS),
}
PAGING: Mapping[str, str] = {
    **dict.fromkeys(("style", "offset", "page", "size", "cursor"), TEXT),
    **dict.fromkeys(("next", "more", "items", "total", "pages"), TEXT),
    "first": "a whole number",
}
JOB: Mapping[str, str] = {
    **dict.fromkeys(("create", "poll", "cancel", "results", "result", "id", "status", "progress"), TEXT),
    **dict.fromkeys(("done", "failed", "cancelled"), TEXTS),
}
DOCS = "docs/reference"
COMMAND = "client-generator"
"""What the files of a new client say that they are made by, in a checkout too: they are the same there."""


class ConfigError(ValueError):
    """Error of a config file that can't be used; the message names the file and the entry."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a config file and of the command line together.

    `out` is the folder that gets the package; `tests` asks for a test skeleton. The rest is in the client.
    """

    client: Client
    out: Path
    tests: bool = False


def read(path: Path) -> dict[str, Any]:
    """Return the checked entries of a config file. Its paths are relative to the file's folder.

    Raises:
        ConfigError: the file can't be read, or an entry is unknown or has a wrong type.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: can't be read: {error}") from error
    _check(path, "", found, ENTRIES)
    _check(path, "project.", found.get("project", {}), PROJECT)
    for name, table in found.get("names", {}).items():
        if not isinstance(table, str):
            raise ConfigError(f"{path}: {name!r} must be a text, not {table!r}")
    for entry, known in (("paging", PAGING), ("jobs", JOB)):
        for name, table in found.get(entry, {}).items():
            if not is_object(table):
                raise ConfigError(f"{path}: {entry}.{name} must be a table, not {table!r}")
            _check(path, f"{entry}.{name}.", table, known)
    here = path.resolve().parent
    if "spec" in found and not re.match(r"https?://", found["spec"]):
        found["spec"] = str(here / found["spec"])
    found["out"] = str(here / found.get("out", "."))
    found["overlays"] = [str(here / each) for each in found.get("overlays", [])]
    return found


def _check(path: Path, place: str, table: Mapping[str, Any], known: Mapping[str, str]) -> None:
    for name, value in table.items():
        wanted = known.get(name)
        if wanted is None:
            raise ConfigError(f"{path}: {place}{name} is not an entry; entries are {', '.join(known)}")
        good = {
            TEXT: isinstance(value, str),
            TEXTS: is_list(value) and all(isinstance(each, str) for each in value),
            FLAG: isinstance(value, bool),
            TABLE: isinstance(value, dict),
            "a whole number": isinstance(value, int) and not isinstance(value, bool),
        }[wanted]
        if not good:
            raise ConfigError(f"{path}: {place}{name} must be {wanted}, not {value!r}")


def client(name: str, spec: str, entries: Mapping[str, Any]) -> Client:
    """Return the client of the package `name`. Names that no entry gives are made from it."""
    project: dict[str, Any] = dict(entries.get("project", {}))
    unset = bool(entries.get("unset", True))
    return Client(
        name=name,
        spec=spec,
        package=name,
        import_name=name,
        distribution=project.pop("distribution", name.replace("_", "-")),
        version=project.pop("version", "0.1.0"),
        env_prefix=project.pop("env_prefix", name.upper()),
        overlays=tuple(entries.get("overlays", ())),
        extra_exports={
            "paginate": "_runtime.paging",
            "Poller": "_runtime.jobs",
            **(dict.fromkeys(("UNSET", "UnsetType"), "_runtime.unset") if unset else {}),
        },
        docs=DOCS if entries.get("docs") else "",
        cli=bool(entries.get("cli")),
        unset=unset,
        metadata=project,
        names=dict(entries.get("names", {})),
        paging=dict(entries.get("paging", {})),
        jobs=dict(entries.get("jobs", {})),
        formats=bool(entries.get("formats", True)),
        made_by=COMMAND,
    )
