"""Customers: their ids, properties, events, consents and attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from .client.api import CustomersApi
from .client.models import (
    Attribute,
    AttributeResult,
    AttributesRequest,
    CustomerSelection,
    EventsRequest,
    ExportRequest,
)
from .exceptions import APIException, needed
from .naming import named
from .spelling import also_called

if TYPE_CHECKING:
    from .exponea import Exponea


@named
class Customer:
    """The customers of the project.

    Args:
        client: the client; a call uses its project and credentials at that time.

    A customer is named by ids: a dictionary from the kind of id to its value, such as
    `{"registered": "ann@example.com"}`. Every method raises `APIException` if the call failed; with status
    404 if no customer has one of the ids.
    """

    def __init__(self, client: Exponea) -> None:
        self.client = client
        self.logger = client.logger

    @property
    def endpoint_base(self) -> str:
        """The path of the customers, relative to the instance's address."""
        return f"/data/v2/projects/{self.client.project_token}/customers"

    @overload
    def get_customer(self, ids: Mapping[str, Any]) -> dict[str, Any]: ...
    @overload
    def get_customer(self, *, customer_ids: Mapping[str, Any]) -> dict[str, Any]: ...
    @also_called(ids="customer_ids")
    def get_customer(self, ids: Mapping[str, Any]) -> dict[str, Any]:
        """Read all data of one customer.

        Args:
            ids: the customer's ids; `customer_ids` is accepted as well.

        Returns:
            `ids`, `properties` and `events`.
        """
        api = self.client.api(CustomersApi)
        found = api.export_customer(self.client.project_token, CustomerSelection(customer_ids=dict(ids)))
        return {"ids": found.ids, "properties": found.properties, "events": found.events}

    @overload
    def get_customer_consents(self, ids: Mapping[str, Any], consents: Sequence[str]) -> dict[str, Any]: ...
    @overload
    def get_customer_consents(
        self, *, customer_ids: Mapping[str, Any], consent_types: Sequence[str]
    ) -> dict[str, Any]: ...
    @overload
    def get_customer_consents(
        self, ids: Mapping[str, Any], *, consent_types: Sequence[str]
    ) -> dict[str, Any]: ...
    @overload
    def get_customer_consents(
        self, *, customer_ids: Mapping[str, Any], consents: Sequence[str]
    ) -> dict[str, Any]: ...
    @also_called(ids="customer_ids", consents="consent_types")
    def get_customer_consents(self, ids: Mapping[str, Any], consents: Sequence[str]) -> dict[str, Any]:
        """Read whether a customer consents.

        Args:
            ids: the customer's ids; `customer_ids` is accepted as well.
            consents: the categories; `consent_types` is accepted as well.

        Returns:
            Category to True or False; None, with a warning in the log, for a category that the access key may
            not see.
        """
        wanted = [Attribute(type="consent", category=category) for category in consents]
        results = self._attributes(ids, wanted)
        return {
            category: self._value(result, "consent", category)
            for category, result in zip(consents, results, strict=True)
        }

    def get_customer_attributes(
        self,
        customer_ids: Mapping[str, Any],
        properties: Sequence[str] = (),
        segmentations: Sequence[str] = (),
        ids: Sequence[str] = (),
        expressions: Sequence[str] = (),
        aggregations: Sequence[str] = (),
        predictions: Sequence[str] = (),
    ) -> dict[str, dict[str, Any]]:
        """Read chosen attributes of one customer.

        Args:
            customer_ids: the customer's ids.
            properties: names of properties.
            segmentations: ids of segmentations.
            ids: kinds of id.
            expressions: ids of expressions.
            aggregations: ids of aggregates.
            predictions: ids of predictions.

        Returns:
            For each requested kind, name or id to value; None, with a warning in the log, for an attribute
            that the access key may not see.
        """
        asked: dict[str, list[tuple[str, Attribute]]] = {
            "properties": [(each, Attribute(type="property", property=each)) for each in properties],
            "segmentations": [(each, Attribute(type="segmentation", id=each)) for each in segmentations],
            "ids": [(each, Attribute(type="id", id=each)) for each in ids],
            "expressions": [(each, Attribute(type="expression", id=each)) for each in expressions],
            "aggregations": [(each, Attribute(type="aggregate", id=each)) for each in aggregations],
            "predictions": [(each, Attribute(type="prediction", id=each)) for each in predictions],
        }
        wanted = [attribute for group in asked.values() for _, attribute in group]
        results = iter(self._attributes(customer_ids, wanted))
        return {
            kind: {name: self._value(next(results), kind, name) for name, _ in group}
            for kind, group in asked.items()
            if group
        }

    def get_customers(
        self,
        *,
        attributes: Mapping[str, Any] | None = None,
        filter: Mapping[str, Any] | None = None,
        execution_time: float | None = None,
        timezone: str | None = None,
    ) -> list[dict[str, Any]]:
        """Read all customers.

        Args:
            attributes: the ids and properties, in the API's form; all by default.
            filter: the customers, in the API's form; all by default.
            execution_time: time of the data, in seconds since 1970-01-01 UTC; now by default.
            timezone: time zone of computed values, such as `Europe/Bratislava`.

        Returns:
            For each customer `ids` and `properties`.
        """
        request = ExportRequest(
            format="native_json",
            attributes=None if attributes is None else dict(attributes),
            filter=None if filter is None else dict(filter),
            execution_time=execution_time,
            timezone=timezone,
        )
        api = self.client.api(CustomersApi)
        export = api.export_customers(self.client.project_token, request)
        customers: list[dict[str, Any]] = []
        fields = needed(export.fields, "fields")
        for row in needed(export.data, "data"):
            if len(needed(row, "data")) != len(fields):
                raise APIException(f"a row has {len(row)} values for {len(fields)} fields", status=200)
            customer: dict[str, Any] = {"ids": {}, "properties": {}}
            # Each value goes where its own field says: a server may list ids and properties in any order.
            for field, value in zip(fields, row, strict=True):
                customer["ids" if field.type == "id" else "properties"][field.id or field.property] = value
            customers.append(customer)
        return customers

    def get_events(
        self,
        customer_ids: Mapping[str, Any],
        event_types: Sequence[str],
        *,
        order: str | None = None,
        limit: int | None = None,
        skip: int | None = None,
    ) -> list[dict[str, Any]]:
        """Read a customer's events.

        Args:
            customer_ids: the customer's ids.
            event_types: the types of event to read.
            order: `asc`, the oldest first, or `desc`; the oldest first by default.
            limit: most events to return; all by default.
            skip: events to leave out at the start.

        Returns:
            For each event `type`, `timestamp` in seconds since 1970-01-01 UTC, and `properties`.
        """
        request = EventsRequest(
            customer_ids=dict(customer_ids),
            event_types=list(event_types),
            order=order,
            limit=limit,
            skip=skip,
        )
        api = self.client.api(CustomersApi)
        return api.export_events(self.client.project_token, request).data

    def anonymize_customer(self, customer_ids: Mapping[str, Any]) -> bool:
        """Erase for ever everything that identifies a customer.

        Args:
            customer_ids: the customer's ids.

        Returns:
            True; a failure is an exception.
        """
        selection = CustomerSelection(customer_ids=dict(customer_ids))
        api = self.client.api(CustomersApi)
        return api.anonymize_customer(self.client.project_token, selection).success

    def _attributes(self, ids: Mapping[str, Any], wanted: list[Attribute]) -> list[AttributeResult]:
        request = AttributesRequest(customer_ids=dict(ids), attributes=wanted)
        api = self.client.api(CustomersApi)
        results = needed(api.get_customer_attributes(self.client.project_token, request).results, "results")
        if len(results) != len(wanted):
            text = f"asked for {len(wanted)} attributes, the server answered {len(results)}"
            raise APIException(text, status=200)
        return [needed(result, "results") for result in results]

    def _value(self, result: AttributeResult, kind: str, name: str) -> Any:
        if not result.success:
            self.logger.warning("No permission to retrieve %s %s", kind, name)
            return None
        return result.value
