"""An export that is larger than what memory should be spent on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from apteco_api.sandbox import serve

ROWS = 1_000_000
LIMIT_MB = 64

CHILD = """
import json, resource, sys, threading, time
import apteco_api as aa
import pyarrow, pyarrow.csv, pyarrow.parquet

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

url, view, user, password, system, path = sys.argv[1:]
columns = ["boURN", "Destination", "Product", "Cost", "Booking Date"]
settings = aa.Configuration(timeout=300)
with aa.login(url, view, user, password, system=system, configuration=settings) as session:
    session.export_to(path, "Bookings", columns, limit=1)  # what is loaded on first use is loaded now
    start, peak, going = resident(), 0, True
    def watch():
        global peak
        while going:
            peak = max(peak, resident())
            time.sleep(0.005)
    watcher = threading.Thread(target=watch)
    watcher.start()
    count = session.export_to(path, "Bookings", columns)
    going = False
    watcher.join()
print(json.dumps({"rows": count, "over": (peak - start) / 2**20}))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="resident memory is read from /proc")
def test_a_million_rows_reach_parquet_within_64_mb(tmp_path: Path) -> None:
    import json

    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet needs the extra arrow")
    path = tmp_path / "bookings.parquet"
    with serve(scale=ROWS) as box:
        command = [sys.executable, "-c", CHILD]
        command += [box.url, box.data_view, box.username, box.password, box.system, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["rows"] == ROWS
    assert parquet.read_metadata(path).num_rows == ROWS
    assert found["over"] < LIMIT_MB, found
