"""The file store of a system: directories and files with real bytes, in the database.

Each user has an own `Private`: the same path there is a different file for every user. All users see
everything else. All users may write to `Public`, and only administrators to the rest.
"""

from __future__ import annotations

import secrets

from . import clock
from .problem import Problem, forbidden, missing, refused
from .rights import READ_FILE, WRITE_FILE, Rights, path_levels
from .store import Row, Store, Writer

_LONGEST_PATH = 1000
_LONGEST_NAME = 255
_BAD = set('<>:"|?*')

_SHARED = "Public"
_OWN = "Private"
_KINDS = {"xml": "Selection", "cube": "Cube", "grid": "DataGrid", "profile": "Profile"}


def parts_of(path: str) -> tuple[str, ...]:
    """Return the names in a path; 400 for a path that is empty, leaves its directory or can't be stored."""
    names = tuple(path.replace("\\", "/").strip("/").split("/"))
    if len(path) > _LONGEST_PATH:
        raise refused(f"The path is longer than {_LONGEST_PATH} characters.")
    for name in names:
        if not name.strip(" .") or len(name) > _LONGEST_NAME:
            raise refused("A path is made of names between slashes, not of '', '.' or '..'.", path=path)
        if any(ord(letter) < 32 or letter in _BAD for letter in name):
            raise refused(f"The name {name!r} holds a character that no file name may hold.", path=path)
    return names


def is_private(path: str) -> bool:
    """Return whether a path is in each user's own directory."""
    return parts_of(path)[0].lower() == _OWN.lower()


class Files:
    """Files and directories of one system."""

    def __init__(self, store: Store, rights: Rights) -> None:
        self._store = store
        self._rights = rights

    def read(self, path: str, user: Row) -> bytes:
        """Return the bytes of a file; 404 if it does not exist."""
        row = self._find(path, user)
        if row["directory"]:
            raise Problem(404, f"'{path}' is a directory, not a file.", path=path)
        return self._store.content(row["content"]) or b""

    def write(self, path: str, data: bytes, user: Row) -> Row:
        """Store bytes at a path, create its directories, and replace an existing file."""
        return self.write_all({path: data}, user)[0]

    def stored_at(self, path: str, user: Row) -> str:
        """Return the time at which a file was stored."""
        moment: str = self._find(path, user)["modified"]
        return moment

    def write_all(self, contents: dict[str, bytes], user: Row) -> list[Row]:
        """Store several files at once: all or none."""
        with self._store.write() as writer:
            return [self.put(writer, path, data, user) for path, data in contents.items()]

    def require_place(self, path: str, user: Row) -> None:
        """Refuse a path at which the user can't store a file."""
        key, _ = self._key(path, user, change=True)
        _require_file(self._store.get("file", key), path)

    def put(self, writer: Writer, path: str, data: bytes, user: Row) -> Row:
        """Store bytes at a path as a part of a transaction."""
        key, names = self._key(path, user, change=True)
        old = writer.get("file", key)
        _require_file(old, path)
        if old:
            writer.delete_content(old["content"])
        self._make_parents(writer, key, names)
        content = f"file:{secrets.token_hex(12)}"
        writer.put_content(content, data)
        row = _entry(key, names, directory=False)
        return writer.put("file", {**row, "content": content, "size": len(data)})

    def make_directory(self, path: str, user: Row) -> Row:
        """Create a directory unless it exists."""
        key, names = self._key(path, user, change=True)
        with self._store.write() as writer:
            old = writer.get("file", key)
            if old and not old["directory"]:
                raise Problem(409, f"'{path}' is a file.", path=path)
            if old:
                return old
            self._make_parents(writer, key, names)
            return writer.put("file", _entry(key, names, directory=True))

    def delete(self, path: str, user: Row, *, directory: bool) -> None:
        """Delete a file, or a directory with its contents."""
        key, names = self._key(path, user, change=True)
        inside = f"{key}/"
        with self._store.write() as writer:
            row = self._find(path, user)
            if row["directory"] is not directory:
                raise Problem(404, f"'{path}' is a {'file' if directory else 'directory'}.", path=path)
            if len(names) == 1:
                raise forbidden(f"'{path}' is a root directory, which stays.", path=path)
            for each in self._store.rows("file", lambda r: r["id"] == key or r["id"].startswith(inside)):
                self._rights.require(user, WRITE_FILE, path_levels(each["path"]))
                writer.delete("file", each["id"])
                if not each["directory"]:
                    writer.delete_content(each["content"])

    def copy(self, source: str, target: str, user: Row) -> Row:
        """Copy a file."""
        return self.write(target, self.read(source, user), user)

    def entries(self, path: str | None, user: Row) -> list[Row]:
        """Return the entries of a directory, directories first; without a path, the roots."""
        if path is None:
            roots = [_entry(name, (name,), directory=True) for name in (_OWN, _SHARED)]
            others = self._store.rows(
                "file", lambda r: "/" not in r["id"] and r["name"] not in (_OWN, _SHARED)
            )
            return self._seen([*roots, *others], user)
        row = self._find(path, user)
        if not row["directory"]:
            raise Problem(404, f"'{path}' is a file, not a directory.", path=path)
        prefix = row["id"] + "/"
        length = len(prefix)
        inside = self._store.rows(
            "file", lambda r: r["id"].startswith(prefix) and "/" not in r["id"][length:]
        )
        return sorted(self._seen(inside, user), key=lambda r: (not r["directory"], r["name"].lower()))

    def _seen(self, rows: list[Row], user: Row) -> list[Row]:
        return [row for row in rows if self._rights.allows(user, READ_FILE, path_levels(row["path"]))]

    def _find(self, path: str, user: Row) -> Row:
        key, names = self._key(path, user)
        row = self._store.get("file", key)
        if row is None and len(names) == 1 and names[0] in (_OWN, _SHARED):
            return _entry(key, names, directory=True)
        if row is None:
            raise missing("file or directory", path)
        return row

    def _key(self, path: str, user: Row, *, change: bool = False) -> tuple[str, tuple[str, ...]]:
        names = parts_of(path)
        self._rights.require(user, WRITE_FILE if change else READ_FILE, path_levels("/".join(names)))
        if is_private(names[0]):
            return "/".join((f"{_OWN}:{user['id']}", *names[1:])), (_OWN, *names[1:])
        if names[0].lower() == _SHARED.lower():
            names = (_SHARED, *names[1:])
        elif change and not user["roles"]:
            raise forbidden(
                "Users may write below Private and Public; the rest is the administrators'.", path=path
            )
        return "/".join(names), names

    def _make_parents(self, writer: Writer, key: str, names: tuple[str, ...]) -> None:
        keys = key.split("/")
        for length in range(1, len(keys)):
            parent = "/".join(keys[:length])
            row = writer.get("file", parent)
            if row is None:
                writer.put("file", _entry(parent, names[:length], directory=True))
            elif not row["directory"]:
                raise Problem(409, f"'{'/'.join(names[:length])}' is a file.", path="/".join(names))


def _require_file(row: Row | None, path: str) -> None:
    if row and row["directory"]:
        raise Problem(409, f"'{path}' is a directory.", path=path)


def _entry(key: str, names: tuple[str, ...], *, directory: bool) -> Row:
    return {
        "id": key,
        "name": names[-1],
        "path": "/".join(names),
        "directory": directory,
        "type": "Directory" if directory else _KINDS.get(names[-1].rpartition(".")[2].lower(), "File"),
        "modified": clock.now(),
    }
