"""The content of a new sandbox: a small demo database, with some queries and dashboards."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from .jobs import text_hash
from .store import Doc, Store, now

USER_KEY = "sandbox-user-key"
ANALYST_KEY = "sandbox-analyst-key"
_ACCOUNTS = 200
_TRANSFERS = 2000

_ADMIN = ["admin", "super_admin", "list_users", "edit_dashboard", "edit_query", "view_query", "execute_query"]
_MEMBER = ["create_dashboard", "create_query", "edit_dashboard", "edit_query", "view_query", "execute_query"]

_QUERIES: list[Doc] = [
    {
        "name": "Transfers by day",
        "description": "How many transfers there were, and how much they moved",
        "query": "SELECT date(made_at) AS day, count(*) AS transfers, round(sum(amount), 3) AS ton\n"
        "FROM transfers GROUP BY 1 ORDER BY 1",
        "tags": ["transfers", "daily"],
    },
    {
        "name": "Richest accounts",
        "description": "The accounts with the highest balance",
        "query": "SELECT address, owner, email, balance FROM accounts ORDER BY balance DESC LIMIT 10",
        "tags": ["accounts"],
        "schedule": {"interval": 86400, "time": "03:00", "day_of_week": None, "until": None},
    },
    {
        "name": "Transfers in a period",
        "description": "With parameters: a number, a date and a range of dates",
        "query": "SELECT t.id, t.made_at, t.amount, a.owner\n"
        "FROM transfers AS t JOIN accounts AS a ON a.address = t.sender\n"
        "WHERE t.amount >= {{ number_param }} AND t.made_at >= '{{ date_param }}'\n"
        "AND date(t.made_at) BETWEEN '{{ date_range_param.start }}' AND '{{ date_range_param.end }}'\n"
        "ORDER BY t.id",
        "options": {
            "parameters": [
                {"name": "number_param", "title": "At least", "type": "number", "value": 100},
                {"name": "date_param", "title": "Since", "type": "date", "value": "d_yesterday"},
                {"name": "date_range_param", "title": "Period", "type": "date-range", "value": "d_last_year"},
            ]
        },
    },
    {
        "name": "Jettons",
        "description": "",
        "query": "SELECT j.symbol, count(h.address) AS holders FROM jettons j, holdings h\n"
        "WHERE h.symbol = j.symbol GROUP BY 1 ORDER BY 2 DESC, 1",
        "tags": [],
    },
]


def make_database(path: Path) -> None:
    """Write the demo database: accounts, transfers, jettons and their holders; always the same."""
    with sqlite3.connect(path) as database:
        database.executescript(
            f"""
            CREATE TABLE accounts (address TEXT, owner TEXT, email TEXT, balance REAL, created_on TEXT);
            CREATE TABLE transfers
                (id INTEGER, sender TEXT, receiver TEXT, amount REAL, fee REAL, made_at TEXT);
            CREATE TABLE jettons (symbol TEXT, name TEXT, decimals INTEGER);
            CREATE TABLE holdings (address TEXT, symbol TEXT, amount REAL);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {_ACCOUNTS})
            INSERT INTO accounts SELECT printf('EQ%046d', i * 7919), 'Owner ' || i,
                'owner' || i || '@example.com', round((i * 7907 % 1000) * 1.5 + i / 100.0, 2),
                date('2020-01-01', '+' || (i % 300) || ' days') FROM n;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {_TRANSFERS})
            INSERT INTO transfers SELECT i, printf('EQ%046d', (i * 31 % {_ACCOUNTS} + 1) * 7919),
                printf('EQ%046d', (i * 17 % {_ACCOUNTS} + 1) * 7919), round((i * 104729 % 5000) / 10.0, 1),
                0.005, datetime('2020-01-01', '+' || (i * 4) || ' hours') FROM n;
            INSERT INTO jettons VALUES ('GOLD', 'Gold coin', 9), ('SALT', 'Salt', 6), ('TEA', 'Tea', 0);
            INSERT INTO holdings SELECT address, 'GOLD', balance / 2 FROM accounts WHERE balance > 500;
            INSERT INTO holdings SELECT address, 'SALT', balance / 3 FROM accounts WHERE balance > 900;
            INSERT INTO holdings SELECT address, 'TEA', 1 FROM accounts WHERE balance > 1300;
            """  # noqa: S608 - the only values are the two numbers above
        )
    database.close()


def fill(store: Store) -> None:
    """Put users, a data source, queries with visualizations and a dashboard into an empty store."""
    if store.all("user"):
        return
    _fill_people(store)
    store.add("source", {"name": "Chain", "type": "sqlite", "syntax": "sql", "paused": 0, "view_only": False})
    for query in _QUERIES:
        add_query(store, 1, {"data_source_id": 1, "is_draft": False, **query})
    columns = {"day": "x", "transfers": "y"}
    add_visualization(store, 1, "CHART", "Per day", {"globalSeriesType": "line", "columnMapping": columns})
    _fill_dashboard(store)


def _fill_people(store: Store) -> None:
    for name, key, permissions, groups in (
        ("Ada Admin", USER_KEY, _ADMIN + _MEMBER, [1, 2]),
        ("Anna Analyst", ANALYST_KEY, _MEMBER, [2]),
        ("Dan Disabled", "", _MEMBER, [2]),
    ):
        email = f"{name.split()[0].lower()}@example.com"
        store.add(
            "user",
            {
                "name": name,
                "email": email,
                "api_key": key,
                "permissions": permissions,
                "groups": groups,
                "is_disabled": not key,
                "created_at": now(),
                "updated_at": now(),
            },
        )
    store.add("group", {"name": "admin", "type": "builtin", "permissions": _ADMIN, "created_at": now()})
    store.add("group", {"name": "default", "type": "builtin", "permissions": _MEMBER, "created_at": now()})


def _fill_dashboard(store: Store) -> None:
    board = store.add("dashboard", dashboard("Chain overview", "chain-overview", 1, tags=["overview"]))
    placed = {"col": 0, "row": 0, "sizeX": 3, "sizeY": 8}
    for text, visualization, position in (
        ("", 5, placed),
        ("", 2, {**placed, "col": 3}),
        ("Questions: ada@example.com", None, {"col": 0, "row": 8, "sizeX": 6, "sizeY": 3}),
    ):
        store.add(
            "widget",
            {
                "dashboard_id": board["id"],
                "visualization_id": visualization,
                "text": text,
                "width": 1,
                "options": {"position": position},
                "created_at": now(),
                "updated_at": now(),
            },
        )


def add_query(store: Store, user_id: int, members: Doc) -> Doc:
    """Add a query with its own key, and with the table visualization that every query has."""
    query = store.add(
        "query",
        {
            "description": "",
            "options": {"parameters": []},
            "schedule": None,
            "tags": [],
            "is_draft": True,
            "is_archived": False,
            "version": 1,
            "user_id": user_id,
            "last_modified_by_id": user_id,
            "latest_query_data_id": None,
            "created_at": now(),
            "updated_at": now(),
            "favorite_of": [],
            **members,
            "query_hash": text_hash(members["query"]),
        },
    )
    query["options"] = {"parameters": [], **query["options"]}
    query["api_key"] = members.get("api_key") or f"sandbox-query-key-{query['id']}"
    store.put("query", query)
    add_visualization(store, query["id"], "TABLE", "Table", {})
    return query


def add_visualization(
    store: Store, query_id: int, kind: str, name: str, options: Doc, about: str = ""
) -> Doc:
    """Add a visualization to a query."""
    times = {"created_at": now(), "updated_at": now()}
    return store.add(
        "visualization",
        {"query_id": query_id, "type": kind, "name": name, "description": about, "options": options, **times},
    )


def slugify(name: str) -> str:
    """Return a name for addresses by Redash's rule; a name without letters and digits becomes a dash."""
    return re.sub(r"[^a-z0-9_-]+", "-", name.lower())


def dashboard(name: str, slug: str, user_id: int, tags: list[str] | None = None) -> Doc:
    """Return the members of a new dashboard."""
    return {
        "name": name,
        "slug": slug,
        "user_id": user_id,
        "layout": [],
        "dashboard_filters_enabled": False,
        "options": {},
        "is_archived": False,
        "is_draft": tags is None,
        "tags": tags or [],
        "version": 1,
        "favorite_of": [],
        "shared_key": "",
        "created_at": now(),
        "updated_at": now(),
    }
