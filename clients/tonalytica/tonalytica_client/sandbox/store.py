"""The state of the sandbox: documents by kind and number in one SQLite file."""

from __future__ import annotations

import datetime
import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

Doc = dict[str, Any]


def now() -> str:
    """Return the current time as the server writes it."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")[:-4] + "Z"


class Store:
    """Documents by kind (``query``, ``dashboard``…) and number; a number is never used again.

    Args:
        path: file to keep them in, or None for as long as the process runs.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(str(path or ":memory:"), check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS thing (kind TEXT, id INTEGER, body TEXT, PRIMARY KEY (kind, id))"
        )
        self._db.execute("CREATE TABLE IF NOT EXISTS last (kind TEXT PRIMARY KEY, id INTEGER)")

    def add(self, kind: str, doc: Doc) -> Doc:
        """Store a new document; its ``id`` is the next number of its kind."""
        with self._lock:
            (number,) = self._db.execute(
                "INSERT INTO last VALUES (?, 1) ON CONFLICT (kind) DO UPDATE SET id = id + 1 RETURNING id",
                (kind,),
            ).fetchone()
            kept = {**doc, "id": number}
            self.put(kind, kept)
            return kept

    def put(self, kind: str, doc: Doc) -> None:
        """Store a document."""
        with self._lock:
            self._db.execute(
                "INSERT OR REPLACE INTO thing VALUES (?, ?, ?)", (kind, doc["id"], json.dumps(doc))
            )

    def find(self, kind: str, number: int) -> Doc | None:
        """Return the document with this number, or None."""
        with self._lock:
            row = self._db.execute(
                "SELECT body FROM thing WHERE kind = ? AND id = ?", (kind, number)
            ).fetchone()
        return json.loads(row[0]) if row else None

    def all(self, kind: str, **members: Any) -> list[Doc]:
        """Return the documents of a kind whose members have these values, by number."""
        with self._lock:
            rows = self._db.execute("SELECT body FROM thing WHERE kind = ? ORDER BY id", (kind,)).fetchall()
        docs: list[Doc] = [json.loads(row[0]) for row in rows]
        return [doc for doc in docs if all(doc.get(name) == value for name, value in members.items())]

    def remove(self, kind: str, number: int) -> None:
        """Delete a document."""
        with self._lock:
            self._db.execute("DELETE FROM thing WHERE kind = ? AND id = ?", (kind, number))

    def clear(self) -> None:
        """Delete everything; numbers start at 1 again."""
        with self._lock:
            self._db.executescript("DELETE FROM thing; DELETE FROM last;")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
