"""The DuckDB database of data and state, in memory or in a file."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import duckdb

_CATALOG = "apteco_sandbox"


class Database:
    """One database and its cursors. Each cursor is a separate connection, for one thread."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._turn = threading.Lock()  # the root connection refuses a second call at the same time
        self._root = duckdb.connect(":memory:")
        # in an interactive Python, the bar would overwrite the user's text; cursors have no bar
        with suppress(duckdb.InvalidInputException):  # raised in a notebook that can't show a bar
            self._root.execute("SET enable_progress_bar = false")
        # attached with a fixed name, as a file called holidays.duckdb would hide the schema holidays
        name = str(path).replace("'", "''") if path else ":memory:"
        try:
            self._root.execute(f"ATTACH '{name}' AS {_CATALOG}")
        except duckdb.Error as error:
            self._root.close()
            raise ValueError(f"{path} can't be opened as a DuckDB file: {error}") from None
        # no query needs other files or the network
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
