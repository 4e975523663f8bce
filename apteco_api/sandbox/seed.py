"""The contents of a new sandbox: the data, the accounts and some example items."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from . import clock, holidays, licensing, mfa, passwords
from .access import new_user
from .rights import WRITE_FILE, path_levels
from .settings import SMALL_SCALE
from .store import Row, Writer

if TYPE_CHECKING:
    from .world import World

ACCOUNTS = (
    new_user("Administrator", "Admin", "User", "support@apteco.com", administrator=True),
    new_user("analyst", "Alice", "Analyst", "alice.analyst@example.com"),
    new_user("leaver", "Larry", "Leaver", "larry.leaver@example.com"),
    new_user("mfa", "Mia", "Factor", "mia.factor@example.com"),
)
MFA_USER = "mfa"
"""The account of a new sandbox whose login needs a second factor."""
MFA_SECRET = "HOLIDAYSHOLIDAYSHOLIDAYSHOLIDAYS"  # noqa: S105 - documented, as the accounts' password is
MFA_RECOVERY_CODES = tuple(f"holidays-{number}" for number in range(1, 6))
GROUPS = ("Analysts", "Marketing")
TEAMS = ("Holidays team",)
CATEGORIES = (("Logos", "Pictures to show on dashboards and login pages."), ("Images", "Other pictures."))
_COLOURS = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd"]


def prepare(world: World) -> None:
    """Build the data and the first state, unless the file has them already."""
    settings, cursor = world.settings, world.database.cursor()
    there = holidays.built(cursor)
    scale = settings.scale or (there[0] if there else SMALL_SCALE)
    seed = settings.seed if settings.seed is not None else (there[1] if there else holidays.SEED)
    if there != (scale, seed):
        try:
            holidays.build(cursor, scale, seed)
        except RuntimeError as error:  # DuckDB raises it for Ctrl+C
            if "interrupted" in str(error):
                raise KeyboardInterrupt from None
            raise
    if not world.store.rows("user"):
        _first_state(world)
    licensing.prepare(world)


def add_user(writer: Writer, row: Row, credential: Row) -> Row:
    """Store a user and the hashes of the password."""
    user = writer.put("user", row)
    writer.put("credential", {"id": user["id"], **credential})
    return user


def _first_state(world: World) -> None:
    settings, moment = world.settings, clock.now()
    with world.store.write() as writer:
        groups = [writer.put("group", {"name": name})["id"] for name in GROUPS]
        # all accounts of a new sandbox have one password, so they share one hash
        credential = passwords.make(settings.password)
        teams = [writer.put("team", {"name": name, "systemName": settings.system})["id"] for name in TEAMS]
        for account in ACCOUNTS:
            disabled = moment if account["username"] == "leaver" else None
            plain = not account["roles"]
            row = {**account, "groupId": groups[0] if plain else 0, "teams": teams if plain else []}
            user = add_user(writer, {**row, "userDisabledDate": disabled}, credential)
            if account["username"] == MFA_USER:
                writer.put("mfa", mfa.row_of(user["id"], MFA_SECRET, MFA_RECOVERY_CODES, confirmed=True))
        for name, description in CATEGORIES:
            writer.put("resource-category", {"id": name, "name": name, "description": description})
        writer.put("theme", _theme("Sandbox"))
        bundle = writer.put("permission-set", {"name": "Readers", "systemName": settings.system})
        right = {"permissionType": "AccessRights", "permission": {"name": "Read"}, "resourceType": "File"}
        answer = {"grant": True, "deny": False, "inherit": False, "resource": "Public"}
        writer.put("permission", {**right, **answer, "holder": "PermissionSet", "holderId": bundle["id"]})
        settings_tree = {"application": {"name": "Apteco API sandbox", "language": "en-GB"}}
        writer.put("settings", {"id": "orbit", "tree": settings_tree})
        writer.put("settings", {"id": "data-view", "tree": {}})
    for user in world.store.rows("user"):
        starter_files(world, user)


def starter_files(world: World, user: Row) -> None:
    """Store the starter files of a user."""
    files = {path: text.encode() for path, text in holidays.STARTER_FILES.items()}
    for path, parts in holidays.STARTER_COLLECTIONS.items():
        files[path] = msgspec.json.encode({"parts": parts})
    may = partial(world.rights.allows, user, WRITE_FILE)
    world.files.write_all({path: data for path, data in files.items() if may(path_levels(path))}, user)


def _theme(name: str) -> Row:
    visualisation = {
        "titleColour": "#222222",
        "noteColour": "#444444",
        "labelColour": "#222222",
        "visualisationColours": _COLOURS,
        "highlightColours": _COLOURS[:2],
    }
    definition = {"visualisation": visualisation}
    row = {"name": name, "default": True, "published": True, "systemThemeId": 1, "logoId": 0}
    return {**row, "definition": definition}
