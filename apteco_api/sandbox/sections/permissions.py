"""Permissions: what users, groups, teams and the system as a whole are granted or denied (see `rights`)."""

from __future__ import annotations

from functools import partial

from ..call import Call, handles
from ..data_rights import element_levels
from ..problem import refused
from ..resources import Resource, register
from ..rights import OPEN, Levels, Right, path_levels
from ..store import Row
from .people_stage import levels_of as stage_levels

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
    if row["grant"] + row["deny"] + row["inherit"] > 1:
        raise refused("A permission grants, denies or inherits: one of the three.", where="grant")
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
    """Return whether the caller has a right."""
    path = call.path
    return is_granted(
        call, path["permissionType"], path["permission"], path["resourceType"], path["resource"]
    )


def is_granted(call: Call, kind: str, permission: str, resource_type: str, resource: str) -> bool:
    """Return whether the caller has a right, such as Use of the type DataRights on a FastStatsElement."""
    known = next(
        (
            r
            for r in OPEN
            if (r.family, r.kind) == (kind, resource_type) and r.name.lower() == permission.lower()
        ),
        None,
    )
    right = known or Right(kind, permission, resource_type)
    return call.world.rights.allows(call.user, right, _levels(call, resource_type, resource))


def _levels(call: Call, kind: str, resource: str) -> Levels:
    if kind == "FastStatsElement":
        return element_levels(resource)
    if kind == "PeopleStageElement":
        return stage_levels(call, resource)
    return path_levels(resource)


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
