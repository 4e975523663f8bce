"""Tracking: the clock, properties, events and batches of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..jsonvalues import is_object
from .access import Refused
from .call import Call, needed
from .store import Event

LARGEST_BATCH = 50
LARGEST_VALUE = 16_000
"""A property's value must have fewer bytes of JSON than this."""


def system_time(call: Call) -> dict[str, Any]:
    """Return the server's clock."""
    return {"success": True, "time": time.time(), "errors": []}


def update_customer(call: Call) -> dict[str, Any]:
    """Set properties; create the customer if it does not exist."""
    ids, properties = needed(call.body, "customer_ids", dict), needed(call.body, "properties", dict)
    _check_sizes(properties)
    if any(f"property:{name}" in call.access.hidden for name in properties):
        raise Refused(403, ["not authorized to update specified customer properties"])
    call.store.set_properties(call.store.identify(call.project, _some(ids)), properties)
    return {"success": True, "errors": []}


def add_event(call: Call) -> dict[str, Any]:
    """Record an event; create the customer if it does not exist."""
    ids, kind = needed(call.body, "customer_ids", dict), needed(call.body, "event_type", str)
    properties: Any = call.body.get("properties")
    properties = {} if properties is None else needed(call.body, "properties", dict)
    _check_sizes(properties)
    when = _seconds(call.body.get("timestamp"))
    call.store.add_event(Event(call.store.identify(call.project, _some(ids)), kind, when, properties))
    return {"success": True, "errors": []}


_COMMANDS: dict[str, Callable[[Call], dict[str, Any]]] = {
    "system/time": system_time,
    "customers": update_customer,
    "customers/events": add_event,
}


def batch(call: Call) -> dict[str, Any]:
    """Run up to 50 commands; a failed command does not stop the others."""
    commands: list[Any] = needed(call.body, "commands", list)
    if len(commands) > LARGEST_BATCH:
        raise Refused(400, [f"a batch may have at most {LARGEST_BATCH} commands"])
    start = time.time()
    results = [_command(call, command) for command in commands]
    return {"success": True, "results": results, "start_time": start, "end_time": time.time()}


def _command(call: Call, command: Any) -> dict[str, Any]:
    if not is_object(command):
        return {"success": False, "errors": ["a command must be an object"]}
    known = _COMMANDS.get(str(command.get("name")))
    try:
        if known is None:
            raise Refused(400, ["unknown command"])
        result = known(call._replace(body=command.get("data") or {}))
    except Refused as refused:
        result = {"success": False, "errors": refused.body().get("errors") or [refused.reason]}
    return result | ({"command_id": command["command_id"]} if "command_id" in command else {})


def _some(ids: dict[str, Any]) -> dict[str, Any]:
    if not any(ids.values()):
        raise Refused(400, {"customer_ids": ["at least one id is required"]})
    return ids


def _seconds(value: Any) -> float:
    """Return an event's time: seconds, ISO 8601, or now."""
    if value is None:
        return time.time()
    try:
        return float(value) if isinstance(value, int | float) else datetime.fromisoformat(value).timestamp()
    except (TypeError, ValueError):
        raise Refused(400, {"timestamp": ["must be seconds or an ISO 8601 time"]}) from None


def _check_sizes(properties: dict[str, Any]) -> None:
    large = [name for name, value in properties.items() if len(json.dumps(value)) >= LARGEST_VALUE]
    if large:
        raise Refused(400, {"properties": [f"{name} is too large" for name in large]})
