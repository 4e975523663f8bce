"""Jobs: queued, running, done, failed, cancelled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apteco_api.sandbox import serve

QUERY = {"selection": {"tableName": "Bookings"}}
MEASURE = {"id": "Bookings", "resolveTableName": "Bookings", "function": "Count"}
PREVIEW = {"dashboardItemId": "a", "drillDownLevel": 0, "sortOrder": "Natural", "baseQuery": QUERY}
START, ASK = "Dashboards_CreateDashboardItemPreviewDataJobs", "Dashboards_GetDashboardItemPreviewDataJob"
CANCEL = "Dashboards_CancelDashboardItemPreviewDataJob"


def cube(variable: str) -> dict[str, Any]:
    dimension = {"id": variable, "type": "Selector", "variableName": variable}
    specification = {"cubeSpecification": {"dimensions": [dimension], "measures": [MEASURE]}}
    return {**PREVIEW, "dataSpecification": specification}


@pytest.fixture(scope="module")
def slow(new_api: Callable[..., Any]) -> Iterator[Any]:
    """An administrator of a sandbox with one job worker and jobs that take half a second."""
    with serve(scale=1_000, job_seconds=0.5, job_workers=1) as server:
        yield new_api(server.url, server.username, server.password)


def finish(api: Any, job: int) -> Any:
    for _ in range(300):
        state = api(ASK, jobId=job)
        if state["isComplete"]:
            return state
        time.sleep(0.03)
    raise AssertionError("the job did not end")


def test_jobs_queue_run_and_end_in_their_order(slow: Any) -> None:
    first, second, third = (each["jobId"] for each in slow(START, body=[cube("boDest")] * 3))
    states = [slow(ASK, jobId=job) for job in (first, second, third)]
    assert [state["isComplete"] for state in states] == [False] * 3
    assert states[2]["queuePosition"] > states[1]["queuePosition"] >= states[0]["queuePosition"]
    progress = []
    while not (state := slow(ASK, jobId=first))["isComplete"]:
        progress.append(state["progress"])
        time.sleep(0.05)
    assert progress == sorted(progress)
    assert all(0 <= share < 100 for share in progress)
    assert state["progress"] == 100
    assert state["dashboardItemData"]["measureResults"][0]["rows"]
    assert not slow(ASK, jobId=third)["isComplete"], "the third starts after the second"
    finish(slow, third)


def test_a_waiting_and_a_running_job_can_be_cancelled(slow: Any) -> None:
    running, waiting = (each["jobId"] for each in slow(START, body=[cube("boDest")] * 2))
    for job in (waiting, running):
        slow(CANCEL, jobId=job)
        state = finish(slow, job)
        assert state["isCancelled"]
        assert "dashboardItemData" not in state
    slow(CANCEL, jobId=running)
    (after,) = slow(START, body=[cube("boDest")])
    assert finish(slow, after["jobId"])["dashboardItemData"]


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


def test_a_count_that_takes_longer_than_allowed_is_stopped(new_api: Callable[..., Any]) -> None:
    status, message = 0, ""
    with serve(scale=300_000) as server:
        api = new_api(server.url, server.username, server.password)
        names = ("boDest", "boProd", "deType", "deGrade", "boKeyCd")
        dimensions = [{"id": name, "type": "Selector", "variableName": name} for name in names]
        functions = ("Median", "LowerQuartile", "UpperQuartile", "Mode", "CountDistinct")
        measures = [
            {"id": name + of, "resolveTableName": "Bookings", "function": name, "variableName": of}
            for name in functions
            for of in ("boCost", "boProfit")
        ]
        body = {"baseQuery": QUERY, "resolveTableName": "Bookings", "storage": "Full"}
        request = {**body, "dimensions": dimensions, "measures": measures}
        status, message = api.refused(
            "Cubes_CalculateCubeSynchronously", body=request, query={"timeoutInSeconds": 1}
        )
    assert status == 400
    assert "stopped after 1 seconds" in message
