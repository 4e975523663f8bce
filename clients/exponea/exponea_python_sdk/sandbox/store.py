"""The sandbox's state: catalogs, customers, events and definitions as rows in SQLite.

This module only stores: it has no HTTP and no access rules. Times are seconds since 1970-01-01 UTC.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from ..jsonvalues import is_list

HARD_IDS = frozenset({"registered"})
"""Kinds of id that belong to one customer for ever; every other kind is soft: a customer can have several."""

_TABLES = """
create table if not exists access(
    project text not null, kind text not null, name text not null, secret text not null, hidden text not null,
    primary key (kind, name));
create table if not exists catalogs(
    id text primary key, project text not null, name text not null, columns text not null);
create table if not exists items(
    catalog text not null references catalogs(id) on delete cascade,
    item text not null, properties text not null, primary key (catalog, item));
create table if not exists customers(
    id integer primary key, project text not null, properties text not null);
create table if not exists customer_ids(
    project text not null, kind text not null, value text not null,
    customer integer not null references customers(id) on delete cascade,
    primary key (project, kind, value));
create table if not exists events(
    id integer primary key, customer integer not null references customers(id) on delete cascade,
    type text not null, timestamp real not null, properties text not null);
create index if not exists events_of on events(customer, type, timestamp);
create table if not exists definitions(
    project text not null, kind text not null, id text not null, name text not null, body text not null,
    primary key (project, kind, id));
"""


class Access(NamedTuple):
    """The rights of an access key."""

    kind: str
    """`private` (everything) or `public` (tracking only)."""
    hidden: frozenset[str]
    """Attributes that this key may not see or change, as `<type>:<name>`: `property:email`."""


class Catalog(NamedTuple):
    """A catalog without its items."""

    id: str
    name: str
    columns: list[str]


class Event(NamedTuple):
    """Something that a customer did."""

    customer: int
    type: str
    timestamp: float
    properties: dict[str, Any]


class Definition(NamedTuple):
    """A saved analysis or a computed attribute; `compute.py` knows what `body` means."""

    name: str
    body: dict[str, Any]


class Store:
    """The rows of one sandbox.

    Args:
        path: file to keep the state in; in memory by default.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.execute("pragma foreign_keys = on")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        """Close the file; the state stays in it."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Roll back everything if the block fails."""
        with self._lock, self._db:
            yield

    def clear(self) -> None:
        """Remove everything, access keys included."""
        with self.transaction():
            for table in (
                "access",
                "items",
                "catalogs",
                "events",
                "customer_ids",
                "customers",
                "definitions",
            ):
                self._db.execute(f"delete from {table}")  # noqa: S608 - the names above

    # --- access

    def add_access(
        self, project: str, kind: str, name: str, secret: str = "", hidden: Sequence[str] = ()
    ) -> None:
        """Make an access key: `private` with a name and a secret, or `public` with a name only."""
        row = (project, kind, name, secret, json.dumps(list(hidden)))
        self._db.execute("insert or replace into access values (?, ?, ?, ?, ?)", row)

    def find_access(self, project: str, kind: str, name: str, secret: str = "") -> Access | None:
        """Return the key with this name and secret, or None."""
        sql = "select kind, hidden from access where project = ? and kind = ? and name = ? and secret = ?"
        row = self._db.execute(sql, (project, kind, name, secret)).fetchone()
        return Access(row[0], frozenset(json.loads(row[1]))) if row else None

    def has_project(self, project: str) -> bool:
        """Return whether any key belongs to the project."""
        return self._db.execute("select 1 from access where project = ?", (project,)).fetchone() is not None

    # --- catalogs

    def create_catalog(self, project: str, name: str, columns: Sequence[str], id: str | None = None) -> str:
        """Make an empty catalog; answers its id."""
        catalog_id = id or uuid.uuid4().hex[:24]
        row = (catalog_id, project, name, json.dumps(list(columns)))
        self._db.execute("insert into catalogs values (?, ?, ?, ?)", row)
        return catalog_id

    def catalog(self, project: str, catalog_id: str) -> Catalog | None:
        """Return the catalog, or None."""
        sql = "select id, name, columns from catalogs where project = ? and id = ?"
        row = self._db.execute(sql, (project, catalog_id)).fetchone()
        return Catalog(row[0], row[1], json.loads(row[2])) if row else None

    def change_catalog(self, catalog_id: str, name: str, columns: Sequence[str]) -> None:
        """Rename a catalog and set its columns."""
        row = (name, json.dumps(list(columns)), catalog_id)
        self._db.execute("update catalogs set name = ?, columns = ? where id = ?", row)

    def delete_catalog(self, catalog_id: str) -> None:
        """Delete a catalog with its items."""
        self._db.execute("delete from catalogs where id = ?", (catalog_id,))

    def items(self, catalog_id: str) -> list[tuple[str, dict[str, Any]]]:
        """Return all items in the order of their creation: id and values."""
        rows = self._db.execute(
            "select item, properties from items where catalog = ? order by rowid", (catalog_id,)
        )
        return [(item, json.loads(properties)) for item, properties in rows]

    def item(self, catalog_id: str, item_id: str) -> dict[str, Any] | None:
        """Return an item's values, or None."""
        sql = "select properties from items where catalog = ? and item = ?"
        row = self._db.execute(sql, (catalog_id, item_id)).fetchone()
        found: dict[str, Any] | None = json.loads(row[0]) if row else None
        return found

    def put_item(self, catalog_id: str, item_id: str, properties: Mapping[str, Any]) -> None:
        """Create or replace an item."""
        sql = "insert into items values (?, ?, ?) on conflict do update set properties = excluded.properties"
        self._db.execute(sql, (catalog_id, item_id, json.dumps(properties)))

    def delete_items(self, catalog_id: str, item_id: str | None = None) -> int:
        """Delete one item, or all; answers how many there were."""
        sql = "delete from items where catalog = ? and (? is null or item = ?)"
        return self._db.execute(sql, (catalog_id, item_id, item_id)).rowcount

    # --- customers

    def find_customer(self, project: str, ids: Mapping[str, Any]) -> int | None:
        """Return the customer that one of the ids names, hard ids first; None when no id is known."""
        for kind, value in _by_hardness(ids):
            sql = "select customer from customer_ids where project = ? and kind = ? and value = ?"
            row = self._db.execute(sql, (project, kind, value)).fetchone()
            if row:
                return int(row[0])
        return None

    def identify(self, project: str, ids: Mapping[str, Any]) -> int:
        """Return the customer with these ids, created if none has them; add new ids to the customer."""
        found = self.find_customer(project, ids)
        hard = {kind: value for kind, value in _by_hardness(ids) if kind in HARD_IDS}
        if found is not None:
            own = self.ids_of(found)
            # A cookie of one registered customer with the id of another: two people use one device.
            if any(own.get(kind) not in (None, value) for kind, value in hard.items()):
                found = None
        if found is None:
            sql = "insert into customers(project, properties) values (?, '{}')"
            found = int(self._db.execute(sql, (project,)).lastrowid or 0)
        for kind, value in _by_hardness(ids):
            self._db.execute(
                "insert or ignore into customer_ids values (?, ?, ?, ?)", (project, kind, value, found)
            )
        return found

    def customers(self, project: str) -> list[int]:
        """Return all customers, oldest first."""
        rows = self._db.execute("select id from customers where project = ? order by id", (project,))
        return [row[0] for row in rows]

    def id_kinds(self, project: str) -> list[str]:
        """Return the kinds of id that occur in the project."""
        rows = self._db.execute(
            "select distinct kind from customer_ids where project = ? order by 1", (project,)
        )
        return [row[0] for row in rows]

    def ids_of(self, customer: int) -> dict[str, Any]:
        """Return a customer's ids: a text for one, a list for several of a soft kind."""
        sql = "select kind, value from customer_ids where customer = ? order by rowid"
        found: dict[str, list[str]] = {}
        for kind, value in self._db.execute(sql, (customer,)):
            found.setdefault(kind, []).append(value)
        return {kind: values[0] if len(values) == 1 else values for kind, values in found.items()}

    def properties_of(self, customer: int) -> dict[str, Any]:
        """Return a customer's properties."""
        row = self._db.execute("select properties from customers where id = ?", (customer,)).fetchone()
        found: dict[str, Any] = json.loads(row[0])
        return found

    def set_properties(self, customer: int, properties: Mapping[str, Any]) -> None:
        """Set some properties of a customer; the others stay."""
        merged = {**self.properties_of(customer), **properties}
        self._db.execute("update customers set properties = ? where id = ?", (json.dumps(merged), customer))

    def anonymize(self, customer: int) -> None:
        """Remove ids and properties, also those of events; the events themselves stay and still count."""
        self._db.execute("delete from customer_ids where customer = ?", (customer,))
        self._db.execute("update customers set properties = '{}' where id = ?", (customer,))
        self._db.execute("update events set properties = '{}' where customer = ?", (customer,))

    # --- events and definitions

    def add_event(self, event: Event) -> None:
        """Record an event."""
        row = (event.customer, event.type, event.timestamp, json.dumps(event.properties))
        self._db.execute("insert into events(customer, type, timestamp, properties) values (?, ?, ?, ?)", row)

    def events(
        self,
        project: str,
        customer: int | None = None,
        types: Sequence[str] | None = None,
        until: float | None = None,
    ) -> list[Event]:
        """Return events by time: of the project or of one customer, of some types, up to a time."""
        sql = (
            "select e.customer, e.type, e.timestamp, e.properties"
            " from events e join customers c on c.id = e.customer"
            " where c.project = ? and (? is null or e.customer = ?) and (? is null or e.timestamp <= ?)"
            " and (? is null or e.type in (select value from json_each(?))) order by e.timestamp, e.id"
        )
        wanted = None if types is None else json.dumps(list(types))
        rows = self._db.execute(sql, (project, customer, customer, until, until, wanted, wanted))
        return [Event(who, kind, when, json.loads(properties)) for who, kind, when, properties in rows]

    def define(self, project: str, kind: str, id: str, name: str, body: Mapping[str, Any]) -> None:
        """Save an analysis or a computed attribute; replace one with this id."""
        row = (project, kind, id, name, json.dumps(body))
        self._db.execute("insert or replace into definitions values (?, ?, ?, ?, ?)", row)

    def definition(self, project: str, kind: str, id: str) -> Definition | None:
        """Return a saved analysis or computed attribute, or None."""
        sql = "select name, body from definitions where project = ? and kind = ? and id = ?"
        row = self._db.execute(sql, (project, kind, id)).fetchone()
        return Definition(row[0], json.loads(row[1])) if row else None


def _by_hardness(ids: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return ids as pairs of kind and value, hard kinds first; a list of values as several pairs."""
    pairs: list[tuple[str, str]] = []
    for kind, given in ids.items():
        values: list[Any] = given if is_list(given) else [given]
        pairs += [(kind, str(value)) for value in values if value is not None]
    return sorted(pairs, key=lambda pair: pair[0] not in HARD_IDS)
