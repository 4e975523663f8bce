"""Workspaces: groups of resources that belong together, with a history of added and removed resources.

The title and the description of a workspace are those of its latest update.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from .. import clock
from ..call import Answer, Call, handles, in_turn
from ..listing import page
from ..problem import refused
from ..resources import Resource, register
from ..sharing import (
    TYPES,
    belonging_to,
    chosen,
    give,
    pinned_first,
    present,
    present_to,
    require_new,
    require_owner,
    require_view,
    title_of,
    viewer_of,
)
from ..stage import elements
from ..store import Row
from .owned import Owned

_KIND = "workspace"


def _latest(call: Call, row: Row) -> Row:
    return call.find("workspace-update", row["lastUpdateId"])


def _present(call: Call, row: Row) -> Row:
    update = _latest(call, row)
    return {
        **present(call, _KIND, row),
        "title": update["title"],
        "description": update["description"],
        "lastUpdatedUser": call.world.store.get("user", update["userId"]),
        "lastUpdatedDate": update["timestamp"],
    }


def _present_update(call: Call, row: Row) -> Row:
    store = call.world.store
    return {**row, "user": store.get("user", row["userId"]), "owner": store.get("user", row["ownerId"])}


def _title(call: Call, key: Row) -> str | None:
    """Return the title of the resource with this type and id, None if it does not exist."""
    kind, wanted = key["type"], str(key["id"])
    if kind == "PeopleStageElement":
        found = (e.row for e in elements(call.world.data.cursor()) if e.row["id"] == wanted)
        return next((str(row["description"]) for row in found), None)
    if kind not in TYPES or not wanted.isdigit():
        return None
    row = call.world.store.get(TYPES[kind], int(wanted))
    return None if row is None else str(title_of(call, TYPES[kind], row))


def _keys(call: Call, listed: list[Row] | None, *, known: bool = True) -> list[Row]:
    """Return the type and id of the resources that a request lists; 400 for one that does not exist."""
    keys = [{"type": each["type"], "id": str(each["id"])} for each in listed or ()]
    for key in keys if known else ():
        if _title(call, key) is None:
            raise refused(f"There is no {key['type']} '{key['id']}'.", **key)
    return keys


def _shown_resources(call: Call, keys: list[Row]) -> Answer:
    return page(call, [{**key, "title": _title(call, key) or ""} for key in keys])


@handles("Workspaces_GetWorkspaces")
def workspaces(call: Call) -> Answer:
    """List the workspaces of all users."""
    return page(call, [_present(call, row) for row in chosen(call, call.world.store.rows(_KIND))])


@handles("Workspaces_CreateWorkspace")
def create(call: Call) -> Row:
    """Create a workspace of the caller with its first update."""
    require_new(call, _KIND)
    body, user, moment = call.body, call.user["id"], clock.now()
    added = _keys(call, body.get("resourcesToAdd"))
    content = {"title": body["title"], "description": body.get("description") or "", "isDeleted": False}
    update = {**content, "timestamp": moment, "userId": user, "ownerId": user, "added": added, "removed": []}
    with call.world.store.write() as writer:
        row = {"ownerId": user, "creationDate": moment, "deletionDate": None, "lastUpdateId": 0}
        row = writer.put(_KIND, {**row, "resources": added})
        first = writer.put("workspace-update", {**update, "workspaceId": row["id"]})
        row = writer.change(_KIND, row, lastUpdateId=first["id"])
    return _present(call, row)


def _add_update(call: Call, row: Row, content: Row) -> Row:
    """Store a further update of a workspace; members that `content` leaves out stay."""
    before = _latest(call, row)
    present_keys: list[Row] = row["resources"]
    removed = _keys(call, content.get("resourcesToRemove"), known=False)
    added = [key for key in _keys(call, content.get("resourcesToAdd")) if key not in present_keys]
    for key in removed:
        if key not in present_keys:
            raise refused(f"The workspace does not hold the {key['type']} '{key['id']}'.", **key)
    deleted = content.get("isDeleted")
    is_deleted = bool(row["deletionDate"]) if deleted is None else deleted
    update = {
        "title": content.get("title") or before["title"],
        "description": content["description"] if "description" in content else before["description"],
        "isDeleted": is_deleted,
        "timestamp": clock.now(),
        "userId": call.user["id"],
        "ownerId": row["ownerId"],
        "workspaceId": row["id"],
        "added": added,
        "removed": removed,
    }
    with call.world.store.write() as writer:
        stored = writer.put("workspace-update", update)
        resources = [key for key in (*present_keys, *added) if key not in removed]
        deletion = (row["deletionDate"] or clock.now()) if is_deleted else None
        values = {"lastUpdateId": stored["id"], "resources": resources, "deletionDate": deletion}
        writer.change(_KIND, row, **values)
    return stored


@handles("Workspaces_CreateWorkspaceUpdate")
@in_turn
def create_update(call: Call) -> Row:
    """Change a workspace by adding an update."""
    return _present_update(call, _add_update(call, _owned(call), call.body))


@handles("Workspaces_DeleteWorkspace")
@in_turn
def delete(call: Call) -> None:
    """Mark a workspace as deleted."""
    row = _owned(call)
    with call.world.store.write() as writer:
        writer.change(_KIND, row, deletionDate=row["deletionDate"] or clock.now())


@handles("Workspaces_TransferWorkspaceOwnership")
@in_turn
def transfer(call: Call) -> Row:
    """Give a workspace to another user; the resources in it stay where they are."""
    return _present(call, give(call, _KIND, _owned(call)))


@handles("Workspaces_GetWorkspaceResources")
def resources(call: Call) -> Answer:
    """List the resources of a workspace."""
    return _shown_resources(call, _visible(call)["resources"])


@handles("Workspaces_GetWorkspaceUpdateAddedResources")
def added_resources(call: Call) -> Answer:
    """List the resources that an update added."""
    return _shown_resources(call, UPDATES.find(call)["added"])


@handles("Workspaces_GetWorkspaceUpdateRemovedResources")
def removed_resources(call: Call) -> Answer:
    """List the resources that an update removed."""
    return _shown_resources(call, UPDATES.find(call)["removed"])


def _visible(call: Call) -> Row:
    row = call.find(_KIND, call.path["workspaceId"])
    require_view(call, _KIND, row)
    return row


def _owned(call: Call) -> Row:
    row = call.find(_KIND, call.path["workspaceId"])
    require_owner(call, _KIND, row)
    return row


def _updates(call: Call) -> list[Row]:
    wanted = _visible(call)["id"]
    return call.world.store.rows("workspace-update", lambda row: row["workspaceId"] == wanted)


def _change(call: Call, row: Row, content: Row) -> None:
    _add_update(call, row, content)


def _holding(kind: str, parameter: str, call: Call) -> Answer:
    """List the workspaces of a user that hold a resource."""
    viewer, key = viewer_of(call), {"type": kind, "id": str(call.path[parameter])}
    rows = [row for row in belonging_to(call, _KIND, viewer) if key in row["resources"]]
    shown = [present_to(call, _KIND, row, viewer, _present(call, row)) for row in chosen(call, rows)]
    return page(call, pinned_first(call, shown))


_HOLDERS: dict[str, tuple[str, str]] = {
    "Users_GetUserAudienceWorkspaces": ("Audience", "audienceId"),
    "Users_GetUserCollectionWorkspaces": ("Collection", "collectionId"),
    "Users_GetUserDashboardWorkspaces": ("Dashboard", "dashboardId"),
    "Users_GetUserPeopleStageElementWorkspaces": ("PeopleStageElement", "elementId"),
}
for _operation, (_kind, _parameter) in _HOLDERS.items():
    _holders: Callable[[Call], Answer] = partial(_holding, _kind, _parameter)
    handles(_operation)(_holders)

OWNED = Owned(_KIND, "workspaceId", "deletionDate", _present, _change)
handles("Users_GetUserWorkspaces")(OWNED.list_for_user)
handles("Users_GetUserWorkspace")(OWNED.read_for_user)
handles("Users_ModifyUserWorkspaces")(OWNED.modify)
UPDATES = Resource(
    "workspace-update",
    "workspace update",
    "workspaceUpdateId",
    lists="Workspaces_GetWorkspaceUpdates",
    reads="Workspaces_GetWorkspaceUpdate",
    present=_present_update,
    among=_updates,
)
register(
    UPDATES,
    Resource(
        _KIND,
        _KIND,
        "workspaceId",
        reads="Workspaces_GetWorkspace",
        present=_present,
        guard=lambda call, row: require_view(call, _KIND, row),
    ),
)
