"""Dashboards since 1.10.25: their updates, their owners, and items calculated with filters."""

from __future__ import annotations

from collections.abc import Callable

from ..access import administrators_only
from ..call import Answer, Call, handles, in_turn
from ..filters import query_of
from ..jobs import Step
from ..listing import page
from ..resources import Resource, register
from ..selections import combine, table_of
from ..sharing import chosen, give
from ..store import Row
from . import dashboards

_ITEMS = dashboards.ITEMS
_TILES = ("dashboardItems", "workbookItems")


@handles("Dashboards_GetDashboards")
def all_dashboards(call: Call) -> Answer:
    """List the dashboards of all users; only for administrators, as the vendor documents."""
    administrators_only(call, "list everybody's dashboards")
    rows = chosen(call, call.world.store.rows("dashboard"), "deletedOn")
    return page(call, [_cut(dashboards.present_dashboard(call, row), "id", "title", "owner") for row in rows])


@handles("Dashboards_TransferDashboardOwnership")
@in_turn
def transfer(call: Call) -> Row:
    """Transfer a dashboard to another user, whom the query parameter newOwner may also name."""
    body: Row = call.body or {}
    call.body = {"newUsername": body.get("newUsername") or call.query.get("newOwner") or ""}
    row = dashboards.present_dashboard(call, give(call, "dashboard", dashboards.owned(call)))
    shape = call.world.spec.schemas.shape({"$ref": "#/components/schemas/DashboardDetail"})
    shown: Row = shape(row)
    return shown


@handles("Dashboards_GetDashboardMapSettings")
def map_settings(call: Call) -> list[Row]:
    """List the maps that tiles can show: the Holidays system has none."""
    return []


def _present_update(call: Call, row: Row) -> Row:
    """Return an update with the whole content of the dashboard, so that it can be sent back.

    The tiles are either in tabs or in `dashboardItems`, so that an edit of one can't meet an old copy in the
    other.
    """
    shown = {**row, "user": call.world.store.get("user", row.get("userId")), "hasSolutionTile": False}
    if call.operation.id == "Dashboards_GetDashboardUpdates":
        return _cut(shown, "id", "timestamp", "title", "user")
    tiles = {"dashboardItems": row.get("dashboardItems")}
    if call.query.get("includeTabDetails"):
        tiles = {"workbookItems": row.get("workbookItems") or dashboards.tabs_of(row)}
    content = {**_cut(shown, *(name for name in dashboards.CONTENT if name not in _TILES)), **tiles}
    shown = {**_cut(shown, "id", "timestamp", "user", "hasSolutionTile"), **content}
    return {name: value for name, value in shown.items() if value is not None}


def _cut(row: Row, *names: str) -> Row:
    return {name: row.get(name) for name in names}


def _updates(call: Call) -> list[Row]:
    wanted = dashboards.visible(call)
    rows = call.world.store.rows("dashboard-update", lambda row: row["dashboardId"] == wanted["id"])
    # updates that an old sandbox has stored without a time get the dashboard's
    made = {"timestamp": wanted["createdOn"], "userId": wanted["ownerId"]}
    return [{**made, **row} for row in rows]


def _calculate(call: Call) -> list[Row]:
    """Start a job for each of the items, over the records that pass the filters."""
    row = dashboards.visible(call)
    tasks: list[tuple[Row, Callable[[Step], Row]]] = []
    for wanted in call.body.get("dashboardItemsToCalculate") or ():
        table = wanted.get("resolveTableName") or table_of(row.get("baseQuery")) or "People"
        user = query_of(call, wanted.get("userFilterDefinition"), table)
        dimension = query_of(call, wanted.get("dimensionFilterDefinition"), table)
        filters = combine(call, table, [user, dimension]) if user or dimension else None
        named = {**wanted, "dimensionFilter": filters}
        tasks.append(
            (wanted, dashboards.item_task(call, row, wanted.get("dashboardItemId") or "", named, {}))
        )
    return [dashboards.start(call, _ITEMS, str(row["id"]), wanted, task) for wanted, task in tasks]


handles("Dashboards_CalculateDashboardDataWithFilters")(_calculate)
handles("Dashboards_CalculateDashboardDataV2")(dashboards.start_items)
handles("Dashboards_ConvertToAudienceV2", "Dashboards_ConvertToAudienceWithFilters")(dashboards.convert)
register(
    Resource(
        "dashboard-update",
        "dashboard update",
        "dashboardUpdateId",
        lists="Dashboards_GetDashboardUpdates",
        reads="Dashboards_GetDashboardUpdate",
        present=_present_update,
        among=_updates,
    )
)
