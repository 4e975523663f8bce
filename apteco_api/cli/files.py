"""`apteco-api files`: list, download, upload, move, copy and delete files."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ..session.progress import progress_bar
from .output import note, show, write_bytes
from .streams import leave_out, say

if TYPE_CHECKING:
    from ..session.session import Session


@contextmanager
def in_words_of_the_shell() -> Generator[None]:
    """Replace the Python argument that an error message names by the option of the command."""
    from ..session.files import OVERWRITE

    try:
        yield
    except ValueError as error:
        raise ValueError(str(error).replace(OVERWRITE, "--force")) from None


def files_ls(session: Session, options: Namespace) -> None:
    """List files."""
    path: str = options.path
    found = session.files.walk(path) if options.recursive else session.files.entries(path)
    rows = [{"path": each.path, "name": each.name, "type": each.type} for each in found]
    if options.short:
        show(rows, ("path", "name", "type"), options)
        return
    facts = list(session.map(lambda row: _facts(session, row), rows, progress=False))
    unread = [row["path"] for row, fact in zip(rows, facts, strict=True) if fact is None]
    show(
        (
            {**row, **(fact or {"size": None, "modified": None})}
            for row, fact in zip(rows, facts, strict=True)
        ),
        ("path", "name", "type", "size", "modified"),
        options,
    )
    leave_out("size and date of files that you may not read", unread)


def _facts(session: Session, row: dict[str, str]) -> dict[str, Any] | None:
    """Return the size and the date of a file; None if the user may not read it."""
    from ..exceptions import ApiForbidden, ApiNotFound

    if row["type"] == "Directory":
        return {"size": None, "modified": None}
    try:
        found = session.files.stat(row["path"])
    except ApiForbidden:
        return None
    except ApiNotFound:  # deleted since it was listed
        return {"size": None, "modified": None}
    return {"size": found.size, "modified": found.modified}


def files_get(session: Session, options: Namespace) -> None:
    """Download a file into a file, into a folder, or to standard output."""
    if options.to == "-":
        write_bytes(session.files.read(options.path))
        return
    bar = progress_bar(options.path)
    target = Path.cwd() if options.to is None else options.to  # text: a Path would lose the slash of `new/`
    try:
        saved = session.files.files_get_file(
            options.path,
            _save_to=target,
            _progress=lambda done, total: bar.update(done, total or 0, f"{done:,} bytes"),
        )
    finally:
        bar.close()
    say(saved)


def files_put(session: Session, options: Namespace) -> None:
    """Upload a file."""
    to: str = options.to
    if to.endswith("/"):
        to += Path(options.file).name
    content = sys.stdin.buffer.read() if options.file == "-" else Path(options.file)
    say(session.files.upload(to, content).path)


def files_mv(session: Session, options: Namespace) -> None:
    """Move or rename a file, and print its new path."""
    with in_words_of_the_shell():
        say(session.files.move(options.path, options.to, overwrite=options.force))


def files_cp(session: Session, options: Namespace) -> None:
    """Copy a file, and print the path of the copy."""
    with in_words_of_the_shell():
        say(session.files.copy(options.path, options.to, overwrite=options.force))


def files_mkdir(session: Session, options: Namespace) -> None:
    """Make a folder, and print its path."""
    session.files.mkdir(options.path)
    say(options.path)


def files_rm(session: Session, options: Namespace) -> None:
    """Delete files."""
    for path in options.paths:
        session.files.remove(path)
        note(f"deleted {PurePosixPath(path)}")
