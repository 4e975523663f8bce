"""A request as the handlers see it, and the checks that several of them make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from .access import Refused
from .compute import Moment
from .store import Access, Store


class Call(NamedTuple):
    """A request that was let in: what the handlers get to see."""

    store: Store
    project: str
    access: Access
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]


def needed(body: Mapping[str, Any], name: str, kind: type[Any]) -> Any:
    """Return a member of the body that must be there and have a type.

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
        Refused: 400 when it is none.
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
        Refused: 400 when they are no time and no zone.
    """
    until, zone = call.body.get("execution_time"), call.body.get("timezone") or "UTC"
    if until is not None and not isinstance(until, int | float):
        raise Refused(400, {"execution_time": ["must be seconds since 1970-01-01 UTC"]})
    try:
        found = ZoneInfo(zone)
    except (LookupError, ValueError, OSError, TypeError):
        raise Refused(400, {"timezone": ["is not known"]}) from None
    return Moment(call.store, call.project, until, found)
