"""`apteco-api find`: where a term, a table or a variable is used."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from .output import show

if TYPE_CHECKING:
    from ..session.session import Session
from .saved import everything_saved


def texts_of(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in a structure, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, each in cast("Mapping[str, Any]", value).items():
            yield from texts_of(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for place, each in enumerate(cast("list[object]", value)):
            yield from texts_of(each, f"{path}[{place}]")


def find_term(session: Session, options: Namespace) -> int:
    """Print where a term occurs in saved queries and audiences; return 4 if it occurs nowhere."""
    try:
        pattern = re.compile(
            options.term if options.regex else re.escape(options.term), 0 if options.case else re.IGNORECASE
        )
    except re.error as error:
        raise ValueError(f"{options.term!r} is not a regular expression: {error}") from None
    found: list[dict[str, str]] = []
    for saved in everything_saved(session):
        if pattern.search(saved.name) and saved.kind == "query":
            found.append({"kind": saved.kind, "name": saved.name, "place": "path", "text": saved.name})
        for place, text in texts_of(saved.content):
            if pattern.search(text):
                found.append({"kind": saved.kind, "name": saved.name, "place": place, "text": text})
    show(found, ("kind", "name", "place", "text"), options)
    return 0 if found else 4


def find_tables(session: Session, options: Namespace) -> None:
    """Print which tables and variables the saved queries and audiences use."""
    wanted: str | None = options.name
    rows: list[dict[str, str]] = []
    for saved in everything_saved(session):
        for what in ("table", "variable"):
            used = {text for place, text in texts_of(saved.content) if text and _names(what, place)}
            rows += [
                {"kind": saved.kind, "name": saved.name, "uses": what, "used": each} for each in sorted(used)
            ]
    found = [row for row in rows if wanted in (None, row["used"])]
    if wanted and not found and wanted not in session.tables.names():
        found_name = session.variables[wanted].name  # `wanted` may be a description; an unknown name raises
        found = [row for row in rows if row["used"] == found_name]
    show(found, ("kind", "name", "uses", "used"), options)


def _names(what: str, place: str) -> bool:
    """Return whether the text at a place is the name of a table, or of a variable."""
    return place.rpartition(".")[2].casefold().endswith(f"{what}name")
