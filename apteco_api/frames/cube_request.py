"""Dimensions and measures of a cube, and the request for it. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar, cast

from .. import models
from .._runtime.exceptions import ApiTypeError, ApiValueError
from ..query.catalogue import Catalogue, Facts, Named, UnknownName, is_single, name_of, near
from ..query.periods import choices, period_start
from ..query.predicates import number_text

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
"""Names of measures, in any case, each with the server's name."""

NAMES = (
    "Sum", "Mean", "Populated", "Minimum", "Maximum", "Median", "Mode", "Variance", "StdDev",
    "LowerQuartile", "UpperQuartile", "InterQuartileRange", "CountDistinct", "CountMode",
)  # fmt: skip
"""The names of the functions as the guide writes them."""

BANDS = {"year": "Years", "quarter": "Quarters", "month": "Months", "week": "Weeks", "day": "Day"}
"""Periods that dates can be grouped into. Plurals and the server's own names are also accepted."""

_BY = re.compile(r"\s+by\s+", re.IGNORECASE)
_MEASURE = re.compile(r"\s*(\w+)\s*(?:\(\s*(.+?)\s*\))?\s*$")


MOST_BANDS = 1000
"""The most bands that the server accepts for one dimension."""

Ends: TypeAlias = "Sequence[float | str | dt.date]"
"""The starts of bands, in ascending order. Values below the first start make a band, too."""

Dimension: TypeAlias = "str | Named | tuple[str | Named, str | float | Ends]"
"""A dimension: a variable, or a variable with the periods or bands for its values."""


def bands(variable: str | Named, by: float | str | Ends) -> Dimension:
    """Return a dimension of a cube that groups numbers or dates into bands.

    Args:
        variable: a number or a date, by name or description.
        by: the width of a band (numbers), the starts of the bands, or a period (dates).

    Example:
        >>> dimension = bands("Cost", [0, 500, 1000])
    """
    return variable, by


class CubeDimension(NamedTuple):
    """One axis of a cube: its label, the variable, and the headers in the server's order."""

    label: str
    facts: Facts
    banding: str
    codes: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    """For bands: the start of each band."""

    @property
    def dated(self) -> bool:
        """Whether the headers are periods of time."""
        return bool(self.banding) and not self.ends

    @property
    def unclassified(self) -> int:
        """The place of the unclassified header; -1 without one."""
        first = self.codes[0].strip() if self.codes else ""
        empty_period = self.dated and not first.strip("0")
        return 0 if first and (empty_period or not first.strip("!")) else -1

    def labels(self, codes: bool, dates: bool) -> Sequence[Any]:
        """Return the labels of its headers: descriptions, codes, or the first days of periods."""
        if dates and self.dated:
            return [period_start(code) for code in self.codes]
        return self.codes if codes else self.descriptions


class CubeMeasure(NamedTuple):
    """One figure of a cube: its label, the server's function, and the table and variable of the function."""

    label: str
    function: str
    table: str
    variable: str = ""

    @property
    def whole(self) -> bool:
        """Whether the figure is a count."""
        return self.function in ("Count", "VariableCount", "CountDistinct", "MaxDistinctCount")


def as_list(given: Sequence[T]) -> Sequence[T]:
    """Return a list; a single text (which is also a sequence) or a single variable becomes a list of one.

    Raises `TypeError` for anything else.
    """
    if is_single(given):
        return [cast(T, given)]
    if not hasattr(given, "__iter__"):
        raise ApiTypeError(f"dimensions and measures come in a list, not as {given!r:.80}")
    return given


def dimension(given: Dimension, catalogue: Catalogue) -> CubeDimension:
    """Return a dimension from `"boDest"`, `"boDate by Months"`, `"Cost by 500"`, `"Cost by 0, 500, 1000"` or
    a pair such as `("Cost", 500)`. Without a period, dates are grouped by month.

    Raises:
        UnknownName: the variable does not exist.
        ValueError: the variable can't be grouped in this way.
    """
    by: Any = ""
    if isinstance(given, str):
        name, by = _parts(given, catalogue)
    elif isinstance(given, tuple):
        first, by = given
        name = name_of(first)
    else:
        name = name_of(given)
    facts = catalogue.facts(name.strip())
    by = by.strip() if isinstance(by, str) else by
    label = facts.description or facts.name
    if facts.kind in ("date", "datetime"):
        if not isinstance(by, str):
            return CubeDimension(label, facts, "Custom", ends=_date_ends(facts, by))
        band = BANDS.get(by.casefold().removesuffix("s"), by) or "Months"
        known = choices(models.DimensionBanding, "type")
        if band not in known or band in ("Custom", "None"):
            hint = near(band, known) or f": write {', '.join(BANDS.values())}"
            raise ApiValueError(f"{band!r} is not a period that dates are grouped into{hint}")
        return CubeDimension(f"{label} by {band}", facts, band)
    if facts.kind == "numeric":
        return CubeDimension(label, facts, "Custom", ends=_number_ends(facts, by))
    if by:
        raise ApiValueError(
            f"{facts.name!r} is a {facts.kind} variable: only dates are grouped into periods, and "
            "numbers into bands"
        )
    if facts.kind != "selector":
        raise ApiValueError(
            f"{facts.name!r} is a {facts.kind} variable: a dimension is a selector, a date, or a number in "
            "bands"
        )
    return CubeDimension(label, facts, "")


def _parts(text: str, catalogue: Catalogue) -> tuple[str, str]:
    """Return the variable and the period or bands in `"Booking Date by Years"`."""
    name, *more = _BY.split(text, maxsplit=1)
    if more:
        try:
            catalogue.facts(name.strip())
        except UnknownName:
            with suppress(LookupError):  # a description may have the word, too: "Booked by phone"
                return catalogue.facts(text).name, ""
    return name, "".join(more)


def _number_ends(facts: Facts, by: Any) -> tuple[str, ...]:
    """Return the starts of a number's bands, as texts."""
    given: Any = by
    if isinstance(by, str):
        words = by.casefold().removeprefix("bands of").strip()
        given = [part.strip() for part in words.split(",")] if "," in words else words
    several = _several(given)
    if several is not None:
        return _ascending(facts, [_end(facts, each) for each in several])
    if given == "":
        raise ApiValueError(
            f"{facts.name!r} is a number: say how wide its bands are, as in '{facts.name} by 500'"
        )
    width = _end(facts, given)
    if width <= 0:
        raise ApiValueError(f"bands of {facts.name!r} must be wider than 0, not {given!r}")
    if facts.low is None or facts.high is None:
        raise ApiValueError(
            f"the server does not tell the range of {facts.name!r}: say where bands begin, as in "
            "bands(…, [0, 500])"
        )
    first = Decimal(str(facts.low)) // width
    first -= 1 if first * width > Decimal(str(facts.low)) else 0  # // rounds towards 0
    last = Decimal(str(facts.high)) // width
    if last - first > MOST_BANDS:
        raise ApiValueError(
            f"bands of {given} would be {int(last - first):,} for {facts.name!r}; {MOST_BANDS:,} are the most"
        )
    places = range(int(first) + 1, int(last) + 1) or [int(first)]
    return _ascending(facts, [place * width for place in places])


def _several(given: Any) -> list[Any] | None:
    """Return the values of a list, a range or an array; None for a single value."""
    return list(given) if hasattr(given, "__iter__") and not isinstance(given, str) else None


def _end(facts: Facts, value: Any) -> Decimal:
    try:
        return Decimal(number_text(value.strip() if isinstance(value, str) else value))
    except ValueError as error:
        raise ApiValueError(f"bands of {facts.name!r}: {error}") from None


def _date_ends(facts: Facts, by: Any) -> tuple[str, ...]:
    """Return the starts of bands of dates, as texts."""
    found: list[dt.datetime] = []
    for value in _several(by) or [by]:
        try:
            moment = dt.datetime.fromisoformat(value if isinstance(value, str) else str(value.isoformat()))
        except (ValueError, AttributeError):
            raise ApiValueError(f"bands of {facts.name!r} begin on dates, and {value!r} is not one") from None
        found.append(moment)
    return tuple(
        str(each.date()) if each.time() == dt.time() else each.isoformat() for each in _ordered(facts, found)
    )


def _ascending(facts: Facts, ends: Sequence[Decimal]) -> tuple[str, ...]:
    return tuple(format(each.normalize(), "f") for each in _ordered(facts, ends))


def _ordered(facts: Facts, ends: Sequence[T]) -> Sequence[T]:
    many: Sequence[Any] = ends
    if not many or len(many) > MOST_BANDS:
        raise ApiValueError(
            f"{facts.name!r} needs from 1 to {MOST_BANDS} beginnings of bands, not {len(many)}"
        )
    for one, other in pairwise(many):
        if one >= other:
            raise ApiValueError(
                f"the beginnings of {facts.name!r}'s bands must ascend: {one} stands before {other}"
            )
    return ends


def measure(text: str, table: str, catalogue: Catalogue) -> CubeMeasure:
    """Return a measure from `"Count"`, `"Count(People)"`, `"Sum(boCost)"`, or the name of a table, which
    counts its distinct records.
    """
    tables = {each.casefold(): each for each in catalogue.parents()}
    if (named := tables.get(str(text).casefold())) is not None:
        return CubeMeasure(named, "Count", named)
    match = _MEASURE.match(str(text))  # str(), so that a pair gets the error below, too
    function = FUNCTIONS.get(match[1].casefold()) if match is not None else None
    if match is None or function is None:
        written = f"write Count, a table's name, or a function such as Sum(boCost): {', '.join(NAMES)}"
        raise ApiValueError(f"{text!r} is not a measure: {written}")
    if match[2] is None:
        if function != "Count":
            raise ApiValueError(f"{text!r} needs a variable: {match[1]}(boCost)")
        return CubeMeasure("Count", "Count", table)
    if function == "Count":
        if match[2] not in catalogue.parents():
            raise ApiValueError(f"Count counts the records of a table, and {match[2]!r} is not a table")
        return CubeMeasure(match[2], "Count", match[2])
    facts = catalogue.facts(match[2])
    return CubeMeasure(f"{match[1]}({facts.description or facts.name})", function, table, facts.name)


def check_labels(dimensions: Sequence[CubeDimension], measures: Sequence[CubeMeasure]) -> None:
    """Raise `ValueError` without a measure, or if two axes or measures have the same label in a frame."""
    if not measures:
        raise ApiValueError("a cube needs at least one measure, such as Count")
    labels = [each.label for each in dimensions] + [each.label for each in measures]
    for label in labels:
        if labels.count(label) > 1:
            raise ApiValueError(f"{label!r} is asked for twice in one cube")


def _type_of(axis: CubeDimension) -> Literal["Selector", "DateBand", "NumericBand"]:
    if not axis.banding:
        return "Selector"
    return "NumericBand" if axis.facts.kind == "numeric" else "DateBand"


def cube_request(
    query: models.Query, table: str, dimensions: Sequence[CubeDimension], measures: Sequence[CubeMeasure]
) -> models.Cube:
    """Return the `Cube` model.

    The dimensions are sent in reverse order. In the answer, the first dimension that was sent varies fastest,
    so the cells arrive in the caller's order.
    """
    return models.Cube(
        base_query=query,
        resolve_table_name=table,
        storage="Full",
        dimensions=[
            models.Dimension(
                id=str(number),
                type=_type_of(each),
                variable_name=each.facts.name,
                banding=models.DimensionBanding(
                    type=each.banding, custom_values="\t".join(each.ends) if each.ends else None
                )
                if each.banding
                else None,
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
