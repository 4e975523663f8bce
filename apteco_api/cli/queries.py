"""`apteco-api queries`: list the saved queries, or save one."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from .output import show
from .query import asked_query
from .streams import say

if TYPE_CHECKING:
    from ..session.session import Session


def queries_ls(session: Session, options: Namespace) -> None:
    """List the saved queries below a folder."""
    found = session.queries.saved(options.folder)
    show(({"path": each.path, "name": each.name} for each in found), ("path", "name"), options)


def queries_save(session: Session, options: Namespace) -> None:
    """Save a query, and print its path."""
    path: str = options.path
    session.queries.save(path, asked_query(session, options), table=options.table or "")
    say(path)
