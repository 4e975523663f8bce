"""The request as handlers get it, and checks that several handlers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from .access import Refused
from .compute import Moment
from .store import Access, Store


class Call(NamedTuple):
    """An authorised request, as handlers get it."""

    store: Store
    project: str
    access: Access
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]


def needed(body: Mapping[str, Any], name: str, kind: type[Any]) -> Any:
    """Return a required member of the body, checked for its type.

    Raises:
        Refused: 400, naming the member.
    """
    value = body.get(name)
    if not isinstance(value, kind):
        what = {"dict": "an object", "list": "a list"}.get(kind.__name__, "a text")
        raise Refused(400, {name: [f"{what} is required"]})
    return value


def number(call: Call, name: str, default: int) -> int:
    """Return a whole number of the query.

    Raises:
        Refused: 400 if it is not a whole number.
    """
    value = call.query.get(name, str(default))
    if not value.isdecimal():
        raise Refused(400, {name: ["must be a whole number"]})
    return int(value)


def customer_of(call: Call) -> int:
    """Return the customer that `customer_ids` names.

    Raises:
        Refused: 404 when no customer has one of the ids.
    """
    found = call.store.find_customer(call.project, needed(call.body, "customer_ids", dict))
    if found is None:
        raise Refused(404, {"_global": ["Customer does not exist"]})
    return found


def moment_of(call: Call) -> Moment:
    """Return the time that the body's `execution_time` and `timezone` name; now, in UTC, without them.

    Raises:
        Refused: 400 if they are not a time and a zone.
    """
    until, zone = call.body.get("execution_time"), call.body.get("timezone") or "UTC"
    if until is not None and not isinstance(until, int | float):
        raise Refused(400, {"execution_time": ["must be seconds since 1970-01-01 UTC"]})
    try:
        found = ZoneInfo(zone)
    except (LookupError, ValueError, OSError, TypeError):
        raise Refused(400, {"timezone": ["is not known"]}) from None
    return Moment(call.store, call.project, until, found)
