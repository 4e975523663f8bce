"""Faults of the published package, and faults of server and network, against a scripted server."""

from __future__ import annotations

import logging
import pickle
import socket
import time
from typing import Any

import pytest
from exponea_python_sdk import Exponea
from exponea_python_sdk.exceptions import APIException
from exponea_python_sdk.sandbox import PUBLIC_TOKEN
from scripted import DONE, WHO


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


# --- null in a success: returned as in 0.2.0, and noted as drift


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


# --- retries after 429 and 503


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
