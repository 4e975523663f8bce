"""The files of the system: list folders, download, upload, copy and move."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import models
from .._runtime.exceptions import ApiException, ApiForbidden, ApiNotFound, ApiValueError
from .._runtime.paging import paginate
from .._runtime.response import gathered
from .collection import Collection, descend
from .sections import section_class

if TYPE_CHECKING:
    from .._runtime.operation import FileInput
    from ..api._sections import Files as _Section
    from .session import Session
else:
    _Section = section_class("api", "files")


OVERWRITE = "overwrite=True"
"""The argument that replaces an existing file, for messages; the command line has another."""


class FileFacts(NamedTuple):
    """Path, size and date of a file."""

    path: str
    """Path on the server."""
    size: int | None
    """Bytes; None if the server does not say."""
    modified: dt.datetime | None
    """Time of the last change; None if the server does not say."""


class Files(Collection[models.FileEntry], _Section):
    """The files: a collection of the entries at the root, and all operations of the section.

    Paths are those of the server, with `/` between folders: `Private/Bookings.xml`.
    """

    def __init__(self, session: Session, section: _Section) -> None:
        _Section.__init__(self, section.controller, section.given)
        super().__init__("file", lambda: self._entries(""), _names, _row)
        self._session = session

    def entries(self, path: str = "") -> Collection[models.FileEntry]:
        """Return the entries of a folder; by default of the root."""
        return Collection("file", lambda: self._entries(path), _names, _row)

    def walk(self, path: str = "") -> Iterator[models.FileEntry]:
        """Yield every entry below a folder, each folder before its entries.

        A folder that the user may not list is named in the log and left out.

        Raises:
            ApiForbidden: the user may not list the first folder itself.
        """
        return descend(self.entries(path), self._below, lambda entry: entry.path)

    def _below(self, entry: models.FileEntry) -> Iterator[models.FileEntry] | None:
        return self._allowed(entry.path) if entry.type == "Directory" else None

    def _allowed(self, path: str) -> Iterator[models.FileEntry]:
        try:
            yield from self.entries(path)
        except ApiForbidden:
            user = self._session.user_name or "the user"
            self._session.warn(f"files: {user} may not list {path}, which is left out")

    def read(self, path: str) -> bytes:
        """Return the content of a file.

        Raises:
            ResponseTooLarge: the file is over `Configuration.max_body_size`; `download` has no such limit.
        """
        response: Any = self.files_get_file(path, _preload_content=False)
        try:
            return gathered(response.stream(65536), self._session.client.configuration.max_body_size)
        finally:
            response.close()

    def download(self, path: str, to: str | Path | None = None) -> Path:
        """Download a file; return the path of the copy.

        Args:
            path: on the server.
            to: a file or a folder; by default the current folder, under the file's own name. A name that
                ends in `/` is a folder, which is created if it does not exist.
        """
        target = Path.cwd() if to is None else to
        return Path(self.files_get_file(path, _save_to=target))

    def upload(self, path: str, content: FileInput) -> models.FileEntry:
        """Upload a file.

        Args:
            path: on the server; an existing file is replaced.
            content: the path of a local file, bytes, or a file that is open for reading bytes.
        """
        entry = self.files_upsert_file(path, content)
        self.refresh()
        return entry

    def stat(self, path: str) -> FileFacts:
        """Return size and time of the last change of a file, without reading its content.

        Raises:
            ApiNotFound: the file does not exist.
        """
        response: Any = self.files_get_file(path, _preload_content=False)
        try:
            size = response.headers.get("Content-Length", "")
            changed = response.headers.get("Last-Modified")
        finally:
            response.close()  # the rest of the body is not read
        return FileFacts(
            path, int(size) if size.isdecimal() else None, parsedate_to_datetime(changed) if changed else None
        )

    def copy(self, path: str, to: str, *, overwrite: bool = False) -> str:
        """Copy a file on the server; return the path of the copy.

        Args:
            path: the file.
            to: the new path; or a folder, if it ends in `/` or is one already. Missing folders are created.
            overwrite: whether an existing file is replaced.

        Raises:
            ValueError: the target exists, or it is the file itself.
            ApiNotFound: the file does not exist.
        """
        target = self._target(path, to, overwrite)
        self.files_copy_file(target, from_file_path=path)
        self.refresh()
        return target

    def move(self, path: str, to: str, *, overwrite: bool = False) -> str:
        """Move a file on the server; return its new path. The arguments are those of `copy`.

        The server can't move: the file is copied, and then deleted.
        """
        target = self.copy(path, to, overwrite=overwrite)
        try:
            self.remove(path)
        except ApiException:
            self._session.warn(f"files: {path} was copied to {target}, but could not be deleted")
            raise
        return target

    def rename(self, path: str, name: str, *, overwrite: bool = False) -> str:
        """Rename a file; return its new path.

        Args:
            path: the file.
            name: the new name, in the same folder; or a whole path.
            overwrite: whether an existing file is replaced.

        Raises:
            ValueError: another file has this name, or the name is the file's own.
        """
        folder = path.rpartition("/")[0]
        return self.move(path, name if "/" in name or not folder else f"{folder}/{name}", overwrite=overwrite)

    def mkdir(self, path: str) -> None:
        """Create a folder on the server; an existing folder stays as it is."""
        self._session.directories.directories_upsert_directory(path.strip("/"))
        self.refresh()

    def _target(self, path: str, to: str, overwrite: bool) -> str:
        """Return the target path of a copy, after checking the source and the target."""
        source, target = path.strip("/"), to.strip("/")
        found = None if to.endswith("/") else self._find(target)
        if to.endswith("/") or (found is not None and found.type == "Directory"):
            target = f"{target}/{source.rpartition('/')[2]}".lstrip("/")
            found = self._find(target)
        if target.casefold() == source.casefold():  # a server may ignore case
            raise ApiValueError(f"{to!r} is the file itself")
        if found is not None and found.type == "Directory":
            raise ApiValueError(f"{target!r} is a folder")
        if found is not None and not overwrite:
            raise ApiValueError(f"the file {target!r} exists already: {OVERWRITE} replaces it")
        own = self._find(source)
        if own is not None and own.type == "Directory":
            raise ApiValueError(f"{path!r} is a folder, and the server copies single files only")
        folder = target.rpartition("/")[0]
        if folder and found is None and self._find(folder) is None:
            self.mkdir(folder)
        return target

    def _find(self, path: str) -> models.FileEntry | None:
        """Return the entry at a path; None if it does not exist."""
        folder, _, name = path.rpartition("/")
        try:
            for entry in self._entries(folder):
                if entry.name.casefold() == name.casefold():
                    return entry
        except ApiNotFound:
            pass
        return None

    def remove(self, path: str) -> None:
        """Delete a file on the server."""
        self.files_delete_file(path)
        self.refresh()

    def _entries(self, path: str) -> Iterator[models.FileEntry]:
        section = self._session.directories
        if path:
            yield from paginate(section.directories_get_file_entries, path)
        else:
            yield from paginate(section.directories_get_root_file_entries)

    def __dir__(self) -> list[str]:
        return sorted(object.__dir__(self))


def _names(entry: models.FileEntry) -> tuple[str, ...]:
    return entry.name, entry.path


def _row(entry: models.FileEntry) -> dict[str, Any]:
    return {"name": entry.name, "path": entry.path, "type": entry.type}
