"""schemathesis: generated requests, right and wrong ones, against every operation of the sandbox.

No answer may be a 500 or differ from what the spec declares; the one operation that fails on purpose must
answer 500. `tox -e schemathesis` runs it. The variable SCHEMATHESIS_EXAMPLES says how many right and how many
wrong requests each operation gets (default 5).
"""

from __future__ import annotations

import copy
import itertools
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import jsonschema
import pytest
import referencing.jsonschema
import schemathesis
import urllib3
from schemathesis import GenerationMode

from apteco_api.sandbox import Sandbox, serve

ROOT = Path(__file__).parents[2]
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "5"))
DOCUMENT: dict[str, Any] = json.loads((ROOT / "apteco_api" / "sandbox" / "openapi.json").read_text("utf-8"))
# statuses of refusals that any operation may answer, although the vendor's document does not list them
REFUSALS = {400, 401, 403, 404, 405, 409, 413, 415}
# operations that exist to fail; their answers have the form of every failure
FAILS_ON_PURPOSE = {"About_ForceInternalServerError": 500, "About_ForceException": 500}
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
    "id": ("temporary", "parts"),
    "stateId": ("STATE",),
    "resourceName": ("logo.png",),
    "resourceId": ("1",),
    "settingsPath": ("kept",),
    "dashboardItemId": ("item",),
    "campaignId": ("campaign-1",),
    "reason": ("EnterFacebookCredentials",),
    "resourceType": ("File",),
    "permissionType": ("AccessRights",),
    "resource": ("Public/reports",),
}
# by a part of the operation's id: ids that the other operations of the run do not use
OWN_NAMES = {
    "DeleteElement": {"elementId": "campaign-5"},
    "CountCampaignAudience": {"audienceId": "campaign-1"},
}
# values that exist, for members of bodies, by the lower-case name of the member
WORDS: dict[str, Any] = {
    "tablename": "People",
    "variablename": "peGender",
    "systemname": "holidays",
    "username": "analyst",
    "newusername": "analyst",
    "list": "1",
    "filepath": "Private/parts.json",
    "path": "Private/Bookings to France or Germany.xml",
    "shareabletype": "Dashboard",
    "emailaddress": "alice.analyst@example.com",
    "userlogin": "analyst",
    "password": "holidays",
    "userid": 2,
    "groupid": 1,
    "themeid": 1,
}
DIMENSION = {"id": "a", "type": "Selector", "variableName": "peGender"}
MEASURE = {"id": "b", "resolveTableName": "People", "function": "Count"}
COLUMN = {"detail": "Code", "unclassifiedFormat": "FromDesign", "description": "a"}
PEOPLE = {"selection": {"tableName": "People"}}


OPERATIONS = [
    operation["operationId"]
    for methods in DOCUMENT["paths"].values()
    for operation in methods.values()
    if isinstance(operation, dict) and "operationId" in operation
]
REGISTRY = referencing.Registry().with_resource(
    "urn:api", referencing.jsonschema.DRAFT202012.create_resource(DOCUMENT)
)
FORMATS = jsonschema.FormatChecker(formats=("uuid",))


@FORMATS.checks("date-time")
def is_timestamp(value: object) -> bool:
    """ISO 8601. Dates of the data have no zone, as at the real service, so RFC 3339 would ask too much."""
    return not isinstance(value, str) or re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", value) is not None


def generated() -> dict[str, Any]:
    """Return the document with any object for the clauses of a dashboard's filters.

    They hold whole queries inside each other, which take minutes to generate; Queries and Cubes cover them.
    """
    document = copy.deepcopy({**DOCUMENT, "servers": [{"url": "/OrbitAPI"}]})
    filters = document["components"]["schemas"]["TableFilter"]["properties"]
    filters["clauses"]["items"] = {"type": "object"}
    return document


schema = schemathesis.openapi.from_dict(generated())


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with serve(scale=500, job_seconds=0) as running:
        fill(running)
        yield running


def fill(server: Sandbox) -> None:
    """Make one of everything that a path can name, so that requests get past the door."""
    token = server.world.access.login("Administrator", server.password, "schemathesis")["accessToken"]
    pool = urllib3.PoolManager(headers={"Authorization": f"Bearer {token}"})

    def send(verb: str, path: str, **options: Any) -> Any:
        answer = pool.request(verb, f"{server.url}/Holidays/{path}", **options)
        assert answer.status in (200, 201), (path, answer.data)
        return answer.json() if answer.data else None

    parts = {"parts": [{"title": "a", "visualisationType": "Cube", "query": PEOPLE}]}
    send("PUT", "Files/holidays/Private/parts.json", fields={"file": ("x", json.dumps(parts))})
    send("PUT", "TemporaryFiles/temporary", fields={"file": ("x", "1")})
    send("PUT", "TemporaryFiles/parts/1", fields={"file": ("x", "1")})
    send("POST", "StaticResources/Logos/Resources", fields={"file": ("logo.png", "1")})
    send("PUT", "Settings/DataView/kept", json={"a": {"b": 1}})
    for _ in range(2):
        send("POST", "Audiences", json={"title": "a", "systemName": "holidays", "bodyQuery": PEOPLE})
        named = {"title": "a", "description": "", "creationDate": "2026-01-01T00:00:00Z"}
        send("POST", "Collections", json={**named, "filePath": "Private/parts.json"})
        cube = {"dimensions": [DIMENSION], "measures": [MEASURE]}
        detail = {
            "drilldownLevel": 0,
            "chartType": "Bar",
            "sortOrder": "Natural",
            "dataSpecification": {"cubeSpecification": cube},
        }
        item = {"id": "item", "title": "a", "dashboardItemDetails": [detail]}
        send("POST", "Dashboards", json={"title": "a", "baseQuery": PEOPLE, "dashboardItems": [item]})
        exported = {"output": {"format": "CSV"}, "gridItems": [{"variableName": "peGender", **COLUMN}]}
        composition = {"description": "a", "type": "Export", "exportCompositionDefinition": exported}
        send("POST", "AudienceCompositions/holidays", json=composition)
        for kind in ("Audiences", "Collections"):
            send("POST", f"{kind}/1/Hits", json={"userAgentDetails": "x"})
        send("POST", "Audiences/1/CalculateSync", json={"generateUrnFile": False})
        send("POST", "Audiences/1/CalculateJobs", json={"generateUrnFile": False})
    nobody = {"emailAddressesToAdd": [], "groupIdsToAdd": [], "notifyAddedRecipients": False}
    share = {"shareableId": 1, "userIdsToAdd": [2], **nobody}
    for kind in ("Audience", "Collection"):
        send("POST", "Shares", json={**share, "shareableType": kind})
    template = {"exportTemplateDefinition": {"exportTemplateColumns": []}}
    for _ in range(2):
        send("POST", "Workspaces", json={"title": "a", "resourcesToAdd": [{"type": "Audience", "id": "1"}]})
        send("POST", "Favourites/holidays", json={"title": "a"})
        send("POST", "AudienceExportTemplates/holidays", json=template)
        send("POST", "Permissions/holidays/Tags", json={"value": str(_)})
        send("POST", "Dashboards/1/Hits", json={"userAgentDetails": "x"})
    invited = {"invitationReason": "EnterFacebookCredentials", "emailAddress": "alice.analyst@example.com"}
    NAMES["token"] = (send("POST", "UserInvitations", json=invited)["token"],)
    state = send("POST", "Telemetry/States", json={"username": "Administrator"})["id"]
    send("POST", f"Telemetry/States/{state}/Sessions/s", json={"clientType": "Orbit"})
    NAMES["stateId"] = (state,)
    NAMES["sessionId"] = ("s", server.world.access.login("analyst", server.password, "")["sessionId"])


def plausible(value: Any, name: str = "") -> Any:
    """Return the value with names in it that the sandbox knows."""
    if isinstance(value, dict):
        return {key: plausible(inside, str(key)) for key, inside in value.items()}
    if isinstance(value, list):
        return [plausible(inside, name) for inside in value]
    known = next((word for end, word in WORDS.items() if name.lower().endswith(end)), None)
    return known if type(known) is type(value) else value


@pytest.fixture(scope="module")
def token(server: Sandbox) -> str:
    return server.world.access.login("Administrator", server.password, "schemathesis")["accessToken"]


def test_all_481_operations_are_asked() -> None:
    assert len(set(OPERATIONS)) == 481
    assert all(schema.find_operation_by_id(name) for name in OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_answer_is_a_500_or_differs_from_the_spec(name: str, server: Sandbox, token: str) -> None:
    operation, numbers = schema.find_operation_by_id(name), itertools.count()
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
            judge(case, server, token, next(numbers))

        try:
            check()
        except hypothesis.errors.Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE, (
                "an operation without parameters and body can't be asked wrongly"
            )


def judge(case: schemathesis.Case, server: Sandbox, token: str, number: int) -> None:
    """Send a request and compare its answer with the spec; three of four name things that are there."""
    known = number % 4 < 3
    for name in case.path_parameters or {}:
        if name in NAMES and (known or name in ("dataViewName", "systemName")):
            case.path_parameters[name] = NAMES[name][number % len(NAMES[name])]
        elif name.endswith("Id") and known and isinstance(case.path_parameters[name], int):
            case.path_parameters[name] = 2 if case.method == "DELETE" else 1
    for mark, own in OWN_NAMES.items() if known else ():
        if mark in case.operation.definition.raw["operationId"]:
            case.path_parameters.update(own)
    case.body = plausible(case.body) if known else case.body
    answer = case.call(base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    failing = FAILS_ON_PURPOSE.get(case.operation.definition.raw["operationId"])
    if failing or answer.status_code in REFUSALS:
        body = answer.json()
        validator({"$ref": "urn:api#/components/schemas/ErrorMessage"}).validate(body)
        assert body["code"] == answer.status_code, body
        assert body["message"], body
        assert "The API is below" not in body["message"], "the request went past the API"
        assert not failing or answer.status_code in (failing, 401, 405), body
        return
    responses = case.operation.definition.raw["responses"]
    assert str(answer.status_code) in responses, f"{answer.status_code} is not in the spec"
    response = responses[str(answer.status_code)]
    if "$ref" in response:
        response = DOCUMENT["components"]["responses"][response["$ref"].rpartition("/")[2]]
    compare(response.get("content"), answer)


def compare(content: dict[str, Any] | None, answer: Any) -> None:
    """Assert that the answer has a declared media type and fits its schema."""
    if not content:
        assert answer.content == b""
        return
    kind = answer.headers["content-type"][0].partition(";")[0]
    if set(content) == {"application/octet-stream"}:
        return  # a stored file has its own media type
    assert kind in content, f"{kind} is not in the spec"
    if kind == "application/json":
        text = json.dumps(content[kind]["schema"]).replace('"#/components', '"urn:api#/components')
        validator(json.loads(text)).validate(answer.json())


def validator(wanted: dict[str, Any]) -> jsonschema.Draft202012Validator:
    """Return a judge that is not ours."""
    return jsonschema.Draft202012Validator(wanted, registry=REGISTRY, format_checker=FORMATS)
