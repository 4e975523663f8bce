"""Newer operations: refusals, rights, what an older server says, and what outlives a restart."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import apteco_api as aa
from apteco_api.sandbox import Sandbox, serve
from apteco_api.sandbox.spec import load

NEWER = [name for name, operation in load().operations.items() if operation.since != "1.9.19"]
PEOPLE = {"selection": {"tableName": "People"}}
OPEN = ("/Sessions/Mfa/", "/UserInvitations/{token}/Accept", "/ResendConfirmation", "/TimeZonesInfo")


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with serve(scale=500, job_seconds=0) as running:
        yield running


@pytest.fixture
def admin(box: Sandbox, new_api: Callable[..., Any]) -> Any:
    return new_api(box.url, box.username, box.password)


@pytest.fixture
def analyst(box: Sandbox, new_api: Callable[..., Any]) -> Any:
    return new_api(box.url, "analyst", box.password)


def filled(operation: str) -> dict[str, Any]:
    """Something for each placeholder of a path, and an empty body where one is taken."""
    found = load().operations[operation]
    own = {p.name: "1" for p in found.parameters if p.location == "path"}
    path = {key: value for key, value in own.items() if key not in ("dataViewName", "systemName")}
    return {**path, "body": {}} if found.body is not None and found.body.kind == "json" else path


@pytest.mark.parametrize("name", NEWER)
def test_a_stranger_gets_a_401(name: str, box: Sandbox, new_api: Callable[..., Any]) -> None:
    found = load().operations[name]
    status = new_api(box.url).send(name, **filled(name)).status
    assert status == 401 or (any(part in found.path for part in OPEN) and not found.secured), status


@pytest.mark.parametrize("name", [name for name in NEWER if load().operations[name].role])
def test_a_role_is_required_where_the_document_says_so(name: str, analyst: Any) -> None:
    status, message = analyst.refused(name, **filled(name))
    assert (status, "This needs the role" in message) == (403, True)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("Groups_CreateGroup", {"body": {"name": "x", "userIds": [2]}}),
        ("Groups_ModifyGroupMembership", {"groupId": 1, "body": {"userIdsToAdd": [2]}}),
        ("Users_UpdateUserGroups", {"username": "analyst", "body": {"groupIdsToAdd": [2]}}),
        (
            "Users_TransferResourcesOwnership",
            {"body": {"username": "Administrator", "newUsername": "analyst"}},
        ),
        ("Permissions_CreateTag", {"body": {"value": "x"}}),
        ("Permissions_GetPermissionSummariesForSystem", {}),
        ("RowFilters_ModifySystemRowFilters", {"body": {"returnModifiedItem": False, "list": []}}),
        ("PeopleStage_PausePeopleStageSystem", {}),
        ("PeopleStage_PausePeopleStageElement", {"elementId": "campaign-1"}),
        ("PeopleStage_CreateDeleteElementJobForElement", {"elementId": "campaign-1"}),
        ("Channels_ModifyChannels", {"body": {"list": []}}),
        ("Channels_GetAuthenticationDetails", {"channelId": "channel-1"}),
        ("Users_GetUserResourceCounts", {"username": "Administrator"}),
    ],
)
def test_an_ordinary_user_may_not(name: str, options: dict[str, Any], analyst: Any) -> None:
    assert analyst.refused(name, **options)[0] == 403


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("Workspaces_GetWorkspace", {"workspaceId": 99}),
        ("Workspaces_GetWorkspaceUpdate", {"workspaceId": 99, "workspaceUpdateId": 1}),
        ("Users_GetUserFavourite", {"id": 99}),
        ("Dashboards_GetDashboardUpdates", {"dashboardId": 99}),
        ("Groups_ModifyGroup", {"groupId": 99, "body": {}}),
        ("UserInvitations_AcceptInvitation", {"token": "00000000-0000-0000-0000-000000000000"}),
        ("PeopleStage_PausePeopleStageElement", {"elementId": "nothing"}),
        ("PeopleStage_CreateCountCampaignAudienceJob", {"audienceId": "nothing"}),
        ("Channels_GetChannel", {"channelId": "nothing"}),
        ("PeopleStage_ElementPublishJob", {"elementId": "campaign-1", "jobId": 99}),
        ("Files_GetFileEx", {"filePath": "Public/nothing", "body": {}}),
        ("Files_CreateUrnFile", {"query": {"filePath": "Public/nothing", "variableName": "peURN"}}),
        ("AudienceExportTemplates_DeleteAudienceExportTemplate", {"audienceExportTemplateId": 99}),
    ],
)
def test_a_name_that_does_not_exist_is_a_404(name: str, options: dict[str, Any], admin: Any) -> None:
    assert admin.refused(name, **options)[0] == 404


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("Favourites_CreateFavourite", {"body": {}}, "must hold the text title, not None"),
        ("Favourites_CreateFavourite", {"body": [1]}, "must be an object"),
        (
            "Favourites_DuplicateFavourite",
            {"body": {"favouriteId": "x", "newTitle": "t"}},
            "favouriteId, not 'x'",
        ),
        (
            "FastStatsSystems_GetTopVarCodes",
            {"body": {"variableNames": ["boCost"]}},
            "'boCost' is not a selector",
        ),
        ("FastStatsSystems_GetTopVarCodes", {"body": {}}, "list variableNames"),
        ("FastStatsSystems_GetTopVarCodes", {"body": {"variableNames": ["boDest"], "count": 0}}, "not 0"),
        ("Sessions_VerifyTotp", {"body": {}}, "The body has no code"),
        ("Files_CreateUrnFile", {"query": {"filePath": "x"}}, "variableName is missing"),
        (
            "Files_GetFileEx",
            {"filePath": "Public/a", "body": {"zipFile": True, "zipFilePassword": "x"}},
            "encrypt",
        ),
        (
            "TemporaryAccessTokens_CreateTemporaryToken",
            {"body": {"resourcePath": "/"}},
            "resourcePath is empty",
        ),
        ("PeopleStage_CreateLoadCampaignJourneyJob", {"campaignId": "programme-1"}, "is not a campaign"),
        ("Channels_ModifyChannels", {"body": {"list": [1]}}, "list of objects"),
        ("Shares_ModifyMultipleShares", {"body": "x"}, "must be an object"),
    ],
)
def test_a_refusal_names_the_value(name: str, options: dict[str, Any], words: str, admin: Any) -> None:
    admin("Files_UpsertFile", filePath="Public/a", file=("a", b"a"))
    status, message = admin.refused(name, **options)
    assert (status, words in message) == (400, True), message


def test_a_stranger_may_accept_an_invitation_but_not_complete_it(
    admin: Any, analyst: Any, box: Sandbox, new_api: Callable[..., Any]
) -> None:
    body = {"invitationReason": "EnterFacebookCredentials", "emailAddress": "new@example.com"}
    token = {"token": admin("UserInvitations_CreateInvitation", body=body)["token"]}
    assert new_api(box.url)("UserInvitations_AcceptInvitation", **token)["userExists"] is False
    assert analyst.refused("UserInvitations_CompleteInvitation", **token)[0] == 403
    assert analyst.refused("UserInvitations_ExpireInvitation", **token)[0] == 403


def test_a_group_gives_its_members_what_is_shared_with_it(admin: Any, analyst: Any) -> None:
    group = admin("Groups_CreateGroup", body={"name": "second group", "userIds": [2]})["id"]
    body = {"systemName": "holidays", "title": "A", "bodyQuery": PEOPLE}
    audience = {"audienceId": admin("Audiences_CreateAudience", body=body)["id"]}
    assert analyst.refused("Audiences_GetAudience", **audience)[0] == 403
    entry = {"shareableType": "Audience", "shareableId": audience["audienceId"], "groupIdsToAdd": [group]}
    admin("Shares_ModifyMultipleShares", body=[entry])
    assert analyst("Audiences_GetAudience", **audience)["title"] == "A"
    admin("Groups_DeleteGroup", groupId=group)
    assert analyst.refused("Audiences_GetAudience", **audience)[0] == 403


def test_a_user_may_use_the_systems_of_the_user_and_of_the_groups(admin: Any, analyst: Any) -> None:
    body = {"systemName": "holidays", "title": "Mine", "bodyQuery": PEOPLE}
    mine: dict[str, Any] = {"audienceId": analyst("Audiences_CreateAudience", body=body)["id"]}
    mine["body"] = {"generateUrnFile": False}

    def asked(api: Any) -> tuple[int, ...]:
        sent = [
            api.send("FastStatsSystems_GetFastStatsTables"),
            api.send("Queries_PerformQueryCountSynchronously", body=PEOPLE),
            api.send("Audiences_CalculateAudienceLatestUpdateSync", **mine),
        ]
        return tuple(each.status for each in sent)

    listed, one = "FastStatsSystems_GetFastStatsSystems", "FastStatsSystems_GetFastStatsSystem"
    admin("Users_UpdateUserSystems", username="analyst", body={"systemsToRemove": ["holidays"]})
    assert asked(analyst) == (200, 200, 201), "the group Analysts still gives access to the system"
    admin("Groups_ModifyGroupSystems", groupId=1, body={"systemsToRemove": ["Holidays"]})
    assert asked(analyst) == (403, 403, 403)
    assert analyst.refused(one)[1] == "You may not use the FastStats system 'holidays'."
    assert analyst(listed)["totalCount"] == 0
    assert asked(admin) == (200, 200, 201)
    admin("Users_UpdateUserSystems", username="analyst", body={"systemsToAdd": ["holidays"]})
    assert asked(analyst) == (200, 200, 201)
    admin("Groups_ModifyGroupSystems", groupId=1, body={"systemsToAdd": ["holidays"]})
    assert analyst(listed)["totalCount"] == 1


def test_an_element_that_another_has_checked_out_is_left_alone(admin: Any, analyst: Any) -> None:
    right = {"permissionType": "AccessRights", "resourceType": "PeopleStageElement", "resource": "campaign-2"}
    grant = [{"pieceValue": "Grant", "permissionPieceString": "Write"}]
    admin("Permissions_SetPermissionsForUser", userId=2, body=grant, **right)
    key = {"elementId": "campaign-2"}
    started = analyst("PeopleStage_CreateElementCheckInOutJob", body={"action": "CheckOut"}, **key)
    for _ in range(200):
        if analyst("PeopleStage_ElementCheckInOutJob", jobId=started["id"], **key)["isComplete"]:
            break
        time.sleep(0.02)
    status, message = admin.refused("PeopleStage_PausePeopleStageElement", **key)
    assert (status, message) == (409, "'campaign-2' is checked out to analyst.")
    analyst("PeopleStage_PausePeopleStageElement", **key)
    assert admin("PeopleStage_GetPeopleStageElementStatus", **key)["userPausedCampaignsCount"] == 1


def test_a_temporary_token_opens_its_path_alone(
    admin: Any, box: Sandbox, new_api: Callable[..., Any]
) -> None:
    admin("TemporaryFiles_UpsertTemporaryFile", id="mine", file=("x", b"content"))
    path = {"resourcePath": "Holidays/TemporaryFiles/mine"}
    token = admin("TemporaryAccessTokens_CreateTemporaryToken", body=path)["accessToken"]
    stranger, query = new_api(box.url), {"temporaryToken": token, "contentDispositionFileName": "report.txt"}
    answer = stranger.send("TemporaryFiles_GetTemporaryFile", id="mine", query=query)
    assert (answer.status, answer.data) == (200, b"content")
    assert "report.txt" in answer.headers["Content-Disposition"]
    assert stranger.refused("TemporaryFiles_GetTemporaryFile", id="other", query=query)[0] == 401
    assert stranger.refused("About_ExampleTemporaryTokenResource", query=query)[0] == 401
    assert stranger.refused("Users_GetUserDetails", username="analyst", query=query)[0] == 401


def test_what_a_job_says_when_it_was_cancelled(new_api: Callable[..., Any]) -> None:
    with serve(scale=500, job_seconds=30) as slow:
        api = new_api(slow.url, slow.username, slow.password)
        key = {"elementId": "campaign-1"}
        started = api("PeopleStage_CreateElementPublishJob", **key)
        api("PeopleStage_CancelElementPublishJob", jobId=started["id"], **key)
        state = api("PeopleStage_ElementPublishJob", jobId=started["id"], **key)
    assert (state["isComplete"], state["isCancelled"]) == (True, True)
    assert state["serverMessages"][0]["text"] == "The job was cancelled before it was done."


@pytest.mark.parametrize("version", ["1.9.19", "1.10.25", "2022-12"])
def test_an_older_server_does_not_know_what_came_later(version: str, new_api: Callable[..., Any]) -> None:
    with serve(scale=500, version=version) as old:
        api = new_api(old.url, old.username, old.password)
        assert api("About_GetVersion")["version"].startswith(version)
        known = load(version).operations
        assert api("About_GetEndpoints", query={"count": 1})["totalCount"] == len(known)
        for name in NEWER:
            path = (
                load().operations[name].path.replace("{dataViewName}", "v").replace("{", "").replace("}", "")
            )
            owner = load(version).match(path, load().operations[name].method)
            if owner is None or load().operations[name].method not in owner[0]:
                assert api.send(name, **filled(name)).status in (404, 405), name
        answer = api.send("Favourites_CreateFavourite", body={}).json()
        assert answer["message"] == f"A server of version {version} has no such path; it came with 2026."
        user = api.send("Users_GetUserDetails", username="analyst").json()
        assert ("groups" in user) == (version != "1.9.19")
        assert api("Teams_GetTeams")["totalCount"] == 1, "servers keep what newer documents lack"


@pytest.mark.parametrize("version", ["1.9.19", "2022-12"])
def test_a_behaviour_is_counted_by_every_server_and_each_reads_its_own_fields(
    version: str, new_api: Callable[..., Any]
) -> None:
    with serve(scale=500, version=version) as server:
        login = (server.url, server.data_view, server.username, server.password)
        with aa.login(*login, system=server.system) as session:
            often = session.query((aa.where("boCost") > 100).at_least(2, per="People"))
            sent = session.client.sanitize_for_serialization(often)
            expected = session.count(often)
        (any_of,) = sent["selection"]["rule"]["clause"]["logic"]["operands"]
        rfv = any_of["subSelection"]["selection"]["rfv"]
        older, later = (
            {"groupingTable", "transactionalTable"},
            {"groupingTableName", "transactionalTableName"},
        )
        assert older | later < set(rfv)
        api = new_api(server.url, server.username, server.password)

        def counted(names: set[str]) -> Any:
            own = {name: value for name, value in rfv.items() if name in names or name == "frequency"}
            selection = {"tableName": "People", "rfv": own}
            return api.send("Queries_PerformQueryCountSynchronously", body={"selection": selection})

        assert counted(later).status == (200 if version == "2022-12" else 400)
        assert counted(older).status == 200
        assert expected > 0


def test_all_state_outlives_a_restart(tmp_path: Path, new_api: Callable[..., Any]) -> None:
    where = tmp_path / "box.duckdb"
    with serve(scale=500, job_seconds=0, data=where) as first:
        api = new_api(first.url, first.username, first.password)
        favourite = api("Favourites_CreateFavourite", body={"title": "F"})["id"]
        workspace = api("Workspaces_CreateWorkspace", body={"title": "W"})["id"]
        api("PeopleStage_PausePeopleStageElement", elementId="campaign-1")
        tag = api("Permissions_CreateTag", body={"value": "t"})
        change = {"modificationType": "Modify", "id": "channel-1", "channel": {"description": "Mail"}}
        api("Channels_ModifyChannels", body={"list": [change]})
        body = {"invitationReason": "EnterFacebookCredentials", "emailAddress": "new@example.com"}
        invitation = api("UserInvitations_CreateInvitation", body=body)
        path = {"resourcePath": "About/ExampleTemporaryTokenResource"}
        token = api("TemporaryAccessTokens_CreateTemporaryToken", body=path)["accessToken"]
        api("Groups_CreateGroup", body={"name": "kept", "userIds": [2]})
        session = api.token
    with serve(data=where) as second:
        api = new_api(second.url)
        assert api("About_ExampleTemporaryTokenResource", query={"temporaryToken": token})["text"]
        api.token = session
        assert api("Users_GetUserFavourite", id=favourite)["title"] == "F"
        assert api("Workspaces_GetWorkspace", workspaceId=workspace)["title"] == "W"
        status = api("PeopleStage_GetPeopleStageElementStatus", elementId="campaign-1")
        assert status["userPausedCampaignsCount"] == 1
        assert api("Permissions_GetTags")["list"] == [tag]
        assert api("Channels_GetChannel", channelId="channel-1")["description"] == "Mail"
        assert api("UserInvitations_GetInvitation", token=invitation["token"]) == invitation
        groups = {group["name"] for group in api("Users_GetUserDetails", username="analyst")["groups"]}
        assert groups == {"Analysts", "kept"}
