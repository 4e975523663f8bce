"""Tracking: send events and properties, one call at a time or in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from .client.api import TrackingApi
from .client.models import Batch, BatchResult, CustomerUpdate, Event
from .exceptions import APIException, needed
from .naming import named

if TYPE_CHECKING:
    from .exponea import Exponea

LARGEST_BATCH = 50
"""Most commands that the server accepts in a batch."""


class BatchResults(list[bool | float]):
    """The results of a batch: for each command True or False, for `system/time` the time.

    Args:
        results: the server's results, one for each command.

    Attributes:
        results: the server's results in full: `success`, `time`, `errors`, `command_id`.
    """

    def __init__(self, results: Sequence[BatchResult]) -> None:
        super().__init__(each.success if each.time is None else each.time for each in results)
        self.results = list(results)

    @property
    def failures(self) -> dict[int, BatchResult]:
        """The failed commands: position in the batch to result."""
        return {number: each for number, each in enumerate(self.results) if not each.success}


@named
class Tracking:
    """The events and properties of the project's customers.

    Args:
        client: the client; a call uses its project and credentials at that time. A public access token is
            enough here.

    Every method raises `APIException` if the call failed. A call that the server refused for the moment
    (429, 503) is sent again after the time that the server names, so that no event is lost. An event without
    a time is then sent with the time of its first attempt.
    """

    def __init__(self, client: Exponea) -> None:
        self.client = client

    @property
    def endpoint_base(self) -> str:
        """The path of tracking, relative to the instance's address."""
        return f"/track/v2/projects/{self.client.project_token}"

    @overload
    def get_system_time(self, batch: Literal[False] = False) -> float: ...
    @overload
    def get_system_time(self, batch: Literal[True]) -> dict[str, Any]: ...
    def get_system_time(self, batch: bool = False) -> float | dict[str, Any]:
        """Read the server's clock.

        Args:
            batch: True makes a command for `batch_commands` instead of a call.

        Returns:
            Seconds since 1970-01-01 UTC, or the command.
        """
        if batch:
            return {"name": "system/time"}
        api = self.client.api(TrackingApi)
        return api.get_system_time(self.client.project_token).time

    @overload
    def update_customer_properties(
        self,
        customer_ids: Mapping[str, Any],
        properties: Mapping[str, Any],
        batch: Literal[False] = False,
        *,
        update_timestamp: float | None = None,
    ) -> bool: ...
    @overload
    def update_customer_properties(
        self,
        customer_ids: Mapping[str, Any],
        properties: Mapping[str, Any],
        batch: Literal[True],
        *,
        update_timestamp: float | None = None,
    ) -> dict[str, Any]: ...
    def update_customer_properties(
        self,
        customer_ids: Mapping[str, Any],
        properties: Mapping[str, Any],
        batch: bool = False,
        *,
        update_timestamp: float | None = None,
    ) -> bool | dict[str, Any]:
        """Set properties of a customer, created if none has these ids; other properties stay.

        Args:
            customer_ids: the customer's ids by kind.
            properties: the new values, each smaller than 16 KB.
            batch: True makes a command for `batch_commands` instead of a call.
            update_timestamp: the time of the change, in seconds since 1970-01-01 UTC; now by default.

        Returns:
            True (a failure is an exception), or the command.
        """
        update = CustomerUpdate(
            customer_ids=dict(customer_ids), properties=dict(properties), update_timestamp=update_timestamp
        )
        if batch:
            data = {"customer_ids": customer_ids, "properties": properties}
            return {"name": "customers", "data": data | _given(update_timestamp=update_timestamp)}
        api = self.client.api(TrackingApi)
        return api.update_customer(self.client.project_token, update).success

    @overload
    def add_event(
        self,
        customer_ids: Mapping[str, Any],
        event_type: str,
        properties: Mapping[str, Any] | None = None,
        timestamp: float | str | None = None,
        batch: Literal[False] = False,
    ) -> bool: ...
    @overload
    def add_event(
        self,
        customer_ids: Mapping[str, Any],
        event_type: str,
        properties: Mapping[str, Any] | None = None,
        timestamp: float | str | None = None,
        *,
        batch: Literal[True],
    ) -> dict[str, Any]: ...
    @overload
    def add_event(
        self,
        customer_ids: Mapping[str, Any],
        event_type: str,
        properties: Mapping[str, Any] | None,
        timestamp: float | str | None,
        batch: Literal[True],
    ) -> dict[str, Any]: ...
    def add_event(
        self,
        customer_ids: Mapping[str, Any],
        event_type: str,
        properties: Mapping[str, Any] | None = None,
        timestamp: float | str | None = None,
        batch: bool = False,
    ) -> bool | dict[str, Any]:
        """Record an event of a customer, created if none has these ids.

        Args:
            customer_ids: the customer's ids by kind.
            event_type: the type of the event, such as `purchase`.
            properties: the event's own properties; none by default.
            timestamp: time of the event, in seconds since 1970-01-01 UTC or as ISO 8601 text; now by default.
            batch: True makes a command for `batch_commands` instead of a call.

        Returns:
            True (a failure is an exception), or the command.
        """
        event = Event(
            customer_ids=dict(customer_ids),
            timestamp=timestamp,
            properties=None if properties is None else dict(properties),
            event_type=event_type,
        )
        if batch:
            return {"name": "customers/events", "data": event.to_dict()}
        api = self.client.api(TrackingApi)
        return api.add_event(self.client.project_token, event).success

    def batch_commands(self, commands: Sequence[Mapping[str, Any]]) -> BatchResults:
        """Send commands together; more than 50 in several requests, one after the other.

        Args:
            commands: made by the other methods with `batch=True`, or written by hand; a `command_id` in a
                command comes back in its result. The server does not promise to run the commands in their
                order.

        Returns:
            A list with one entry a command: the time for `system/time`, otherwise whether it succeeded. Its
            `results` are the server's results in full, its `failures` those of failed commands.

        Raises:
            APIException: a request failed as a whole; its `results` are those of the requests before it.
        """
        results: list[BatchResult] = []
        # An empty list is sent, too: the server decides whether to refuse it.
        for start in range(0, max(len(commands), 1), LARGEST_BATCH):
            part = [dict(command) for command in commands[start : start + LARGEST_BATCH]]
            try:
                results += self._send(part)
            except APIException as error:
                error.results = results
                raise
        return BatchResults(results)

    def _send(self, commands: list[dict[str, Any]]) -> list[BatchResult]:
        api = self.client.api(TrackingApi)
        reply = api.batch_commands(self.client.project_token, Batch(commands=commands))
        results = needed(reply.results, "results")
        if len(results) != len(commands):
            text = f"sent {len(commands)} commands, the server answered {len(results)}"
            raise APIException(text, status=200)
        return [needed(result, "results") for result in results]


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
