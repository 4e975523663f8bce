"""Items that users own and share: collections, audiences, dashboards and audience compositions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .call import Call
from .problem import forbidden, missing, refused
from .rights import READ_ITEM, RUN_ITEM, WRITE_ITEM, Levels, Right, groups_of, path_levels
from .store import Row, Writer

TYPES = {
    "Collection": "collection",
    "Audience": "audience",
    "Dashboard": "dashboard",
    "AudienceComposition": "composition",
    "Workspace": "workspace",
    "AudienceExportTemplate": "export-template",
    "Favourite": "favourite",
}


_NAMES = {kind: name for name, kind in TYPES.items()}
_RUNNING = re.compile(r"(Calculate|Export|Check|Refresh|ItemData)")


def item_levels(kind: str, row: Row) -> Levels:
    """Return an item, such as `Audience/12`, and its kind."""
    return path_levels(f"{_NAMES[kind]}/{row['id']}")


def require_right(call: Call, right: Right, kind: str, row: Row) -> None:
    """Raise 403 unless the caller has a right on an item that the caller may see."""
    call.world.rights.require(call.user, right, item_levels(kind, row))


def require_new(call: Call, kind: str) -> None:
    """Raise 403 unless the caller may create items of a kind."""
    call.world.rights.require(call.user, WRITE_ITEM, path_levels(_NAMES[kind]))


def may_read(call: Call, kind: str, row: Row) -> bool:
    """Return whether no permission denies the caller an item."""
    return call.world.rights.allows(call.user, READ_ITEM, item_levels(kind, row))


def share_of(call: Call, kind: str, row: Row) -> Row | None:
    """Return the share of an item, None if it is not shared."""
    return next(
        (s for s in call.world.store.rows("share") if s["kind"] == kind and s["shareableId"] == row["id"]),
        None,
    )


def recipients(call: Call, share: Row) -> list[Row]:
    """Return the users in a share, themselves or through a group; none for a share with all users."""
    users = call.world.store.rows("user", lambda user: not user["userDisabledDate"])
    return [u for u in users if u["id"] in share["userIds"] or groups_of(u) & set(share["groupIds"])]


def is_shared_with(call: Call, share: Row | None, user: Row) -> bool:
    """Return whether a share lets a user see the item."""
    if share is None:
        return False
    if share["sharedToAll"] or user["id"] in share["userIds"]:
        return True
    return bool(groups_of(user) & set(share["groupIds"]))


def require_view(call: Call, kind: str, row: Row) -> None:
    """Raise 403 unless the caller owns the item, is in its share, or is an administrator.

    Only the owner and administrators see a deleted item; it is a 404 for users in its share.
    """
    if not owns(call, row):
        if not is_shared_with(call, share_of(call, kind, row), call.user):
            raise forbidden(f"This {kind} belongs to another user and is not shared with you.", id=row["id"])
        if is_deleted(row):
            raise missing(kind, row["id"])
    require_right(call, READ_ITEM, kind, row)
    if call.operation.method == "POST" and _RUNNING.search(call.operation.id):
        require_right(call, RUN_ITEM, kind, row)


def is_deleted(row: Row) -> bool:
    """Return whether an item's owner has deleted it; it can be undeleted."""
    return bool(row.get("deletionDate") or row.get("deletedOn"))


def require_owner(call: Call, kind: str, row: Row) -> None:
    """Raise 403 unless the caller owns the item or is an administrator."""
    if not owns(call, row):
        raise forbidden(f"Only the owner of this {kind} or an administrator may do this.", id=row["id"])
    require_right(call, WRITE_ITEM, kind, row)


def owns(call: Call, row: Row) -> bool:
    """Return whether the caller has the rights of the item's owner."""
    return row["ownerId"] == call.user["id"] or call.is_administrator


def present(call: Call, kind: str, row: Row) -> Row:
    """Return the row's fields and the fields that every owned item has."""
    store = call.world.store
    share = share_of(call, kind, row)
    return {
        **row,
        "owner": store.get("user", row["ownerId"]),
        "numberOfUsersSharedWith": len(recipients(call, share)) if share else 0,
        "sharedToAll": bool(share and share["sharedToAll"]),
        "shareId": share["id"] if share else 0,
        "numberOfHits": len(hits(call, kind, row["id"])),
    }


def present_to(call: Call, kind: str, row: Row, viewer: Row, shown: Row) -> Row:
    """Return an item for a user: `shown` with the user's own mark and relation to it."""
    mark = call.world.store.get("mark", _mark_id(viewer, kind, row["id"]))
    share = share_of(call, kind, row)
    mine = row["ownerId"] == viewer["id"]
    return {
        **shown,
        "viewingUsername": viewer["username"],
        "status": mark["status"] if mark else "Default",
        "sharedToMe": not mine and is_shared_with(call, share, viewer),
        "sharedByMe": mine and share is not None,
    }


def belonging_to(call: Call, kind: str, viewer: Row) -> list[Row]:
    """Return the items that a user owns, or that are shared with the user."""
    return [row for row in call.world.store.rows(kind) if belongs_to(call, kind, row, viewer)]


def belongs_to(call: Call, kind: str, row: Row, viewer: Row) -> bool:
    """Return whether a user may read an item, and owns it or is in its share (if it is not deleted)."""
    mine = row["ownerId"] == viewer["id"]
    given = mine or (not is_deleted(row) and is_shared_with(call, share_of(call, kind, row), viewer))
    return given and may_read(call, kind, row)


def chosen(call: Call, rows: Iterable[Row], deletion: str = "deletionDate") -> list[Row]:
    """Return the rows, without deleted ones unless the parameter `includeDeleted` is set."""
    wanted = call.query.get("includeDeleted", "OnlyNotDeleted")
    return [row for row in rows if wanted == "All" or (wanted == "OnlyDeleted") == bool(row.get(deletion))]


def pinned_first(call: Call, rows: list[Row]) -> list[Row]:
    """Return the rows, with the user's pinned rows first if the parameter `applyPinnedSort` is set."""
    if not call.query.get("applyPinnedSort"):
        return rows
    return sorted(rows, key=lambda row: row["status"] != "Pinned")


def set_mark(writer: Writer, viewer: Row, kind: str, item: int, status: str) -> None:
    """Store a user's own mark on an item."""
    writer.put("mark", {"id": _mark_id(viewer, kind, item), "status": status})


def hits(call: Call, kind: str, item: int | None = None) -> list[Row]:
    """Return the recorded hits of one item, or of all items of the kind."""
    field = f"{kind}Id"
    return call.world.store.rows(f"{kind}-hit", lambda hit: item is None or hit[field] == item)


def viewer_of(call: Call) -> Row:
    """Return the user named in the path, who must be the caller unless the caller is an administrator."""
    viewer = call.named_user(call.path["username"])
    call.require_self(viewer)
    return viewer


def shareable(call: Call, kind_name: str, item: int) -> tuple[str, Row]:
    """Return kind and row of an item to share; 404 if it does not exist."""
    kind = TYPES[kind_name]
    row = call.world.store.get(kind, item)
    if row is None:
        raise missing(kind, item)
    return kind, row


def give(call: Call, kind: str, row: Row) -> Row:
    """Transfer an item to the user in the call's body, with its share, which does not name the owner."""
    owner = _new_owner(call)
    with call.world.store.write() as writer:
        share = share_of(call, kind, row)
        if share:
            users = [user for user in share["userIds"] if user != owner["id"]]
            writer.change("share", share, ownerId=owner["id"], userIds=users)
        return writer.change(kind, row, ownerId=owner["id"])


def forget_share(kind: str, writer: Writer, row: Row) -> None:
    """Delete the share of an item that was deleted."""
    for share in writer.rows("share"):
        if share["kind"] == kind and share["shareableId"] == row["id"]:
            writer.delete("share", share["id"])


def _new_owner(call: Call) -> Row:
    user = call.world.access.user_named(call.body["newUsername"])
    if user is None or user["userDisabledDate"]:
        raise refused(f"There is no user '{call.body['newUsername']}'.", newUsername=call.body["newUsername"])
    return user


def title_of(call: Call, kind: str, row: Row) -> Any:
    """Return the title of an item."""
    if kind == "audience":
        return call.find("audience-update", row["lastUpdateId"])["title"]
    if kind == "workspace":
        return call.find("workspace-update", row["lastUpdateId"])["title"]
    return row["description"] if kind == "composition" else row["title"]


def _mark_id(viewer: Row, kind: str, item: int) -> str:
    return f"{viewer['id']}:{kind}:{item}"
