"""An export larger than memory should be: rows from the sandbox to Parquet and CSV, memory and speed."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import urllib3

CLIENT = """
import json, os, sys, time
from pathlib import Path
import apteco_api as aa
url, view, user, password, rows, target = sys.argv[1:]

def status(name):
    return int(Path("/proc/self/status").read_text().split(name + ":")[1].split()[0]) * 1024

with aa.login(url, view, user, password, system="holidays") as session:
    columns = ["boURN", "boDest", "boCost", "boDate"]
    session.stream_export("Bookings", columns, limit=1000).to_parquet("warm.parquet")  # imports and caches
    session.stream_export("Bookings", columns, limit=1000).to_csv("warm.csv")
    Path("/proc/self/clear_refs").write_text("5")
    before = status("VmRSS")
    start = time.perf_counter()
    stream = session.stream_export("Bookings", columns, limit=int(rows))
    done = stream.to_parquet(target) if target.endswith("parquet") else stream.to_csv(target)
    seconds = time.perf_counter() - start
    print(json.dumps({"rows": done, "seconds": seconds, "memory": status("VmHWM") - before}))
"""


def raw(url: str, token: str, body: bytes) -> tuple[float, int]:
    """Seconds and bytes to read the same answer with urllib3, in pieces, without looking at it."""
    pool = urllib3.PoolManager()
    start = time.perf_counter()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = pool.request("POST", url, body=body, headers=headers, preload_content=False)
    size = 0
    for piece in answer.stream(262_144):
        size += len(piece)
    answer.release_conn()
    return time.perf_counter() - start, size


def measure(root: Path, rows: int, rounds: int) -> dict[str, float]:
    """Medians: seconds raw, to Parquet and to CSV, and the peak memory over the start in MB."""
    import apteco_api as aa
    from apteco_api.sandbox import serve

    columns = [
        {"id": str(place), "variableName": name, "columnHeader": name}
        for place, name in enumerate(("boURN", "boDest", "boCost", "boDate"))
    ]
    export = {
        "baseQuery": {"selection": {"tableName": "Bookings"}},
        "resolveTableName": "Bookings",
        "maximumNumberOfRowsToBrowse": rows,
        "returnBrowseRows": True,
        "columns": columns,
    }
    found: dict[str, list[float]] = {}
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with serve(scale=rows) as server, tempfile.TemporaryDirectory() as folder:
        login = aa.SessionsApi(
            aa.ApiClient(aa.Configuration(host=server.url))
        ).sessions_create_session_simple(server.data_view, server.username, server.password)
        url = f"{server.url}/{server.data_view}/Exports/{server.system}/ExportSync"
        for _ in range(rounds):
            seconds, size = raw(url, login.access_token, json.dumps(export).encode())
            found.setdefault("raw seconds", []).append(seconds)
            found.setdefault("megabytes", []).append(size / 1e6)
            for target in ("rows.parquet", "rows.csv"):
                arguments = (
                    server.url,
                    server.data_view,
                    server.username,
                    server.password,
                    str(rows),
                    target,
                )
                done = subprocess.run(
                    [sys.executable, "-c", CLIENT, *arguments],
                    cwd=folder, env=environment, capture_output=True, text=True,
                )  # fmt: skip
                if done.returncode:
                    raise SystemExit(done.stderr[-2000:])
                result = json.loads(done.stdout)
                assert result["rows"] == rows, result
                kind = target.split(".")[1]
                found.setdefault(f"{kind} seconds", []).append(result["seconds"])
                found.setdefault(f"{kind} memory", []).append(result["memory"] / 2**20)
    return {"rows": rows, **{name: statistics.median(values) for name, values in found.items()}}
