"""Saved queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import parameters as values
from .basics import Basics, as_array, as_object, listing
from .client.api.queries_api import QueriesApi
from .client.api.query_snippets_api import QuerySnippetsApi
from .client.models import NewQuery, NewSnippet
from .errors import RequestError
from .results import Result, ResultArray, ResultObject
from .running import Running

_CALLS = QueriesApi.operations
_SNIPPETS = QuerySnippetsApi.operations


class Queries(Running, Basics):
    """Saved queries: lists, text, copies, tags, favourites and snippets."""

    def queries(
        self,
        page: int = 1,
        page_size: int = 25,
        only_favorites: bool = False,
        *,
        q: str | None = None,
        order: str | None = None,
        tags: Sequence[str] | None = None,
    ) -> ResultObject:
        """Return one page of the queries: ``count``, ``page``, ``page_size`` and ``results``.

        A row has the number of the latest result as ``latest_query_data_id``, unless the query has
        parameters.

        Args:
            page: number of the page, from 1.
            page_size: rows on it, 1 to 250.
            only_favorites: only those with a star.
            q: words to search for.
            order: column to sort by: `name`, `-created_at`.
            tags: only queries with all of these tags.
        """
        name = "list_favorite_queries" if only_favorites else "list_queries"
        search = listing(page, page_size, {"q": q, "order": order, "tags": tags and list(tags)})
        return as_object(self._wire.call(_CALLS, name, **search))

    def get_query(self, query_id: int | str) -> ResultObject:
        """Return a query with its text, parameters and visualizations."""
        return as_object(self._wire.call(_CALLS, "get_query", query_id=query_id))

    def create_query(
        self,
        ds_id: int,
        name: str,
        qry: str,
        desc: str = "",
        with_results: bool = True,
        options: dict[str, Any] | None = None,
    ) -> ResultObject:
        """Save a new query as a draft.

        Args:
            ds_id: data source of the query.
            name: its name.
            qry: its text; `{{ name }}` marks a parameter.
            desc: description.
            with_results: start a run at once, with the values of the parameters in ``options``.
            options: its settings; ``parameters`` in it lists the parameters with name, type and value.

        Returns:
            The query, with its number as ``id`` and its own key as ``api_key``.

        Raises:
            BadRequestError: a parameter has no value for the run; the query was saved all the same, and a
                note on the error has its number.
        """
        if not isinstance(options, dict):
            options = {}
        body = NewQuery(data_source_id=ds_id, name=name, query=qry, description=desc, options=options)
        saved = as_object(self._wire.call(_CALLS, "create_query", body=body))
        if with_results:
            try:
                self.generate_query_results(ds_id, qry, parameters=values.defaults(options))
            except RequestError as error:
                error.add_note(f"The query itself was saved, as number {saved.get('id')}.")
                raise
        return saved

    def update_query(self, query_id: int | str, data: Mapping[str, Any]) -> ResultObject:
        """Set members of a query.

        Args:
            query_id: number of the query.
            data: the members: name, query, description, options, schedule, tags, is_draft, data_source_id.
                With the ``version`` of the last read, a change by somebody else since then is a
                ConflictError.
        """
        return as_object(self._wire.call(_CALLS, "update_query", query_id=query_id, body=dict(data)))

    def archive_query(self, query_id: int | str) -> Result:
        """Archive a query: remove it from the lists, and its visualizations from the dashboards."""
        return self._wire.call(_CALLS, "archive_query", query_id=query_id)

    def duplicate_query(self, query_id: int | str, new_name: str | None = None) -> ResultObject:
        """Copy a query with its visualizations.

        Args:
            query_id: number of the query.
            new_name: name of the copy; by default that of the server, `Copy of (#12) …`.
        """
        copy = as_object(self._wire.call(_CALLS, "fork_query", query_id=query_id, body={}))
        if not new_name:
            return copy
        changed = as_object(self.update_query(copy["id"], {"name": new_name}))
        # the answer to a change may lack the visualizations, and a caller who copies needs the new ones
        changed.setdefault("visualizations", copy.get("visualizations", []))
        return changed

    def scheduled_queries(self) -> list[Any]:
        """Return all queries with a schedule."""
        return [query for query in self.iterate(self.queries) if query["schedule"] is not None]

    def query_tags(self) -> list[Any]:
        """Return every tag of queries, with the number of queries: ``name``, ``count``."""
        tags: list[Any] = as_object(self._wire.call(_CALLS, "list_query_tags"))["tags"]
        return tags

    # ---- snippets

    def snippets(self) -> ResultArray:
        """Return the snippets: texts to reuse in queries."""
        return as_array(self._wire.call(_SNIPPETS, "list_snippets"))

    def create_snippet(self, trigger: str, snippet: str, description: str = "") -> ResultObject:
        """Save a text to reuse in queries under a trigger word."""
        body = NewSnippet(trigger=trigger, snippet=snippet, description=description)
        return as_object(self._wire.call(_SNIPPETS, "create_snippet", body=body))

    def delete_snippet(self, snippet_id: int) -> Result:
        """Delete a snippet."""
        return self._wire.call(_SNIPPETS, "delete_snippet", snippet_id=snippet_id)
