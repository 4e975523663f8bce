"""The DuckDB database that holds data and state, in memory or in a file."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import duckdb

_CATALOG = "apteco_sandbox"


class Database:
    """One database and the cursors on it. Each cursor is a connection of its own, for one thread."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._turn = threading.Lock()  # the root is one connection: it refuses a second call at a time
        self._root = duckdb.connect(":memory:")
        # in an interactive Python it would write over what the user sees; cursors have none
        with suppress(duckdb.InvalidInputException):  # a notebook that can show none can't turn it off either
            self._root.execute("SET enable_progress_bar = false")
        # attached under a name of our own: a file called holidays.duckdb would else hide the schema holidays
        name = str(path).replace("'", "''") if path else ":memory:"
        try:
            self._root.execute(f"ATTACH '{name}' AS {_CATALOG}")
        except duckdb.Error as error:
            self._root.close()
            raise ValueError(f"{path} can't be opened as a DuckDB file: {error}") from None
        # no query has business with other files or with the network, whatever it is made of
        self._root.execute("SET enable_external_access = false")
        self._root.execute("SET lock_configuration = true")

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a new cursor."""
        with self._turn:
            cursor = self._root.cursor()
        cursor.execute(f"USE {_CATALOG}")
        return cursor

    def close(self) -> None:
        """Write everything to the file and close it."""
        with self._turn:
            if self._path:
                self._root.execute(f"CHECKPOINT {_CATALOG}")
            self._root.close()
