"""Audiences since 1.10.25: previews of unsaved audiences, data grids, and items of workbooks."""

from __future__ import annotations

from functools import partial

from .. import clock, holidays
from ..call import Call, handles
from ..jobs import Step, Work
from ..lookups import lookup
from ..problem import missing
from ..selections import everything, require_table, table_of
from ..store import Row, part
from . import audience_work as work
from .audiences import CHECKS, latest, visible
from .job_family import JobFamily, register
from .queries import check

_PARTS = ("bodyQuery", "includeQuery", "excludeQuery")


def _preview(call: Call) -> Work:
    """Check the queries of a preview and return the work that counts them."""
    body: Row = call.body
    if body["systemName"].lower() != call.world.settings.system.lower():
        raise work.unknown_system(body["systemName"])
    for name in _PARTS:
        if part(body, name).get("selection"):
            check(call, body[name])
    table = next((table_of(body.get(name)) for name in _PARTS if table_of(body.get(name))), "People")
    return partial(_count_parts, call, {**body, "resolveTableName": require_table(call, table)})


def _count_parts(call: Call, update: Row, step: Step) -> Row:
    body = update.get("bodyQuery")
    queries = {name: update.get(f"{name}Query") for name in ("include", "exclude")}
    base = body if body and "selection" in body else everything(update["resolveTableName"])
    result: Row = {"bodyResults": work.count(call, base)}
    for index, (name, query) in enumerate(queries.items()):
        step((index + 1) / 4)
        if query and "selection" in query:
            result[f"{name}Results"] = work.count(call, query)
    step(0.75)
    nett = work.count(call, work.nett_query(call, update))
    build = holidays.SYSTEM["fastStatsBuildDate"]
    return {**result, "nettResults": nett, "fastStatsBuildDate": build}


register(
    JobFamily(
        "audience-preview",
        creates="Audiences_CreateCalculateAudiencePreviewJob",
        reads="Audiences_GetCalculateAudiencePreviewJob",
        cancels="",
        task=_preview,
        result="audiencePreviewResult",
    )
)


@handles("Audiences_BatchGetCheckAudienceJobs")
def checks(call: Call) -> list[Row]:
    """Return the states of several checks of an audience."""
    return [CHECKS(call, job_id) for job_id in call.body]


@handles("Audiences_ExportAudienceDataGridLatestUpdateSync")
def export_data_grid(call: Call) -> Row:
    """Export an audience as a data grid: its rows in the answer, in a file, or both."""
    audience, body = visible(call), call.body
    update = latest(call, audience)
    limits = body["limitsInformation"]
    columns = [_column(column) for column in body["columns"]]
    asked = {name: body[name] for name in ("filename", "output", "returnBrowseRows") if name in body}
    if body.get("path") and not body.get("filename"):
        asked["filename"] = body["path"]
    call.body = {**asked, "columns": columns, "maximumNumberOfRowsToBrowse": limits["bufferTotal"]}
    call.body["generateUrnFile"] = body["generateUrnFile"]
    result = work.export(call, audience, update, lambda share: None)
    named = [column["variableName"] for column in columns]
    shown = {**result, "columns": body["columns"], "limitsInformation": limits}
    return {**shown, "systemLookup": lookup(call, named, {}), "timestamp": clock.now()}


def _column(column: Row) -> Row:
    """Return a column of a data grid as a column of an export."""
    kept: Row = {name: column[name] for name in ("valueFormat", "browsable", "exportable") if name in column}
    if column.get("exportUnclassifiedAs"):
        kept["unclassifiedFormat"] = column["exportUnclassifiedAs"]
    return {
        **kept,
        "id": column["columnId"],
        "columnHeader": column["description"],
        "variableName": column["scope"]["variableDimensionScope"]["variableName"],
        "detail": column["exportDetail"],
    }


@handles("Audiences_GetAudienceWorkbookItemDetail")
def workbook_item(call: Call) -> Row:
    """Look up an item of the workbook of an audience's latest update."""
    wanted = str(call.path["audienceWorkbookItemDetailId"])
    for item in latest(call, visible(call)).get("workbookItems") or ():
        if wanted in (str(item["workbookItemDetailId"]), item["id"]):
            shown = {"workbookItemType": item["workbookItemType"], "id": item["workbookItemDetailId"]}
            return {**shown, "definition": item.get("definition") or {"resolveTableName": ""}}
    raise missing("item of the audience's workbook", wanted)
