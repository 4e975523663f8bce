"""Shares: the further users and groups who may see an item."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .. import clock
from ..call import Answer, Call, handles
from ..free_form import objects
from ..listing import page, whole
from ..problem import Problem, forbidden, refused
from ..resources import Resource, register
from ..rights import SHARE_ITEM
from ..schema import Mismatch
from ..sharing import (
    TYPES,
    is_shared_with,
    recipients,
    require_owner,
    require_right,
    share_of,
    shareable,
    title_of,
)
from ..store import Row


def _present(call: Call, share: Row) -> Row:
    item = call.world.store.get(share["kind"], share["shareableId"])
    title = title_of(call, share["kind"], item) if item else ""
    return {**share, "shareableTitle": title, "numberOfUsersSharedWith": len(recipients(call, share))}


def _guard(call: Call, share: Row) -> None:
    if (
        share["ownerId"] != call.user["id"]
        and not call.is_administrator
        and not is_shared_with(call, share, call.user)
    ):
        raise forbidden("This share is about an item that you don't see.", id=share["id"])


def _guard_change(call: Call, share: Row) -> None:
    item = call.world.store.get(share["kind"], share["shareableId"])
    if item is not None:
        require_owner(call, share["kind"], item)
        require_right(call, SHARE_ITEM, share["kind"], item)


@handles("Shares_CreateShare")
def create(call: Call) -> Row:
    """Share an item that the caller owns; 409 if it is shared already."""
    body = call.body
    kind, item = shareable(call, body["shareableType"], body["shareableId"])
    require_owner(call, kind, item)
    require_right(call, SHARE_ITEM, kind, item)
    share: Row = {
        "kind": kind,
        "shareableType": body["shareableType"],
        "shareableId": item["id"],
        "ownerId": item["ownerId"],
        "viewShareableUrl": body.get("viewShareableUrl", ""),
        "userIds": [],
        "groupIds": [],
        "sharedToAll": False,
    }
    change, _ = _change(call, item, share, body)
    with call.world.store.write() as writer:
        if share_of(call, kind, item):
            raise Problem(
                409, f"This {kind} is shared already: change its share with an update.", id=item["id"]
            )
        share = writer.put("share", {**share, **change["after"]})
        writer.put("share-update", {**change["update"], "shareId": share["id"]})
    return _present(call, share)


@handles("Shares_CreateShareUpdate")
def update(call: Call) -> Row:
    """Add and remove recipients."""
    share = call.find("share", call.path["shareId"])
    _guard_change(call, share)
    item = call.find(share["kind"], share["shareableId"])
    with call.world.store.write() as writer:
        change, invalid = _change(call, item, call.find("share", share["id"]), call.body)
        writer.change("share", share, **change["after"])
        row = writer.put("share-update", {**change["update"], "shareId": share["id"]})
    return {"shareUpdate": _present_update(call, row), **invalid}


def _change(call: Call, item: Row, share: Row, body: Row) -> tuple[dict[str, Row], Row]:
    """Return the changed members of a share, the record of the change, and the users for whom it failed."""
    groups = {group["id"] for group in call.world.store.rows("group")}
    for group in (*body.get("groupIdsToAdd", ()), *body.get("groupIdsToRemove", ())):
        if group not in groups:
            raise refused(f"There is no group {group}.", groupId=group)
    invalid: dict[str, list[Any]] = {"invalidUsersToAdd": [], "invalidUsersToRemove": []}
    added: list[int] = []
    for user in _users(call, body, "ToAdd"):
        reason = ""
        if user["id"] == item["ownerId"]:
            reason = "ShareableOwnedByUser"
        elif user["id"] in share["userIds"]:
            reason = "ShareableAlreadySharedToUser"
        if reason:
            invalid["invalidUsersToAdd"].append({**user, "reason": reason})
        elif user["id"] not in added:
            added.append(user["id"])
    removed: list[int] = []
    for user in _users(call, body, "ToRemove"):
        if user["id"] not in share["userIds"]:
            invalid["invalidUsersToRemove"].append({**user, "reason": "ShareableNotSharedToUser"})
        elif user["id"] not in removed:
            removed.append(user["id"])
    added_groups = [g for g in dict.fromkeys(body.get("groupIdsToAdd", ())) if g not in share["groupIds"]]
    removed_groups = [g for g in dict.fromkeys(body.get("groupIdsToRemove", ())) if g in share["groupIds"]]
    after = {
        "userIds": [u for u in (*share["userIds"], *added) if u not in removed],
        "groupIds": [g for g in (*share["groupIds"], *added_groups) if g not in removed_groups],
        "sharedToAll": body.get("shareToAll", share["sharedToAll"]),
    }
    record = {
        "timestamp": clock.now(),
        "userId": call.user["id"],
        "notes": body.get("notes", ""),
        "sharedToAll": after["sharedToAll"],
        "addedUsers": added,
        "removedUsers": removed,
        "addedGroups": added_groups,
        "removedGroups": removed_groups,
    }
    return {"after": after, "update": record}, dict(invalid)


def _users(call: Call, body: Row, which: str) -> list[Row]:
    store = call.world.store
    found: list[Row] = []
    named = [each.get("item1") for each in body.get(f"userPermissions{which}") or ()]
    for user_id in (*(body.get(f"userIds{which}") or ()), *named):
        user = store.get("user", user_id)
        if user is None:
            raise refused(f"There is no user {user_id}.", userId=user_id)
        found.append(user)
    for email in body.get(f"emailAddresses{which}", ()):
        owner = next((u for u in store.rows("user") if u["emailAddress"].lower() == email.lower()), None)
        if owner is None or not email:
            raise refused(f"There is no user with the email address '{email}'.", emailAddress=email)
        found.append(owner)
    return found


def _present_update(call: Call, row: Row) -> Row:
    store = call.world.store
    nobody = {"id": 0, "username": "", "firstname": "", "surname": "", "emailAddress": ""}
    no_group = {"id": 0, "name": ""}
    shown: Row = {**row, "user": store.get("user", row["userId"])}
    for what in ("Added", "Removed"):
        users, groups = row[f"{what.lower()}Users"], row[f"{what.lower()}Groups"]
        shown[f"numberOf{what}Users"] = len(users)
        shown[f"first{what}User"] = (store.get("user", users[0]) if users else None) or nobody
        shown[f"numberOf{what}Groups"] = len(groups)
        shown[f"first{what}Group"] = (store.get("group", groups[0]) if groups else None) or no_group
    return shown


def _share(call: Call) -> Row:
    share = call.find("share", call.path["shareId"])
    _guard(call, share)
    return share


@handles("Shares_GetShareUsers")
def users(call: Call) -> Answer:
    """List the users that the share names."""
    share = _share(call)
    return page(call, call.world.store.rows("user", lambda u: u["id"] in share["userIds"]))


@handles("Shares_GetShareInvitees")
def invitees(call: Call) -> list[Row]:
    """List the invitees without an account: none, as shares name only users."""
    _share(call)
    return []


@handles("Shares_ModifyMultipleShares")
def share_several(call: Call) -> Row:
    """Share several items, or change their shares; each succeeds or fails separately.

    An entry has the members of `Shares_CreateShare`; for an item that is shared already, it adds to the
    share.
    """
    outcomes: list[Row] = []
    for entry in objects(call, "list", "shares"):
        outcome: Row = {"succeeded": True, "status": "OK", "statusCode": 200}
        try:
            with call.world.store.turn:
                shown = _share_one(call, entry)
            outcome |= {name: shown[name] for name in ("id", "shareableType", "shareableId")}
        except Problem as problem:
            named = {name: entry.get(name) for name in ("shareableType", "shareableId")}
            failed = {"succeeded": False, "status": problem.message, "statusCode": problem.status}
            outcome |= {**named, **failed}
        outcomes.append(outcome)
    body: Row = whole(outcomes).body
    return body


def _share_one(call: Call, entry: Row) -> Row:
    checked = _entry(call, entry)
    if checked["shareableType"] not in TYPES:
        known = ", ".join(TYPES)
        raise refused(f"shareableType is one of {known}, not '{checked['shareableType']}'.")
    kind, item = shareable(call, checked["shareableType"], checked["shareableId"])
    share = share_of(call, kind, item)
    inner = replace(call, body=checked)
    if share is None:
        return create(inner)
    inner.path = {**call.path, "shareId": share["id"]}
    update(inner)
    return call.find("share", share["id"])


def _entry(call: Call, entry: Row) -> Row:
    """Check an entry as the body of a single share, and return it; raise 400 with the reason."""
    empty: Row = {"emailAddressesToAdd": [], "userIdsToAdd": [], "groupIdsToAdd": []}
    operation = call.world.spec.operations["Shares_CreateShare"]
    try:
        checked: Row = call.world.check_body(operation, {**empty, "notifyAddedRecipients": False, **entry})
    except Mismatch as mismatch:
        where = mismatch.where("share")
        raise refused(f"{where} {mismatch.message}.", where=where) from None
    return checked


@handles("Shares_GetShareGroups")
def groups(call: Call) -> Answer:
    """List the groups that the share names."""
    share = _share(call)
    return page(call, call.world.store.rows("group", lambda g: g["id"] in share["groupIds"]))


def _updates(call: Call) -> list[Row]:
    share = _share(call)
    return call.world.store.rows("share-update", lambda row: row["shareId"] == share["id"])


@handles("Shares_GetShareUpdateAddedUsers")
def added_users(call: Call) -> Answer:
    """List the users that an update added."""
    chosen = UPDATES.find(call)["addedUsers"]
    return page(call, call.world.store.rows("user", lambda u: u["id"] in chosen))


@handles("Shares_GetShareUpdateRemovedUsers")
def removed_users(call: Call) -> Answer:
    """List the users that an update removed."""
    chosen = UPDATES.find(call)["removedUsers"]
    return page(call, call.world.store.rows("user", lambda u: u["id"] in chosen))


UPDATES = Resource(
    "share-update",
    "share update",
    "shareUpdateId",
    lists="Shares_GetShareUpdates",
    reads="Shares_GetShareUpdate",
    present=_present_update,
    among=_updates,
)
register(
    UPDATES,
    Resource(
        "share",
        "share",
        "shareId",
        lists="Shares_GetShares",
        reads="Shares_GetShare",
        deletes="Shares_DeleteShare",
        present=_present,
        guard=_guard,
        guard_change=_guard_change,
    ),
)
