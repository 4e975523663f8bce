"""Measure the sandbox against bare SQL on the same DuckDB: counts, cubes, exports, many clients, memory, growth."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import urllib3

SERVER = """
import sys
from apteco_api.sandbox import serve
server = serve(scale=int(sys.argv[1]), data=sys.argv[2] if len(sys.argv) > 2 else None)
print(server.url, server.data_view, server.username, server.password, flush=True)
sys.stdin.read()
server.close()
"""


def criteria(variable: str, values: str) -> dict[str, Any]:
    """Return a clause: the variable has one of the values."""
    rules = [{"listRule": {"list": values, "variableName": variable}}]
    return {
        "criteria": {
            "variableName": variable, "include": True, "logic": "OR", "ignoreCase": False,
            "textMatchType": "Is", "tableName": "Bookings", "valueRules": rules,
        }
    }  # fmt: skip


CLAUSES = [criteria("boDest", "06\t07"), criteria("boCost", ">500"), criteria("boProd", "1")]
RULE = {"clause": {"logic": {"operation": "AND", "tableName": "Bookings", "operands": CLAUSES}}}
COUNT = {"selection": {"tableName": "Bookings", "rule": RULE}}
WHERE = "destination IN (4, 5) AND cost > 500 AND product = 2"
COUNT_SQL = f"SELECT count(*) FROM holidays.bookings WHERE {WHERE}"  # noqa: S608 - no input
DIMENSIONS = ("boDest", "boProd", "boCont")
CUBE = {
    "baseQuery": {"selection": {"tableName": "Bookings"}},
    "resolveTableName": "Bookings",
    "storage": "Full",
    "dimensions": [{"id": name, "type": "Selector", "variableName": name} for name in DIMENSIONS],
    "measures": [
        {"id": "count", "resolveTableName": "Bookings", "function": "Count"},
        {"id": "cost", "resolveTableName": "Bookings", "function": "Sum", "variableName": "boCost"},
    ],
}
CUBE_SQL = (
    "SELECT destination, product, continent, count(*), sum(cost) FROM holidays.bookings "
    "GROUP BY CUBE (destination, product, continent)"
)
COLUMNS = (
    "boURN",
    "boDest",
    "boCont",
    "boProd",
    "boDate",
    "boTrav",
    "boCost",
    "boProfit",
    "boKeyCd",
    "deType",
)
EXPORT = {
    "baseQuery": {"selection": {"tableName": "Bookings"}},
    "resolveTableName": "Bookings",
    "maximumNumberOfRowsToBrowse": 100_000,
    "returnBrowseRows": True,
    "columns": [
        {"id": str(place), "variableName": name, "columnHeader": name} for place, name in enumerate(COLUMNS)
    ],
}


class Server:
    """A sandbox in its own process, with a session; in memory, or on a file."""

    def __init__(self, root: Path, scale: int, data: Path | None = None) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        start = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(scale), *([str(data)] if data else [])],
            cwd=root, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout
        self.url, self.view, user, password = self.process.stdout.readline().split()
        self.started = time.perf_counter() - start
        self.pool = urllib3.PoolManager(maxsize=64)
        fields = {"UserLogin": user, "Password": password}
        form = {"encode_multipart": False}
        login = self.pool.request(
            "POST", f"{self.url}/{self.view}/Sessions/SimpleLogin", fields=fields, **form
        )
        self.token = login.json()["accessToken"]

    def post(self, path: str, body: dict[str, Any]) -> bytes:
        """Return the answer's bytes; an error ends the benchmark."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        url = f"{self.url}/{self.view}/{path}"
        answer = self.pool.request("POST", url, body=json.dumps(body).encode(), headers=headers)
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {answer.data[:300]!r}")
        return answer.data

    def get(self, path: str) -> bytes:
        """Return the answer's bytes; an error ends the benchmark."""
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = self.pool.request("GET", f"{self.url}/{self.view}/{path}", headers=headers)
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {answer.data[:300]!r}")
        return answer.data

    def resident(self) -> float:
        """Return the resident memory of the server in MB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0]) / 1024

    def close(self) -> None:
        """End the server."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=30)


def timed(work: Callable[[], Any], times: int) -> float:
    """Return the median milliseconds of `work`, after one call that is not counted."""
    work()
    taken: list[float] = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def bare(scale: int, times: int) -> dict[str, float]:
    """Return milliseconds of the bare SQL on the same data in this process."""
    import duckdb

    from apteco_api.sandbox import holidays

    connection = duckdb.connect()
    holidays.build(connection, scale=scale)
    cursor = connection.cursor()
    found = {
        "count": timed(lambda: cursor.execute(COUNT_SQL).fetchall(), times),
        "cube": timed(lambda: cursor.execute(CUBE_SQL).fetchall(), max(5, times // 4)),
    }
    connection.close()
    return found


def crowd(server: Server, clients: int, each: int) -> tuple[float, int]:
    """Return counts a second with this many clients at once, and how many failed."""
    failed: list[str] = []

    def work() -> None:
        for _ in range(each):
            try:
                server.post("Queries/holidays/CountSync", COUNT)
            except (SystemExit, urllib3.exceptions.HTTPError) as error:
                failed.append(str(error))

    threads = [threading.Thread(target=work) for _ in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return clients * each / (time.perf_counter() - start), len(failed)


def saved(root: Path, scale: int, times: int = 5) -> dict[str, float]:
    """Return the figures of starts from a saved file: until ready, memory, and the first listing."""
    listing = "FastStatsSystems/holidays/Variables?count=200"
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "holidays.duckdb"
        first = Server(root, scale, data)
        first.get(listing)
        first.close()
        started: list[float] = []
        looked: list[float] = []
        for _ in range(times):
            server = Server(root, scale, data)
            start = time.perf_counter()
            server.get(listing)
            looked.append((time.perf_counter() - start) * 1000)
            started.append(server.started)
            memory = server.resident()
            server.close()
    return {
        "ready after, from a saved file, s": statistics.median(started),
        "memory after a start from a saved file, MB": memory,
        "first list of variables, from a saved file, ms": statistics.median(looked),
    }


def measure(root: Path, quick: bool) -> dict[str, dict[str, float]]:
    """Return figures by scale."""
    scales = (20_000,) if quick else (100_000, 1_000_000, 10_000_000)
    found: dict[str, dict[str, float]] = {}
    for scale in scales:
        times = 10 if scale >= 10_000_000 else 40
        figures = {f"{name} bare SQL, ms": value for name, value in bare(scale, times).items()}
        server = Server(root, scale)
        try:
            figures["ready after, s"] = server.started
            figures["memory after start, MB"] = server.resident()
            figures["count, ms"] = timed(
                lambda server=server: server.post("Queries/holidays/CountSync", COUNT), times
            )
            figures["cube, ms"] = timed(
                lambda server=server: server.post("Cubes/holidays/CalculateSync", CUBE), max(5, times // 4)
            )
            figures["export 100,000 × 10, ms"] = timed(
                lambda server=server: server.post("Exports/holidays/ExportSync", EXPORT), 5
            )
            figures["counts a second, 50 clients"], figures["failed of these counts"] = crowd(server, 50, 10)
            figures["memory, MB"] = server.resident()
        finally:
            server.close()
        found[f"{scale:,}"] = figures | saved(root, scale)
    return found
