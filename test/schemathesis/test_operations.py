"""schemathesis: generated requests, right and wrong ones, against every operation of the sandbox.

No answer may be a 500 or differ from what the spec declares; the one operation that fails on purpose must
answer 500. `tox -e schemathesis` runs it. The variable SCHEMATHESIS_EXAMPLES says how many right and how many
wrong requests each operation gets (default 5).
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import jsonschema
import pytest
import referencing.jsonschema
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from apteco_api.sandbox import Sandbox, serve

ROOT = Path(__file__).parents[2]
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "5"))
DOCUMENT: dict[str, Any] = json.loads((ROOT / "apteco_api" / "sandbox" / "openapi.json").read_text("utf-8"))
# what every call may be refused with, though the vendor's document does not repeat it for each
REFUSALS = {400, 401, 403, 404, 405, 409, 413, 415}
# asked for a failure, it has to fail, and to say so as every failure does
FAILS_ON_PURPOSE = {"About_ForceInternalServerError": 500}
NAMES = {
    "dataViewName": ("Holidays",),
    "systemName": ("holidays",),
    "username": ("Administrator", "analyst"),
    "variableName": ("boDest", "peDOB", "boCost"),
    "tableName": ("Bookings",),
    "resourceCategory": ("Logos",),
    "path": ("Bookings",),
    "filePath": ("Private/Bookings to France or Germany.xml", "Public/new.bin"),
    "directoryPath": ("Private", "Public/made"),
    "elementId": ("programme-1", "campaign-1"),
    "channelId": ("channel-1",),
    "visualisationId": ("1-0",),
}


OPERATIONS = [
    operation["operationId"]
    for methods in DOCUMENT["paths"].values()
    for operation in methods.values()
    if isinstance(operation, dict) and "operationId" in operation
]
REGISTRY = referencing.Registry().with_resource(
    "urn:api", referencing.jsonschema.DRAFT202012.create_resource(DOCUMENT)
)
ERROR = jsonschema.Draft202012Validator(
    {"$ref": "urn:api#/components/schemas/ErrorMessage"}, registry=REGISTRY
)
schema = schemathesis.openapi.from_dict({**DOCUMENT, "servers": [{"url": "/OrbitAPI"}]})


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with serve(scale=500, job_seconds=0) as running:
        yield running


@pytest.fixture(scope="module")
def token(server: Sandbox) -> str:
    return server.world.access.login("Administrator", server.password, "schemathesis")["accessToken"]


def test_all_253_operations_are_asked() -> None:
    assert len(set(OPERATIONS)) == 253
    assert all(schema.find_operation_by_id(name) for name in OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_answer_is_a_500_or_differs_from_the_spec(name: str, server: Sandbox, token: str) -> None:
    operation = schema.find_operation_by_id(name)
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        @hypothesis.settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        def check(case: schemathesis.Case) -> None:
            judge(case, server, token)

        try:
            check()
        except hypothesis.errors.Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE, (
                "an operation without parameters and body can't be asked wrongly"
            )


def judge(case: schemathesis.Case, server: Sandbox, token: str) -> None:
    """Send a request and compare its answer with the spec."""
    number = zlib.crc32(repr((case.query, case.body)).encode())
    for name in case.path_parameters or {}:
        if name in NAMES and (number % 4 or name in ("dataViewName", "systemName")):
            case.path_parameters[name] = NAMES[name][number % len(NAMES[name])]
        elif name.endswith("Id") and number % 4 and isinstance(case.path_parameters[name], int):
            case.path_parameters[name] = 1 + number % 2
    base = server.url.removesuffix("/OrbitAPI")
    answer = case.call(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    failing = FAILS_ON_PURPOSE.get(case.operation.definition.raw["operationId"])
    if failing or answer.status_code in REFUSALS:
        body = answer.json()
        ERROR.validate(body)
        assert body["code"] == answer.status_code, body
        assert body["message"], body
        assert not failing or answer.status_code in (failing, 405), body
        return
    declared = {int(status) for status in case.operation.definition.raw["responses"] if status.isdigit()}
    assert answer.status_code in declared, f"{answer.status_code} is not in the spec"
    checks = [not_a_server_error, response_schema_conformance, content_type_conformance]
    case.validate_response(answer, checks=checks)
