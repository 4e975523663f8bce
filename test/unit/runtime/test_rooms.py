"""The packages that every client gets a copy of: small enough to read, each leaning on lower ones only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

GENERATOR = Path(__file__).resolve().parents[3] / "generator"
ROOMS = ("codec", "runtime", "toolkit")


def modules(room: str) -> list[Path]:
    return sorted((GENERATOR / room).glob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_a_package_has_under_3000_lines_and_a_module_under_400(room: str) -> None:
    counts = {path.name: path.read_text(encoding="utf-8").count("\n") for path in modules(room)}
    assert {name: count for name, count in counts.items() if count >= 400} == {}
    assert sum(counts.values()) < 3000


@pytest.mark.parametrize("room", ROOMS)
def test_the_reading_order_names_every_module(room: str) -> None:
    told = (GENERATOR / room / "__init__.py").read_text(encoding="utf-8")
    assert [path.stem for path in modules(room) if path.stem[0] != "_" and f"`{path.stem}`" not in told] == []


def imported_when_loaded(path: Path) -> Iterator[str]:
    """The modules of the three packages that a module loads at once."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            yield node.module or "" if node.level == 2 else f"{path.parent.name}.{node.module}"


def test_the_codec_needs_of_the_others_only_errors_and_settings() -> None:
    used = {name for path in modules("codec") for name in imported_when_loaded(path)}
    assert {name for name in used if not name.startswith("codec.")} <= {
        "runtime.exceptions",
        "runtime.configuration",
    }


def test_the_runtime_does_not_load_the_toolkit() -> None:
    used = {name for path in modules("runtime") for name in imported_when_loaded(path)}
    assert {name for name in used if name.startswith("toolkit")} == set()
