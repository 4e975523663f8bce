"""The campaign diagram that the PeopleStage section shows, and the figures counted for it."""

from .diagram import CHANNELS, DIAGRAM, PROGRAMME, Element, channel_messages, elements

__all__ = [
    "CHANNELS",
    "DIAGRAM",
    "PROGRAMME",
    "Element",
    "channel_messages",
    "elements",
    "reports",
    "statistics",
]

from . import reports, statistics
