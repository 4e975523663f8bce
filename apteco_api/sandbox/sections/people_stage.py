"""PeopleStage: the campaigns behind the Holidays communications, with figures counted from the tables.

The diagram is made from the data: a programme, an area, and below it a campaign for each value of the
variable Campaign, its messages, and a delivery for each channel of a message.
"""

from __future__ import annotations

import re

from ..call import Answer, Call, handles
from ..listing import page
from ..problem import missing, refused
from ..resources import Resource, register
from ..rights import COUNT_ELEMENT, SEE_DIAGRAM, SEE_ELEMENT, Levels, name_levels
from ..stage import DIAGRAM, PROGRAMME, Element, elements, statistics
from ..store import Row

_DAYS = re.compile(r"\s*(\d{4}-\d{2}-\d{2})\s*(?:/|\.\.|to|,)\s*(\d{4}-\d{2}-\d{2})\s*")


def _system(call: Call) -> Row:
    ids = {"diagramId": DIAGRAM, "programmeId": PROGRAMME, "programmeDescription": "Holidays programme"}
    return {
        "systemName": call.world.settings.system,
        **ids,
        "isAbleToProvideStatistics": True,
        "metadata": {"defaultCurrencyLocale": "en-GB"},
    }


@handles("PeopleStage_GetPeopleStageSystems")
def systems(call: Call) -> Answer:
    """List the systems with a diagram."""
    return page(call, [_system(call)])


@handles("PeopleStage_GetPeopleStageSystem")
def system(call: Call) -> Row:
    """Return the diagram of the system."""
    return _system(call)


def levels(element: Element) -> Levels:
    """Return an element and the ones above it, up to the diagram."""
    return name_levels(*(step["id"] for step in reversed(element.row["path"])))


def levels_of(call: Call, element_id: str) -> Levels:
    """Return the levels of the element with this id, or the id alone if it does not exist."""
    found = next((e for e in elements(call.world.data.cursor()) if e.row["id"] == element_id), None)
    return levels(found) if found else name_levels(element_id)


def every(call: Call) -> list[Element]:
    """Return the elements that the caller may see."""
    call.world.rights.require(call.user, SEE_DIAGRAM, name_levels(DIAGRAM))
    found = _present(call)
    return [e for e in found if call.world.rights.allows(call.user, SEE_ELEMENT, levels(e))]


def _present(call: Call) -> list[Element]:
    """Return the elements that are not deleted and have no deleted element above them."""
    rows = call.world.store.rows("stage-element", lambda row: bool(row.get("deleted")))
    gone = {row["id"] for row in rows}
    found = elements(call.world.data.cursor())
    return [e for e in found if not any(step["id"] in gone for step in e.row["path"])]


def _elements(call: Call) -> list[Row]:
    return [element.row for element in every(call)]


def element_of(call: Call) -> Element:
    """Return the element that the path names."""
    return element_with(call, call.path["elementId"])


def element_with(call: Call, wanted: str) -> Element:
    """Return the element with this id; 404 if it does not exist, 403 if the caller may not see it."""
    found = next((e for e in _present(call) if e.row["id"] == wanted), None)
    if found is None:
        raise missing("element", wanted)
    call.world.rights.require(call.user, SEE_DIAGRAM, name_levels(DIAGRAM))
    call.world.rights.require(call.user, SEE_ELEMENT, levels(found))
    return found


def counted(call: Call) -> Element:
    """Return the element that the path names, whose figures the caller may see."""
    found = element_of(call)
    call.world.rights.require(call.user, COUNT_ELEMENT, levels(found))
    return found


def _children(call: Call) -> list[Element]:
    parent = element_of(call).row["id"]
    return [element for element in every(call) if element.row["parentId"] == parent]


def _descendants(call: Call) -> list[Element]:
    top = element_of(call).row["id"]
    below = every(call)
    return [e for e in below if e.row["id"] != top and any(key["id"] == top for key in e.row["path"])]


@handles("PeopleStage_GetPeopleStageElementChildren")
def children(call: Call) -> Answer:
    """List the elements directly below one."""
    return page(call, [element.row for element in _children(call)])


@handles("PeopleStage_GetPeopleStageElementCommunicationStatistics")
def communications(call: Call) -> Row:
    """Return communications by day."""
    return statistics.communications(call.world.data.cursor(), counted(call))


@handles("PeopleStage_GetPeopleStageElementChannelStatistics")
def channels(call: Call) -> Row:
    """Return communications and their cost by channel and day."""
    return statistics.channels(call.world.data.cursor(), counted(call))


@handles("PeopleStage_GetPeopleStageElementResponseStatistics")
def responses(call: Call) -> Row:
    """Return responses by kind, channel and day."""
    return statistics.responses(call.world.data.cursor(), counted(call))


@handles("PeopleStage_GetPeopleStageElementStatus")
def status(call: Call) -> Row:
    """Return the status of the campaigns of an element."""
    return _status(call, counted(call))


def _status(call: Call, element: Element) -> Row:
    """Return the figures of an element, with the campaigns that are paused by themselves or from above."""
    store, path = call.world.store, element.row["path"]
    paused = {row["id"] for row in store.rows("stage-element", lambda row: bool(row.get("paused")))}
    inside = [e for e in _present(call) if e.row["type"] == "Campaign" and _is_part(e, element)]
    held = [e for e in inside if any(step["id"] in paused for step in e.row["path"])]
    kept = [store.get("stage-element", step["id"]) for step in path]
    acted = [row["lastAction"] for row in kept if row and row.get("lastAction")]
    newer: Row = {"userPausedCampaignsCount": len(held), "errorPausedCampaignsCount": 0}
    if acted:
        newer["lastAction"] = max(acted)
    return {**statistics.status(call.world.data.cursor(), element), **newer}


def _is_part(campaign: Element, element: Element) -> bool:
    """Return whether a campaign lies in an element or the element in the campaign."""
    return element.row["id"] in {step["id"] for step in campaign.row["path"]} or any(
        step["id"] == campaign.row["id"] for step in element.row["path"]
    )


@handles("PeopleStage_GetPeopleStageElementStatusForDescendants")
def statuses(call: Call) -> Answer:
    """Return the status of the campaigns below an element."""
    allows = call.world.rights.allows
    below = [e for e in _descendants(call) if allows(call.user, COUNT_ELEMENT, levels(e))]
    return page(call, [_status(call, element) for element in below])


@handles(
    "PeopleStage_GetPeopleStageRangeStatisticsSync",
    "PeopleStage_GetPeopleStageRangeStatisticsForDescendantsSync",
)
def totals(call: Call) -> Row:
    """Return totals for a range of days; the elements below together have the same totals as the element."""
    return statistics.totals(call.world.data.cursor(), counted(call), *_range(call))


def _range(call: Call) -> tuple[str, str]:
    text: str = call.query.get("dateRange", "")
    if not text:
        return "0001-01-01", "9999-12-31"
    found = _DAYS.fullmatch(text)
    if found is None:
        raise refused("A dateRange is two days such as 2016-07-18/2016-07-22.", dateRange=text)
    first, last = found.groups()
    statistics.require_day(first)
    statistics.require_day(last)
    return first, last


@handles("PeopleStage_GetPeopleStageElement")
def element(call: Call) -> Row:
    """Look up an element."""
    return element_of(call).row


register(
    Resource(
        "element",
        "element",
        "elementId",
        lists="PeopleStage_GetPeopleStageElements",
        among=_elements,
    )
)
