"""Steps, deliveries and actions of elements, derived from the communications and the journeys of people.

All events in the tables are in the past. A delivery is one message in one channel on one day. An action is
everything that one campaign sent on a day. A step is one pool with the people to whom a campaign has sent
messages; it is running while people are in the pool.
"""

# ruff: noqa: S608 - the conditions are made of integers
from __future__ import annotations

import duckdb

from .. import holidays
from ..store import Row
from .diagram import Element, channel_type, descriptions

_COMMUNICATIONS = f"{holidays.SCHEMA}.communications c"
_JOURNEYS = f"{holidays.SCHEMA}.journey_history j"

Cursor = duckdb.DuckDBPyConnection


def _about(campaign: int, key: str, words: str) -> Row:
    """Return the members that all reports have."""
    name = descriptions("campaign")[campaign]
    where = {"campaignId": f"campaign-{campaign}", "campaignDescription": name}
    return {
        **where,
        "elementId": key,
        "elementDescription": words,
        "numberOfErrors": 0,
        "numberOfWarnings": 0,
    }


def deliveries(cursor: Cursor, element: Element) -> list[Row]:
    """Return the deliveries of an element, the earliest first."""
    rows: list[tuple[int, int, int, str, str, int, int]] = cursor.execute(
        f"""SELECT c.campaign, c.message, c.channel, min(c.sent)::VARCHAR, max(c.sent)::VARCHAR,
        count(*), count(DISTINCT c.person)
        FROM {_COMMUNICATIONS}
        WHERE c.campaign > 0 AND c.message > 0 AND c.channel > 0 AND {element.condition}
        GROUP BY c.campaign, c.message, c.channel, c.sent::DATE ORDER BY min(c.sent), 1, 2, 3"""
    ).fetchall()
    messages, channels = descriptions("message"), descriptions("channel")
    found: list[Row] = []
    for number, (campaign, message, channel, first, last, sent, people) in enumerate(rows, 1):
        key, words = f"delivery-{campaign}-{message}-{channel}", channels[channel]
        found.append(
            {
                **_about(campaign, key, words),
                "deliveryId": number,
                "type": channel_type(channel),
                "jobStatus": "Completed",
                "numberOfRecipients": people,
                "messages": f"{sent} sent",
                "description": f"{messages[message]} by {words}",
                "timeStarted": first.replace(" ", "T"),
                "timeFinished": last.replace(" ", "T"),
            }
        )
    return found


def actions(cursor: Cursor, element: Element) -> list[Row]:
    """Return the actions of an element, the earliest first."""
    rows: list[tuple[int, str, str]] = cursor.execute(
        f"""SELECT c.campaign, min(c.sent)::VARCHAR, max(c.sent)::VARCHAR FROM {_COMMUNICATIONS}
        WHERE c.campaign > 0 AND {element.condition} GROUP BY c.campaign, c.sent::DATE
        ORDER BY min(c.sent), 1"""
    ).fetchall()
    names = descriptions("campaign")
    return [
        {
            **_about(campaign, f"campaign-{campaign}", names[campaign]),
            "description": f"Deliver {names[campaign]}",
            "timeStarted": first.replace(" ", "T"),
            "timeFinished": last.replace(" ", "T"),
        }
        for campaign, first, last in rows
    ]


def steps(cursor: Cursor, element: Element, *, running: bool) -> list[Row]:
    """Return the steps of an element: those with people in their pool, or those that people have left."""
    state = "NULL" if running else "NOT NULL"
    rows: list[tuple[int, int, int, str, str | None]] = cursor.execute(
        f"""SELECT c.campaign, j.pool, count(DISTINCT j.id), min(j.entry_date)::VARCHAR,
        max(j.exit_date)::VARCHAR
        FROM (SELECT DISTINCT c.campaign, c.person FROM {_COMMUNICATIONS}
              WHERE c.campaign > 0 AND {element.condition}) c
        JOIN {_JOURNEYS} ON j.person = c.person
        WHERE j.pool > 0 AND j.exit_date IS {state} GROUP BY 1, 2 ORDER BY 1, 2"""
    ).fetchall()
    campaigns, pools = descriptions("campaign"), descriptions("pool", "Journey History")
    found: list[Row] = []
    for campaign, pool, people, first, last in rows:
        report = {
            **_about(campaign, f"campaign-{campaign}", campaigns[campaign]),
            "stepId": f"step-{campaign}-{pool}",
            "isVisible": True,
            "jobStatus": "Running" if running else "Completed",
            "progress": 0 if running else 100,
            "count": people,
            "operation": "Pool",
            "wasCancelled": False,
            "cancellationReason": "",
            "description": pools[pool],
            "timeStarted": f"{first}T00:00:00",
        }
        found.append(report if last is None else {**report, "timeFinished": f"{last}T00:00:00"})
    return found
