"""`apteco-api tables`, `variables`, `codes`: look at the system's data model."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from .output import show

if TYPE_CHECKING:
    from ..session.session import Session


def tables(session: Session, options: Namespace) -> None:
    """Print the tables."""
    found = session.tables.search(options.search) if options.search else list(session.tables)
    show(
        (
            {
                "table": each.name,
                "parent": each.model.parent_table,
                "records": each.total_records,
                "singular": each.model.singular_display_name,
                "plural": each.model.plural_display_name,
            }
            for each in found
        ),
        ("table", "parent", "records", "singular", "plural"),
        options,
    )


def variables(session: Session, options: Namespace) -> None:
    """Print the variables."""
    table: str = options.table or ""
    every = session.tables[table].variables if table else session.variables
    found = every.search(options.search) if options.search else list(every)
    show(
        (
            {
                "variable": each.name,
                "description": each.description,
                "table": each.table_name,
                "kind": each.kind,
                "folder": each.model.folder_name,
            }
            for each in found
        ),
        ("variable", "description", "table", "kind", "folder"),
        options,
    )


def codes(session: Session, options: Namespace) -> None:
    """Print the codes of a variable."""
    variable: str = options.variable
    asked = session.variables[variable]
    if asked.model.selector_info is None:
        raise ValueError(f"{asked.name!r} is a {asked.kind} variable: it has no codes")
    every = asked.codes
    found = every.search(options.search) if options.search else list(every)
    show(
        ({"code": each.code, "description": each.description, "count": each.count} for each in found),
        ("code", "description", "count"),
        options,
    )
