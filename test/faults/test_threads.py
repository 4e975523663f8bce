"""One client, 64 threads, 100,000 calls, and a sandbox that drops, delays, cuts and refuses.

The sandbox runs here and is asked afterwards what was done; the client runs in a process of its own, so that
its memory, its sockets and its time can be held to a budget.
"""

from __future__ import annotations

import json
from collections import Counter

import pytest
from support.lab import run_child

from apteco_api.sandbox import serve

CALLS = 100_000
EFFECTS = 20
"""One in this many calls creates something: a team with its own name."""
TROUBLE = (
    "drop every 199; truncate every 307; lose every 503; slow=0.03 every 401; "
    "503=0 every 251; 429=0 every 337"
)

CLIENT = """
    import collections, json, resource, sys, threading, time
    sys.path.insert(0, "test")
    import apteco_api as aa
    from support.lab import sockets

    url, data_view, user, password, calls, effects = sys.argv[1:7]
    calls, effects = int(calls), int(effects)
    config = aa.Configuration(host=url, backoff=0.002, timeout=60.0)
    client = aa.ApiClient(config)
    for _ in range(20):  # the login may meet trouble too
        try:
            login = aa.SessionsApi(client).sessions_create_session_simple(data_view, user, password)
            break
        except aa.ApiException:
            pass
    config.api_key = {"Authorization": login.access_token}
    config.api_key_prefix = {"Authorization": "Bearer"}
    systems, teams = aa.FastStatsSystemsApi(client), aa.TeamsApi(client)
    page = systems.fast_stats_systems_get_fast_stats_variables(data_view, "holidays", count=1000)
    names = [item.name for item in page.list]
    assert len(set(names)) > 50

    lock, numbers = threading.Lock(), iter(range(calls))
    right, wrong, foreign = [], [], []
    failed, made, unknown, refused = collections.Counter(), [], [], []

    def one(number):
        if number % effects:
            name = names[number % len(names)]
            found = systems.fast_stats_systems_get_fast_stats_variable(data_view, "holidays", name)
            return name, found.name
        name = f"team {number}"
        found = teams.teams_create_team(data_view, team_details=aa.CreateTeamDetails(name=name))
        made.append(name)
        return name, found.name

    def work():
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            try:
                asked, came = one(number)
            except aa.ApiException as error:
                failed[type(error).__name__] += 1
                if number % effects == 0:
                    (unknown if error.sent == "unknown" else refused).append(f"team {number}")
            except BaseException as error:
                foreign.append(repr(error))
            else:
                (right if asked == came else wrong).append(number)

    for number in range(1, 200):
        one(number) if number % effects else None
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    open_before = sockets()
    threads = [threading.Thread(target=work) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    busy = sockets()
    client.close()
    print(json.dumps({
        "right": len(right), "distinct": len(set(right)), "wrong": wrong[:5], "foreign": foreign[:5],
        "failed": failed, "made": made, "unknown": unknown, "refused": refused, "busy": busy,
        "sockets": sockets(), "seconds": time.monotonic() - started,
        "megabytes": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
    }))
"""


@pytest.mark.timeout(900)
def test_one_client_in_64_threads_loses_nothing_doubles_nothing_and_leaks_nothing() -> None:
    with serve(scale=1_000, trouble=TROUBLE) as server:
        access = (server.data_view, server.username, server.password)
        out = json.loads(run_child(CLIENT, server.url, *access, str(CALLS), str(EFFECTS), timeout=900))
        done = Counter(team["name"] for team in server.world.store.rows("team"))
    failed = sum(out["failed"].values())
    # Each call returned its own object or raised our error.
    assert out["wrong"] == []
    assert out["foreign"] == []
    assert out["right"] == out["distinct"]
    assert out["right"] + failed == CALLS
    assert set(out["failed"]) <= {"ApiInterrupted", "ApiUnavailable", "ApiRateLimited"}
    assert 0 < failed < CALLS / 100
    # A confirmed creation happened once, a refused one never, and one of unknown outcome at most once.
    ours = {name: count for name, count in done.items() if name.startswith("team ")}
    assert set(ours.values()) == {1}
    assert set(out["made"]) <= set(ours)
    assert not set(out["refused"]) & set(ours)
    assert set(ours) <= set(out["made"]) | set(out["unknown"])
    assert len(out["made"]) + len(out["unknown"]) + len(out["refused"]) == CALLS / EFFECTS
    assert out["unknown"]
    # At most one connection a thread during the calls, none afterwards, and a few megabytes.
    assert out["busy"] <= 64
    assert out["sockets"] == 0
    assert out["megabytes"] < 64
    assert out["seconds"] < 600
