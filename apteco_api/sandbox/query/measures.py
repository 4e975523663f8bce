"""The statistics of cubes: the SQL of each function, and the text of its values."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from ..holidays import Kind, Variable

_ANY = (Kind.NUMERIC, Kind.SELECTOR, Kind.DATE, Kind.DATETIME, Kind.TEXT, Kind.REFERENCE)
_CODED = (Kind.NUMERIC, Kind.SELECTOR)
_NUMBER = (Kind.NUMERIC,)


class Function(NamedTuple):
    """One statistic.

    Attributes:
        sql: aggregate of the values {x}, with one row for each record.
        kinds: the kinds of variables for which it is defined.
        write: returns the text of a value of a variable.
        empty: the text if there is no record.
    """

    sql: str
    kinds: tuple[Kind, ...]
    write: Callable[[Any, Variable], str]
    empty: str = ""


def _whole(value: Any, variable: Variable) -> str:
    return str(int(value))


def _fraction(value: Any, variable: Variable) -> str:
    """Return the text with four decimals: enough to compare, without the last bits of floating-point sums."""
    number = float(value)
    return f"{number + 0.0:.4f}" if math.isfinite(number) else ""


def _like_variable(value: Any, variable: Variable) -> str:
    if variable.kind is Kind.NUMERIC and variable.decimals:
        return f"{Decimal(value):.2f}"
    return str(int(value))


_QUARTILE = "quantile_cont({x}::DOUBLE, %s)"
_BETWEEN = f"coalesce({_QUARTILE % 0.75} - {_QUARTILE % 0.25}, 0)"

FUNCTIONS: dict[str, Function] = {
    "Sum": Function("coalesce(sum({x}), 0)", _NUMBER, _like_variable, "0"),
    "Mean": Function("avg({x})", _NUMBER, _fraction),
    "VariableCount": Function("count({x})", _ANY, _whole, "0"),
    "Minimum": Function("min({x})", _NUMBER, _like_variable),
    "Maximum": Function("max({x})", _NUMBER, _like_variable),
    "Median": Function(_QUARTILE % 0.5, _NUMBER, _fraction),
    "Mode": Function("mode({x} ORDER BY {x})", _CODED, _like_variable),
    "Variance": Function("var_samp({x}::DOUBLE)", _NUMBER, _fraction),
    "StandardDeviation": Function("stddev_samp({x}::DOUBLE)", _NUMBER, _fraction),
    "LowerQuartile": Function(_QUARTILE % 0.25, _NUMBER, _fraction),
    "UpperQuartile": Function(_QUARTILE % 0.75, _NUMBER, _fraction),
    "InterQuartileRange": Function(_BETWEEN, _NUMBER, _fraction, "0"),
    "CountDistinct": Function("count(DISTINCT {x})", _ANY, _whole, "0"),
    "MaxDistinctCount": Function("coalesce(list_max(map_values(histogram({x}))), 0)", _ANY, _whole, "0"),
}
"""The statistics of a variable, by their API names. Variance is that of a sample."""

COUNTS = ("Count", "QueryCount")
"""The functions that count records."""

NOT_COMPUTED = (
    "Derived", "CramersV", "UCR", "Phi", "ChiSq", "ChiSqProb", "ContCoef", "ZeroCells", "LowCells",
    "Percentile",
)  # fmt: skip
"""The functions of the schema that this engine refuses."""


def operand(variable: Variable, column: str) -> str:
    """Return SQL of the operand of a statistic.

    Unclassified is a value of a selector or date, but missing is not a value of a number. An unclassified
    date becomes the smallest date, so that it counts as populated and as a value.
    """
    if variable.kind is Kind.DATE:
        return f"coalesce({column}, DATE '0001-01-01')"
    if variable.kind is Kind.DATETIME:
        return f"coalesce({column}, TIMESTAMP '0001-01-01')"
    if variable.kind is Kind.TEXT:
        return f"nullif({column}, '')"
    return column
