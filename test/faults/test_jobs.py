"""Case 38: jobs that go wrong."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from support.lab import Seen, answer, interruptible

import apteco_api as aa
from apteco_api import Poller
from apteco_api.exceptions import JobCancelled, JobFailed, JobLost, JobTimeout

JOB = {"id": 3, "isComplete": False, "queuePosition": 1, "progress": 0}


def job(**changes: Any) -> bytes:
    return answer(body={**JOB, **changes})


def build_jobs(states: list[Any], cancelled: list[str] | None = None) -> Any:
    """Make a server with one build job; polls get `states` in turn, then the last one."""
    left = list(states)

    def respond(request: Seen, number: int) -> Any:
        if request.method == "POST":
            return answer(201, body=JOB)
        if request.method == "DELETE":
            (cancelled if cancelled is not None else []).append(request.target)
            return answer(204, content_type=None)
        return left.pop(0) if len(left) > 1 else left[0]

    return respond


def start(client: aa.ApiClient) -> Poller:
    api = aa.FastStatsBuildsApi(client)
    created = next(name for name, op in api.operations.items() if op.job and op.job.step == "create")
    return Poller.start(getattr(api, created), "Holidays", "holidays")


RESULT = {"buildSucceeded": True}


def test_38_a_job_gives_its_result_and_progress_never_goes_back(serve: Any, client: Any) -> None:
    states = [
        job(progress=10),
        job(progress=60),
        job(progress=5),
        job(progress=90),
        job(isComplete=True, buildResult=RESULT),
    ]
    seen: list[float] = []
    result = start(client(serve(build_jobs(states)))).wait(10, seen.append, pause=0.01)
    assert isinstance(result, aa.BuildResult)
    assert seen == sorted(seen)
    assert seen[-1] == 100


def test_38_a_job_without_a_result_failed(serve: Any, client: Any) -> None:
    poller = start(client(serve(build_jobs([job(isComplete=True)]))))
    with pytest.raises(JobFailed) as failure:
        poller.wait(5, pause=0.01)
    assert failure.value.detail.is_complete


def test_38_a_job_that_disappears_is_lost_and_a_late_one_can_be_resumed(serve: Any, client: Any) -> None:
    with pytest.raises(JobLost):
        start(client(serve(build_jobs([job(progress=1), answer(404)])))).wait(5, pause=0.01)
    states: list[Any] = [job(progress=1)]
    shared = client(serve(lambda request, number: build_jobs(states)(request, number)))
    with pytest.raises(JobTimeout) as failure:
        start(shared).wait(0.2, pause=0.05)
    assert json.loads(failure.value.token)["ids"] == [3]
    states[:] = [job(isComplete=True, buildResult=RESULT)]
    again = Poller.resume(aa.FastStatsBuildsApi(shared), failure.value.token)
    assert isinstance(again.wait(5, pause=0.01), aa.BuildResult)


def test_38_a_server_that_restarts_is_waited_for(serve: Any, client: Any) -> None:
    done = job(isComplete=True, buildResult=RESULT)
    states = [job(progress=1), None, answer(503), answer(500), None, done]
    poller = start(client(serve(build_jobs(states)), retries=0))
    assert isinstance(poller.wait(10, pause=0.01), aa.BuildResult)


def test_38_control_c_cancels_once(serve: Any, client: Any) -> None:
    cancelled: list[str] = []
    poller = start(client(serve(build_jobs([job(progress=1)], cancelled))))

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        poller.wait(5, interrupt, pause=0.01)
    assert poller.cancel() is False
    assert len(cancelled) == 1


def test_38_control_c_inside_a_poll_cancels_once_and_ends_the_program(serve: Any) -> None:
    """A real SIGINT to a process that waits."""
    cancelled: list[str] = []
    server = serve(build_jobs([job(progress=1)], cancelled))
    code = """if True:
        import sys
        import apteco_api as aa
        api = aa.FastStatsBuildsApi(aa.ApiClient(aa.Configuration(host=sys.argv[1])))
        created = next(name for name, op in api.operations.items() if op.job and op.job.step == "create")
        poller = aa.Poller.start(getattr(api, created), "Holidays", "holidays")
        print("waiting", flush=True)
        poller.wait(60, pause=0.2)
    """
    command = [sys.executable, "-c", code, server.url]
    with interruptible():
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in told
    assert process.returncode == -signal.SIGINT
    assert len(cancelled) == 1


def test_38_several_jobs_of_one_call_are_asked_for_together(serve: Any, client: Any) -> None:
    polls: list[Any] = []

    def respond(request: Seen, number: int) -> bytes:
        if request.target.endswith("/Results"):
            polls.append(json.loads(request.body))
            ended = len(polls) > 1
            details = [{**JOB, "id": key, "isComplete": ended, "progress": 50} for key in polls[-1]]
            return answer(
                body=[
                    {**item, "dashboardItemData": {"dashboardItemId": "a"}} if ended else item
                    for item in details
                ]
            )
        return answer(body=[{"dashboardItemId": "a", "jobId": 7}, {"dashboardItemId": "b", "jobId": 8}])

    api = aa.DashboardsApi(client(serve(respond)))
    results = Poller.start(
        api.dashboards_calculate_dashboard_data, "H", 1, request_data=aa.CalculateDashboardData()
    ).wait(5, pause=0.01)
    assert polls == [[7, 8], [7, 8]]
    assert [type(item).__name__ for item in results] == ["DashboardItemDataResultDetail"] * 2


@pytest.mark.parametrize(
    ("section", "method", "result", "polled_by"),
    [
        ("AudiencesApi", "audiences_create_calculate_audience_data_licensing_job", "licensingInfo", "POST"),
        ("DataLicensingApi", "data_licensing_create_purchase_data_licensing_job", "purchaseInfo", "GET"),
        ("DataLicensingApi", "data_licensing_create_get_licensing_sets_job", "licensingSets", "GET"),
    ],
)
def test_38_licensing_jobs_run_to_their_result_also_the_one_that_is_polled_by_post(
    serve: Any, client: Any, section: str, method: str, result: str, polled_by: str
) -> None:
    polls: list[str] = []

    def respond(request: Seen, number: int) -> bytes:
        if not request.target.split("?")[0].endswith("/3"):
            return answer(201, body=JOB)
        polls.append(request.method)
        found: Any = [] if result == "licensingSets" else {}
        return job() if len(polls) < 3 else job(isComplete=True, progress=100, **{result: found})

    api = getattr(aa, section)(client(serve(respond)))
    poller = Poller.start(getattr(api, method), "Holidays", 1 if section == "AudiencesApi" else "holidays")
    assert poller.wait(5, pause=0.01) is not None
    assert polls == [polled_by] * 3


def test_38_a_cancelled_job_says_so(serve: Any, client: Any) -> None:
    def respond(request: Seen, number: int) -> bytes:
        if request.method == "POST":
            return answer(body=[{"dashboardItemId": "a", "jobId": 7}])
        return answer(body={**JOB, "id": 7, "isCancelled": True})

    api = aa.DashboardsApi(client(serve(respond)))
    poller = Poller.start(
        api.dashboards_calculate_dashboard_data, "H", 1, request_data=aa.CalculateDashboardData()
    )
    with pytest.raises(JobCancelled):
        poller.wait(5, pause=0.01)
