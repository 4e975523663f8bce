"""Permissions: what users, groups, teams and the system as a whole are granted or denied.

A question is answered by the most particular holder that says anything about it: the user, then the user's
group and teams, then the system. A denial wins over a grant of the same rank. What nobody speaks of is
allowed to administrators only. A permission on a path holds for everything below it if it says `inherit`.
"""

from __future__ import annotations

from functools import partial

from ..call import Call, handles
from ..problem import refused
from ..resources import Resource, register
from ..store import Row, part

_HOLDERS = ("User", "Group", "System", "Team", "PermissionSet")


def _present(call: Call, row: Row) -> Row:
    store = call.world.store
    holder, key = row["holder"], row["holderId"]
    shown = dict(row)
    lookups: Row = {}
    if holder == "User":
        shown["authority"] = {"authorityId": row["id"], "id": {"idType": "User", "idValue": key}}
        user = store.get("user", key)
        lookups = {"userLookup": [{**user, "teams": []}] if user else []}
    elif holder == "Group":
        shown["authority"] = {"authorityId": row["id"], "id": {"idType": "Group", "idValue": key}}
        group = store.get("group", key)
        lookups = {"groupLookup": [group] if group else []}
    elif holder == "Team":
        shown["team"] = store.get("team", key)
        lookups = {"teamLookup": [team] if (team := store.get("team", key)) else []}
    elif holder == "PermissionSet":
        shown["permissionSet"] = store.get("permission-set", key)
    return {"authorisedPermission": shown, "lookups": {"usersLookup": lookups}}


def _values(call: Call) -> Row:
    names = ("permission", "permissionType", "resource", "resourceType", "grant", "deny", "inherit")
    row = {name: call.body[name] for name in names if name in call.body}
    if row["grant"] and row["deny"]:
        raise refused("A permission either grants or denies.", where="grant")
    return row


def _holder(kind: str, call: Call) -> int:
    if kind == "System":
        return 0
    key = f"{kind[0].lower()}{kind[1:]}Id"
    store_kind = "permission-set" if kind == "PermissionSet" else kind.lower()
    found: int = call.find(store_kind, call.path[key], store_kind.replace("-", " "))["id"]
    return found


def _among(kind: str, call: Call) -> list[Row]:
    key = _holder(kind, call)
    return call.world.store.rows("permission", lambda row: row["holder"] == kind and row["holderId"] == key)


def _make(kind: str, call: Call) -> Row:
    return {**_values(call), "holder": kind, "holderId": _holder(kind, call)}


@handles("Permissions_IsAuthorised")
def is_authorised(call: Call) -> bool:
    """Whether the caller holds a permission."""
    path = call.path
    return is_granted(
        call, path["permissionType"], path["permission"], path["resourceType"], path["resource"]
    )


def is_granted(call: Call, kind: str, permission: str, resource_type: str, resource: str) -> bool:
    """Whether the caller holds a permission, such as Purchase of the type DataRights on a system."""
    user = call.user
    ranks = (
        (("User", {user["id"]}),),
        (("Group", {user["groupId"]}), ("Team", set(user["teams"]))),
        (("System", {0}),),
    )
    asked = (kind, permission.lower(), resource_type, resource.strip("/").lower())
    rows = [row for row in call.world.store.rows("permission") if _concerns(row, *asked)]
    for rank in ranks:
        held = [
            row
            for row in rows
            for holder, keys in rank
            if row["holder"] == holder and row["holderId"] in keys
        ]
        if held:
            return not any(row["deny"] for row in held) and any(row["grant"] for row in held)
    return call.is_administrator


def _concerns(row: Row, kind: str, permission: str, resource_type: str, asked: str) -> bool:
    if row["permissionType"] != kind or row["resourceType"] != resource_type:
        return False
    named = part(row, "permission").get("name", "")
    if named and str(named).lower() != permission:
        return False
    resource: str = row.get("resource", "").strip("/").lower()
    return not resource or resource == asked or (row["inherit"] and asked.startswith(f"{resource}/"))


for _kind in _HOLDERS:
    _create = "" if _kind == "PermissionSet" else f"Permissions_CreatePermissionFor{_kind}"
    register(
        Resource(
            "permission",
            "permission",
            "permissionId",
            lists=f"Permissions_GetPermissionsFor{_kind}",
            creates=_create,
            present=_present,
            among=partial(_among, _kind),
            make=partial(_make, _kind),
        )
    )
register(
    Resource(
        "permission",
        "permission",
        "permissionId",
        changes="Permissions_ModifyPermission",
        deletes="Permissions_DeletePermission",
        make=_values,
    )
)
