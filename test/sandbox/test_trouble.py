"""Fault injection, by header and by schedule."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
import urllib3
from support.lab import interruptible

from apteco_api.sandbox import Sandbox, serve
from apteco_api.sandbox.faults import Schedule, parse_schedule

TABLES = "FastStatsSystems_GetFastStatsTables"
VERSION = "About_GetVersion"


def header(kind: str) -> dict[str, str]:
    return {"X-Sandbox-Trouble": kind}


@pytest.mark.parametrize(
    ("kind", "status", "wait"),
    [
        ("429=3", 429, "3"),
        ("503=0.5", 503, "1"),
        ("503=7200", 503, "7200"),
        ("429=0", 429, "0"),
        ("429", 429, "1"),
    ],
)
def test_refusals_say_when_to_come_back(admin: Any, kind: str, status: int, wait: str) -> None:
    answer = admin.send(TABLES, headers=header(kind))
    assert (answer.status, answer.headers["Retry-After"]) == (status, wait)
    assert json.loads(answer.data)["message"]


@pytest.mark.parametrize("status", [500, 502, 504])
def test_failures_of_the_server(admin: Any, status: int) -> None:
    assert admin.send(TABLES, headers=header(str(status))).status == status


def test_a_slow_answer_is_the_same_answer_later(admin: Any) -> None:
    start = time.monotonic()
    assert admin(TABLES, headers=header("slow=0.3"))["count"] == 9
    assert time.monotonic() - start >= 0.3


def test_a_dropped_call_is_not_carried_out_and_a_lost_one_is(admin: Any, server: Sandbox) -> None:
    for kind, made in (("drop", False), ("lose", True)):
        with pytest.raises(urllib3.exceptions.ProtocolError):
            admin.send("Teams_CreateTeam", body={"name": kind}, headers=header(kind))
        assert (kind in [team["name"] for team in server.world.store.rows("team")]) is made


def test_a_truncated_answer_breaks_off(admin: Any) -> None:
    with pytest.raises(urllib3.exceptions.ProtocolError, match=r"IncompleteRead|broken"):
        admin.send(TABLES, headers=header("truncate"))
    assert admin(TABLES)["count"] == 9


def test_a_session_can_expire_under_a_call(login: Any) -> None:
    api = login("analyst")
    assert api.send(TABLES, headers=header("expire")).status == 401
    assert api.send(TABLES).status == 401


def test_required_fields_can_be_null(admin: Any) -> None:
    body = json.loads(admin.send(TABLES, headers=header("nulls=totalRecords")).data)
    assert {row["totalRecords"] for row in body["list"]} == {None}
    assert body["list"][0]["name"] == "Households"
    body = json.loads(admin.send(VERSION, headers=header("nulls")).data)
    assert body == {"version": None}


def test_enums_can_have_unknown_values(admin: Any) -> None:
    body = json.loads(
        admin.send("FastStatsSystems_GetFastStatsVariables", headers=header("unknown-enum")).data
    )
    assert {row["type"] for row in body["list"]} == {"SandboxUnknown"}


@pytest.mark.parametrize(
    "kind", ["earthquake", "slow=61", "slow=inf", "429=nan", "429=-1", "drop=3", "500=1"]
)
def test_an_unknown_fault_is_refused(admin: Any, kind: str) -> None:
    status, message = admin.refused(TABLES, headers=header(kind))
    assert (status, kind in message) == (400, True)


def test_a_schedule_counts_the_calls_that_it_concerns() -> None:
    schedule = Schedule("503 every 3 on Teams_*; 429=2 first 1", ["Teams_GetTeams"])
    seen = [[each.kind for each in schedule.due("Teams_GetTeams")] for _ in range(6)]
    assert seen == [["429"], [], ["503"], [], [], ["503"]]
    assert schedule.due("Users_GetUsers") == []


@pytest.mark.parametrize(
    "text",
    ["nothing", "503 every", "503 every 0", "503 sometimes 3", "slow=fast", "503 every x", "503 first 0",
     "503 every 2 every 3", "slow=1e9", "503 first -1"],
)  # fmt: skip
def test_a_schedule_that_can_t_be_read_says_where(text: str) -> None:
    with pytest.raises(ValueError, match="can't be read"):
        parse_schedule(text)


def test_a_schedule_for_an_operation_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"'Querys_\*': no operation"):
        serve(scale=500, trouble="503 on Querys_*")


def test_a_server_follows_its_schedule(new_api: Any) -> None:
    with serve(scale=1_000, trouble="503 every 2 on About_*") as server:
        api = new_api(server.url)
        assert [api.send(VERSION).status for _ in range(4)] == [200, 503, 200, 503]


CALLS: dict[str, dict[str, Any]] = {
    "FastStatsSystems_GetFastStatsTables": {},
    "Queries_PerformQueryCountSynchronously": {"body": {"selection": {"tableName": "People"}}},
    "FastStatsBuilds_CreateFastStatsBuildJob": {"body": {}},
    "Files_UpsertFile": {"filePath": "Private/a.bin", "file": ("x", b"abc" * 1000)},
    "Files_GetFile": {"filePath": "Private/a.bin"},
    "TemporaryFiles_UpsertTemporaryFilePart": {"id": "t", "partNumber": 0, "file": ("x", b"abc" * 1000)},
    "TemporaryFiles_GetTemporaryFilePart": {"id": "t", "partNumber": 0},
    "Audiences_GetAudienceLatestNativeForNettQuery": {"audienceId": 1},
    "Files_DeleteFile": {"filePath": "Private/a.bin"},
    "Sessions_CreateSessionSimple": {"form": {"UserLogin": "analyst", "Password": "holidays"}},
}
"""Listings, queries, jobs, uploads, downloads, raw XML, an answer without a body, a form."""
KINDS = (
    "slow=0.05",
    "drop",
    "lose",
    "truncate",
    "429=2",
    "503=1",
    "500",
    "502",
    "504",
    "expire",
    "nulls",
    "unknown-enum",
)


def meet(api: Any, kind: str, sent: dict[str, str], renew: Any) -> None:
    """Assert that each kind of call meets a fault."""
    for operation, options in CALLS.items():
        api.token = renew()
        if kind in ("drop", "lose", "truncate"):
            with pytest.raises(urllib3.exceptions.ProtocolError):
                api.send(operation, headers=sent, **options)
            continue
        start = time.monotonic()
        answer = api.send(operation, headers=sent, **options)
        if kind.partition("=")[0].isdigit():
            status, _, seconds = kind.partition("=")
            assert (operation, answer.status) == (operation, int(status))
            assert answer.headers.get("Retry-After", "") == seconds
        elif kind == "expire":
            assert (operation, answer.status) == (operation, 201 if operation.startswith("Sessions") else 401)
        else:
            assert answer.status < 300, (operation, answer.data)
            assert kind != "slow=0.05" or time.monotonic() - start >= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_call_meets_every_fault_by_header_and_by_schedule(new_api: Any, kind: str) -> None:
    for schedule in ("", f"{kind} on *"):
        with serve(scale=500, trouble=schedule, job_seconds=0) as server:
            api = new_api(server.url)

            def renew(server: Sandbox = server) -> str:
                access = server.world.access  # a login token takes no time to check, unlike a password
                return str(access.login_token(access.issue_login_token("Administrator"), "")["accessToken"])

            user = server.world.access.user_named("Administrator")
            assert user is not None
            server.world.files.write("Private/a.bin", b"kept", user)
            with server.world.store.write() as writer:
                key = f"temporary:{user['id']}:t"
                writer.put("temporary", {"id": key, "complete": False, "parts": [0]})
                writer.put_content(key, b"kept")
                update = {"audienceId": 1, "resolveTableName": "People", "title": "a", "userId": 1}
                writer.put("audience-update", update)
                writer.put("audience", {"ownerId": 1, "lastUpdateId": 1, "deletionDate": None})
            meet(api, kind, {} if schedule else header(kind), renew)


def test_the_command_takes_a_schedule() -> None:
    command = [sys.executable, "-u", "-m", "apteco_api.cli", "sandbox", "--scale", "500"]
    with interruptible():
        child = subprocess.Popen(
            [*command, "--trouble", "503=2 every 2 on About_*"], stdout=subprocess.PIPE, text=True
        )
    assert child.stdout is not None
    try:
        url = child.stdout.readline().split()[1]
        pool = urllib3.PoolManager(retries=False)
        answers = [pool.request("GET", f"{url}/About/Version") for _ in range(4)]
        assert [answer.status for answer in answers] == [200, 503, 200, 503]
        assert answers[1].headers["Retry-After"] == "2"
    finally:
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=20) == 0
        child.stdout.close()


def test_an_injected_fault_is_not_an_error_in_the_log(new_api: Any, caplog: pytest.LogCaptureFixture) -> None:
    with serve(scale=100) as server:
        api = new_api(server.url, server.username, server.password)
        for kind in ("drop", "lose", "truncate"):
            with pytest.raises(urllib3.exceptions.ProtocolError):
                api.send(TABLES, headers=header(kind))
        with pytest.raises(urllib3.exceptions.ReadTimeoutError):
            urllib3.request(
                "GET", f"{server.url}/About/Version", headers=header("slow=30"), timeout=0.1, retries=False
            )
        start = time.monotonic()
    assert [record.getMessage() for record in caplog.records] == []
    assert time.monotonic() - start < 5, "the server waited for a caller that has disconnected"
