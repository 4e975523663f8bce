"""The request of each published method: verb, path, query and body."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from tonalytica_client import ResultArray, ResultObject, TonalyticaAPIClient
from tonalytica_client.sandbox import Sandbox

Call = Callable[[TonalyticaAPIClient], Any]
POSITION = {"col": 0, "row": 0, "sizeX": 3, "sizeY": 8}
PAGE = {"page": "1", "page_size": "25"}
WIDGET: dict[str, Any] = {"dashboard_id": 1, "visualization_id": 2, "text": "t", "width": 1}
TEXT: dict[str, Any] = {"data_source_id": 1, "query": "SELECT 1", "max_age": 0, "parameters": {}}
ALERT: dict[str, Any] = {"name": "a", "options": {"column": "n"}, "query_id": 1}

SENT: dict[str, tuple[Call, str, str, Any]] = {
    "get": (lambda c: c.get("session"), "GET", "session", {}),
    "get with params": (lambda c: c.get("queries", params={"page": 1}), "GET", "queries", {"page": "1"}),
    "post": (lambda c: c.post("dashboards", {"name": "n"}), "POST", "dashboards", {"name": "n"}),
    "post nothing": (lambda c: c.post("queries/1/favorite"), "POST", "queries/1/favorite", {}),
    "delete": (lambda c: c.delete("queries/1"), "DELETE", "queries/1", {}),
    "test_credentials": (lambda c: c.test_credentials(), "GET", "session", {}),
    "create_query": (
        lambda c: c.create_query(1, "n", "SELECT 1", "d", False, {"parameters": []}),
        "POST",
        "queries",
        {
            "data_source_id": 1,
            "name": "n",
            "query": "SELECT 1",
            "description": "d",
            "options": {"parameters": []},
        },
    ),
    "refresh_query": (lambda c: c.refresh_query(1), "POST", "queries/1/refresh", {}),
    "generate_query_results": (
        lambda c: c.generate_query_results(1, "SELECT 1"),
        "POST",
        "query_results",
        TEXT,
    ),
    "generate_query_results for a query": (
        lambda c: c.generate_query_results(1, "SELECT {{ n }}", 2, 60, {"n": 1}),
        "POST",
        "query_results",
        {
            "data_source_id": 1,
            "query": "SELECT {{ n }}",
            "query_id": 2,
            "max_age": 60,
            "parameters": {"n": 1},
        },
    ),
    "create_dashboard": (lambda c: c.create_dashboard("n"), "POST", "dashboards", {"name": "n"}),
    "add_widget": (
        lambda c: c.add_widget(1, "t", 2, position=POSITION),
        "POST",
        "widgets",
        {**WIDGET, "options": {"position": POSITION}},
    ),
    "create_widget": (
        lambda c: c.create_widget(1, 2, "t", {"isHidden": False}),
        "POST",
        "widgets",
        {**WIDGET, "options": {"isHidden": False}},
    ),
    "alerts": (lambda c: c.alerts(), "GET", "alerts", {}),
    "create_alert": (lambda c: c.create_alert("a", {"column": "n"}, 1), "POST", "alerts", ALERT),
    "queries": (lambda c: c.queries(), "GET", "queries", PAGE),
    "queries favourites": (
        lambda c: c.queries(1, 5, only_favorites=True),
        "GET",
        "queries/favorites",
        {"page": "1", "page_size": "5"},
    ),
    "queries searched": (
        lambda c: c.queries(q="ton", order="-name", tags=["daily", "transfers"]),
        "GET",
        "queries",
        {**PAGE, "q": "ton", "order": "-name", "tags": ["daily", "transfers"]},
    ),
    "dashboards": (lambda c: c.dashboards(), "GET", "dashboards", PAGE),
    "dashboards favourites": (
        lambda c: c.dashboards(only_favorites=True),
        "GET",
        "dashboards/favorites",
        PAGE,
    ),
    "users": (lambda c: c.users(), "GET", "users", {**PAGE, "disabled": "False"}),
    "users disabled": (lambda c: c.users(only_disabled=True), "GET", "users", {**PAGE, "disabled": "True"}),
    "get_query": (lambda c: c.get_query(1), "GET", "queries/1", {}),
    "get_data_sources": (lambda c: c.get_data_sources(), "GET", "data_sources", {}),
    "get_data_source": (lambda c: c.get_data_source(1), "GET", "data_sources/1", {}),
    "create_favorite": (lambda c: c.create_favorite("query", 1), "POST", "queries/1/favorite", {}),
    "update_dashboard": (
        lambda c: c.update_dashboard(1, {"tags": ["a"]}),
        "POST",
        "dashboards/1",
        {"tags": ["a"]},
    ),
    "duplicate_query": (lambda c: c.duplicate_query(1), "POST", "queries/1/fork", {}),
    "update_query": (lambda c: c.update_query(1, {"name": "n"}), "POST", "queries/1", {"name": "n"}),
    "update_visualization": (
        lambda c: c.update_visualization(1, {"name": "n"}),
        "POST",
        "visualizations/1",
        {"name": "n"},
    ),
    "create_visualization": (
        lambda c: c.create_visualization(1, "pivot", "n", custom_options={"vals": ["ton"]}, desc="d"),
        "POST",
        "visualizations",
        {"name": "n", "type": "PIVOT", "query_id": 1, "description": "d", "options": {"vals": ["ton"]}},
    ),
}


@pytest.mark.parametrize("name", SENT)
def test_a_method_sends(client: TonalyticaAPIClient, fresh: Sandbox, name: str) -> None:
    call, verb, path, content = SENT[name]
    fresh.requests.clear()
    call(client)
    (request,) = fresh.requests
    assert (request.verb, request.path) == (verb, f"/api/{path}")
    if verb == "POST":
        assert json.loads(request.body) == content
    else:
        query: dict[str, Any] = {}
        for key, value in parse_qsl(request.query, keep_blank_values=True):
            query[key] = (
                [*query[key], value]
                if isinstance(query.get(key), list)
                else value
                if key != "tags"
                else [value]
            )
        assert query == content
        assert request.body == b""


def test_methods_that_send_more_than_one_request(client: TonalyticaAPIClient, fresh: Sandbox) -> None:
    def sent(call: Call) -> list[str]:
        fresh.requests.clear()
        call(client)
        return [f"{each.verb} {each.path.removeprefix('/api/')}" for each in fresh.requests]

    assert sent(lambda c: c.create_query(1, "n", "SELECT 1")) == ["POST queries", "POST query_results"]
    assert sent(lambda c: c.publish_dashboard(1)) == ["POST dashboards/1", "POST dashboards/1/share"]
    assert sent(lambda c: c.duplicate_query(1, "n")) == ["POST queries/1/fork", "POST queries/6"]
    alert = client.create_alert("a", {"column": "n", "op": ">", "value": 1}, 1)["id"]
    assert sent(lambda c: c.get_alert(alert)) == [f"GET alerts/{alert}"]
    assert sent(lambda c: c.update_alert(alert, rearm=60)) == [f"POST alerts/{alert}"]
    assert json.loads(fresh.requests[0].body) == {"rearm": 60}
    assert sent(lambda c: c.create_favorite("alert", 1)) == []
    waited = sent(lambda c: c.query_and_wait_result(1, "SELECT 2"))
    assert (waited[0], waited[-1].startswith("GET query_results/")) == ("POST query_results", True)
    assert all(each.startswith("GET jobs/") for each in waited[1:-1])


def test_answers_serve_both_old_idioms(client: TonalyticaAPIClient) -> None:
    # Some published methods return a response, others its data: an answer serves as both.
    made = client.create_dashboard("Both")
    assert made["id"] == made.json()["id"] == 2
    assert (made.status_code, made.ok, made.reason) == (200, True, "OK")
    made.raise_for_status()
    page = client.queries()
    assert isinstance(page, dict)
    assert json.loads(json.dumps(page)) == page.json() == json.loads(page.text)
    assert (page.status_code, page.headers["content-type"]) == (200, "application/json")
    assert b"".join(page.iter_content(100)) == page.content == b"\n".join(page.iter_lines())
    alerts = client.alerts()
    assert isinstance(alerts, list)
    assert not alerts
    assert alerts.status_code == 200
    nothing = client.delete("queries/1")
    assert (nothing.json(), nothing.text, bool(nothing)) == (None, "null", True)
    with pytest.raises(TypeError, match="has neither an object nor an array"):
        nothing["id"]
    assert page.elapsed.total_seconds() > 0
    assert page.url == f"{client.tonalytica_url}/api/queries"
    assert isinstance(page, ResultObject)
    assert isinstance(alerts, ResultArray)


def test_the_session_takes_full_addresses_of_this_server_only(server: Sandbox) -> None:
    client = TonalyticaAPIClient("nobody", server.url + "/", check=False)
    client.s.headers["Authorization"] = "Key sandbox-user-key"
    assert client.s.get(f"{client.host}/api/queries", params={"page_size": 1}).json()["page_size"] == 1
    assert client.queries()["count"] >= 4
    made = client.s.post(f"{server.url}/api/queries/1/results", data=json.dumps({"max_age": -1}))
    assert set(made.json()) <= {"job", "query_result"}
    assert client.s.post(f"{server.url}/api/queries/1/favorite", json={}).status_code == 200
    assert client.s.delete(f"{server.url}/api/queries/1/favorite").status_code == 200
    for other in ("http://example.com/api/queries", f"{server.url}.example.com/api/queries", server.url):
        with pytest.raises(ValueError, match="this key is only for addresses below"):
            client.s.get(other)


def test_pages_may_come_from_any_function(tonalytica: TonalyticaAPIClient) -> None:
    def resource(page: int, page_size: int, name: str) -> dict[str, Any]:
        rows = [f"{name}{n}" for n in range((page - 1) * page_size, min(page * page_size, 5))]
        return {"count": 5, "page": page, "page_size": page_size, "results": rows}

    assert tonalytica.paginate(resource, page_size=2, name="r") == ["r0", "r1", "r2", "r3", "r4"]
    assert tonalytica.paginate(resource, page=2, page_size=2, name="r") == ["r2", "r3", "r4"]
