"""The state of the sandbox: objects, their history, tokens and reports, as rows of one SQLite database."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from .kinds import KINDS, OWNER, TO_ONE

Row = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS object (kind TEXT, id INTEGER, body TEXT NOT NULL, PRIMARY KEY (kind, id));
CREATE TABLE IF NOT EXISTS change (
    number INTEGER PRIMARY KEY, kind TEXT, id INTEGER, date TEXT, user TEXT, changes TEXT);
CREATE INDEX IF NOT EXISTS change_of ON change (kind, id);
CREATE TABLE IF NOT EXISTS login (user INTEGER PRIMARY KEY, email TEXT UNIQUE, password TEXT, totp TEXT);
CREATE TABLE IF NOT EXISTS token (token TEXT PRIMARY KEY, user INTEGER, expires REAL, interim INTEGER);
CREATE TABLE IF NOT EXISTS report (id INTEGER PRIMARY KEY, user INTEGER, body TEXT);
"""


class Store:
    """One SQLite database behind one lock: requests are handled one after the other."""

    def __init__(self, database: str = ":memory:") -> None:
        self.lock = threading.RLock()
        self.sql = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self.sql.execute("PRAGMA synchronous = OFF")  # a sandbox may lose its last changes in a crash
        self.sql.executescript(SCHEMA)

    @property
    def empty(self) -> bool:
        """Whether the database has no objects yet."""
        return self.sql.execute("SELECT 1 FROM object LIMIT 1").fetchone() is None

    def close(self) -> None:
        """Close the database."""
        self.sql.close()

    # objects

    def all(self, kind: str) -> list[Row]:
        """Return every object of a kind, in the order of the ids."""
        rows = self.sql.execute("SELECT body FROM object WHERE kind = ? ORDER BY id", (kind,))
        return [json.loads(body) for (body,) in rows]

    def one(self, kind: str, number: int) -> Row | None:
        """Return one object, or None."""
        found = self.sql.execute(
            "SELECT body FROM object WHERE kind = ? AND id = ?", (kind, number)
        ).fetchone()
        return json.loads(found[0]) if found else None

    def put(self, kind: str, row: Row) -> None:
        """Store an object unchanged."""
        self.sql.execute("INSERT OR REPLACE INTO object VALUES (?, ?, ?)", (kind, row["id"], json.dumps(row)))

    def fill(self, kind: str, rows: Iterable[Row]) -> None:
        """Store many objects at once."""
        self.sql.executemany(
            "INSERT OR REPLACE INTO object VALUES (?, ?, ?)",
            [(kind, row["id"], json.dumps(row)) for row in rows],
        )

    def next_id(self, kind: str) -> int:
        """Return the id that a new object of the kind gets."""
        return int(
            self.sql.execute(
                "SELECT coalesce(max(id), 0) + 1 FROM object WHERE kind = ?", (kind,)
            ).fetchone()[0]
        )

    def remove(self, kind: str, number: int) -> dict[str, list[int]]:
        """Delete an object and everything it owns; return the ids of all deleted objects, by kind."""
        gone: dict[str, list[int]] = {kind.replace("-", "_"): [number]}
        self.sql.execute("DELETE FROM object WHERE kind = ? AND id = ?", (kind, number))
        for owned in KINDS:
            attribute = OWNER.get(owned)
            if attribute is None or TO_ONE[owned][attribute] != kind:
                continue
            for row in self.all(owned):
                if row.get(attribute) == number:
                    for name, ids in self.remove(owned, row["id"]).items():
                        gone.setdefault(name, []).extend(ids)
        return gone

    # history

    def note(self, kind: str, number: int, user: Row, changes: Row) -> None:
        """Add an entry to an object's history."""
        self.sql.execute(
            "INSERT INTO change (kind, id, date, user, changes) VALUES (?, ?, ?, ?, ?)",
            (kind, number, timestamp(), json.dumps(user), json.dumps(changes)),
        )

    def history(self, kind: str, number: int) -> list[Row]:
        """Return an object's history, oldest first."""
        rows = self.sql.execute(
            "SELECT date, user, changes FROM change WHERE kind = ? AND id = ? ORDER BY number", (kind, number)
        )
        return [
            {"date": date, "user": json.loads(user), "changes": json.loads(changes)}
            for date, user, changes in rows
        ]

    # reports

    def reports(self, user: int) -> list[Row]:
        """Return the stored reports of a user."""
        rows = self.sql.execute("SELECT body FROM report WHERE user = ? ORDER BY id", (user,))
        return [json.loads(body) for (body,) in rows]

    def report(self, number: int) -> Row | None:
        """Return one stored report, or None."""
        found = self.sql.execute("SELECT body FROM report WHERE id = ?", (number,)).fetchone()
        return json.loads(found[0]) if found else None

    def put_report(self, row: Row) -> None:
        """Store a report."""
        self.sql.execute(
            "INSERT OR REPLACE INTO report VALUES (?, ?, ?)", (row["id"], row["user_id"], json.dumps(row))
        )

    def remove_report(self, number: int) -> None:
        """Delete a report."""
        self.sql.execute("DELETE FROM report WHERE id = ?", (number,))

    def next_report(self) -> int:
        """Return the id that a new report gets."""
        return int(self.sql.execute("SELECT coalesce(max(id), 0) + 1 FROM report").fetchone()[0])


def timestamp() -> str:
    """Return the current time as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
