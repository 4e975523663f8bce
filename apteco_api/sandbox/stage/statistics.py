"""Figures of elements, counted from the communications, their content and the responses to them."""

# ruff: noqa: S608 - the conditions are made of integers, days are parameters
from __future__ import annotations

from datetime import date
from typing import Any

import duckdb

from .. import clock, holidays
from ..problem import refused
from ..store import Row
from .diagram import Element, channel_id, channel_type, descriptions

_SENT = f"FROM {holidays.SCHEMA}.communications c"
_DELIVERY = "(c.campaign, c.message, c.channel)"
_MESSAGE = "(c.campaign, c.message)"
_KINDS = {"Open": "BroadcastOpen", "Click": "BroadcastClick", "Unsubscribe": "BroadcastOptOut"}

Cursor = duckdb.DuckDBPyConnection


def communications(cursor: Cursor, element: Element) -> Row:
    """Return the numbers of sent communications by day."""
    names = {
        "communications": "count(*)",
        "deliveries": f"count(DISTINCT {_DELIVERY})",
        "messages": f"count(DISTINCT {_MESSAGE})",
        "campaigns": "count(DISTINCT c.campaign)",
        "people": "count(DISTINCT c.person)",
    }
    measures = ", ".join(names.values())
    rows = cursor.execute(
        f"SELECT c.sent::DATE::VARCHAR, {measures} {_SENT} WHERE {element.condition} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    totals = _one(cursor, f"SELECT {measures} {_SENT} WHERE {element.condition}")
    moment = clock.now()
    answer: Row = {"days": [row[0] for row in rows]}
    for index, name in enumerate(names):
        answer[f"{name}Counts"] = [row[index + 1] for row in rows]
        answer[f"total{name.capitalize()}Count"] = totals[index]
    stamps = ("communicationStatisticsTimestamp", "campaignStatisticsTimestamp", "peopleStatisticsTimestamp")
    return {**answer, **dict.fromkeys(stamps, moment)}


def channels(cursor: Cursor, element: Element) -> Row:
    """Return communications and the cost of their content, by channel and day."""
    rows = cursor.execute(
        f"""SELECT c.sent::DATE::VARCHAR, c.channel, count(*), coalesce(sum(t.cost), 0)::DOUBLE
        {_SENT} LEFT JOIN (SELECT communication, sum(cost) AS cost FROM {holidays.SCHEMA}.content GROUP BY
        ALL) t ON t.communication = c.id
        WHERE c.channel > 0 AND {element.condition} GROUP BY 1, 2 ORDER BY 1, 2"""
    ).fetchall()
    days = sorted({row[0] for row in rows})
    place = {day: index for index, day in enumerate(days)}
    found: dict[str, Row] = {}
    for day, channel, count, cost in rows:
        nothing = {"communicationsCounts": [0] * len(days), "costs": [0.0] * len(days)}
        entry = found.setdefault(channel_id(channel), nothing)
        entry["communicationsCounts"][place[day]] = count
        entry["costs"][place[day]] = round(cost, 2)
    for entry in found.values():
        entry["totalCommunicationsCount"] = sum(entry["communicationsCounts"])
        entry["totalCost"] = round(sum(entry["costs"]), 2)
    return {
        "days": days,
        "perChannelStats": found,
        "totalCommunicationsCount": sum(entry["totalCommunicationsCount"] for entry in found.values()),
        "totalCost": round(sum(entry["totalCost"] for entry in found.values()), 2),
        "statisticsTimestamp": clock.now(),
    }


def responses(cursor: Cursor, element: Element) -> Row:
    """Return responses by kind, channel and day; kinds that the API does not have count as Unknown."""
    types = descriptions("type", "Responses Attributed")
    rows: list[tuple[str, int, int, int]] = cursor.execute(
        f"""SELECT r.response_date::VARCHAR, r.type, c.channel, count(*)
        {_SENT} JOIN {holidays.SCHEMA}.responses r ON r.communication = c.id
        WHERE c.channel > 0 AND {element.condition} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
    ).fetchall()
    days = sorted({row[0] for row in rows})
    place = {day: index for index, day in enumerate(days)}
    kinds: dict[str, Row] = {}
    for day, position, channel, count in rows:
        kind = _KINDS.get(types[position], "Unknown")
        entry = kinds.setdefault(kind, {"perChannelStatisticsMap": {}, "totalResponsesCount": 0})
        by_channel = entry["perChannelStatisticsMap"].setdefault(
            channel_id(channel), {"responsesCounts": [0] * len(days), "totalResponsesCount": 0}
        )
        by_channel["responsesCounts"][place[day]] += count
        by_channel["totalResponsesCount"] += count
        entry["totalResponsesCount"] += count
    return {"days": days, "perResponseTypeStatisticsMap": kinds, "statisticsTimestamp": clock.now()}


def status(cursor: Cursor, element: Element) -> Row:
    """Return how many campaigns ran, and when. Those without a run in the last eight weeks are inactive."""
    rows = cursor.execute(
        f"""SELECT min(c.sent), max(c.sent), max(c.sent) >= (SELECT max(sent) {_SENT}) - INTERVAL 8 WEEK
        {_SENT} WHERE {element.condition} GROUP BY c.campaign"""
    ).fetchall()
    types = cursor.execute(
        f"SELECT DISTINCT c.channel {_SENT} WHERE c.channel > 0 AND {element.condition} ORDER BY 1"
    ).fetchall()
    active = sum(1 for row in rows if row[2])
    return {
        **{name: element.row[name] for name in ("id", "description", "type", "path")},
        "successfulCampaignsCount": active,
        "erroredCampaignsCount": 0,
        "inactiveCampaignsCount": len(rows) - active,
        "needsApprovalCampaignsCount": 0,
        "channelTypes": list(dict.fromkeys(channel_type(row[0]) for row in types)),
        "firstRan": min(row[0] for row in rows).isoformat() if rows else None,
        "lastRan": max(row[1] for row in rows).isoformat() if rows else None,
        "statisticsTimestamp": clock.now(),
    }


def totals(cursor: Cursor, element: Element, first: str, last: str) -> Row:
    """Return the numbers of sent communications from one day to another, including both."""
    found = _one(
        cursor,
        f"""SELECT count(*), count(DISTINCT {_DELIVERY}), count(DISTINCT {_MESSAGE}),
        count(DISTINCT c.campaign),        min(c.sent), max(c.sent)
        {_SENT} WHERE {element.condition} AND c.sent::DATE BETWEEN ?::DATE AND ?::DATE""",
        [first, last],
    )
    names = ("communicationsCount", "deliveriesCount", "messagesCount", "campaignsCount")
    ran = {
        name: moment.isoformat()
        for name, moment in zip(("firstRan", "lastRan"), found[4:], strict=True)
        if moment
    }
    figures = dict(zip(names, found, strict=False))
    return {"id": element.row["id"], **figures, **ran, "statisticsTimestamp": clock.now()}


def require_day(text: str) -> None:
    """Raise 400 unless the text is a day of the calendar."""
    try:
        date.fromisoformat(text)
    except ValueError:
        raise refused(f"'{text}' is not a day.", dateRange=text) from None


def _one(cursor: Cursor, sql: str, values: list[str] | None = None) -> tuple[Any, ...]:
    row = cursor.execute(sql, values or []).fetchone()
    return row if row is not None else ()
