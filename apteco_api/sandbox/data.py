"""The FastStats system behind the API: the Holidays tables and the query engine, with limits on time."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import TypeVar

import duckdb

from . import clock, holidays, query
from .database import Database
from .holidays import codes, table_details, variable_details
from .problem import Problem, refused
from .query import pace
from .schema import is_object
from .settings import Settings
from .store import Row, Store
from .watch import Caller, Watch

_T = TypeVar("_T")
Work = Callable[[duckdb.DuckDBPyConnection], _T]

_LOG_LENGTH = 1000
_LISTING = "listing"
_LISTING_VERSION = 2
"""Increased when names or codes change, so that the cached lists in a saved file are read again."""


class Data:
    """Work on the data. Each thread has an own cursor, so that no query waits for another one."""

    def __init__(self, database: Database, settings: Settings, store: Store) -> None:
        self._database = database
        self._settings = settings
        self._store = store
        self._local = threading.local()
        self._listing: dict[str, list[Row]] = {}
        self._listing_lock = threading.Lock()
        self.watch = Watch()
        self.log: deque[Row] = deque(maxlen=_LOG_LENGTH)
        """The latest pieces of work of the engine, oldest first."""
        self._numbers = iter(range(1, 2**31))

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return this thread's cursor."""
        cursor = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._local.cursor = self._database.cursor()
        return cursor

    @contextmanager
    def called_by(self, caller: Caller) -> Generator[None]:
        """Set the caller of this thread's work during the block. Work stops when the caller disconnects."""
        self._local.caller = caller
        try:
            yield
        finally:
            self._local.caller = None

    def run(
        self, kind: str, user: Row, work: Work[_T], seconds: int | None = None, request: object = None
    ) -> _T:
        """Do a piece of work and log it; 400 if the engine refuses it or it takes too long.

        `seconds` is the call's time limit; None or 0 means the sandbox's own limit.
        """
        with self._watched(kind, user, seconds, request) as entry:
            answer = work(self.cursor())
            entry["counts"] = answer.get("counts") if is_object(answer) else None
        return answer

    def run_in_pieces(
        self,
        kind: str,
        user: Row,
        work: Work[Iterator[Row]],
        seconds: int | None = None,
        request: object = None,
    ) -> Generator[Row]:
        """Do a piece of work as `run` does, yielding its result in chunks, in the thread that begins it.

        This thread's cursor is in use until the last chunk was read, or the generator is closed.
        """
        with self._watched(kind, user, seconds, request) as entry:
            for piece in work(self.cursor()):
                entry["counts"] = piece.get("counts") or entry["counts"]
                yield piece

    @contextmanager
    def _watched(self, kind: str, user: Row, seconds: int | None, request: object) -> Generator[Row]:
        """Run a block of work with its time limit and a log entry; convert its errors to API errors."""
        if seconds is not None and seconds < 0:
            raise refused("timeoutInSeconds must not be negative.", timeoutInSeconds=seconds)
        cursor, limit = self.cursor(), seconds or self._settings.query_seconds
        entry = self._begin(kind, user, request)
        with self.watch.over(cursor.interrupt, limit, getattr(self._local, "caller", None)) as guard:
            try:
                with pace.limit(lambda: guard.is_due):
                    yield entry
                entry["state"] = "Completed"
            except query.QueryError as error:
                entry["state"] = "Failed"
                raise Problem(error.status, error.message, parameters=dict(error.parameters)) from None
            except duckdb.InterruptException:
                if guard.is_ended or not guard.is_due:
                    entry["state"] = "Cancelled"
                    raise refused("The work was cancelled.") from None
                entry["state"] = "TimedOut"
                text = f"The work was stopped after {limit:g} seconds."
                raise refused(text, timeoutInSeconds=f"{limit:g}") from None
            except GeneratorExit:
                entry["state"] = "Cancelled"
                raise
            except BaseException:
                entry["state"] = "Failed"
                raise
            finally:
                entry["timeFinished"] = clock.now()
                entry["seconds"] = time.perf_counter() - entry.pop("started")

    def tables(self) -> list[Row]:
        """Return the tables with their sizes, as the API lists them."""
        return self._listed("tables", table_details)

    def variables(self) -> list[Row]:
        """Return the variables with the details of their types, as the API lists them."""
        return self._listed("variables", variable_details)

    def codes(self, variable: str) -> list[Row]:
        """Return all codes of a selector variable in their natural order."""
        return self._listed(f"codes {variable}", lambda cursor: codes(cursor, variable)[0])

    def forget(self, name: str | None = None) -> None:
        """Remove one cached list, or all, so that they are read again."""
        with self._listing_lock:
            self._listing = {key: rows for key, rows in self._listing.items() if name not in (None, key)}
        with self._store.write() as writer:
            for kept in writer.rows(_LISTING):
                if name in (None, kept["id"]):
                    writer.delete(_LISTING, kept["id"])

    def _listed(self, name: str, read: Work[list[Row]]) -> list[Row]:
        """Return the result of `read`, a scan of the data. It is cached, also in the file if there is one."""
        known = self._listing.get(name)
        if known is not None:
            return known
        with self._listing_lock:
            known = self._listing.get(name)
            if known is not None:
                return known
            data = [_LISTING_VERSION, *(holidays.built(self.cursor()) or ())]
            kept = self._store.get(_LISTING, name)
            fits = kept is not None and kept["data"] == data
            found: list[Row] = kept["rows"] if kept and fits else read(self.cursor())
            self._listing[name] = found
        if self._settings.data and not fits:
            # without the lock, as a writer may be waiting for a list
            with self._store.write() as writer:
                writer.put(_LISTING, {"id": name, "data": data, "rows": found})
        return found

    def _begin(self, kind: str, user: Row, request: object) -> Row:
        moment = clock.now()
        entry = {
            "id": next(self._numbers),
            "priority": 0,
            "state": "Running",
            "cancelRequested": False,
            "timeAdded": moment,
            "timeSent": moment,
            "server": "sandbox",
            "systemName": self._settings.system,
            "threadNumber": threading.get_ident() % 2**31,
            "username": user["username"],
            "jobType": kind,
            "request": request,
            "counts": None,
            "started": time.perf_counter(),
        }
        self.log.append(entry)
        return entry
