"""The fourteen promises of the published package's front page, each under its number."""

from __future__ import annotations

import csv
import inspect
import io
import json
import os
import re
import subprocess
import sys
import tomllib
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import tonalytica_client
from conftest import SEED_BODY, WITH_PARAMETERS
from tonalytica_client import (
    BadRequestError,
    KeyRefusedError,
    NotFoundError,
    QueryCancelledError,
    QueryFailedError,
    TonalyticaAPIClient,
)
from tonalytica_client.cli import clone_dashboard, export_queries, find_tables, gdpr_scrub
from tonalytica_client.sandbox import USER_KEY, Asked, Sandbox

PROJECT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel that `pip install` would install."""
    setuptools = pytest.importorskip("setuptools")
    if int(setuptools.__version__.split(".")[0]) < 77:
        pytest.skip("building needs setuptools 77, as pyproject.toml says")
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "tonalytica_client"):
        (source / name).symlink_to(PROJECT / name)
    code = f"from setuptools import build_meta; print(build_meta.build_wheel({str(folder)!r}))"
    subprocess.run([sys.executable, "-c", code], cwd=source, check=True, capture_output=True, timeout=120)
    return next(folder.glob("*.whl"))


def test_promise_01_it_installs_and_imports_without_pins(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    metadata = next(tmp_path.glob("*.dist-info/METADATA")).read_text()
    needs = [line.partition(": ")[2] for line in metadata.splitlines() if line.startswith("Requires-Dist")]
    always = sorted(line for line in needs if "extra ==" not in line)
    assert "Name: tonalytica-client" in metadata
    assert [re.split("[<>]", line)[0] for line in always] == [
        "certifi",
        "msgspec",
        "python-dateutil",
        "six",
        "urllib3",
    ]
    assert not any("==" in line for line in always)
    assert not any(line.startswith(("requests", "click")) for line in needs)
    code = "import tonalytica_client as t; print(t.__file__); t.get_frontend_vals(); t.TonalyticaAPIClient"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.stdout.startswith(str(tmp_path))


def test_the_version_is_the_one_of_the_generated_part() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert project["version"] == tonalytica_client.__version__


def test_promise_02_a_key_is_enough_and_the_host_has_a_default(server: Sandbox) -> None:
    default = inspect.signature(TonalyticaAPIClient).parameters["host"].default
    assert default == "https://tonalytica.redoubt.online/"
    client = TonalyticaAPIClient("key", check=False)
    assert (client.api_key, client.host) == ("key", default)
    assert client.api_client.configuration.host == "https://tonalytica.redoubt.online"
    assert TonalyticaAPIClient(USER_KEY, host=server.url).queries()["count"] >= 4


def test_promise_03_both_kinds_of_key_work(server: Sandbox) -> None:
    assert TonalyticaAPIClient(USER_KEY, server.url).test_credentials()
    of_query = TonalyticaAPIClient(f"sandbox-query-key-{WITH_PARAMETERS}", server.url)
    assert not of_query.test_credentials()
    assert of_query.get_query(WITH_PARAMETERS)["name"] == "Transfers in a period"
    result = of_query.run_query(WITH_PARAMETERS, SEED_BODY["parameters"], max_age=0)
    assert len(result.rows) == 1601
    plain = TonalyticaAPIClient("sandbox-query-key-1", server.url)
    assert plain.run_query(1, max_age=0).rows[0]["day"] == "2020-01-01"
    assert plain.get_cached_result(1, "csv").text.startswith("day,transfers,ton")
    # the key of one query opens no other
    with pytest.raises(KeyRefusedError):
        plain.get_query(2)
    with pytest.raises(KeyRefusedError):
        plain.queries()
    with pytest.raises(KeyRefusedError):
        plain.generate_query_results(1, "SELECT 1")


def test_promise_04_queries_are_paginated_and_name_their_latest_result(
    tonalytica: TonalyticaAPIClient,
) -> None:
    number = tonalytica.run_query(1)["query_result"]["id"]
    page = tonalytica.queries(page_size=2)
    assert (page["page"], page["page_size"], len(page["results"])) == (1, 2, 2)
    rows = tonalytica.paginate(tonalytica.queries, page_size=2)
    assert len(rows) == page["count"]
    latest = {row["id"]: row["latest_query_data_id"] for row in rows}
    assert latest[1] == number
    assert latest[WITH_PARAMETERS] is None


def test_promise_05_a_query_is_created(client: TonalyticaAPIClient) -> None:
    saved = client.create_query(1, "Count", "SELECT count(*) AS n FROM transfers", desc="all of them")
    query = client.get_query(saved["id"])
    assert (query["name"], query["description"], query["data_source_id"]) == ("Count", "all of them", 1)
    assert query["is_draft"] is True
    assert client.run_query(saved["id"]).rows == [{"n": 2000}]


def test_promise_06_a_query_is_read_edited_and_archived(client: TonalyticaAPIClient) -> None:
    assert client.get_query(query_id=1)["name"] == "Transfers by day"
    assert client.update_query(1, {"name": "Per day"}).status_code == 200
    assert client.get_query(query_id="1")["name"] == "Per day"
    client.delete("queries/1")
    client.archive_query(2)
    assert {row["id"] for row in client.queries()["results"]} == {3, 4}
    assert client.get_query(1)["is_archived"] is True


def test_promise_07_the_cached_result_of_a_query(tonalytica: TonalyticaAPIClient) -> None:
    with pytest.raises(NotFoundError) as caught:
        tonalytica.get_cached_result(WITH_PARAMETERS)
    assert caught.value.message == "No cached result found for this query."
    ran = tonalytica.run_query(4, max_age=0)
    assert tonalytica.get_cached_result(4)["query_result"]["id"] == ran["query_result"]["id"]
    assert tonalytica.get("queries/4/results").json() == ran.json()


def test_promise_08_a_query_is_run_with_parameters_and_max_age(
    tonalytica: TonalyticaAPIClient, asked: Callable[[], list[Asked]]
) -> None:
    tonalytica.execute_query(WITH_PARAMETERS, SEED_BODY["parameters"], max_age=1800)
    assert json.loads(asked()[0].body) == SEED_BODY
    started = tonalytica.run_query(WITH_PARAMETERS, SEED_BODY["parameters"], max_age=0)
    again = tonalytica.run_query(WITH_PARAMETERS, SEED_BODY["parameters"], max_age=1800)
    anew = tonalytica.run_query(WITH_PARAMETERS, SEED_BODY["parameters"], max_age=0)
    numbers = [answer["query_result"]["id"] for answer in (started, again, anew)]
    assert numbers[0] == numbers[1] < numbers[2]
    with pytest.raises(BadRequestError, match=r"\[POST\] /api/queries/3/results \(400\)") as caught:
        tonalytica.run_query(WITH_PARAMETERS, {"number_param": 100})
    assert caught.value.message.startswith("Missing parameter value for: ")
    with pytest.raises(BadRequestError) as caught:
        tonalytica.run_query(WITH_PARAMETERS, {**SEED_BODY["parameters"], "date_param": "soon"})
    assert "date_param" in caught.value.message


def test_promise_09_jobs_with_their_statuses_and_results(tonalytica: TonalyticaAPIClient) -> None:
    job = tonalytica.generate_query_results(1, "SELECT sleep(0.3) AS waited")["job"]
    assert tonalytica.get_job(job["id"])["job"]["status"] in (1, 2)
    done = tonalytica.wait_for_job(job)
    assert (done["status"], tonalytica.get_job(job["id"])["job"]["query_result_id"]) == (
        3,
        done["query_result_id"],
    )
    assert tonalytica.get_result(done["query_result_id"]).rows == [{"waited": 0}]
    failed = tonalytica.generate_query_results(1, "SELECT 1 FROM nowhere")["job"]["id"]
    with pytest.raises(QueryFailedError, match="no such table: nowhere") as caught:
        tonalytica.wait_for_job(failed)
    assert caught.value.job["status"] == 4
    long = tonalytica.generate_query_results(1, "SELECT sleep(60)")["job"]["id"]
    tonalytica.cancel_job(long)
    with pytest.raises(QueryCancelledError, match="cancelled"):
        tonalytica.wait_for_job(long)


def test_promise_10_results_as_files_and_by_link(server: Sandbox, tonalytica: TonalyticaAPIClient) -> None:
    result = tonalytica.run_query(2)
    number, rows = result["query_result"]["id"], result.rows
    assert tonalytica.get_result(number).rows == rows
    for filetype, delimiter in (("csv", ","), ("tsv", "\t")):
        text = tonalytica.get_result(number, filetype).text  # type: ignore[arg-type]
        read = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
        assert [row["owner"] for row in read] == [row["owner"] for row in rows]
    assert tonalytica.get(f"query_results/{number}.json").json()["query_result"]["data"]["rows"] == rows
    book = tonalytica.get_result(number, "xlsx")
    with zipfile.ZipFile(io.BytesIO(book.content)) as archive:
        assert rows[0]["owner"] in archive.read("xl/worksheets/sheet1.xml").decode()
    # the link holds the key (of a user or of the query), so it needs no header
    link = tonalytica.result_link(number, "csv")
    assert link == f"{server.url}/api/query_results/{number}.csv?api_key={USER_KEY}"
    of_query = TonalyticaAPIClient("sandbox-query-key-2", server.url)
    for address in (link, of_query.result_link(number, "csv", query_id=2)):
        with urllib.request.urlopen(address, timeout=10) as answer:
            assert answer.read().decode().startswith("address,owner,email,balance")


def test_promise_11_dashboards_are_listed_and_created(client: TonalyticaAPIClient, redash: str) -> None:
    assert [row["slug"] for row in client.dashboards()["results"]] == ["chain-overview"]
    board = client.create_dashboard("My board")
    assert (board["slug"], board["is_draft"]) == ("my-board", True)
    twin = client.create_dashboard("My board")
    assert (twin["slug"], twin["id"]) == ({"9": "my-board_1", "current": "my-board"}[redash], 3)
    assert client.dashboards()["count"] == 3


def test_promise_12_a_dashboard_by_slug_or_number_on_every_version(client: TonalyticaAPIClient) -> None:
    for found in (client.get_dashboard(id=1), client.get_dashboard(id="chain-overview"), client.dashboard(1)):
        assert (found["id"], found["slug"], len(found["widgets"])) == (1, "chain-overview", 3)
    changed = client.update_dashboard(1, {"tags": ["a"], "dashboard_filters_enabled": True})
    assert changed["tags"] == client.dashboard("chain-overview")["tags"] == ["a"]
    for name in ("One", "Two"):
        client.create_dashboard(name)
    client.archive_dashboard("one")
    client.archive_dashboard(client.dashboard("two")["id"])
    assert client.dashboards()["count"] == 1
    with pytest.raises(NotFoundError):
        client.get_dashboard(99)
    with pytest.raises(NotFoundError):
        client.get_dashboard("nowhere")


def test_promise_13_the_four_commands_are_installed(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith("entry_points.txt"))
        text = archive.read(name).decode()
    scripts = dict(line.split(" = ") for line in text.splitlines() if " = " in line)
    assert scripts == {
        "gdpr-scrub": "tonalytica_client.cli.gdpr_scrub:main",
        "find-tables": "tonalytica_client.cli.find_tables:main",
        "clone-dashboard-and-queries": "tonalytica_client.cli.clone_dashboard:main",
        "export-queries": "tonalytica_client.cli.export_queries:main",
    }
    assert scripts == tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["scripts"]


def test_promise_13_the_four_commands_do_their_work(
    client: TonalyticaAPIClient,
    redash: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = {"9": "dashboard/{1}", "current": "dashboards/{0}-{1}"}[redash]
    host = client.host
    monkeypatch.setenv("TONALYTICA_API_KEY", USER_KEY)
    monkeypatch.chdir(tmp_path)
    assert gdpr_scrub.main([host, "ADA@example.com"]) == 0
    assert capsys.readouterr().out == f"{host}/{page.format(1, 'chain-overview')}\n"
    assert find_tables.main([host, USER_KEY, "1", "--detail"]) == 0
    assert "3,transfers\n3,accounts\n" in capsys.readouterr().out
    assert clone_dashboard.main([host, "chain-overview", "mine: "]) == 0
    assert capsys.readouterr().out == f"{host}/{page.format(2, 'copy-of-chain-overview')}\n"
    assert export_queries.main([host]) == 0
    assert len(list(tmp_path.glob("query_*.sql"))) == client.queries()["count"] == 6


def test_promise_14_the_host_may_hold_the_slug_of_an_organisation() -> None:
    with Sandbox(org="acme") as box:
        assert box.url.endswith("/acme")
        for host in (box.url, f"{box.url}/"):
            client = TonalyticaAPIClient(USER_KEY, host)
            assert client.run_query(1).rows
            assert client.get_dashboard(1)["slug"] == "chain-overview"
            assert client.result_link(1).startswith(f"{box.url}/api/")
        assert all(each.path.startswith("/acme/api/") for each in box.requests)
