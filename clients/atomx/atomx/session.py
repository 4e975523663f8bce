"""The session: the object that scripts start with."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

from . import models, reports
from .account import Account
from .client import Configuration
from .client.models import ReportChange, ReportRequest
from .exceptions import APIError, MissingArgumentError
from .model import AtomxModel, as_models
from .reports import Report, ScheduledReport
from .shapes import is_dict, is_list
from .utils import get_model_name
from .values import is_resource, joined, to_json, to_query, to_text
from .version import API_VERSION
from .wire import Reply, unwrap

API_ENDPOINT = f"https://api.atomx.com/{API_VERSION}"
PAGE_SIZE = 1000  # the server's largest page
REPORT_PATIENCE = 5  # a report's timeout as a multiple of that of other calls: 600 s by default


class Atomx(Account):
    """A session with the API. The constructor logs in.

    Threads may share a session; `last_response` is from the call that ended last. As a context manager, the
    session logs out and closes its connections at the end.

    Args:
        email: email address of the user.
        password: the user's password.
        totp: six-digit code of the second factor, or a function that returns one when the API asks for it.
        api_endpoint: address of the API. When it is left out, the variable ``ATOMX_HOST`` may name another.
        save_response: keep the metadata of the last answer in `last_response`.
        expiration: seconds for which the token is valid.
        configuration: settings of the connection: timeouts, retries, proxy, certificates
            (``atomx.client.Configuration``). The session takes a copy, so several sessions may be made from
            one object.
        lazy: fetch attributes of models when they are read. False turns that off: no attribute costs a call.
        relogin: log in again, once, when the token has expired. Only possible without a second factor.

    Attributes:
        auth_token: the token; None after `logout`.
        user: the logged-in user, a `models.User`.
        last_response: ``count``, ``limit``, ``offset`` and the like of the last answer, and its headers as
            ``_headers``.

    Raises:
        InvalidCredentials: email, password or code is wrong.
        TOTPRequired: the account needs a code.
        APIError: the API refuses for another reason.
    """

    def __init__(
        self,
        email: str,
        password: str,
        totp: str | Callable[[], str] | None = None,
        api_endpoint: str = API_ENDPOINT,
        save_response: bool = True,
        expiration: int | None = None,
        *,
        configuration: Configuration | None = None,
        lazy: bool = True,
        relogin: bool = True,
    ) -> None:
        settings = Configuration() if configuration is None else copy.deepcopy(configuration)
        if api_endpoint != API_ENDPOINT:
            settings.host = api_endpoint
        super().__init__(settings, save_response, lazy, relogin)
        self.login(email, password, totp, expiration)

    # --- any resource

    def _send(
        self, verb: str, resource: Any, args: tuple[Any, ...], kwargs: dict[str, Any], body: Any = None
    ) -> Reply:
        path, parts, query = address(resource, args)
        reply = self._wire.send(verb, path, parts, {**query, **to_query(kwargs)}, to_json(body))
        return self._remember(reply)

    def get(self, resource: Any, *args: Any, **kwargs: Any) -> Any:
        """Read a resource.

        Args:
            resource: a path such as ``"advertiser/42/profiles"``, a model class, or a model.
            args: further parts of the path; each stays one part, whatever characters it has.
            kwargs: query parameters: ``limit`` (100 if left out, 1000 at most), ``offset``, ``order_by``,
                ``expand``, filters such as ``name="*atom*"``.

        Returns:
            A model, a list of models, or the plain answer for other resources. For reports, a dict with the
            lists ``reports`` and ``scheduled``.

        Raises:
            ModelNotFoundError: the resource does not exist.
            APIError: the API refuses.
        """
        reply = self._send("GET", resource, args, kwargs)
        if reply.name == "reporting" and is_dict(reply.payload):
            return {name: self._reports(name, listed) for name, listed in reply.payload.items()}
        return self._modelled(reply)

    def _reports(self, name: str, listed: Any) -> Any:
        if not is_list(listed):
            return listed
        kind = ScheduledReport if name == "scheduled" else Report
        return [self._report(kind, each) for each in listed]

    def _report(self, kind: type[Report], values: dict[str, Any]) -> Report:
        arguments: dict[str, Any] = {"id": None, **values, "session": self}
        return kind(**arguments)

    def _modelled(self, reply: Reply) -> Any:
        name = get_model_name(reply.name)
        return as_models(name, reply.payload, self) if name and reply.payload else reply.payload

    def read(self, resource: Any, *args: Any, **kwargs: Any) -> Any:
        """Read a resource as the API sends it, without models. The arguments are those of `get`."""
        return self._send("GET", resource, args, kwargs).payload

    def iterate(self, resource: Any, *args: Any, page_size: int = PAGE_SIZE, **kwargs: Any) -> Iterator[Any]:
        """Read a list of any length page by page.

        The list ends after the answer's ``count`` of objects. Without a ``count``, it ends with a page that
        is shorter than the answer's ``limit``, and without a ``limit``, with an empty page. A server may make
        pages smaller than ``page_size``.

        Args:
            resource: as for `get`.
            args: as for `get`.
            page_size: objects in a request, 1 to 1000.
            kwargs: as for `get`; ``offset`` is the first object, ``limit`` the number of objects in all.

        Yields:
            The models (or other members of the list), one after the other.

        Raises:
            ValueError: ``page_size`` is out of its range.
            APIError: the resource is not a list, or the API refuses.
        """
        if not 1 <= page_size <= PAGE_SIZE:
            raise ValueError(f"page_size must be 1 to {PAGE_SIZE}, not {page_size!r}")
        offset = int(kwargs.pop("offset", None) or 0)
        left = kwargs.pop("limit", None)
        end = None if left is None else offset + int(left)
        seen: Any = None
        while end is None or offset < end:
            size = page_size if end is None else min(page_size, end - offset)
            reply = self._send("GET", resource, args, {**kwargs, "limit": size, "offset": offset})
            if not is_list(reply.payload):
                raise APIError(f"{resource!r} is not a list", 200)
            # a server that ignores the offset would send the same page for ever
            if not reply.payload or reply.payload == seen:
                return
            yield from self._modelled(reply)
            offset += len(reply.payload)
            if is_last(reply, offset):
                return
            seen = reply.payload

    def post(self, resource: Any, json: Any, **kwargs: Any) -> Any:
        """Create an object, or several.

        Args:
            resource: name of the resource, or a model class.
            json: the attributes of the object; for several, a list.
            kwargs: query parameters.

        Returns:
            The created object as a dict; for a list, a list of models.

        Raises:
            APIError: the API refuses.
        """
        reply = self._send("POST", resource, (), kwargs, json)
        return self._modelled(reply) if is_list(reply.payload) else reply.payload

    def put(self, resource: Any, id: Any, json: Any, **kwargs: Any) -> Any:
        """Change an object.

        Args:
            resource: name of the resource, or a model class.
            id: id of the object.
            json: the attributes to change.
            kwargs: query parameters.

        Returns:
            The changed object as a dict.

        Raises:
            ModelNotFoundError: the object does not exist.
            APIError: the API refuses.
        """
        return self._send("PUT", resource, (id,), kwargs, json).payload

    def delete(self, resource: Any, *args: Any, **kwargs: Any) -> Any:
        """Delete an object for ever.

        Args:
            resource: name of the resource, or a model.
            args: further parts of the path, for instance the id.
            kwargs: query parameters.

        Returns:
            The API's message, or the ids of all removed objects, by kind.

        Raises:
            ModelNotFoundError: the object does not exist.
            APIError: the API refuses.
        """
        return self._send("DELETE", resource, args, kwargs).payload

    # --- models

    def save(self, model: Any) -> Any:
        """Save a model with this session (create it if it has no id); see `models.AtomxModel.save`."""
        return model.save(self)

    def create(self, model: AtomxModel) -> AtomxModel:
        """Create a model with this session, see `models.AtomxModel.create`."""
        return model.create(self)

    def remove(self, model: Any) -> Any:
        """Delete a model with this session, see `models.AtomxModel.delete`."""
        return model.delete(self)

    def history_of(self, resource: str, id: Any, offset: int, limit: int, sort: str) -> list[dict[str, Any]]:
        """Return the changes of one object; `models.AtomxModel.history` explains the arguments."""
        history = self._wire.history.get_history_with_http_info
        answer = self._wire.call(history, resource, to_text(id), offset=offset, limit=limit, sort=sort)
        changes: list[dict[str, Any]] = self._remember(unwrap(*answer)).payload
        return changes

    def search(self, query: str, index: Any = None) -> dict[str, Any]:
        """Find objects by a word in their names.

        Args:
            query: the word.
            index: kinds to look in, for instance ``["campaigns", "domains"]`` or ``"campaigns"``; all of them
                when left out.

        Returns:
            For each kind, a list of models with id and name. Their other attributes are fetched when they are
            read; `models.AtomxModel.reload` fetches all at once.

        Raises:
            APIError: the API refuses.
        """
        answer = self._wire.call(self._wire.search.search_with_http_info, query, index=joined(index))
        found: dict[str, Any] = self._remember(unwrap(*answer, key="search")).payload
        return {name: self._modelled(Reply(name, listed, {})) for name, listed in found.items()}

    # --- reports

    def report(
        self,
        scope: str | None = None,
        groups: Any = None,
        metrics: Any = None,
        where: Any = None,
        from_: Any = None,
        to: Any = None,
        daterange: str | None = None,
        timezone: str = "UTC",
        emails: Any = None,
        when: str | None = None,
        interval: str | None = None,
        name: str | None = None,
        sort: Any = None,
        limit: int | None = None,
        offset: int | None = None,
        save: bool = True,
        editable: bool = False,
    ) -> Report:
        """Create a report.

        Args:
            scope: the side of the traffic: advertiser, publisher, inventory, dsp, network_managed,
                network_buy or network_sell; by default it follows from the user's rights and the columns.
            groups: columns to group by.
            metrics: columns to add up. Groups, metrics or both are needed.
            where: conditions ``[column, op, value]`` with ==, !=, <, >, in and not in.
            from_: start, inclusive: datetime, date or text; a week ago by default. An aware datetime is
                converted to ``timezone``, a naive one is already in it; minutes are cut off.
            to: end, exclusive; now by default.
            daterange: instead of both: today, yesterday, last7days, last14days, last30days, monthtodate,
                lastmonth, yeartodate or lifetime.
            timezone: time zone of all times.
            emails: one or several addresses to notify.
            when: days on which a scheduled report runs: daily, monthly, monday to sunday.
            interval: period that a scheduled report covers: ``"N days"`` or ``"N month"``.
            name: name of the report.
            sort: columns to sort by, for instance ``"impressions.desc"``; several as a list.
            limit: rows to return; 0 returns all.
            offset: rows to skip.
            save: keep it in the user's list of reports.
            editable: others may change its dates.

        Returns:
            The report with its rows; with ``when`` and ``interval``, a `models.ScheduledReport` without rows.

        Raises:
            MissingArgumentError: groups and metrics, the scope, or one of when and interval is missing.
            APIError: the API refuses.
        """
        if not groups and not metrics:
            raise MissingArgumentError("a report needs groups, metrics or both")
        chosen = scope or reports.detect_scope(self.user, reports.columns_of(groups, where))
        body = reports.request(
            reports.normal_scope(chosen), groups, metrics, where, from_, to, daterange, timezone, emails,
            when, interval, name, save, editable,
        )  # fmt: skip
        return self.request_report(body, sort, limit, offset)

    def request_report(
        self, query: dict[str, Any], sort: Any = None, limit: int | None = None, offset: int | None = None
    ) -> Report:
        """Make a report from a request as the API writes it; `report` explains the arguments."""
        known = ReportRequest.attribute_map
        body = ReportRequest(**{name: query[wire] for name, wire in known.items() if wire in query})
        create = self._wire.reports.create_report_with_http_info
        patience = self._wire.configuration.timeout * REPORT_PATIENCE
        envelope, headers = self._wire.call(
            create, body, limit=limit, offset=offset, sort=joined(sort), _request_timeout=patience
        )
        payload: dict[str, Any] = self._remember(unwrap(envelope, headers, key="report")).payload
        values = {name: value for name, value in payload.items() if value is not None}
        scheduled = bool(values.get("is_scheduled_report") or (query.get("when") and query.get("interval")))
        kind = ScheduledReport if scheduled else Report
        return self._report(kind, {"query": query, **values})

    def update_report(self, id: Any, name: str | None, emails: Any) -> Any:
        """Change name and addresses of a stored report; `models.Report.save` calls this."""
        body = ReportChange(name=name, emails=emails)
        answer = self._wire.call(self._wire.reports.update_report_with_http_info, to_text(id), body)
        return self._remember(unwrap(*answer)).payload

    def delete_report(self, id: Any) -> Any:
        """Delete a stored report; `models.Report.delete` calls this."""
        answer = self._wire.call(self._wire.reports.delete_report_with_http_info, to_text(id))
        return self._remember(unwrap(*answer)).payload


def is_last(reply: Reply, end: int) -> bool:
    """Return whether a page is the last one, by its envelope.

    Args:
        reply: the page.
        end: offset after its last object.
    """
    count, limit = reply.meta.get("count"), reply.meta.get("limit")
    if isinstance(count, int):
        return end >= count
    return isinstance(limit, int) and len(reply.payload) < limit


def address(resource: Any, args: tuple[Any, ...]) -> tuple[str, list[str], dict[str, Any]]:
    """Return the path of a resource, the further segments, and the parameters in the path.

    Raises:
        ValueError: the path is empty, or a part of it is None or empty.
    """
    query: dict[str, Any] = {}
    parts = list(args)
    if is_resource(resource):
        path = str(resource._resource_name)
        if not isinstance(resource, type):
            parts.insert(0, resource.id)
    else:
        path, _, written = str(resource).partition("?")
        path = path.strip("/")
        for name, value in parse_qsl(written, keep_blank_values=True):
            query.setdefault(name, []).append(value)
    texts = ["" if each is None else to_text(each) for each in parts]
    if not path or not all(texts):
        raise ValueError(f"a part of the path is missing: {[path, *parts]!r}")
    return path, texts, query


__all__ = ["API_ENDPOINT", "Atomx", "models"]
