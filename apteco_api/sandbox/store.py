"""The sandbox's state: rows of every kind in one DuckDB table, with a copy in memory for reading.

A row is a dict with an `id` and a kind (`user`, `audience`, `file`, …). Rows are never changed in place: a
writer stores a new dict with the same key. Readers see a write, and it is acknowledged, only after its
transaction is committed. In a database file, it then survives even if the process is killed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import duckdb
import msgspec

from .database import Database
from .problem import missing

Row = dict[str, Any]

_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS state;
CREATE TABLE IF NOT EXISTS state.item (kind VARCHAR NOT NULL, key VARCHAR NOT NULL, body VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS state.content (key VARCHAR NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL);
"""

_DELETE = "DELETE FROM state.item WHERE (kind, key) IN (SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[]))"
_INSERT = "INSERT INTO state.item SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[])"
_DELETE_CONTENT = "DELETE FROM state.content WHERE key = ? AND (? IS NULL OR part = ?)"
_INSERT_CONTENT = "INSERT INTO state.content VALUES (?, ?, ?)"


def part(row: Row | None, name: str) -> Row:
    """Return the object with a name in a row; an empty object if the row has none."""
    return (row or {}).get(name) or {}


class Store:
    """Rows by kind and key. Reading needs no lock; writers take turns."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.cursor()
        self._connection.execute(_SCHEMA)
        self._lock = threading.RLock()
        self._kinds: dict[str, dict[int | str, Row]] = {}
        for kind, body in self._connection.execute("SELECT kind, body FROM state.item").fetchall():
            row: Row = msgspec.json.decode(body.encode())
            self._kinds.setdefault(kind, {})[row["id"]] = row

    @property
    def turn(self) -> AbstractContextManager[object]:
        """A writer's turn: a context manager in which no other writer writes, so that rows that were read
        there don't change before they are written."""
        return self._lock

    def rows(self, kind: str, where: Callable[[Row], bool] | None = None) -> list[Row]:
        """Return all rows of a kind in the order of their ids, or those for which `where` holds."""
        rows = sorted(self._kinds.get(kind, {}).copy().values(), key=lambda row: row["id"])
        return rows if where is None else [row for row in rows if where(row)]

    def kinds(self) -> list[str]:
        """Return the kinds that have or had rows."""
        return sorted(self._kinds)

    def get(self, kind: str, key: int | str | None) -> Row | None:
        """Return the row with this id; None if it does not exist."""
        return None if key is None else self._kinds.get(kind, {}).get(key)

    def content(self, key: str, part: int | None = None) -> bytes | None:
        """Return stored bytes: one part, or all parts in order; None if they do not exist."""
        sql = "SELECT bytes FROM state.content WHERE key = ? AND (? IS NULL OR part = ?) ORDER BY part"
        rows = self._database.cursor().execute(sql, [key, part, part]).fetchall()
        return b"".join(row[0] for row in rows) if rows else None

    @contextmanager
    def write(self) -> Generator[Writer]:
        """Open a transaction. Its writes are visible after the block, or never if the block raises."""
        with self._lock:
            writer = Writer(self, self._connection)
            self._connection.execute("BEGIN")
            try:
                yield writer
                writer.flush()
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            for kind, key, row in writer.changes:
                kinds = self._kinds.setdefault(kind, {})
                if row is None:
                    kinds.pop(key, None)
                else:
                    kinds[key] = row


class Writer:
    """The writes of one transaction."""

    def __init__(self, store: Store, connection: duckdb.DuckDBPyConnection) -> None:
        self._store = store
        self._connection = connection
        self._latest: dict[tuple[str, int | str], Row | None] = {}
        self._contents: list[tuple[str, int | None, bytes | None]] = []

    @property
    def changes(self) -> list[tuple[str, int | str, Row | None]]:
        """The stored rows, and None for each deleted row."""
        return [(kind, key, row) for (kind, key), row in self._latest.items()]

    def get(self, kind: str, key: int | str) -> Row | None:
        """Return the row, including the changes of this transaction."""
        return self._latest[kind, key] if (kind, key) in self._latest else self._store.get(kind, key)

    def rows(self, kind: str) -> list[Row]:
        """Return all rows of a kind as they were before this transaction."""
        return self._store.rows(kind)

    def put(self, kind: str, row: Row) -> Row:
        """Store a row by its id; a row without one gets the next unused number of its kind."""
        if "id" not in row:
            row = {"id": self._next(kind), **row}
        self._latest[kind, row["id"]] = row
        return row

    def reserve(self, kind: str, key: int) -> None:
        """Reserve the numbers up to this one: new rows don't get them."""
        last = self.get("sequence", kind)
        if last is None or last["last"] < key:
            self.put("sequence", {"id": kind, "last": key})

    def change(self, kind: str, row: Row, **values: object) -> Row:
        """Store a row with some values replaced; 404 if it was deleted since it was read."""
        current = self.get(kind, row["id"])
        if current is None:
            raise missing(kind, row["id"])
        return self.put(kind, {**current, **values, "id": row["id"]})

    def delete(self, kind: str, key: int | str) -> None:
        """Delete a row."""
        self._latest[kind, key] = None

    def put_content(self, key: str, data: bytes, part: int = 0) -> None:
        """Store bytes with a key; replace the same part if it exists."""
        self._contents.append((key, part, data))

    def delete_content(self, key: str) -> None:
        """Delete all parts of the bytes with a key."""
        self._contents.append((key, None, None))

    def execute(self, sql: str, values: list[Any]) -> duckdb.DuckDBPyConnection:
        """Run a statement at once, as a part of this transaction."""
        return self._connection.execute(sql, values)

    def _next(self, kind: str) -> int:
        last = self.get("sequence", kind)
        number = (last["last"] if last else 0) + 1
        self.put("sequence", {"id": kind, "last": number})
        return number

    def flush(self) -> None:
        """Send the writes to the database, all rows in two statements."""
        connection, changes = self._connection, self.changes
        old = [(kind, str(key)) for kind, key, _ in changes if self._store.get(kind, key) is not None]
        new = [
            (kind, str(key), msgspec.json.encode(row).decode())
            for kind, key, row in changes
            if row is not None
        ]
        if old:
            connection.execute(_DELETE, [list(column) for column in zip(*old, strict=True)])
        if new:
            connection.execute(_INSERT, [list(column) for column in zip(*new, strict=True)])
        for name, part, data in self._contents:
            connection.execute(_DELETE_CONTENT, [name, part, part])
            if data is not None:
                connection.execute(_INSERT_CONTENT, [name, part, data])
