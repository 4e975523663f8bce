"""Case 40: answers that were damaged on the way."""

from __future__ import annotations

import random
from typing import Any

import pytest
from mutations import mutate
from support.lab import COUNT, VARIABLE, Seen, answer, run_child

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
    """Bodies only: what the decoder sees. In a child, so that memory can be measured."""
    whole, failed, grown, slowest = map(float, run_child(BODIES).split())
    assert whole + failed == FUZZED
    assert min(whole, failed) > 10_000
    assert grown < 8
    assert slowest < 0.5


WIRE = """
    import resource, sys, time
    sys.path[:0] = ["test", "test/faults"]
    import apteco_api as aa

    config = aa.Configuration(host=sys.argv[1], retries=0, timeout=2.0)
    counts = {"Variable": 0, "NoneType": 0, "error": 0}
    slowest = 0.0
    with aa.ApiClient(config) as client:
        api = aa.FastStatsSystemsApi(client)
        for number in range(int(sys.argv[2]) + 500):
            if number == 500:
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            started = time.perf_counter()
            try:
                kind = type(api.fast_stats_systems_get_fast_stats_variable("H", "h", "v")).__name__
            except aa.ApiException:
                kind = "error"
            counts[kind] += 1
            slowest = max(slowest, time.perf_counter() - started)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(counts["Variable"], counts["NoneType"], counts["error"], grown, slowest)
"""


def test_40_ten_thousand_damaged_answers_on_the_wire_give_an_object_or_our_error(serve: Any) -> None:
    """Heads and bodies; none takes longer than the deadline of two seconds."""
    rng = random.Random(7)
    whole = answer(body=VARIABLE, X_Request_Id="r-1")

    def respond(request: Seen, number: int) -> Any:
        return lambda sock, seen: sock.sendall(mutate(whole, rng))

    out = run_child(WIRE, serve(respond).url, "10000", timeout=300)
    objects, nothing, failed, grown, slowest = map(float, out.split())
    assert objects + nothing + failed == 10_500
    assert min(objects, failed) > 500
    assert grown < 8
    assert slowest < 2.5


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
    assert slowest < 2.5


AWAITED = """
    import asyncio, sys, time
    import apteco_api as aa
    import apteco_api.aio as aio

    counts = {"Variable": 0, "NoneType": 0, "error": 0}

    async def run(engine):
        config = aa.Configuration(host=sys.argv[1], retries=0, timeout=2.0, trust_env=False)
        async with aio.AsyncApiClient(config, engine=engine) as client:
            api = aio.FastStatsSystemsApi(client)

            async def one():
                try:
                    kind = type(await api.fast_stats_systems_get_fast_stats_variable("H", "h", "v")).__name__
                except aa.OpenApiException:
                    kind = "error"
                counts[kind] += 1

            for _ in range(int(sys.argv[3]) // 10):
                await asyncio.gather(*(one() for _ in range(10)))

    asyncio.run(run(sys.argv[2]))
    print(counts["Variable"], counts["NoneType"], counts["error"])
"""


@pytest.mark.parametrize("engine", ["threads", "aiohttp"])
def test_40_damaged_answers_give_an_object_or_our_error_in_both_async_engines(
    engine: str, serve: Any
) -> None:
    rng = random.Random(8)
    whole = answer(body=VARIABLE, X_Request_Id="r-1")

    def respond(request: Seen, number: int) -> Any:
        return lambda sock, seen: sock.sendall(mutate(whole, rng))

    out = run_child(AWAITED, serve(respond).url, engine, "3000", timeout=300)
    objects, nothing, failed = map(int, out.split())
    assert objects + nothing + failed == 3000
    assert min(objects, failed) > 50
