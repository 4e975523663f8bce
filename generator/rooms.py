"""The hand-written packages beside this file, of which every client gets a copy."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOMS = ("codec", "runtime", "toolkit")


@cache
def public_names(module: str) -> tuple[str, ...]:
    """The classes and functions that a copied module defines for others, read without running it."""
    path = HERE / f"{module.replace('.', '/')}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {node.name for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    return tuple(sorted(name for name in found if not name.startswith("_")))


def copied_files() -> dict[str, bytes]:
    """What every client gets a copy of, as it is."""
    return {
        path.relative_to(HERE).as_posix(): path.read_bytes()
        for room in ROOMS
        for path in sorted((HERE / room).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
