"""Collections and Visualisations: files of saved work, and their charts.

A collection file is JSON, `{"parts": […]}`. Each part has `title`, `notes`, `visualisationType` and one of
`cube`, `export` and `query`, with the content of the request of that name. A visualisation's id is the
collection's id, a dash, and the index of the part.
"""

from __future__ import annotations

from functools import partial

import msgspec

from .. import clock
from ..call import Answer, Call, handles, in_turn
from ..files import is_private
from ..jobs import Step
from ..listing import page
from ..problem import Problem, missing, refused
from ..resources import Resource, register
from ..rights import READ_FILE, path_levels
from ..schema import Json, is_list, is_object
from ..sharing import chosen, give, present, require_new, require_owner, require_view
from ..store import Row
from .owned import Owned
from .queries import details, run

_TYPES = ("Cube", "Venn", "Chart", "DataGrid")
_FAMILY = "render-data-refresh"
_HIGHEST_ID = 1_000_000_000


def _present(call: Call, row: Row) -> Row:
    try:
        number = len(_parts(call, row))
    except Problem:
        number = 0
    return {**present(call, "collection", row), "numberOfParts": number}


def _parts(call: Call, row: Row) -> list[Json]:
    """Return the parts of a collection from its file; none if the file does not exist.

    The file is read with the rights of the user who set its path. With the rights of the owner, a transferred
    collection could show private files of the new owner to the old one.
    """
    if not is_private(row["filePath"]):
        call.world.rights.require(call.user, READ_FILE, path_levels(row["filePath"]))
    try:
        reader = call.find("user", row["fileUserId"] if "fileUserId" in row else row["ownerId"])
        data = call.world.files.read(row["filePath"], reader)
    except Problem as problem:
        if problem.status == 404:
            return []
        raise
    try:
        content: object = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise refused(f"'{row['filePath']}' is not a collection file.", path=row["filePath"]) from None
    parts = content.get("parts") if is_object(content) else None
    shown: list[Json] = []
    for index, part in enumerate(parts if is_list(parts) else []):
        found: Json = part if is_object(part) else {}
        kind = found.get("visualisationType")
        shown.append(
            {
                **found,
                "title": str(found.get("title", "")),
                "notes": str(found.get("notes", "")),
                "index": index,
                "visualisationType": kind if kind in _TYPES else "None",
                "visualisationId": f"{row['id']}-{index}",
            }
        )
    return shown


def _values(call: Call, row: Row | None = None) -> Row:
    body = call.body
    named = {n: body[n] for n in ("title", "description", "creationDate", "filePath")}
    return {**named, **_deletion(body), **_file_user(call, row, body)}


def _file_user(call: Call, row: Row | None, content: Row) -> Row:
    """Return the user with whose rights the file is read: the one who set the collection's current path."""
    kept = row is not None and content.get("filePath", row["filePath"]) == row["filePath"]
    return {} if kept else {"fileUserId": call.user["id"]}


def _deletion(body: Row) -> Row:
    return {"deletionDate": body.get("deletionDate")}


@handles("Collections_GetCollections")
def collections(call: Call) -> Answer:
    """List the collections of all users."""
    rows = chosen(call, call.world.store.rows("collection"))
    return page(call, [_present(call, row) for row in rows])


@handles("Collections_CreateCollection")
def create(call: Call) -> Row:
    """Create a collection of the caller."""
    with call.world.store.write() as writer:
        return writer.put("collection", _new(call))


def _new(call: Call) -> Row:
    require_new(call, "collection")
    return {**_values(call), "ownerId": call.user["id"], "systemName": call.world.settings.system}


@handles("Collections_UpsertCollection")
@in_turn
def upsert(call: Call) -> Row:
    """Replace a collection, or create one with the given id."""
    key: int = call.path["collectionId"]
    row = call.world.store.get("collection", key)
    if row is not None:
        require_owner(call, "collection", row)
    elif not 1 <= key <= _HIGHEST_ID:
        raise refused(f"The id of a collection is from 1 to {_HIGHEST_ID}.", collectionId=key)
    with call.world.store.write() as writer:
        if row is None:
            row = writer.put("collection", {"id": key, **_new(call)})
            writer.reserve("collection", key)
        else:
            row = writer.change("collection", row, **_values(call, row))
    return _present(call, row)


@handles("Collections_DeleteCollection")
def delete(call: Call) -> None:
    """Mark a collection as deleted."""
    row = _owned(call)
    with call.world.store.write() as writer:
        writer.change("collection", row, deletionDate=row["deletionDate"] or clock.now())


@handles("Collections_TransferCollectionOwnership")
@in_turn
def transfer(call: Call) -> Row:
    """Give a collection to another user."""
    return _present(call, give(call, "collection", _owned(call)))


def _owned(call: Call) -> Row:
    row = call.find("collection", call.path["collectionId"])
    require_owner(call, "collection", row)
    return row


def _visible_parts(call: Call) -> list[Row]:
    row = call.find("collection", call.path["collectionId"])
    require_view(call, "collection", row)
    return _parts(call, row)


@handles("Collections_GetCollectionParts")
def parts(call: Call) -> Answer:
    """List the parts of a collection."""
    return page(call, _visible_parts(call))


@handles("Collections_GetCollectionPart")
def part(call: Call) -> Row:
    """Look up a part."""
    index: int = call.path["partIndex"]
    found = next((part for part in _visible_parts(call) if part["index"] == index), None)
    if found is None:
        raise missing("part", index)
    return found


def _change(call: Call, row: Row, content: Row) -> None:
    names = ("title", "description", "filePath")
    with call.world.store.write() as writer:
        writer.change(
            "collection",
            row,
            **{name: content[name] for name in names if name in content},
            **_file_user(call, row, content),
        )


OWNED = Owned("collection", "collectionId", "deletionDate", _present, _change)
handles("Users_GetUserCollections")(OWNED.list_for_user)
handles("Users_GetUserCollection")(OWNED.read_for_user)
handles("Users_ModifyUserCollections")(OWNED.modify)
register(
    Resource(
        "collection",
        "collection",
        "collectionId",
        reads="Collections_GetCollection",
        present=_present,
        guard=lambda call, row: require_view(call, "collection", row),
    )
)


def _visualisation(call: Call) -> Json:
    wanted: str = call.path["visualisationId"]
    number, dash, index = wanted.partition("-")
    if not (dash and number.isdecimal() and index.isdecimal() and len(wanted) < 20):
        raise missing("visualisation", wanted)
    row = call.world.store.get("collection", int(number))
    if row is None:
        raise missing("visualisation", wanted)
    require_view(call, "collection", row)
    found = next((part for part in _parts(call, row) if part["index"] == int(index)), None)
    if found is None:
        raise missing("visualisation", wanted)
    return found


@handles("Visualisations_GetVisualisation")
def visualisation(call: Call) -> Row:
    """Return the kind of visualisation with an id."""
    found = _visualisation(call)
    return {"id": found["visualisationId"], "type": found["visualisationType"]}


@handles("Visualisations_GetVisualisationRenderData")
def render_data(call: Call) -> Row:
    """Return the data of the last refresh."""
    found = _visualisation(call)
    kept = call.world.store.get("render", found["visualisationId"])
    return kept["spec"] if kept else _render_spec(found, None, None)


@handles("Visualisations_PerformVisualisationRenderDataRefreshSynchronously")
def refresh(call: Call) -> Row:
    """Calculate the data again and wait."""
    return _keep(call, _refresh(call, _visualisation(call), lambda share: None))


def _refresh(call: Call, found: Json, step: Step) -> Row:
    step(0.1)
    request: Json = found.get("cube") or found.get("export") or {"baseQuery": found.get("query", {})}
    for check in (request.get("baseQuery"),):
        if not isinstance(check, dict) or "selection" not in check:
            raise refused("The part has no cube, export or query to calculate.", id=found["visualisationId"])
    counted = run(call, "Count", request["baseQuery"])
    step(0.5)
    if "cube" in found:
        run(call, "Cube", request)
    elif "export" in found:
        run(call, "Export", request)
    return {"id": found["visualisationId"], "spec": _render_spec(found, details(call), counted)}


def _keep(call: Call, render: Row) -> Row:
    with call.world.store.write() as writer:
        spec: Row = writer.put("render", render)["spec"]
    return spec


def _render_spec(found: Json, run_details: Row | None, counted: Row | None) -> Row:
    spec: Row = {
        "type": found["visualisationType"],
        "title": found["title"],
        "notes": found["notes"],
        "showNotes": bool(found["notes"]),
        "ranSuccessfully": counted is not None,
    }
    if run_details and counted:
        counts = [{**count, "tableDescription": count["tableName"]} for count in counted["counts"]]
        description = run_details.get("queryDescription", found["title"])
        spec["lastRunDetails"] = run_details
        spec["queryDetails"] = {"description": description, "counts": counts, "properties": []}
    return spec


@handles("Visualisations_CreateVisualisationRenderDataRefreshJob")
def start_refresh(call: Call) -> Row:
    """Start a refresh."""
    found = _visualisation(call)
    todo = partial(_refresh, call, found)
    return call.world.jobs.submit(_FAMILY, found["visualisationId"], call.user, todo, partial(_keep, call))


@handles("Visualisations_GetVisualisationRenderDataRefreshJob")
def refresh_state(call: Call) -> Row:
    """Return the state of a refresh."""
    found = _visualisation(call)
    return call.world.jobs.find(_FAMILY, found["visualisationId"], call.path["refreshRequestId"], call.user)


@handles("Visualisations_CancelVisualisationRenderDataRefreshJob")
def cancel_refresh(call: Call) -> None:
    """Cancel a refresh."""
    found = _visualisation(call)
    call.world.jobs.cancel(_FAMILY, found["visualisationId"], call.path["refreshRequestId"], call.user)
