"""Queries that are saved as files on the server: read, save and list them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .. import models
from ..query.catalogue import Named, UnknownName
from .sections import section_class

if TYPE_CHECKING:
    from ..api._sections import Queries as _Section
    from ..query.requests import Queryable
    from .session import Session
else:
    _Section = section_class("api", "queries")


class Queries(_Section):
    """The queries that are saved on the server, and all operations of the section.

    Paths are those of the server, with `/` between folders: `Private/Bookings.xml`. Methods that take a query
    also take a saved one, as `aa.QueryFile("Private/Bookings.xml")`.
    """

    def __init__(self, session: Session, section: _Section) -> None:
        super().__init__(section.controller, section.given)
        self._session = session

    def read(self, path: str) -> models.Query:
        """Return the query that is saved at a path.

        Raises:
            ApiNotFound: the file does not exist.
            LookupError: the file does not hold a query.
        """
        result = self.queries_perform_get_query_file_definition_synchronously(
            query_file=models.QueryFile(path=path)
        )
        if result.query is None:
            raise UnknownName(f"{path} does not hold a query")
        return result.query

    def save(self, path: str, query: Queryable, *, table: str | Named = "") -> models.Query:
        """Save a query at a path, and replace an existing file. Return the query as it was saved.

        Args:
            path: the path; the user needs the right to write there.
            query: what selects records; see `Session.count`.
            table: select on this table instead of the query's own.
        """
        from ..query.requests import to_keep

        made = to_keep(self._session.query(query, table=table), query)
        self.queries_perform_save_query_file_definition_synchronously(
            save_query_file=models.SaveQueryFile(path=path, query=made)
        )
        return made

    def saved(self, folder: str = "") -> Iterator[models.FileEntry]:
        """Yield the files below a folder that contain queries."""
        return (entry for entry in self._session.files.walk(folder) if entry.type == "Selection")
