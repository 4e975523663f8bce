"""Each of the 481 operations, called in a realistic order: its answer fits the spec.

The client of conftest.py has every answer judged by jsonschema.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sandbox import newer_scenarios as newer

from apteco_api.sandbox import serve

FRANCE = {
    "criteria": {
        "variableName": "boDest",
        "tableName": "Bookings",
        "include": True,
        "logic": "OR",
        "valueRules": [{"listRule": {"list": "06\t07", "variableName": "boDest"}}],
    }
}
QUERY = {"selection": {"tableName": "Bookings", "ancestorCounts": True, "rule": {"clause": FRANCE}}}
PEOPLE = {"selection": {"tableName": "People"}}
DIMENSION = {"id": "boDest", "type": "Selector", "variableName": "boDest"}
MEASURE = {"id": "Bookings", "resolveTableName": "Bookings", "function": "Count"}
COLUMNS = [
    {"id": "0", "variableName": "boURN", "columnHeader": "Booking URN"},
    {"id": "1", "variableName": "boDest", "columnHeader": "Destination"},
]
ROWS = {"maximumNumberOfRowsToBrowse": 5, "returnBrowseRows": True}
EXPORT = {"baseQuery": QUERY, "resolveTableName": "Bookings", "columns": COLUMNS, **ROWS}
CUBE = {
    "baseQuery": QUERY,
    "resolveTableName": "Bookings",
    "storage": "Full",
    "dimensions": [DIMENSION],
    "measures": [MEASURE],
}


def about(api: Any) -> None:
    assert api("About_GetVersion") == {"version": "2026"}
    assert api.refused("About_ForceInternalServerError")[0] == 500
    api("About_GetLanguageDetails")
    assert api("About_GetProcessDetails")["processId"] > 0
    api("About_ForceProcessGarbageCollection")
    assert api("About_GetDataViews")["list"] == [{"name": "Holidays"}]
    assert api("About_GetDataView")["capabilities"]["supportsAudiences"]
    assert api("About_GetDataViewsForDomain", domain="localhost")["totalCount"] == 1
    assert api("About_GetDataViewsForSystemName")["totalCount"] == 1
    assert api("About_GetOrbitSettingsRoot")["application"]["language"] == "en-GB"
    assert api("About_GetOrbitSettings", settingsPath="application")["language"] == "en-GB"
    for name in ("Experimental", "UnderDevelopment", "SubjectToChangeOrRemoval"):
        assert api(f"About_Example{name}Resource")["text"]
    endpoints = api("About_GetEndpoints", query={"count": 500})
    assert endpoints["totalCount"] == 481
    only = {"excludeEndpointsWithNoRoleRequirements": "true", "count": 500}
    roles = {tuple(row["requiresRoles"]) for row in api("About_GetEndpoints", query=only)["list"]}
    assert roles == {("OrbitAdmin",), ("PackageServiceLogs",)}


def systems(api: Any) -> None:
    assert api("FastStatsSystems_GetFastStatsSystems")["list"][0]["name"] == "holidays"
    assert api("FastStatsSystems_GetFastStatsSystem")["fastStatsBuildDate"] == "2019-11-27T15:57:24"
    tables = api("FastStatsSystems_GetFastStatsTables", query={"count": 1000})
    assert tables["count"] == 9
    assert api("FastStatsSystems_GetFastStatsTable", tableName="Journey History")["parentTable"] == "People"
    assert api("FastStatsSystems_GetFastStatsVariables", query={"count": 1000})["totalCount"] == 94
    assert api("FastStatsSystems_GetFastStatsVariable", variableName="boDest")["description"] == "Destination"
    codes = api("FastStatsSystems_GetFastStatsVariableCodes", variableName="boDest", query={"count": 100})
    assert codes["list"][0]["description"] == "Unclassified"
    refreshed = api("FastStatsSystems_RefreshFastStatsVariableCodesSync", variableName="boDest")
    assert refreshed["list"] == codes["list"]
    folders = api("FastStatsSystems_GetFastStatsRootFolder", query={"count": 100})["list"]
    inside = api(
        "FastStatsSystems_GetFastStatsFolder", path=folders[0]["folder"]["name"], query={"count": 100}
    )
    assert all(node["variable"]["name"] for node in inside["list"])
    found = api(
        "FastStatsSystems_GetAllFastStatsSystemItems", query={"filter": "varCode.description eq 'France'"}
    )
    assert found["list"][0]["variable"]["name"] == "boDest"
    api("FastStatsSystems_RefreshSystemInformationSync")


def queries(api: Any) -> None:
    counted = api("Queries_PerformQueryCountSynchronously", body=QUERY, query={"returnDefinition": "true"})
    assert counted["counts"][0]["countValue"] > 0
    assert counted["query"] == QUERY
    path = "Private/Saved.xml"
    assert (
        api("Queries_PerformSaveQueryFileDefinitionSynchronously", body={"path": path, "query": QUERY})
        is None
    )
    assert api("Queries_PerformGetQueryFileDefinitionSynchronously", body={"path": path})["query"] == QUERY
    again = api("Queries_PerformQueryFileCountSynchronously", body={"path": path})
    assert again["counts"] == counted["counts"]
    exported = api("Exports_PerformExportSynchronously", body={**EXPORT, "pathToExportTo": "Private/out.csv"})
    assert len(exported["rows"]) == 5
    lines = api("Files_GetFile", filePath="Private/out.csv").decode("utf-8-sig").splitlines()
    assert len(lines) == counted["counts"][0]["countValue"] + 1
    assert api("Exports_GetExportSystems")["list"][0]["outputTypes"][0]["format"] == "CSV"
    api("Exports_GetExportSystem")
    cube = api("Cubes_CalculateCubeSynchronously", body=CUBE)
    total = cube["measureResults"][0]["rows"][-1].split("\t")[-1]
    assert int(total) == counted["counts"][0]["countValue"]


def files(api: Any) -> None:
    assert api("Directories_GetFileSystems")["list"] == [{"systemName": "holidays"}]
    assert [e["name"] for e in api("Directories_GetRootFileEntries")["list"]][:2] == ["Private", "Public"]
    made = api("Directories_UpsertDirectory", directoryPath="Public/a/b")
    assert made == {"name": "b", "path": "Public/a/b", "type": "Directory"}
    content = bytes(range(256)) * 5
    entry = api("Files_UpsertFile", filePath="Public/a/b/all bytes.bin", file=("x.bin", content))
    assert entry["path"] == "Public/a/b/all bytes.bin"
    assert api("Files_GetFile", filePath="Public/a/b/all bytes.bin") == content
    source = {"fromFilePath": "Public/a/b/all bytes.bin"}
    api("Files_CopyFile", toFilePath="Public/a/copy.bin", query=source)
    names = [e["name"] for e in api("Directories_GetFileEntries", directoryPath="Public/a")["list"]]
    assert names == ["b", "copy.bin"]
    api("Files_DeleteFile", filePath="Public/a/copy.bin")
    api("Directories_DeleteDirectory", directoryPath="Public/a")
    assert api.refused("Files_GetFile", filePath="Public/a/b/all bytes.bin")[0] == 404
    assert api("TemporaryFiles_UpsertTemporaryFile", id="whole", file=("f", content)) == {"id": "whole"}
    assert api("TemporaryFiles_GetTemporaryFile", id="whole") == content
    last = {"finalPart": "true"}
    api("TemporaryFiles_UpsertTemporaryFilePart", id="cut", partNumber=0, file=("f", content[:600]))
    assert api.refused("TemporaryFiles_GetTemporaryFile", id="cut")[0] == 404
    part = {"id": "cut", "partNumber": 1, "file": ("f", content[600:]), "query": last}
    assert api("TemporaryFiles_UpsertTemporaryFilePart", **part)["temporaryFileCreated"]
    assert api("TemporaryFiles_GetTemporaryFilePart", id="cut", partNumber=1) == content[600:]
    assert api("TemporaryFiles_GetTemporaryFile", id="cut") == content


def static_resources(api: Any) -> None:
    assert api("StaticResources_GetStaticResourceCategories")["totalCount"] == 2
    logos = {"resourceCategory": "Logos"}
    api("StaticResources_GetStaticResourceCategory", **logos)
    api("StaticResources_PostStaticResourceFile", **logos, file=("logo.png", b"\x89PNG..."))
    row = api("StaticResources_GetStaticResourcesForCategory", **logos)["list"][0]
    assert api("StaticResources_GetStaticResourceFileDetails", **logos, resourceName="logo.png") == row
    named = {**logos, "resourceId": row["id"], "resourceName": "logo.png"}
    assert api("StaticResources_GetStaticResourceFile", **named) == b"\x89PNG..."
    api("StaticResources_DeleteStaticResourceFile", **logos, resourceId=row["id"])
    assert api("StaticResources_GetStaticResourcesForCategory", **logos)["totalCount"] == 0


def people(api: Any) -> None:
    assert api("Users_GetUserConfiguration")["passwordRequirements"]["minimumPasswordLength"] == 8
    team = api("Teams_CreateTeam", body={"name": "Temporary"})
    assert api("Teams_GetTeam", teamId=team["id"]) == team
    api("Teams_ModifyTeam", teamId=team["id"], body={"name": "Renamed"})
    assert "Renamed" in [row["name"] for row in api("Teams_GetTeams")["list"]]
    api("Teams_DeleteTeam", teamId=team["id"])
    group = api("Groups_GetGroups")["list"][0]
    assert api("Groups_GetGroupDetails", groupId=group["id"])["name"] == group["name"]
    assert api("Groups_GetUserDetailsForGroup", groupId=group["id"])["list"][0]["username"] == "analyst"
    assert api("Groups_GetUserDetailsForUnallocatedGroup")["list"][0]["username"] == "Administrator"
    body = {"username": "newcomer", "password": "a long one", "emailAddress": "new@example.com"}
    created = api("Users_CreateUser", body=body)
    assert created["userDisabledDate"] is None
    named = {"username": "newcomer"}
    assert api("Users_GetUserDetails", **named)["licence"]["cube"]
    changed = api("Users_UpdateUserDetails", **named, body={"firstname": "Nora"})
    assert (changed["firstname"], changed["emailAddress"]) == ("Nora", "new@example.com")
    passwords = {"currentPassword": "a long one", "newPassword": "a longer one"}
    api("Users_ChangeUserPassword", **named, body=passwords)
    assert api("Users_GetUserDetailsList", query={"includeDisabled": "All"})["totalCount"] == 5
    assert api("Users_GetPreviousLoginHistory", username="Administrator")["totalCount"] >= 1
    api("Users_DeleteUser", **named)
    assert api("Users_GetUserDetails", **named)["userDisabledDate"]


def sessions(api: Any) -> None:
    form = {"UserLogin": "analyst", "Password": "holidays"}
    other = api("Sessions_CreateSessionSimple", form=form)
    listed = api("Sessions_GetSessionDetailsList", query={"count": 100})["list"]
    assert other["sessionId"] in [row["sessionId"] for row in listed]
    assert api("Sessions_GetSessionDetails", sessionId=other["sessionId"])["user"]["username"] == "analyst"
    converted = api("Sessions_ConvertSessionToAccessToken", form={"SessionId": other["sessionId"]})
    assert converted["accessToken"] != other["accessToken"]
    api("Sessions_LogoutSession", sessionId=other["sessionId"])
    assert api.refused("Sessions_GetSessionDetails", sessionId=other["sessionId"])[0] == 404
    parameters = api("Sessions_CreateLoginParameters", form={"userName": "analyst"})
    assert (
        api.refused(
            "Sessions_CreateSessionSalted",
            form={"Username": "analyst", "LoginSalt": "x", "PasswordHash": "y"},
        )[0]
        == 401
    )
    assert parameters["hashAlgorithm"] == "SHA512"
    assert api.refused("Sessions_CreateSessionFromLoginToken", body={"token": "x"})[0] == 401


def accounts(api: Any) -> None:
    wanted = {"username": "self", "emailAddress": "self@example.com", "password": "registered"}
    api("UserRegistrationRequests_CreateRegistrationRequest", body=wanted)
    (request,) = api("UserRegistrationRequests_GetRegistrationRequests")["list"]
    token = {"token": request["token"]}
    assert api("UserRegistrationRequests_GetRegistrationRequest", **token)["username"] == "self"
    assert api("UserRegistrationRequests_ConfirmRegistrationRequest", **token)["username"] == "self"
    assert api.refused("UserRegistrationRequests_ConfirmRegistrationRequest", **token)[0] == 400
    email = {"emailAddress": "self@example.com"}
    api("UserResetPasswordRequests_CreateResetPasswordRequest", body=email)
    row = api("UserResetPasswordRequests_GetResetPasswordRequests")["list"][0]
    assert row["username"] == "self"
    token = {"token": row["token"]}
    api("UserResetPasswordRequests_GetResetPasswordRequest", **token)
    new = {**email, "newPassword": "another one"}
    api("UserResetPasswordRequests_ConfirmResetPasswordRequest", **token, body=new)
    api("Sessions_CreateSessionSimple", form={"UserLogin": "self", "Password": "another one"})


def collections(api: Any) -> None:
    parts = [{"title": "Where to", "notes": "", "visualisationType": "Cube", "cube": CUBE}]
    content = json.dumps({"parts": parts}).encode()
    api("Files_UpsertFile", filePath="Private/Mine.collection", file=("x", content))
    body = {
        "title": "Mine",
        "description": "What I saved",
        "creationDate": "2026-01-31T09:30:00Z",
        "filePath": "Private/Mine.collection",
    }
    assert api("Collections_CreateCollection", body=body)["title"] == "Mine"
    row = api("Users_GetUserCollections", username="Administrator")["list"][0]
    key = {"collectionId": row["id"]}
    assert api("Collections_GetCollections")["totalCount"] == 1
    assert api("Collections_GetCollection", **key)["numberOfParts"] == 1
    assert api("Collections_GetCollectionParts", **key)["list"][0]["title"] == "Where to"
    part = api("Collections_GetCollectionPart", **key, partIndex=0)
    picture = {"visualisationId": part["visualisationId"]}
    assert api("Visualisations_GetVisualisation", **picture)["type"] == "Cube"
    assert not api("Visualisations_GetVisualisationRenderData", **picture)["ranSuccessfully"]
    spec = api("Visualisations_PerformVisualisationRenderDataRefreshSynchronously", **picture)
    assert spec["queryDetails"]["counts"][0]["countValue"] > 0
    job = api("Visualisations_CreateVisualisationRenderDataRefreshJob", **picture)
    state = {**picture, "refreshRequestId": job["id"]}
    poll(lambda: api("Visualisations_GetVisualisationRenderDataRefreshJob", **state))
    assert api("Visualisations_GetVisualisationRenderData", **picture)["ranSuccessfully"]
    api("Visualisations_CancelVisualisationRenderDataRefreshJob", **state)
    hit = api("Collections_CreateCollectionHitForCollection", **key, body={"userAgentDetails": "me"})
    assert api("Collections_GetCollectionHitsForCollection", **key)["list"][0]["id"] == hit["id"]
    api("Collections_GetCollectionHitForCollection", **key, collectionHitId=hit["id"])
    assert api("CollectionHits_GetCollectionHits")["totalCount"] == 1
    assert api("CollectionHits_GetCollectionHit", collectionHitId=hit["id"])["userAgentDetails"] == "me"
    assert api("Collections_UpsertCollection", **key, body={**body, "title": "Ours"})["numberOfHits"] == 1
    user = {"username": "Administrator"}
    assert api("Users_GetUserCollection", **user, **key)["title"] == "Ours"
    change = {"id": row["id"], "modificationType": "Modify", "collection": {"status": "Pinned"}}
    changed = api("Users_ModifyUserCollections", **user, body={"returnModifiedItem": True, "list": [change]})
    assert changed["list"][0]["collection"]["status"] == "Pinned"
    api("Collections_DeleteCollection", **key)
    assert api("Collections_GetCollections")["totalCount"] == 0
    given = api("Collections_TransferCollectionOwnership", **key, body={"newUsername": "analyst"})
    assert given["owner"]["username"] == "analyst"


def audiences(api: Any) -> None:
    body = {
        "title": "To France",
        "systemName": "holidays",
        "bodyQuery": QUERY,
        "briefText": "people for France",
    }
    row = api("Audiences_CreateAudience", body=body)
    key = {"audienceId": row["id"]}
    assert api("Audiences_GetAudiences")["totalCount"] == 1
    shown = api("Audiences_GetAudience", **key, query={"includeQueries": "true", "includeBrief": "true"})
    assert (shown["bodyQuery"], shown["briefText"]) == (QUERY, "people for France")
    assert shown["queriesLookup"]["variablesLookup"][0]["varCodesLookup"][0]["description"] == "France"
    update = api("Audiences_CreateAudienceUpdate", **key, body={"title": "To France or Germany"})
    assert api("Audiences_GetAudienceUpdates", **key)["totalCount"] == 2
    api("Audiences_GetAudienceUpdate", **key, audienceUpdateId=update["id"])
    result = api("Audiences_CalculateAudienceLatestUpdateSync", **key, body={"generateUrnFile": True})
    assert result["nettResults"]["counts"] == result["bodyResults"]["counts"]
    urns = api("Files_GetFile", filePath=result["urnFilePath"]).decode().splitlines()
    assert len(urns) == result["nettResults"]["counts"][0]["countValue"]
    assert b"<" in api("Audiences_GetAudienceLatestNativeForNettQuery", **key)
    api("Audiences_GetAudienceResults", **key)
    api("Audiences_GetAudienceResult", **key, audienceResultId=result["id"])
    export = {"columns": COLUMNS, "generateUrnFile": False, "filename": "audience.csv", **ROWS}
    assert len(api("Audiences_ExportAudienceLatestUpdateSync", **key, body=export)["rows"]) == 5
    check = {"dimensions": [DIMENSION]}
    checked = api("Audiences_CheckAudienceLatestUpdateSync", **key, body=check)["dimensionResults"][0]
    assert len(checked["codes"].split("\t")) == len(checked["baseCounts"].split("\t"))
    tasks = {"Calculate": {"generateUrnFile": False}, "Export": export, "Check": check}
    for name, task in tasks.items():
        job = api(f"Audiences_Create{name}AudienceJobForLatestUpdate", **key, body=task)
        job = job[0] if isinstance(job, list) else job
        state = {**key, "jobId": job["id"]}
        done = poll(lambda name=name, state=state: api(f"Audiences_Get{name}AudienceJob", **state))
        assert done[f"audience{'Result' if name == 'Calculate' else name}"]
        api(f"Audiences_Cancel{name}AudienceJob", **state)
    hit = api("Audiences_CreateAudienceHitForAudience", **key, body={})
    api("Audiences_GetAudienceHitsForAudience", **key)
    api("Audiences_GetAudienceHitForAudience", **key, audienceHitId=hit["id"])
    assert api("AudienceHits_GetAudienceHits")["totalCount"] == 1
    api("AudienceHits_GetAudienceHit", audienceHitId=hit["id"])
    copy = api("Audiences_CopyAudience", **key, body={"newTitle": "Copy"})
    assert (copy["title"], copy["id"] != row["id"]) == ("Copy", True)
    user = {"username": "Administrator"}
    assert api("Users_GetUserAudiences", **user)["totalCount"] == 2
    assert api("Users_GetUserAudience", **user, **key)["lastResult"]["audienceUpdateId"] == update["id"]
    change = {"id": row["id"], "modificationType": "Modify", "audience": {"title": "Renamed"}}
    batch = {"returnModifiedItem": True, "list": [change, {**change, "id": 999}]}
    first, second = api("Users_ModifyUserAudiences", **user, body=batch)["list"]
    assert (first["audience"]["title"], second["statusCode"]) == ("Renamed", 404)
    api("Audiences_DeleteAudience", **key)
    assert api("Audiences_GetAudiences", query={"includeDeleted": "OnlyDeleted"})["totalCount"] == 1
    api("Audiences_TransferAudienceOwnership", **key, body={"newUsername": "analyst"})
    assert api("AudienceSettings_GetAudienceSettingsForSystems")["totalCount"] == 1
    api("AudienceSettings_GetAudienceSettingsForSystem")


def data_licensing(api: Any) -> None:
    assert api("DataLicensing_GetDataLicensingSystems")["list"][0]["name"] == "holidays"
    api("DataLicensing_GetDataLicensingSystem")
    names = api("DataLicensing_GetLicensingSetsSync")["list"]
    job = {"jobId": api("DataLicensing_CreateGetLicensingSetsJob")["id"]}
    assert poll(lambda: api("DataLicensing_GetLicensingSetsJob", **job))["licensingSets"] == names
    api("DataLicensing_CancelLicensingSetsJob", **job)
    audience = api("Audiences_CreateAudience", body={"title": "Buyers", "systemName": "holidays"})
    key, wanted = {"audienceId": audience["id"]}, {"licensingSet": "Booking history"}
    price = api("Audiences_CalculateAudienceDataLicensingSync", **key, body=wanted)
    bookings = api("FastStatsSystems_GetFastStatsTable", tableName="Bookings")["totalRecords"]
    assert price["numberOfRecordsToLicense"] == bookings
    job = {**key, "jobId": api("Audiences_CreateCalculateAudienceDataLicensingJob", **key, body=wanted)["id"]}
    ask = "Audiences_GetCalculateAudienceDataLicensingJob"
    again = poll(lambda: api(ask, **job, body=wanted))["licensingInfo"]
    assert again["grandTotalCost"] == price["grandTotalCost"]
    api("Audiences_CancelCalculateAudienceDataLicensingJob", **job)
    receipt = api("DataLicensing_PurchaseDataLicensingSync", body={"queryId": price["queryId"]})
    assert receipt["numberOfRecordsLicensed"] == bookings
    free = {"queryId": again["queryId"], "grandTotalCost": 0}
    job = {"jobId": api("DataLicensing_CreatePurchaseDataLicensingJob", body=free)["id"]}
    bought = poll(lambda: api("DataLicensing_GetDataPurchaseJob", **job))["purchaseInfo"]
    assert bought["numberOfRecordsLicensed"] == 0
    api("DataLicensing_CancelDataPurchaseJob", **job)


def compositions(api: Any) -> None:
    item = {
        "variableName": "boDest",
        "detail": "Description",
        "unclassifiedFormat": "FromDesign",
        "description": "To",
    }
    definition = {"output": {"format": "CSV"}, "gridItems": [item]}
    body = {"description": "Standard", "type": "Export", "exportCompositionDefinition": definition}
    row = api("AudienceCompositions_CreateAudienceComposition", body=body)
    key = {"audienceCompositionId": row["id"]}
    assert (
        api("AudienceCompositions_GetAudienceComposition", **key)["exportCompositionDefinition"] == definition
    )
    assert api("AudienceCompositions_GetAudienceCompositions")["totalCount"] == 1
    api("AudienceCompositions_GetAudienceCompositionsForSystem")
    changed = {**body, "description": "Changed"}
    assert (
        api("AudienceCompositions_UpdateAudienceComposition", **key, body=changed)["description"] == "Changed"
    )
    user = {"username": "Administrator"}
    assert api("Users_GetUserAudienceCompositions", **user)["totalCount"] == 1
    api("Users_GetUserAudienceComposition", **user, compositionId=row["id"])
    api("AudienceCompositions_DeleteAudienceComposition", **key)
    assert api.refused("AudienceCompositions_GetAudienceComposition", **key)[0] == 404


def dashboards(api: Any) -> None:
    specification = {"cubeSpecification": {"dimensions": [DIMENSION], "measures": [MEASURE]}}
    level = {
        "drilldownLevel": 0,
        "chartType": "Bar",
        "sortOrder": "Natural",
        "dataSpecification": specification,
    }
    item = {"id": "one", "title": "Where to", "dashboardItemDetails": [level]}
    body = {"title": "Board", "systemName": "holidays", "baseQuery": QUERY, "dashboardItems": [item]}
    row = api("Dashboards_CreateDashboard", body=body)
    key = {"dashboardId": row["id"]}
    data = api(
        "Dashboards_GetDashboardItemDataSync", **key, dashboardItemId="one", body={"drillDownLevel": 0}
    )
    cells = data["measureResults"][0]["rows"][0].split("\t")
    assert sum(map(int, cells[:-1])) == int(cells[-1])
    wanted = {"dashboardItemsToCalculate": [{"dashboardItemId": "one", "sortOrder": "DescendingByValue"}]}
    (job,) = api("Dashboards_CalculateDashboardData", **key, body=wanted)
    done = poll(lambda: api("Dashboards_GetDashboardJobResults", **key, jobId=job["jobId"]))
    falling = list(map(int, done["dashboardItemData"]["measureResults"][0]["rows"][0].split("\t")[:-1]))
    assert falling == sorted(falling, reverse=True)
    assert api("Dashboards_BatchGetDashboardJobResults", **key, body=[job["jobId"]])[0]["isComplete"]
    api("Dashboards_CancelCalculateDashboardDataJob", **key, jobId=job["jobId"])
    pareto = {"valueVariableName": "boCost", "resolveTableName": "Bookings", "numberOfBands": 4}
    preview = {"drillDownLevel": 0, "sortOrder": "Natural", "baseQuery": QUERY}
    previews = [
        {**preview, "dashboardItemId": "a", "dataSpecification": specification},
        {**preview, "dashboardItemId": "b", "dataSpecification": {"paretoSpecification": pareto}},
        {
            **preview,
            "dashboardItemId": "c",
            "dataSpecification": {"paretoSpecification": {**pareto, "categoryVariableName": "boDest"}},
        },
    ]
    jobs = [each["jobId"] for each in api("Dashboards_CreateDashboardItemPreviewDataJobs", body=previews)]
    for number in jobs:
        poll(lambda number=number: api("Dashboards_GetDashboardItemPreviewDataJob", jobId=number))
    states = api("Dashboards_GetDashboardItemPreviewDataJobs", body=jobs)
    shares = states[1]["dashboardItemData"]["measureResults"][1]["rows"][0].split("\t")
    assert (len(shares), float(shares[-1])) == (4, 100.0)
    assert float(shares[0]) >= 25
    api("Dashboards_CancelDashboardItemPreviewDataJob", jobId=jobs[0])
    assert (
        api("Dashboards_CreateDashboardUpdate", **key, body={**body, "id": row["id"], "title": "New"})[
            "title"
        ]
        == "New"
    )
    copy = api("Dashboards_CopyDashboard", **key, body={"newTitle": "Copy"})
    assert copy["title"] == "Copy"
    assert api("Dashboards_ConvertToAudience", **key, body={"title": "From board"})["audienceId"]
    rows = api("Dashboards_GetDashboardExportSync", **key, body={})
    assert rows["columns"][0]["variableName"] == "boDest"
    user = {"username": "Administrator"}
    assert api("Users_GetUserDashboards", **user)["totalCount"] == 2
    api("Users_GetUserDashboard", **user, **key)
    change = {"id": row["id"], "modificationType": "Modify"}
    pinned = {**change, "dashboard": {"id": row["id"], "title": "Pinned", "status": "Home"}}
    (outcome,) = api(
        "Users_ModifyUserDashboards", **user, body={"returnModifiedItem": True, "list": [pinned]}
    )["list"]
    assert outcome["dashboard"]["title"] == "Pinned"
    api("Dashboards_DeleteDashboard", **key)
    assert api("Users_GetUserDashboards", **user)["totalCount"] == 1


def shares(api: Any) -> None:
    audience = api("Audiences_CreateAudience", body={"title": "Shared", "systemName": "holidays"})
    users = {
        row["username"]: row["id"] for row in api("Users_GetUserDetailsList", query={"count": 100})["list"]
    }
    group = api("Groups_GetGroups")["list"][1]
    body = {
        "shareableType": "Audience",
        "shareableId": audience["id"],
        "emailAddressesToAdd": [],
        "userIdsToAdd": [users["analyst"]],
        "groupIdsToAdd": [group["id"]],
        "notifyAddedRecipients": False,
    }
    share = api("Shares_CreateShare", body=body)
    key = {"shareId": share["id"]}
    assert api("Shares_GetShares")["totalCount"] == 1
    assert api("Shares_GetShare", **key)["shareableTitle"] == "Shared"
    assert api("Shares_GetShareUsers", **key)["list"][0]["username"] == "analyst"
    assert api("Shares_GetShareGroups", **key)["list"][0]["name"] == group["name"]
    notify = dict.fromkeys(
        ("notifyAddedRecipients", "notifyRemovedRecipients", "notifyUnchangedRecipients"), False
    )
    change = {**notify, "userIdsToRemove": [users["analyst"]], "userIdsToAdd": [users["Administrator"]]}
    update = api("Shares_CreateShareUpdate", **key, body=change)
    assert update["invalidUsersToAdd"][0]["reason"] == "ShareableOwnedByUser"
    both = {**key, "shareUpdateId": update["shareUpdate"]["id"]}
    assert api("Shares_GetShareUpdates", **key)["totalCount"] == 2
    assert api("Shares_GetShareUpdate", **both)["firstRemovedUser"]["username"] == "analyst"
    assert api("Shares_GetShareUpdateAddedUsers", **both)["totalCount"] == 0
    assert api("Shares_GetShareUpdateRemovedUsers", **both)["totalCount"] == 1
    api("Shares_DeleteShare", **key)
    assert api("Shares_GetShares")["totalCount"] == 0


def settings(api: Any) -> None:
    assert api("Settings_UpdateDataViewSettingsRoot", body={"a": {"b": {"c": 1}}}) == {"a": {"b": {"c": 1}}}
    api("Settings_UpdateDataViewSettings", settingsPath="a/d", body={"e": 2})
    assert api("Settings_GetDataViewSettings", settingsPath="a") == {"b": {"c": 1}, "d": {"e": 2}}
    api("Settings_DeleteDataViewSettings", settingsPath="a/b")
    assert api("Settings_GetDataViewSettingsRoot") == {"a": {"d": {"e": 2}}}
    api("Settings_DeleteDataViewSettingsRoot")
    assert api("Settings_GetDataViewSettingsRoot") == {}


def themes(api: Any) -> None:
    theme = api("Themes_GetThemes")[0]
    body = {name: theme[name] for name in ("name", "default", "published", "definition", "logoId")}
    made = api("Themes_CreateTheme", body={**body, "name": "Dark", "default": False})
    key = {"themeId": made["id"]}
    assert api("Themes_GetTheme", **key)["name"] == "Dark"
    assert api("Themes_UpdateTheme", **key, body={**body, "name": "Darker"})["name"] == "Darker"
    assert len(api("Themes_GetUsage")["themeUsageSummaries"]) == 2
    api("Themes_DeleteTheme", **key)
    assert len(api("Themes_GetThemes")) == 1


def telemetry(api: Any) -> None:
    assert api.refused("Telemetry_GetTelemetryStateForUser", username="Administrator")[0] == 404
    state = api("Telemetry_CreateTelemetryState", body={"username": "Administrator"})
    key = {"stateId": state["id"]}
    api("Telemetry_UpdateTelemetryState", **key, body={"optState": "OptedIn"})
    assert api("Telemetry_GetTelemetryState", **key)["optState"] == "OptedIn"
    assert api("Telemetry_GetTelemetryStateForUser", username="Administrator")["logins"] >= 1
    session = {**key, "sessionId": "s1"}
    api("Telemetry_CreateTelemetrySession", **session, body={"clientType": "Orbit"})
    end = {"sessionEnd": "2026-02-01T00:00:00Z"}
    api("Telemetry_UpdateTelemetrySession", **session, body=end)
    assert api("Telemetry_GetTelemetrySession", **session)["sessionEnd"] == end["sessionEnd"]


def people_stage(api: Any) -> None:
    assert api("PeopleStage_GetPeopleStageSystems")["totalCount"] == 1
    top = {"elementId": api("PeopleStage_GetPeopleStageSystem")["programmeId"]}
    channels = api("PeopleStage_GetPeopleStageChannels")["list"]
    api("PeopleStage_GetPeopleStageChannel", channelId=channels[0]["id"])
    assert api("PeopleStage_GetPeopleStageElements", query={"count": 1000})["totalCount"] > 10
    assert api("PeopleStage_GetPeopleStageElement", **top)["type"] == "Programme"
    assert api("PeopleStage_GetPeopleStageElementChildren", **top)["list"][0]["type"] == "Area"
    sent = api("PeopleStage_GetPeopleStageElementCommunicationStatistics", **top)
    table = api("FastStatsSystems_GetFastStatsTable", tableName="Communications")
    assert sent["totalCommunicationsCount"] == sum(sent["communicationsCounts"]) == table["totalRecords"]
    by_channel = api("PeopleStage_GetPeopleStageElementChannelStatistics", **top)
    assert sum(each["totalCommunicationsCount"] for each in by_channel["perChannelStats"].values()) > 0
    kinds = api("PeopleStage_GetPeopleStageElementResponseStatistics", **top)["perResponseTypeStatisticsMap"]
    assert sum(kind["totalResponsesCount"] for kind in kinds.values()) > 0
    assert api("PeopleStage_GetPeopleStageElementStatus", **top)["firstRan"]
    assert api("PeopleStage_GetPeopleStageElementStatusForDescendants", **top)["totalCount"] > 10
    day = {"dateRange": f"{sent['days'][0]}/{sent['days'][0]}"}
    found = api("PeopleStage_GetPeopleStageRangeStatisticsSync", **top, query=day)
    assert found["communicationsCount"] == sent["communicationsCounts"][0]
    below = api("PeopleStage_GetPeopleStageRangeStatisticsForDescendantsSync", **top, query=day)
    assert below["communicationsCount"] == found["communicationsCount"]


def permissions(api: Any) -> None:
    group, team = api("Groups_GetGroups")["list"][0], api("Teams_GetTeams")["list"][0]
    user = api("Users_GetUserDetails", username="Administrator")
    right = {
        "id": 0,
        "permissionType": "AccessRights",
        "permission": {"name": "Read"},
        "resource": "Public/Reports",
        "resourceType": "File",
        "grant": False,
        "deny": True,
        "inherit": False,
    }
    question = {"permissionType": "AccessRights", "permission": "Read", "resourceType": "File"}
    inside = {**question, "resource": "Public/Reports/2026/a.csv"}
    assert api("Permissions_IsAuthorised", **inside) is True
    given = api("Permissions_CreatePermissionForUser", userId=user["id"], body=right)["authorisedPermission"]
    assert api("Permissions_IsAuthorised", **inside) is True, "nothing is denied to administrators"
    key = {"permissionId": given["id"]}
    api("Permissions_ModifyPermission", **key, body={**right, "grant": True, "deny": False})
    assert api("Permissions_IsAuthorised", **inside) is True
    api("Permissions_CreatePermissionForGroup", groupId=group["id"], body=right)
    api("Permissions_CreatePermissionForTeam", teamId=team["id"], body=right)
    api("Permissions_CreatePermissionForSystem", body=right)
    assert api("Permissions_GetPermissionsForUser", userId=user["id"])["totalCount"] == 1
    assert api("Permissions_GetPermissionsForGroup", groupId=group["id"])["totalCount"] == 1
    assert api("Permissions_GetPermissionsForTeam", teamId=team["id"])["totalCount"] == 1
    assert api("Permissions_GetPermissionsForSystem")["totalCount"] == 1
    assert api("Permissions_GetPermissionsForPermissionSet", permissionSetId=1)["totalCount"] >= 1
    api("Permissions_DeletePermission", **key)


def engine(api: Any) -> None:
    jobs = api("FastStatsJobs_GetFastStatsJobs", query={"orderBy": "-id"})
    assert jobs["list"][0]["state"] == "Completed"
    assert api("FastStatsJobs_GetFastStatsJobsForSystem")["totalCount"] >= 1
    key = {"jobId": jobs["list"][0]["id"]}
    detail = api(
        "FastStatsJobs_GetFastStatsJob", **key, query={"returnRequest": "true", "returnResults": "true"}
    )
    assert json.loads(detail["results"])
    wanted = {
        "start": "2000-01-01T00:00:00Z",
        "end": "2100-01-01T00:00:00Z",
        "measure": "ProcessingTime",
        "dimension": "JobType",
        "jobPropertySelectionType": "AllJobs",
        "jobPropertySelections": [],
    }
    times = api("FastStatsJobs_CalculateProcessingTimeStatsSync", body=wanted)
    assert "Count" in times["categories"]
    api("FastStatsJobs_CalculateProcessingTimeStatsForSystemSync", body={**wanted, "dimension": "Weeks"})
    api("FastStatsJobs_ClearCommandHash")
    assert api("FastStatsBuilds_FastStatsBuildSync", body={}) == {"success": True}
    job = api("FastStatsBuilds_CreateFastStatsBuildJob", body={})
    done = poll(lambda: api("FastStatsBuilds_GetFastStatsBuildJob", jobId=job["id"]))
    assert done["buildResult"] == {"success": True}
    api("FastStatsBuilds_CancelFastStatsBuildJob", jobId=job["id"])


SCENARIOS = (
    about,
    systems,
    queries,
    files,
    static_resources,
    people,
    sessions,
    accounts,
    collections,
    audiences,
    data_licensing,
    compositions,
    dashboards,
    shares,
    settings,
    themes,
    telemetry,
    people_stage,
    permissions,
    engine,
)


def poll(ask: Callable[[], Any]) -> Any:
    """Return the state of a job once it is complete."""
    for _ in range(200):
        state = ask()
        if state["isComplete"]:
            return state
        time.sleep(0.02)
    raise AssertionError("the job did not end within four seconds")


@pytest.mark.slow
@pytest.mark.parametrize("form", ["application/json", "application/xml"])
def test_each_of_the_481_operations_answers_as_the_spec_says(
    new_api: Callable[..., Any], operations: dict[str, Any], subtests: pytest.Subtests, form: str
) -> None:
    with serve(scale=2_000, job_seconds=0.01) as server:
        api = new_api(server.url, server.username, server.password, form)
        for scenario in (*SCENARIOS, *newer.SCENARIOS):
            with subtests.test(scenario.__name__):
                scenario(api)
        salted_and_token_logins(api, server)
        external_login(api, server)
        newer.second_factor(api, new_api, server)
        newer.unlicensed(api, operations)
        assert set(operations) - api.called == set()
        assert len(operations) == 481


def salted_and_token_logins(api: Any, server: Any) -> None:
    import hashlib

    def sha512(text: str) -> str:
        return hashlib.sha512(text.encode()).hexdigest()

    parameters = api("Sessions_CreateLoginParameters", form={"userName": "analyst"})
    answer = sha512(parameters["loginSalt"] + sha512(parameters["userSalt"] + server.password))
    form = {"Username": "analyst", "LoginSalt": parameters["loginSalt"], "PasswordHash": answer}
    assert api("Sessions_CreateSessionSalted", form=form)["user"]["username"] == "analyst"
    assert api.refused("Sessions_CreateSessionSalted", form=form)[0] == 401, (
        "a login salt is good for one login"
    )
    token = server.login_token("analyst")
    assert api("Sessions_CreateSessionFromLoginToken", body={"token": token})["user"]["username"] == "analyst"
    assert api.refused("Sessions_CreateSessionFromLoginToken", body={"token": token})[0] == 401


def external_login(api: Any, server: Any) -> None:
    from apteco_api.sandbox.identity import saml

    secret = server.world.identity.secret

    def goes_to(operation: str, **options: Any) -> tuple[str, dict[str, str]]:
        api(operation, **options)
        answer = api.send(operation, **options)
        api.headers["Cookie"] = answer.headers.get("Set-Cookie", "").partition(";")[0]
        target = urlsplit(answer.headers["Location"])
        return target.path, dict(parse_qsl(target.query))

    path, sent = goes_to("ExternalLogin_Login", query={"returnUrl": "/home"})
    assert path == "/identity-provider/sign-in"
    request = saml.message_id(saml.from_query(secret, "SAMLRequest", sent))
    form = saml.to_form(secret, saml.login_response(request, "analyst"), "")
    answer = api.send("ExternalLogin_AssertionConsumerService", form=form)
    assert (answer.status, answer.headers["Location"].partition("=")[0]) == (302, "/home?token")
    assert api.refused("ExternalLogin_AssertionConsumerService", form=form)[0] == 400, "assertions work once"
    message = saml.to_query(secret, "SAMLRequest", saml.logout_request("analyst"))
    path, sent = goes_to("ExternalLogin_SingleLogoutService", query=dict(parse_qsl(message)))
    assert (path, "SAMLResponse" in sent) == ("/identity-provider/sign-out", True)
