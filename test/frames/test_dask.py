"""What travels between processes; and a thousand counts on a Dask cluster."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import apteco_api as aa
from apteco_api.sandbox import Sandbox

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "dask_counts.py"


def test_what_travels_to_workers_and_back_pickles(session: aa.Session) -> None:
    condition = (aa.where("Destination") == "France").top(10, by="boCost") | ~(aa.where("Cost") > 5)
    thawed = pickle.loads(pickle.dumps(condition))
    assert thawed == condition
    query = condition.to_query(session.catalogue)
    assert pickle.loads(pickle.dumps(query)) == query
    rows = session.export("Bookings", ["boURN", "Cost"], limit=3)
    assert list(pickle.loads(pickle.dumps(rows))) == list(rows)
    cube = session.cube("Bookings", ["Product"])
    assert list(pickle.loads(pickle.dumps(cube)).rows()) == list(cube.rows())
    batch = session.map(session.count, ["Bookings", "Nothing"])
    again = pickle.loads(pickle.dumps(batch))
    assert again.values == batch.values
    assert str(again.errors[1]) == str(batch.errors[1])
    with pytest.raises(aa.ApiNotFound) as caught:
        session.request("GET", "/{dataViewName}/Nothing")
    error = pickle.loads(pickle.dumps(caught.value))
    assert (type(error), error.status, str(error)) == (type(caught.value), 404, str(caught.value))


def test_a_process_keeps_one_session_for_a_token(session: aa.Session) -> None:
    token = session.to_token()
    first = aa.Session.shared(token)
    assert aa.Session.shared(token) is first
    assert first.count("Bookings") == 20_000
    first.close()


@pytest.mark.slow
def test_the_example_runs_a_thousand_counts_on_a_cluster(box: Sandbox, session: aa.Session) -> None:
    pytest.importorskip("distributed", reason="the example needs dask.distributed")
    environ = {
        **os.environ,
        "APTECO_API_HOST": box.url,
        "APTECO_API_DATA_VIEW": box.data_view,
        "APTECO_API_SYSTEM": box.system,
        "APTECO_API_USER": box.username,
        "APTECO_API_PASSWORD": box.password,
        "PYTHONPATH": str(EXAMPLE.parents[2]),
    }
    done = subprocess.run(
        [sys.executable, str(EXAMPLE)], env=environ, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr[-2000:]
    costs = [float(cost) for (cost,) in session.export("Bookings", ["Cost"]) if cost is not None]
    expected = [sum(cost > amount for cost in costs) for amount in range(0, 5_000, 5)]
    first = f"1000 counts on 3 processes, from {expected[0]} down to {expected[-1]}"
    assert done.stdout.splitlines()[:2] == [first, f"together {sum(expected)}"]
    assert "there is no variable 'Cots'; did you mean 'Cost'" in done.stdout
    assert box.password not in done.stdout + done.stderr
