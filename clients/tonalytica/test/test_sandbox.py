"""The sandbox itself: its state, and the differences between its two versions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tonalytica_client import ForbiddenError, NotFoundError, ServerError, TonalyticaAPIClient
from tonalytica_client.sandbox import ANALYST_KEY, USER_KEY, Sandbox

PROJECT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def nine() -> object:
    with Sandbox("9") as box, TonalyticaAPIClient(USER_KEY, box.url) as client:
        yield client


@pytest.fixture(scope="module")
def current() -> object:
    with Sandbox("current") as box, TonalyticaAPIClient(USER_KEY, box.url) as client:
        yield client


def test_redash_9_names_dashboards_by_slug(nine: TonalyticaAPIClient) -> None:
    assert nine.get("dashboards/chain-overview").json()["id"] == 1
    with pytest.raises(NotFoundError):
        nine.get("dashboards/1")
    with pytest.raises(ServerError):
        nine.delete("dashboards/1")
    with pytest.raises(NotFoundError):
        nine.post("dashboards/1/favorite")
    assert nine.get("dashboards/chain-overview", params={"legacy": ""}).json()["id"] == 1
    assert nine.post("dashboards/1", {"name": "Other"}).json()["slug"] == "chain-overview"
    assert nine.get("session").json()["client_config"]["version"].startswith("9.")


def test_a_current_redash_names_dashboards_by_number(current: TonalyticaAPIClient) -> None:
    assert current.get("dashboards/1").json()["slug"] == "chain-overview"
    for call in (current.get, current.delete):
        with pytest.raises(ServerError):
            call("dashboards/chain-overview")
    assert current.get("dashboards/chain-overview?legacy").json()["id"] == 1
    assert current.post("dashboards/1", {"name": "Other"}).json()["slug"] == "other"


def test_what_redash_fails_on(current: TonalyticaAPIClient) -> None:
    for verb, uri in (("get", "jobs/none"), ("get", "query_results/None"), ("post", "queries")):
        with pytest.raises(ServerError, match=r"\(500\)"):
            getattr(current, verb)(uri)


def test_rights(current: TonalyticaAPIClient) -> None:
    analyst = TonalyticaAPIClient(ANALYST_KEY, current.host)
    own = analyst.create_query(1, "Hers", "SELECT 1")["id"]
    analyst.archive_query(own)
    with pytest.raises(ForbiddenError):
        analyst.archive_query(1)
    of_query = TonalyticaAPIClient("sandbox-query-key-1", current.host)
    with pytest.raises(ForbiddenError):
        of_query.archive_query(1)
    old = current.get_query(2)["api_key"]
    current.post("queries/2/regenerate_api_key")
    with pytest.raises(NotFoundError):
        TonalyticaAPIClient(old, current.host).get_query(2)


def test_the_same_text_while_it_runs_is_the_same_job(current: TonalyticaAPIClient) -> None:
    jobs = [current.generate_query_results(1, "SELECT  sleep(5)")["job"]["id"] for _ in range(2)]
    assert jobs[0] == jobs[1]
    current.cancel_job(jobs[0])
    assert current.generate_query_results(1, "SELECT sleep(5)")["job"]["id"] != jobs[0]


def test_two_slashes_before_api_are_one(current: TonalyticaAPIClient) -> None:
    assert TonalyticaAPIClient(USER_KEY, f"{current.host}//").test_credentials()


def test_the_demo_database_is_only_read(current: TonalyticaAPIClient) -> None:
    with pytest.raises(Exception, match="readonly"):
        current.query_and_wait_result(1, "DROP TABLE accounts")


def test_state_survives_in_a_file_and_a_reset_starts_over(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    with Sandbox(database=file) as box:
        TonalyticaAPIClient(USER_KEY, box.url).create_dashboard("Kept")
    with Sandbox(database=file) as box:
        client = TonalyticaAPIClient(USER_KEY, box.url)
        assert client.dashboards()["count"] == 2
        box.reset()
        assert client.dashboards()["count"] == 1
        assert list(box.requests)[-1].path == "/api/dashboards"


def test_it_serves_from_a_terminal() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tonalytica_client.sandbox", "--redash", "9", "--org", "acme"],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        key = process.stdout.readline().split()[-1]
        assert TonalyticaAPIClient(key, url).get_dashboard("chain-overview")["id"] == 1
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()
