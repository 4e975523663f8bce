"""Rehearsed trouble: asked for by header and by schedule."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import urllib3

from apteco_api.sandbox import Sandbox, serve
from apteco_api.sandbox.trouble import Schedule, parse_schedule

TABLES = "FastStatsSystems_GetFastStatsTables"
VERSION = "About_GetVersion"


def header(kind: str) -> dict[str, str]:
    return {"X-Sandbox-Trouble": kind}


@pytest.mark.parametrize(
    ("kind", "status", "wait"), [("429=3", 429, "3"), ("503=0.5", 503, "0.5"), ("429", 429, "1")]
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


def test_enums_can_hold_values_that_nobody_knows(admin: Any) -> None:
    body = json.loads(
        admin.send("FastStatsSystems_GetFastStatsVariables", headers=header("unknown-enum")).data
    )
    assert {row["type"] for row in body["list"]} == {"SandboxUnknown"}


def test_trouble_that_does_not_exist_is_refused(admin: Any) -> None:
    status, message = admin.refused(TABLES, headers=header("earthquake"))
    assert (status, "earthquake" in message) == (400, True)


def test_a_schedule_counts_the_calls_that_it_concerns() -> None:
    schedule = Schedule("503 every 3 on Teams_*; 429=2 first 1")
    seen = [[each.kind for each in schedule.due("Teams_GetTeams")] for _ in range(6)]
    assert seen == [["429"], [], ["503"], [], [], ["503"]]
    assert schedule.due("Users_GetUsers") == []


@pytest.mark.parametrize(
    "text", ["nothing", "503 every", "503 every 0", "503 sometimes 3", "slow=fast", "503 every x"]
)
def test_a_schedule_that_can_t_be_read_says_where(text: str) -> None:
    with pytest.raises(ValueError, match="can't be read"):
        parse_schedule(text)


def test_a_server_follows_its_schedule(new_api: Any) -> None:
    with serve(scale=1_000, trouble="503 every 2 on About_*") as server:
        api = new_api(server.url)
        assert [api.send(VERSION).status for _ in range(4)] == [200, 503, 200, 503]
