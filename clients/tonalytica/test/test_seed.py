"""Every example and every endpoint of the seed document, in its order, against the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from conftest import SEED_BODY, WITH_PARAMETERS
from tonalytica_client import NotFoundError, QueryCancelledError, QueryFailedError, TonalyticaAPIClient
from tonalytica_client.sandbox import USER_KEY, Asked, Sandbox


def test_getting_started(server: Sandbox) -> None:
    tonalytica = TonalyticaAPIClient(USER_KEY, server.url)
    assert tonalytica.test_credentials()


def test_queries_get(tonalytica: TonalyticaAPIClient) -> None:
    answer = tonalytica.queries()
    assert set(answer) == {"count", "page", "page_size", "results"}
    assert "latest_query_data_id" in answer["results"][0]


def test_queries_post(client: TonalyticaAPIClient) -> None:
    made = client.post("queries", {"name": "n", "query": "SELECT 1", "data_source_id": 1})
    assert made.json()["id"] == 5


def test_query_get_post_delete(client: TonalyticaAPIClient) -> None:
    assert client.get_query(query_id="2")["id"] == 2
    assert client.post("queries/2", {"description": "new"}).json()["description"] == "new"
    assert client.delete("queries/2").status_code == 200
    assert client.get_query(query_id=2)["is_archived"]


def test_an_empty_id_as_the_document_prints_it_is_refused_before_anything_is_sent(
    tonalytica: TonalyticaAPIClient, asked: Callable[[], list[Asked]]
) -> None:
    with pytest.raises(ValueError, match="query_id"):
        tonalytica.get_query(query_id="")
    with pytest.raises(ValueError, match="dashboard"):
        tonalytica.get_dashboard(id="")
    assert asked() == []


def test_query_results_get(tonalytica: TonalyticaAPIClient) -> None:
    tonalytica.run_query(4)
    rows = tonalytica.get("queries/4/results").json()["query_result"]["data"]["rows"]
    assert rows[0] == {"symbol": "GOLD", "holders": 133}
    with pytest.raises(NotFoundError) as caught:
        tonalytica.get(f"queries/{WITH_PARAMETERS}/results")
    assert str(caught.value) == f"[GET] /api/queries/{WITH_PARAMETERS}/results (404)"
    assert "no cached result found for this query" in caught.value.message.lower()


def test_query_results_post_with_the_example_body(tonalytica: TonalyticaAPIClient) -> None:
    answer = tonalytica.post(f"queries/{WITH_PARAMETERS}/results", SEED_BODY).json()
    number = (
        answer["query_result"]["id"]
        if "query_result" in answer
        else tonalytica.wait_for_job(answer)["query_result_id"]
    )
    rows = tonalytica.get(f"query_results/{number}").json()["query_result"]["data"]["rows"]
    assert rows
    assert all(row["amount"] >= 100 and row["made_at"] < "2021" for row in rows)


def test_job_get_and_its_statuses(tonalytica: TonalyticaAPIClient) -> None:
    seen: set[int] = set()
    for text in ("SELECT sleep(0.2)", "SELECT 1 FROM nowhere"):
        job = tonalytica.post(
            "query_results", {"data_source_id": 1, "query": text, "max_age": 0, "parameters": {}}
        ).json()["job"]
        while job["status"] in (1, 2):
            seen.add(job["status"])
            job = tonalytica.get(f"jobs/{job['id']}").json()["job"]
        seen.add(job["status"])
        assert (job["query_result_id"] is not None) is (job["status"] == 3)
    assert {2, 3, 4} <= seen


@pytest.mark.parametrize(("status", "error"), [(4, QueryFailedError), (5, QueryCancelledError)])
def test_a_job_that_came_to_nothing_is_an_error_of_its_own(
    tonalytica: TonalyticaAPIClient, status: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        tonalytica.wait_for_job({"id": "1", "status": status, "error": ""})


def test_query_result_get_and_as_files(tonalytica: TonalyticaAPIClient) -> None:
    number = tonalytica.run_query(1)["query_result"]["id"]
    assert tonalytica.get(f"query_results/{number}").json()["query_result"]["id"] == number
    assert tonalytica.get(f"query_results/{number}.csv").headers["Content-Type"].startswith("text/csv")
    assert tonalytica.get(f"query_results/{number}.json").json()["query_result"]["id"] == number


def test_dashboards_get_and_post(client: TonalyticaAPIClient) -> None:
    assert client.dashboards()["results"][0]["name"] == "Chain overview"
    assert client.post("dashboards", {"name": "New"}).json()["slug"] == "new"


def test_dashboard_get_delete_and_post(client: TonalyticaAPIClient) -> None:
    slug = client.dashboards()["results"][0]["slug"]
    found = client.get_dashboard(id=slug)
    assert client.post(f"dashboards/{found['id']}", {"name": "Renamed"}).json()["name"] == "Renamed"
    client.archive_dashboard(found["id"])
    assert client.dashboards()["count"] == 0


def test_the_body_of_the_example_is_what_is_sent(
    tonalytica: TonalyticaAPIClient, asked: Callable[[], list[Asked]]
) -> None:
    tonalytica.post(f"queries/{WITH_PARAMETERS}/results", SEED_BODY)
    (request,) = asked()
    assert (request.verb, request.path) == ("POST", f"/api/queries/{WITH_PARAMETERS}/results")
    assert json.loads(request.body) == SEED_BODY
