"""Calculations from an audience: counts, rows, files and breakdowns."""

from __future__ import annotations

from .. import clock, holidays
from ..call import Call
from ..jobs import Step
from ..problem import Problem, refused
from ..selections import combine, everything
from ..store import Row
from .queries import run, write_export


def unknown_system(name: str) -> Problem:
    """Return the 400 for a system that the data view does not have."""
    return refused(f"There is no FastStats system '{name}'.", systemName=name)


def nett_query(call: Call, update: Row) -> Row:
    """Return the query of an audience: body and inclusion, without the exclusion, then limited."""
    wanted = [update.get("bodyQuery"), update.get("includeQuery")]
    table, limits = update["resolveTableName"], update.get("selectionModifiers")
    return combine(call, table, wanted, [update.get("excludeQuery")], limits)


def calculate(call: Call, audience: Row, update: Row, step: Step) -> Row:
    """Return the counts of the parts and of the whole, as a result that is not stored yet."""
    base = everything(update["resolveTableName"])
    body = update.get("bodyQuery")
    parts: Row = {"bodyResults": count(call, body if body and "selection" in body else base)}
    step(0.25)
    for share, name in ((0.5, "include"), (0.75, "exclude")):
        query = update.get(f"{name}Query")
        if query and "selection" in query:
            parts[f"{name}Results"] = count(call, query)
        step(share)
    nett = count(call, nett_query(call, update))
    urn_path = _urn_file(call, audience, update) if call.body["generateUrnFile"] else ""
    return {**parts, "audienceId": audience["id"], "nettResults": nett, **_made(call, update, urn_path)}


def export(call: Call, audience: Row, update: Row, step: Step) -> Row:
    """Return the rows of the audience, in the answer and in a file."""
    body: Row = call.body
    names = ("maximumNumberOfRowsToBrowse", "returnBrowseRows", "columns", "output")
    wanted = {name: body[name] for name in names if name in body}
    query = nett_query(call, update)
    request = {**wanted, "baseQuery": query, "resolveTableName": update["resolveTableName"]}
    step(0.1)
    result = run(call, "Export", request)
    step(0.4)
    counts = count(call, query)["counts"]
    step(0.5)
    file_path = None
    if body.get("filename"):
        file_path = in_private(body["filename"])
        write_export(call, file_path, request)
    urn_path = _urn_file(call, audience, update) if body["generateUrnFile"] else ""
    rows = result.get("rows") if body["returnBrowseRows"] else None
    return {
        **wanted,
        "rows": rows,
        "filePath": file_path,
        "nettCounts": counts,
        **_made(call, update, urn_path),
    }


def check(call: Call, audience: Row, update: Row, step: Step) -> Row:
    """Return the composition of the audience, compared with all records of its table."""
    table, query = update["resolveTableName"], nett_query(call, update)
    counts = count(call, query)["counts"]
    dimensions: list[Row] = call.body["dimensions"]
    measure = {"id": "count", "resolveTableName": table, "function": "Count"}
    results: list[Row] = []
    for index, dimension in enumerate(dimensions):
        step(index / len(dimensions))
        request = {
            "resolveTableName": table,
            "storage": "Full",
            "dimensions": [dimension],
            "measures": [measure],
        }
        base = run(call, "Cube", {**request, "baseQuery": everything(table)})
        within = run(call, "Cube", {**request, "baseQuery": query})
        header = base["dimensionResults"][0]
        results.append(
            {
                "id": dimension["id"],
                "codes": _without_total(header["headerCodes"]),
                "descriptions": _without_total(header["headerDescriptions"]),
                "baseCounts": _without_total("\t".join(base["measureResults"][0]["rows"])),
                "audienceCounts": _without_total("\t".join(within["measureResults"][0]["rows"])),
            }
        )
    return {"dimensionResults": results, "nettCounts": counts, **_made(call, update, "")}


def count(call: Call, query: Row) -> Row:
    """Return the counts of a query and those of the tables above."""
    result = run(call, "Count", {"selection": {**query["selection"], "ancestorCounts": True}})
    return {"counts": result["counts"], "messages": result.get("messages") or []}


def _made(call: Call, update: Row, urn_path: str) -> Row:
    return {
        "audienceUpdateId": update["id"],
        "timestamp": clock.now(),
        "fastStatsBuildDate": holidays.SYSTEM["fastStatsBuildDate"],
        "userId": call.user["id"],
        "user": call.user,
        "urnFilePath": urn_path,
    }


def _urn_file(call: Call, audience: Row, update: Row) -> str:
    """Write the keys of the audience's records, one on each line; return the path of the file."""
    path = f"Private/Audience {audience['id']} update {update['id']}.urn"
    write_export(call, path, urn_request(call, update["resolveTableName"], nett_query(call, update)))
    return path


def urn_request(call: Call, table: str, query: Row) -> Row:
    """Return the export of the keys of a query's records to a file, one on each line."""
    keys = (v for v in call.world.data.variables() if v["tableName"] == table and v["type"] == "Reference")
    key = next(keys)  # each table has one
    column = {"id": "0", "variableName": key["name"], "columnHeader": key["description"]}
    limits = {"maximumNumberOfRowsToBrowse": 0, "returnBrowseRows": False, "output": {"format": "URN"}}
    return {"baseQuery": query, "resolveTableName": table, "columns": [column], **limits}


def in_private(filename: str) -> str:
    """Return the path for a file of which only a name was given: in the caller's folder."""
    return filename if "/" in filename.replace("\\", "/") else f"Private/{filename}"


def _without_total(cells: str) -> str:
    return cells.rpartition("\t")[0]
