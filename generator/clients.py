"""The registry of clients: ``clients.toml`` as values."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

ROOT = Path(__file__).resolve().parent.parent
REGISTRY = Path(__file__).resolve().parent / "clients.toml"


@dataclass(frozen=True, slots=True)
class Client:
    """One table of the registry; the comments in ``clients.toml`` explain each entry."""

    name: str
    spec: str
    package: str
    import_name: str
    distribution: str
    version: str
    env_prefix: str
    alias: str = ""
    introduction: str = ""
    overlays: tuple[str, ...] = ()
    docs: str = ""
    effective: str = ""
    require_descriptions: bool = False
    formats: bool = True
    python_booleans: bool = False
    runtime: str = "copy"
    rooms: tuple[str, ...] = ()
    session: tuple[str, ...] = ()
    aio_exports: dict[str, str] = field(default_factory=dict[str, str])
    extra_exports: dict[str, str] = field(default_factory=dict[str, str])
    model_mixins: dict[str, str] = field(default_factory=dict[str, str])
    moved: dict[str, str] = field(default_factory=dict[str, str])
    examples: dict[str, Any] = field(default_factory=dict[str, Any])
    example_fields: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    cli: bool = False
    main: str = "_runtime.command_line"
    unset: bool = False
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    names: dict[str, str] = field(default_factory=dict[str, str])
    paging: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    made_by: str = "python -m generator"
    """The command that generated files name."""

    def generated_only(self) -> Client:
        """Return the client for another folder: with a copy of the runtime, without hand-written packages."""
        kept = {name: at for name, at in self.extra_exports.items() if at.startswith("_runtime.")}
        return replace(
            self, runtime="copy", rooms=(), session=(), aio_exports={}, extra_exports=kept, moved={},
            model_mixins={}, main="_runtime.command_line", effective="", introduction="",
        )  # fmt: skip


def read(path: Path = REGISTRY) -> dict[str, Client]:
    """Return every client of the registry by its name; none in an installed generator, which has no registry.

    Raises:
        TypeError: a table has an unknown entry.
    """
    if not path.is_file():
        return {}
    tables = cast("dict[str, dict[str, Any]]", tomllib.loads(path.read_text(encoding="utf-8")))
    result: dict[str, Client] = {}
    for name, table in tables.items():
        table |= {key: tuple(map(str, table.get(key, ()))) for key in ("overlays", "session", "rooms")}
        result[name] = Client(name=name, **table)
    return result
