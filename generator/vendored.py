"""The runtime of `apteco_api`, written by hand there, of which every other client gets a copy."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOM = "_runtime"
_HERE = Path(__file__).resolve().parent
# an installed generator carries a copy of the runtime; in a checkout the original is used
ORIGINAL = _HERE / ROOM if (_HERE / ROOM).is_dir() else _HERE.parent / "apteco_api" / ROOM


@cache
def public_names(module: str) -> tuple[str, ...]:
    """Return the classes and functions that a module of the runtime defines, read without running it."""
    tree = ast.parse((ORIGINAL / f"{module}.py").read_text(encoding="utf-8"))
    found = {node.name for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    return tuple(sorted(name for name in found if not name.startswith("_")))


def copied_files() -> dict[str, bytes]:
    """Return every file of the runtime, unchanged, by its path below a client's package."""
    return {
        f"{ROOM}/{path.relative_to(ORIGINAL).as_posix()}": path.read_bytes()
        for path in sorted(ORIGINAL.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
