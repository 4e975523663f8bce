"""The files of the system: directories that are listed when looked at, downloads, uploads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import models
from .._runtime.paging import paginate
from .._runtime.response import gathered
from .collection import Collection
from .sections import section_class

if TYPE_CHECKING:
    from .._runtime.operation import FileInput
    from ..api._sections import Files as _Section
    from .session import Session
else:
    _Section = section_class("api", "files")


class Files(Collection[models.FileEntry], _Section):
    """The files: a collection of what is at the root, and all operations of the section.

    Paths are those of the server, with `/` between folders: `Private/Bookings.xml`.
    """

    def __init__(self, session: Session, section: _Section) -> None:
        _Section.__init__(self, section.controller, section.given)
        super().__init__("file", lambda: self._entries(""), _names, _row)
        self._session = session

    def entries(self, path: str = "") -> Collection[models.FileEntry]:
        """What is in a directory; by default at the root."""
        return Collection("file", lambda: self._entries(path), _names, _row)

    def walk(self, path: str = "") -> Iterator[models.FileEntry]:
        """Every entry below a directory, directories before what is in them."""
        for entry in self.entries(path):
            yield entry
            if entry.type == "Directory":
                yield from self.walk(entry.path)

    def read(self, path: str) -> bytes:
        """Return the content of a file, held in memory.

        Raises:
            ResponseTooLarge: it is over `Configuration.max_body_size`; `download` writes it to a file.
        """
        response: Any = self.files_get_file(path, _preload_content=False)
        try:
            return gathered(response.stream(65536), self._session.client.configuration.max_body_size)
        finally:
            response.close()

    def download(self, path: str, to: str | Path | None = None) -> Path:
        """Download a file; returns the path of the copy.

        Args:
            path: on the server.
            to: a file or a folder; by default the current folder, under the file's own name. A name that
                ends in `/` is a folder, which is made if it does not exist.
        """
        target = Path.cwd() if to is None else to
        return Path(self.files_get_file(path, _save_to=target))

    def upload(self, path: str, content: FileInput) -> models.FileEntry:
        """Upload a file.

        Args:
            path: on the server; what is there already is replaced.
            content: the path of a local file, bytes, or something open for reading bytes.
        """
        entry = self.files_upsert_file(path, content)
        self.refresh()
        return entry

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
