"""AudienceCompositions: saved layouts for checks and exports of audiences."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ..call import Call, handles
from ..lookups import lookup
from ..problem import refused
from ..resources import Resource, register
from ..rights import READ_ITEM
from ..sharing import forget_share, is_shared_with, may_read, owns, present, require_right, share_of
from ..store import Row
from .owned import Owned

_DEFINITIONS = {"Check": "checkCompositionDefinition", "Export": "exportCompositionDefinition"}


def _present(call: Call, row: Row) -> Row:
    names = sorted(set(_variables(row)))
    return {**present(call, "composition", row), "compositionsLookup": lookup(call, names, {})}


def _variables(row: Row) -> Iterator[str]:
    definition: Row = row.get(_DEFINITIONS[row["type"]]) or {}
    for part in ("gridItems", "dashboardItems"):
        for item in definition.get(part, ()):
            yield item["variableName"]


def _make(call: Call) -> Row:
    body = call.body
    wanted = _DEFINITIONS[body["type"]]
    if wanted not in body:
        raise refused(f"A composition of type {body['type']} needs {wanted}.", where=wanted)
    values = {
        "description": body["description"],
        "type": body["type"],
        "systemName": call.world.settings.system,
    }
    row = {**values, **dict.fromkeys(_DEFINITIONS.values()), wanted: body[wanted]}
    known = {variable["name"] for variable in call.world.data.variables()}
    for name in _variables(row):
        if name not in known:
            raise refused(f"There is no variable '{name}'.", variableName=name)
    return row


def _make_new(call: Call) -> Row:
    return {**_make(call), "ownerId": call.user["id"]}


def _visible(call: Call) -> list[Row]:
    rows = call.world.store.rows("composition")
    return [
        r for r in rows if owns(call, r) or is_shared_with(call, share_of(call, "composition", r), call.user)
    ]


def _listed(call: Call) -> list[Row]:
    return [row for row in _visible(call) if may_read(call, "composition", row)]


register(
    Resource(
        "composition",
        "audience composition",
        "audienceCompositionId",
        reads="AudienceCompositions_GetAudienceComposition",
        creates="AudienceCompositions_CreateAudienceComposition",
        deletes="AudienceCompositions_DeleteAudienceComposition",
        present=_present,
        make=_make_new,
        among=_visible,
        deleted=partial(forget_share, "composition"),
        guard=lambda call, row: require_right(call, READ_ITEM, "composition", row),
    ),
    Resource(
        "composition",
        "audience composition",
        "audienceCompositionId",
        changes="AudienceCompositions_UpdateAudienceComposition",
        present=_present,
        make=_make,
        among=_visible,
    ),
    Resource(
        "composition",
        "audience composition",
        "audienceCompositionId",
        lists="AudienceCompositions_GetAudienceCompositions",
        present=_present,
        among=_listed,
    ),
    Resource(
        "composition",
        "audience composition",
        "audienceCompositionId",
        lists="AudienceCompositions_GetAudienceCompositionsForSystem",
        present=_present,
        among=_listed,
    ),
)

OWNED = Owned("composition", "compositionId", "", _present)
handles("Users_GetUserAudienceCompositions")(OWNED.list_for_user)
handles("Users_GetUserAudienceComposition")(OWNED.read_for_user)
