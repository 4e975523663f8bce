"""Case 40: answers that were damaged on the way."""

from __future__ import annotations

import random
from typing import Any

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
