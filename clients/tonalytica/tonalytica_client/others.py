"""Alerts, data sources, users and groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .basics import as_array, as_object, listing
from .client.api.alerts_api import AlertsApi
from .client.api.data_sources_api import DataSourcesApi
from .client.api.groups_api import GroupsApi
from .client.api.users_api import UsersApi
from .client.models import NewAlert
from .deadlines import Deadline, checked_interval
from .errors import QueryFailedError
from .results import Result, ResultArray, ResultObject, members
from .running import Running

_ALERTS, _SOURCES, _USERS = AlertsApi.operations, DataSourcesApi.operations, UsersApi.operations


class Others(Running):
    """Alerts, data sources, users and groups."""

    # ---- alerts

    def alerts(self) -> ResultArray:
        """Return all alerts."""
        return as_array(self._wire.call(_ALERTS, "list_alerts"))

    def get_alert(self, alert_id: int) -> ResultObject:
        """Return an alert with its query."""
        return as_object(self._wire.call(_ALERTS, "get_alert", alert_id=alert_id))

    def create_alert(self, name: str, options: Mapping[str, Any], query_id: int) -> ResultObject:
        """Make an alert.

        Args:
            name: its name.
            options: the condition: `{"column": "ton", "op": ">", "value": 1000}`.
            query_id: query to watch.
        """
        body = NewAlert(name=name, options=dict(options), query_id=query_id)
        return as_object(self._wire.call(_ALERTS, "create_alert", body=body))

    def update_alert(
        self,
        id: int,
        name: str | None = None,
        options: Mapping[str, Any] | None = None,
        query_id: int | None = None,
        rearm: int | None = None,
    ) -> ResultObject:
        """Set members of an alert; members that are None stay unchanged.

        Args:
            id: number of the alert.
            name: its name.
            options: the condition.
            query_id: query to watch.
            rearm: seconds after which it may trigger again.
        """
        members = {"name": name, "options": options, "query_id": query_id, "rearm": rearm}
        body = {name: value for name, value in members.items() if value is not None}
        return as_object(self._wire.call(_ALERTS, "update_alert", alert_id=id, body=body))

    def delete_alert(self, alert_id: int) -> Result:
        """Delete an alert."""
        return self._wire.call(_ALERTS, "delete_alert", alert_id=alert_id)

    # ---- data sources

    def get_data_sources(self) -> ResultArray:
        """Return all data sources."""
        return as_array(self._wire.call(_SOURCES, "list_data_sources"))

    def get_data_source(self, id: int) -> ResultObject:
        """Return a data source."""
        return as_object(self._wire.call(_SOURCES, "get_data_source", data_source_id=id))

    def get_schema(
        self,
        data_source_id: int,
        refresh: bool = False,
        *,
        timeout: float | None = 60,
        poll_interval: float | None = None,
    ) -> list[dict[str, Any]]:
        """Return the tables of a data source, each with ``name`` and ``columns``.

        A column has ``name`` and ``type``; the type is None if the server does not name it, as Redash 9.

        Args:
            data_source_id: number of the data source.
            refresh: read the schema again instead of the cached one.
            timeout: seconds to wait in all; None for no end.
            poll_interval: seconds between two polls of the job; from 0.02 to 1, growing, by default.

        Raises:
            QueryFailedError, PollingTimeoutError: the server could not read the schema, or not in time.
        """
        pace = checked_interval(poll_interval)
        deadline = Deadline(timeout)
        answer = as_object(
            self._wire.call(
                _SOURCES,
                "get_schema",
                data_source_id=data_source_id,
                refresh="true" if refresh else None,
                timeout=deadline.left,
            )
        )
        tables: Any = answer.get("schema")
        if tables is None and "job" in answer:
            job = self._wait(answer["job"], deadline, None, pace)
            tables = job.get("result") or job.get("query_result_id") or []
            answer = ResultObject(tables) if isinstance(tables, dict) else answer  # pyright: ignore[reportUnknownArgumentType]
        if not isinstance(tables, list):
            raise QueryFailedError(
                str(answer.get("error") or "The server has no schema."), answer.get("job") or {}
            )
        return [{"name": each["name"], "columns": _columns(each)} for each in tables]  # pyright: ignore

    # ---- people

    def users(
        self,
        page: int = 1,
        page_size: int = 25,
        only_disabled: bool = False,
        *,
        q: str | None = None,
        order: str | None = None,
    ) -> ResultObject:
        """Return one page of the users: ``count``, ``page``, ``page_size`` and ``results``.

        Args:
            page: number of the page, from 1.
            page_size: rows on it, 1 to 250.
            only_disabled: disabled users instead of active ones.
            q: words to search for.
            order: column to sort by: `name`, `-created_at`.
        """
        search = listing(page, page_size, {"q": q, "order": order})
        return as_object(self._wire.call(_USERS, "list_users", disabled=only_disabled, **search))

    def groups(self) -> ResultArray:
        """Return all groups."""
        return as_array(self._wire.call(GroupsApi.operations, "list_groups"))


def _columns(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    columns = members(table, "columns")
    return [dict(each) if isinstance(each, Mapping) else {"name": each, "type": None} for each in columns]  # pyright: ignore
