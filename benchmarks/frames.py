"""Measure a frame of a million rows in pandas and Polars, against a Parquet file of the same rows in the same run."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from .streaming import child

COLUMNS = ("boURN", "Destination", "Cost", "Surname", "Booking Date")
FRAMES = ("pandas", "Polars")
RATIO = 1.5
"""Most time that a frame may take, as a multiple of the file's time."""
MEGABYTES = 250
"""Most memory, in MB, that a frame may add to that at the start."""

CLIENT = """
import json, sys, time
from pathlib import Path
import apteco_api as aa
url, view, user, password, rows, to, *columns = sys.argv[1:]

def status(name):
    return int(Path("/proc/self/status").read_text().split(name + ":")[1].split()[0]) * 1024

def run(session, limit):
    if to == "Parquet":
        return session.export_to("rows.parquet", "Bookings", columns, limit=limit)
    rows = session.export("Bookings", columns, limit=limit)
    return len(rows.to_pandas() if to == "pandas" else rows.to_polars())

with aa.login(url, view, user, password, system="holidays") as session:
    run(session, 1000)  # imports and caches
    Path("/proc/self/clear_refs").write_text("5")
    before = status("VmRSS")
    start = time.perf_counter()
    done = run(session, int(rows))
    seconds = time.perf_counter() - start
    print(json.dumps({"rows": done, "seconds": seconds, "memory": status("VmHWM") - before}))
"""


def measure(root: Path, rows: int, rounds: int) -> dict[str, float]:
    """Return medians: seconds, MB of memory added at the peak, and the ratio to the Parquet file just before."""
    from apteco_api.sandbox import serve

    found: dict[str, list[float]] = {}
    with serve(scale=rows) as server, tempfile.TemporaryDirectory() as folder:
        who = (server.url, server.data_view, server.username, server.password, str(rows))
        for _ in range(rounds):
            for frame in FRAMES:
                file = child(root, folder, CLIENT, *who, "Parquet", *COLUMNS)
                made = child(root, folder, CLIENT, *who, frame, *COLUMNS)
                assert file["rows"] == made["rows"] == rows, (file, made)
                found.setdefault(f"{frame} ratio", []).append(made["seconds"] / file["seconds"])
                for name, each in (("Parquet", file), (frame, made)):
                    found.setdefault(f"{name} seconds", []).append(each["seconds"])
                    found.setdefault(f"{name} memory", []).append(each["memory"] / 2**20)
    return {"rows": rows, **{name: statistics.median(values) for name, values in found.items()}}
