"""Limits of a selection: samples, the highest records, a number for each record above. Pure."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from fractions import Fraction
from operator import index
from typing import Any, Literal, cast

from .. import models
from .._runtime.exceptions import ApiValueError
from .catalogue import Catalogue, Named, name_of, table_called
from .clauses import sub_selection

Sampling = Literal["First", "Random", "Stratified"]


def sample_limits(
    total: int | None, fraction: float | Fraction | None, kind: Sampling, skip: int
) -> models.Limits:
    """Return the model of `Condition.sample`."""
    if (total is None) == (fraction is None):
        raise ApiValueError("give either total or fraction")
    limits = models.Limits(sampling=kind, start_at=number_of("skip", skip))
    if total is not None:
        limits.type, limits.total = "Total", number_of("total", total)
    elif isinstance(fraction, Fraction):
        limits.type = "Fraction"
        limits.fraction = models.Fraction(numerator=fraction.numerator, denominator=fraction.denominator)
    else:
        limits.type, limits.percent = "Percent", float(fraction or 0) * 100
    return limits


def top_limits(n: int | None, by: str | Named, percent: float | None, ascending: bool) -> models.TopN:
    """Return the model of `Condition.top`."""
    if (n is None) == (percent is None):
        raise ApiValueError("give either n or percent")
    return models.TopN(
        variable_name=name_of(by),
        direction="Bottom" if ascending else "Top",
        value=0 if n is None else number_of("n", n),
        percent=None if percent is None else float(percent),
    )


def per_record(table: str | Named, n: int, by: str | Named | None, ascending: bool) -> models.NPer:
    """Return the model of `Condition.first_per`."""
    recency = models.RFVRecency(value=number_of("n", n))
    if by is not None:
        recency.variable_name, recency.direction = name_of(by), "First" if ascending else "Last"
    return models.NPer(recency=recency, grouping_table_name=name_of(table))


def per_value(variable: str | Named, n: int, by: str | Named | None, ascending: bool) -> models.TopN:
    """Return the model of `Condition.first_per_value`."""
    top = models.TopN(grouping_variable_name=name_of(variable), group_max=number_of("n", n))
    if by is not None:
        top.grouping_sequence_variable_name, top.grouping_ascending = name_of(by), ascending
    return top


def limited(
    selection: models.Selection, limits: Mapping[str, Any], catalogue: Catalogue | None
) -> models.Selection:
    """Return a selection with limits.

    Args:
        selection: the records. It is changed in place; if it has limits already, a new selection wraps it.
        limits: fields of `Selection` and their models, whose copies are used.
        catalogue: where names are looked up.
    """
    if any(getattr(selection, name) is not None for name in ("limits", "top_n", "n_per")):
        selection = models.Selection(
            table_name=selection.table_name,
            rule=models.Rule(clause=sub_selection(selection)[0]),
        )
    for name, value in limits.items():
        own = copy.deepcopy(value)  # a copy, as the caller may change the returned model
        if isinstance(own, models.NPer):
            own.transactional_table_name = selection.table_name
        if catalogue is not None:
            _resolve_names(own, catalogue)
        setattr(selection, name, own)
    return selection


def number_of(name: str, number: object) -> int:
    """Return a number of records as a plain int; numpy's integers are accepted."""
    try:
        found = index(cast(Any, number))
    except TypeError:
        found = -1
    if found < 0 or isinstance(number, bool):
        raise ApiValueError(f"{name} must be a whole number that is not negative, not {number!r}")
    return found


_FIGURE = re.compile(r"(><|(<|<=|>|>=|=)?\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?)", re.ASCII | re.IGNORECASE)


def figures(numbers: object) -> str:
    """Return figures as the server reads them: `>=3`, or several such with tabs between.

    Raises `ValueError` for anything that is not a number or a comparison with one.
    """
    items = [text for item in str(numbers).split("\t") if (text := item.strip())] or [""]
    for item in items:
        if not _FIGURE.fullmatch(item):
            raise ApiValueError(
                f"{item!r} is not a number or a comparison with one, such as '>=3'; for a range, combine two "
                "conditions with &, one with '>=3' and one with '<=5'"
            )
    return "\t".join(items)


_VARIABLES = ("variable_name", "grouping_variable_name", "grouping_sequence_variable_name")


def _resolve_names(limit: Any, catalogue: Catalogue) -> None:
    """Replace descriptions of variables in a limit by their names.

    Raises `UnknownName` if a variable or table does not exist.
    """
    for part in (limit, getattr(limit, "recency", None)):
        for field in _VARIABLES:
            given = getattr(part, field, None)
            if given:
                setattr(part, field, catalogue.facts(given).name)
    grouping = getattr(limit, "grouping_table_name", None)
    if grouping:
        limit.grouping_table_name = table_called(grouping, catalogue.parents())
