"""Parameters in the text of a query: their names, checks of their values, and the text with the values."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from typing import Any

from .store import Doc

_MARK = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
_DATE_FORMS = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M")


def names(text: str) -> list[str]:
    """Return the marks in a text, each once: ``n``, ``period.start``."""
    return list(dict.fromkeys(_MARK.findall(text)))


def missing(text: str, values: Doc) -> list[str]:
    """Return the marks of the text that have no value."""
    flat = _flat(values)
    return sorted(mark for mark in names(text) if mark not in flat)


def unfit(definitions: Iterable[Doc], values: Doc) -> list[str]:
    """Return the names of the values that do not have their parameter's type."""
    kinds = {definition["name"]: definition for definition in definitions}
    return [name for name, value in values.items() if name in kinds and not _fits(kinds[name], value)]


def fill(text: str, values: Doc) -> str:
    """Return the text with the values in it."""
    flat = _flat(values)
    return _MARK.sub(lambda mark: _written(flat.get(mark[1], "")), text)


def is_safe(definitions: Iterable[Doc]) -> bool:
    """Return whether no parameter can change the SQL: a free text can."""
    return all(definition.get("type") != "text" for definition in definitions)


def _flat(values: Doc) -> Doc:
    found: Doc = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found.update({f"{name}.{part}": inner for part, inner in value.items()})  # pyright: ignore
        else:
            found[name] = value
    return found


def _written(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)  # pyright: ignore


def _fits(definition: Doc, value: Any) -> bool:
    kind: str = definition.get("type", "text")
    if kind == "number":
        return _is_number(value)
    if kind == "enum":
        options = definition.get("enumOptions", "")
        choices = options.split("\n") if isinstance(options, str) else options
        return all(each in choices for each in (value if isinstance(value, list) else [value]))  # pyright: ignore
    if kind.startswith("date") and "range" in kind:
        return isinstance(value, dict) and _is_date(value.get("start")) and _is_date(value.get("end"))  # pyright: ignore
    if kind.startswith("date"):
        return _is_date(value)
    return isinstance(value, str) or kind != "text"


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _is_date(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    for form in _DATE_FORMS:
        try:
            datetime.datetime.strptime(value, form)  # only whether it parses matters, not the zone
        except ValueError:
            continue
        return True
    return False
