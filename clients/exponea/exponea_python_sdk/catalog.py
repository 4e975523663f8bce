"""Catalogs: tables of items that campaigns and recommendations look up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from .client._runtime.binding import bind
from .client.api import CatalogsApi
from .client.models import CatalogDefinition, CatalogField, CatalogItemChange, CatalogItemContent
from .exceptions import APIException, needed
from .naming import named
from .spelling import also_called

if TYPE_CHECKING:
    from .exponea import Exponea

REACHABLE = 1001
"""The server answers no page whose `skip` and `count` together exceed this."""


@named
class Catalog:
    """The catalogs of the project.

    Args:
        client: whose project and credentials the calls use, as they are when a call is made.

    Every method raises `APIException` when the call failed; with status 404 when there is no such catalog or
    item.
    """

    def __init__(self, client: Exponea) -> None:
        self.client = client

    @property
    def endpoint_base(self) -> str:
        """Where the catalogs are, relative to the instance's address."""
        return f"/data/v2/projects/{self.client.project_token}/catalogs"

    @overload
    def create_catalog(self, name: str, fields: Sequence[str]) -> str: ...
    @overload
    def create_catalog(self, *, catalog_name: str, fields: Sequence[str]) -> str: ...
    @also_called(name="catalog_name")
    def create_catalog(self, name: str, fields: Sequence[str]) -> str:
        """Create an empty catalog.

        Args:
            name: the name that people see; `catalog_name` is accepted as well.
            fields: the columns' names.

        Returns:
            The catalog's id.
        """
        api = self.client.api(CatalogsApi)
        return api.create_catalog(self.client.project_token, _definition(name, fields)).id

    def get_catalog_name(self, catalog_id: str) -> str:
        """Read a catalog's name.

        Args:
            catalog_id: the catalog's id.
        """
        api = self.client.api(CatalogsApi)
        catalog = needed(api.get_catalog(self.client.project_token, catalog_id).data, "data")
        return catalog.name

    def get_catalog_items(self, catalog_id: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Find items, one page at a time.

        Args:
            catalog_id: the catalog's id.
            params: what to find: `query`, `field`, `count` (20 unless told), `skip` and `order`, such as
                `price,desc`, and the API's filters. A parameter that is None is not sent, one that is a list
                is sent once for each of its values.

        Returns:
            `data`, the items with `item_id` and `properties`; `matched`, how many items match;
            `matched_limited`; `limit` and `skip`, which page this is; `total`, how many items the catalog
            has.
        """
        # Plain, not as a model: what is null, and what the server adds, is part of the result.
        api = self.client.api(CatalogsApi)
        given = {"filters": dict(params or {})}
        bound = bind(api.get_catalog_items, (self.client.project_token, catalog_id), given)
        operation = bound.operation._replace(responses={200: "object"})
        reply: dict[str, Any] = api.api_client.call(operation, bound.values(), name=bound.name)
        items: list[dict[str, Any]] = [needed(item, "data") for item in needed(reply.get("data"), "data")]
        page = {name: value for name, value in reply.items() if name != "success"}
        page["data"] = [{name: item[name] for name in item if name != "catalog_id"} for item in items]
        return page

    def iter_catalog_items(
        self, catalog_id: str, params: Mapping[str, Any] | None = None, *, page_size: int = 100
    ) -> Iterator[dict[str, Any]]:
        """Find items, page after page, as one stream.

        Args:
            catalog_id: the catalog's id.
            params: what to find, as for `get_catalog_items`; its `skip` is where to begin, `count` is not
                looked at.
            page_size: items a request, 1 to 1001.

        Yields:
            Each item with `item_id` and `properties`.

        Raises:
            APIException: after the last item that the server gives out (the 1001st match), if more match:
                narrow the query to see them.
            ValueError: `page_size` is out of its range.
        """
        if not 1 <= page_size <= REACHABLE:
            raise ValueError(f"page_size must be 1 to {REACHABLE}, not {page_size!r}")
        wanted = dict(params or {})
        skip = int(wanted.get("skip") or 0)
        while skip < REACHABLE:
            count = min(page_size, REACHABLE - skip)
            page = self.get_catalog_items(catalog_id, {**wanted, "count": count, "skip": skip})
            yield from page["data"]
            skip += len(page["data"])
            matched = page.get("matched")
            if not page["data"] or skip >= (REACHABLE if matched is None else matched):
                return
        raise APIException(f"only the first {REACHABLE} of the matching items can be read: narrow the query")

    @overload
    def update_catalog_name(self, catalog_id: str, catalog_name: str, fields: Sequence[str]) -> bool: ...
    @overload
    def update_catalog_name(self, catalog_id: str, *, new_name: str, fields: Sequence[str]) -> bool: ...
    @also_called(catalog_name="new_name")
    def update_catalog_name(self, catalog_id: str, catalog_name: str, fields: Sequence[str]) -> bool:
        """Rename a catalog, or add columns to it.

        Args:
            catalog_id: the catalog's id.
            catalog_name: the new name; `new_name` is accepted as well.
            fields: all columns; those that exist already must be among them.

        Returns:
            True; a failure is an exception.
        """
        api = self.client.api(CatalogsApi)
        definition = _definition(catalog_name, fields)
        return api.update_catalog(self.client.project_token, catalog_id, definition).success

    def create_catalog_item(self, catalog_id: str, item_id: str, properties: Mapping[str, Any]) -> bool:
        """Create an item, or replace the one with this id as a whole.

        Args:
            catalog_id: the catalog's id.
            item_id: the item's id; the server refuses a slash in it.
            properties: the item's values by column.

        Returns:
            True; a failure is an exception.
        """
        api = self.client.api(CatalogsApi)
        content = CatalogItemContent(properties=dict(properties))
        return api.put_catalog_item(self.client.project_token, catalog_id, item_id, content).success

    def update_catalog_item(
        self, catalog_id: str, item_id: str, properties: Mapping[str, Any], *, upsert: bool | None = None
    ) -> bool:
        """Change some values of an item; the others stay.

        Args:
            catalog_id: the catalog's id.
            item_id: the item's id.
            properties: the values to change by column.
            upsert: True makes the item when there is none with this id.

        Returns:
            True; a failure is an exception.
        """
        api = self.client.api(CatalogsApi)
        change = CatalogItemChange(properties=dict(properties), upsert=upsert)
        return api.update_catalog_item(self.client.project_token, catalog_id, item_id, change).success

    def delete_catalog_item(self, catalog_id: str, item_id: str) -> bool:
        """Delete one item.

        Args:
            catalog_id: the catalog's id.
            item_id: the item's id.

        Returns:
            True; a failure is an exception.
        """
        api = self.client.api(CatalogsApi)
        return api.delete_catalog_item(self.client.project_token, catalog_id, item_id).success

    def delete_catalog_items(self, catalog_id: str) -> bool:
        """Delete all items of a catalog; the catalog stays.

        Args:
            catalog_id: the catalog's id.

        Returns:
            True; a failure is an exception.
        """
        api = self.client.api(CatalogsApi)
        return api.delete_catalog_items(self.client.project_token, catalog_id).success

    def delete_catalog(self, catalog_id: str) -> bool:
        """Delete a catalog with its items.

        Args:
            catalog_id: the catalog's id.

        Returns:
            True; a failure is an exception.
        """
        api = self.client.api(CatalogsApi)
        return api.delete_catalog(self.client.project_token, catalog_id).success


def _definition(name: str, fields: Sequence[str]) -> CatalogDefinition:
    return CatalogDefinition(name=name, fields=[CatalogField(name=field) for field in fields])
