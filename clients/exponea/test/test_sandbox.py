"""The sandbox refuses what the service refuses, stores requests, and computes its answers."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from exponea_python_sdk import Exponea, client
from exponea_python_sdk.exceptions import APIException
from exponea_python_sdk.sandbox import (
    LIMITED,
    PASSWORD,
    PROJECT_TOKEN,
    PUBLIC_TOKEN,
    USERNAME,
    Sandbox,
    serve,
)
from exponea_python_sdk.sandbox.app import ROUTES

PROJECT = Path(__file__).resolve().parent.parent
TEST = {"registered": "test"}


def test_an_unknown_key_or_project_is_refused(sandbox: Sandbox) -> None:
    for token, word in ((PROJECT_TOKEN, "wrong"), ("other", PASSWORD)):
        with Exponea(token, USERNAME, word, url=sandbox.url) as exponea:
            with pytest.raises(APIException, match="access key not found") as caught:
                exponea.tracking.get_system_time()
            assert caught.value.status == 401


def test_a_public_token_is_good_for_tracking_only(sandbox: Sandbox) -> None:
    with Exponea(PROJECT_TOKEN, access_token=PUBLIC_TOKEN, url=sandbox.url) as exponea:
        assert exponea.tracking.add_event(TEST, "visit") is True
        with pytest.raises(APIException) as caught:
            exponea.customer.get_customer(TEST)
        assert caught.value.status in (401, 403)


def test_a_limited_key_sees_less(sandbox: Sandbox) -> None:
    with Exponea(PROJECT_TOKEN, *LIMITED, url=sandbox.url) as exponea:
        assert exponea.customer.get_customer_consents(TEST, ["newsletter", "other"]) == {
            "newsletter": True,
            "other": None,
        }
        assert exponea.customer.get_customer_attributes(TEST, ["email", "first_name"]) == {
            "properties": {"email": None, "first_name": "Lukas"}
        }
        assert "email" not in exponea.customer.get_customer(TEST)["properties"]
        assert "email" not in exponea.customer.get_customers()[0]["properties"]
        with pytest.raises(APIException, match="not authorized to update") as caught:
            exponea.tracking.update_customer_properties(TEST, {"email": "x"})
        assert caught.value.status == 403


def test_a_message_or_value_that_is_too_large_is_refused(exponea: Exponea) -> None:
    with pytest.raises(APIException, match="big is too large"):
        exponea.tracking.update_customer_properties(TEST, {"big": "x" * 16_000})
    with pytest.raises(APIException, match="message too large"):
        exponea.catalog.create_catalog_item("catalog_id", "big", {"big": "x" * 800_000})


def test_a_page_beyond_the_1001st_item_is_refused(exponea: Exponea) -> None:
    assert exponea.catalog.get_catalog_items("catalog_id", {"count": 1000, "skip": 1})["data"]
    with pytest.raises(APIException, match="1001") as caught:
        exponea.catalog.get_catalog_items("catalog_id", {"count": 1000, "skip": 2})
    assert caught.value.status == 400


def test_items_are_found_and_sorted(exponea: Exponea) -> None:
    for name, price in (("pear", 3), ("apple", 10), ("apricot", 3)):
        exponea.catalog.create_catalog_item("catalog_id", name, {"name": name, "price": price})
    found = exponea.catalog.get_catalog_items("catalog_id", {"query": "AP", "order": "price,desc;name,asc"})
    assert [item["item_id"] for item in found["data"]] == ["apple", "apricot"]
    assert exponea.catalog.get_catalog_items("catalog_id", {"query": "3", "field": "price"})["matched"] == 2


def test_a_missing_item_is_made_only_with_upsert(exponea: Exponea) -> None:
    with pytest.raises(APIException, match="item not found"):
        exponea.catalog.update_catalog_item("catalog_id", "new", {"a": 1})
    assert exponea.catalog.update_catalog_item("catalog_id", "new", {"a": 1}, upsert=True) is True


def test_attributes_and_analyses_follow_the_events(exponea: Exponea) -> None:
    exponea.tracking.add_event(TEST, "purchase", {"price": 4.5, "category": "music"}, 1533663283)
    assert exponea.customer.get_customer_attributes(TEST, aggregations=["agg_id"]) == {
        "aggregations": {"agg_id": 40.0}
    }
    assert exponea.analyses.get_report("report_id")["data"][1]["count(purchase)"] == 2
    before = exponea.analyses.get_report("report_id", execution_time=1533500000)
    assert before["data"] == [{"category": "books", "count(purchase)": 2, "count(customers)": 2}]


def test_consent_is_the_latest_word(exponea: Exponea) -> None:
    exponea.tracking.add_event(
        TEST, "consent", {"category": "other", "action": "accept"}, "2020-01-01T00:00:00Z"
    )
    assert exponea.customer.get_customer_consents(TEST, ["other", "never"]) == {"other": True, "never": False}


def test_events_can_be_paged_and_turned_round(exponea: Exponea) -> None:
    pages = exponea.customer.get_events(TEST, ["visit"], order="desc", limit=1)
    assert [event["properties"]["page"] for event in pages] == ["/books"]
    assert exponea.customer.get_events(TEST, ["visit"], skip=1)[0]["properties"] == {"page": "/books"}


def test_a_cookie_joins_the_customer_who_registers(exponea: Exponea) -> None:
    exponea.tracking.add_event({"cookie": "c1"}, "visit")
    exponea.tracking.update_customer_properties({"registered": "new", "cookie": "c1"}, {"a": 1})
    customer = exponea.customer.get_customer({"registered": "new"})
    assert (customer["ids"]["cookie"], [event["type"] for event in customer["events"]]) == ("c1", ["visit"])


def test_two_registered_customers_on_one_device_stay_two(exponea: Exponea) -> None:
    exponea.tracking.add_event({"registered": "one", "cookie": "shared"}, "visit")
    exponea.tracking.add_event({"registered": "two", "cookie": "shared"}, "purchase")
    assert [event["type"] for event in exponea.customer.get_customer({"registered": "one"})["events"]] == [
        "visit"
    ]
    assert [event["type"] for event in exponea.customer.get_customer({"registered": "two"})["events"]] == [
        "purchase"
    ]


def test_an_unknown_zone_analysis_or_route_is_refused(exponea: Exponea) -> None:
    with pytest.raises(APIException, match="is not known"):
        exponea.analyses.get_report("report_id", timezone="Mars/Olympus")
    with pytest.raises(APIException, match="analysis not found"):
        exponea.analyses.get_funnel("report_id")
    with pytest.raises(AssertionError, match="Unknown analysis type"):
        exponea.analyses.get_analysis("forecast", "report_id")
    with pytest.raises(APIException, match="not found"):
        exponea.get("/nowhere")


def test_a_retention_is_read_with_the_generated_client(exponea: Exponea) -> None:
    from exponea_python_sdk.client import AnalysesApi, AnalysisRequest

    request = AnalysisRequest(analysis_id="retention_id", format="table_json", timezone="Asia/Tokyo")
    table = exponea.api(AnalysesApi).run_analysis(PROJECT_TOKEN, "retention", request)
    assert (table.header, table.rows) == (["day", "customers", "returned"], [["2018-08-06", 3, 1]])


def test_the_sandbox_has_every_operation_of_the_api() -> None:
    sections = (client.AnalysesApi, client.CatalogsApi, client.CustomersApi, client.TrackingApi)
    described = {
        (operation.method, re.sub(r"\{[^}]*\}", "{}", operation.path))
        for section in sections
        for operation in section.operations.values()
    }
    assert len(described) == 19
    assert described == {(method, re.sub(r"\{[^}]*\}", "{}", path)) for method, path, _ in ROUTES}


def test_the_sandbox_answers_as_the_api_is_described(exponea: Exponea) -> None:
    """Expect no error in strict mode, which raises one for each difference from the description."""
    configuration = client.Configuration(strict_responses=True)
    with Exponea(PROJECT_TOKEN, USERNAME, PASSWORD, exponea.url, configuration=configuration) as strict:
        shop = strict.catalog.create_catalog("shop", ["a"])
        calls: list[Callable[[], Any]] = [
            lambda: strict.catalog.get_catalog_name(shop),
            lambda: strict.catalog.update_catalog_name(shop, "shop", ["a", "b"]),
            lambda: strict.catalog.create_catalog_item(shop, "1", {"a": 1}),
            lambda: strict.catalog.update_catalog_item(shop, "1", {"b": 1}),
            lambda: strict.catalog.get_catalog_items(shop),
            lambda: strict.catalog.delete_catalog_item(shop, "1"),
            lambda: strict.catalog.delete_catalog_items(shop),
            lambda: strict.catalog.delete_catalog(shop),
            lambda: strict.tracking.get_system_time(),
            lambda: strict.tracking.update_customer_properties(TEST, {"a": 1}),
            lambda: strict.tracking.add_event(TEST, "visit"),
            lambda: strict.tracking.batch_commands(
                [{"name": "system/time", "command_id": 7}, {"name": "no"}]
            ),
            lambda: strict.customer.get_customer(TEST),
            lambda: strict.customer.get_customer_attributes(TEST, ["a", "b"], ["none"], ["ga"]),
            lambda: strict.customer.get_customers(),
            lambda: strict.customer.get_events(TEST, ["visit"]),
            lambda: strict.analyses.get_report("report_id"),
            lambda: strict.analyses.get_funnel("funnel_id"),
            lambda: strict.analyses.get_segmentation("segmentation_id"),
            lambda: strict.customer.anonymize_customer(TEST),
        ]
        for call in calls:
            call()
            assert strict.connection.last_response.drift == []


def test_the_state_survives_a_restart(tmp_path: Path) -> None:
    file = str(tmp_path / "state.sqlite")
    for expected in (2, 3):
        with serve(file) as sandbox, Exponea(PROJECT_TOKEN, USERNAME, PASSWORD, url=sandbox.url) as exponea:
            assert exponea.catalog.get_catalog_items("catalog_id")["total"] == expected
            exponea.catalog.create_catalog_item("catalog_id", "kept", {})


def test_the_command_runs_a_server_until_it_is_interrupted() -> None:
    command = [sys.executable, "-m", "exponea_python_sdk.sandbox", "--port", "0"]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a child inherits that it is ignored
    try:
        process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[3]
            with Exponea(PROJECT_TOKEN, USERNAME, PASSWORD, url=url) as exponea:
                assert isinstance(exponea.tracking.get_system_time(), float)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=20) == 0
        finally:
            process.kill()
