"""`apteco-api dashboards`: list, calculate, copy, transfer and delete dashboards."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from .output import note, show
from .streams import say

if TYPE_CHECKING:
    from ..session.dashboards import Dashboard
    from ..session.session import Session

T = TypeVar("T")


def one_called(kind: str, items: Iterable[T], asked: str) -> T:
    """Return the item with exactly this id or title. Never guess a similar one: the caller may delete it.

    Raises:
        AmbiguousName: several have the title.
        UnknownName: no item has this id or title.
    """
    from ..query.catalogue import ambiguous, unknown

    every = [(str(getattr(each, "id")), str(getattr(each, "title")), each) for each in items]  # noqa: B009
    found = [each for number, _, each in every if number == asked]
    found = found or [each for _, title, each in every if title == asked]
    if not found:
        raise unknown(kind, asked, (name for number, title, _ in every for name in (title, number)))
    if len(found) > 1:
        raise ambiguous(kind, asked, (number for number, title, _ in every if title == asked))
    return found[0]


def _chosen(session: Session, options: Namespace) -> Dashboard:
    return one_called("dashboard", session.dashboards, options.dashboard)


def dashboards_ls(session: Session, options: Namespace) -> None:
    """List dashboards."""
    found = session.dashboards.search(options.search) if options.search else session.dashboards
    show(
        ({"id": each.id, "title": each.title, "owner": each.owner} for each in found),
        ("id", "title", "owner"),
        options,
    )


def dashboards_refresh(session: Session, options: Namespace) -> None:
    """Calculate the tiles of a dashboard, and print each with the total of its first measure."""
    dashboard = _chosen(session, options)
    figures = dashboard.refresh(timeout=options.timeout)
    titles = {item.id: item.title for item in dashboard.detail.dashboard_items or []}
    rows: list[dict[str, str]] = []
    for key, data in figures.items():
        measures = data.measure_results or []
        cells = "\t".join(measures[0].rows or []).split("\t") if measures else []
        rows.append({"tile": key, "title": titles.get(key, ""), "total": cells[-1] if cells else ""})
    show(rows, ("tile", "title", "total"), options)


def dashboards_copy(session: Session, options: Namespace) -> None:
    """Copy a dashboard, and print the id of the copy."""
    say(_chosen(session, options).copy(options.title).id)


def dashboards_transfer(session: Session, options: Namespace) -> None:
    """Give a dashboard to another user."""
    dashboard = _chosen(session, options)
    dashboard.transfer(options.owner)
    note(f"{dashboard.title} belongs to {options.owner} now")


def dashboards_rm(session: Session, options: Namespace) -> None:
    """Delete a dashboard."""
    dashboard = _chosen(session, options)
    dashboard.delete()
    note(f"deleted {dashboard.title}")
