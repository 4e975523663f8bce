"""The lifecycle of items that users own and share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apteco_api.sandbox import Sandbox, serve

COLUMN = {
    "variableName": "boDest",
    "detail": "Description",
    "unclassifiedFormat": "FromDesign",
    "description": "To",
}
LAYOUT = {"output": {"format": "CSV"}, "gridItems": [COLUMN]}
COMPOSITION = {"description": "Standard", "type": "Export", "exportCompositionDefinition": LAYOUT}


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with serve(scale=500, job_seconds=0) as server:
        yield server


@pytest.fixture
def admin(box: Sandbox, new_api: Callable[..., Any]) -> Any:
    return new_api(box.url, box.username, box.password)


@pytest.fixture
def analyst(box: Sandbox, new_api: Callable[..., Any]) -> Any:
    return new_api(box.url, "analyst", box.password)


def audience(api: Any, title: str = "Ours") -> dict[str, Any]:
    number = api("Audiences_CreateAudience", body={"title": title, "systemName": "holidays"})["id"]
    return {"audienceId": number}


def share(api: Any, kind: str, number: int, *users: int, to_all: bool = False) -> dict[str, Any]:
    body = {
        "shareableType": kind,
        "shareableId": number,
        "emailAddressesToAdd": [],
        "userIdsToAdd": list(users),
        "groupIdsToAdd": [],
        "shareToAll": to_all,
        "notifyAddedRecipients": False,
    }
    return {"shareId": api("Shares_CreateShare", body=body)["id"]}


def test_a_new_owner_has_the_item_s_share_too_and_is_no_recipient_of_it(admin: Any, analyst: Any) -> None:
    key = audience(admin)
    their = share(admin, "Audience", key["audienceId"], 2)
    admin("Audiences_TransferAudienceOwnership", **key, body={"newUsername": "analyst"})
    assert analyst("Shares_GetShare", **their)["numberOfUsersSharedWith"] == 0
    assert analyst("Shares_GetShareUsers", **their)["list"] == []
    analyst("Shares_DeleteShare", **their)
    assert admin("Shares_GetShares")["totalCount"] == 0


def test_a_deleted_item_is_there_for_its_owner_only_until_it_is_undeleted(admin: Any, analyst: Any) -> None:
    key = audience(admin)
    share(admin, "Audience", key["audienceId"], to_all=True)
    read, user = "Audiences_GetAudience", {"username": "analyst"}
    assert analyst(read, **key)["title"] == "Ours"
    assert analyst("Users_GetUserAudiences", **user)["totalCount"] == 1
    admin("Audiences_DeleteAudience", **key)
    assert analyst.refused(read, **key)[0] == 404
    assert analyst("Users_GetUserAudiences", **user, query={"includeDeleted": "All"})["totalCount"] == 0
    assert admin(read, **key)["deletionDate"]
    change = {"id": key["audienceId"], "modificationType": "Undelete", "audience": {}}
    batch = {"returnModifiedItem": False, "list": [change]}
    (outcome,) = admin("Users_ModifyUserAudiences", username="Administrator", body=batch)["list"]
    assert outcome["succeeded"]
    assert "deletionDate" not in analyst(read, **key)
    assert analyst("Users_GetUserAudiences", **user)["totalCount"] == 1


def test_the_share_of_a_composition_goes_with_it(admin: Any, analyst: Any) -> None:
    row = admin("AudienceCompositions_CreateAudienceComposition", body=COMPOSITION)
    key = {"audienceCompositionId": row["id"]}
    share(admin, "AudienceComposition", row["id"], 2)
    assert analyst("AudienceCompositions_GetAudienceComposition", **key)["description"] == "Standard"
    admin("AudienceCompositions_DeleteAudienceComposition", **key)
    assert admin("Shares_GetShares")["totalCount"] == 0
    again = admin("AudienceCompositions_CreateAudienceComposition", body=COMPOSITION)
    assert again["id"] != row["id"]
    assert analyst("Users_GetUserAudienceCompositions", username="analyst")["totalCount"] == 0


def test_one_theme_at_most_is_the_default_and_a_dashboard_outlives_its_theme(admin: Any) -> None:
    (first,) = admin("Themes_GetThemes")
    names = ("name", "published", "definition", "logoId")
    body = {**{name: first[name] for name in names}, "name": "Dark", "default": True}
    dark = admin("Themes_CreateTheme", body=body)
    assert [(each["name"], each["default"]) for each in admin("Themes_GetThemes")] == [
        (first["name"], False), ("Dark", True),
    ]  # fmt: skip
    admin("Themes_UpdateTheme", themeId=first["id"], body={**body, "name": first["name"]})
    assert [each["default"] for each in admin("Themes_GetThemes")] == [True, False]
    admin("Dashboards_CreateDashboard", body={"title": "Board", "themeId": dark["id"]})
    assert admin("Themes_GetUsage")["numberOfDashboardsSetToDefaultTheme"] == 0
    admin("Themes_DeleteTheme", themeId=dark["id"])
    usage = admin("Themes_GetUsage")
    assert usage["numberOfDashboardsSetToDefaultTheme"] == 1
    assert [each["themeId"] for each in usage["themeUsageSummaries"]] == [first["id"]]
    assert "themeId" not in admin("Users_GetUserDashboard", username="Administrator", dashboardId=1)


def test_no_request_chooses_the_id_or_the_owner_of_what_it_stores(admin: Any, analyst: Any) -> None:
    first = admin("Teams_GetTeams")["list"][0]
    made = admin("Teams_CreateTeam", body={"id": first["id"], "name": "Another"})
    assert made["id"] != first["id"]
    admin("Teams_ModifyTeam", teamId=made["id"], body={"id": first["id"], "name": "Renamed"})
    assert admin("Teams_GetTeam", teamId=first["id"]) == first
    mine, yours = audience(analyst, "Mine"), audience(admin, "Yours")
    update = {"id": 2, "audienceId": yours["audienceId"], "ownerId": 1, "title": "Changed"}
    assert analyst("Audiences_CreateAudienceUpdate", **mine, body=update)["owner"]["username"] == "analyst"
    assert admin("Audiences_GetAudience", **yours)["title"] == "Yours"
    assert analyst("Audiences_GetAudience", **mine)["title"] == "Changed"
    file = {"title": "Mine", "description": "", "creationDate": "2026-01-31T09:30:00Z"}
    analyst("Collections_CreateCollection", body={**file, "filePath": "Private/x.collection", "id": 7})
    (row,) = analyst("Users_GetUserCollections", username="analyst")["list"]
    change = {"id": row["id"], "modificationType": "Modify", "collection": {"title": "New", "ownerId": 1}}
    batch = {"returnModifiedItem": True, "list": [change]}
    (outcome,) = analyst("Users_ModifyUserCollections", username="analyst", body=batch)["list"]
    assert (row["id"], outcome["collection"]["title"]) == (1, "New")
    assert outcome["collection"]["owner"]["username"] == "analyst"
