"""Write changed files, and remove files that are no longer generated."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from .clients import Client
from .render import Files
from .vendored import ROOM, Link, copies

GENERATED_FOLDERS = ("api", "models", "aio")


def write(files: Files, out: Path, client: Client) -> int:
    """Write ``files`` below ``out``; return the number of files that were changed, added or removed."""
    files = _placed(files, out)
    if wrong := _wrong_runtime(files, out, client):
        shutil.rmtree(wrong) if wrong.is_dir() and not wrong.is_symlink() else wrong.unlink()
    return bool(wrong) + update(files, out, _generated(out, client))


def update(files: Files, out: Path, folders: Iterable[Path]) -> int:
    """Write the files that differ below ``out``, and remove others in ``folders``; return their number."""
    changed = 0
    for path, data in files.items():
        target = _inside(out, path)
        if _holds(target, data):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(data, Link):
            target.symlink_to(data.decode(), target_is_directory=True)
        else:
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=".generated-")
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(name, 0o644)
            os.replace(name, target)
        changed += 1
    for stray in strays(files, out, folders):
        stray.unlink()
        changed += 1
    return changed


def differences(files: Files, out: Path, client: Client) -> list[str]:
    """Return what ``write`` would do, one line a file."""
    files = _placed(files, out)
    if wrong := _wrong_runtime(files, out, client):
        path = wrong.relative_to(out).as_posix()
        link = files.get(path)
        return [f"{path} is not {f'a link to {link.decode()}' if link else 'a folder of copies'}"]
    found: list[str] = []
    for path, data in files.items():
        target = _inside(out, path)
        if not target.exists():
            found.append(f"{path} is missing")
        elif not _holds(target, data):
            found.append(f"{path} differs")
    strange = strays(files, out, _generated(out, client))
    found += [f"{stray.relative_to(out).as_posix()} is not generated" for stray in strange]
    return sorted(found)


def _generated(out: Path, client: Client) -> list[Path]:
    names = GENERATED_FOLDERS if client.runtime == "original" else (*GENERATED_FOLDERS, ROOM)
    return [out / client.package / name for name in names] + ([out / client.docs] if client.docs else [])


def strays(files: Files, out: Path, folders: Iterable[Path]) -> Iterator[Path]:
    """Yield files in generated folders that the generator does not make."""
    known = {_inside(out, path) for path in files}
    for folder in folders:
        # files behind a link belong to another folder
        for path in sorted(folder.rglob("*")) if folder.is_dir() and not folder.is_symlink() else ():
            if path.is_file() and "__pycache__" not in path.parts and path not in known:
                yield path


def _holds(target: Path, data: bytes) -> bool:
    if isinstance(data, Link):
        return target.is_symlink() and Path(os.readlink(target)).as_posix() == data.decode()
    return target.is_file() and target.read_bytes() == data


def _placed(files: Files, out: Path) -> Files:
    """Return ``files`` with copies where links can't be made, as on Windows without the right to do so."""
    placed: Files = {}
    for path, data in files.items():
        placed |= {path: data} if not isinstance(data, Link) or _can_link(out / path) else copies(path)
    return placed


def _can_link(place: Path) -> bool:
    if place.is_symlink():
        return True
    existing = next(folder for folder in place.parents if folder.is_dir())
    try:
        with tempfile.TemporaryDirectory(dir=existing, prefix=".generated-") as folder:
            os.symlink(existing, Path(folder) / "link", target_is_directory=True)
    except OSError:
        return False
    return True


def _wrong_runtime(files: Files, out: Path, client: Client) -> Path | None:
    """Return the runtime's place if it holds a folder where a link belongs, or a link where a folder does."""
    path = f"{client.package}/{ROOM}"
    place = out / path
    if client.runtime == "original" or not os.path.lexists(place):
        return None
    right = _holds(place, files[path]) if path in files else place.is_dir() and not place.is_symlink()
    return None if right else place


def _inside(out: Path, path: str) -> Path:
    """Return ``path`` below ``out``. Raise ValueError if it leads elsewhere, which is a generator's bug."""
    target = out / path
    if not target.resolve().is_relative_to(out.resolve()):
        raise ValueError(f"{path!r} is outside {out}")
    return target
