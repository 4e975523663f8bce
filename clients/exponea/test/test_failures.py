"""What the published package gets wrong and what goes wrong on the way, against a scripted server."""

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
    "reply", ["<html>hello</html>", '{"success": false}', "{}", "[1, 2]", '"text"', "null"]
)
def test_an_answer_that_says_nothing_is_quoted(scripted_client: Exponea, script: Any, reply: str) -> None:
    script.say(reply)
    with pytest.raises(APIException) as caught:
        scripted_client.tracking.get_system_time()
    assert caught.value.args == (reply,)
    assert (caught.value.status, caught.value.body) == (200, reply)


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


# --- 429 and batches


def test_a_refused_call_waits_as_long_as_told_and_is_sent_again(
    scripted_client: Exponea, script: Any
) -> None:
    script.say({"success": False, "error": "too many requests"}, 429, Retry_After="1")
    script.say(DONE)
    assert scripted_client.tracking.add_event(WHO, "visit", {"n": 1}) is True
    first, second = script.seen
    assert second.at - first.at >= 1
    assert first.body == second.body


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
    assert (caught.value.args, caught.value.status) == (("<html>",), 502)


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


# --- what a library must not do


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
