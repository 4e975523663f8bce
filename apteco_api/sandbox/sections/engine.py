"""FastStatsJobs and FastStatsBuilds: the engine's log of work, and builds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import duckdb
import msgspec

from .. import query
from ..call import Answer, Call, handles
from ..jobs import Step
from ..listing import page
from ..problem import Problem, missing, refused
from ..store import Row

_BUILD = "build"


@handles("FastStatsJobs_GetFastStatsJobs", "FastStatsJobs_GetFastStatsJobsForSystem")
def jobs(call: Call) -> Answer:
    """List the engine's latest work, the newest first."""
    return page(call, list(reversed(list(call.world.data.log))))


@handles("FastStatsJobs_GetFastStatsJob")
def job(call: Call) -> Row:
    """Return one entry of the engine's log, on request with request and result."""
    wanted: int = call.path["jobId"]
    entry = next((entry for entry in list(call.world.data.log) if entry["id"] == wanted), None)
    if entry is None:
        raise missing("FastStats job", wanted)
    request = msgspec.json.encode(entry["request"]).decode() if call.query.get("returnRequest") else ""
    results = (
        msgspec.json.encode({"counts": entry.get("counts")}).decode()
        if call.query.get("returnResults")
        else ""
    )
    return {**entry, "request": request, "results": results}


@handles("FastStatsJobs_ClearCommandHash")
def clear_hash(call: Call) -> None:
    """Empty the caches of the system."""
    call.world.data.forget()


@handles(
    "FastStatsJobs_CalculateProcessingTimeStatsSync",
    "FastStatsJobs_CalculateProcessingTimeStatsForSystemSync",
)
def processing_times(call: Call) -> Row:
    """Return how long the engine's work took, by period, kind or user."""
    body = call.body
    start, end = _moment(body["start"]), _moment(body["end"])
    field = {"Username": "username", "JobType": "jobType"}.get(body["jobPropertySelectionType"])
    group = _grouping(body["dimension"])
    groups: dict[str, list[float]] = {}
    for entry in list(call.world.data.log):
        added = _moment(entry["timeAdded"])
        chosen = field is None or entry[field] in body["jobPropertySelections"]
        if chosen and start <= added <= end and "seconds" in entry:
            # work is added to the log when it begins, so no entry has ever waited
            seconds = 0.0 if body["measure"] == "QueueTime" else entry["seconds"]
            groups.setdefault(group(entry), []).append(seconds)
    categories = sorted(groups)
    lists = [sorted(groups[name]) for name in categories]
    figures: dict[str, Callable[[list[float]], float]] = {
        "minimumDurationsInSeconds": min,
        "maximumDurationsInSeconds": max,
        "meanDurationsInSeconds": statistics.fmean,
        "standardDeviationOfDurationsInSeconds": statistics.pstdev,
        "medianDurationsInSeconds": statistics.median,
        **{f"percent{p}DurationsInSeconds": partial(_percentile, p) for p in (75, 90, 95, 99)},
    }
    answer: Row = {"categories": categories, "frequencies": [len(values) for values in lists]}
    return answer | {name: [float(figure(values)) for values in lists] for name, figure in figures.items()}


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return (
        moment.replace(tzinfo=None) if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    )


def _grouping(dimension: str) -> Callable[[Row], str]:
    if dimension in ("JobType", "Username"):
        name = dimension[0].lower() + dimension[1:]
        return lambda entry: str(entry[name])
    lengths = {"Years": 4, "Months": 7, "Days": 10, "Hours": 13, "Minutes": 16}
    if dimension in lengths:
        return lambda entry: entry["timeAdded"][: lengths[dimension]]

    def period(entry: Row) -> str:
        moment = _moment(entry["timeAdded"])
        if dimension == "Quarters":
            return f"{moment.year}-Q{(moment.month + 2) // 3}"
        year, week, _ = moment.isocalendar()
        return f"{year}-W{week:02}"

    return period


def _percentile(percent: int, values: list[float]) -> float:
    return values[max(0, math.ceil(percent / 100 * len(values)) - 1)]


# --- Builds


@handles("FastStatsBuilds_FastStatsBuildSync")
def build_now(call: Call) -> Row:
    """Build and wait."""
    return _build(call, _design(call), lambda share: None)


@handles("FastStatsBuilds_CreateFastStatsBuildJob")
def start_build(call: Call) -> Row:
    """Start a build."""
    return call.world.jobs.submit(_BUILD, "", call.user, partial(_build, call, _design(call)))


@handles("FastStatsBuilds_GetFastStatsBuildJob")
def build_state(call: Call) -> Row:
    """Return the state of a build."""
    found = call.world.jobs.find(_BUILD, "", call.path["jobId"], call.user)
    return {**found, "buildResult": found["result"]}


@handles("FastStatsBuilds_CancelFastStatsBuildJob")
def cancel_build(call: Call) -> None:
    """Cancel a build."""
    call.world.jobs.cancel(_BUILD, "", call.path["jobId"], call.user)


def _design(call: Call) -> str:
    """Return the design file to build from, which must exist; empty for the system's own."""
    name: str = call.body.get("designFilename", "")
    if name:
        try:
            call.world.files.read(name, call.user)
        except Problem as problem:
            raise (
                refused(f"There is no design file '{name}'.", designFilename=name)
                if problem.status == 404
                else problem
            ) from None
    return name


def _count(request: Row, cursor: duckdb.DuckDBPyConnection) -> Row:
    return query.count(cursor, request)


def _build(call: Call, design: str, step: Step) -> Row:
    """Read the whole system again: count every table and all codes of every selector.

    The data itself depends on scale and seed only, and is not generated again.
    """
    data = call.world.data
    data.forget()
    step(0.0)
    tables = data.tables()
    for table in tables:
        request = {"selection": {"tableName": table["name"]}}
        result = data.run("Build", call.user, partial(_count, request))
        if result["counts"][0]["countValue"] != table["totalRecords"]:
            return {"success": False}
    selectors = [v["name"] for v in data.variables() if v["type"] == "Selector"]
    for index, name in enumerate(selectors):
        step(index / len(selectors))
        data.codes(name)
    return {"success": True}
