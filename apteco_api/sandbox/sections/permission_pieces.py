"""Permissions since 1.10.25: all grants and denials of a holder on one resource, set as a whole; and tags.

Each piece of a resource is stored as a permission of the older operations (see `permissions`). So both kinds
of operations see the same, and `rights` reads one kind of row.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..access import administrators_only
from ..call import Answer, Call, handles, in_turn
from ..listing import page
from ..problem import Problem, refused
from ..resources import Resource, register
from ..rights import path_levels
from ..store import Row, part

_HOLDERS = ("User", "Group", "System")
_PIECES = {"Grant": (True, False, False), "Deny": (False, True, False), "Unspecified": (False, False, True)}


def _holder_id(kind: str, call: Call) -> int:
    if kind == "System":
        return 0
    found: int = call.find(kind.lower(), call.path[f"{kind.lower()}Id"])["id"]
    return found


def _words(call: Call, name: str) -> list[str]:
    """Return the API's values for permissionType or resourceType since 1.10.25."""
    schema = call.world.spec.schemas.resolve({"$ref": "#/components/schemas/PermissionDetailsWithLookups"})
    words: list[str] = schema["properties"][name]["enum"]
    return words


def _about(kind: str, call: Call) -> Callable[[Row], bool]:
    """Return the filter for the holder's permissions of the kinds in the path."""
    for name in ("permissionType", "resourceType"):
        if call.path[name] not in (words := _words(call, name)):
            raise refused(f"{name} is one of {', '.join(words)}, not '{call.path[name]}'.", parameter=name)
    wanted = (kind, _holder_id(kind, call), call.path["permissionType"], call.path["resourceType"])
    return lambda row: (row["holder"], row["holderId"], row["permissionType"], row["resourceType"]) == wanted


def _resource_of(row: Row) -> str:
    return str(path_levels(row.get("resource") or "")[0])


def _piece(row: Row) -> Row:
    answer = "Grant" if row["grant"] else "Deny" if row["deny"] else "Unspecified"
    return {"pieceValue": answer, "permissionPieceString": str(part(row, "permission").get("name") or "")}


def _id(kind: str, key: int) -> Row:
    # the API calls all users without an own rule "Default"
    return {"idType": "Default" if kind == "System" else kind, "idValue": key}


def _lookups(kind: str, call: Call, key: int) -> Row:
    row = call.world.store.get(kind.lower(), key) if kind != "System" else None
    if row is None:
        return {"usersLookup": {}}
    return {"usersLookup": {f"{kind.lower()}Lookup": [{**row, "teams": []} if kind == "User" else row]}}


def _set(kind: str, call: Call) -> bool:
    """Replace the holder's pieces on the resource by these."""
    administrators_only(call, "change permissions")
    about, resource = _about(kind, call), call.path["resource"]
    names = [piece["permissionPieceString"].lower() for piece in call.body]
    if len(set(names)) < len(names):
        raise refused("Two pieces are about the same permission.", where="permissionPieceString")
    path = {name: call.path[name] for name in ("permissionType", "resourceType")}
    with call.world.store.write() as writer:
        for row in call.world.store.rows("permission", about):
            if _resource_of(row) == path_levels(resource)[0]:
                writer.delete("permission", row["id"])
        for piece in call.body:
            grant, deny, inherit = _PIECES[piece["pieceValue"]]
            row = {"grant": grant, "deny": deny, "inherit": inherit, "resource": resource, **path}
            named = {"permission": {"name": piece["permissionPieceString"]}}
            writer.put("permission", {**row, **named, "holder": kind, "holderId": _holder_id(kind, call)})
    return True


def _delete(kind: str, call: Call) -> bool:
    """Delete all pieces of the holder on the resource; return false if there were none."""
    administrators_only(call, "change permissions")
    wanted = path_levels(call.path["resource"])[0]
    found = [r for r in call.world.store.rows("permission", _about(kind, call)) if _resource_of(r) == wanted]
    with call.world.store.write() as writer:
        for row in found:
            writer.delete("permission", row["id"])
    return bool(found)


def _detail(kind: str, call: Call) -> Row:
    """Return the pieces on a resource, and on the resources above it, from which it inherits permissions."""
    key, about, details = _holder_id(kind, call), _about(kind, call), list[Row]()
    rows = call.world.store.rows("permission", about)
    for level in path_levels(call.path["resource"]):
        pieces = [_piece(row) for row in rows if _resource_of(row) == level]
        if pieces:
            details.append({"resource": level, "id": _id(kind, key), "permissionPieces": pieces})
    return {
        **{name: call.path[name] for name in ("resourceType", "permissionType")},
        "targetId": _id(kind, key),
        "targetResource": call.path["resource"],
        "lookups": _lookups(kind, call, key),
        "details": details,
    }


def _summary(kind: str, call: Call) -> Answer:
    """List the resources on which the holder has permissions."""
    key = _holder_id(kind, call)
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in call.world.store.rows("permission", lambda r: (r["holder"], r["holderId"]) == (kind, key)):
        found.setdefault((row["permissionType"], row["resourceType"], row.get("resource") or ""), []).append(
            row
        )
    common = {"id": _id(kind, key), "lookups": _lookups(kind, call, key), "resourceExists": True}
    rows: list[Row] = []
    for (permission_type, resource_type, resource), pieces in found.items():
        # the older operations have kinds that these operations don't have
        kinds = {"permissionType": permission_type, "resourceType": resource_type}
        kinds = {name: word if word in _words(call, name) else "Unknown" for name, word in kinds.items()}
        what = {**kinds, "resource": resource}
        shown = [_piece(row) for row in pieces]
        rows.append({**common, **what, "permissionPieces": shown, "permissionsCount": len(shown)})
    return page(call, rows)


def _admin(answer: Callable[[str, Call], Any], kind: str, call: Call) -> Any:
    administrators_only(call, "see permissions")
    return answer(kind, call)


for _kind in _HOLDERS:
    handles(f"Permissions_SetPermissionsFor{_kind}")(in_turn(partial(_set, _kind)))
    handles(f"Permissions_DeletePermissionsFor{_kind}")(in_turn(partial(_delete, _kind)))
    handles(f"Permissions_GetPermissionDetailsFor{_kind}")(partial(_admin, _detail, _kind))
    handles(f"Permissions_GetPermissionSummariesFor{_kind}")(partial(_admin, _summary, _kind))


@handles("Permissions_CreateTag")
@in_turn
def create_tag(call: Call) -> Row:
    """Create a tag; 409 if a tag with this text exists."""
    administrators_only(call, "make tags")
    value = call.body["value"]
    if not value.strip():
        raise refused("A tag needs a text.", where="value")
    if call.world.store.rows("tag", lambda row: row["value"].lower() == value.lower()):
        raise Problem(409, f"There is a tag '{value}' already.", value=value)
    with call.world.store.write() as writer:
        return writer.put("tag", {"value": value, "systemName": call.world.settings.system})


register(
    Resource(
        "tag",
        "tag",
        "tagId",
        lists="Permissions_GetTags",
        deletes="Permissions_DeleteTag",
        guard_change=lambda call, row: administrators_only(call, "delete tags"),
    )
)
