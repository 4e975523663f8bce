"""Synthetic traffic with a row for each hour and line, and the reports that SQL counts from it."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from dateutil import tz

from ..shapes import is_list
from .failure import Failure
from .store import Row, Store

DAYS = 62  # enough for `lastmonth` on any day
LINES = 50
PERIODS = {"today": (0, 1), "yesterday": (1, 0), "last7days": (7, 0)}
OBJECTS = (
    "advertiser",
    "campaign",
    "creative",
    "profile",
    "publisher",
    "site",
    "placement",
    "network",
    "country",
)
METRICS = ("impressions", "clicks", "conversions", "campaign_cost")
TIMES = {"hour": 19, "day": 10, "month": 7}  # characters of the local time that name the period
SCOPES = ("advertiser", "publisher", "inventory", "dsp", "network_managed", "network_buy", "network_sell")
OPERATORS = {"==": "=", "!=": "<>", "<": "<", ">": ">", "in": "IN", "not in": "NOT IN"}

_CREATE = f"""CREATE TABLE IF NOT EXISTS traffic (hour INTEGER,
    {", ".join(f"{name}_id INTEGER" for name in OBJECTS)}, {", ".join(f"{name} REAL" for name in METRICS)})"""

# A line is one campaign on one placement; its figures are arithmetic on the hour and the line's number.
_FILL = f"""
WITH RECURSIVE
    hours(hour) AS (SELECT ? UNION ALL SELECT hour + 1 FROM hours WHERE hour < ?),
    lines(line) AS (SELECT 1 UNION ALL SELECT line + 1 FROM lines WHERE line < {LINES}),
    bought AS (SELECT hour, line, (line - 1) * 7 % (2 * {LINES}) + 1 AS campaign,
        50 + (hour * 7919 + line * 104729) % 911 AS impressions, (hour * 31 + line * 17) % 40 AS rate
        FROM hours, lines)
INSERT INTO traffic SELECT hour, (campaign - 1) % {LINES} + 1, campaign, campaign, campaign, line, line, line,
    1, (hour + line) % 5 + 1, impressions, impressions * rate / 1000, impressions * rate / 7000,
    impressions * 0.002
FROM bought"""  # noqa: S608 - the only thing put in is a number of this module


def local_time(hour: int, zone: str) -> str:
    """Return an hour since 1970 as local time, ``YYYY-MM-DD HH:00:00``."""
    return datetime.fromtimestamp(hour * 3600, tz.gettz(zone)).strftime("%Y-%m-%d %H:00:00")


def prepare(store: Store) -> None:
    """Add the missing traffic up to the current hour."""
    now = int(time.time()) // 3600
    store.sql.create_function("local_time", 2, local_time, deterministic=True)
    store.sql.execute(_CREATE)
    newest = store.sql.execute("SELECT max(hour) FROM traffic").fetchone()[0]
    first = now - DAYS * 24 if newest is None else newest + 1
    if first <= now:
        store.sql.execute(_FILL, (first, now))


def quickstats(store: Store, kind: str, number: int) -> Row | None:
    """Return the figures of one object by period, or None for a kind without traffic."""
    if kind not in OBJECTS:
        return None
    return all_quickstats(store, kind, int(time.time()) // 3600).get(number) or {
        name: dict.fromkeys(METRICS[:3], 0) for name in PERIODS
    }


@lru_cache(maxsize=32)
def all_quickstats(store: Store, kind: str, now: int) -> dict[int, Row]:
    """Return the figures of every object of a kind; they change with the hour ``now`` only."""
    prepare(store)
    midnight = now - now % 24
    stats: dict[int, Row] = {}
    for name, (start, end) in PERIODS.items():
        rows = store.sql.execute(
            f"SELECT {kind}_id, total(impressions), total(clicks), total(conversions) FROM traffic"  # noqa: S608
            f" WHERE hour >= ? AND hour < ? GROUP BY {kind}_id",
            (midnight - 24 * start, midnight + 24 * end),
        )
        for number, *figures in rows:
            stats.setdefault(number, {})[name] = dict(zip(METRICS, map(int, figures), strict=False))
    return stats


def hour_of(moment: datetime) -> int:
    """Return hours since 1970 of an aware time, truncated."""
    return int(moment.timestamp()) // 3600


def local(text: Any, zone: Any) -> int:
    """Return the hour that a report's ``from`` or ``to`` names."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as problem:
        raise Failure(400, f"{text!r} is not a time like 2016-01-31 13:00:00") from problem
    return hour_of(moment.replace(tzinfo=zone))


def between(query: Row) -> tuple[int, int]:
    """Return the first hour (inclusive) and the last hour (exclusive) of a report request."""
    zone = tz.gettz(str(query.get("timezone") or "UTC"))
    if zone is None:
        raise Failure(400, f"unknown timezone {query.get('timezone')!r}")
    if query.get("daterange"):
        return daterange(str(query["daterange"]), datetime.now(zone))
    if not query.get("from") or not query.get("to"):
        raise Failure(400, "from and to, or daterange, or when and interval are needed")
    return local(query["from"], zone), local(query["to"], zone)


def daterange(name: str, now: datetime) -> tuple[int, int]:
    """Return the hours of a named period, relative to the local time ``now``."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    month = today.replace(day=1)
    tomorrow = today + timedelta(days=1)
    periods = {
        "today": (today, tomorrow),
        "yesterday": (today - timedelta(days=1), today),
        "last7days": (today - timedelta(days=7), today),
        "last14days": (today - timedelta(days=14), today),
        "last30days": (today - timedelta(days=30), today),
        "monthtodate": (month, tomorrow),
        "lastmonth": ((month - timedelta(days=1)).replace(day=1), month),
        "yeartodate": (month.replace(month=1), tomorrow),
        "lifetime": (datetime(1970, 1, 2, tzinfo=now.tzinfo), tomorrow),
    }
    if name not in periods:
        raise Failure(400, f"unknown daterange {name!r}")
    start, end = periods[name]
    return hour_of(start), hour_of(end)


def column(name: Any) -> str:
    """Return the SQL of a column that may be grouped by."""
    if name in TIMES:
        return f"substr(local, 1, {TIMES[name]})"
    if isinstance(name, str) and name.removesuffix("_id") in OBJECTS and name.endswith("_id"):
        return name
    raise Failure(400, f"unknown column {name!r}")


def condition(expression: Any, values: Row) -> str:
    """Return the SQL of one `[column, operator, value]`; its values are bound, never written."""
    if not is_list(expression) or len(expression) != 3:
        raise Failure(400, "where takes a list of [column, operator, value]")
    name, operator, wanted = expression
    if operator not in OPERATORS:
        raise Failure(400, f"unknown operator {operator!r}")
    many: list[Any] = list(wanted) if is_list(wanted) else [wanted]
    slots: list[str] = []
    for value in many:
        slots.append(f":w{len(values)}")
        values[slots[-1][1:]] = value
    left = str(name) if name in METRICS else column(name)
    return f"{left} {OPERATORS[operator]} " + (f"({', '.join(slots)})" if "in" in operator else slots[0])


def count(store: Store, query: Row, own: dict[str, list[int]], sort: str, limit: int, offset: int) -> Row:
    """Count a report: ``columns``, ``data``, ``totals`` and ``length``.

    Args:
        own: the column and the ids to which the user's rights restrict the rows.
    """
    groups: list[Any] = query.get("groups") or []
    metrics: list[Any] = query.get("metrics") or []
    for name in metrics:
        if name not in METRICS:
            raise Failure(400, f"unknown metric {name!r}")
    start, end = between(query)
    prepare(store)
    values: Row = {"zone": query.get("timezone") or "UTC", "start": start, "end": end}
    where = ["hour >= :start", "hour < :end"]
    conditions: list[Any] = query.get("where") or []
    where += [condition(each, values) for each in conditions]
    where += [condition([name, "in", ids], values) for name, ids in own.items()]
    columns = [*map(str, groups), *map(str, metrics)]
    picked = [f"{column(name)} AS {name}" for name in groups] + [
        f"total({name}) AS {name}" for name in metrics
    ]
    # compute the local time once for each hour, not for each row
    rows = f"""WITH hours AS MATERIALIZED (SELECT each, local_time(each, :zone) AS local
        FROM (SELECT DISTINCT hour AS each FROM traffic WHERE hour >= :start AND hour < :end))
        SELECT {", ".join(picked)} FROM traffic JOIN hours ON hour = each WHERE {" AND ".join(where)}"""  # noqa: S608
    if groups:
        rows += f" GROUP BY {', '.join(str(n) for n in range(1, len(groups) + 1))}"
    store.sql.execute("DROP TABLE IF EXISTS temp.counted")
    store.sql.execute(f"CREATE TEMP TABLE counted AS {rows}", values)
    sums = ", ".join(["count(*)", *(f"total({name})" for name in metrics)])
    length, *totals = store.sql.execute(f"SELECT {sums} FROM counted").fetchone()  # noqa: S608
    page = f"SELECT * FROM counted ORDER BY {order(sort, columns)} LIMIT {limit or -1} OFFSET {offset}"  # noqa: S608
    data = store.sql.execute(page).fetchall()
    return {
        "columns": columns,
        "data": [[tidy(value) for value in row] for row in data],
        "totals": [tidy(value) for value in totals],
        "length": length,
    }


def order(sort: str, columns: list[str]) -> str:
    """Return the SQL of `column.desc,other.asc`."""
    if not sort:
        return "1"
    parts: list[str] = []
    for each in sort.split(","):
        found = re.fullmatch(r"(\w+?)(?:\.(asc|desc))?", each.strip())
        if found is None or found[1] not in columns:
            raise Failure(400, f"it is not possible to sort by {each!r}")
        parts.append(f"{columns.index(found[1]) + 1} {found[2] or 'asc'}")
    return ", ".join(parts)


def tidy(value: Any) -> Any:
    """Return a sum without a fraction as a whole number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
