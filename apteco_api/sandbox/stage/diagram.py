"""The elements of the diagram, derived from the communications."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from .. import holidays
from ..holidays import VARIABLES
from ..store import Row

DIAGRAM = "diagram-1"
PROGRAMME = "programme-1"
AREA = "area-1"
_TYPES = {"Email": "Email", "SMS": "Sms", "Push Notification": "PushNotification"}


@dataclass(frozen=True, slots=True)
class Element:
    """An element, and the positions of the codes of its communications; None for any code."""

    row: Row
    campaign: int | None = None
    message: int | None = None
    channel: int | None = None

    @property
    def condition(self) -> str:
        """The SQL condition on the communications `c` of the element."""
        parts = [
            f"c.{name} = {int(value)}"
            for name, value in (
                ("campaign", self.campaign),
                ("message", self.message),
                ("channel", self.channel),
            )
            if value is not None
        ]
        return " AND ".join(parts) or "true"


def descriptions(column: str, table: str = "Communications") -> list[str]:
    """Return the descriptions of a column's codes by position; 0 is the unclassified one."""
    variable = next(v for v in VARIABLES if v.table == table and v.column == column)
    return [code.description for code in variable.codes]


def channel_id(position: int) -> str:
    """Return the id of a channel."""
    return f"channel-{position}"


def channel_type(position: int) -> str:
    """Return the kind of a channel in the API's words."""
    return _TYPES.get(descriptions("channel")[position], "File")


CHANNELS: list[Row] = [
    {"id": channel_id(position), "schemaId": position, "description": words, "type": channel_type(position)}
    for position, words in enumerate(descriptions("channel"))
    if position
]


def channel_messages(cursor: duckdb.DuckDBPyConnection, channel: str) -> list[Row]:
    """Return the messages that were sent through a channel, each with the id of its element."""
    position = next((row["schemaId"] for row in CHANNELS if row["id"] == channel), 0)
    rows: list[tuple[int, int]] = cursor.execute(
        f"SELECT DISTINCT campaign, message FROM {holidays.SCHEMA}.communications"  # noqa: S608
        " WHERE campaign > 0 AND message > 0 AND channel = ? ORDER BY ALL",
        [position],
    ).fetchall()
    campaigns, messages = descriptions("campaign"), descriptions("message")
    return [
        {"id": f"message-{campaign}-{message}", "description": f"{campaigns[campaign]}: {messages[message]}"}
        for campaign, message in rows
    ]


def elements(cursor: duckdb.DuckDBPyConnection) -> list[Element]:
    """Return all elements, each before those below it."""
    found: list[tuple[int, int, int]] = cursor.execute(
        f"SELECT DISTINCT campaign, message, channel FROM {holidays.SCHEMA}.communications"  # noqa: S608
        " WHERE campaign > 0 AND message > 0 AND channel > 0 ORDER BY ALL"
    ).fetchall()
    campaigns, messages, channels = descriptions("campaign"), descriptions("message"), descriptions("channel")
    listed: dict[str, Element] = {}

    def add(key: str, words: str, kind: str, parent: str, **own: int) -> None:
        if key in listed:
            return
        above = listed[parent].row if parent else None
        path: list[Row] = [*(above["path"] if above else []), {"id": key, "description": words}]
        row = {
            "id": key,
            "description": words,
            "type": kind,
            "schemaId": len(listed) + 1,
            "schemaIdType": "ProcessId",
        }
        relation: Row = {
            "parentId": parent,
            "parentType": above["type"] if above else "Unknown",
            "path": path,
        }
        listed[key] = Element({**row, **relation}, **own)

    add(DIAGRAM, "Holidays diagram", "Diagram", "")
    add(PROGRAMME, "Holidays programme", "Programme", DIAGRAM)
    add(AREA, "Customers", "Area", PROGRAMME)
    for campaign, message, channel in found:
        top, middle = f"campaign-{campaign}", f"message-{campaign}-{message}"
        add(top, campaigns[campaign], "Campaign", AREA, campaign=campaign)
        add(middle, messages[message], "Message", top, campaign=campaign, message=message)
        own = {"campaign": campaign, "message": message, "channel": channel}
        add(f"delivery-{campaign}-{message}-{channel}", channels[channel], "Delivery", middle, **own)
    return list(listed.values())
