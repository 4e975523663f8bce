"""Rows 37 to 40: pages, jobs, threads and cancelled tasks, and answers that were damaged on the way."""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from lab import COUNT, VARIABLE, Seen, answer
from test_transport import run_child

import apteco_api as aa
from apteco_api.runtime.exceptions import (
    ApiCancelled,
    JobCancelled,
    JobFailed,
    JobLost,
    JobTimeout,
    PageLimit,
)
from apteco_api.toolkit.jobs import Poller
from apteco_api.toolkit.paging import paginate


def paged(answers: Any) -> Any:
    """A server whose pages come from `answers(offset, count, number) -> (items, total)`."""

    def respond(request: Seen, number: int) -> bytes:
        query = parse_qs(urlsplit(request.target).query)
        offset, count = int(query.get("offset", ["0"])[0]), int(query.get("count", ["3"])[0])
        items, total = answers(offset, count, number)
        listed = [{"code": str(item), "description": "d"} for item in items]
        return answer(body={"offset": offset, "count": count, "totalCount": total, "list": listed})

    return respond


PAGES: dict[str, tuple[Any, list[int]]] = {
    "count lies": (lambda o, c, n: (list(range(9))[o : o + 2], 9), list(range(9))),
    "empty page": (lambda o, c, n: ([1, 2, 3] if n == 1 else [], 99), [1, 2, 3]),
    "total shrinks": (lambda o, c, n: (list(range(9))[o : o + c], 9 if n == 1 else 6), [0, 1, 2, 3, 4, 5]),
    "total grows": (lambda o, c, n: (list(range(6 + n))[o : o + c], 6 + n if n < 3 else 9), list(range(9))),
    "total is zero": (lambda o, c, n: ([1, 2, 3] if o == 0 else [], 0), [1, 2, 3]),
}


@pytest.mark.parametrize("kind", PAGES)
def test_37_a_walk_ends_and_gives_each_item_once(kind: str, serve: Any, client: Any) -> None:
    answers, expected = PAGES[kind]
    api = aa.FastStatsSystemsApi(client(serve(paged(answers))))
    walk = paginate(api.fast_stats_systems_get_fast_stats_variable_codes, "H", "h", "v", count=3)
    found = [int(item.code) for item in walk]
    assert found == expected


def test_37_a_repeated_page_is_given_once_and_an_endless_list_is_stopped(serve: Any, client: Any) -> None:
    def ignores_offset(request: Seen, number: int) -> bytes:
        items = [{"code": "1", "description": "d"}, {"code": "2", "description": "d"}]
        return answer(body={"offset": 0, "count": 2, "totalCount": 100, "list": items})

    api = aa.FastStatsSystemsApi(client(serve(ignores_offset)))
    walk = paginate(api.fast_stats_systems_get_fast_stats_variable_codes, "H", "h", "v", count=2)
    assert [item.code for item in walk] == ["1", "2"]
    endless = client(serve(paged(lambda o, c, n: ([o, o + 1], 10**9))), max_pages=20)
    codes = aa.FastStatsSystemsApi(endless).fast_stats_systems_get_fast_stats_variable_codes
    with pytest.raises(PageLimit):
        list(paginate(codes, "H", "h", "v", count=2))


JOB = {"id": 3, "isComplete": False, "queuePosition": 1, "progress": 0}


def job(**changes: Any) -> bytes:
    return answer(body={**JOB, **changes})


def build_jobs(states: list[Any], cancelled: list[str] | None = None) -> Any:
    """A server with one build job; `states` are its answers to the polls, the last one for good."""
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


@pytest.mark.parametrize("engine", ["threads", "aiohttp"])
def test_39_a_cancelled_task_closes_its_socket_and_the_others_go_on(engine: str, serve: Any) -> None:
    gone = threading.Event()

    def respond(request: Seen, number: int) -> Any:
        def slow(sock: Any, request: Seen) -> None:
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
            try:
                while sock.recv(1):
                    pass
            finally:
                gone.set()

        return slow if "slow" in request.target else answer(body=VARIABLE)

    server = serve(respond)

    async def main() -> None:
        async with aa.aio.AsyncApiClient(aa.Configuration(host=server.url), engine=engine) as client:
            api = aa.aio.FastStatsSystemsApi(client)

            def call(name: str) -> Any:
                return api.fast_stats_systems_get_fast_stats_variable("H", "h", name)

            task = asyncio.create_task(call("slow"))
            await asyncio.sleep(0.3)
            before = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert time.monotonic() - before < 0.2
            assert await asyncio.to_thread(gone.wait, 2)
            found = await asyncio.gather(*(call("fast") for _ in range(20)))
            assert {item.name for item in found} == {"peName"}
            await call("fast")
            assert client.last_response.status == 200

    asyncio.run(main())


@pytest.mark.parametrize("engine", ["threads", "aiohttp"])
def test_39_a_cancelled_stream_closes_its_socket_while_it_waits_for_more(engine: str, serve: Any) -> None:
    gone = threading.Event()

    def respond(request: Seen, number: int) -> Any:
        def rows(sock: Any, request: Seen) -> None:
            row = b'{"codes": "1", "descriptions": "a"},'
            body = b'{"rows": [' + row * 100_000
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + body)
            with suppress(OSError):
                sock.recv(1)  # until the client goes
            gone.set()

        return rows if "Export" in request.target else answer(body=VARIABLE)

    server = serve(respond)
    operation = aa.ExportsApi.operations["exports_perform_export_synchronously"]
    values = ["H", "h", *[None] * (len(operation.parameters) - 2)]
    seen: list[Any] = []

    async def main() -> None:
        async with aa.aio.AsyncApiClient(aa.Configuration(host=server.url), engine=engine) as client:

            async def read() -> None:
                async for row in client.stream(operation, values, path="$.rows"):
                    seen.append(row)

            task = asyncio.create_task(read())
            while not seen:
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.3)  # all that came is read by now: it waits
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(gone.wait, 2)
            api = aa.aio.FastStatsSystemsApi(client)
            assert (await api.fast_stats_systems_get_fast_stats_variable("H", "h", "peName")).name == "peName"

    asyncio.run(main())
    assert {row.codes for row in seen} == {"1"}


@pytest.mark.parametrize("engine", ["threads", "aiohttp"])
def test_39_async_calls_have_the_same_errors_and_deadline(engine: str, serve: Any) -> None:
    def respond(request: Seen, number: int) -> Any:
        def drip(sock: Any, request: Seen) -> None:
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(100):
                sock.sendall(b" ")
                time.sleep(0.1)

        if "drip" in request.target:
            return drip
        return answer(404) if "none" in request.target else answer(body=b"<html>", content_type="text/html")

    server = serve(respond)

    async def main() -> None:
        async with aa.aio.AsyncApiClient(aa.Configuration(host=server.url), engine=engine) as client:
            api = aa.aio.FastStatsSystemsApi(client)
            before = time.monotonic()
            with pytest.raises(aa.ApiTimeout) as late:
                await api.fast_stats_systems_get_fast_stats_variable("H", "h", "drip", _request_timeout=1)
            assert 0.95 < time.monotonic() - before < 1.4
            assert late.value.operation == "FastStatsSystems_GetFastStatsVariable"
            with pytest.raises(aa.ApiNotFound):
                await api.fast_stats_systems_get_fast_stats_variable("H", "h", "none")
            with pytest.raises(aa.ApiDecodeError):
                await api.fast_stats_systems_get_fast_stats_variable("H", "h", "html")

    asyncio.run(main())


def test_39_a_call_cancelled_from_another_thread_ends(serve: Any, client: Any) -> None:
    server = serve(lambda *_: lambda sock, request: time.sleep(5))
    shared = client(server)
    request, call = shared.prepare(aa.AboutApi.operations["about_get_version"], [], {})
    outcome: list[Any] = []

    def run() -> None:
        try:
            shared.exchange(request, call)
        except aa.ApiException as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.3)
    call.cancel()
    thread.join(2)
    assert isinstance(outcome[0], ApiCancelled)


def mutate(whole: bytes, rng: random.Random) -> bytes:
    """Damage a response: flip, cut, repeat, insert or replace a piece."""
    data = bytearray(whole)
    for _ in range(rng.randint(1, 4)):
        if not data:
            break
        place = rng.randrange(len(data))
        match rng.randrange(6):
            case 0:
                data[place] = rng.randrange(256)
            case 1:
                del data[place : place + rng.randint(1, 40)]
            case 2:
                data[place:place] = data[place : place + rng.randint(1, 40)]
            case 3:
                data[place:place] = rng.choice(
                    [b"\x00", b"\xff\xfe", b"NaN", b"null", b"[" * 50, b"\r\n", b'"', b"{}", b"1e999"]
                )
            case 4:
                del data[place:]
            case _:
                data[place : place + 4] = rng.choice([b"true", b"-1", b"[]", b'""', b"9999999999999999999"])
    return bytes(data)


SEEDS: list[tuple[str, Any]] = [
    ("Variable", VARIABLE),
    ("QueryResult", {**COUNT, "runDate": "2026-01-02T03:04:05Z", "query": {"selection": {"tableName": "a"}}}),
    ("PagedResultsVariable", {"offset": 0, "count": 1, "totalCount": 1, "list": [VARIABLE]}),
    ("ExportResult", {"title": "t", "rows": [{"codes": "1\t2", "descriptions": "a\tb"}] * 3}),
    ("list[str]", ["a", "b"]),
    ("dict(str, int)", {"a": 1}),
    ("bool", True),
    ("str", "text"),
]
FUZZED = 100_000


def test_40_a_hundred_thousand_damaged_bodies_give_an_object_or_our_error() -> None:
    """Bodies only: what the decoder sees. In a child, so that memory can be measured."""
    out = run_child(
        """
        import gc, random, resource, sys, time, warnings
        sys.path.insert(0, "test/faults")
        import json
        import apteco_api as aa
        from apteco_api.codec.decode import decode
        from test_semantics import FUZZED, SEEDS, mutate
        bodies = [(kind, json.dumps(value).encode()) for kind, value in SEEDS]
        rng = random.Random(20261123)
        def one():
            kind, body = bodies[rng.randrange(len(bodies))]
            drift = []
            try:
                decode(mutate(body, rng), kind, drift)
            except aa.ApiException:
                return "error"
            return "drift" if drift else "object"
        counts = {"object": 0, "drift": 0, "error": 0}
        for _ in range(5000):
            one()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        slowest = 0.0
        for _ in range(FUZZED):
            started = time.perf_counter()
            counts[one()] += 1
            slowest = max(slowest, time.perf_counter() - started)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(counts["object"], counts["drift"], counts["error"], grown, slowest)
        """
    )
    whole, drifted, failed, grown, slowest = map(float, out.split())
    assert whole + drifted + failed == FUZZED
    assert min(whole, drifted, failed) > 1000
    assert grown < 8
    assert slowest < 0.5


def test_40_damaged_answers_on_the_wire_give_an_object_or_our_error(serve: Any, client: Any) -> None:
    rng = random.Random(7)
    whole = answer(body=VARIABLE, X_Request_Id="r-1")

    def respond(request: Seen, number: int) -> Any:
        return lambda sock, seen: sock.sendall(mutate(whole, rng))

    api = aa.FastStatsSystemsApi(client(serve(respond), retries=0, timeout=2.0))
    outcomes = {"object": 0, "error": 0}
    before = time.monotonic()
    for _ in range(3000):
        try:
            found = api.fast_stats_systems_get_fast_stats_variable("H", "h", "v")
        except aa.ApiException:
            outcomes["error"] += 1
        else:
            assert found is None or isinstance(found, aa.Variable)
            outcomes["object"] += 1
    assert min(outcomes.values()) > 100
    assert time.monotonic() - before < 60


def test_threads_64_times_1600_calls_against_a_bad_server() -> None:
    """100,000 calls in all; the server drops, delays and cuts. In a child, so that sockets can be counted."""
    out = run_child(
        """
        import os, random, sys, threading, time
        sys.path.insert(0, "test/faults")
        import lab
        import apteco_api as aa

        CALLS = 100_000
        rng = random.Random(3)
        lock = threading.Lock()

        def respond(request, number):
            with lock:
                dice = rng.random()
            name = request.target.rsplit("/", 1)[1]
            whole = lab.answer(body={**lab.VARIABLE, "name": name})
            if dice < 0.005:
                return None
            if dice < 0.01:
                return lambda sock, seen: sock.sendall(whole[: len(whole) // 2])
            if dice < 0.012:
                def late(sock, seen):
                    time.sleep(0.05)
                    sock.sendall(whole)
                    return True
                return late
            if dice < 0.015:
                return lab.answer(503)
            return whole

        def sockets():
            links = (os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd"))
            return sum(os.readlink(link).startswith("socket:") for link in links if os.path.islink(link))

        server = lab.Server(respond)
        config = aa.Configuration(host=server.url)
        config.backoff = 0.001
        config.timeout = 60.0
        config.retries = 2
        client = aa.ApiClient(config)
        api = aa.FastStatsSystemsApi(client)
        right, errors, wrong = [], [], []
        numbers = iter(range(CALLS))

        def work():
            mine, failed = 0, 0
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    break
                try:
                    found = api.fast_stats_systems_get_fast_stats_variable("H", "h", f"v{number}")
                except aa.ApiException:
                    failed += 1
                else:
                    if found.name == f"v{number}":
                        mine += 1
                    else:
                        wrong.append((number, found.name))
            right.append(mine)
            errors.append(failed)

        threads = [threading.Thread(target=work) for _ in range(64)]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        client.close()
        server.close()
        time.sleep(0.2)
        print(sum(right), sum(errors), len(wrong), sockets(), time.monotonic() - started)
        """,
        timeout=330,
    )
    right, errors, wrong, left, elapsed = map(float, out.split())
    assert right + errors == 100_000
    assert wrong == 0
    assert errors < 100
    assert left <= 1, f"{left} sockets left after {elapsed} s"
