"""Files to disk: only what changed is written, and what is no longer generated is removed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .clients import Client
from .render import Files
from .vendored import ROOM

GENERATED_FOLDERS = ("api", "models", "aio")


def write(files: Files, out: Path, client: Client) -> int:
    """Write ``files`` below ``out``; the number of files that were changed, added or removed."""
    changed = 0
    for path, data in files.items():
        target = _inside(out, path)
        if target.is_file() and target.read_bytes() == data:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".generated-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, target)
        changed += 1
    for stray in strays(files, out, client):
        stray.unlink()
        changed += 1
    return changed


def differences(files: Files, out: Path, client: Client) -> list[str]:
    """What ``write`` would do, one line a file."""
    found: list[str] = []
    for path, data in files.items():
        target = _inside(out, path)
        if not target.is_file():
            found.append(f"{path} is missing")
        elif target.read_bytes() != data:
            found.append(f"{path} differs")
    found += [f"{stray.relative_to(out).as_posix()} is not generated" for stray in strays(files, out, client)]
    return sorted(found)


def strays(files: Files, out: Path, client: Client) -> Iterator[Path]:
    """Files in generated folders that the generator does not make."""
    generated = GENERATED_FOLDERS if client.original else (*GENERATED_FOLDERS, ROOM)
    folders = [out / client.package / name for name in generated]
    if client.docs:
        folders.append(out / client.docs)
    known = {_inside(out, path) for path in files}
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.is_file() and "__pycache__" not in path.parts and path not in known:
                yield path


def _inside(out: Path, path: str) -> Path:
    """``path`` below ``out``; a path that leads elsewhere is a mistake of the generator, and stops it."""
    target = out / path
    if not target.resolve().is_relative_to(out.resolve()):
        raise ValueError(f"{path!r} is outside {out}")
    return target
