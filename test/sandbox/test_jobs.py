"""Jobs: queued, running, done, failed, cancelled."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pytest

from apteco_api.sandbox import Sandbox, serve
from apteco_api.sandbox.jobs import Step
from apteco_api.sandbox.problem import Problem

QUERY = {"selection": {"tableName": "Bookings"}}
MEASURE = {"id": "Bookings", "resolveTableName": "Bookings", "function": "Count"}
PREVIEW = {"dashboardItemId": "a", "drillDownLevel": 0, "sortOrder": "Natural", "baseQuery": QUERY}
START, ASK = "Dashboards_CreateDashboardItemPreviewDataJobs", "Dashboards_GetDashboardItemPreviewDataJob"
CANCEL = "Dashboards_CancelDashboardItemPreviewDataJob"
ENDLESS = "SELECT sum(sqrt(a.i * b.i)) FROM range(1000000) a(i), range(1000000) b(i)"


def cube(variable: str) -> dict[str, Any]:
    dimension = {"id": variable, "type": "Selector", "variableName": variable}
    specification = {"cubeSpecification": {"dimensions": [dimension], "measures": [MEASURE]}}
    return {**PREVIEW, "dataSpecification": specification}


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """Yield a sandbox with one job worker, whose jobs take half a second."""
    with serve(scale=1_000, job_seconds=0.5, job_workers=1) as server:
        yield server


@pytest.fixture(scope="module")
def slow(box: Sandbox, new_api: Callable[..., Any]) -> Any:
    """Its administrator."""
    return new_api(box.url, box.username, box.password)


@contextmanager
def busy_worker(box: Sandbox) -> Generator[None]:
    """Keep the sandbox's only job worker busy during the block."""
    begun, release = threading.Event(), threading.Event()

    def work(step: Step) -> None:
        begun.set()
        assert release.wait(30)

    box.world.jobs.submit("test", "", box.world.store.rows("user")[0], work)
    assert begun.wait(30)
    try:
        yield
    finally:
        release.set()


def finish(api: Any, job: int) -> Any:
    for _ in range(300):
        state = api(ASK, jobId=job)
        if state["isComplete"]:
            return state
        time.sleep(0.03)
    raise AssertionError("the job did not end")


def test_jobs_queue_behind_work_and_end_in_their_order(box: Sandbox, slow: Any) -> None:
    with busy_worker(box):
        jobs = [each["jobId"] for each in slow(START, body=[cube("boDest")] * 3)]
        states = [slow(ASK, jobId=job) for job in jobs]
        assert [state["queuePosition"] for state in states] == [1, 2, 3]
        assert [state["progress"] for state in states] == [0, 0, 0]
        assert [state["isComplete"] for state in states] == [False] * 3
        slow(CANCEL, jobId=jobs[0])
        assert [slow(ASK, jobId=job)["queuePosition"] for job in jobs] == [0, 1, 2]
    progress: list[int] = []
    while not (state := slow(ASK, jobId=jobs[1]))["isComplete"]:
        progress.append(state["progress"])
        time.sleep(0.05)
    assert progress == sorted(progress)
    assert all(0 <= share < 100 for share in progress)
    assert (state["progress"], state["queuePosition"]) == (100, 0)
    assert state["dashboardItemData"]["measureResults"][0]["rows"]
    finish(slow, jobs[2])


def test_jobs_can_be_made_to_queue(slow: Any) -> None:
    started = slow(START, body=[cube("boDest")] * 2, headers={"X-Sandbox-Trouble": "busy=1"})
    places = [slow(ASK, jobId=job["jobId"])["queuePosition"] for job in started]
    assert places == [1, 2]
    for job in started:
        assert finish(slow, job["jobId"])["dashboardItemData"]


def test_callers_without_a_session_can_t_make_jobs_queue(slow: Any, new_api: Callable[..., Any]) -> None:
    stranger, busy = new_api(slow.url), {"X-Sandbox-Trouble": "busy=60"}
    assert stranger.send("About_GetVersion", headers=busy).status == 200
    assert stranger.send("FastStatsJobs_GetFastStatsJobs", headers=busy).status == 401
    (job,) = slow(START, body=[cube("boDest")])
    assert finish(slow, job["jobId"])["dashboardItemData"]


def test_waiting_out_a_jobs_least_time_blocks_no_other_job(new_api: Callable[..., Any]) -> None:
    with serve(scale=500, job_seconds=3600, job_workers=1) as server:
        api = new_api(server.url, server.username, server.password)
        jobs = [each["jobId"] for each in api(START, body=[cube("boDest")] * 5)]
        for job in jobs:
            state = began(api, job)
            assert (state["queuePosition"], state["isComplete"]) == (0, False)
        for job in jobs:
            api(CANCEL, jobId=job)
            assert api(ASK, jobId=job)["isCancelled"], "a job that only waits must end at once"


def began(api: Any, job: int) -> Any:
    for _ in range(300):
        state = api(ASK, jobId=job)
        if state["queuePosition"] == 0 and len(api("FastStatsJobs_GetFastStatsJobs")["list"]) >= 5:
            return state
        time.sleep(0.03)
    raise AssertionError("the job did not begin")


def test_a_waiting_and_a_running_job_can_be_cancelled(box: Sandbox, slow: Any) -> None:
    (running,) = (each["jobId"] for each in slow(START, body=[cube("boDest")]))
    with busy_worker(box):
        (waiting,) = (each["jobId"] for each in slow(START, body=[cube("boDest")]))
        for job in (waiting, running):
            slow(CANCEL, jobId=job)
            state = finish(slow, job)
            assert state["isCancelled"]
            assert "dashboardItemData" not in state
    slow(CANCEL, jobId=running)
    (after,) = slow(START, body=[cube("boDest")])
    assert finish(slow, after["jobId"])["dashboardItemData"]


def test_the_work_of_a_cancelled_job_ends_though_the_interrupt_comes_between_two_statements(
    box: Sandbox,
) -> None:
    jobs, user = box.world.jobs, box.world.store.rows("user")[0]
    begun, ended = threading.Event(), threading.Event()

    def work(step: Step) -> None:
        begun.set()
        time.sleep(0.2)  # no statement runs when the job is cancelled
        try:
            box.world.data.cursor().execute(ENDLESS).fetchall()
        finally:
            ended.set()

    job = jobs.submit("test", "", user, work)["id"]
    assert begun.wait(30)
    jobs.cancel("test", "", job, user)
    assert ended.wait(30)
    for _ in range(300):
        if jobs.describe(job)["isComplete"]:
            break
        time.sleep(0.03)
    assert jobs.describe(job)["isCancelled"]


def test_a_job_that_has_ended_stays_as_it_is_when_cancelled(slow: Any) -> None:
    (job,) = slow(START, body=[cube("boDest")])
    done = finish(slow, job["jobId"])
    slow(CANCEL, jobId=job["jobId"])
    assert slow(ASK, jobId=job["jobId"]) == done


def test_a_dashboard_job_that_fails_says_why(slow: Any) -> None:
    (job,) = slow(START, body=[cube("noSuchVariable")])
    state = finish(slow, job["jobId"])
    assert state["dashboardItemData"]["messages"][0]["type"] == "Error"
    assert "noSuchVariable" in state["dashboardItemData"]["messages"][0]["text"]


def test_an_audience_job_that_fails_answers_with_its_error(slow: Any) -> None:
    key = {
        "audienceId": slow("Audiences_CreateAudience", body={"title": "x", "systemName": "holidays"})["id"]
    }
    dimension = {"id": "x", "type": "Selector", "variableName": "noSuchVariable"}
    (job,) = slow("Audiences_CreateCheckAudienceJobForLatestUpdate", **key, body={"dimensions": [dimension]})
    for _ in range(200):
        answer = slow.send("Audiences_GetCheckAudienceJob", **key, jobId=job["id"])
        if answer.status != 200:
            break
        time.sleep(0.03)
    status, message = slow.refused("Audiences_GetCheckAudienceJob", **key, jobId=job["id"])
    assert (status, "noSuchVariable" in message) == (400, True)


def test_a_job_is_found_under_its_own_family_and_parent_only(slow: Any) -> None:
    (job,) = slow(START, body=[cube("boDest")])
    assert slow.refused("FastStatsBuilds_GetFastStatsBuildJob", jobId=job["jobId"])[0] == 404
    assert slow.refused(ASK, jobId=job["jobId"] + 1000)[0] == 404


@pytest.fixture(scope="module")
def large(new_api: Callable[..., Any]) -> Iterator[Any]:
    """Yield the administrator of a sandbox that has some seconds' work with `heavy`."""
    with serve(scale=300_000) as server:
        yield new_api(server.url, server.username, server.password)


def heavy() -> dict[str, Any]:
    names = ("boDest", "boProd", "deType", "deGrade", "boKeyCd")
    dimensions = [{"id": name, "type": "Selector", "variableName": name} for name in names]
    functions = ("Median", "LowerQuartile", "UpperQuartile", "Mode", "CountDistinct")
    measures = [
        {"id": name + of, "resolveTableName": "Bookings", "function": name, "variableName": of}
        for name in functions
        for of in ("boCost", "boProfit")
    ]
    body = {"baseQuery": QUERY, "resolveTableName": "Bookings", "storage": "Full"}
    return {**body, "dimensions": dimensions, "measures": measures}


@pytest.mark.slow
def test_a_cube_that_takes_longer_than_allowed_is_stopped(large: Any) -> None:
    status, message = large.refused(
        "Cubes_CalculateCubeSynchronously", body=heavy(), query={"timeoutInSeconds": 1}
    )
    assert (status, message) == (400, "The work was stopped after 1 seconds.")


def test_work_for_a_caller_that_has_disconnected_ends(large: Any) -> None:
    def states() -> list[str]:
        listed = large("FastStatsJobs_GetFastStatsJobs", query={"count": 1000})["list"]
        return [job["state"] for job in listed if job["jobType"] == "Cube"]

    def wait_for(state: str) -> None:
        for _ in range(500):
            if states()[:1] == [state]:
                return
            time.sleep(0.02)
        raise AssertionError(f"{states()[:1]}, not {state}")

    parts, body = urlsplit(str(large.url)), json.dumps(heavy()).encode()
    head = (
        f"POST {parts.path}/Holidays/Cubes/holidays/CalculateSync HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {large.token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        connection.sendall(head.encode() + body)
        wait_for("Running")
    wait_for("Cancelled")


def test_a_time_limit_holds_though_it_passes_between_two_statements(box: Sandbox) -> None:
    def work(cursor: duckdb.DuckDBPyConnection) -> None:
        time.sleep(1.2)  # no statement runs when the second is over
        cursor.execute(ENDLESS).fetchall()

    with pytest.raises(Problem, match="stopped after 1 seconds"):
        box.world.data.run("Count", {"username": "x"}, work, seconds=1)
    assert box.world.data.log[-1]["state"] == "TimedOut"


def test_a_call_that_sets_no_time_has_the_sandbox_s_limit(new_api: Callable[..., Any]) -> None:
    with serve(scale=500, query_seconds=0.5) as server:

        def work(cursor: duckdb.DuckDBPyConnection) -> None:
            cursor.execute(ENDLESS).fetchall()

        with pytest.raises(Problem, match=r"stopped after 0\.5 seconds"):
            server.world.data.run("Count", {"username": "x"}, work)
        api = new_api(server.url, server.username, server.password)
        assert api("Queries_PerformQueryCountSynchronously", body=QUERY)["counts"][0]["countValue"] == 500


def test_an_interrupt_never_hits_the_work_after_the_one_it_was_meant_for(box: Sandbox) -> None:
    def work(cursor: duckdb.DuckDBPyConnection) -> Any:
        with box.world.data.watch.over(cursor.interrupt, 0):
            time.sleep(0.03)
        return cursor.execute("SELECT sum(i) FROM range(3000000) r(i)").fetchall()

    for _ in range(20):
        assert box.world.data.run("Count", {"username": "x"}, work) == [(4499998500000,)]


def test_closing_does_not_wait_for_a_long_query(new_api: Callable[..., Any]) -> None:
    server = serve(scale=500)
    begun, outcome = threading.Event(), list[str]()

    def work(cursor: duckdb.DuckDBPyConnection) -> None:
        begun.set()
        cursor.execute(ENDLESS).fetchall()

    def ask() -> None:
        try:
            server.world.data.run("Count", {"username": "x"}, work)
        except Problem as problem:
            outcome.append(problem.message)

    asking = threading.Thread(target=ask)
    asking.start()
    assert begun.wait(30)
    server.close()
    asking.join(30)
    assert not asking.is_alive()
    assert outcome == ["The work was cancelled."]
