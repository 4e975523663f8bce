"""Data licensing: the terms, the account, quotations, purchases, and licences.

A licensing set has the price of a record of its table and the duration of the licence. Licences and credit
belong to the installation: after one user has bought a record, no user needs to buy it again under the same
set until the licence expires. Prices and credit are whole hundredths of the account's unit, so that no cent
is lost.
"""

# ruff: noqa: S608 - the keys are a compiled query, values are bound
from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from . import clock
from .problem import Problem, forbidden, missing, refused
from .query import Compiled
from .store import Row, Store, Writer

if TYPE_CHECKING:
    from .world import World

SETS = (
    ("Household addresses", "Households", 5, 365),
    ("Contact details", "People", 12, 365),
    ("Demographics", "People", 3, 730),
    ("Lifestyle", "People", 8, 90),
    ("Booking history", "Bookings", 2, 30),
)
"""The licensing sets of a new sandbox: name, table, price of a record in hundredths, days of the licence."""

QUOTED_SECONDS = 24 * 3600.0
"""The time for which a quotation can be bought."""

_SET, _ACCOUNT, _QUOTATION, _PURCHASE = (
    "licensing-set",
    "licensing-account",
    "quotation",
    "licence-purchase",
)
_SCHEMA = "CREATE TABLE IF NOT EXISTS state.licence (purchase INTEGER NOT NULL, record INTEGER NOT NULL)"


def prepare(world: World) -> None:
    """Create the table of licences, and the terms and the account if the state does not have them."""
    world.database.cursor().execute(_SCHEMA)
    if world.store.rows(_SET):
        return
    with world.store.write() as writer:
        for name, table, price, days in SETS:
            writer.put(_SET, {"name": name, "tableName": table, "price": price, "days": days})
        writer.put(_ACCOUNT, {"id": world.settings.system, "credit": 100 * world.settings.licensing_credit})


def sets(store: Store) -> list[Row]:
    """Return all licensing sets."""
    return store.rows(_SET)


def find_set(store: Store, name: str | None) -> Row:
    """Return the licensing set with this name; 400 if it does not exist."""
    known = sets(store)
    found = next((row for row in known if row["name"] == name), None)
    if found is None:
        named = f"There is no licensing set '{name}'" if name else "The licensing set is missing"
        raise refused(f"{named}; there are {', '.join(row['name'] for row in known)}.", licensingSet=name)
    return found


def unlicensed(store: Store, keys: Compiled, terms: Row) -> tuple[str, list[Any]]:
    """Return a SELECT of those keys of the set's table that have no current licence."""
    moment = clock.now()
    held = store.rows(_PURCHASE, lambda row: row["setId"] == terms["id"] and row["expires"] > moment)
    place = len(keys.values) + 1
    bought = f"SELECT record FROM state.licence WHERE purchase IN (SELECT unnest(${place}::INTEGER[]))"
    sql = f"SELECT id FROM ({keys.sql}) AS wanted WHERE id NOT IN ({bought})"
    return sql, [*keys.values, [row["id"] for row in held]]


def keep_quotation(store: Store, quoted: Row, terms: Row, number: int) -> Row:
    """Store a quotation for `number` records with a new query id, and return it as the API shows it."""
    account, moment = store.rows(_ACCOUNT)[0], clock.now()
    with store.write() as writer:
        for old in store.rows(_QUOTATION, lambda row: row["expires"] <= moment):
            writer.delete(_QUOTATION, old["id"])
        row = {**quoted, "id": str(uuid.uuid4()), "setId": terms["id"], "cost": number * terms["price"]}
        row = writer.put(_QUOTATION, {**row, "expires": clock.later(QUOTED_SECONDS), "purchaseId": None})
    return {
        "queryId": row["id"],
        "numberOfRecordsToLicense": number,
        "grandTotalCost": row["cost"] / 100,
        "creditRemaining": account["credit"] / 100,
    }


def find_quotation(store: Store, query_id: str) -> Row:
    """Return an open quotation; 404 if it does not exist or is too old, 409 if it has been bought."""
    row = store.get(_QUOTATION, query_id)
    if row is None or row["expires"] <= clock.now():
        raise missing("quotation of the last 24 hours", query_id)
    return _unbought(store, row)


def buy(store: Store, writer: Writer, quotation: Row, keys: Compiled, terms: Row, order: Row) -> Row:
    """Pay for the records that need a licence now, as a part of a transaction; return the purchase for the
    API.

    Args:
        keys: the records of the quotation, on the set's table.
        order: `cost` in hundredths that the buyer has agreed to, `urnFilePath`, and further values to store.

    Raises:
        Problem: 409 if the quotation has been bought or its price has changed, 403 if the credit is too low.
    """
    _unbought(store, quotation)
    account = store.rows(_ACCOUNT)[0]
    sql, values = unlicensed(store, keys, terms)
    (number,) = writer.execute(f"SELECT count(*) FROM ({sql})", values).fetchone() or (0,)
    cost, agreed, credit = number * terms["price"], order["cost"], account["credit"]
    if not abs(agreed - cost) < 0.5:  # `not` first, so that NaN is refused, too
        text = f"The records cost {cost / 100:.2f} now, not {agreed / 100:.2f}: ask for another quotation."
        raise Problem(409, text, grandTotalCost=agreed / 100)
    if cost > credit:
        text = f"The records cost {cost / 100:.2f}, and the credit is {credit / 100:.2f}."
        raise forbidden(text, creditRemaining=credit / 100)
    made: Row = {**order, "cost": cost, "setId": terms["id"], "quotationId": quotation["id"]}
    made |= {"timestamp": clock.now(), "expires": clock.later(terms["days"] * 24 * 3600.0), "records": number}
    purchase = writer.put(_PURCHASE, made)
    writer.execute(f"INSERT INTO state.licence SELECT {purchase['id']}, id FROM ({sql})", values)
    writer.change(_ACCOUNT, account, credit=credit - cost)
    writer.change(_QUOTATION, quotation, purchaseId=purchase["id"])
    return {
        "queryId": quotation["id"],
        "numberOfRecordsLicensed": number,
        "grandTotalCost": cost / 100,
        "creditRemaining": (credit - cost) / 100,
        "urnFilePath": purchase["urnFilePath"],
    }


def _unbought(store: Store, quotation: Row) -> Row:
    # checked again inside the purchase, as another purchase may have been faster
    row = store.get(_QUOTATION, quotation["id"]) or quotation
    if row["purchaseId"]:
        path = (store.get(_PURCHASE, row["purchaseId"]) or {}).get("urnFilePath")
        text = f"This quotation has been bought; the keys of its records are in '{path}'."
        raise Problem(409, text, queryId=row["id"])
    return row
