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
"""The server refuses pages whose `skip` and `count` add up to more than this."""


@named
class Catalog:
    """The catalogs of the project.

    Args:
        client: the client; a call uses its project and credentials at that time.

    Every method raises `APIException` if the call failed; with status 404 if the catalog or the item does not
    exist.
    """

    def __init__(self, client: Exponea) -> None:
        self.client = client

    @property
    def endpoint_base(self) -> str:
        """The path of the catalogs, relative to the instance's address."""
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
            params: the search: `query`, `field`, `count` (20 by default), `skip` and `order`, such as
                `price,desc`, and the API's filters. A parameter that is None is not sent, one that is a list
                is sent once for each of its values.

        Returns:
            `data`, the items with `item_id` and `properties`; `matched`, the number of matching items;
            `matched_limited`; `limit` and `skip`, the place of this page; `total`, the number of items in the
            catalog.
        """
        # Not as a model: the result keeps null values, and members that the server adds.
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
            params: the search, as for `get_catalog_items`; `skip` is the first item, and `count` is
                ignored.
            page_size: items a request, 1 to 1001.

        Yields:
            Each item with `item_id` and `properties`.

        Raises:
            APIException: after the last item that the server returns (the 1001st match), if more items match:
                narrow the query.
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
            fields: all columns, including the existing ones.

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
            upsert: True creates the item if none has this id.

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
