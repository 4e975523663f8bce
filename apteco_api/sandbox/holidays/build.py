"""Make the Holidays data inside DuckDB, only by SQL.

Every table has dense keys: `id` counts from 0 in table order. The children of one parent are neighbours, and
a record has the key of every ancestor, so that a change of table is one semi-join on integers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import lower, upper
from .draws import Draws
from .tables import SCHEMA, TABLES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

VERSION = 1
"""Increased when the generated data changes, so that a saved file with old data is recognised."""

SEED = 20191127
"""Seed of the data that the documentation shows."""

SMALLEST = 100
"""The fewest bookings of a system."""

LARGEST = 30_000_000
"""The most bookings of a system."""


def build(connection: DuckDBPyConnection, scale: int = 1_000_000, seed: int = SEED) -> None:
    """Create the schema `holidays` with all nine tables; replace an existing one.

    Args:
        connection: a DuckDB connection that may write.
        scale: number of bookings; the other tables grow with it.
        seed: another seed gives other data of the same shape.

    Raises:
        ValueError: the scale is below 100 or above 30 million, or the seed is out of range.
    """
    if not SMALLEST <= scale <= LARGEST:
        raise ValueError(f"scale must be from {SMALLEST} to {LARGEST} bookings, not {scale}")
    if not 0 <= seed < 2**31:
        raise ValueError(f"seed must be from 0 to 2147483647, not {seed}")
    connection.execute("BEGIN")
    try:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        for statement in _statements(scale, seed):
            connection.execute(statement)
        connection.execute(
            f"CREATE TABLE {SCHEMA}.about AS "
            "SELECT ?::INTEGER AS version, ?::INTEGER AS scale, ?::INTEGER AS seed",
            [VERSION, scale, seed],
        )
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def built(connection: DuckDBPyConnection) -> tuple[int, int] | None:
    """Return scale and seed of the existing data; None without data or for data of another version."""
    there = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE schema_name = ? AND table_name = 'about'"
        " AND database_name = current_database()",
        [SCHEMA],
    ).fetchone()
    if not there or not there[0]:
        return None
    about = connection.execute(f"SELECT version, scale, seed FROM {SCHEMA}.about").fetchone()  # noqa: S608 - our own name
    if about is None or about[0] != VERSION:
        return None
    return about[1], about[2]


_SHARES = {"Households": 0.3486, "People": 0.5430, "WebVisits": 0.1312, "Communications": 0.0332}
_JOURNEYS = 0.0261


def highest_key(table_name: str, scale: int) -> int:
    """Return a number above the keys of all records of a table, with space for new records."""
    return round(scale * _SHARES[table_name]) + 10_000


def _statements(scale: int, seed: int) -> list[str]:
    draws = {table.name: Draws(number, seed) for number, table in enumerate(TABLES, 1)}
    households = max(20, round(scale * _SHARES["Households"]))
    people = max(30, round(scale * _SHARES["People"]))
    visits = max(10, round(scale * _SHARES["WebVisits"]))
    sent = max(10, round(scale * _SHARES["Communications"]))
    journeys = max(10, round(scale * _JOURNEYS))
    return [
        *upper.lists(households),
        *upper.person_keys(households, people, Draws(20, seed)),
        *lower.booking_keys(scale, people, Draws(21, seed)),
        upper.households(households, draws["Households"]),
        upper.people_base(draws["People"]),
        lower.bookings(draws["Bookings"]),
        upper.people(Draws(22, seed)),
        lower.policies(draws["Policies"]),
        lower.web_visits(visits, people, draws["WebVisits"], Draws(23, seed)),
        lower.communications(sent, people, draws["Communications"], Draws(24, seed)),
        lower.journeys(journeys, people, draws["Journey History"], Draws(25, seed)),
        lower.content(draws["Content"], Draws(26, seed)),
        lower.responses(draws["Responses Attributed"], Draws(27, seed)),
        *(
            f"DROP TABLE temp.{name}"
            for name in ("person_keys", "booking_keys", "people_base", "names", "towns")
        ),
    ]
