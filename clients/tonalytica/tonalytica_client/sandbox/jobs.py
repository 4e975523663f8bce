"""The worker: it runs each query against the demo database in a thread, as a job that can be cancelled."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .store import Doc, Store, now

WAITING, STARTED, DONE, FAILED = 1, 2, 3, 4
CANCELLED = "Query cancelled by user."


def text_hash(text: str) -> str:
    """Return the cache key of a query's text: comments, white space and case don't count."""
    plain = re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).strip()
    return hashlib.md5(plain.lower().encode(), usedforsecurity=False).hexdigest()


class Job:
    """One job in a thread."""

    def __init__(self, key: tuple[int, str]) -> None:
        self.id = str(uuid.uuid4())
        self.key = key
        self.status = WAITING
        self.error = ""
        self.result: Any = None
        self.cancelled = threading.Event()
        self.connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def sleep(self, seconds: float) -> int:
        """Wait, but not longer than until the job is cancelled."""
        return int(self.cancelled.wait(float(seconds)))

    def begin(self) -> bool:
        """Mark the job as started; return False if it was cancelled before."""
        with self._lock:
            if self.status == WAITING:
                self.status = STARTED
            return self.status == STARTED

    def finish(self, status: int, result: Any = None, error: str = "") -> None:
        """Mark the job as done or failed, unless it was cancelled."""
        with self._lock:
            if self.status == STARTED:
                self.result, self.error, self.status = result, error, status

    def shape(self) -> Doc:
        """Return the job as the server sends it."""
        failed = self.error if self.status == FAILED else ""
        done = self.result if self.status == DONE else None
        return {
            "id": self.id,
            "updated_at": 0,
            "status": self.status,
            "error": failed,
            "result": done,
            "query_result_id": done,
        }

    def cancel(self) -> None:
        """Stop the job in any state."""
        with self._lock:
            if self.status not in (WAITING, STARTED):
                return
            self.status, self.error = FAILED, CANCELLED
        self.cancelled.set()
        if self.connection is not None:
            self.connection.interrupt()


class Worker:
    """Runner of jobs, which stores their results.

    Args:
        store: the store of the results.
        database: file of the demo database; it is only read.
    """

    def __init__(self, store: Store, database: Path) -> None:
        self._store = store
        self._database = database
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def find(self, job_id: str) -> Job | None:
        """Return the job with this id."""
        return self._jobs.get(job_id)

    def run(self, source: int, text: str) -> Job:
        """Run a query, or return the running job of the same text."""
        return self._start((source, text_hash(text)), lambda job: self._query(job, source, text))

    def schema(self, source: int, typed: bool) -> Job:
        """Read the tables; columns are names, or names with types."""
        return self._start((source, f"schema {typed}"), lambda job: self._tables(typed))

    def close(self) -> None:
        """Cancel running jobs."""
        for job in list(self._jobs.values()):
            job.cancel()

    def _start(self, key: tuple[int, str], work: Callable[[Job], Any]) -> Job:
        with self._lock:
            for job in self._jobs.values():
                if job.key == key and job.status in (WAITING, STARTED):
                    return job
            job = Job(key)
            self._jobs[job.id] = job
        threading.Thread(target=self._do, args=(job, work), daemon=True).start()
        return job

    @staticmethod
    def _do(job: Job, work: Callable[[Job], Any]) -> None:
        try:
            if job.begin():
                job.finish(DONE, work(job))
        except sqlite3.Error as error:
            job.finish(FAILED, error=str(error))

    def _open(self, job: Job | None = None) -> sqlite3.Connection:
        database = sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, check_same_thread=False)
        if job is not None:
            # not in any SQLite: lets a text take its time, so that polling and cancelling can be tried
            database.create_function("sleep", 1, job.sleep)
            job.connection = database
        return database

    def _query(self, job: Job, source: int, text: str) -> int:
        started = time.monotonic()
        database = self._open(job)
        try:
            cursor = database.execute(text)
            names = _distinct([item[0] for item in cursor.description or ()])
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        finally:
            job.connection = None
            database.close()
        columns = [
            {"name": name, "friendly_name": name, "type": _type_of([row[name] for row in rows])}
            for name in names
        ]
        kept = self._store.add(
            "result",
            {
                "query_hash": text_hash(text),
                "query": text,
                "data": {"columns": columns, "rows": rows},
                "data_source_id": source,
                "runtime": time.monotonic() - started,
                "retrieved_at": now(),
            },
        )
        for query in self._store.all("query", query_hash=kept["query_hash"], data_source_id=source):
            self._store.put("query", {**query, "latest_query_data_id": kept["id"]})
        return int(kept["id"])

    def _tables(self, typed: bool) -> list[Doc]:
        database = self._open()
        try:
            tables = database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            ).fetchall()
            found: list[Doc] = []
            for (table,) in tables:
                columns = database.execute("SELECT name, type FROM pragma_table_info(?)", (table,)).fetchall()
                found.append(
                    {
                        "name": table,
                        "columns": [
                            {"name": name, "type": kind} if typed else name for name, kind in columns
                        ],
                    }
                )
            return found
        finally:
            database.close()


def _distinct(names: list[str]) -> list[str]:
    """Return column names without duplicates; a later one gets a number: ``id``, ``id1``."""
    found: list[str] = []
    for name in names:
        fresh, count = name, 0
        while fresh in found:
            count += 1
            fresh = f"{name}{count}"
        found.append(fresh)
    return found


def _type_of(values: list[Any]) -> str | None:
    kinds = {_kind(value) for value in values if value is not None}
    if kinds == {"integer", "float"}:
        return "float"
    return kinds.pop() if len(kinds) == 1 else ("string" if kinds else None)


def _kind(value: Any) -> str:
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "float"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)):
        return "date"
    if re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?", str(value)):
        return "datetime"
    return "string"
