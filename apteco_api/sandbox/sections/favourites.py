"""Favourites: parts that users store to build audiences from, such as a chart or a set of columns.

The vendor documents only the names of the operations. A favourite here has `title`, `description` and all
other members of the request that created it; an id and the owner are added.
"""

from __future__ import annotations

from .. import clock
from ..call import Call, handles, in_turn
from ..free_form import find, members, number, objects, text
from ..listing import whole
from ..problem import Problem, refused
from ..schema import is_object
from ..sharing import forget_share, present, require_new, require_owner, require_view, viewer_of
from ..store import Row, part

_KIND = "favourite"
_OWN = ("id", "ownerid", "createdon", "systemname")
_TITLE, _ID = ("newTitle", "title"), ("favouriteId", "id")


def _present(call: Call, row: Row) -> Row:
    shown = present(call, _KIND, row)
    owner: Row = shown.pop("owner") or {}
    del shown["ownerId"], shown["numberOfHits"]
    return {**shown, "owner": {name: owner.get(name) for name in ("id", "username", "firstname", "surname")}}


def _visible(call: Call, key: int) -> Row:
    row = call.find(_KIND, key)
    require_view(call, _KIND, row)
    return row


def _owned(call: Call, key: int) -> Row:
    row = call.find(_KIND, key)
    require_owner(call, _KIND, row)
    return row


def _new(call: Call, content: Row) -> Row:
    require_new(call, _KIND)
    kept = {name: value for name, value in content.items() if name.lower() not in _OWN}
    added = {"ownerId": call.user["id"], "createdOn": clock.now()}
    with call.world.store.write() as writer:
        row = writer.put(_KIND, {**kept, **added, "systemName": call.world.settings.system})
    return _present(call, row)


def _of(call: Call, user: Row) -> list[Row]:
    return call.world.store.rows(_KIND, lambda row: row["ownerId"] == user["id"])


@handles("Users_GetUserFavourites")
def favourites(call: Call) -> Row:
    """List the caller's favourites."""
    body: Row = whole([_present(call, row) for row in _of(call, call.user)]).body
    return body


@handles("Users_GetUserFavourite")
def favourite(call: Call) -> Row:
    """Look up a favourite."""
    wanted = str(call.path["id"])
    if not wanted.isascii() or not wanted.isdigit():
        raise refused(f"The id of a favourite is a whole number, not '{wanted}'.", id=wanted)
    return _present(call, _visible(call, int(wanted[:18])))


@handles("Favourites_CreateFavourite")
def create(call: Call) -> Row:
    """Store a favourite of the caller."""
    title = text(call, "title")
    content = {name: value for name, value in call.body.items() if name.lower() != "title"}
    return _new(call, {"title": title, "description": "", **content})


@handles("Favourites_DuplicateFavourite")
@in_turn
def duplicate(call: Call) -> Row:
    """Create a favourite of the caller with the content of this one."""
    row = _visible(call, number(call, *_ID))
    return _new(call, {**row, "title": text(call, *_TITLE)})


@handles("Favourites_RenameFavourite")
@in_turn
def rename(call: Call) -> Row:
    """Give a favourite another title or another description."""
    row = _owned(call, number(call, *_ID))
    description = find(call, "newDescription", "description")
    values: Row = {"description": str(description)} if description is not None else {}
    if find(call, *_TITLE) is not None or not values:
        values["title"] = text(call, *_TITLE)
    with call.world.store.write() as writer:
        return _present(call, writer.change(_KIND, row, **values))


@handles("Users_ModifyUserFavourites")
def modify(call: Call) -> Row:
    """Execute a batch of changes to a user's favourites; each succeeds or fails separately."""
    viewer_of(call)
    wanted = members(call).get("returnmodifieditem") if is_object(call.body) else None
    outcomes: list[Row] = []
    for entry in objects(call, "list"):
        outcome: Row = {"id": entry.get("id"), "succeeded": True, "status": "OK", "statusCode": 200}
        try:
            with call.world.store.turn:
                row = _modify(call, entry)
            if wanted and row is not None:
                outcome[_KIND] = _present(call, row)
        except Problem as problem:
            outcome |= {"succeeded": False, "status": problem.message, "statusCode": problem.status}
        outcomes.append(outcome)
    body: Row = whole(outcomes).body
    return body


def _modify(call: Call, entry: Row) -> Row | None:
    key = entry.get("id")
    content: object = part(entry, _KIND)
    if not isinstance(key, int) or isinstance(key, bool) or not is_object(content):
        raise refused("A change has the id of a favourite, and what to change under favourite.", id=key)
    row = _owned(call, key)
    with call.world.store.write() as writer:
        if entry.get("modificationType") == "Delete":
            writer.delete(_KIND, row["id"])
            forget_share(_KIND, writer, row)
            return None
        values = {name: value for name, value in content.items() if name.lower() not in _OWN}
        return writer.change(_KIND, row, **values)
