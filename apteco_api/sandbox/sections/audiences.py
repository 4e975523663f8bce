"""Audiences: saved selections with a history, and calculations from them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .. import clock
from ..call import Answer, Call, handles, in_turn
from ..jobs import Step
from ..listing import page
from ..lookups import query_lookup
from ..query import xml
from ..resources import Resource, register
from ..selections import require_table, table_of
from ..sharing import chosen, give, present, require_new, require_owner, require_view
from ..store import Row, part
from . import audience_work as work
from .owned import Owned
from .queries import check

_QUERIES = ("bodyQuery", "includeQuery", "excludeQuery", "selectionModifiers")
_EXTRAS = ("briefText", "workbookItems", "campaignId")
_CONTENT = (*_QUERIES, *_EXTRAS, "title", "description", "isDeleted")
_DEFAULT_TABLE = "People"


def latest(call: Call, audience: Row) -> Row:
    """Return the latest update of an audience."""
    return call.find("audience-update", audience["lastUpdateId"])


def present_audience(call: Call, row: Row) -> Row:
    """Return an audience with the fields of its latest update and its latest result."""
    update = latest(call, row)
    results = call.world.store.rows("audience-result", lambda result: result["audienceId"] == row["id"])
    shown: Row = {
        **present(call, "audience", row),
        **_texts(call, update),
        "title": update["title"],
        "description": update["description"],
        "resolveTableName": update["resolveTableName"],
        "lastUpdatedUser": call.world.store.get("user", update["userId"]),
        "lastUpdatedDate": update["timestamp"],
        "campaignId": update.get("campaignId"),
    }
    if results:
        result = results[-1]
        shown["lastResult"] = _present_result(call, result)
        shown["lastCountDate"] = result["timestamp"]
        shown["resolveTableNettCount"] = result["nettResults"]["counts"][0]["countValue"]
    return shown


def _texts(call: Call, update: Row) -> Row:
    """Return those of the queries and the brief of an update that the call asks for."""
    texts: Row = {"briefText": update.get("briefText") if call.query.get("includeBrief") else None}
    if call.query.get("includeWorkbookItems"):
        texts["workbookItems"] = update.get("workbookItems") or []
    wanted = call.query.get("includeQueries")
    texts |= {name: update.get(name) if wanted else None for name in _QUERIES}
    if wanted:
        texts["queriesLookup"] = query_lookup(call, *(update.get(name) for name in _QUERIES))
    return texts


def _present_update(call: Call, row: Row) -> Row:
    store = call.world.store
    people = {"user": store.get("user", row["userId"]), "owner": store.get("user", row["ownerId"])}
    return {**row, "workbookItems": None, **_texts(call, row), **people}


def _present_result(call: Call, row: Row) -> Row:
    return {**row, "user": call.world.store.get("user", row["userId"])}


@handles("Audiences_GetAudiences")
def audiences(call: Call) -> Answer:
    """List the audiences of all users."""
    rows = chosen(call, call.world.store.rows("audience"))
    return page(call, [present_audience(call, row) for row in rows])


@handles("Audiences_CreateAudience")
def create(call: Call) -> Row:
    """Store an audience of the caller's with its first update."""
    body = call.body
    if body["systemName"].lower() != call.world.settings.system.lower():
        raise work.unknown_system(body["systemName"])
    content = {name: body[name] for name in (*_QUERIES, *_EXTRAS) if name in body}
    return present_audience(call, store_new(call, body["title"], body.get("description", ""), content))


def store_new(call: Call, title: str, description: str, content: Row) -> Row:
    """Return a new audience of the caller's."""
    require_new(call, "audience")
    moment = clock.now()
    update = _update(call, {**content, "title": title, "description": description, "isDeleted": False})
    audience = {"ownerId": call.user["id"], "systemName": call.world.settings.system, "creationDate": moment}
    with call.world.store.write() as writer:
        row = writer.put("audience", {**audience, "deletionDate": None, "lastUpdateId": 0})
        first = writer.put("audience-update", {**update, "audienceId": row["id"], "ownerId": row["ownerId"]})
        return writer.change("audience", row, lastUpdateId=first["id"])


def _update(call: Call, content: Row) -> Row:
    body = content.get("bodyQuery")
    table = require_table(call, table_of(body) or _DEFAULT_TABLE)
    for name in _QUERIES[:3]:
        if part(content, name).get("selection"):
            check(call, content[name])
    made = {"resolveTableName": table, "timestamp": clock.now(), "userId": call.user["id"]}
    return {**content, **made}


@handles("Audiences_CreateAudienceUpdate")
@in_turn
def create_update(call: Call) -> Row:
    """Change an audience by adding an update; fields that the body leaves out stay."""
    return _present_update(call, add_update(call, _owned(call), call.body))


def add_update(call: Call, audience: Row, changes: Row) -> Row:
    """Add an update to an audience, made of the latest update and the changes; return it."""
    now = {**latest(call, audience), "isDeleted": bool(audience["deletionDate"])} | changes
    update = _update(call, {name: now[name] for name in _CONTENT if name in now})
    with call.world.store.write() as writer:
        owner = audience["ownerId"]
        row = writer.put("audience-update", {**update, "audienceId": audience["id"], "ownerId": owner})
        deleted = audience["deletionDate"] or clock.now()
        deletion = deleted if update["isDeleted"] else None
        writer.change("audience", audience, lastUpdateId=row["id"], deletionDate=deletion)
    return row


@handles("Audiences_DeleteAudience")
def delete(call: Call) -> None:
    """Mark an audience as deleted."""
    row = _owned(call)
    with call.world.store.write() as writer:
        writer.change("audience", row, deletionDate=row["deletionDate"] or clock.now())


@handles("Audiences_CopyAudience")
def copy(call: Call) -> Row:
    """Return a new audience of the caller's with the queries of this one."""
    update = latest(call, visible(call))
    kept = _EXTRAS if call.query.get("includeWorkbookItems", True) else _EXTRAS[:1]
    content = {name: update[name] for name in (*_QUERIES, *kept) if name in update}
    return present_audience(call, store_new(call, call.body["newTitle"], update["description"], content))


@handles("Audiences_TransferAudienceOwnership")
@in_turn
def transfer(call: Call) -> Row:
    """Give an audience to another user."""
    return present_audience(call, give(call, "audience", _owned(call)))


@handles("Audiences_GetAudienceLatestNativeForNettQuery")
def native(call: Call) -> Answer:
    """Return the net query as XML."""
    update = latest(call, visible(call))
    return Answer(xml.write(work.nett_query(call, update)).encode(), media_type="application/xml")


def visible(call: Call) -> Row:
    """Return the audience that the path names; 404 if it does not exist, 403 if the caller may not see it."""
    row = call.find("audience", call.path["audienceId"])
    require_view(call, "audience", row)
    return row


def _owned(call: Call) -> Row:
    row = call.find("audience", call.path["audienceId"])
    require_owner(call, "audience", row)
    return row


def _children(kind: str, call: Call) -> list[Row]:
    audience = visible(call)
    return call.world.store.rows(kind, lambda row: row["audienceId"] == audience["id"])


def _change(call: Call, row: Row, content: Row) -> None:
    add_update(call, row, content)


OWNED = Owned("audience", "audienceId", "deletionDate", present_audience, _change)
handles("Users_GetUserAudiences")(OWNED.list_for_user)
handles("Users_GetUserAudience")(OWNED.read_for_user)
handles("Users_ModifyUserAudiences")(OWNED.modify)
register(
    Resource(
        "audience",
        "audience",
        "audienceId",
        reads="Audiences_GetAudience",
        present=present_audience,
        guard=lambda call, row: require_view(call, "audience", row),
    ),
    Resource(
        "audience-update",
        "audience update",
        "audienceUpdateId",
        lists="Audiences_GetAudienceUpdates",
        reads="Audiences_GetAudienceUpdate",
        present=_present_update,
        among=partial(_children, "audience-update"),
    ),
    Resource(
        "audience-result",
        "audience result",
        "audienceResultId",
        lists="Audiences_GetAudienceResults",
        reads="Audiences_GetAudienceResult",
        present=_present_result,
        among=partial(_children, "audience-result"),
    ),
)

Task = Callable[[Call, Row, Row, Step], Row]
Keep = Callable[[Call, Row], Row]
State = Callable[[Call, int], Row]


def _keep_result(call: Call, result: Row) -> Row:
    with call.world.store.write() as writer:
        return _present_result(call, writer.put("audience-result", result))


def _as_it_is(call: Call, result: Row) -> Row:
    return result


def _register_task(name: str, sync: str, result: str, task: Task, keep: Keep = _as_it_is) -> State:
    """Register the four operations of a task: at once, as a job, its progress, cancelling it.

    Returns the function that returns the state of a job.
    """
    family = f"audience-{name.lower()}"

    def at_once(call: Call) -> Row:
        audience = visible(call)
        return keep(call, task(call, audience, latest(call, audience), lambda share: None))

    def start(call: Call) -> Any:
        audience = visible(call)
        todo = partial(task, call, audience, latest(call, audience))
        job = call.world.jobs.submit(family, str(audience["id"]), call.user, todo, partial(keep, call))
        return [job] if name == "Check" else job

    def state_of(call: Call, job_id: int) -> Row:
        job = call.world.jobs.find(family, str(visible(call)["id"]), job_id, call.user)
        return {**job, result: job["result"]}

    def state(call: Call) -> Row:
        return state_of(call, call.path["jobId"])

    def cancel(call: Call) -> None:
        call.world.jobs.cancel(family, str(visible(call)["id"]), call.path["jobId"], call.user)

    handles(sync)(at_once)
    handles(f"Audiences_Create{name}AudienceJobForLatestUpdate")(start)
    handles(f"Audiences_Get{name}AudienceJob")(state)
    handles(f"Audiences_Cancel{name}AudienceJob")(cancel)
    return state_of


_register_task(
    "Calculate", "Audiences_CalculateAudienceLatestUpdateSync", "audienceResult", work.calculate, _keep_result
)
_register_task("Export", "Audiences_ExportAudienceLatestUpdateSync", "audienceExport", work.export)
CHECKS = _register_task("Check", "Audiences_CheckAudienceLatestUpdateSync", "audienceCheck", work.check)


@handles("AudienceSettings_GetAudienceSettingsForSystems")
def settings(call: Call) -> Answer:
    """Return how audiences may be delivered."""
    return page(call, [_settings(call)])


@handles("AudienceSettings_GetAudienceSettingsForSystem")
def settings_for_system(call: Call) -> Row:
    """Return how audiences of the system may be delivered: downloaded, but not sent by FTP."""
    return _settings(call)


def _settings(call: Call) -> Row:
    allowed = {"allowAudienceBrowserDownloadDeliveryEntry": True, "allowAudienceFtpDeliveryEntry": False}
    return {"systemName": call.world.settings.system, **allowed}
