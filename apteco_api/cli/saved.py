"""What the server holds that contains queries: saved queries and audiences, as plain values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .streams import clean, write_error

if TYPE_CHECKING:
    from ..session.session import Session


class Saved(NamedTuple):
    """Something saved on the server that holds queries."""

    kind: str
    """`query` or `audience`."""
    name: str
    """Path of the file; id and title of the audience."""
    content: Mapping[str, Any]
    """All there is to it, as plain values."""


def saved_queries(session: Session, folder: str = "") -> Iterator[Saved]:
    """Yield the queries in the files below a folder.

    A file that can't be read as a query is named on standard error.
    """
    from ..exceptions import ApiStatusError

    for entry in session.queries.saved(folder):
        try:
            query = session.queries.read(entry.path)
        except (ApiStatusError, LookupError) as error:
            why = error.reason if isinstance(error, ApiStatusError) else error
            write_error(clean(f"left out {entry.path}: {why}") + "\n")
        else:
            yield Saved("query", entry.path, _plain(query))


def saved_audiences(session: Session) -> Iterator[Saved]:
    """Yield the audiences, with their texts and queries."""
    texts = ("title", "description", "brief_text")
    queries = ("body_query", "include_query", "exclude_query")
    for audience in session.audiences:
        content = {name: _plain(getattr(audience.detail, name)) for name in (*texts, *queries)}
        yield Saved("audience", f"{audience.id} {audience.title}", content)


def everything_saved(session: Session) -> Iterator[Saved]:
    """Yield all saved queries, then all audiences."""
    yield from saved_queries(session)
    yield from saved_audiences(session)


def _plain(model: Any) -> Any:
    from .._runtime.codec.encode import encode

    return json.loads(encode(model))
