"""PeopleStage: the campaigns behind the Holidays communications, with figures counted from the tables.

The diagram is made of the data: a programme, an area, and below it a campaign for each value of the variable
Campaign, its messages, and a delivery for each channel that a message went out by.
"""

from __future__ import annotations

import re

from ..call import Answer, Call, handles
from ..listing import page
from ..problem import missing, refused
from ..resources import Resource, register
from ..stage import CHANNELS, DIAGRAM, PROGRAMME, Element, elements, statistics
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
    """The diagram of the system."""
    return _system(call)


def _elements(call: Call) -> list[Row]:
    return [element.row for element in elements(call.world.data.cursor())]


def _element(call: Call) -> Element:
    wanted: str = call.path["elementId"]
    found = next((e for e in elements(call.world.data.cursor()) if e.row["id"] == wanted), None)
    if found is None:
        raise missing("element", wanted)
    return found


def _children(call: Call) -> list[Element]:
    parent = _element(call).row["id"]
    return [element for element in elements(call.world.data.cursor()) if element.row["parentId"] == parent]


def _descendants(call: Call) -> list[Element]:
    top = _element(call).row["id"]
    every = elements(call.world.data.cursor())
    return [e for e in every if e.row["id"] != top and any(key["id"] == top for key in e.row["path"])]


@handles("PeopleStage_GetPeopleStageElementChildren")
def children(call: Call) -> Answer:
    """List the elements directly below one."""
    return page(call, [element.row for element in _children(call)])


@handles("PeopleStage_GetPeopleStageElementCommunicationStatistics")
def communications(call: Call) -> Row:
    """Communications by day."""
    return statistics.communications(call.world.data.cursor(), _element(call))


@handles("PeopleStage_GetPeopleStageElementChannelStatistics")
def channels(call: Call) -> Row:
    """Communications and their cost by channel and day."""
    return statistics.channels(call.world.data.cursor(), _element(call))


@handles("PeopleStage_GetPeopleStageElementResponseStatistics")
def responses(call: Call) -> Row:
    """Responses by kind, channel and day."""
    return statistics.responses(call.world.data.cursor(), _element(call))


@handles("PeopleStage_GetPeopleStageElementStatus")
def status(call: Call) -> Row:
    """How the campaigns of an element are doing."""
    return statistics.status(call.world.data.cursor(), _element(call))


@handles("PeopleStage_GetPeopleStageElementStatusForDescendants")
def statuses(call: Call) -> Answer:
    """How the campaigns below an element are doing."""
    cursor = call.world.data.cursor()
    return page(call, [statistics.status(cursor, element) for element in _descendants(call)])


@handles(
    "PeopleStage_GetPeopleStageRangeStatisticsSync",
    "PeopleStage_GetPeopleStageRangeStatisticsForDescendantsSync",
)
def totals(call: Call) -> Row:
    """Totals for a range of days; those of the elements below are those of the element itself."""
    return statistics.totals(call.world.data.cursor(), _element(call), *_range(call))


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


register(
    Resource(
        "channel",
        "channel",
        "channelId",
        lists="PeopleStage_GetPeopleStageChannels",
        reads="PeopleStage_GetPeopleStageChannel",
        among=lambda call: CHANNELS,
    ),
    Resource(
        "element",
        "element",
        "elementId",
        lists="PeopleStage_GetPeopleStageElements",
        reads="PeopleStage_GetPeopleStageElement",
        among=_elements,
    ),
)
