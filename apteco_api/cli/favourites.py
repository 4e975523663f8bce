"""`apteco-api favourites`, `templates`, `server` and `temporary-url`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from .dashboards import one_called
from .output import note, show
from .streams import say

if TYPE_CHECKING:
    from ..session.export_templates import ExportTemplate
    from ..session.favourites import Favourite
    from ..session.session import Session


def _favourite(session: Session, options: Namespace) -> Favourite:
    return one_called("favourite", session.favourites, options.favourite)


def favourites_ls(session: Session, options: Namespace) -> None:
    """List favourites."""
    found = session.favourites.search(options.search) if options.search else session.favourites
    show(
        ({"id": each.id, "title": each.title, "description": each.description} for each in found),
        ("id", "title", "description"),
        options,
    )


def favourites_rename(session: Session, options: Namespace) -> None:
    """Give a favourite another title."""
    note(f"renamed to {_favourite(session, options).rename(options.title).title}")


def favourites_rm(session: Session, options: Namespace) -> None:
    """Delete a favourite."""
    found = _favourite(session, options)
    found.delete()
    note(f"deleted {found.title}")


def _template(session: Session, options: Namespace) -> ExportTemplate:
    return one_called("export template", session.audience_export_templates, options.template)


def templates_ls(session: Session, options: Namespace) -> None:
    """List export templates with their columns."""
    templates = session.audience_export_templates
    found = templates.search(options.search) if options.search else templates
    show(
        (
            {
                "id": each.id,
                "title": each.title,
                "owner": each.owner,
                "columns": ", ".join(
                    column.column_header
                    for column in each.model.export_template_definition.export_template_columns
                ),
            }
            for each in found
        ),
        ("id", "title", "owner", "columns"),
        options,
    )


def templates_create(session: Session, options: Namespace) -> None:
    """Create an export template, and print its id."""
    say(session.audience_export_templates.create(options.title, options.columns).id)


def templates_export(session: Session, options: Namespace) -> None:
    """Print or write the records of an audience with the columns of a template."""
    from .audiences import find_audience
    from .questions import write_export

    options.columns = _template(session, options).columns
    write_export(session, find_audience(session, options.audience), "", options)


def templates_rm(session: Session, options: Namespace) -> None:
    """Delete an export template."""
    found = _template(session, options)
    found.delete()
    note(f"deleted {found.title}")


def server(session: Session, options: Namespace) -> None:
    """Print the server's version, or how many items belong to a user."""
    if options.counts is None:
        say(session.server_version)
        return
    counts = session.resource_counts(options.counts)
    show(({"kind": kind, "count": count} for kind, count in counts.items()), ("kind", "count"), options)


def temporary_url(session: Session, options: Namespace) -> None:
    """Print an address that opens one resource for some minutes."""
    say(session.temporary_token(options.path).url)
