"""Count all items of a user, and transfer them to another user."""

from __future__ import annotations

from typing import Any

from ..access import administrators_only
from ..call import Call, handles, in_turn
from ..free_form import text
from ..problem import refused
from ..sharing import TYPES, is_deleted, share_of, viewer_of
from ..store import Row

_NAMES = {kind: f"{name[0].lower()}{name[1:]}s" for name, kind in TYPES.items()}


def _owned(call: Call, user: Row) -> dict[str, list[Row]]:
    rows = call.world.store.rows
    return {kind: rows(kind, lambda row: row["ownerId"] == user["id"]) for kind in _NAMES}


@handles("Users_GetUserResourceCounts")
def counts(call: Call) -> Row:
    """Return how many items of each kind a user owns; deleted items are counted separately."""
    owned = _owned(call, viewer_of(call))
    kept: dict[str, Any] = {}
    for kind, rows in owned.items():
        kept[_NAMES[kind]] = sum(not is_deleted(row) for row in rows)
    total = sum(kept.values())
    deleted = sum(is_deleted(row) for rows in owned.values() for row in rows)
    return {**kept, "total": total, "deleted": deleted}


@handles("Users_TransferResourcesOwnership")
@in_turn
def transfer(call: Call) -> Row:
    """Transfer all items of one user to another. Shares go with the items, as they do not name the owner."""
    administrators_only(call, "give the items of a user to another")
    old = call.named_user(text(call, "username", "oldUsername", "fromUsername", "currentUsername"))
    name = text(call, "newUsername", "toUsername")
    new = call.world.access.user_named(name)
    if new is None or new["userDisabledDate"]:
        raise refused(f"There is no user '{name}', or the account is disabled.", newUsername=name)
    moved: dict[str, Any] = {}
    owned = _owned(call, old)
    with call.world.store.write() as writer:
        for kind, rows in owned.items():
            moved[_NAMES[kind]] = len(rows)
            for row in rows:
                writer.change(kind, row, ownerId=new["id"])
                share = share_of(call, kind, row)
                if share:
                    users = [user for user in share["userIds"] if user != new["id"]]
                    writer.change("share", share, ownerId=new["id"], userIds=users)
    return {"username": old["username"], "newUsername": new["username"], **moved}
