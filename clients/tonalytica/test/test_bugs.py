"""The client does not have the bugs of the published package."""

from __future__ import annotations

import datetime
import json
import logging
import pickle
import socket
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from conftest import WITH_PARAMETERS
from tonalytica_client import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    JobError,
    KeyRefusedError,
    NoAnswerError,
    NotFoundError,
    PollingTimeoutError,
    QueryFailedError,
    RequestError,
    RequestTimeoutError,
    ServerError,
    TonalyticaAPIClient,
    TonalyticaError,
    UnexpectedAnswerError,
    VisualizationError,
    get_frontend_vals,
)
from tonalytica_client.date_ranges import DateRange
from tonalytica_client.errors import refused
from tonalytica_client.sandbox import ANALYST_KEY, USER_KEY, Asked, Sandbox


def test_post_takes_its_payload_by_either_name(client: TonalyticaAPIClient) -> None:
    assert client.post("dashboards/1", json={"name": "By json"})["name"] == "By json"


def test_post_says_so_when_it_is_given_no_object(
    client: TonalyticaAPIClient, caplog: pytest.LogCaptureFixture
) -> None:
    payload: Any = ["not", "an", "object"]
    assert client.post("queries/1/favorite", payload).status_code == 200
    assert "not a dict" in caplog.text


def test_generate_query_results_waits_for_the_result(tonalytica: TonalyticaAPIClient) -> None:
    fresh = tonalytica.generate_query_results(1, "SELECT sleep(0.1) AS n", return_results=True)
    assert fresh.rows == [{"n": 0}]
    cached = tonalytica.generate_query_results(1, "SELECT sleep(0.1) AS n", max_age=-1, return_results=True)
    assert cached["query_result"]["id"] == fresh["query_result"]["id"]


def test_a_failed_query_says_what_the_database_says_at_once(tonalytica: TonalyticaAPIClient) -> None:
    started = time.monotonic()
    with pytest.raises(QueryFailedError, match="no such column: nothing_here") as caught:
        tonalytica.query_and_wait_result(1, "SELECT nothing_here FROM accounts", timeout=30)
    assert time.monotonic() - started < 10
    assert caught.value.job_id


def test_the_time_to_wait_bounds_everything(tonalytica: TonalyticaAPIClient) -> None:
    started = time.monotonic()
    with pytest.raises(PollingTimeoutError, match=r"^Polling timeout\.$") as caught:
        tonalytica.query_and_wait_result(1, "SELECT sleep(60)", timeout=0.5)
    assert time.monotonic() - started < 5
    assert isinstance(caught.value, TimeoutError)
    tonalytica.cancel_job(caught.value.job_id)


def test_it_bounds_a_server_that_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = TonalyticaAPIClient("k", f"http://127.0.0.1:{silent.getsockname()[1]}", check=False)
        started = time.monotonic()
        with pytest.raises(RequestTimeoutError):
            client.query_and_wait_result(1, "SELECT 1", timeout=0.3)
        assert time.monotonic() - started < 5
        client.close()


def test_query_and_wait_result_takes_parameters(tonalytica: TonalyticaAPIClient) -> None:
    result = tonalytica.query_and_wait_result(1, "SELECT {{ a }} + {{ b }} AS n", parameters={"a": 1, "b": 2})
    assert result.rows == [{"n": 3}]


def test_the_constructor_asks_once_and_tells_what_is_wrong(
    server: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    server.requests.clear()
    client = TonalyticaAPIClient("wrong-key-4711", server.url)
    assert len(server.requests) == 1
    assert "not a user's" in caplog.text
    assert "4711" not in caplog.text
    with pytest.raises(KeyRefusedError) as caught:
        client.queries()
    assert str(caught.value) == "[GET] /api/queries (404)"
    assert "Please login" in caught.value.message
    assert "4711" not in f"{caught.value!r} {client!r} {caught.value.__notes__}"
    server.requests.clear()
    assert TonalyticaAPIClient("k", server.url, check=False)
    assert not server.requests


def test_no_log_holds_a_key(server: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client = TonalyticaAPIClient(USER_KEY, server.url)
        client.run_query(1)
        client.get("queries", params={"api_key": USER_KEY})
        with pytest.raises(NotFoundError) as caught:
            client.get_query(99)
    assert "getQuery" in caplog.text
    assert USER_KEY not in caplog.text
    assert USER_KEY not in "".join(traceback.format_exception(caught.value))


def test_a_host_where_nobody_listens_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        free = listening.getsockname()[1]
    with pytest.raises(NoAnswerError, match=r"\[GET\] /api/session"):
        TonalyticaAPIClient("k", f"http://127.0.0.1:{free}", retries=0)


def test_errors_are_typed_and_keep_the_words_of_the_server(
    client: TonalyticaAPIClient, fresh: Sandbox
) -> None:
    analyst = TonalyticaAPIClient(ANALYST_KEY, fresh.url)
    query = client.get_query(1)
    client.update_query(1, {"name": "first", "version": query["version"]})
    cases: list[tuple[type[RequestError], str, Callable[[], Any]]] = [
        (NotFoundError, "[GET] /api/queries/99 (404)", lambda: client.get_query(99)),
        (ForbiddenError, "[DELETE] /api/queries/1 (403)", lambda: analyst.archive_query(1)),
        (ConflictError, "[POST] /api/queries/1 (409)", lambda: client.update_query(1, {"version": 1})),
        (BadRequestError, "[GET] /api/queries (400)", lambda: client.queries(page=99)),
        (ServerError, "[GET] /api/jobs/none (500)", lambda: client.get_job("none")),
    ]
    for kind, text, call in cases:
        with pytest.raises(kind) as caught:
            call()
        assert str(caught.value) == text
        assert isinstance(caught.value, Exception)
        copy = pickle.loads(pickle.dumps(caught.value))
        assert (type(copy), str(copy), copy.message) == (kind, text, caught.value.message)
    assert not isinstance(caught.value, NotFoundError)


def test_a_key_that_is_refused_and_a_thing_that_is_missing_are_two_errors() -> None:
    login = json.dumps({"message": "Couldn't find resource. Please login and try again."})
    assert type(refused("GET", "/api/x", 404, login)) is KeyRefusedError
    assert type(refused("GET", "/api/x", 404, '{"message": "no"}')) is NotFoundError
    assert type(refused("GET", "/api/x", 401, "")) is KeyRefusedError
    assert refused("GET", "/api/x", 502, "<html>gateway</html>").message == ""


def test_job_errors_pickle() -> None:
    error = pickle.loads(pickle.dumps(PollingTimeoutError("Polling timeout.", {"id": "j"})))
    assert (str(error), error.job_id) == ("Polling timeout.", "j")
    assert isinstance(error, JobError)


def test_a_web_page_is_not_taken_for_an_answer(tonalytica: TonalyticaAPIClient, server: Sandbox) -> None:
    with pytest.raises(UnexpectedAnswerError, match="a web page"):
        tonalytica.get("no/such/address")
    with pytest.raises(UnexpectedAnswerError, match="a web page"):
        TonalyticaAPIClient("k", f"{server.url}/wrong/place")


def test_paginate_goes_on_for_thousands_of_pages(tonalytica: TonalyticaAPIClient) -> None:
    def resource(page: int, page_size: int) -> dict[str, Any]:
        return {"count": 5000, "page": page, "page_size": page_size, "results": [page]}

    assert tonalytica.paginate(resource, page_size=1) == list(range(1, 5001))


def test_paginate_asks_for_no_more_than_the_server_gives(
    tonalytica: TonalyticaAPIClient, asked: Callable[[], list[Asked]]
) -> None:
    assert len(tonalytica.paginate(tonalytica.queries, page_size=1000)) >= 4
    assert "page_size=250" in asked()[0].query


def test_paginate_survives_rows_that_go_away(client: TonalyticaAPIClient) -> None:
    rows = client.iterate(client.queries, page_size=2)
    seen = [next(rows)["id"], next(rows)["id"]]
    for number in (1, 2, 3, 4):
        if number not in seen:
            client.archive_query(number)
    assert list(rows) == []


def test_scheduled_queries_may_be_read_twice(tonalytica: TonalyticaAPIClient) -> None:
    scheduled = tonalytica.scheduled_queries()
    assert [row["name"] for row in scheduled] == [row["name"] for row in scheduled] == ["Richest accounts"]


def test_create_query_runs_with_the_values_of_its_parameters(client: TonalyticaAPIClient) -> None:
    options = {
        "parameters": [
            {"name": "n", "type": "number", "value": 5},
            {"name": "when", "type": "date-range", "value": "d_last_7_days"},
            {"name": "day", "type": "date-range", "value": "d_yesterday"},
        ]
    }
    text = "SELECT {{ n }} AS n, '{{ when.start }}' AS a, '{{ day.end }}' AS b"
    number = client.create_query(1, "With values", text, options=options)["id"]
    assert number == 5
    with pytest.raises(BadRequestError) as caught:
        client.create_query(1, "Without", "SELECT {{ n }}")
    assert any("as number 6" in note for note in caught.value.__notes__)
    assert client.get_query(6)["name"] == "Without"


def test_dates_and_ranges_may_be_objects(
    tonalytica: TonalyticaAPIClient, asked: Callable[[], list[Asked]]
) -> None:
    values = get_frontend_vals(now=datetime.datetime(2026, 1, 2, 3, 4, 5))
    tonalytica.execute_query(
        WITH_PARAMETERS,
        {
            "number_param": 1,
            "date_param": datetime.date(2026, 1, 1),
            "date_range_param": values.d_last_year,
            "pair": (datetime.date(2026, 1, 1), datetime.date(2026, 1, 2)),
            "moment": DateRange(values.d_last_7_days.start, values.d_now),
            "many": ["a", datetime.date(2026, 1, 1)],
        },
    )
    assert json.loads(asked()[0].body)["parameters"] == {
        "number_param": 1,
        "date_param": "2026-01-01",
        "date_range_param": {"start": "2025-01-01", "end": "2025-12-31"},
        "pair": {"start": "2026-01-01", "end": "2026-01-02"},
        "moment": {"start": "2025-12-26 03:04:05", "end": "2026-01-02"},
        "many": ["a", "2026-01-01"],
    }


def test_what_the_server_offers_beside_the_published_methods(client: TonalyticaAPIClient) -> None:
    assert [tag["name"] for tag in client.query_tags()] == ["accounts", "daily", "transfers"]
    assert client.dashboard_tags() == [{"name": "overview", "count": 1}]
    assert [row["id"] for row in client.queries(q="richest")["results"]] == [2]
    assert [row["id"] for row in client.queries(tags=["daily", "transfers"])["results"]] == [1]
    assert client.queries(order="name")["results"][0]["name"] == "Jettons"
    snippet = client.create_snippet("acc", "SELECT * FROM accounts")
    assert client.snippets()[0]["trigger"] == "acc"
    client.delete_snippet(snippet["id"])
    assert client.snippets() == []
    assert [group["name"] for group in client.groups()] == ["admin", "default"]
    assert [user["name"] for user in client.users(only_disabled=True)["results"]] == ["Dan Disabled"]
    alert = client.create_alert("a", {"column": "ton", "op": ">", "value": 1}, 1)
    client.update_alert(alert["id"], name="b")
    assert client.get_alert(alert["id"])["name"] == "b"
    client.delete_alert(alert["id"])
    assert client.alerts() == []
    made = client.create_visualization(1, "pie", "Pie", x_axis="day", y_axis=[{"name": "ton"}])
    widget = client.add_widget(1, vs_id=made["id"])
    client.delete_widget(widget["id"])
    client.delete_visualization(made["id"])
    assert made["id"] not in [each["id"] for each in client.get_query(1)["visualizations"]]
    assert client.publish_dashboard(1)
    client.unshare_dashboard(1)
    assert "public_url" not in client.get_dashboard(1)


def test_the_schema_is_the_same_shape_on_every_version(tonalytica: TonalyticaAPIClient) -> None:
    tables = {table["name"]: table["columns"] for table in tonalytica.get_schema(1)}
    assert sorted(tables) == ["accounts", "holdings", "jettons", "transfers"]
    assert tables["jettons"][0]["name"] == "symbol"
    assert set(tables["jettons"][0]) == {"name", "type"}


def test_visualizations_get_the_options_of_the_web_pages(client: TonalyticaAPIClient) -> None:
    table = client.create_visualization(
        1,
        "table",
        "T",
        columns=[{"name": "day", "type": "date", "title": "Day"}, {"name": "ton", "type": "float"}],
    )
    first, second = table["options"]["columns"]
    assert table["type"] == "TABLE"
    assert (first["title"], first["order"], second["title"], second["order"]) == (
        "Day",
        100000,
        "ton",
        100001,
    )
    assert (first["linkUrlTemplate"], first["booleanValues"]) == ("{{ @ }}", [False, True])
    chart = client.create_visualization(
        1,
        "bubble",
        "B",
        x_axis="day",
        y_axis=[{"name": "ton", "label": "TON"}, {"name": "transfers", "type": "line"}],
        size_column="ton2",
        group_by="who",
        custom_options={"sortX": False},
    )["options"]
    assert chart["columnMapping"] == {
        "day": "x",
        "ton": "y",
        "transfers": "y",
        "ton2": "size",
        "who": "series",
    }
    assert chart["seriesOptions"]["ton"] == {
        "index": 0,
        "type": "bubble",
        "name": "TON",
        "yAxis": 0,
        "zIndex": 0,
    }
    assert chart["seriesOptions"]["transfers"]["type"] == "line"
    assert (chart["sortX"], chart["showDataLabels"], chart["globalSeriesType"]) == (False, False, "bubble")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"_type": "table"}, "columns is required for table."),
        ({"_type": "table", "columns": [{"name": "a"}]}, "name and type are required in columns."),
        ({"_type": "pivot"}, "custom_options is required for pivot."),
        ({"_type": "line", "x_axis": "a"}, "x_axis and y_axis are required for line."),
        ({"_type": "box", "x_axis": "a", "y_axis": []}, "x_axis and y_axis are required for box."),
        ({"_type": "pie", "x_axis": "a", "y_axis": [{}]}, "name is required in y_axis."),
        ({"_type": "map"}, "Type map is not supported yet."),
    ],
)
def test_a_visualization_that_lacks_something_is_refused_in_the_published_words(
    tonalytica: TonalyticaAPIClient, arguments: dict[str, Any], text: str
) -> None:
    with pytest.raises(VisualizationError) as caught:
        tonalytica.create_visualization(1, name="v", **arguments)
    assert str(caught.value) == text


def test_ids_are_quoted(tonalytica: TonalyticaAPIClient, asked: Callable[[], list[Asked]]) -> None:
    with pytest.raises(TonalyticaError):
        tonalytica.dashboard("a/b?c#d")
    with pytest.raises(ValueError, match=r"\.\."):
        tonalytica.get("queries/../session")
    assert [each.path for each in asked()] == ["/api/dashboards", "/api/dashboards/a%2Fb%3Fc%23d"]


def test_threads_share_a_client(tonalytica: TonalyticaAPIClient) -> None:
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: found.append(tonalytica.get_query(n % 4 + 1)["id"]))
        for n in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(found) == sorted([1, 2, 3, 4] * 4)
