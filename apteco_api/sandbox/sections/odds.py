"""Small sections: Themes, Telemetry, TemporaryFiles and StaticResources."""

from __future__ import annotations

import re
import secrets
from urllib.parse import quote

from .. import clock
from ..call import Answer, Call, handles, in_turn
from ..files import parts_of
from ..listing import page
from ..problem import Problem, missing, refused
from ..resources import Resource, register
from ..settings import BASE_PATH
from ..store import Row, Writer
from .files import download

# --- Themes


@handles("Themes_GetThemes")
def themes(call: Call) -> list[Row]:
    """List the themes."""
    return call.world.store.rows("theme")


@handles("Themes_GetUsage")
def theme_usage(call: Call) -> Row:
    """Count the dashboards of each theme."""
    used = [
        row.get("themeId") or 0
        for row in call.world.store.rows("dashboard", lambda row: not row["deletedOn"])
    ]
    known = call.world.store.rows("theme")
    counted = [{"themeId": theme["id"], "numberOfDashboards": used.count(theme["id"])} for theme in known]
    return {"numberOfDashboardsSetToDefaultTheme": used.count(0), "themeUsageSummaries": counted}


def _make_theme(call: Call) -> Row:
    names = ("name", "default", "published", "definition", "logoId")
    return {**{name: call.body[name] for name in names}, "systemThemeId": 0}


def _only_default(writer: Writer, theme: Row) -> None:
    """Of all themes one at most is the default: the latest that was said to be."""
    for other in writer.rows("theme") if theme["default"] else ():
        if other["default"] and other["id"] != theme["id"]:
            writer.change("theme", other, default=False)


def _forget_theme(writer: Writer, theme: Row) -> None:
    """Dashboards with a theme that is gone take the default again."""
    for dashboard in writer.rows("dashboard"):
        if dashboard.get("themeId") == theme["id"]:
            writer.change("dashboard", dashboard, themeId=None)


# --- Telemetry


def _state(call: Call, row: Row) -> Row:
    logins = call.world.store.rows("login", lambda login: login["userId"] == row["userId"])
    return {**row, "logins": len(logins)}


def _state_of(call: Call) -> Row:
    row = call.find("telemetry-state", call.path["stateId"], "telemetry state")
    user = call.world.store.get("user", row["userId"])
    if user is not None:
        call.require_self(user)
    return row


@handles("Telemetry_CreateTelemetryState")
@in_turn
def create_state(call: Call) -> Row:
    """Start keeping a state for a user; 409 if there is one."""
    user = call.world.access.user_named(call.body["username"])
    if user is None:
        raise refused(f"There is no user '{call.body['username']}'.", username=call.body["username"])
    call.require_self(user)
    if call.world.store.rows("telemetry-state", lambda row: row["userId"] == user["id"]):
        raise Problem(409, "This user has a telemetry state already.", username=user["username"])
    row = {"id": secrets.token_hex(8), "userId": user["id"], "optState": "NotOpted"}
    with call.world.store.write() as writer:
        return _state(call, writer.put("telemetry-state", row))


@handles("Telemetry_GetTelemetryState")
def read_state(call: Call) -> Row:
    """Read a state."""
    return _state(call, _state_of(call))


@handles("Telemetry_GetTelemetryStateForUser")
def read_state_of_user(call: Call) -> Row:
    """Read the state of a user."""
    user = call.named_user(call.path["username"])
    call.require_self(user)
    found = call.world.store.rows("telemetry-state", lambda row: row["userId"] == user["id"])
    if not found:
        raise missing("telemetry state for user", user["username"])
    return _state(call, found[0])


@handles("Telemetry_UpdateTelemetryState")
def update_state(call: Call) -> Row:
    """Record a choice."""
    row = _state_of(call)
    with call.world.store.write() as writer:
        return _state(call, writer.change("telemetry-state", row, optState=call.body["optState"]))


def _session_key(call: Call) -> str:
    return f"{_state_of(call)['id']}/{call.path['sessionId']}"


def _session(call: Call) -> Row:
    row = call.world.store.get("telemetry-session", _session_key(call))
    if row is None:
        raise missing("telemetry session", call.path["sessionId"])
    return row


def _shown_session(row: Row) -> Row:
    return {**row, "id": row["sessionId"]}


@handles("Telemetry_GetTelemetrySession")
def read_session(call: Call) -> Row:
    """Read a session."""
    return _shown_session(_session(call))


@handles("Telemetry_CreateTelemetrySession")
@in_turn
def create_session(call: Call) -> Row:
    """Start recording a session; 409 if its id is taken."""
    key = _session_key(call)
    if call.world.store.get("telemetry-session", key):
        raise Problem(409, "This session is recorded already.", sessionId=call.path["sessionId"])
    moment = clock.now()
    row = {**call.body, "id": key, "sessionId": call.path["sessionId"], "sessionStart": moment}
    api = call.world.spec.document["info"].get("x-server-version", "")
    with call.world.store.write() as writer:
        return _shown_session(
            writer.put(
                "telemetry-session", {**row, "apiVersion": api, "lastSessionAction": moment, "bugs": []}
            )
        )


@handles("Telemetry_UpdateTelemetrySession")
@in_turn
def update_session(call: Call) -> Row:
    """Add what happened since."""
    row = _session(call)
    bugs = [*row["bugs"], *call.body.get("bugReports", ())]
    end = call.body.get("sessionEnd", row.get("sessionEnd"))
    with call.world.store.write() as writer:
        changed = writer.change(
            "telemetry-session", row, bugs=bugs, sessionEnd=end, lastSessionAction=clock.now()
        )
    return _shown_session(changed)


# --- TemporaryFiles

_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")


def _temporary_key(call: Call) -> str:
    """Temporary files are each user's own."""
    name: str = call.path["id"]
    if not _ID.fullmatch(name) or not name.strip("."):
        raise refused(
            "The id of a temporary file has 1 to 100 letters, digits, dots, dashes and underscores."
        )
    return f"temporary:{call.user['id']}:{name}"


def _temporary(call: Call) -> Row:
    row = call.world.store.get("temporary", _temporary_key(call))
    if row is None:
        raise missing("temporary file", call.path["id"])
    return row


@handles("TemporaryFiles_UpsertTemporaryFile")
def put_temporary(call: Call) -> Row:
    """Keep a file under an id."""
    key = _temporary_key(call)
    with call.world.store.write() as writer:
        writer.delete_content(key)
        writer.put_content(key, call.body)
        writer.put("temporary", {"id": key, "complete": True, "parts": [0]})
    return {"id": call.path["id"]}


@handles("TemporaryFiles_UpsertTemporaryFilePart")
@in_turn
def put_temporary_part(call: Call) -> Row:
    """Keep a part of a file; the final one completes it."""
    key, part = _temporary_key(call), call.path["partNumber"]
    if part < 0:
        raise refused("Parts are numbered from 0.", partNumber=part)
    row = call.world.store.get("temporary", key)
    fresh = row is None or row["complete"]
    parts = sorted({part, *(row["parts"] if row and not fresh else ())})
    final = bool(call.query.get("finalPart"))
    gap = next((n for n, known in enumerate(parts, parts[0]) if n != known), None)
    if final and (parts[0] > 1 or gap is not None):
        raise refused(f"Part {gap if parts[0] <= 1 else 0} is missing.", partNumber=part)
    with call.world.store.write() as writer:
        if fresh:
            writer.delete_content(key)
        writer.put_content(key, call.body, part)
        writer.put("temporary", {"id": key, "complete": final, "parts": parts})
    return {"id": call.path["id"], "partNumber": part, "temporaryFileCreated": final}


@handles("TemporaryFiles_GetTemporaryFile")
def get_temporary(call: Call) -> Answer:
    """Download a file whose parts are all there."""
    row = _temporary(call)
    if not row["complete"]:
        raise Problem(404, "The last part of this file has not arrived.", id=call.path["id"])
    return download(call.path["id"], call.world.store.content(row["id"]) or b"")


@handles("TemporaryFiles_GetTemporaryFilePart")
def get_temporary_part(call: Call) -> Answer:
    """Download a part."""
    row, part = _temporary(call), call.path["partNumber"]
    if part not in row["parts"]:
        raise missing("part", part)
    return download(f"{call.path['id']}.{part}", call.world.store.content(row["id"], part) or b"")


# --- StaticResources


def _category(call: Call) -> Row:
    name: str = call.path["resourceCategory"]
    rows = call.world.store.rows("resource-category", lambda row: row["id"].lower() == name.lower())
    if not rows:
        raise missing("resource category", name)
    return rows[0]


def _static(call: Call, row: Row) -> Row:
    view, name = quote(call.world.settings.data_view), quote(row["name"], safe="")
    url = f"{BASE_PATH}/{view}/StaticResources/{quote(row['category'])}/Resources/{row['id']}/{name}"
    return {**row, "url": url}


def _in_category(call: Call) -> list[Row]:
    category = _category(call)["id"]
    return call.world.store.rows("resource", lambda row: row["category"] == category)


def _named_static(call: Call, name: str, number: str = "") -> Row:
    for row in _in_category(call):
        if row["name"] == name and number in ("", str(row["id"])):
            return row
    raise missing("resource", name)


@handles("StaticResources_GetStaticResourcesForCategory")
def statics(call: Call) -> Answer:
    """List the resources of a category."""
    return page(call, [_static(call, row) for row in _in_category(call)])


@handles("StaticResources_PostStaticResourceFile")
def post_static(call: Call) -> None:
    """Add a file to a category."""
    if not call.is_administrator:
        raise Problem(403, "Only administrators may add resources that everybody can fetch.")
    category, name = _category(call)["id"], parts_of(call.filename or "resource")[-1]
    row = {"name": name, "category": category, "size": len(call.body), "lastModified": clock.now()}
    with call.world.store.write() as writer:
        for old in call.world.store.rows(
            "resource", lambda r: r["category"] == category and r["name"] == name
        ):
            writer.delete("resource", old["id"])
            writer.delete_content(f"resource:{old['id']}")
        stored = writer.put("resource", row)
        writer.put_content(f"resource:{stored['id']}", call.body)


@handles("StaticResources_GetStaticResourceFileDetails")
def static_details(call: Call) -> Row:
    """Look a resource up by its name."""
    return _static(call, _named_static(call, call.path["resourceName"]))


@handles("StaticResources_GetStaticResourceFile")
def static_file(call: Call) -> Answer:
    """Download a resource."""
    row = _named_static(call, call.path["resourceName"], call.path["resourceId"])
    return download(row["name"], call.world.store.content(f"resource:{row['id']}") or b"")


@handles("StaticResources_DeleteStaticResourceFile")
@in_turn
def delete_static(call: Call) -> None:
    """Remove a resource."""
    if not call.is_administrator:
        raise Problem(403, "Only administrators may remove resources.")
    wanted: str = call.path["resourceId"]
    row = next((row for row in _in_category(call) if str(row["id"]) == wanted), None)
    if row is None:
        raise missing("resource", wanted)
    with call.world.store.write() as writer:
        writer.delete("resource", row["id"])
        writer.delete_content(f"resource:{row['id']}")


handles("StaticResources_GetStaticResourceCategory")(_category)
register(
    Resource(
        "resource-category", "resource category", "", lists="StaticResources_GetStaticResourceCategories"
    ),
    Resource(
        "theme",
        "theme",
        "themeId",
        reads="Themes_GetTheme",
        creates="Themes_CreateTheme",
        changes="Themes_UpdateTheme",
        deletes="Themes_DeleteTheme",
        make=_make_theme,
        stored=_only_default,
        deleted=_forget_theme,
    ),
)
