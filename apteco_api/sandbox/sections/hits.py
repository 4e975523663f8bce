"""AudienceHits, CollectionHits and DashboardHits: records of who opened an item, and when."""

from __future__ import annotations

from functools import partial

from .. import clock
from ..call import Call, handles
from ..resources import Resource, register
from ..sharing import hits, require_view
from ..store import Row


def _present(call: Call, hit: Row) -> Row:
    return {**hit, "user": call.world.store.get("user", hit["userId"])}


def _of_item(kind: str, call: Call) -> list[Row]:
    item = call.find(kind, call.path[f"{kind}Id"])
    require_view(call, kind, item)
    return hits(call, kind, item["id"])


def _create(kind: str, call: Call) -> Row:
    item = call.find(kind, call.path[f"{kind}Id"])
    require_view(call, kind, item)
    agent = call.body.get("userAgentDetails", call.client)
    hit = {
        f"{kind}Id": item["id"],
        "userId": call.user["id"],
        "timestamp": clock.now(),
        "userAgentDetails": agent,
    }
    with call.world.store.write() as writer:
        return _present(call, writer.put(f"{kind}-hit", hit))


for _kind, _name in (("audience", "Audience"), ("collection", "Collection"), ("dashboard", "Dashboard")):
    handles(f"{_name}s_Create{_name}HitFor{_name}")(partial(_create, _kind))
    register(
        Resource(
            f"{_kind}-hit",
            "hit",
            f"{_kind}HitId",
            lists=f"{_name}Hits_Get{_name}Hits",
            reads=f"{_name}Hits_Get{_name}Hit",
            present=_present,
        ),
        Resource(
            f"{_kind}-hit",
            "hit",
            f"{_kind}HitId",
            lists=f"{_name}s_Get{_name}HitsFor{_name}",
            reads=f"{_name}s_Get{_name}HitFor{_name}",
            present=_present,
            among=partial(_of_item, _kind),
        ),
    )
