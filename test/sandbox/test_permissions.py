"""Permissions restrict: each right that the sandbox knows, denied to an ordinary user and to nobody else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from apteco_api.sandbox import Sandbox, rights, serve
from apteco_api.sandbox.rights import Right, names_in

DOCUMENT = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")
COUNT = "Queries_PerformQueryCountSynchronously"
COUNT_FILE = "Queries_PerformQueryFileCountSynchronously"
EXPORT = "Exports_PerformExportSynchronously"
CUBE = "Cubes_CalculateCubeSynchronously"
PEOPLE: dict[str, Any] = {"selection": {"tableName": "People"}}


def cost_over(number: int) -> dict[str, Any]:
    """Bookings by a variable, in a clause."""
    rules = [{"listRule": {"list": f">{number}", "variableName": "boCost"}}]
    criteria = {
        "variableName": "boCost", "include": True, "logic": "OR", "ignoreCase": False,
        "textMatchType": "Is", "tableName": "Bookings", "valueRules": rules,
    }  # fmt: skip
    return {"selection": {"tableName": "Bookings", "rule": {"clause": {"criteria": criteria}}}}


def export(variable: str) -> dict[str, Any]:
    """Return an export of one column."""
    column = {"id": "0", "variableName": variable, "columnHeader": "x"}
    limits = {"maximumNumberOfRowsToBrowse": 1, "returnBrowseRows": True}
    return {"baseQuery": PEOPLE, "resolveTableName": "People", "columns": [column], **limits}


def cube(variable: str) -> dict[str, Any]:
    """Return a cube of one dimension."""
    dimension = {"id": "0", "type": "Selector", "variableName": variable}
    measure = {"id": "1", "resolveTableName": "People", "function": "Count"}
    parts = {"dimensions": [dimension], "measures": [measure], "storage": "Full"}
    return {"baseQuery": PEOPLE, "resolveTableName": "People", **parts}


@dataclass
class Case:
    """What a denied right refuses, what it leaves out of lists, and what it does not touch."""

    right: Right
    resource: str
    refuses: list[tuple[str, dict[str, Any]]]
    leaves_out: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    allows: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


FILE = {"filePath": "Public/plans/next.txt"}
OTHER = {"filePath": "Public/open.txt"}
FROM_OTHER = {"fromFilePath": "Public/open.txt"}
BYTES = {"file": ("x", b"1")}
QUERY_FILE = {"path": "Public/plans/query.xml"}
SAVED = {**QUERY_FILE, "query": PEOPLE}
ELEMENT = {"elementId": "campaign-1"}
NO_FILE = {"generateUrnFile": False}
ONE = {"audienceId": 1}
CASES = [
    Case(
        rights.READ_FILE,
        "Public/plans",
        [
            ("Files_GetFile", FILE),
            ("Directories_GetFileEntries", {"directoryPath": "public/PLANS"}),
            ("Files_CopyFile", {"toFilePath": "Private/x", "query": {"fromFilePath": FILE["filePath"]}}),
            ("Queries_PerformGetQueryFileDefinitionSynchronously", {"body": QUERY_FILE}),
            (COUNT_FILE, {"body": QUERY_FILE}),
            ("Collections_GetCollectionParts", {"collectionId": 1}),
        ],
        [("Directories_GetFileEntries", {"directoryPath": "Public"}, "plans")],
        [("Files_GetFile", OTHER)],
    ),
    Case(
        rights.WRITE_FILE,
        "Public/plans",
        [
            ("Files_UpsertFile", {**FILE, **BYTES}),
            ("Files_UpsertFile", {"filePath": "Public\\plans\\new.txt", **BYTES}),
            ("Files_DeleteFile", FILE),
            ("Directories_UpsertDirectory", {"directoryPath": "Public/plans/inside"}),
            ("Directories_DeleteDirectory", {"directoryPath": "Public/plans"}),
            ("Files_CopyFile", {"toFilePath": "Public/plans/x", "query": FROM_OTHER}),
            ("Queries_PerformSaveQueryFileDefinitionSynchronously", {"body": SAVED}),
            (EXPORT, {"body": {**export("peGender"), "pathToExportTo": "Public/plans/rows.csv"}}),
        ],
        [],
        [("Files_GetFile", FILE), ("Files_UpsertFile", {**OTHER, **BYTES})],
    ),
    Case(
        rights.RUN_FILE,
        "Public/plans/query.xml",
        [(COUNT_FILE, {"body": QUERY_FILE})],
        [],
        [("Queries_PerformGetQueryFileDefinitionSynchronously", {"body": QUERY_FILE})],
    ),
    Case(
        rights.SEE_DATA,
        "boCost",
        [
            ("FastStatsSystems_GetFastStatsVariable", {"variableName": "boCost"}),
            (COUNT, {"body": cost_over(100)}),
        ],
        [
            ("FastStatsSystems_GetFastStatsVariables", {}, "boCost"),
            ("FastStatsSystems_GetFastStatsFolder", {"path": "Bookings"}, "boCost"),
            ("FastStatsSystems_GetAllFastStatsSystemItems", {}, "boCost"),
        ],
        [("FastStatsSystems_GetFastStatsVariable", {"variableName": "boProfit"}), (COUNT, {"body": PEOPLE})],
    ),
    Case(
        rights.USE_DATA,
        "People",
        [
            (COUNT, {"body": PEOPLE}),
            (EXPORT, {"body": export("peGender")}),
            (CUBE, {"body": cube("peGender")}),
            ("FastStatsSystems_GetFastStatsVariableCodes", {"variableName": "peGender"}),
            ("FastStatsSystems_RefreshFastStatsVariableCodesSync", {"variableName": "peGender"}),
            (COUNT_FILE, {"body": QUERY_FILE}),
            ("Audiences_CalculateAudienceLatestUpdateSync", {**ONE, "body": NO_FILE}),
        ],
        [],
        [
            (COUNT, {"body": cost_over(100)}),
            ("FastStatsSystems_GetFastStatsTable", {"tableName": "People"}),
            ("FastStatsSystems_GetFastStatsVariable", {"variableName": "peGender"}),
        ],
    ),
    Case(
        rights.SEE_DIAGRAM,
        "diagram-1",
        [("PeopleStage_GetPeopleStageElements", {}), ("PeopleStage_GetPeopleStageElement", ELEMENT)],
        [],
        [("PeopleStage_GetPeopleStageChannels", {})],
    ),
    Case(
        rights.SEE_ELEMENT,
        "campaign-1",
        [
            ("PeopleStage_GetPeopleStageElement", ELEMENT),
            ("PeopleStage_GetPeopleStageElementChildren", ELEMENT),
            ("PeopleStage_GetPeopleStageElementStatus", ELEMENT),
        ],
        [
            ("PeopleStage_GetPeopleStageElements", {}, "campaign-1"),
            ("PeopleStage_GetPeopleStageElements", {}, "message-1-"),
            ("PeopleStage_GetPeopleStageElementChildren", {"elementId": "area-1"}, "campaign-1"),
        ],
        [("PeopleStage_GetPeopleStageElement", {"elementId": "campaign-2"})],
    ),
    Case(
        rights.SEE_CHANNEL,
        "channel-1",
        [("PeopleStage_GetPeopleStageChannel", {"channelId": "channel-1"})],
        [("PeopleStage_GetPeopleStageChannels", {}, "channel-1")],
        [("PeopleStage_GetPeopleStageChannel", {"channelId": "channel-2"})],
    ),
    Case(
        rights.COUNT_ELEMENT,
        "programme-1",
        [
            ("PeopleStage_GetPeopleStageElementStatus", ELEMENT),
            ("PeopleStage_GetPeopleStageElementCommunicationStatistics", ELEMENT),
            ("PeopleStage_GetPeopleStageElementChannelStatistics", ELEMENT),
            ("PeopleStage_GetPeopleStageElementResponseStatistics", ELEMENT),
            ("PeopleStage_GetPeopleStageRangeStatisticsSync", ELEMENT),
        ],
        [("PeopleStage_GetPeopleStageElementStatusForDescendants", ELEMENT, "message-1-")],
        [("PeopleStage_GetPeopleStageElement", ELEMENT)],
    ),
    Case(
        rights.READ_ITEM,
        "Audience/1",
        [
            ("Audiences_GetAudience", ONE),
            ("Audiences_GetAudienceUpdates", ONE),
            ("Audiences_CalculateAudienceLatestUpdateSync", {**ONE, "body": NO_FILE}),
            ("Users_GetUserAudience", {"username": "analyst", **ONE}),
        ],
        [("Users_GetUserAudiences", {"username": "analyst"}, "Mine")],
        [("Collections_GetCollection", {"collectionId": 1})],
    ),
    Case(
        rights.WRITE_ITEM,
        "Audience",
        [
            ("Audiences_CreateAudience", {"body": {"title": "x", "systemName": "holidays"}}),
            ("Audiences_CopyAudience", {**ONE, "body": {"newTitle": "x"}}),
            ("Audiences_CreateAudienceUpdate", {**ONE, "body": {"title": "x"}}),
            ("Audiences_DeleteAudience", ONE),
        ],
        [],
        [("Audiences_GetAudience", ONE)],
    ),
    Case(
        rights.RUN_ITEM,
        "Audience/1",
        [
            ("Audiences_CalculateAudienceLatestUpdateSync", {**ONE, "body": NO_FILE}),
            ("Audiences_CreateCalculateAudienceJobForLatestUpdate", {**ONE, "body": NO_FILE}),
        ],
        [],
        [("Audiences_GetAudience", ONE), ("Audiences_GetAudienceResults", ONE)],
    ),
    Case(
        rights.SHARE_ITEM,
        "Audience/1",
        [
            (
                "Shares_CreateShare",
                {
                    "body": {
                        "shareableType": "Audience", "shareableId": 1, "emailAddressesToAdd": [],
                        "userIdsToAdd": [1], "groupIdsToAdd": [], "notifyAddedRecipients": False,
                    }
                },
            )
        ],
        [],
        [("Audiences_GetAudience", ONE)],
    ),
    Case(
        rights.READ_SETTINGS,
        "Settings/kept/secret",
        [("Settings_GetDataViewSettings", {"settingsPath": "kept/secret"})],
        [
            ("Settings_GetDataViewSettings", {"settingsPath": "kept"}, "hush"),
            ("Settings_GetDataViewSettingsRoot", {}, "hush"),
        ],
        [("Settings_GetDataViewSettings", {"settingsPath": "kept"})],
    ),
    Case(
        rights.WRITE_SETTINGS,
        "Settings/kept/secret",
        [
            ("Settings_UpdateDataViewSettings", {"settingsPath": "kept/secret", "body": {"a": 1}}),
            ("Settings_UpdateDataViewSettings", {"settingsPath": "kept", "body": {"a": 1}}),
            ("Settings_DeleteDataViewSettingsRoot", {}),
        ],
        [],
        [
            ("Settings_GetDataViewSettings", {"settingsPath": "kept/secret"}),
            ("Settings_UpdateDataViewSettings", {"settingsPath": "other", "body": {"a": 1}}),
        ],
    ),
    Case(
        rights.CALL,
        "Exports",
        [(EXPORT, {"body": export("peGender")}), ("Exports_GetExportSystems", {})],
        [],
        [(COUNT, {"body": PEOPLE})],
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def own() -> Iterator[Sandbox]:
    with serve(scale=2_000, job_seconds=0) as running:
        yield running


@pytest.fixture(scope="module")
def users(own: Sandbox, new_api: Any) -> tuple[Any, Any]:
    """Return the administrator and the analyst, who owns an audience and a collection."""
    admin = new_api(own.url, "Administrator", own.password)
    analyst = new_api(own.url, "analyst", own.password)
    admin("Settings_UpdateDataViewSettings", settingsPath="kept", body={"secret": {"word": "hush"}, "a": {}})
    analyst("Files_UpsertFile", **FILE, file=("x", b"1"))
    analyst("Files_UpsertFile", **OTHER, file=("x", b"1"))
    save = {"path": QUERY_FILE["path"], "query": PEOPLE}
    analyst("Queries_PerformSaveQueryFileDefinitionSynchronously", body=save)
    analyst("Audiences_CreateAudience", body={"title": "Mine", "systemName": "holidays", "bodyQuery": PEOPLE})
    body = {"title": "c", "description": "", "creationDate": "2026-01-01T00:00:00Z", **FILE}
    analyst("Collections_CreateCollection", body=body)
    return admin, analyst


def permission(right: Right, resource: str, **answer: bool) -> dict[str, Any]:
    """Return the body that creates a permission."""
    said = {"grant": False, "deny": False, "inherit": False, **answer}
    named = {"permissionType": right.family, "permission": {"name": right.name}, "resourceType": right.kind}
    return {"id": 0, **named, "resource": resource, **said}


def text_of(api: Any, operation: str, options: dict[str, Any]) -> str:
    """Return a whole listing as text."""
    paged = "list" in json.dumps(api(operation, **options))[:200]
    query = {"query": {**options.get("query", {}), "count": 10_000}} if paged else {}
    return json.dumps(api(operation, **{**options, **query}))


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.right.family}-{case.right.name}-{case.right.kind}"
)
def test_a_denied_right_restricts_the_user_and_nobody_else(users: tuple[Any, Any], case: Case) -> None:
    admin, analyst = users
    user = admin("Users_GetUserDetails", username="analyst")["id"]
    question = {"permissionType": case.right.family, "permission": case.right.name}
    question |= {"resourceType": case.right.kind, "resource": case.resource}
    assert analyst("Permissions_IsAuthorised", **question) is True
    for operation, options, word in case.leaves_out:
        assert word in text_of(analyst, operation, options), "the test must not pass on an empty list"
    body = permission(case.right, case.resource, deny=True)
    denial = admin("Permissions_CreatePermissionForUser", userId=user, body=body)["authorisedPermission"]
    try:
        assert analyst("Permissions_IsAuthorised", **question) is False
        assert admin("Permissions_IsAuthorised", **question) is True
        for operation, options in case.refuses:
            status, message = analyst.refused(operation, **options)
            assert (operation, status, str(case.right) in message) == (operation, 403, True), message
        for operation, options, word in case.leaves_out:
            assert word not in text_of(analyst, operation, options)
            assert word in text_of(admin, operation, options)
        for operation, options in case.allows:
            analyst(operation, **options)
    finally:
        admin("Permissions_DeletePermission", permissionId=denial["id"])
    assert analyst("Permissions_IsAuthorised", **question) is True


def test_every_right_that_restricts_is_tested_and_documented() -> None:
    assert {case.right for case in CASES} == set(rights.OPEN)
    for right in rights.OPEN:
        assert re.search(rf"\| {right.family} \| {right.name} \| {right.kind} \|", DOCUMENT), right


def test_the_most_specific_holder_and_resource_decide(users: tuple[Any, Any]) -> None:
    admin, analyst = users
    details = admin("Users_GetUserDetails", username="analyst")
    made: list[int] = []

    def say(operation: str, resource: str, holder: dict[str, int], **answer: bool) -> None:
        body = permission(rights.READ_FILE, resource, **answer)
        made.append(admin(operation, **holder, body=body)["authorisedPermission"]["id"])

    def reads(path: str) -> bool:
        status: int = analyst.send("Files_GetFile", filePath=path).status
        return status == 200

    try:
        say("Permissions_CreatePermissionForSystem", "", {}, deny=True)
        assert not reads("Public/open.txt")
        say(
            "Permissions_CreatePermissionForTeam", "Public", {"teamId": details["teams"][0]["id"]}, grant=True
        )
        assert reads("Public/open.txt")
        say(
            "Permissions_CreatePermissionForGroup", "Public/plans", {"groupId": details["groupId"]}, deny=True
        )
        assert reads("Public/open.txt")
        assert not reads(FILE["filePath"])
        say("Permissions_CreatePermissionForUser", "Public/plans", {"userId": details["id"]}, inherit=True)
        assert not reads(FILE["filePath"]), "with inherit=True, the denial of the group decides"
        say("Permissions_CreatePermissionForUser", FILE["filePath"], {"userId": details["id"]}, grant=True)
        assert reads(FILE["filePath"])
        say("Permissions_CreatePermissionForUser", FILE["filePath"], {"userId": details["id"]}, deny=True)
        assert not reads(FILE["filePath"]), "a denial outweighs a grant"
    finally:
        for number in made:
            admin("Permissions_DeletePermission", permissionId=number)
    assert reads(FILE["filePath"])


def test_a_right_that_the_sandbox_does_not_know_is_the_administrators(users: tuple[Any, Any]) -> None:
    admin, analyst = users
    question = {"permissionType": "StageRights", "permission": "Launch", "resourceType": "CascadeElement"}
    assert admin("Permissions_IsAuthorised", **question, resource="x") is True
    assert analyst("Permissions_IsAuthorised", **question, resource="x") is False
    user = admin("Users_GetUserDetails", username="analyst")["id"]
    body = permission(Right("StageRights", "Launch", "CascadeElement"), "x", grant=True)
    given = admin("Permissions_CreatePermissionForUser", userId=user, body=body)["authorisedPermission"]
    assert analyst("Permissions_IsAuthorised", **question, resource="x/below") is True
    admin("Permissions_DeletePermission", permissionId=given["id"])


def test_a_permission_says_one_thing(users: tuple[Any, Any]) -> None:
    body = permission(rights.READ_FILE, "x", grant=True, inherit=True)
    status, message = users[0].refused("Permissions_CreatePermissionForSystem", body=body)
    assert (status, "one of the three" in message) == (400, True)


def test_a_denied_variable_is_found_wherever_a_request_names_it() -> None:
    text = "[Cost] > 10 AND [boProfit] < 3"
    clause = {"criteria": {"tableName": "Bookings", "expressionRule": {"displayText": text}}}
    top = {"groupingVariableName": "boDest", "expression": "[boKeyCd]"}
    rfv = {"transactionalTable": "Bookings", "recency": {"variableName": "boDate"}}
    request = {
        "baseQuery": {
            "selection": {"tableName": "People", "rule": {"clause": clause}, "topN": top, "rfv": rfv}
        }
    }
    tables, variables = names_in(request)
    assert tables == {"Bookings", "People"}
    assert variables == {"Cost", "boProfit", "boDest", "boKeyCd", "boDate"}


def test_a_variable_in_an_expression_is_denied_by_name_and_by_description(users: tuple[Any, Any]) -> None:
    admin, analyst = users
    body = permission(rights.USE_DATA, "Bookings/boCost", deny=True)
    denial = admin("Permissions_CreatePermissionForSystem", body=body)["authorisedPermission"]
    try:
        for name in ("boCost", "Cost"):
            rule = {"displayText": f"[{name}] > 10", "tableName": "Bookings", "queries": []}
            criteria = {"tableName": "Bookings", "include": True, "logic": "OR", "ignoreCase": False}
            criteria |= {"textMatchType": "Is", "expressionRule": rule}
            query = {"selection": {"tableName": "Bookings", "rule": {"clause": {"criteria": criteria}}}}
            status, message = analyst.refused(COUNT, body=query)
            assert (status, "boCost" in message or "bocost" in message) == (403, True), message
            assert admin(COUNT, body=query)["counts"]
    finally:
        admin("Permissions_DeletePermission", permissionId=denial["id"])
