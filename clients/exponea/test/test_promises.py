"""The promises of the published documentation, one test each, against the sandbox."""

from __future__ import annotations

import io
import logging
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from exponea_python_sdk import Exponea
from exponea_python_sdk.exceptions import APIException
from exponea_python_sdk.sandbox import PASSWORD, PROJECT_TOKEN, USERNAME, Sandbox

PROJECT = Path(__file__).resolve().parent.parent
TEST = {"registered": "test"}


def test_promise_01_an_installation_alone_can_be_imported(tmp_path: Path) -> None:
    """Use only the wheel and its declared dependencies, no other package of this environment."""
    build = [
        sys.executable,
        "-c",
        "import setuptools.build_meta as b, sys; print(b.build_wheel(sys.argv[1]))",
    ]
    source = _copy(PROJECT, tmp_path / "source")
    built = subprocess.run(
        [*build, str(tmp_path)], cwd=source, capture_output=True, text=True, check=True, timeout=120
    )
    site = tmp_path / "site"
    with zipfile.ZipFile(tmp_path / built.stdout.strip().splitlines()[-1]) as wheel:
        wheel.extractall(site)
    declared = next(site.glob("*.dist-info/METADATA")).read_text("utf-8")
    requires = [
        line.removeprefix("Requires-Dist: ") for line in declared.splitlines() if "Requires-Dist: " in line
    ]
    names = [re.split("[<>=]", line)[0] for line in requires if "extra ==" not in line]
    assert names == ["urllib3", "msgspec", "python-dateutil", "certifi", "six"]
    for name in names:
        for file in metadata.files(name) or ():
            top = file.parts[0]
            if ".." not in file.parts and not (site / top).exists():
                os.symlink(Path(str(file.locate())).parents[len(file.parts) - 1] / top, site / top)
    program = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "from exponea_python_sdk import Exponea\n"
        "try: Exponea('t', url='http://127.0.0.1:9', request_timeout=1).tracking.get_system_time()\n"
        "except Exception as error: print(type(error).__name__, 'requests' in sys.modules)\n"
    )
    # -S: without the packages of this environment.
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, timeout=60
    )
    assert run.stdout.split() == ["APIException", "False"], run.stderr


def test_promise_02_the_constructor_gives_the_four_groups(sandbox: Sandbox) -> None:
    exponea = Exponea("project_token", username="basic_auth_username", password="basic_auth_password")
    exponea.configure(url=sandbox.url)
    assert exponea.analyses.get_report("report_id")["name"] == "Purchases by category"
    assert exponea.catalog.get_catalog_name("catalog_id") == "test_catalog"
    assert len(exponea.customer.get_customers()) == 3
    assert exponea.tracking.get_system_time() == pytest.approx(time.time(), abs=30)
    exponea.close()


def test_promise_03_the_tests_run_with_one_command_from_the_projects_folder() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only"]
    # No plugin of this environment may be needed.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    run = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout
    assert "test_promise_03" in run.stdout


def test_promise_04_debug_messages_can_be_turned_on(
    exponea: Exponea, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    # Remove pytest's handlers, as in a script that has not set up logging.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    exponea.tracking.get_system_time()
    assert written.getvalue() == ""
    exponea.logger.setLevel("DEBUG")
    try:
        exponea.tracking.get_system_time()
    finally:
        exponea.logger.setLevel(logging.NOTSET)
    assert "Sending GET request to" in written.getvalue()
    assert "/track/v2/projects/project_token/system/time" in written.getvalue()
    assert "Response status code: 200" in written.getvalue()


def test_promise_05_create_catalog_returns_its_id(exponea: Exponea) -> None:
    catalog_id = exponea.catalog.create_catalog("catalog_name", ["field_one", "field_two"])
    assert isinstance(catalog_id, str)
    assert exponea.catalog.get_catalog_name(catalog_id) == "catalog_name"


def test_promise_06_get_catalog_name_returns_the_name(exponea: Exponea) -> None:
    assert exponea.catalog.get_catalog_name("catalog_id") == "test_catalog"


def test_promise_07_get_catalog_items_returns_a_page(exponea: Exponea) -> None:
    assert exponea.catalog.get_catalog_items("catalog_id", params={}) == {
        "matched": 2,
        "limit": 20,
        "skip": 0,
        "data": [
            {"item_id": "1", "properties": {"field_one": "foo", "field_two": "baz"}},
            {"item_id": "2", "properties": {"field_one": "bar", "field_two": "qux"}},
        ],
        "matched_limited": False,
        "total": 2,
    }
    found = exponea.catalog.get_catalog_items(
        "catalog_id", params={"query": "fo", "field": "field_one", "count": 1}
    )
    assert [item["item_id"] for item in found["data"]] == ["1"]
    assert (found["limit"], found["matched"], found["total"]) == (1, 1, 2)


def test_promise_08_update_catalog_item_returns_true(exponea: Exponea) -> None:
    assert exponea.catalog.update_catalog_item("catalog_id", "1", {"field_one": "new_value"}) is True


def test_promise_09_update_catalog_name_returns_true_and_wants_the_existing_columns(exponea: Exponea) -> None:
    # "fiel_one" is how the documentation spells it.
    columns = ["fiel_one", "field_two", "field_three"]
    assert exponea.catalog.update_catalog_name("catalog_id", "new_name", columns) is True
    assert exponea.catalog.get_catalog_name("catalog_id") == "new_name"
    with pytest.raises(APIException, match="existing field field_three is missing"):
        exponea.catalog.update_catalog_name("catalog_id", "new_name", ["fiel_one", "field_two"])


def test_promise_10_create_catalog_item_returns_true(exponea: Exponea) -> None:
    assert exponea.catalog.create_catalog_item("catalog_id", "item_id", {"field_one": "value_one"}) is True
    assert exponea.catalog.get_catalog_items("catalog_id")["total"] == 3


def test_promise_11_delete_catalog_item_returns_true(exponea: Exponea) -> None:
    assert exponea.catalog.delete_catalog_item("catalog_id", "2") is True
    assert [item["item_id"] for item in exponea.catalog.get_catalog_items("catalog_id")["data"]] == ["1"]


def test_promise_12_delete_catalog_items_returns_true_and_leaves_the_catalog(exponea: Exponea) -> None:
    assert exponea.catalog.delete_catalog_items("catalog_id") is True
    assert exponea.catalog.get_catalog_items("catalog_id")["data"] == []


def test_promise_13_delete_catalog_returns_true(exponea: Exponea) -> None:
    assert exponea.catalog.delete_catalog("catalog_id") is True
    with pytest.raises(APIException, match="catalog not found") as caught:
        exponea.catalog.get_catalog_name("catalog_id")
    assert caught.value.status == 404


def test_promise_14_creating_replaces_an_item_and_updating_keeps_its_other_values(exponea: Exponea) -> None:
    def values() -> dict[str, Any]:
        found = exponea.catalog.get_catalog_items("catalog_id")["data"]
        return next(item["properties"] for item in found if item["item_id"] == "1")

    exponea.catalog.update_catalog_item("catalog_id", "1", {"field_one": "changed"})
    assert values() == {"field_one": "changed", "field_two": "baz"}
    exponea.catalog.create_catalog_item("catalog_id", "1", {"field_one": "alone"})
    assert values() == {"field_one": "alone"}


def test_promise_15_tracking_one_by_one(exponea: Exponea) -> None:
    assert isinstance(exponea.tracking.get_system_time(batch=False), float)
    assert exponea.tracking.update_customer_properties(TEST, {"first_name": "Lukas"}, batch=False) is True
    added = exponea.tracking.add_event(
        TEST, "event_type", properties={"property": "sample_property"}, timestamp=1533663283, batch=False
    )
    assert added is True
    assert exponea.customer.get_events(TEST, ["event_type"])[-1] == {
        "properties": {"property": "sample_property"},
        "timestamp": 1533663283,
        "type": "event_type",
    }


def test_promise_15_commands_for_a_batch(exponea: Exponea) -> None:
    assert exponea.tracking.get_system_time(batch=True) == {"name": "system/time"}
    assert exponea.tracking.update_customer_properties(TEST, {"a": 1}, batch=True) == {
        "name": "customers",
        "data": {"customer_ids": TEST, "properties": {"a": 1}},
    }
    assert exponea.tracking.add_event(TEST, "visit", batch=True) == {
        "name": "customers/events",
        "data": {"customer_ids": TEST, "timestamp": None, "properties": None, "event_type": "visit"},
    }


def test_promise_16_batch_commands_returns_a_value_for_each_command(exponea: Exponea) -> None:
    done = exponea.tracking.batch_commands(
        [
            exponea.tracking.add_event(TEST, "event_type", properties={"property": "test"}, batch=True),
            exponea.tracking.update_customer_properties(TEST, {"first_name": "Lucas"}, batch=True),
            exponea.tracking.get_system_time(batch=True),
        ]
    )
    assert isinstance(done, list)
    assert done[:2] == [True, True]
    assert done[2] == pytest.approx(time.time(), abs=30)
    assert exponea.customer.get_events(TEST, ["event_type"])[-1]["properties"] == {"property": "test"}
    assert exponea.customer.get_customer(TEST)["properties"]["first_name"] == "Lucas"


def test_promise_17_get_customer_returns_ids_properties_and_events(exponea: Exponea) -> None:
    customer = exponea.customer.get_customer({"registered": "test", "cookie": "123"})
    assert set(customer) == {"ids", "properties", "events"}
    assert (customer["ids"]["registered"], customer["ids"]["cookie"]) == ("test", "123")
    assert customer["properties"]["first_name"] == "Lukas"
    assert {"type": "test", "timestamp": 1533585929.9268496, "properties": {}} in customer["events"]


def test_promise_18_get_customer_consents_by_category(exponea: Exponea) -> None:
    consents = exponea.customer.get_customer_consents({"registered": "test"}, ["newsletter", "other"])
    assert consents == {"newsletter": True, "other": False}


def test_promise_19_get_customer_attributes_by_kind(exponea: Exponea) -> None:
    attributes = exponea.customer.get_customer_attributes(
        {"registered": "test"},
        ids=["cookie", "ga"],
        properties=["first_name"],
        aggregations=["agg_id"],
        segmentations=["segm_id"],
        predictions=["pred_id"],
        expressions=["expr_id"],
    )
    assert attributes == {
        "ids": {"cookie": "123", "ga": "sample_id"},
        "properties": {"first_name": "Lukas"},
        "aggregations": {"agg_id": 35.5},
        "segmentations": {"segm_id": "several"},
        "predictions": {"pred_id": 0.75},
        "expressions": {"expr_id": "Lukas Cerny"},
    }
    assert exponea.customer.get_customer_attributes(TEST, ids=["ga"]) == {"ids": {"ga": "sample_id"}}
    assert exponea.customer.get_customer_attributes(TEST) == {}


def test_promise_20_get_customers_keeps_ids_and_properties_apart(exponea: Exponea) -> None:
    """Expect ids and properties mixed, as the sandbox lists them, and a server may."""
    customers = exponea.customer.get_customers()
    assert customers[1] == {
        "ids": {"cookie": ["456", "789"], "ga": [], "registered": "second"},
        "properties": {"email": None, "first_name": "Eva", "last_name": None},
    }
    assert all(set(customer["ids"]) == {"cookie", "ga", "registered"} for customer in customers)


def test_promise_21_get_events_of_some_types(exponea: Exponea) -> None:
    assert exponea.customer.get_events({"registered": "test"}, ["event_type"]) == [
        {"properties": {"foo": "baz"}, "timestamp": 1533496429.9268496, "type": "event_type"}
    ]


def test_promise_21_anonymize_customer_returns_true(exponea: Exponea) -> None:
    assert exponea.customer.anonymize_customer({"registered": "test"}) is True
    with pytest.raises(APIException, match="Customer does not exist"):
        exponea.customer.get_customer(TEST)


def test_promise_22_get_report_rows(exponea: Exponea) -> None:
    assert exponea.analyses.get_report("report_id") == {
        "name": "Purchases by category",
        "data": [
            {"category": "books", "count(purchase)": 2, "count(customers)": 2},
            {"category": "music", "count(purchase)": 1, "count(customers)": 1},
        ],
    }


def test_promise_22_get_funnel_rows(exponea: Exponea) -> None:
    assert exponea.analyses.get_funnel("funnel_id")["data"] == [
        {
            "serie": "All customers",
            "step 1 visit count": 3,
            "step 2 purchase count": 2,
            "step 2 purchase duration from previous": 450.0,
        }
    ]


def test_promise_22_get_segmentation_rows(exponea: Exponea) -> None:
    assert exponea.analyses.get_segmentation("segmentation_id") == {
        "name": "Buyers",
        "data": [{"segment": "several", "#": 1}, {"segment": "one", "#": 1}, {"segment": "none", "#": 1}],
    }


def test_promise_23_the_documented_keywords_work_beside_the_real_ones(exponea: Exponea) -> None:
    catalog, customer = exponea.catalog, exponea.customer
    assert catalog.create_catalog(catalog_name="a", fields=["f"])
    assert catalog.create_catalog(name="a", fields=["f"])
    columns = ["fiel_one", "field_two"]
    assert catalog.update_catalog_name(catalog_id="catalog_id", new_name="b", fields=columns) is True
    assert catalog.update_catalog_name(catalog_id="catalog_id", catalog_name="c", fields=columns) is True
    assert customer.get_customer(customer_ids=TEST) == customer.get_customer(ids=TEST)
    by_documentation = customer.get_customer_consents(customer_ids=TEST, consent_types=["newsletter"])
    assert (
        by_documentation
        == customer.get_customer_consents(ids=TEST, consents=["newsletter"])
        == {"newsletter": True}
    )
    with pytest.raises(TypeError, match="both 'name' and 'catalog_name'"):
        catalog.create_catalog(name="a", catalog_name="a", fields=[])  # type: ignore[call-overload]


def test_promise_24_success_is_true_and_failure_is_an_exception(exponea: Exponea) -> None:
    assert exponea.catalog.delete_catalog_item("catalog_id", "1") is True
    with pytest.raises(APIException) as caught:
        exponea.catalog.delete_catalog_item("catalog_id", "1")
    assert (caught.value.status, caught.value.errors) == (404, "item not found")


def test_the_sandbox_knows_the_names_of_the_documentation(sandbox: Sandbox) -> None:
    assert (PROJECT_TOKEN, USERNAME, PASSWORD) == (
        "project_token",
        "basic_auth_username",
        "basic_auth_password",
    )
    assert sandbox.url.startswith("http://127.0.0.1:")


def _copy(project: Path, target: Path) -> Path:
    """Copy the files of the distribution, without the remains of earlier builds."""
    package = "exponea_python_sdk"
    shutil.copytree(project / package, target / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(project / name, target / name)
    return target
