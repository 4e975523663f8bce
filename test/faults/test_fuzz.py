"""Case 40: answers that were damaged on the way, and arguments of every kind.

Bodies and arguments are drawn 100,000 times in each run. Answers on the wire are drawn 100,000 times for each
of the four engines with `APTECO_FUZZED=100000`; else 10,000 times for the sync client, 3,000 elsewhere.
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from mutations import mutate
from support.lab import COUNT, VARIABLE, Seen, answer, in_time, run_child

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


BODIES = """
    import gc, json, random, resource, sys, time
    sys.path[:0] = ["test", "test/faults"]
    import apteco_api as aa
    from support.lab import Answered
    from mutations import mutate
    from test_fuzz import FUZZED, SEEDS

    client = aa.ApiClient(aa.Configuration(host="http://127.0.0.1:1"))
    bodies = [(kind, json.dumps(value).encode()) for kind, value in SEEDS]
    rng = random.Random(20261123)
    counts = {"object": 0, "error": 0}

    def one():
        kind, body = bodies[rng.randrange(len(bodies))]
        try:
            client.deserialize(Answered(mutate(body, rng)), kind)
        except aa.ApiException:
            return "error"
        return "object"

    for _ in range(5000):
        one()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowest = 0.0
    for _ in range(FUZZED):
        started = time.perf_counter()
        counts[one()] += 1
        slowest = max(slowest, time.perf_counter() - started)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(counts["object"], counts["error"], grown, slowest)
"""


def test_40_a_hundred_thousand_damaged_bodies_give_an_object_or_our_error() -> None:
    """Damage bodies only, which the decoder reads; in a child process, so that its memory can be measured."""
    whole, failed, grown, slowest = map(float, run_child(BODIES).split())
    assert whole + failed == FUZZED
    assert min(whole, failed) > 10_000
    assert grown < 8
    assert in_time(slowest, 0.5)


WIRE = """
    import asyncio, gc, resource, sys, time
    import apteco_api as aa
    import apteco_api.aio as aio

    url, engine, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
    counts = {"Variable": 0, "NoneType": 0, "error": 0}
    slowest = 0.0
    before = 0
    warm = number // 10

    def peak():
        gc.collect()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def count(kind, started):
        global slowest
        counts[kind] += 1
        slowest = max(slowest, time.perf_counter() - started)

    def tap():  # wraps `urlopen` as tracers do: calls then go through plain urllib3
        from urllib3 import HTTPConnectionPool
        original = HTTPConnectionPool.urlopen
        HTTPConnectionPool.urlopen = lambda *args, **options: original(*args, **options)

    def sync(config):
        global before
        with aa.ApiClient(config) as client:
            api = aa.FastStatsSystemsApi(client)
            for index in range(number):
                if index == warm:
                    before = peak()
                started = time.perf_counter()
                try:
                    kind = type(api.fast_stats_systems_get_fast_stats_variable("H", "h", "v")).__name__
                except aa.OpenApiException:
                    kind = "error"
                count(kind, started)

    async def awaited(config):
        global before
        async with aio.AsyncApiClient(config, engine=engine) as client:
            api = aio.FastStatsSystemsApi(client)

            async def one():
                started = time.perf_counter()
                try:
                    kind = type(await api.fast_stats_systems_get_fast_stats_variable("H", "h", "v")).__name__
                except aa.OpenApiException:
                    kind = "error"
                count(kind, started)

            for index in range(0, number, 10):
                if index == warm // 10 * 10:
                    before = peak()
                await asyncio.gather(*(one() for _ in range(10)))

    config = aa.Configuration(host=url, retries=0, timeout=2.0, trust_env=False)
    if engine == "plain":
        tap()
    sync(config) if engine in ("sync", "plain") else asyncio.run(awaited(config))
    grown = (peak() - before) / 1024
    print(counts["Variable"], counts["NoneType"], counts["error"], grown, slowest)
"""
ANSWERS = {"sync": 10_000, "plain": 3000, "threads": 3000, "aiohttp": 3000}


@pytest.mark.parametrize("engine", ANSWERS)
@pytest.mark.timeout(3600 if os.environ.get("APTECO_FUZZED") else 400)
def test_40_damaged_answers_give_an_object_or_our_error_in_every_engine(engine: str, serve: Any) -> None:
    """Heads and bodies: only our errors, none later than the deadline of two seconds; memory stays flat."""
    number = int(os.environ.get("APTECO_FUZZED", ANSWERS[engine]))
    rng = random.Random(7)
    whole = answer(body=VARIABLE, X_Request_Id="r-1")

    def respond(request: Seen, number: int) -> Any:
        return lambda sock, seen: sock.sendall(mutate(whole, rng))

    out = run_child(WIRE, serve(respond).url, engine, str(number), timeout=3500)
    objects, nothing, failed, grown, slowest = map(float, out.split())
    assert objects + nothing + failed == number
    assert min(objects, failed) > number // 50
    assert grown < 16
    assert in_time(slowest, 2.5)


ARGUMENTS = """
    import random, resource, sys, time
    sys.path[:0] = ["test", "test/faults"]
    import apteco_api as aa
    from arguments_fuzz import OPTIONS, option, values
    from test_fuzz import FUZZED

    client = aa.ApiClient(aa.Configuration(host="http://127.0.0.1:1", trust_env=False))
    sections = [getattr(aa, name) for name in aa.__all__ if name.endswith("Api")]
    operations = [pair for each in sections for pair in each.operations.items()]
    rng = random.Random(20261130)
    counts = {"request": 0, "error": 0}
    slowest = 0.0
    for number in range(FUZZED):
        if number % 500 == 0:
            drawn = values()
        if number == 5000:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        name, operation = operations[rng.randrange(len(operations))]
        given = [
            rng.choice(drawn) if rng.random() < 0.4 else {"int": 1, "bool": True}.get(each.type, "a")
            for each in operation.parameters
        ]
        options = {rng.choice(OPTIONS): option(rng, drawn) for _ in range(rng.randrange(3))}
        started = time.perf_counter()
        try:
            client.prepare(operation, given, options, name)
            counts["request"] += 1
        except aa.OpenApiException as error:
            str(error), repr(error)
            counts["error"] += 1
        slowest = max(slowest, time.perf_counter() - started)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(counts["request"], counts["error"], grown, slowest)
"""


def test_40_a_hundred_thousand_sets_of_arguments_make_a_request_or_our_error() -> None:
    """Values of every kind for arguments and options: numbers of 5,000 digits, NaN, endless lists."""
    made, refused, grown, slowest = map(float, run_child(ARGUMENTS, timeout=300).split())
    assert made + refused == FUZZED
    assert min(made, refused) > 10_000
    assert grown < 32
    assert in_time(slowest, 2.5)
