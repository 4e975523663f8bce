"""Periods of dates: the names and units that the server knows, and the first day of a period."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from .. import models
from .._runtime.codec.fields import literals
from .._runtime.codec.model import hints
from .._runtime.exceptions import ApiValueError

MARKERS = frozenset(
    ("DateRange", "AdhocDates", "AdhocValues", "CustomRule", "CustomAgeRule", "CustomTimeRule")
)
"""Values of the enum that are not periods: they mean that another field holds the rule."""

UNITS = ("Days", "Weeks", "Months", "Quarters", "Years")
"""Units of a rolling period."""

_FORMS: Mapping[str, Callable[[re.Match[str]], dt.date]] = {
    r"(\d{4})": lambda found: dt.date(int(found[1]), 1, 1),
    r"(\d{4})Q([1-4])": lambda found: dt.date(int(found[1]), 3 * int(found[2]) - 2, 1),
    r"(\d{4})(\d\d)": lambda found: dt.date(int(found[1]), int(found[2]), 1),
    r"(\d{4})W(\d\d)": lambda found: dt.date.fromisocalendar(int(found[1]), int(found[2]), 1),
    r"(\d{4})(\d\d)(\d\d)": lambda found: dt.date(int(found[1]), int(found[2]), int(found[3])),
}


def period_start(code: str) -> dt.date | None:
    """Return the first day of a period of a cube (`2016`, `2016Q3`, `201607`, `2016W27`, `20160704`).

    Return None for any other code, such as unclassified or a total.
    """
    for pattern, first in _FORMS.items():
        found = re.fullmatch(pattern, code)
        if found is not None:
            try:
                return first(found)
            except ValueError:  # zeros mean a missing date
                return None
    return None


def choices(model: type[Any], field: str) -> tuple[str, ...]:
    """Return the values that an enum field of a model may hold."""
    found = literals(hints(model)[field])
    return found[0] if found is not None else ()


def periods() -> tuple[str, ...]:
    """Return the names of the periods that the server knows, such as `LastMonth`."""
    return tuple(name for name in choices(models.ValueRule, "predefined_rule") if name not in MARKERS)


def unit_of(text: str) -> str:
    """Return the server's word for a unit of time: `Months` for `month`. Raises `ValueError` for others."""
    word = str(text).strip().casefold().removesuffix("s").capitalize() + "s"
    if word not in UNITS:
        raise ApiValueError(f"{text!r} is not a unit of a period: write {', '.join(UNITS).lower()}")
    return word
