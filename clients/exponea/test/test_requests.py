"""What calls send and return: credentials, bodies, batches, pages, and the low-level methods."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from exponea_python_sdk import Exponea
from exponea_python_sdk.exceptions import APIException
from exponea_python_sdk.sandbox import Sandbox
from scripted import DONE, WHO


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
