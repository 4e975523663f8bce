"""The hand-written runtime of `apteco_api`, which other clients get as a link or as a copy."""

from __future__ import annotations

import ast
import os
from functools import cache
from pathlib import Path

from .clients import ROOT, Client

ROOM = "_runtime"
_HERE = Path(__file__).resolve().parent
# an installed generator has its own copy of the runtime; a checkout uses the original
ORIGINAL = _HERE / ROOM if (_HERE / ROOM).is_dir() else _HERE.parent / "apteco_api" / ROOM


class Link(bytes):
    """A file that is a symbolic link; the bytes are its target, as git stores it."""


@cache
def public_names(module: str) -> tuple[str, ...]:
    """Return the public classes and functions of a module of the runtime, without importing it."""
    tree = ast.parse((ORIGINAL / f"{module}.py").read_text(encoding="utf-8"))
    found = {node.name for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    return tuple(sorted(name for name in found if not name.startswith("_")))


def runtime_files(client: Client) -> dict[str, bytes]:
    """Return the runtime's files of a client: none where the original is, one link, or copies."""
    folder = f"{client.package}/{ROOM}"
    if client.runtime == "original":
        return {}
    if client.runtime == "link":
        target = os.path.relpath(ORIGINAL, (ROOT / folder).parent)
        return {folder: Link(Path(target).as_posix().encode())}
    return copies(folder)


def copies(folder: str) -> dict[str, bytes]:
    """Return every file of the runtime, unchanged, by its path below `folder`."""
    return {
        f"{folder}/{path.relative_to(ORIGINAL).as_posix()}": path.read_bytes()
        for path in sorted(ORIGINAL.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
