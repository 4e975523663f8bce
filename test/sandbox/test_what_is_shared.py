"""Access to items of other users: groups, administrators, owners; what a login and a mark tell a user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from apteco_api.sandbox import Sandbox, serve

PASSWORD = "a good password"


@pytest.fixture(scope="module")
def own() -> Iterator[Sandbox]:
    with serve(scale=500, job_seconds=0) as running:
        yield running


@pytest.fixture(scope="module")
def admin(own: Sandbox, new_api: Any) -> Any:
    return new_api(own.url, "Administrator", own.password)


@pytest.fixture(scope="module")
def users(own: Sandbox, admin: Any, new_api: Any) -> tuple[Any, Any]:
    """Return two users: an owner, and a colleague."""
    for name in ("owner", "colleague"):
        admin("Users_CreateUser", body={"username": name, "password": PASSWORD})
    return new_api(own.url, "owner", PASSWORD), new_api(own.url, "colleague", PASSWORD)


def id_of(api: Any, username: str) -> int:
    found: int = api("Users_GetUserDetails", username=username)["id"]
    return found


def audience(api: Any, title: str) -> dict[str, int]:
    made = api("Audiences_CreateAudience", body={"title": title, "systemName": "holidays"})
    return {"audienceId": made["id"]}


def share(api: Any, key: dict[str, int], **recipients: list[int]) -> Any:
    body = {"shareableType": "Audience", "shareableId": key["audienceId"], "notifyAddedRecipients": False}
    empty: dict[str, list[Any]] = {"emailAddressesToAdd": [], "userIdsToAdd": [], "groupIdsToAdd": []}
    return api("Shares_CreateShare", body={**body, **empty, **recipients})


def test_an_item_shared_with_a_group_is_seen_by_its_members(admin: Any, users: tuple[Any, Any]) -> None:
    owner, colleague = users
    key = audience(owner, "For the group")
    group = admin("Groups_CreateGroup", body={"name": "Readers", "userIds": [id_of(colleague, "colleague")]})
    assert colleague.refused("Audiences_GetAudience", **key)[0] == 403
    made = share(owner, key, groupIdsToAdd=[group["id"]])
    assert colleague("Audiences_GetAudience", **key)["title"] == "For the group"
    assert owner("Audiences_GetAudience", **key)["numberOfUsersSharedWith"] == 1
    assert colleague.refused("Audiences_DeleteAudience", **key)[0] == 403
    owner("Shares_DeleteShare", shareId=made["id"])
    assert colleague.refused("Audiences_GetAudience", **key)[0] == 403


def test_an_administrator_may_do_what_the_owner_may(admin: Any, users: tuple[Any, Any]) -> None:
    owner, colleague = users
    key = audience(owner, "Not the administrator's")
    made = share(admin, key, userIdsToAdd=[id_of(colleague, "colleague")])
    admin("Audiences_DeleteAudience", **key)
    assert admin("Audiences_GetAudience", **key)["deletionDate"]
    assert colleague.refused("Audiences_GetAudience", **key)[0] == 404
    admin("Shares_DeleteShare", shareId=made["id"])


def test_an_item_is_not_shared_with_its_owner(admin: Any, users: tuple[Any, Any]) -> None:
    owner, colleague = users
    key = audience(owner, "Mine")
    mine, other = id_of(owner, "owner"), id_of(colleague, "colleague")
    assert share(owner, key, userIdsToAdd=[mine, other])["numberOfUsersSharedWith"] == 1
    admin("Audiences_TransferAudienceOwnership", **key, body={"newUsername": "colleague"})
    seen = colleague("Users_GetUserAudience", username="colleague", **key)
    assert (seen["numberOfUsersSharedWith"], seen["sharedToMe"], seen["sharedByMe"]) == (0, False, True)


def test_a_hit_is_recorded_only_for_an_item_that_the_caller_sees(users: tuple[Any, Any]) -> None:
    owner, colleague = users
    key = audience(owner, "Unseen")
    hit = {"userAgentDetails": "test"}
    assert colleague.refused("Audiences_CreateAudienceHitForAudience", **key, body=hit)[0] == 403
    owner("Audiences_CreateAudienceHitForAudience", **key, body=hit)
    assert owner("Audiences_GetAudience", **key)["numberOfHits"] == 1


def test_pinned_items_come_first_where_they_are_asked_for(users: tuple[Any, Any]) -> None:
    owner, _ = users
    first, second = audience(owner, "First"), audience(owner, "Second")
    change = {"audience": {"status": "Pinned"}, "id": second["audienceId"], "modificationType": "Modify"}
    body = {"returnModifiedItem": False, "list": [change]}
    owner("Users_ModifyUserAudiences", username="owner", body=body)
    asked = {"username": "owner", "query": {"count": 100, "applyPinnedSort": "true"}}
    found = [row["id"] for row in owner("Users_GetUserAudiences", **asked)["list"]]
    assert found[0] == second["audienceId"]
    plain = owner("Users_GetUserAudiences", username="owner", query={"count": 100})["list"]
    assert [row["id"] for row in plain].index(first["audienceId"]) < len(plain) - 1
    assert plain[-1]["id"] == second["audienceId"]


def test_a_login_tells_when_the_user_had_logged_in_before(own: Sandbox, admin: Any, new_api: Any) -> None:
    admin("Users_CreateUser", body={"username": "returning", "password": PASSWORD})
    form = {"UserLogin": "returning", "Password": PASSWORD}
    assert "lastLogin" not in new_api(own.url)("Sessions_CreateSessionSimple", form=form)
    api = new_api(own.url, "returning", PASSWORD)
    latest = api("Users_GetPreviousLoginHistory", username="returning")["list"][0]["timestamp"]
    assert new_api(own.url)("Sessions_CreateSessionSimple", form=form)["lastLogin"] == latest


def test_an_open_session_of_a_disabled_account_is_refused(own: Sandbox, admin: Any, new_api: Any) -> None:
    """A login may end just after the account was disabled: then its session is still there."""
    admin("Users_CreateUser", body={"username": "late", "password": PASSWORD})
    api = new_api(own.url, "late", PASSWORD)
    store = own.world.store
    user = own.world.access.user_named("late")
    assert user is not None
    with store.write() as writer:
        writer.change("user", user, userDisabledDate="2026-01-01T00:00:00Z")
    status, message = api.refused("FastStatsSystems_GetFastStatsTables")
    assert (status, message) == (401, "The account behind the access token is disabled.")


def test_a_part_that_is_missing_in_the_middle_is_named(users: tuple[Any, Any]) -> None:
    owner, _ = users
    for number in (0, 2):
        part = {"id": "gap", "partNumber": number, "file": ("x", b"part")}
        owner("TemporaryFiles_UpsertTemporaryFilePart", **part)
    last = {"id": "gap", "partNumber": 3, "file": ("x", b"end"), "query": {"finalPart": "true"}}
    assert owner.refused("TemporaryFiles_UpsertTemporaryFilePart", **last) == (400, "Part 1 is missing.")
