"""The command line: dashboards, favourites, export templates, campaigns, and the second factor of a login."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import apteco_api as aa
from apteco_api.sandbox import Sandbox, serve

from .conftest import Run, records


@pytest.fixture
def board(session: aa.Session) -> aa.Dashboard:
    level = aa.DashboardContentItemDetail(
        drilldown_level=0,
        chart_type="Bar",
        sort_order="Natural",
        data_specification=aa.DashboardItemDataSpecification(
            cube_specification=aa.CubeSpecification(
                dimensions=[aa.Dimension(id="0", type="Selector", variable_name="boDest")],
                measures=[aa.Measure(id="0", resolve_table_name="Bookings", function="Count")],
            )
        ),
    )
    made = session.dashboards.dashboards_create_dashboard(
        dashboard_detail=aa.CreateDashboardDetail(
            title="CLI board",
            system_name=session.system_name,
            base_query=session.query("Bookings"),
            dashboard_items=[aa.DashboardContentItem("a", "Where to", dashboard_item_details=[level])],
        )
    )
    return aa.Dashboard(session, made)


def test_a_dashboard_is_listed_calculated_copied_handed_on_and_deleted(run: Run, board: aa.Dashboard) -> None:
    listed = records(run("dashboards", "ls", "cli"))
    assert {"id": str(board.id), "title": "CLI board", "owner": "Administrator"} in listed
    tiles = records(run("dashboards", "refresh", str(board.id)))
    assert tiles == [{"tile": "a", "title": "Where to", "total": "20000"}]
    copy = run("dashboards", "copy", "CLI board", "CLI copy").strip()
    assert copy.isdigit()
    run("dashboards", "transfer", copy, "analyst")
    owners = {each["id"]: each["owner"] for each in records(run("dashboards", "ls"))}
    assert owners[copy] == "analyst"
    run("dashboards", "transfer", copy, "Administrator")
    run("dashboards", "rm", copy)
    run("dashboards", "rm", str(board.id))
    run("dashboards", "rm", "CLI board", status=4)


def test_a_title_that_two_dashboards_have_is_not_guessed(run: Run, board: aa.Dashboard) -> None:
    copy = board.copy("CLI board")
    assert str(copy.id) in run("dashboards", "rm", "CLI board", status=2)
    for each in (board, copy):
        run("dashboards", "rm", str(each.id))


def test_favourites_are_listed_renamed_and_deleted(run: Run, session: aa.Session) -> None:
    made = session.favourites.create("CLI favourite")
    assert str(made.id) in [each["id"] for each in records(run("favourites", "ls", "cli"))]
    run("favourites", "rename", "CLI favourite", "Renamed")
    assert "Renamed" in run("favourites", "ls")
    run("favourites", "rm", "Renamed")
    run("favourites", "rm", "Renamed", status=4)


def test_templates_are_made_used_and_deleted(run: Run, session: aa.Session) -> None:
    number = run("templates", "create", "CLI template", "Destination", "boCost").strip()
    listed = {each["id"]: each for each in records(run("templates", "ls"))}
    assert listed[number]["columns"] == "Destination, Cost"
    audience = session.audiences.create("CLI template audience", aa.where("Destination") == "France")
    rows = records(run("templates", "export", "CLI template", str(audience.id), "--limit", "3"))
    assert len(rows) == 3
    assert set(rows[0]) == {"Destination", "Cost"}
    audience.delete()
    run("templates", "rm", number)
    run("templates", "export", "CLI template", "x", status=4)


@pytest.mark.slow
def test_campaigns_are_listed_paused_checked_out_and_published(run: Run, session: aa.Session) -> None:
    every = records(run("campaigns", "ls", "--recursive"))
    listed = records(run("campaigns", "ls"))
    assert len(every) == len({each["id"] for each in every}) == len({each["id"] for each in listed})
    campaign = next(each["id"] for each in every if each["type"] == "Campaign")
    run("campaigns", "pause", campaign)
    assert records(run("campaigns", "status", campaign))[0]["paused"] == "1"
    run("campaigns", "resume", campaign)
    assert records(run("campaigns", "status"))
    token = run("campaigns", "check-out", campaign, "--no-wait").strip()
    assert json.loads(run("jobs", "wait", token))["isCheckedOutToMe"] is True
    run("campaigns", "check-in", campaign)
    run("campaigns", "publish", campaign)
    run("campaigns", "pause", "all")
    run("campaigns", "resume", "all")
    run("campaigns", "pause", "no-such-element", status=4)


def test_the_server_tells_its_version_and_what_belongs_to_a_user(run: Run, session: aa.Session) -> None:
    assert run("server").strip() == session.server_version
    kinds = {each["kind"] for each in records(run("server", "--counts", "analyst"))}
    assert {"audiences", "dashboards"} <= kinds


def test_a_temporary_url_is_printed(run: Run, box: Sandbox) -> None:
    url = run("temporary-url", "/{dataViewName}/TemporaryFiles/x").strip()
    assert url.startswith(f"{box.url}/{box.data_view}/TemporaryFiles/x?temporaryToken=")
    run("temporary-url", "nonsense", status=2)


def test_an_older_server_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(scale=1_000, version="1.9.19", password="canary-5ecret") as old:
        monkeypatch.setenv("APTECO_API_HOST", old.url)
        assert "This server is 1.9.19" in run("favourites", "ls", status=4)


@pytest.mark.parametrize("words", [("count", "Bookings"), ("token",), ("login",)])
def test_the_second_factor_is_asked_for_only_in_a_terminal(
    words: tuple[str, ...], run: Run, box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("APTECO_API_USER", box.mfa_username)
    monkeypatch.setenv("APTECO_API_CONFIG", str(tmp_path / "config.toml"))
    asked: list[str] = []

    def answered(question: str) -> str:
        asked.append(question)
        return box.password if "Password" in question else box.totp()

    monkeypatch.setattr("getpass.getpass", answered)
    stdin = io.StringIO(f"{box.password}\n")
    monkeypatch.setattr(sys, "stdin", stdin)
    more = ("--password-stdin",) if words == ("login",) else ()
    assert "there is no terminal to ask in" in run(*words, *more, status=3)
    assert asked == []
    monkeypatch.setattr(stdin, "isatty", lambda: True)
    out: Any = run(*words)
    assert asked[-1] == "Code of the authenticator, or a recovery code: "
    assert box.mfa_secret not in out
    if words == ("login",):
        stored = (tmp_path / "config.toml").read_text("utf-8")
        assert "mfa =" not in stored
        assert box.totp() not in stored
