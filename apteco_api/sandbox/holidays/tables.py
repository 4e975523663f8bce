"""The nine tables of the Holidays system and their relations."""

from __future__ import annotations

from typing import Any

from .model import Table

SCHEMA = "holidays"
"""The DuckDB schema of the data."""

SYSTEM: dict[str, Any] = {
    "name": "holidays",
    "viewName": "Holidays",
    "description": "Holidays Demo Database",
    "fastStatsBuildDate": "2019-11-27T15:57:24",
    "dateSettings": {"useIso8601WeekOfYear": True, "businessYearStartDD": 1, "businessYearStartMM": 4},
}
"""The details of the system, in the form of `FastStatsSystemDetail`."""

TABLES: tuple[Table, ...] = (
    Table("Households", "households", "ho", "household", "", "Household", "Households", "", ""),
    Table("People", "people", "pe", "person", "Households", "Person", "People", "has the", "belongs to the"),
    Table(
        "Bookings", "bookings", "bo", "booking", "People", "Booking", "Bookings", "made the",
        "was made by the",
    ),
    Table(
        "Policies", "policies", "po", "policy", "People", "Policy", "Policies", "bought the",
        "was bought by the",
    ),
    Table(
        "WebVisits", "web_visits", "wv", "web_visit", "People", "WebVisit", "WebVisits", "made the",
        "was made by the",
    ),
    Table(
        "Communications", "communications", "cm", "communication", "People", "Communication",
        "Communications", "was sent the", "was sent to the",
    ),
    Table(
        "Journey History", "journey_history", "jh", "journey", "People", "Journey", "Journeys",
        "went on the", "was taken by the",
    ),
    Table(
        "Content", "content", "ct", "content_item", "Communications", "Content", "Content",
        "contained the", "was part of the",
    ),
    Table(
        "Responses Attributed", "responses", "ra", "response", "Communications", "Response", "Responses",
        "led to the", "was attributed to the",
    ),
)  # fmt: skip
"""All tables, in the order in which the API lists them."""

BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}


def ancestors(table: Table) -> tuple[Table, ...]:
    """Return the tables above one, nearest first."""
    found: list[Table] = []
    while table.parent:
        table = BY_NAME[table.parent]
        found.append(table)
    return tuple(found)


_ANCESTORS = {table.name: frozenset(above.name for above in ancestors(table)) for table in TABLES}


def is_above(upper: Table, lower: Table) -> bool:
    """Return whether `upper` is an ancestor of `lower` (a table is not its own ancestor)."""
    return upper.name in _ANCESTORS[lower.name]


def related(one: Table, other: Table) -> bool:
    """Return whether two tables are the same or one is an ancestor of the other."""
    return one.name == other.name or is_above(one, other) or is_above(other, one)


def children(table: Table) -> tuple[Table, ...]:
    """Return the tables directly below one, in listing order."""
    return tuple(other for other in TABLES if other.parent == table.name)
