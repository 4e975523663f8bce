"""Catalogs and their items."""

from __future__ import annotations

from typing import Any

from ..jsonvalues import is_object
from .access import Refused
from .call import Call, needed, number
from .store import Catalog

REACHABLE = 1001
"""The greatest sum of `count` and `skip`."""


def create(call: Call) -> dict[str, Any]:
    """Make a catalog."""
    name, columns = needed(call.body, "name", str), _columns(call)
    return {"success": True, "id": call.store.create_catalog(call.project, name, columns)}


def read(call: Call) -> dict[str, Any]:
    """Return a catalog's name and columns."""
    catalog = _catalog(call)
    fields = [{"name": column} for column in catalog.columns]
    return {"success": True, "data": {"id": catalog.id, "name": catalog.name, "fields": fields}}


def change(call: Call) -> dict[str, Any]:
    """Rename a catalog or add columns; the request must list the existing columns, too."""
    catalog, name, columns = _catalog(call), needed(call.body, "name", str), _columns(call)
    missing = [column for column in catalog.columns if column not in columns]
    if missing:
        raise Refused(400, {"fields": [f"existing field {column} is missing" for column in missing]})
    call.store.change_catalog(catalog.id, name, columns)
    return {"success": True}


def delete(call: Call) -> dict[str, Any]:
    """Delete a catalog with its items."""
    call.store.delete_catalog(_catalog(call).id)
    return {"success": True}


def find_items(call: Call) -> dict[str, Any]:
    """Return a page of the items that match the query."""
    catalog, count, skip = _catalog(call), number(call, "count", 20), number(call, "skip", 0)
    if count + skip > REACHABLE:
        raise Refused(400, {"_global": [f"count and skip together may not exceed {REACHABLE}"]})
    everything = call.store.items(catalog.id)
    wanted, column = call.query.get("query", "").lower(), call.query.get("field")
    matching = [
        (item, values)
        for item, values in everything
        if any(wanted in str(value).lower() for key, value in values.items() if column in (None, key))
        or not wanted
    ]
    # The last column sorts first, so that a stable sort leaves the first column in charge.
    for part in reversed([part for part in call.query.get("order", "").split(";") if part]):
        key, _, direction = part.partition(",")
        matching.sort(key=lambda each: _sortable(each[1].get(key)), reverse=direction == "desc")
    page = matching[skip : skip + count]
    return {
        "success": True,
        "matched": len(matching),
        "matched_limited": False,
        "limit": count,
        "skip": skip,
        "total": len(everything),
        "data": [{"catalog_id": catalog.id, "item_id": item, "properties": values} for item, values in page],
    }


def put_item(call: Call) -> dict[str, Any]:
    """Create or replace an item."""
    call.store.put_item(_catalog(call).id, _item(call), needed(call.body, "properties", dict))
    return {"success": True}


def change_item(call: Call) -> dict[str, Any]:
    """Change some values of an item; with `upsert`, create it if it is missing."""
    catalog, item, values = _catalog(call), _item(call), needed(call.body, "properties", dict)
    old = call.store.item(catalog.id, item)
    if old is None and call.body.get("upsert") is not True:
        raise Refused(404, "item not found")
    call.store.put_item(catalog.id, item, {**(old or {}), **values})
    return {"success": True}


def delete_item(call: Call) -> dict[str, Any]:
    """Delete an item."""
    if not call.store.delete_items(_catalog(call).id, _item(call)):
        raise Refused(404, "item not found")
    return {"success": True}


def delete_items(call: Call) -> dict[str, Any]:
    """Delete all items."""
    call.store.delete_items(_catalog(call).id)
    return {"success": True}


def _catalog(call: Call) -> Catalog:
    found = call.store.catalog(call.project, call.path["catalog"])
    if found is None:
        raise Refused(404, "catalog not found")
    return found


def _item(call: Call) -> str:
    item = call.path["item"]
    if "/" in item:
        raise Refused(400, {"item_id": ["must not contain a slash"]})
    return item


def _columns(call: Call) -> list[str]:
    fields: list[Any] = needed(call.body, "fields", list)
    if not all(is_object(field) and isinstance(field.get("name"), str) for field in fields):
        raise Refused(400, {"fields": ["must be objects with a name"]})
    return [field["name"] for field in fields]


def _sortable(value: Any) -> tuple[int, float, str]:
    """Return a key that sorts missing values before numbers, and numbers before texts."""
    if value is None:
        return (0, 0.0, "")
    return (1, float(value), "") if isinstance(value, int | float) else (2, 0.0, str(value))
