"""Dashboards: boards of charts, and the figures in their items."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from .. import clock
from ..call import Call, handles
from ..filters import query_of
from ..jobs import Step
from ..lookups import query_lookup
from ..problem import Problem, missing, refused
from ..schema import Mismatch
from ..selections import combine, table_of
from ..sharing import present, require_new, require_owner, require_view
from ..store import Row
from . import dashboard_work as work
from .audience_work import unknown_system
from .audiences import store_new
from .owned import Owned

CONTENT = (
    "title", "description", "themeId", "logoId", "baseQuery", "dashboardItems", "predefinedUserFilters",
    "workbookItems",
)  # fmt: skip
ITEMS = "dashboard-items"
_PREVIEW = "dashboard-item-preview"


def present_dashboard(call: Call, row: Row) -> Row:
    """Return a dashboard as the API shows it."""
    editor = call.world.store.get("user", row["lastUpdatedBy"])
    lookup = query_lookup(call, row.get("baseQuery"))
    shown = {**present(call, "dashboard", row), "lastUpdatedBy": editor, "baseQueryLookup": lookup}
    tabs = row.get("workbookItems") or (tabs_of(row) if call.query.get("includeTabDetails") else None)
    return {**shown, "workbookItems": tabs}


def tabs_of(row: Row) -> list[Row]:
    """Return the items of a dashboard that was stored without tabs as the tiles of one tab."""
    return [{"title": row["title"], "dashboardTiles": row.get("dashboardItems") or []}]


def _items(call: Call, body: Row) -> list[Row] | None:
    """Return the items of a dashboard: the tiles in its tabs that can be calculated, if there are any."""
    tiles = [tile for tab in body.get("workbookItems") or () for tile in tab.get("dashboardTiles") or ()]
    found = [tile for tile in tiles if tile.get("dashboardItemDetails")]
    if not found:
        return body.get("dashboardItems")
    items = {"type": "array", "items": {"$ref": "#/components/schemas/DashboardContentItem"}}
    try:
        checked: list[Row] = call.world.spec.schemas.check(items)(found)
    except Mismatch as mismatch:
        where = mismatch.where("dashboardTiles")
        raise refused(f"{where} {mismatch.message}.", where=where) from None
    return checked


def _content(call: Call, body: Row) -> Row:
    if body.get("systemName", call.world.settings.system).lower() != call.world.settings.system.lower():
        raise unknown_system(body["systemName"])
    theme = body.get("themeId")
    if theme and call.world.store.get("theme", theme) is None:
        raise refused(f"There is no theme {theme}.", themeId=theme)
    items = _items(call, body)
    ids = [item["id"] for item in items or ()]
    if len(ids) != len(set(ids)):
        raise refused("Two dashboard items have the same id.", where="dashboardItems")
    return {**{name: body.get(name) for name in CONTENT}, "dashboardItems": items}


def _new(call: Call, content: Row) -> Row:
    require_new(call, "dashboard")
    moment, user = clock.now(), call.user["id"]
    row = {**content, "systemName": call.world.settings.system, "createdOn": moment, "ownerId": user}
    edited = {"lastUpdatedOn": moment, "lastUpdatedBy": user, "deletedOn": None}
    with call.world.store.write() as writer:
        row = writer.put("dashboard", {**row, **edited, "lastUpdateId": 0})
        update = writer.put("dashboard-update", {"dashboardId": row["id"], **content, **_by(call)})
        return writer.change("dashboard", row, lastUpdateId=update["id"])


def _by(call: Call) -> Row:
    return {"timestamp": clock.now(), "userId": call.user["id"]}


def _update(call: Call, row: Row, content: Row) -> Row:
    with call.world.store.write() as writer:
        update = writer.put("dashboard-update", {"dashboardId": row["id"], **content, **_by(call)})
        edited = {
            "lastUpdatedOn": clock.now(),
            "lastUpdatedBy": call.user["id"],
            "lastUpdateId": update["id"],
        }
        return writer.change("dashboard", row, **content, **edited)


@handles("Dashboards_CreateDashboard")
def create(call: Call) -> Row:
    """Store a dashboard of the caller."""
    return present_dashboard(call, _new(call, _content(call, call.body)))


@handles("Dashboards_CreateDashboardUpdate")
def update(call: Call) -> Row:
    """Replace the content of a dashboard."""
    row = owned(call)
    if call.body["id"] != row["id"]:
        raise refused("The id in the body is not the one in the path.", id=call.body["id"])
    return present_dashboard(call, _update(call, row, _content(call, call.body)))


@handles("Dashboards_DeleteDashboard")
def delete(call: Call) -> None:
    """Mark a dashboard as deleted."""
    row = owned(call)
    with call.world.store.write() as writer:
        writer.change("dashboard", row, deletedOn=row["deletedOn"] or clock.now())


@handles("Dashboards_CopyDashboard")
def copy(call: Call) -> Row:
    """Create a dashboard of the caller with the content of this one; return it."""
    row = visible(call)
    content = {name: row.get(name) for name in CONTENT}
    return present_dashboard(call, _new(call, {**content, "title": call.body["newTitle"]}))


@handles("Dashboards_ConvertToAudience")
def convert(call: Call) -> Row:
    """Create an audience from the records of the dashboard; return it."""
    row = visible(call)
    query = _base(call, row, call.body.get("globalFilterApplied"))
    title = call.body.get("title") or row["title"]
    return {"audienceId": store_new(call, title, row.get("description") or "", {"bodyQuery": query})["id"]}


@handles("Dashboards_GetDashboardExportSync")
def export(call: Call) -> Row:
    """Return the first records behind the dashboard, with the variables that its items show."""
    row = visible(call)
    return work.export(call, row, _base(call, row, call.body.get("globalFilterApplied")))


@handles("Dashboards_GetDashboardItemDataSync")
def item_data(call: Call) -> Row:
    """Return the figures of one item."""
    task = item_task(call, visible(call), call.path["dashboardItemId"], call.body, call.body)
    return task(lambda share: None)


@handles("Dashboards_CalculateDashboardData")
def start_items(call: Call) -> list[Row]:
    """Start a job for each of the items."""
    row = visible(call)
    tasks: list[tuple[Row, Callable[[Step], Row]]] = []
    for wanted in call.body.get("dashboardItemsToCalculate", ()):
        tasks.append((wanted, item_task(call, row, wanted.get("dashboardItemId", ""), wanted, call.body)))
    return [start(call, ITEMS, str(row["id"]), wanted, task) for wanted, task in tasks]


@handles("Dashboards_GetDashboardJobResults")
def items_state(call: Call) -> Row:
    """Return the state of the job of an item."""
    return _state(call, ITEMS, str(visible(call)["id"]), call.path["jobId"])


@handles("Dashboards_BatchGetDashboardJobResults")
def items_states(call: Call) -> list[Row]:
    """Return the states of several jobs."""
    scope = str(visible(call)["id"])
    return [_state(call, ITEMS, scope, job) for job in call.body]


@handles("Dashboards_CancelCalculateDashboardDataJob")
def cancel_items(call: Call) -> None:
    """Cancel the job of an item."""
    call.world.jobs.cancel(ITEMS, str(visible(call)["id"]), call.path["jobId"], call.user)


@handles("Dashboards_CreateDashboardItemPreviewDataJobs")
def start_previews(call: Call) -> list[Row]:
    """Start a job for each item that is being designed."""
    tasks: list[tuple[Row, Callable[[Step], Row]]] = []
    for wanted in call.body:
        specification = wanted.get("dataSpecification")
        if not specification:
            raise refused("A preview needs a dataSpecification.", dashboardItemId=wanted["dashboardItemId"])
        order = wanted["sortOrder"]
        tasks.append((wanted, partial(work.figures, call, wanted["baseQuery"], specification, order)))
    return [start(call, _PREVIEW, "", wanted, task) for wanted, task in tasks]


@handles("Dashboards_GetDashboardItemPreviewDataJob")
def preview_state(call: Call) -> Row:
    """Return the state of a preview."""
    return _state(call, _PREVIEW, "", call.path["jobId"])


@handles("Dashboards_GetDashboardItemPreviewDataJobs")
def preview_states(call: Call) -> list[Row]:
    """Return the states of several previews."""
    return [_state(call, _PREVIEW, "", job) for job in call.body]


@handles("Dashboards_CancelDashboardItemPreviewDataJob")
def cancel_preview(call: Call) -> None:
    """Cancel a preview."""
    call.world.jobs.cancel(_PREVIEW, "", call.path["jobId"], call.user)


def visible(call: Call) -> Row:
    """Return the dashboard that the path names; 403 if the caller may not see it."""
    row = call.find("dashboard", call.path["dashboardId"])
    require_view(call, "dashboard", row)
    return row


def owned(call: Call) -> Row:
    """Return the dashboard that the path names; 403 unless the caller may change it."""
    row = call.find("dashboard", call.path["dashboardId"])
    require_owner(call, "dashboard", row)
    return row


def _base(call: Call, row: Row, *filters: Row | None) -> Row:
    """Return the dashboard's base query with filters. Without a base query, a filter gives the table."""
    queries = [row.get("baseQuery"), *filters]
    table = next((table_of(query) for query in queries if table_of(query)), "People")
    return combine(call, table, queries)


def item_task(call: Call, row: Row, item_id: str, wanted: Row, filters: Row) -> Callable[[Step], Row]:
    """Return the work that calculates one item at the requested level."""
    item = next((item for item in row.get("dashboardItems") or () if item["id"] == item_id), None)
    if item is None:
        raise missing("dashboard item", item_id)
    level = wanted.get("drillDownLevel", 0)
    levels: list[Row] = item.get("dashboardItemDetails") or []
    detail = next((detail for detail in levels if detail["drilldownLevel"] == level), None)
    if detail is None or not detail.get("dataSpecification"):
        raise refused(f"The item '{item_id}' has no figures at level {level}.", drillDownLevel=level)
    narrowed = (
        filters.get("globalFilterApplied"),
        wanted.get("dimensionFilter"),
        wanted.get("dashboardItemQuery"),
    )
    query = _base(
        call,
        row,
        *narrowed,
        query_of(call, item.get("tileFilter"), table_of(row.get("baseQuery")) or "People"),
    )
    order = wanted.get("sortOrder") or detail["sortOrder"]
    return partial(work.figures, call, query, detail["dataSpecification"], order)


def start(call: Call, family: str, scope: str, wanted: Row, task: Callable[[Step], Row]) -> Row:
    """Start the job of one item."""
    job = call.world.jobs.submit(family, scope, call.user, task)
    named: Row = {name: wanted[name] for name in ("dashboardItemId", "drillDownLevel") if name in wanted}
    return {**named, "jobId": job["id"]}


def _state(call: Call, family: str, scope: str, job_id: int) -> Row:
    try:
        job = call.world.jobs.find(family, scope, job_id, call.user)
    except Problem as problem:
        if problem.parameters.get("job") != job_id:
            raise
        # a failed item must not break the answer about the others: its message is in its own data
        messages = [{"type": "Error", "number": problem.status, "text": problem.message}]
        data = {"messages": messages}
        return {"id": job_id, "isComplete": True, "isCancelled": False, "dashboardItemData": data}
    return {**job, "dashboardItemData": job["result"]}


def _change(call: Call, row: Row, content: Row) -> None:
    _update(call, row, _content(call, {**{name: row[name] for name in CONTENT if row.get(name)}, **content}))


OWNED = Owned("dashboard", "dashboardId", "deletedOn", present_dashboard, _change)
handles("Users_GetUserDashboards")(OWNED.list_for_user)
handles("Users_GetUserDashboard")(OWNED.read_for_user)
handles("Users_ModifyUserDashboards")(OWNED.modify)
