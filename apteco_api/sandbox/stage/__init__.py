"""The campaign diagram that the PeopleStage section shows, and the figures counted for it."""

from .diagram import CHANNELS, DIAGRAM, PROGRAMME, Element, elements

__all__ = ["CHANNELS", "DIAGRAM", "PROGRAMME", "Element", "elements", "statistics"]

from . import statistics
