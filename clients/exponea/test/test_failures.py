"""Faults of the published package, and faults of server and network, against a scripted server."""

from __future__ import annotations

import base64
import inspect
import logging
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from exponea_python_sdk import Exponea
from exponea_python_sdk.exceptions import APIException
from exponea_python_sdk.sandbox import PUBLIC_TOKEN, Sandbox

WHO = {"registered": "ann"}
DONE = {"success": True, "errors": []}


# --- the wire


def test_credentials_travel_as_basic_authentication(scripted_client: Exponea, script: Any) -> None:
    script.say({"success": True, "time": 1.5, "errors": []})
    assert scripted_client.tracking.get_system_time() == 1.5
    expected = "Basic " + base64.b64encode(b"key:secret").decode()
    assert script.seen[0].headers["authorization"] == expected
    assert script.seen[0].path == "/track/v2/projects/t0ken/system/time"


def test_a_public_token_travels_as_token(script: Any) -> None:
    script.say(DONE)
    with Exponea("t0ken", access_token="public", url=script.url) as exponea:
        exponea.tracking.add_event(WHO, "visit")
    assert script.seen[0].headers["authorization"] == "Token public"


def test_configure_changes_what_it_is_given(script: Any) -> None:
    script.say(DONE)
    with Exponea("old", username="a", password="b") as exponea:
        answer = exponea.configure(project_token="new", username="key", url=script.url, request_timeout=3)
        assert answer is exponea
        assert (exponea.username, exponea.password, exponea.request_timeout) == ("key", "b", 3)
        exponea.tracking.add_event(WHO, "visit")
    assert script.seen[0].headers["authorization"] == "Basic " + base64.b64encode(b"key:b").decode()
    assert script.seen[0].path == "/track/v2/projects/new/customers/events"
    assert exponea.catalog.endpoint_base == "/data/v2/projects/new/catalogs"


def test_attributes_can_be_assigned_between_calls(scripted_client: Exponea, script: Any) -> None:
    script.say(DONE)
    scripted_client.tracking.add_event(WHO, "visit")
    scripted_client.password = "other"
    scripted_client.tracking.add_event(WHO, "visit")
    sent = [seen.headers["authorization"] for seen in script.seen]
    assert sent == ["Basic " + base64.b64encode(pair).decode() for pair in (b"key:secret", b"key:other")]


def test_an_event_is_sent_with_its_nulls_as_before(scripted_client: Exponea, script: Any) -> None:
    script.say(DONE)
    scripted_client.tracking.add_event(WHO, "visit")
    assert script.seen[0].body == {
        "customer_ids": WHO,
        "timestamp": None,
        "properties": None,
        "event_type": "visit",
    }


def test_requests_have_the_published_bodies(scripted_client: Exponea, script: Any) -> None:
    page = {"success": True, "data": [], "results": [], "id": "1", "fields": [], "ids": {}, "properties": {}}
    script.say({**page, "events": [], "name": "", "header": [], "rows": []})
    exponea = scripted_client
    exponea.catalog.create_catalog("shop", ["a", "b"])
    exponea.catalog.update_catalog_name("c", "shop", ["a"])
    exponea.catalog.create_catalog_item("c", "i", {"a": None})
    exponea.catalog.update_catalog_item("c", "i", {"a": 1})
    exponea.catalog.delete_catalog_item("c", "i")
    exponea.catalog.delete_catalog_items("c")
    exponea.catalog.delete_catalog("c")
    exponea.tracking.update_customer_properties(WHO, {"a": 1})
    exponea.customer.get_customer(WHO)
    exponea.customer.get_customer_attributes(WHO)
    exponea.customer.get_customers()
    exponea.customer.get_events(WHO, ["visit"])
    exponea.customer.anonymize_customer(WHO)
    exponea.analyses.get_funnel("f")
    base = "/data/v2/projects/t0ken"
    assert [(seen.method, seen.path, seen.body) for seen in script.seen] == [
        ("POST", f"{base}/catalogs", {"name": "shop", "fields": [{"name": "a"}, {"name": "b"}]}),
        ("PUT", f"{base}/catalogs/c", {"name": "shop", "fields": [{"name": "a"}]}),
        ("PUT", f"{base}/catalogs/c/items/i", {"properties": {"a": None}}),
        ("POST", f"{base}/catalogs/c/items/i/partial-update", {"properties": {"a": 1}}),
        ("DELETE", f"{base}/catalogs/c/items/i", None),
        ("DELETE", f"{base}/catalogs/c/items", None),
        ("DELETE", f"{base}/catalogs/c", None),
        ("POST", "/track/v2/projects/t0ken/customers", {"customer_ids": WHO, "properties": {"a": 1}}),
        ("POST", f"{base}/customers/export-one", {"customer_ids": WHO}),
        ("POST", f"{base}/customers/attributes", {"customer_ids": WHO, "attributes": []}),
        ("POST", f"{base}/customers/export", {"format": "native_json"}),
        ("POST", f"{base}/customers/events", {"customer_ids": WHO, "event_types": ["visit"]}),
        ("POST", f"{base}/customers/anonymize", {"customer_ids": WHO}),
        ("POST", f"{base}/analyses/funnel", {"analysis_id": "f", "format": "table_json"}),
    ]


def test_attributes_are_asked_for_in_the_published_order(scripted_client: Exponea, script: Any) -> None:
    kinds = ["property", "segmentation", "id", "expression", "aggregate", "prediction"]
    script.say({"success": True, "results": [{"success": True, "value": kind} for kind in kinds]})
    scripted_client.customer.get_customer_attributes(WHO, ["p"], ["s"], ["i"], ["e"], ["a"], ["r"])
    assert script.seen[0].body["attributes"] == [
        {"type": "property", "property": "p"},
        {"type": "segmentation", "id": "s"},
        {"type": "id", "id": "i"},
        {"type": "expression", "id": "e"},
        {"type": "aggregate", "id": "a"},
        {"type": "prediction", "id": "r"},
    ]


def test_ids_are_quoted(scripted_client: Exponea, script: Any) -> None:
    script.say(DONE)
    scripted_client.catalog.delete_catalog_item("c", "a/b c?d#e%20")
    assert script.seen[0].path == "/data/v2/projects/t0ken/catalogs/c/items/a%2Fb%20c%3Fd%23e%2520"


def test_an_id_with_a_slash_is_refused_by_name(exponea: Exponea) -> None:
    with pytest.raises(APIException, match="must not contain a slash") as caught:
        exponea.catalog.create_catalog_item("catalog_id", "a/b", {})
    assert caught.value.errors == {"item_id": ["must not contain a slash"]}


def test_query_parameters_leave_none_out_and_repeat_lists(scripted_client: Exponea, script: Any) -> None:
    script.say({"success": True, "data": []})
    params = {"query": "two words", "count": 5, "order": None, "category": ["a", "b&c"]}
    scripted_client.catalog.get_catalog_items("c", params)
    query = script.seen[0].path.partition("?")[2].replace("+", "%20")
    assert sorted(query.split("&")) == ["category=a", "category=b%26c", "count=5", "query=two%20words"]


# --- answers


@pytest.mark.parametrize("status", [200, 401, 403, 500])
@pytest.mark.parametrize(
    ("reply", "message", "errors"),
    [
        ({"success": False, "error": "access key not found"}, "access key not found", "access key not found"),
        ({"success": False, "errors": ["a", "b"]}, ["a", "b"], ["a", "b"]),
        ({"success": False, "errors": {"x": ["a"], "y": "b"}}, [["a"], "b"], {"x": ["a"], "y": "b"}),
    ],
)
def test_a_failure_says_what_the_server_says(
    scripted_client: Exponea, script: Any, status: int, reply: Any, message: Any, errors: Any
) -> None:
    script.say(reply, status)
    with pytest.raises(APIException) as caught:
        scripted_client.tracking.add_event(WHO, "visit")
    assert caught.value.args == (message,)
    assert (caught.value.status, caught.value.errors) == (status, errors)
    assert caught.value.headers is not None
    assert caught.value.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("<html>hello</html>", "HTTP 200 OK: the answer is a web page, not JSON"),
        ('{"success": false}', "HTTP 200 OK: the answer's success is false, and it gives no reason"),
        (
            '{"success": null, "errors": []}',
            "HTTP 200 OK: the answer's success is null, and it gives no reason",
        ),
        (
            '{"success": false, "error": ""}',
            "HTTP 200 OK: the answer's success is false, and it gives no reason",
        ),
        ("{}", "HTTP 200 OK: the answer is not a JSON object: {}"),
        ('{"name": "Ann", "iban": "SK31"}', "HTTP 200 OK: the answer has no success, only name, iban"),
        ("[1, 2]", "HTTP 200 OK: the answer is not a JSON object: [1, 2]"),
        ('"text"', 'HTTP 200 OK: the answer is not a JSON object: "text"'),
        ("null", "HTTP 200 OK: the answer is not a JSON object: null"),
        ("no\n route", "HTTP 200 OK: the answer is not a JSON object: no route"),
        (" ", "HTTP 200 OK: the answer is empty"),
    ],
)
def test_an_answer_that_gives_no_reason_is_described(
    scripted_client: Exponea, script: Any, reply: str, text: str
) -> None:
    script.say(reply)
    with pytest.raises(APIException) as caught:
        scripted_client.tracking.get_system_time()
    assert caught.value.args == (text,)
    assert (caught.value.status, caught.value.body) == (200, reply)


@pytest.mark.parametrize("status", [200, 400, 404, 500])
@pytest.mark.parametrize(
    "body", ["x" * 100_000, "<p>" * 50_000, '{"success": false, "a": "' + "x" * 90_000 + '"}']
)
def test_a_message_never_is_the_whole_body(
    scripted_client: Exponea, script: Any, body: str, status: int
) -> None:
    script.say(body, status)
    with pytest.raises(APIException) as caught:
        scripted_client.catalog.delete_catalog("c")
    assert len(str(caught.value)) < 250
    assert caught.value.body == body


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500])
def test_an_error_with_an_empty_body_has_a_text(script: Any, status: int) -> None:
    script.say("", status)
    with Exponea("t0ken", url=script.url, retries=0) as exponea, pytest.raises(APIException) as caught:
        exponea.catalog.get_catalog_name("c")
    assert str(caught.value).startswith(f"HTTP {status} ")
    assert str(caught.value).endswith(": the answer is empty")


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_success_status_is_a_success(scripted_client: Exponea, script: Any, status: int) -> None:
    script.say(DONE, status)
    assert scripted_client.tracking.add_event(WHO, "visit") is True


def test_an_answer_without_a_body_is_a_success_where_only_success_is_asked(
    scripted_client: Exponea, script: Any
) -> None:
    script.say("", 204)
    assert scripted_client.catalog.delete_catalog("c") is True
    with pytest.raises(APIException) as caught:
        scripted_client.tracking.get_system_time()
    assert caught.value.status == 204


def test_a_timeout_is_an_api_exception(script: Any) -> None:
    script.say(DONE, delay=3)
    with Exponea("t0ken", url=script.url, request_timeout=0.3) as exponea:
        start = time.monotonic()
        with pytest.raises(APIException, match=r"^Request timeout after 0\.3 seconds\.$") as caught:
            exponea.tracking.add_event(WHO, "visit")
    assert time.monotonic() - start < 2
    assert (caught.value.status, caught.value.body) == (None, None)
    assert len(script.seen) == 1


def test_a_refused_connection_is_an_api_exception() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        Exponea("t0ken", url=f"http://127.0.0.1:{port}", retries=0) as exponea,
        pytest.raises(APIException) as caught,
    ):
        exponea.tracking.add_event(WHO, "visit")
    assert caught.value.status is None
    assert caught.value.__cause__ is not None


def test_failures_pickle(scripted_client: Exponea, script: Any) -> None:
    script.say({"success": False, "errors": {"x": ["a"]}}, 400)
    with pytest.raises(APIException) as caught:
        scripted_client.tracking.add_event(WHO, "visit")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.args, again.status, again.errors) == (([["a"]],), 400, {"x": ["a"]})


def test_a_refused_attribute_is_none_with_a_warning(
    scripted_client: Exponea, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    no, yes = {"success": False, "error": "No permission"}, {"success": True, "value": "Ann"}
    script.say({"success": True, "results": [yes, no]})
    found = scripted_client.customer.get_customer_attributes(WHO, properties=["name"], ids=["cookie"])
    assert found == {"properties": {"name": "Ann"}, "ids": {"cookie": None}}
    assert [record.message for record in caplog.records if record.levelno == logging.WARNING] == [
        "No permission to retrieve ids cookie"
    ]


# --- null in a success: as in 0.2.0, and a difference


def _events(exponea: Exponea) -> Any:
    return exponea.customer.get_events(WHO, ["visit"])


@pytest.mark.parametrize(
    ("reply", "call", "result"),
    [
        ({"id": None}, lambda exponea: exponea.catalog.create_catalog("n", []), None),
        ({"data": {"name": None}}, lambda exponea: exponea.catalog.get_catalog_name("c"), None),
        ({"time": None}, lambda exponea: exponea.tracking.get_system_time(), None),
        ({"data": None}, _events, None),
        (
            {"ids": None, "properties": None, "events": None},
            lambda exponea: exponea.customer.get_customer(WHO),
            {"ids": None, "properties": None, "events": None},
        ),
        (
            {"name": None, "header": ["a"], "rows": [[None]]},
            lambda exponea: exponea.analyses.get_report("r"),
            {"name": None, "data": [{"a": None}]},
        ),
    ],
)
def test_a_null_comes_through_and_is_a_difference(
    scripted_client: Exponea, script: Any, reply: Any, call: Any, result: Any
) -> None:
    script.say({"success": True, **reply})
    assert call(scripted_client) == result
    differences = scripted_client.connection.last_response.drift
    assert differences
    assert {each.got for each in differences} == {"null"}


def test_nulls_of_a_page_of_a_result_and_of_an_export_come_through(
    scripted_client: Exponea, script: Any
) -> None:
    item = {"catalog_id": "c", "item_id": None, "properties": None}
    script.say({"success": True, "data": [item], "total": None, "matched": None})
    page = scripted_client.catalog.get_catalog_items("c")
    assert page == {"data": [{"item_id": None, "properties": None}], "total": None, "matched": None}
    script.answers.clear()
    script.say({"success": True, "results": [{"success": True, "time": None, "errors": None}]})
    assert scripted_client.tracking.batch_commands([{"name": "customers"}]) == [True]
    script.answers.clear()
    fields = [{"type": "id", "id": "a"}, {"type": "property", "property": "b"}]
    script.say({"success": True, "fields": fields, "data": [[None, None]]})
    assert scripted_client.customer.get_customers() == [{"ids": {"a": None}, "properties": {"b": None}}]


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda exponea: exponea.catalog.create_catalog("n", []), "id"),
        (lambda exponea: exponea.tracking.get_system_time(), "time"),
        (_events, "data"),
        (lambda exponea: exponea.customer.get_customer(WHO), "ids"),
        (lambda exponea: exponea.analyses.get_report("r"), "name"),
    ],
)
def test_what_is_absent_is_no_null(scripted_client: Exponea, script: Any, call: Any, name: str) -> None:
    script.say({"success": True})
    with pytest.raises(APIException, match=f"^the answer has no {name}$"):
        call(scripted_client)


@pytest.mark.parametrize("reply", [{"success": True}, {"success": True, "data": None, "results": None}])
def test_what_a_result_is_made_of_must_be_there(scripted_client: Exponea, script: Any, reply: Any) -> None:
    script.say(reply)
    for call in (
        lambda: scripted_client.catalog.get_catalog_name("c"),
        lambda: scripted_client.catalog.get_catalog_items("c"),
        lambda: scripted_client.customer.get_customer_consents(WHO, ["a"]),
        lambda: scripted_client.customer.get_customers(),
        lambda: scripted_client.tracking.batch_commands([{"name": "customers"}]),
        lambda: scripted_client.analyses.get_funnel("f"),
    ):
        with pytest.raises(APIException, match=r"the answer has no|is null or missing"):
            call()


# --- refusals for the moment: 429 and 503


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "call",
    [
        lambda exponea: exponea.tracking.add_event(WHO, "visit"),
        lambda exponea: exponea.tracking.update_customer_properties(WHO, {"a": 1}),
        lambda exponea: exponea.catalog.update_catalog_item("c", "i", {"a": 1}),
        lambda exponea: exponea.post("/any", {"a": 1}),
        lambda exponea: exponea.put("/any", {"a": 1}),
        lambda exponea: exponea.delete("/any"),
    ],
)
def test_any_call_is_sent_again_when_the_server_refuses_for_the_moment(
    scripted_client: Exponea, script: Any, call: Any, status: int
) -> None:
    script.say({"success": False}, status, Retry_After="0")
    script.say(DONE)
    call(scripted_client)
    assert len(script.seen) == 2


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_post_that_may_have_been_carried_out_is_not_sent_again(script: Any, status: int) -> None:
    script.say({"success": False}, status)
    with Exponea("t0ken", url=script.url) as exponea, pytest.raises(APIException):
        exponea.tracking.add_event(WHO, "visit")
    assert len(script.seen) == 1


def test_retries_0_sends_a_post_answered_503_once(script: Any) -> None:
    script.say({"success": False}, 503, Retry_After="0")
    with Exponea("t0ken", url=script.url, retries=0) as exponea, pytest.raises(APIException):
        exponea.tracking.add_event(WHO, "visit")
    assert len(script.seen) == 1


def test_an_event_that_is_sent_again_has_the_time_of_its_first_try(
    scripted_client: Exponea, script: Any
) -> None:
    for _ in range(2):
        script.say({"success": False}, 503, Retry_After="1")
    script.say(DONE)
    before = time.time()
    scripted_client.tracking.add_event(WHO, "visit", {"n": None})
    times = [seen.body["timestamp"] for seen in script.seen]
    assert times[0] is None
    assert all(before - 0.01 <= each <= before + 0.9 for each in times[1:])
    assert script.seen[2].body == {
        "customer_ids": WHO,
        "timestamp": times[2],
        "properties": {"n": None},
        "event_type": "visit",
    }


def test_a_batch_that_is_sent_again_keeps_the_times_it_has(scripted_client: Exponea, script: Any) -> None:
    track = scripted_client.tracking
    commands: list[dict[str, Any]] = [
        track.add_event(WHO, "visit", batch=True),
        track.add_event(WHO, "visit", timestamp=5, batch=True),
        track.add_event(WHO, "visit", timestamp="2020-01-01T00:00:00Z", batch=True),
        track.update_customer_properties(WHO, {"timestamp": None}, batch=True),
        track.get_system_time(batch=True),
        {"name": "customers/events", "data": {"customer_ids": WHO, "event_type": "by hand"}},
    ]
    script.say({"success": False}, 503, Retry_After="0")
    script.say({"success": True, "results": [{"success": True}] * 6})
    before = time.time()
    track.batch_commands(commands)
    again = script.seen[1].body["commands"]
    assert [each.get("data", {}).get("timestamp") for each in again][1:5] == [
        *(5, "2020-01-01T00:00:00Z", None, None)
    ]
    assert again[3] == commands[3]
    for event in (again[0], again[5]):
        assert before - 0.01 <= event["data"]["timestamp"] <= before + 0.9
    assert commands[0]["data"]["timestamp"] is None


def test_reading_events_is_sent_again_as_it_was(scripted_client: Exponea, script: Any) -> None:
    script.say({"success": False}, 503, Retry_After="0")
    script.say({"success": True, "data": []})
    scripted_client.customer.get_events(WHO, ["visit"])
    assert script.seen[0].body == script.seen[1].body


# --- batches


def test_a_refused_call_waits_as_long_as_told_and_is_sent_again(
    scripted_client: Exponea, script: Any
) -> None:
    script.say({"success": False, "error": "too many requests"}, 429, Retry_After="1")
    script.say(DONE)
    assert scripted_client.tracking.add_event(WHO, "visit", {"n": 1}) is True
    first, second = script.seen
    assert second.at - first.at >= 1
    assert {**first.body, "timestamp": second.body["timestamp"]} == second.body


def test_a_wait_that_is_too_long_is_left_to_the_caller(scripted_client: Exponea, script: Any) -> None:
    script.say({"success": False, "error": "too many requests"}, 429, Retry_After="3600")
    with pytest.raises(APIException, match="too many requests") as caught:
        scripted_client.tracking.add_event(WHO, "visit")
    assert (caught.value.status, caught.value.retry_after) == (429, 3600)
    assert len(script.seen) == 1


def test_an_answer_that_will_not_change_is_not_asked_for_again(scripted_client: Exponea, script: Any) -> None:
    script.say({"success": False, "error": "message too large"}, 413)
    with pytest.raises(APIException, match="message too large"):
        scripted_client.catalog.create_catalog_item("c", "i", {})
    assert len(script.seen) == 1


def test_nothing_is_lost_when_the_server_refuses_again_and_again() -> None:
    from exponea_python_sdk.sandbox import Limit, serve

    with (
        serve(limit=Limit(requests=4, seconds=1.0)) as busy,
        Exponea("project_token", access_token=PUBLIC_TOKEN, url=busy.url) as exponea,
    ):
        for number in range(12):
            exponea.tracking.add_event({"registered": "busy"}, "tick", {"number": number})
        events = busy.store.events("project_token", types=["tick"])
    assert [event.properties["number"] for event in events] == list(range(12))


def test_a_batch_of_any_size_is_sent_in_parts_of_50(exponea: Exponea, sandbox: Sandbox) -> None:
    track = exponea.tracking
    commands = [track.add_event({"registered": "many"}, "tick", {"n": n}, n, batch=True) for n in range(120)]
    assert track.batch_commands(commands) == [True] * 120
    events = sandbox.store.events("project_token", types=["tick"])
    assert sorted(event.properties["n"] for event in events) == list(range(120))


def test_a_batch_keeps_everything_that_the_server_says(exponea: Exponea) -> None:
    commands: list[dict[str, Any]] = [
        {"name": "nonsense", "command_id": "first"},
        exponea.tracking.get_system_time(batch=True),
    ]
    done = exponea.tracking.batch_commands(commands)
    assert done[0] is False
    assert isinstance(done[1], float)
    failed = done.failures[0]
    assert (failed.command_id, failed.errors) == ("first", ["unknown command"])


def test_a_time_of_zero_stays_a_time(scripted_client: Exponea, script: Any) -> None:
    script.say({"success": True, "results": [{"success": True, "time": 0}, {"success": False}]})
    done = scripted_client.tracking.batch_commands([{"name": "system/time"}, {"name": "x"}])
    assert done == [0, False]
    assert not isinstance(done[0], bool)


def test_a_batch_that_fails_half_way_tells_what_was_done(scripted_client: Exponea, script: Any) -> None:
    script.say({"success": True, "results": [{"success": True}] * 50})
    script.say({"success": False, "error": "gone"}, 404)
    with pytest.raises(APIException, match="gone") as caught:
        scripted_client.tracking.batch_commands([{"name": "system/time"}] * 60)
    assert len(caught.value.results) == 50


# --- pages


def test_items_can_be_read_page_after_page(exponea: Exponea) -> None:
    for number in range(25):
        exponea.catalog.create_catalog_item("catalog_id", f"n{number}", {"number": number})
    items = exponea.catalog.iter_catalog_items("catalog_id", {"order": "number,desc"}, page_size=10)
    assert [item["item_id"] for item in items][:3] == ["n24", "n23", "n22"]
    assert len(list(exponea.catalog.iter_catalog_items("catalog_id", page_size=10))) == 27
    assert len(list(exponea.catalog.iter_catalog_items("catalog_id", {"query": "foo"}))) == 1


def test_items_out_of_reach_are_an_error_and_not_a_short_list(scripted_client: Exponea, script: Any) -> None:
    page = {
        "success": True,
        "matched": 2000,
        "data": [{"catalog_id": "c", "item_id": "1", "properties": {}}] * 1001,
    }
    script.say(page)
    items = scripted_client.catalog.iter_catalog_items("c", page_size=1001)
    for _ in range(1001):
        next(items)
    with pytest.raises(APIException, match="only the first 1001"):
        next(items)


def test_a_page_size_out_of_range_is_refused(scripted_client: Exponea) -> None:
    with pytest.raises(ValueError, match="page_size"):
        next(scripted_client.catalog.iter_catalog_items("c", page_size=0))


def test_what_the_server_adds_to_a_page_or_a_result_is_kept(scripted_client: Exponea, script: Any) -> None:
    item = {"catalog_id": "c", "item_id": "1", "properties": {}, "score": 0.5}
    script.say({"success": True, "matched": 1, "data": [item], "took_ms": 3})
    page = scripted_client.catalog.get_catalog_items("c")
    assert page == {"matched": 1, "took_ms": 3, "data": [{"item_id": "1", "properties": {}, "score": 0.5}]}
    script.answers.clear()
    script.say({"success": True, "results": [{"success": True, "shard": 4}]})
    done = scripted_client.tracking.batch_commands([{"name": "customers", "data": {}}])
    assert (done, done.results[0].to_dict()["shard"]) == ([True], 4)


# --- low level


def test_the_low_level_calls_send_what_they_are_given(scripted_client: Exponea, script: Any) -> None:
    reply = {"success": True, "anything": [1, {"a": None}]}
    script.say(reply)
    assert scripted_client.get("/data/v2/projects/t0ken/thing?a=b%20c&a=d") == reply
    assert scripted_client.post("/post", {"x": None}) == reply
    assert scripted_client.put("/put", {"x": 1}) == reply
    assert scripted_client.delete("/delete") == reply
    assert scripted_client.request("DELETE", "/delete", {"y": 1}) == reply
    assert [(seen.method, seen.path, seen.body) for seen in script.seen] == [
        ("GET", "/data/v2/projects/t0ken/thing?a=b%20c&a=d", None),
        ("POST", "/post", {"x": None}),
        ("PUT", "/put", {"x": 1}),
        ("DELETE", "/delete", None),
        ("DELETE", "/delete", {"y": 1}),
    ]
    assert all(seen.headers["authorization"].startswith("Basic ") for seen in script.seen)


def test_the_low_level_calls_fail_like_the_others(scripted_client: Exponea, script: Any) -> None:
    script.say({"success": False, "errors": ["no"]})
    with pytest.raises(APIException) as caught:
        scripted_client.get("/x")
    assert (caught.value.args, caught.value.status) == ((["no"],), 200)
    script.answers.clear()
    script.say("<html>", 502)
    with Exponea("t0ken", url=script.url, retries=0) as exponea, pytest.raises(APIException) as caught:
        exponea.get("/x")
    assert caught.value.status == 502
    assert str(caught.value) == "HTTP 502 Bad Gateway: the answer is a web page, not JSON"


def test_a_low_level_path_stays_at_the_server(scripted_client: Exponea, script: Any) -> None:
    script.say({"success": True})
    scripted_client.get("/a b\r\nHost: x/{y}")
    assert script.seen[0].path == "/a%20b%0D%0AHost:%20x/%7By%7D"
    with pytest.raises(ValueError, match="slash"):
        scripted_client.get("@example.com/")


def test_rows_that_do_not_fit_their_columns_are_an_error(scripted_client: Exponea, script: Any) -> None:
    fields = [{"type": "id", "id": "a"}]
    script.say(
        {"success": True, "fields": fields, "data": [[1, 2]], "name": "", "header": ["x"], "rows": [[]]}
    )
    with pytest.raises(APIException, match="a row has"):
        scripted_client.customer.get_customers()
    with pytest.raises(APIException, match="a row has"):
        scripted_client.analyses.get_report("r")


# --- side effects that a library must not have


@pytest.mark.parametrize("setup", ["", "exponea.logger.setLevel('ERROR')", "logging.basicConfig()"])
@pytest.mark.parametrize("status", [200, 400, 404])
def test_a_refusal_prints_nothing_unless_the_script_asks(script: Any, setup: str, status: int) -> None:
    script.say({"success": False, "errors": ["no"]}, status)
    program = f"""
import logging, sys
from exponea_python_sdk import Exponea
from exponea_python_sdk.exceptions import APIException
exponea = Exponea("t0ken", username="key", password="secret", url=sys.argv[1])
{setup}
try:
    exponea.catalog.create_catalog("shop", [])
except APIException as error:
    print(error, error.call)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", program, script.url]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert run.stdout.strip() == "['no'] catalog.create_catalog"
    shown = f"ERROR:exponea-python-sdk:catalog.create_catalog failed: status {status}"
    assert run.stderr.strip() == (shown if setup else "")


def test_log_and_error_name_the_call_that_was_made(
    scripted_client: Exponea, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script.say({"success": False, "errors": ["no"]}, 400)
    calls = {
        "get_catalog_name": lambda: scripted_client.catalog.get_catalog_name("c"),
        "get_catalog_items": lambda: scripted_client.catalog.get_catalog_items("c"),
        "add_event": lambda: scripted_client.tracking.add_event(WHO, "visit"),
        "get_funnel": lambda: scripted_client.analyses.get_funnel("f"),
        "get_customer": lambda: scripted_client.customer.get_customer(WHO),
        "delete_catalog_items": lambda: scripted_client.catalog.delete_catalog_items("c"),
        "get_customer_consents": lambda: scripted_client.customer.get_customer_consents(WHO, ["a"]),
        "POST /any": lambda: scripted_client.post("/any?key=secret1", {}),
    }
    for name, call in calls.items():
        caplog.clear()
        with pytest.raises(APIException) as caught:
            call()
        assert caught.value.call.rpartition(".")[2] == name
        assert [record.message for record in caplog.records] == [f"{caught.value.call} failed: status 400"]


def test_importing_leaves_the_applications_logging_alone() -> None:
    program = "import logging, exponea_python_sdk.client as c; c.Exponea; print(logging.root.handlers)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60
    )
    assert (run.stdout.strip(), run.stderr) == ("[]", "")


def test_debug_messages_go_through_the_applications_handlers_only(
    exponea: Exponea, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG, logger="exponea-python-sdk"):
        exponea.tracking.get_system_time()
    assert "Response status code: 200" in caplog.text
    assert capsys.readouterr().err == ""


def test_the_log_holds_no_personal_data_and_no_secret(
    scripted_client: Exponea, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script.say({"success": False, "error": "ann@example.com is not allowed"}, 403)
    with caplog.at_level(logging.DEBUG), pytest.raises(APIException) as caught:
        scripted_client.tracking.add_event({"registered": "ann@example.com"}, "visit", {"iban": "SK31"})
    assert "403" in caplog.text
    for private in ("ann@example.com", "SK31", "secret", base64.b64encode(b"key:secret").decode()):
        assert private not in caplog.text
    assert "secret" not in repr(scripted_client)
    assert "secret" not in repr(caught.value.__cause__)


def test_defaults_are_not_shared_between_calls(scripted_client: Exponea) -> None:
    signature = inspect.signature(scripted_client.customer.get_customer_attributes)
    assert not any(isinstance(each.default, list | dict) for each in signature.parameters.values())


def test_one_client_serves_many_threads(exponea: Exponea, sandbox: Sandbox) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(10):
                exponea.tracking.add_event({"registered": f"thread{number}"}, "tick", {"step": step})
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert failures == []
    assert len(sandbox.store.events("project_token", types=["tick"])) == 80


def test_a_closed_client_can_be_closed_again(exponea: Exponea) -> None:
    exponea.tracking.get_system_time()
    exponea.close()
    exponea.close()
