"""The days on which the periods of a cube start: `2016`, `2016Q3`, `201607`, `2016W27`, `20160704`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping

_FORMS: Mapping[str, Callable[[re.Match[str]], dt.date]] = {
    r"(\d{4})": lambda found: dt.date(int(found[1]), 1, 1),
    r"(\d{4})Q([1-4])": lambda found: dt.date(int(found[1]), 3 * int(found[2]) - 2, 1),
    r"(\d{4})(\d\d)": lambda found: dt.date(int(found[1]), int(found[2]), 1),
    r"(\d{4})W(\d\d)": lambda found: dt.date.fromisocalendar(int(found[1]), int(found[2]), 1),
    r"(\d{4})(\d\d)(\d\d)": lambda found: dt.date(int(found[1]), int(found[2]), int(found[3])),
}


def period_start(code: str) -> dt.date | None:
    """The first day of a period; None for what is no period: unclassified, a total."""
    for pattern, first in _FORMS.items():
        found = re.fullmatch(pattern, code)
        if found is not None:
            try:
                return first(found)
            except ValueError:  # zeros stand for no date
                return None
    return None
