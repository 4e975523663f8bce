"""Rights: the permissions that grant and deny them, and the rights that the sandbox checks.

The most specific holder with a permission decides: the user, then the user's groups and teams, then the
system. Among the permissions of one holder, the most specific resource decides; a denial wins over a grant. A
permission that neither grants nor denies (`inherit`) leaves the decision to the level above.

The rights below are open: users have them unless a permission denies them. All other rights are closed: users
have them only if a permission grants them. Administrators have all rights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .call import ADMINISTRATOR
from .problem import forbidden
from .schema import is_list, is_object
from .store import Row, Store, part


@dataclass(frozen=True, slots=True)
class Right:
    """A right on one kind of resource: `permissionType`, the permission's `name`, and `resourceType`."""

    family: str
    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.family}/{self.name} on {self.kind}"


READ_FILE = Right("AccessRights", "Read", "File")
WRITE_FILE = Right("AccessRights", "Write", "File")
RUN_FILE = Right("ExecutionRights", "Run", "File")
SEE_DATA = Right("AccessRights", "Read", "FastStatsElement")
USE_DATA = Right("DataRights", "Use", "FastStatsElement")
SEE_DIAGRAM = Right("DiagramRights", "Read", "PeopleStageDiagram")
SEE_ELEMENT = Right("AccessRights", "Read", "PeopleStageElement")
SEE_CHANNEL = Right("AccessRights", "Read", "PeopleStageChannel")
EDIT_ELEMENT = Right("AccessRights", "Write", "PeopleStageElement")
COUNT_ELEMENT = Right("StageRights", "Read", "PeopleStageElement")
READ_ITEM = Right("AccessRights", "Read", "UserElement")
WRITE_ITEM = Right("AccessRights", "Write", "UserElement")
RUN_ITEM = Right("ExecutionRights", "Run", "UserElement")
SHARE_ITEM = Right("PublishRights", "Share", "UserElement")
READ_SETTINGS = Right("SettingsRights", "Read", "UserElement")
WRITE_SETTINGS = Right("SettingsRights", "Write", "UserElement")
CALL = Right("UsageRights", "Use", "Unknown")

OPEN = (
    READ_FILE, WRITE_FILE, RUN_FILE, SEE_DATA, USE_DATA, SEE_DIAGRAM, SEE_ELEMENT, SEE_CHANNEL, COUNT_ELEMENT,
    READ_ITEM, WRITE_ITEM, RUN_ITEM, SHARE_ITEM, READ_SETTINGS, WRITE_SETTINGS, CALL,
)  # fmt: skip
"""The rights that users have unless a permission denies them."""

Levels = Sequence[str]
"""A resource and the levels above it, up to the empty text, which means all resources of its kind."""


def groups_of(user: Row) -> set[int]:
    """Return the ids of a user's groups: the main group, and since 1.10.25 further groups."""
    return {user["groupId"], *user.get("groupIds", ())} - {0}


def path_levels(path: str) -> Levels:
    """Return a path and the paths above it; a permission on a directory applies to everything below it."""
    names = [name for name in path.replace("\\", "/").lower().split("/") if name]
    return ["/".join(names[:length]) for length in range(len(names), -1, -1)]


def name_levels(*names: str) -> Levels:
    """Return the names of a resource and of the resources that contain it, its own name first."""
    return [*(name.lower() for name in names if name), ""]


class Rights:
    """The permissions of one sandbox, and the decisions from them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def allows(self, user: Row, right: Right, levels: Levels) -> bool:
        """Return whether a user has a right."""
        if ADMINISTRATOR in user["roles"]:
            return True
        said = self._says(user, right, levels)
        return right in OPEN if said is None else said

    def require(self, user: Row, right: Right, levels: Levels) -> None:
        """Raise 403 that names the right unless a user has it."""
        if not self.allows(user, right, levels):
            values: dict[str, Any] = {"permissionType": right.family, "permission": right.name}
            message = f"You are denied the right {right} '{levels[0]}'."
            raise forbidden(message, **values, resourceType=right.kind, resource=levels[0])

    def opens(self, user: Row, system: str) -> bool:
        """Return whether a user may use a system: by the user's own list, or by that of a group."""
        groups = self._store.rows("group", lambda group: group["id"] in groups_of(user))
        lists = [holder.get("systems", [system]) for holder in (user, *groups)]
        return ADMINISTRATOR in user["roles"] or any(system in each for each in lists)

    def require_system(self, user: Row, system: str) -> None:
        """Raise 403 unless a user may use a system."""
        if not self.opens(user, system):
            raise forbidden(f"You may not use the FastStats system '{system}'.", systemName=system)

    def _says(self, user: Row, right: Right, levels: Levels) -> bool | None:
        rows = self._store.rows("permission", lambda row: _is_about(row, right))
        ranks: tuple[set[tuple[str, int]], ...] = (
            {("User", user["id"])},
            {*(("Group", group) for group in groups_of(user)), *(("Team", team) for team in user["teams"])},
            {("System", 0)},
        )
        for rank in ranks:
            held = [row for row in rows if (row["holder"], row["holderId"]) in rank]
            for level in levels if held else ():
                said = {(row["grant"], row["deny"]) for row in held if _resource(row) == level}
                if any(deny for _, deny in said):
                    return False
                if any(grant for grant, _ in said):
                    return True
        return None


def _is_about(row: Row, right: Right) -> bool:
    if row["permissionType"] != right.family or row["resourceType"] != right.kind:
        return False
    # the API leaves the shape of a permission open; here it is for the right with its name, or without a name
    # for all
    name = str(part(row, "permission").get("name") or "")
    return name.lower() in ("", right.name.lower())


def _resource(row: Row) -> str:
    return str(path_levels(row.get("resource") or "")[0])


def names_in(request: object) -> tuple[set[str], set[str]]:
    """Return the names of tables and of variables that a query, an export or a cube uses."""
    tables, variables = set[str](), set[str]()
    work: list[tuple[str, object]] = [("", request)]
    while work:
        key, value = work.pop()
        if is_object(value):
            work += [(name.lower(), inside) for name, inside in value.items()]
        elif is_list(value):
            work += [(key, inside) for inside in value]
        elif isinstance(value, str):
            if key.endswith(("variablename", "variablenames")):
                variables.add(value)
            elif key.endswith(("tablename", "table", "tablenames")):
                tables.add(value)
            elif key.endswith(("expression", "servertext", "displaytext")):
                variables |= {word.partition("]")[0].strip() for word in value.split("[")[1:]}
    return tables, variables
