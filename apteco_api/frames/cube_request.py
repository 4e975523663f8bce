"""What a cube is asked for: dimensions and measures, and the request made of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar, cast

from .. import models
from .._runtime.exceptions import ApiValueError
from ..query.catalogue import Catalogue, Facts, near
from ..query.criteria import choices
from ..query.periods import period_start

T = TypeVar("T")

FUNCTIONS = {
    "count": "Count",
    "sum": "Sum",
    "mean": "Mean",
    "populated": "VariableCount",
    "variablecount": "VariableCount",
    "min": "Minimum",
    "minimum": "Minimum",
    "max": "Maximum",
    "maximum": "Maximum",
    "median": "Median",
    "mode": "Mode",
    "variance": "Variance",
    "stddev": "StandardDeviation",
    "standarddeviation": "StandardDeviation",
    "lowerquartile": "LowerQuartile",
    "upperquartile": "UpperQuartile",
    "interquartilerange": "InterQuartileRange",
    "countdistinct": "CountDistinct",
    "maxdistinctcount": "MaxDistinctCount",
    "countmode": "MaxDistinctCount",
}
"""What a measure may be called, in any case, and the server's name for it."""

NAMES = (
    "Sum", "Mean", "Populated", "Minimum", "Maximum", "Median", "Mode", "Variance", "StdDev",
    "LowerQuartile", "UpperQuartile", "InterQuartileRange", "CountDistinct", "CountMode",
)  # fmt: skip
"""The functions by the names that the guide gives them."""

BANDS = {"year": "Years", "quarter": "Quarters", "month": "Months", "week": "Weeks", "day": "Day"}
"""Periods that dates can be grouped into; the plurals and the server's own names work as well."""

_MEASURE = re.compile(r"\s*(\w+)\s*(?:\(\s*(.+?)\s*\))?\s*$")


class CubeDimension(NamedTuple):
    """One axis of a cube: its label, the variable, and the headers in the server's order."""

    label: str
    facts: Facts
    banding: str
    codes: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()

    @property
    def unclassified(self) -> int:
        """The place of the unclassified header; -1 if there is none."""
        first = self.codes[0].strip() if self.codes else ""
        empty_period = bool(self.banding) and not first.strip("0")
        return 0 if first and (empty_period or not first.strip("!")) else -1

    def labels(self, codes: bool, dates: bool) -> Sequence[Any]:
        """What its headers are called: descriptions, codes, or for periods the days on which they start."""
        if dates and self.banding:
            return [period_start(code) for code in self.codes]
        return self.codes if codes else self.descriptions


class CubeMeasure(NamedTuple):
    """One figure of a cube: its label, the server's function, and what it is worked out on."""

    label: str
    function: str
    table: str
    variable: str = ""

    @property
    def whole(self) -> bool:
        """Whether the figure is a count."""
        return self.function in ("Count", "VariableCount", "CountDistinct", "MaxDistinctCount")


def as_list(given: Sequence[T]) -> Sequence[T]:
    """A list of one for a single text, which is a sequence of letters too."""
    return [cast(T, given)] if isinstance(given, str) else given


def dimension(text: str | tuple[str, str], catalogue: Catalogue) -> CubeDimension:
    """A dimension from `"boDest"`, `"boDate by Months"` or `("boDate", "Months")`. Dates are by month if not
    said.
    """
    name, _, band = text.partition(" by ") if isinstance(text, str) else (text[0], "", text[1])
    facts = catalogue.facts(name.strip())
    band = band.strip()
    if facts.kind in ("date", "datetime"):
        band = BANDS.get(band.casefold().removesuffix("s"), band) or "Months"
        known = choices(models.DimensionBanding, "type")
        if band not in known:
            hint = near(band, known) or f": write {', '.join(BANDS.values())}"
            raise ApiValueError(f"{band!r} is no period that dates are grouped into{hint}")
    elif band:
        raise ApiValueError(f"{facts.name!r} is a {facts.kind} variable: only dates are grouped into periods")
    elif facts.kind != "selector":
        raise ApiValueError(f"{facts.name!r} is a {facts.kind} variable: a dimension is a selector or a date")
    label = facts.description or facts.name
    return CubeDimension(f"{label} by {band}" if band else label, facts, band)


def measure(text: str, table: str, catalogue: Catalogue) -> CubeMeasure:
    """A measure from `"Count"`, `"Count(People)"`, `"Sum(boCost)"`, or the name of a table (its distinct
    records).
    """
    if text in catalogue.parents():
        return CubeMeasure(text, "Count", text)
    match = _MEASURE.match(str(text))  # a pair, say, is told how a measure is written like any wrong text
    function = FUNCTIONS.get(match[1].casefold()) if match is not None else None
    if match is None or function is None:
        written = f"write Count, a table's name, or a function such as Sum(boCost): {', '.join(NAMES)}"
        raise ApiValueError(f"{text!r} is no measure: {written}")
    if match[2] is None:
        if function != "Count":
            raise ApiValueError(f"{text!r} needs a variable: {match[1]}(boCost)")
        return CubeMeasure("Count", "Count", table)
    if function == "Count":
        if match[2] not in catalogue.parents():
            raise ApiValueError(f"Count counts the records of a table, and {match[2]!r} is none")
        return CubeMeasure(match[2], "Count", match[2])
    facts = catalogue.facts(match[2])
    return CubeMeasure(f"{match[1]}({facts.description or facts.name})", function, table, facts.name)


def check_labels(dimensions: Sequence[CubeDimension], measures: Sequence[CubeMeasure]) -> None:
    """Raises `ValueError` if there is no figure, or if two axes or figures are called the same: a frame could
    not tell them apart.
    """
    if not measures:
        raise ApiValueError("a cube needs at least one measure, such as Count")
    labels = [each.label for each in dimensions] + [each.label for each in measures]
    for label in labels:
        if labels.count(label) > 1:
            raise ApiValueError(f"{label!r} is asked for twice in one cube")


def cube_request(
    query: models.Query, table: str, dimensions: Sequence[CubeDimension], measures: Sequence[CubeMeasure]
) -> models.Cube:
    """The plain `Cube` model.

    The dimensions are sent last one first: in the answer the first one sent varies fastest, so that the cells
    come back in the order in which the caller named the dimensions.
    """
    return models.Cube(
        base_query=query,
        resolve_table_name=table,
        storage="Full",
        dimensions=[
            models.Dimension(
                id=str(number),
                type="DateBand" if each.banding else "Selector",
                variable_name=each.facts.name,
                banding=models.DimensionBanding(type=each.banding) if each.banding else None,
            )
            for number, each in reversed(list(enumerate(dimensions)))
        ],
        measures=[
            models.Measure(
                id=str(number),
                resolve_table_name=each.table,
                function=each.function,
                variable_name=each.variable or None,
            )
            for number, each in enumerate(measures)
        ],
    )
