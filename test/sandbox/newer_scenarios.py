"""Realistic calls of the operations that are newer than 1.9.19 (see test_every_operation)."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from typing import Any

from apteco_api.sandbox import mfa
from apteco_api.sandbox.sections.unlicensed import MODULES

PEOPLE = {"selection": {"tableName": "People"}}
WOMEN = {
    "criteria": {
        "variableName": "peGender",
        "tableName": "People",
        "include": True,
        "logic": "OR",
        "valueRules": [{"listRule": {"list": "F", "variableName": "peGender"}}],
    }
}
CAMPAIGN = "campaign-1"


def poll(ask: Callable[[], Any]) -> Any:
    """Return the state of a job once it is complete."""
    for _ in range(200):
        state = ask()
        if state["isComplete"]:
            return state
        time.sleep(0.02)
    raise AssertionError("the job did not end within four seconds")


def job(api: Any, creates: str, reads: str, cancels: str = "", body: Any = None, **path: Any) -> Any:
    """Return the state of a job that was started, asked for until it is complete, and cancelled too late."""
    started = api(creates, body=body, **path)
    done = poll(lambda: api(reads, jobId=started["id"], **path))
    assert done["isCancelled"] is False
    assert done["serverMessages"] == []
    if cancels:
        api(cancels, jobId=started["id"], **path)
    return done


def about(api: Any) -> None:
    zones = api("About_GetTimeZonesInfo")
    london = next(zone for zone in zones["timeZones"] if zone["id"] == "Europe/London")
    assert (london["standardName"], london["daylightName"]) == ("GMT", "BST")
    assert zones["currentTimeZone"]["id"]
    assert api.refused("About_ForceException")[0] == 500
    path = "About/ExampleTemporaryTokenResource"
    assert "Administrator" in api("About_ExampleTemporaryTokenResource")["text"]
    token = api("TemporaryAccessTokens_CreateTemporaryToken", body={"resourcePath": path})
    assert token["userId"] == 1


def sessions(api: Any) -> None:
    assert api("Sessions_ValidSession", sessionId=api.session) is None
    assert api.refused("Sessions_ValidSession", sessionId="gone")[0] == 404


def second_factor(api: Any, new_api: Callable[..., Any], server: Any) -> None:
    """Log in as the user `mfa`, and set up the second factor of another user."""
    waiting = new_api(server.url, server.mfa_username, server.password)
    assert waiting.refused("Users_GetUserDetails", username="mfa")[0] == 401
    assert waiting.refused("Sessions_VerifyTotp", body={"code": "no code"})[0] == 401
    done = waiting("Sessions_VerifyTotp", body={"code": server.totp()})
    assert done["user"]["username"] == "mfa"
    waiting.token = done["accessToken"]
    assert waiting("Users_GetUserDetails", username="mfa")["firstname"] == "Mia"
    again = new_api(server.url, server.mfa_username, server.password)
    code = server.mfa_recovery_codes[0]
    done = again("Sessions_VerifyRecoveryCode", body={"code": code, "accessToken": again.token})
    assert done["user"]["username"] == "mfa"
    analyst = new_api(server.url, "analyst", server.password)
    set_up = analyst("Sessions_CreateTotpSetup", body={})
    assert set_up["qrCodeUri"].startswith("otpauth://totp/Apteco%20Holidays%3Aanalyst?secret=")
    assert analyst.refused("Sessions_VerifyTotpSetup", body={"code": "no"})[0] == 400
    full = analyst("Sessions_VerifyTotpSetup", body={"code": mfa.totp(set_up["secret"])})
    assert full["user"]["username"] == "analyst"
    for each in (analyst, waiting, again):
        api.called |= each.called


def groups(api: Any) -> None:
    made = api("Groups_CreateGroup", body={"name": "Planners", "userIds": [2]})
    key = {"groupId": made["id"]}
    assert (made["userMembershipCount"], made["userMembership"][0]["username"]) == (1, "analyst")
    assert api("Groups_ModifyGroup", body={"name": "Planning"}, **key)["name"] == "Planning"
    assert api.refused("Groups_CreateGroup", body={"name": "PLANNING", "userIds": []})[0] == 409
    changed = api("Groups_ModifyGroupMembership", body={"userIdsToAdd": [1], "userIdsToRemove": [2]}, **key)
    assert [user["username"] for user in changed["userMembership"]] == ["Administrator"]
    assert api("Groups_GetUserDetailsForGroup", **key)["list"][0]["username"] == "Administrator"
    body = {"systemsToRemove": ["holidays"]}
    assert api("Groups_ModifyGroupSystems", body=body, **key)["systems"] == []
    added = api("Users_UpdateUserGroups", username="analyst", body={"groupIdsToAdd": [made["id"]]})
    assert {group["name"] for group in added["groups"]} == {"Analysts", "Planning"}
    body = {"systemsToAdd": ["holidays"]}
    assert api("Users_UpdateUserSystems", username="analyst", body=body)["systems"] == ["holidays"]
    api("Groups_DeleteGroup", **key)
    assert [group["name"] for group in api("Users_GetUserDetails", username="analyst")["groups"]] == [
        "Analysts"
    ]


def invitations(api: Any) -> None:
    body = {"invitationReason": "EnterFacebookCredentials", "emailAddress": "alice.analyst@example.com"}
    made = api("UserInvitations_CreateInvitation", body=body)
    key = {"token": made["token"]}
    assert (made["username"], made["inviterFullName"]) == ("analyst", "Admin User")
    assert api("UserInvitations_GetInvitation", **key) == made
    reason = {"reason": "EnterFacebookCredentials"}
    assert api("UserInvitations_GetInvitationsForReason", **reason)["totalCount"] == 1
    assert api("UserInvitations_AcceptInvitation", **key)["userExists"] is True
    assert api("UserInvitations_GetInvitations")["totalCount"] == 0, "an accepted invitation is still open"
    assert api("UserInvitations_CompleteInvitation", **key)["invitationReason"] == body["invitationReason"]
    assert api.refused("UserInvitations_AcceptInvitation", **key)[0] == 400
    other = api("UserInvitations_CreateInvitation", body={**body, "emailAddress": "new@example.com"})
    api("UserInvitations_ExpireInvitation", token=other["token"])
    every = {"includeAccepted": "true", "includeCompleted": "true", "includeExpired": "true"}
    assert api("Users_GetUserInvitations", username="Administrator", query=every)["totalCount"] == 2
    api("UserRegistrationRequests_ResendConfirmationNotification", body={"username": "nobody"})


def files(api: Any) -> None:
    made = api(
        "Files_CreateFile", query={"filePath": "Public/keys.csv"}, file=("keys.csv", b"Key\n10000001\n1\n")
    )
    assert made["path"] == "Public/keys.csv"
    again = {"query": {"filePath": "Public/keys.csv"}, "file": ("keys.csv", b"")}
    assert api.refused("Files_CreateFile", **again)[0] == 409
    properties = api("FileProperties_GetFileProperties", filePath="Public/keys.csv")
    assert properties["writeStatus"] == "CanOverwriteFile"
    assert api("FileProperties_GetFileProperties", filePath="Public/new")["writeStatus"] == "CanWrite"
    packed = api("Files_GetFileEx", filePath="Public/keys.csv", body={"zipFile": True})
    assert zipfile.ZipFile(io.BytesIO(packed)).read("keys.csv") == b"Key\n10000001\n1\n"
    assert api("Files_GetFileEx", filePath="Public/keys.csv", body={}) == b"Key\n10000001\n1\n"
    people = api(
        "Exports_PerformExportSynchronously",
        body={
            "baseQuery": PEOPLE,
            "resolveTableName": "People",
            "columns": [{"id": "0", "variableName": "peURN", "columnHeader": "Key"}],
            "maximumNumberOfRowsToBrowse": 3,
            "returnBrowseRows": True,
        },
    )
    keys = [row["codes"] for row in people["rows"]]
    lines = "\n".join(["Key", *keys, "no key"]).encode()
    api("Files_UpsertFile", filePath="Public/some.csv", file=("x", lines))
    wanted = {"variableName": "peURN"}
    entry = api("Files_CreateUrnFile", query={**wanted, "filePath": "Public/some.csv"})
    assert (entry["path"], entry["records"], entry["tableName"]) == ("Public/some.urn", 3, "People")
    assert api("Files_GetFile", filePath="Public/some.urn").decode().split() == keys
    query = {**wanted, "target": "Public/other.urn", "deleteSourceFile": "true"}
    assert api("Files_UpsertUrnFile", filePath="Public/some.csv", query=query)["variableList"] == ["peURN"]
    assert api.refused("Files_GetFile", filePath="Public/some.csv")[0] == 404
    family = ("Files_CreateTransferToTemporaryFilesJob", "Files_GetTransferToTemporaryFilesJob")
    started = api(family[0], filePath="Public/some.urn")
    done = poll(lambda: api(family[1], jobId=started["id"]))
    assert api("TemporaryFiles_GetTemporaryFile", id=done["temporaryFilePath"]).decode().split() == keys
    api("Files_CancelTransferToTemporaryFilesJob", jobId=done["id"])
    category = {"resourceCategory": "Logos"}
    api("StaticResources_PostStaticResourceFile", file=("newer.png", b"png"), **category)
    named = api("StaticResources_GetStaticResourceFileDetails", resourceName="newer.png", **category)
    key = {**category, "resourceId": named["id"], "resourceName": "newer.png"}
    assert api("StaticResources_GetStaticResourceFileDetailsById", **key) == named


def systems(api: Any) -> None:
    top = api("FastStatsSystems_GetTopVarCodes", body={"variableNames": ["boDest"], "count": 3})
    assert top[0]["variableName"] == "boDest"
    counts = [code["count"] for code in top[0]["varCodes"]]
    assert counts == sorted(counts, reverse=True)
    assert len(counts) == 3
    found = api("FastStatsSystems_GetVariablesSystemLookup", body=["boDest", "peGender"])
    assert [each["variable"]["description"] for each in found["variablesLookup"]] == ["Destination", "Gender"]
    expression = {"tableName": "Bookings", "serverText": "[boCost] * 2", "outputType": "Double"}
    assert api("Queries_ValidateExpressionSynchronously", body=expression)["valid"] is True
    wrong = {**expression, "serverText": "[boCost] * "}
    answer = api("Queries_ValidateExpressionSynchronously", body=wrong, query={"returnDefinition": "true"})
    assert (answer["valid"], answer["expression"]) == (False, wrong)
    assert "end of the expression" in answer["invalidReason"]
    assert not api("Queries_ValidateExpressionSynchronously", body={**expression, "outputType": "Date"})[
        "valid"
    ]


def workspaces(api: Any) -> None:
    audience = api(
        "Audiences_CreateAudience", body={"systemName": "holidays", "title": "A", "bodyQuery": PEOPLE}
    )
    collection = {
        "title": "C",
        "description": "",
        "creationDate": "2026-01-01T00:00:00Z",
        "filePath": "Private/c",
    }
    api("Collections_CreateCollection", body=collection)
    newest = {"filter": "title eq 'C'"}
    kept = api("Users_GetUserCollections", username="Administrator", query=newest)["list"][0]
    board = api("Dashboards_CreateDashboard", body={"title": "D", "systemName": "holidays"})
    first = {"type": "Audience", "id": str(audience["id"])}
    rest = [
        {"type": "Collection", "id": str(kept["id"])},
        {"type": "Dashboard", "id": str(board["id"])},
        {"type": "PeopleStageElement", "id": CAMPAIGN},
    ]
    made = api(
        "Workspaces_CreateWorkspace", body={"title": "W", "description": "w", "resourcesToAdd": [first]}
    )
    key = {"workspaceId": made["id"]}
    update = api("Workspaces_CreateWorkspaceUpdate", body={"title": "V", "resourcesToAdd": rest}, **key)
    api("Workspaces_CreateWorkspaceUpdate", body={"resourcesToRemove": [first]}, **key)
    shown = api("Workspaces_GetWorkspace", **key)
    assert (shown["title"], shown["description"]) == ("V", "w")
    held = api("Workspaces_GetWorkspaceResources", query={"orderBy": "type"}, **key)["list"]
    assert [each["title"] for each in held] == ["C", "D", "Early Bird"]
    updates = api("Workspaces_GetWorkspaceUpdates", **key)["list"]
    assert len(updates) == 3
    one = {**key, "workspaceUpdateId": update["id"]}
    assert api("Workspaces_GetWorkspaceUpdate", **one) == update
    assert api("Workspaces_GetWorkspaceUpdateAddedResources", **one)["totalCount"] == 3
    last = {**key, "workspaceUpdateId": updates[-1]["id"]}
    assert api("Workspaces_GetWorkspaceUpdateRemovedResources", **last)["list"] == [{**first, "title": "A"}]
    wrong = {"resourcesToAdd": [{"type": "Audience", "id": "0"}]}
    assert api.refused("Workspaces_CreateWorkspaceUpdate", body=wrong, **key)[0] == 400
    me = {"username": "Administrator"}
    assert api("Users_GetUserWorkspaces", **me)["totalCount"] == 1
    assert api("Users_GetUserWorkspace", **me, **key)["status"] == "Default"
    change = {
        "modificationType": "Modify",
        "id": str(made["id"]),
        "workspace": {"status": "Pinned", "title": "U"},
    }
    changed = api("Users_ModifyUserWorkspaces", body={"returnModifiedItem": True, "list": [change]}, **me)
    assert changed["list"][0]["workspace"]["title"] == "U"
    assert api("Users_GetUserAudienceWorkspaces", audienceId=audience["id"], **me)["totalCount"] == 0
    assert api("Users_GetUserCollectionWorkspaces", collectionId=kept["id"], **me)["totalCount"] == 1
    assert api("Users_GetUserDashboardWorkspaces", dashboardId=board["id"], **me)["totalCount"] == 1
    listed = api("Users_GetUserPeopleStageElementWorkspaces", elementId=CAMPAIGN, **me)["list"]
    assert listed[0]["status"] == "Pinned"
    assert api("Workspaces_GetWorkspaces")["totalCount"] == 1
    given = api("Workspaces_TransferWorkspaceOwnership", body={"newUsername": "analyst"}, **key)
    assert given["owner"]["username"] == "analyst"
    api("Workspaces_DeleteWorkspace", **key)
    assert api("Workspaces_GetWorkspaces")["totalCount"] == 0


def favourites(api: Any) -> None:
    made = api(
        "Favourites_CreateFavourite", body={"title": "F", "workbookItemType": "Chart", "definition": {"a": 1}}
    )
    copied = api("Favourites_DuplicateFavourite", body={"favouriteId": made["id"], "newTitle": "G"})
    assert (copied["title"], copied["definition"]) == ("G", {"a": 1})
    renamed = api("Favourites_RenameFavourite", body={"favouriteId": made["id"], "newTitle": "H"})
    assert (renamed["title"], renamed["description"]) == ("H", "")
    assert [row["title"] for row in api("Users_GetUserFavourites")["list"]] == ["H", "G"]
    changes = [
        {"id": copied["id"], "modificationType": "Delete"},
        {"id": made["id"], "modificationType": "Modify", "favourite": {"description": "d"}},
        {"id": 999, "modificationType": "Delete"},
    ]
    body = {"returnModifiedItem": True, "list": changes}
    outcome = api("Users_ModifyUserFavourites", username="Administrator", body=body)["list"]
    assert [each["statusCode"] for each in outcome] == [200, 200, 404]
    assert api("Users_GetUserFavourite", id=made["id"])["description"] == "d"
    assert api.refused("Users_GetUserFavourite", id=copied["id"])[0] == 404


def templates(api: Any) -> None:
    column = {"id": "1", "columnType": "Variable", "variableName": "peSName", "columnHeader": "Name"}
    column |= {"userCode": "", "userCodeName": ""}
    body = {"title": "T", "exportTemplateDefinition": {"exportTemplateColumns": [column]}}
    made = api("AudienceExportTemplates_CreateAudienceExportTemplate", body=body)
    key = {"audienceExportTemplateId": made["id"]}
    assert made["exportTemplateLookup"]["variablesLookup"][0]["variable"]["name"] == "peSName"
    api(
        "AudienceExportTemplates_UpdateAudienceExportTemplate",
        body={**body, "id": made["id"], "title": "S"},
        **key,
    )
    me = {"username": "Administrator"}
    assert api("Users_GetUserAudienceExportTemplates", **me)["list"][0]["title"] == "S"
    assert (
        api("Users_GetUserAudienceExportTemplate", exportTemplateId=made["id"], **me)["sharedToMe"] is False
    )
    audience = {"audienceId": api("Audiences_GetAudiences")["list"][0]["id"]}
    last = "AudienceExportTemplates_GetLastExportedAudienceExportTemplate"
    assert api.refused(last, **audience)[0] == 404
    api(
        "AudienceExportTemplates_SaveLastExportedAudienceExportTemplate",
        body={**body, "id": made["id"]},
        **audience,
    )
    assert api(last, **audience)["title"] == "T"
    api("AudienceExportTemplates_DeleteAudienceExportTemplate", **key)
    assert api("Users_GetUserAudienceExportTemplates", **me)["totalCount"] == 0


def audiences(api: Any) -> None:
    body = {"id": 0, "systemName": "holidays", "bodyQuery": PEOPLE}
    body["excludeQuery"] = {"selection": {"tableName": "People", "rule": {"clause": WOMEN}}}
    done = job(
        api,
        "Audiences_CreateCalculateAudiencePreviewJob",
        "Audiences_GetCalculateAudiencePreviewJob",
        body=body,
    )
    result = done["audiencePreviewResult"]
    whole, women, rest = (
        result[name]["counts"][0]["countValue"] for name in ("bodyResults", "excludeResults", "nettResults")
    )
    assert whole - women == rest > 0
    item = {"workbookItemType": "Chart", "id": "0f", "workbookItemDetailId": 7, "title": "i"}
    item["definition"] = {"resolveTableName": "People"}
    new = {"systemName": "holidays", "title": "B", "bodyQuery": PEOPLE, "workbookItems": [item]}
    made = api("Audiences_CreateAudience", body=new)
    key = {"audienceId": made["id"]}
    asked = {"includeWorkbookItems": "true"}
    assert api("Audiences_GetAudience", query=asked, **key)["workbookItems"] == [item]
    detail = api("Audiences_GetAudienceWorkbookItemDetail", audienceWorkbookItemDetailId=7, **key)
    assert detail == {"workbookItemType": "Chart", "id": 7, "definition": item["definition"]}
    scope = {"variableDimensionScope": {"variableName": "peSName"}}
    column = {"exportDetail": "Description", "columnId": "c", "scope": scope, "description": "Name"}
    grid = api(
        "Audiences_ExportAudienceDataGridLatestUpdateSync",
        body={
            "limitsInformation": {"bufferTotal": 4},
            "returnBrowseRows": True,
            "columns": [column],
            "generateUrnFile": False,
        },
        **key,
    )
    assert (len(grid["rows"]), grid["nettCounts"][0]["countValue"]) == (4, whole)
    check = {"dimensions": [{"id": "g", "type": "Selector", "variableName": "peGender"}]}
    started = api("Audiences_CreateCheckAudienceJobForLatestUpdate", body=check, **key)
    states = poll(lambda: api("Audiences_BatchGetCheckAudienceJobs", body=[started[0]["id"]], **key)[0])
    assert states["audienceCheck"]["dimensionResults"][0]["id"] == "g"
    assert api.refused("Audiences_BatchGetCheckAudienceJobs", body=[0], **key)[0] == 404


def dashboards(api: Any) -> None:
    cube = {
        "dimensions": [{"id": "peGender", "type": "Selector", "variableName": "peGender"}],
        "measures": [{"id": "People", "resolveTableName": "People", "function": "Count"}],
    }
    level = {"drilldownLevel": 0, "chartType": "Bar", "sortOrder": "Natural"}
    levels = [{**level, "dataSpecification": {"cubeSpecification": cube}}]
    item = {"id": "i", "title": "Chart", "dashboardItemDetails": levels}
    made = api(
        "Dashboards_CreateDashboard",
        body={
            "title": "Board",
            "systemName": "holidays",
            "dashboardItems": [item],
            "themeId": 0,
            "baseQuery": PEOPLE,
        },
    )
    key = {"dashboardId": made["id"]}
    assert "Board" in [row["title"] for row in api("Dashboards_GetDashboards", query={"count": 100})["list"]]
    assert api("Dashboards_GetDashboardMapSettings") == []
    hit = api("Dashboards_CreateDashboardHitForDashboard", body={"userAgentDetails": "test"}, **key)
    one = {"dashboardHitId": hit["id"]}
    assert api("Dashboards_GetDashboardHitForDashboard", **key, **one) == hit
    assert api("DashboardHits_GetDashboardHit", **one) == hit
    assert api("Dashboards_GetDashboardHitsForDashboard", **key)["totalCount"] == 1
    assert api("DashboardHits_GetDashboardHits")["totalCount"] == 1
    first = api("Dashboards_GetDashboardUpdates", query={"orderBy": "-timestamp"}, **key)["list"][0]
    shown = api(
        "Dashboards_GetDashboardUpdate",
        dashboardUpdateId=first["id"],
        query={"includeTabDetails": "true"},
        **key,
    )
    (tab,) = shown["workbookItems"]
    assert (tab["title"], [tile["title"] for tile in tab["dashboardTiles"]]) == ("Board", ["Chart"])
    back = {**shown, "id": made["id"], "timestamp": None, "hasSolutionTile": None, "title": "Again"}
    assert api("Dashboards_CreateDashboardUpdate", body=back, **key)["title"] == "Again"
    assert api("Dashboards_GetDashboardUpdates", **key)["totalCount"] == 2

    def figures(started: Any) -> list[int]:
        jobs = {"jobId": started[0]["jobId"]}
        state = poll(lambda: api("Dashboards_GetDashboardJobResults", **key, **jobs))
        cells = state["dashboardItemData"]["measureResults"][0]["rows"][0].split("\t")
        return [int(cell) for cell in cells]

    wanted = {"dashboardItemId": "i", "drillDownLevel": 0, "sortOrder": "Natural"}
    api(
        "Dashboards_CreateDashboardUpdate",
        body={"id": made["id"], "title": "Board", "dashboardItems": [item]},
        **key,
    )
    plain = figures(
        api("Dashboards_CalculateDashboardDataV2", body={"dashboardItemsToCalculate": [wanted]}, **key)
    )
    definition = {"filters": [{"id": "f", "tableFilters": [{"tableName": "People", "clauses": [WOMEN]}]}]}
    definition["structure"] = {"operation": "OR", "id": "g", "operands": [{"filterId": "f"}]}
    narrowed = {**wanted, "resolveTableName": "People", "userFilterDefinition": definition}
    body = {"dashboardItemsToCalculate": [narrowed]}
    few = figures(api("Dashboards_CalculateDashboardDataWithFilters", body=body, **key))
    assert sum(1 for before, after in zip(plain[:-1], few[:-1], strict=True) if after == before > 0) == 1
    assert sum(few[:-1]) == max(few[:-1])
    for operation in ("Dashboards_ConvertToAudienceV2", "Dashboards_ConvertToAudienceWithFilters"):
        assert api(operation, body={"title": "From board"}, **key)["audienceId"] > 0
    given = api("Dashboards_TransferDashboardOwnership", body={"newUsername": "analyst"}, **key)
    assert given["owner"]["username"] == "analyst"


def users(api: Any) -> None:
    counts = api("Users_GetUserResourceCounts", username="analyst")
    assert counts["dashboards"] == 1
    body = {"username": "analyst", "newUsername": "Administrator"}
    assert api("Users_TransferResourcesOwnership", body=body)["dashboards"] == 1
    assert api("Users_GetUserResourceCounts", username="analyst")["total"] == 0


def shares(api: Any) -> None:
    made = [
        api("Audiences_CreateAudience", body={"systemName": "holidays", "title": t, "bodyQuery": PEOPLE})[
            "id"
        ]
        for t in "xy"
    ]
    entries = [{"shareableType": "Audience", "shareableId": each, "userIdsToAdd": [2]} for each in made]
    outcome = api(
        "Shares_ModifyMultipleShares", body=[*entries, {"shareableType": "Audience", "shareableId": 0}]
    )
    assert [each["statusCode"] for each in outcome["list"]] == [200, 200, 404]
    share = {"shareId": outcome["list"][0]["id"]}
    assert api("Shares_GetShareUsers", **share)["list"][0]["username"] == "analyst"
    assert api("Shares_GetShareInvitees", **share) == []
    again = [{**entries[0], "userIdsToAdd": [], "groupIdsToAdd": [1]}]
    assert api("Shares_ModifyMultipleShares", body={"list": again})["list"][0]["id"] == share["shareId"]
    assert api("Shares_GetShareGroups", **share)["totalCount"] == 1


def permissions(api: Any) -> None:
    path = {"resourceType": "File", "permissionType": "AccessRights", "resource": "Public/reports"}
    pieces = [
        {"pieceValue": "Grant", "permissionPieceString": "Read"},
        {"pieceValue": "Deny", "permissionPieceString": "Write"},
    ]
    for holder, key in (("User", {"userId": 2}), ("Group", {"groupId": 1}), ("System", {})):
        assert api(f"Permissions_SetPermissionsFor{holder}", body=pieces, **path, **key) is True
        below = {**path, "resource": "Public/reports/2026"}
        detail = api(f"Permissions_GetPermissionDetailsFor{holder}", **below, **key)
        assert detail["details"] == [
            {
                "resource": "public/reports",
                "id": {"idType": "Default" if holder == "System" else holder, "idValue": sum(key.values())},
                "permissionPieces": pieces,
            }
        ]
        rows = api(f"Permissions_GetPermissionSummariesFor{holder}", query={"count": 100}, **key)["list"]
        row = next(row for row in rows if row["resource"] == "Public/reports")
        assert row["permissionsCount"] == 2
        assert api(f"Permissions_DeletePermissionsFor{holder}", **path, **key) is True
        assert api(f"Permissions_DeletePermissionsFor{holder}", **path, **key) is False
    tag = api("Permissions_CreateTag", body={"value": "north"})
    assert api("Permissions_GetTags")["list"] == [tag]
    quota = {"name": "small", "allowedDiskQuotaMb": 5, "tags": [str(tag["id"])]}
    lists(api, quota)
    api("Permissions_DeleteTag", tagId=tag["id"])


def lists(api: Any, quota: dict[str, Any]) -> None:
    query = {"name": "q", "tableName": "People", "query": "x"}
    band = {"actionType": "Export", "band": "b"}
    band |= {f"{kind}{each}Maximum": 1 for kind in ("warning", "suspend") for each in
             ("Transaction", "Daily", "Weekly", "Perpetuity")}  # fmt: skip
    note = {"id": 0, "key": "k", "metaDataType": "t", "value": "v"}
    site = {"name": "f", "uri": "ftp://x", "privateKey": "secret"}
    pace = {"name": "v", "actionType": "Export", "velocityBand": "1"}
    entries: list[tuple[str, str, str, str, dict[str, Any]]] = [
        ("RowFilters", "RowFilters", "rowFilter", "rowFilters", {"name": "r", "filters": [query]}),
        ("StorageQuotas", "StorageQuotas", "storageQuota", "storageQuotas", quota),
        ("MetaData", "MetaData", "metaDataItem", "metaDataItems", note),
        ("FtpSites", "FtpSites", "ftpSite", "ftpSites", site),
        ("Velocities", "Velocities", "velocity", "velocities", pace),
        ("Velocities", "VelocityBands", "velocityBand", "velocityBands", band),
    ]  # fmt: skip
    for section, what, item, field, content in entries:
        reads, changes = f"{section}_GetSystem{what}", f"{section}_ModifySystem{what}"
        add = {"returnModifiedItem": True, "list": [{"modificationType": "Modify", item: content}]}
        made = api(changes, body=add)[0]
        assert made["succeeded"], made
        answer = api(reads)
        assert [str(row["id"]) for row in answer[field]] == [made["id"]]
        if item == "ftpSite":
            assert (answer[field][0].get("privateKey"), answer[field][0]["privateKeySpecified"]) == (
                None,
                True,
            )
        if item == "storageQuota":
            assert answer["tagsLookup"]["tags"][0]["value"] == "north"
        drop = {"modificationType": "Delete", "id": made["id"], item: content}
        wrong = {"modificationType": "Delete", "id": "77", item: content}
        body = {"returnModifiedItem": False, "list": [drop, wrong]}
        assert [each["statusCode"] for each in api(changes, body=body)] == [200, 404]
        assert api(reads)[field] == []


def people_stage(api: Any) -> None:
    key = {"elementId": CAMPAIGN}
    api("PeopleStage_RefreshPeopleStageDiagram")
    api("PeopleStage_PausePeopleStageElement", **key)
    assert api("PeopleStage_GetPeopleStageElementStatus", **key)["userPausedCampaignsCount"] == 1
    api("PeopleStage_ResumePeopleStageElement", **key)
    assert api("PeopleStage_GetPeopleStageElementStatus", **key)["userPausedCampaignsCount"] == 0
    assert api("PeopleStage_PausePeopleStageSystem")["isPaused"] is True
    assert api("PeopleStage_GetPeopleStageElementStatus", **key)["userPausedCampaignsCount"] == 1
    assert api("PeopleStage_ResumePeopleStageSystem")["isPaused"] is False
    stage = "PeopleStage_{}".format
    family = [stage(f"{each}ElementCheckInOutJob") for each in ("Create", "", "Cancel")]
    held = job(api, *family, body={"action": "CheckOut"}, **key)
    assert held["checkOutDetail"]["isCheckedOutToMe"] is True
    back = job(api, *family, body={"action": "CheckIn"}, **key)
    assert back["checkOutDetail"]["checkInUsername"] == "Administrator"
    assert api.refused(family[0], body={"action": "CheckIn"}, **key)[0] == 400
    published = job(api, *(stage(f"{each}ElementPublishJob") for each in ("Create", "", "Cancel")), **key)
    assert published["elementId"] == CAMPAIGN
    job(api, stage("CreateActionJob"), stage("ActionJob"), **key)
    history = {
        "settingsTypeComms": "StoreAllComms",
        "settingsTypeCommsContent": "StoreNoCommsContent",
        "settingsTypeJourneyHistory": "StoreAllHistory",
        "settingsTypeStateHistory": "StoreNoHistory",
    }
    family = [stage(f"{each}UpsertSettingsActionJob") for each in ("Create", "Get", "Cancel")]
    job(api, *family, body={"settingsActions": [{"storeHistory": history}]}, **key)
    family = [stage(f"{each}GetApprovalsJobs") for each in ("Create", "", "Cancel")]
    assert job(api, *family, **key)["approvals"] == []
    family = [stage(f"{each}CountCampaignAudienceJob") for each in ("Create", "", "Cancel")]
    counts = job(api, *family, audienceId=CAMPAIGN)["journeyAudienceCounts"]
    total = api("PeopleStage_GetPeopleStageElementCommunicationStatistics", **key)
    assert counts["grossCount"] == total["totalCommunicationsCount"] >= counts["nettCount"] > 0
    family = [stage(f"{each}LoadCampaignJourneyJob") for each in ("Create", "", "Cancel")]
    journey = job(api, *family, campaignId=CAMPAIGN)["journeySummary"]["journey"]
    assert journey["description"] == "Early Bird"
    assert api("PeopleStage_CreateElementDrainJob", body={}, **key)["id"] > 0
    reports(api, key, counts["grossCount"])
    deleted = [stage(f"{each}DeleteElementJob") for each in ("Create", "", "Cancel")]
    job(api, *deleted, body={"campaignIds": ["campaign-2"]})
    gone = {"elementId": "campaign-3"}
    job(api, stage("CreateDeleteElementJobForElement"), stage("DeleteElementJobForElement"), **gone)
    listed = api("PeopleStage_GetPeopleStageElements", query={"filter": "type eq 'Campaign'"})["list"]
    assert [row["id"] for row in listed] == [CAMPAIGN, "campaign-4", "campaign-5"]


def reports(api: Any, key: dict[str, Any], sent: int) -> None:
    listing = "PeopleStage_GetPeopleStageElement{}".format
    all_rows = {"query": {"count": 100_000}}
    found = api(listing("CompletedDeliveries"), **key, **all_rows)["list"]
    assert sum(int(row["messages"].split()[0]) for row in found) == sent
    assert api(listing("Completed"), **key, query={"filter": "description like 'Early'"})["totalCount"] > 0
    everything = {"elementId": "programme-1", **all_rows}
    done = api(listing("CompletedSteps"), **everything)["list"]
    running = api(listing("RunningSteps"), **everything)["list"]
    assert {row["jobStatus"] for row in done} == {"Completed"}
    assert {row["jobStatus"] for row in running} == {"Running"}
    assert all(row["count"] > 0 for row in (*done, *running))
    assert api(listing("Running"), **key)["list"] == api(listing("RunningDeliveries"), **key)["list"] == []


def channels(api: Any) -> None:
    broadcasters = api("PeopleStage_GetBroadcastParameters")
    assert [row["name"] for row in broadcasters] == ["Email", "SMS", "Push Notification"]
    output = {"broadcasterType": "Mock", "messageContentType": "HTML", "allowTransactionalOutput": "No"}
    output |= {"appendToList": False, "uploadButDontBroadcast": False, "password": "hidden", "username": "me"}
    new = {"type": "Email", "accessRights": 0, "description": "New", "broadcastOutputSettings": output}
    add = {"modificationType": "Add", "id": "mine", "channel": new}
    body = {
        "returnModifiedItem": True,
        "list": [add, {"modificationType": "Delete", "id": "none", "channel": new}],
    }
    outcome = api("PeopleStage_ModifyChannels", body=body)["list"]
    assert [each["statusCode"] for each in outcome] == [200, 404]
    assert "password" not in outcome[0]["channel"]["broadcastOutputSettings"]
    assert api("PeopleStage_GetPeopleStageChannel", channelId="mine")["description"] == "New"
    stage = "PeopleStage_{}".format
    change = {"modificationType": "Modify", "id": "mine", "channel": {**new, "description": "Newer"}}
    family = [stage(f"{each}ModifyChannelsJob") for each in ("Create", "", "Cancel")]
    done = job(api, *family, body={"returnModifiedItem": True, "list": [change]})
    assert done["modifyResults"]["list"][0]["channel"]["description"] == "Newer"
    family = [stage(f"{each}ChannelMessagesJob") for each in ("Create", "", "Cancel")]
    assert job(api, *family, channelId="channel-1")["channelMessages"][0]["id"] == "message-1-1"
    family = [stage(f"{each}ChannelTestLoginJob") for each in ("Create", "", "Cancel")]
    tried = job(api, *family, body={"username": "a", "password": "b"}, channelId="mine")
    assert (tried["success"], len(tried["messages"])) == (False, 1)
    key = {"channelId": "mine"}
    assert "mine" in [row["id"] for row in api("Channels_GetChannels")["list"]]
    assert api("Channels_GetChannel", **key)["description"] == "Newer"
    assert api("Channels_GetAuthenticationDetails", **key)["passwordSpecified"] is True
    assert len(api("Channels_GetBroadcasters")) == 4
    for kind in ("Facebook", "Google", "LinkedIn"):
        assert api(f"Channels_Get{kind}") == []
    assert len(api("Channels_GetPushNotifications")) == 1
    assert api("Channels_CreateMessagesJob", body={}, channelId="channel-1")["id"] > 0
    assert api("Channels_CreateTestLoginJob", body={"username": "a"}, **key)["id"] > 0
    drop = {"modificationType": "Delete", "id": "mine"}
    assert api("Channels_CreateModifyChannelsJob", body={"list": [change]})["id"] > 0
    assert api("Channels_ModifyChannels", body={"list": [drop]})["list"][0]["succeeded"]


def unlicensed(api: Any, operations: dict[str, Any]) -> None:
    """Assert that operations of missing modules are refused for that reason, or for a missing role."""
    for module, names in MODULES.items():
        for name in names:
            _, template, item = operations[name]
            path = {part[1:-1]: "1" for part in template.split("/") if part.startswith("{")}
            path = {key: value for key, value in path.items() if key not in ("dataViewName", "systemName")}
            body = BODIES.get(name, {}) if "requestBody" in item else None
            status, message = api.refused(name, body=body, **path)
            assert status == 403, (name, status, message)
            assert module in message or "role" in message, (name, message)


BODIES: dict[str, Any] = {
    "FastStatsSystems_CreateFastStatsLogsPackageJob": {
        "includeExtendedLogs": False,
        "includeFs32SvrLogs": False,
        "numberOfDaysWorthOfFs32SvrLogs": 1,
    },
    "AnalysisItems_BatchGetAnalysisItemCalculateJobs": [1],
    "AnalysisItems_CreateAnalysisItemCalculateJobs": {"type": "Check"},
    "Audiences_CreateConvertToCampaignJob": {"channelType": "Email", "description": "c", "channelId": "1"},
    "FastStatsJobs_SubmitFastStatsJob": {"jobDescription": "j", "jobType": "t", "command": "c"},
    "Licences_UpsertLicencedUser": {"bundles": []},
    "LinkedInTokens_ValidateAndStoreLinkedInTokens": {
        "appToken": {"linkedInEntityType": "App", "id": 1},
    },
}


SCENARIOS = (
    about,
    sessions,
    groups,
    invitations,
    files,
    systems,
    workspaces,
    favourites,
    templates,
    audiences,
    dashboards,
    users,
    shares,
    permissions,
    people_stage,
    channels,
)
