"""`apteco-api audiences`: list, make, calculate and delete audiences."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from .output import note, show
from .query import asked_query
from .streams import say

if TYPE_CHECKING:
    from ..session.audiences import Audience
    from ..session.session import Session


def audiences_ls(session: Session, options: Namespace) -> None:
    """List audiences."""
    found = session.audiences.search(options.search) if options.search else list(session.audiences)
    show(
        (
            {
                "id": each.id,
                "title": each.title,
                "table": each.model.resolve_table_name,
                "records": each.count,
                "owner": each.model.owner.username,
                "changed": each.model.last_updated_date,
            }
            for each in found
        ),
        ("id", "title", "table", "records", "owner", "changed"),
        options,
    )


def audiences_create(session: Session, options: Namespace) -> None:
    """Make an audience, and print its id."""
    query = asked_query(session, options)
    if options.table and not isinstance(query, str):
        query = session.query(query, table=options.table)
    made = session.audiences.create(options.title, query, description=options.description)
    say(made.id)


def find_audience(session: Session, asked: str) -> Audience:
    """Return the audience with exactly this id or title. Never guess a similar one: the caller may delete it.

    Raises:
        AmbiguousName: several have the title.
        UnknownName: no audience has this id or title.
    """
    from ..query.catalogue import unknown

    every = list(session.audiences)
    by_id = [each for each in every if str(each.id) == asked]
    found = by_id or [each for each in every if each.title == asked]
    if not found:
        raise unknown("audience", asked, (name for each in every for name in (each.title, str(each.id))))
    return found[0] if len(found) == 1 else session.audiences[asked]


def audiences_calculate(session: Session, options: Namespace) -> None:
    """Calculate an audience, and print how many records it has; with `--no-wait`, the token of the job."""
    audience = find_audience(session, options.audience)
    job = audience.start()
    if options.no_wait:
        say(job.token)
    else:
        job.wait(options.timeout)
        say(audience.reload().count)


def audiences_export(session: Session, options: Namespace) -> None:
    """Print or write the records of an audience, as they arrive."""
    from .questions import write_export

    write_export(session, find_audience(session, options.audience), "", options)


def audiences_share(session: Session, options: Namespace) -> None:
    """Share an audience with users."""
    audience = find_audience(session, options.audience)
    audience.share(*options.users)
    note(f"shared {audience.title} with {', '.join(options.users)}")


def audiences_rm(session: Session, options: Namespace) -> None:
    """Delete an audience."""
    audience = find_audience(session, options.audience)
    audience.delete()
    note(f"deleted {audience.title}")
