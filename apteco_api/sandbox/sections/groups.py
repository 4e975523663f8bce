"""Groups: users with common permissions and shares; since 1.10.25 also operations that change groups.

A user has a main group, `groupId`, and may be in further groups. An account without any group is unallocated.
"""

from __future__ import annotations

from ..access import administrators_only
from ..call import Answer, Call, handles, in_turn
from ..listing import page
from ..problem import Problem, refused
from ..rights import groups_of
from ..store import Row, Writer
from .users import chosen, present, present_group


@handles("Groups_GetGroups")
def groups(call: Call) -> Answer:
    """List the groups."""
    members = bool(call.query.get("includeMembership"))
    return page(call, [present_group(call, row, members=members) for row in call.world.store.rows("group")])


@handles("Groups_GetGroupDetails")
def group(call: Call) -> Row:
    """Look up a group."""
    return present_group(call, _group(call), members=bool(call.query.get("includeMembership")))


@handles("Groups_GetUserDetailsForGroup")
def users_of_group(call: Call) -> Answer:
    """List the users of a group."""
    wanted = _group(call)["id"]
    return page(call, chosen(call, call.world.store.rows("user", lambda user: wanted in groups_of(user))))


@handles("Groups_GetUserDetailsForUnallocatedGroup")
def users_without_group(call: Call) -> Answer:
    """List the users who belong to no group."""
    return page(call, chosen(call, call.world.store.rows("user", lambda user: not groups_of(user))))


@handles("Groups_CreateGroup")
@in_turn
def create(call: Call) -> Row:
    """Create a group and add users to it."""
    administrators_only(call, "make groups")
    _require_free(call, call.body["name"])
    users = _users(call, call.body.get("userIds"))
    with call.world.store.write() as writer:
        row = writer.put("group", {"name": call.body["name"], "systems": [call.world.settings.system]})
        for user in users:
            _set_groups(writer, user, groups_of(user) | {row["id"]})
    return present_group(call, row, members=True)


@handles("Groups_ModifyGroup")
@in_turn
def modify(call: Call) -> Row:
    """Give a group another name."""
    administrators_only(call, "change groups")
    row = _group(call)
    name = call.body.get("name") or row["name"]
    _require_free(call, name, but=row["id"])
    with call.world.store.write() as writer:
        row = writer.change("group", row, name=name)
    return present_group(call, row)


@handles("Groups_DeleteGroup")
@in_turn
def delete(call: Call) -> None:
    """Delete a group, with its permissions and its entries in shares; its users stay."""
    administrators_only(call, "delete groups")
    row = _group(call)
    with call.world.store.write() as writer:
        writer.delete("group", row["id"])
        for user in writer.rows("user"):
            if row["id"] in groups_of(user):
                _set_groups(writer, user, groups_of(user) - {row["id"]})
        for share in writer.rows("share"):
            if row["id"] in share["groupIds"]:
                left = [each for each in share["groupIds"] if each != row["id"]]
                writer.change("share", share, groupIds=left)
        for permission in writer.rows("permission"):
            if (permission["holder"], permission["holderId"]) == ("Group", row["id"]):
                writer.delete("permission", permission["id"])


@handles("Groups_ModifyGroupMembership")
@in_turn
def modify_membership(call: Call) -> Row:
    """Add users to a group and remove users from it."""
    administrators_only(call, "change groups")
    row = _group(call)
    added = _users(call, call.body.get("userIdsToAdd"))
    removed = _users(call, call.body.get("userIdsToRemove"))
    with call.world.store.write() as writer:
        for user in added:
            _set_groups(writer, user, groups_of(user) | {row["id"]})
        for user in removed:
            current = writer.get("user", user["id"]) or user
            _set_groups(writer, current, groups_of(current) - {row["id"]})
    return present_group(call, row, members=True)


@handles("Groups_ModifyGroupSystems")
@in_turn
def modify_systems(call: Call) -> Row:
    """Change the systems of a group."""
    administrators_only(call, "change groups")
    row = _group(call)
    systems = _systems(call, row.get("systems", [call.world.settings.system]))
    with call.world.store.write() as writer:
        row = writer.change("group", row, systems=systems)
    return present_group(call, row)


@handles("Users_UpdateUserGroups")
@in_turn
def modify_groups_of_user(call: Call) -> Row:
    """Add a user to groups and remove the user from groups."""
    administrators_only(call, "change groups")
    user = call.named_user(call.path["username"])
    added = _groups(call, call.body.get("groupIdsToAdd"))
    removed = _groups(call, call.body.get("groupIdsToRemove"))
    with call.world.store.write() as writer:
        user = _set_groups(writer, user, (groups_of(user) | added) - removed)
    return present(call, user)


@handles("Users_UpdateUserSystems")
@in_turn
def modify_systems_of_user(call: Call) -> Row:
    """Change the systems of a user."""
    administrators_only(call, "change the systems of users")
    user = call.named_user(call.path["username"])
    systems = _systems(call, user.get("systems", [call.world.settings.system]))
    with call.world.store.write() as writer:
        user = writer.change("user", user, systems=systems)
    return present(call, user)


def _group(call: Call) -> Row:
    return call.find("group", call.path["groupId"])


def _set_groups(writer: Writer, user: Row, groups: set[int]) -> Row:
    """Store the groups of a user; the main group stays if the user still belongs to it."""
    main = user["groupId"] if user["groupId"] in groups else min(groups, default=0)
    return writer.change("user", user, groupId=main, groupIds=sorted(groups))


def _require_free(call: Call, name: str, but: int = 0) -> None:
    if not name.strip():
        raise refused("A group needs a name.", where="name")
    for row in call.world.store.rows("group"):
        if row["name"].lower() == name.lower() and row["id"] != but:
            raise Problem(409, f"There is a group '{name}' already.", name=name)


def _users(call: Call, ids: list[int] | None) -> list[Row]:
    found = [(each, call.world.store.get("user", each)) for each in dict.fromkeys(ids or ())]
    for each, user in found:
        if user is None:
            raise refused(f"There is no user {each}.", userId=each)
    return [user for _, user in found if user is not None]


def _groups(call: Call, ids: list[int] | None) -> set[int]:
    for each in ids or ():
        if call.world.store.get("group", each) is None:
            raise refused(f"There is no group {each}.", groupId=each)
    return set(ids or ())


def _systems(call: Call, before: list[str]) -> list[str]:
    known = call.world.settings.system
    changes: dict[str, list[str]] = {
        name: call.body.get(name) or [] for name in ("systemsToAdd", "systemsToRemove")
    }
    for system in (*changes["systemsToAdd"], *changes["systemsToRemove"]):
        if system.lower() != known.lower():
            raise refused(f"There is no FastStats system '{system}'.", systemName=system)
    if changes["systemsToRemove"]:
        return []
    return [known] if changes["systemsToAdd"] else before
