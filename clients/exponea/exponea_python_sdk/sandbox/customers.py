"""Read customers and analyses, and anonymise customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import compute
from .access import Refused
from .call import Call, customer_of, moment_of, needed
from .compute import Moment
from .store import HARD_IDS, Event


def export_one(call: Call) -> dict[str, Any]:
    """Return everything about one customer that the key may see."""
    customer = customer_of(call)
    visible = {name: value for name, value in call.store.properties_of(customer).items() if _may(call, name)}
    events = _shown(call.store.events(call.project, customer))
    return {"success": True, "ids": call.store.ids_of(customer), "properties": visible, "events": events}


def attributes(call: Call) -> dict[str, Any]:
    """Return one result for each requested attribute, in their order."""
    customer, moment = customer_of(call), moment_of(call)
    wanted: list[Any] = needed(call.body, "attributes", list)
    return {"success": True, "results": [_attribute(call, moment, customer, each) for each in wanted]}


def _attribute(call: Call, moment: Moment, customer: int, wanted: dict[str, Any]) -> dict[str, Any]:
    kind = wanted.get("type")
    name = wanted.get({"property": "property", "consent": "category"}.get(str(kind), "id"))
    if f"{kind}:{name}" in call.access.hidden:
        return {"success": False, "error": "No permission"}
    if kind == "property":
        return {"success": True, "value": call.store.properties_of(customer).get(str(name))}
    if kind == "id":
        return {"success": True, "value": _id(call.store.ids_of(customer), str(name))}
    if kind == "consent":
        return {"success": True, "value": compute.consent(moment, customer, str(name))}
    definition = call.store.definition(call.project, str(kind), str(name))
    if kind not in compute.ATTRIBUTES or definition is None:
        return {"success": False, "error": f"No such {kind}"}
    return {"success": True, "value": compute.ATTRIBUTES[kind](moment, customer, definition.body)}


def export(call: Call) -> dict[str, Any]:
    """Return all customers as rows. The columns are sorted by name, so that ids and properties mix."""
    if call.body.get("format") != "native_json":
        raise Refused(400, {"format": ["the sandbox knows native_json only"]})
    for name in ("filter", "attributes"):
        if call.body.get(name) is not None:
            raise Refused(400, {name: ["the sandbox exports everything"]})
    everyone = [(each, call.store.properties_of(each)) for each in call.store.customers(call.project)]
    names = {name for _, properties in everyone for name in properties if _may(call, name)}
    columns = sorted(
        [("id", kind) for kind in call.store.id_kinds(call.project)] + [("property", n) for n in names],
        key=lambda column: column[1],
    )
    rows: list[list[Any]] = []
    for customer, properties in everyone:
        ids = call.store.ids_of(customer)
        rows.append([_id(ids, name) if kind == "id" else properties.get(name) for kind, name in columns])
    fields = [{"type": kind, kind: name} for kind, name in columns]
    return {"success": True, "fields": fields, "data": rows}


def events(call: Call) -> dict[str, Any]:
    """Return a customer's events of some types, the oldest first by default."""
    customer = customer_of(call)
    found = _shown(call.store.events(call.project, customer, needed(call.body, "event_types", list)))
    if call.body.get("order") == "desc":
        found.reverse()
    skip, limit = call.body.get("skip") or 0, call.body.get("limit")
    return {"success": True, "data": found[skip : None if limit is None else skip + limit]}


def anonymize(call: Call) -> dict[str, Any]:
    """Erase everything that identifies a customer."""
    call.store.anonymize(customer_of(call))
    return {"success": True}


def analysis(call: Call) -> dict[str, Any]:
    """Return the table of a saved analysis, computed now."""
    kind, body = call.path["kind"], call.body
    compute_table = compute.ANALYSES.get(kind)
    if compute_table is None:
        raise Refused(404, "not found")
    if body.get("format") != "table_json":
        raise Refused(400, {"format": ["the sandbox knows table_json only"]})
    definition = call.store.definition(call.project, kind, needed(body, "analysis_id", str))
    if definition is None:
        raise Refused(404, "analysis not found")
    table = compute_table(moment_of(call), definition.body)
    return {"success": True, "name": definition.name, "header": table.header, "rows": table.rows}


def _may(call: Call, name: str) -> bool:
    return f"property:{name}" not in call.access.hidden


def _id(ids: dict[str, Any], kind: str) -> Any:
    """Return an id as the API shows it: a missing hard id is null, a missing soft id an empty list."""
    return ids.get(kind, None if kind in HARD_IDS else [])


def _shown(events: Sequence[Event]) -> list[dict[str, Any]]:
    return [
        {"type": each.type, "timestamp": each.timestamp, "properties": each.properties} for each in events
    ]
