"""The specs are valid OpenAPI, and hold the whole API with its marks."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate

ROOT = Path(__file__).resolve().parents[2]
SPECS = sorted(path for path in (ROOT / "specs").glob("*.yaml") if not path.name.endswith(".overlay.yaml"))
EFFECTIVE = ROOT / "apteco_api" / "sandbox" / "openapi.json"


def read(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)


@pytest.fixture(scope="module")
def apteco() -> Any:
    return read(ROOT / "specs" / "apteco.yaml")


def operations(document: Any, *, later: bool = False) -> list[Any]:
    """The operations of the first documented version, or those of later servers."""
    every = [operation for item in document["paths"].values() for operation in item.values()]
    return [operation for operation in every if ("x-since" in operation) is later]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_spec_is_accepted_by_the_openapi_validator(path: Path) -> None:
    document = read(path)
    assert document["openapi"].startswith("3.1")
    validate(document)


@pytest.mark.slow
def test_the_corrected_document_is_accepted_too() -> None:
    validate(json.loads(EFFECTIVE.read_text("utf-8")))


def test_the_whole_api_is_there(apteco: Any) -> None:
    every = apteco["components"]["schemas"]
    schemas = {name: schema for name, schema in every.items() if "x-since" not in schema}
    properties = [
        each
        for schema in schemas.values()
        for each in schema.get("properties", {}).values()
        if "x-since" not in each
    ]
    inline = [
        name
        for each in properties
        for name, inner in each.get("properties", {}).items()
        if "x-since" not in inner
    ]
    published = [item for item in apteco["paths"].values() if operations({"paths": {"": item}})]
    assert len(published) == 198
    assert len(operations(apteco)) == 253
    assert len(schemas) == 309
    assert len(properties) == 1578
    assert len(properties) + len(inline) == 1593
    assert sum(len(schema.get("required", ())) for schema in schemas.values()) == 957
    assert schemas["PagedResultsTable"]["x-server-name"] == "PagedResults[Table]"


def test_what_later_servers_have_is_marked_with_their_version(apteco: Any) -> None:
    later = operations(apteco, later=True)
    assert Counter(operation["x-since"] for operation in later) == {"1.10.25": 101, "2022-12": 87, "2026": 40}
    ids = [operation["operationId"] for operation in later]
    assert len(set(ids)) == len(ids)


def test_stability_roles_licences_and_security_are_marked(apteco: Any) -> None:
    every = operations(apteco)
    stability = Counter(operation.get("x-stability") for operation in every)
    assert stability["experimental"] == 23
    assert stability["subject-to-change"] == 7
    assert stability["under-development"] == 1
    assert sum(operation.get("x-role") == "OrbitAdmin" for operation in every) == 53
    assert sum("x-licence" in operation for operation in every) == 26
    assert sum(bool(operation.get("security", True)) for operation in every) == 228


def test_pages_and_jobs_are_marked(apteco: Any) -> None:
    every = operations(apteco)
    assert sum(operation.get("x-paging", False) for operation in every) == 62
    jobs = [operation["x-job"] for operation in every if "x-job" in operation]
    steps = Counter(job["family"] for job in jobs)
    assert len(steps) == 10
    assert all(count >= 3 for count in steps.values())
    assert {job["step"] for job in jobs} == {"create", "poll", "cancel", "results"}


def test_every_correction_has_a_name_and_a_reason() -> None:
    actions = read(ROOT / "specs" / "apteco.overlay.yaml")["actions"]
    names = [action["x-name"] for action in actions]
    assert len(set(names)) == len(names)
    assert all(len(action["description"]) > 40 for action in actions)
