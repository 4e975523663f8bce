"""Measure a streamed export: memory and speed of rows from the sandbox to Parquet and CSV."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

COLUMNS = ("boURN", "boDest", "boCost", "boDate")

CLIENT = """
import json, sys, time
from pathlib import Path
import apteco_api as aa
url, view, user, password, rows, target, *columns = sys.argv[1:]

def status(name):
    return int(Path("/proc/self/status").read_text().split(name + ":")[1].split()[0]) * 1024

with aa.login(url, view, user, password, system="holidays") as session:
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

RAW = """
import json, sys, time
import urllib3
url, token, body = sys.argv[1:]
pool = urllib3.PoolManager()
headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
start = time.perf_counter()
answer = pool.request("POST", url, body=body.encode(), headers=headers, preload_content=False)
size = sum(len(piece) for piece in answer.stream(262_144))
print(json.dumps({"seconds": time.perf_counter() - start, "size": size}))
"""
"""Reads the same answer with urllib3 in chunks, and drops them."""


def child(root: Path, folder: str, code: str, *arguments: str) -> dict[str, float]:
    """Return the figures of a separate process, which does not share memory and time with the sandbox."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measure(root: Path, rows: int, rounds: int) -> dict[str, float]:
    """Return medians: seconds to read raw, to Parquet and to CSV, the share of the raw speed measured just
    before, and the MB of memory added at the peak.
    """
    import apteco_api as aa
    from apteco_api.sandbox import serve

    columns = [
        {"id": str(place), "variableName": name, "columnHeader": name} for place, name in enumerate(COLUMNS)
    ]
    export = {
        "baseQuery": {"selection": {"tableName": "Bookings"}},
        "resolveTableName": "Bookings",
        "maximumNumberOfRowsToBrowse": rows,
        "returnBrowseRows": True,
        "columns": columns,
    }
    found: dict[str, list[float]] = {}
    with serve(scale=rows) as server, tempfile.TemporaryDirectory() as folder:
        login = aa.SessionsApi(
            aa.ApiClient(aa.Configuration(host=server.url))
        ).sessions_create_session_simple(server.data_view, server.username, server.password)
        url = f"{server.url}/{server.data_view}/Exports/{server.system}/ExportSync"
        who = (server.url, server.data_view, server.username, server.password)
        for _ in range(rounds):
            for kind in ("parquet", "csv"):
                raw = child(root, folder, RAW, url, login.access_token, json.dumps(export))
                found.setdefault("raw seconds", []).append(raw["seconds"])
                found.setdefault("megabytes", []).append(raw["size"] / 1e6)
                result = child(root, folder, CLIENT, *who, str(rows), f"rows.{kind}", *COLUMNS)
                assert result["rows"] == rows, result
                found.setdefault(f"{kind} seconds", []).append(result["seconds"])
                found.setdefault(f"{kind} share", []).append(raw["seconds"] / result["seconds"])
                found.setdefault(f"{kind} memory", []).append(result["memory"] / 2**20)
    return {"rows": rows, **{name: statistics.median(values) for name, values in found.items()}}
