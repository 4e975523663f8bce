"""Saved queries and audiences of the server, as plain values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .streams import clean, leave_out, write_error

if TYPE_CHECKING:
    from ..session.session import Session


class Saved(NamedTuple):
    """A saved query or an audience."""

    kind: str
    """`query` or `audience`."""
    name: str
    """The path of the query's file, or id and title of the audience."""
    content: Mapping[str, Any]
    """Everything that the server stores of it, as plain values."""


def saved_queries(session: Session, folder: str = "") -> Iterator[Saved]:
    """Yield the queries in the files below a folder.

    Files that the user may not read, or that don't contain a query, are named on standard error.
    """
    from ..exceptions import ApiForbidden, ApiStatusError

    forbidden: list[str] = []
    for entry in session.queries.saved(folder):
        try:
            query = session.queries.read(entry.path)
        except ApiForbidden:
            forbidden.append(entry.path)
        except (ApiStatusError, LookupError) as error:
            why = error.reason if isinstance(error, ApiStatusError) else error
            write_error(clean(f"left out {entry.path}: {why}") + "\n")
        else:
            yield Saved("query", entry.path, _plain(query))
    leave_out("saved queries that you may not read", forbidden)


def saved_audiences(session: Session) -> Iterator[Saved]:
    """Yield the audiences, with their texts and queries. Audiences that the user may not read are named on
    standard error.
    """
    from ..exceptions import ApiForbidden

    texts = ("title", "description", "brief_text")
    queries = ("body_query", "include_query", "exclude_query")
    forbidden: list[str] = []
    for audience in session.audiences:
        try:
            detail = audience.detail
        except ApiForbidden:
            forbidden.append(audience.title)
            continue
        content = {name: _plain(getattr(detail, name)) for name in (*texts, *queries)}
        yield Saved("audience", f"{audience.id} {audience.title}", content)
    leave_out("audiences that you may not read", forbidden)


def everything_saved(session: Session) -> Iterator[Saved]:
    """Yield all saved queries, then all audiences.

    If the user may list only one of the two kinds, the other is named on standard error.

    Raises:
        ApiForbidden: the user may list neither kind.
    """
    from ..exceptions import ApiForbidden

    refused: list[ApiForbidden] = []
    for kind, listing in (("saved queries", saved_queries), ("audiences", saved_audiences)):
        try:
            yield from listing(session)
        except ApiForbidden as error:
            refused.append(error)
            if len(refused) == 2:
                raise
            leave_out(f"the {kind}, which you may not list")


def _plain(model: Any) -> Any:
    from .._runtime.codec.encode import encode

    return json.loads(encode(model))
