"""Reports: their requests and their results."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from .exceptions import MissingArgumentError, ModelNotFoundError, NoPandasInstalledError, NoSessionError
from .values import as_list, parse_time, report_time, to_json, zone

if TYPE_CHECKING:
    from pandas import DataFrame

    from .session import Atomx

PERIODS = ("hour", "day", "month")
SCOPES = ("advertiser", "publisher", "inventory", "dsp", "network_managed", "network_buy", "network_sell")
BUYING = frozenset({"advertiser", "campaign", "creative", "profile"})
SELLING = frozenset({"publisher", "site", "placement"})


class Report:
    """A report that `Atomx.report` made, or that `Atomx.get` listed.

    Args:
        id: identifier of the report.
        query: the request of the report.
        name: its name.
        emails: addresses that are notified.
        length: number of all rows; ``data`` may have only a part of them.
        totals: sums of the metrics over all rows.
        columns: names of the columns.
        created_at: when it was made.
        data: the rows, a list each.
        user_id: id of the user who made it.
        session: session for `save`, `delete` and `get`.
        is_scheduled_report: the API makes it again on schedule.
        to: end, exclusive; a text becomes a datetime.
        from_: start, inclusive; a text becomes a datetime.
        kwargs: ``from`` is accepted for ``from_``; anything else is ignored.
    """

    _resource_name = "report"

    def __init__(
        self,
        id: Any,
        query: dict[str, Any] | None = None,
        name: str | None = None,
        emails: list[str] | None = None,
        length: int | None = None,
        totals: Any = None,
        columns: list[str] | None = None,
        created_at: Any = None,
        data: list[list[Any]] | None = None,
        user_id: int | None = None,
        session: Atomx | None = None,
        is_scheduled_report: bool = False,
        to: Any = None,
        from_: Any = None,
        **kwargs: Any,
    ) -> None:
        self.id = id
        self.query = query
        self.name = name
        self.emails = emails
        self.length = length
        self.totals = totals
        self.columns = columns
        self.created_at = created_at
        self.data = data
        self.user_id = user_id
        self.session = session
        self.is_scheduled_report = is_scheduled_report
        start = from_ if from_ is not None else kwargs.get("from")
        self.from_ = parse_time(start) if isinstance(start, str) else start
        self.to = parse_time(to) if isinstance(to, str) else to
        self._frame: DataFrame | None = None

    @classmethod
    def _from(cls, payload: dict[str, Any], session: Atomx | None) -> Report:
        """Return the report in an answer; a `ScheduledReport` if the answer says so."""
        kind = ScheduledReport if payload.get("is_scheduled_report") else cls
        arguments: dict[str, Any] = {"id": None, **payload, "session": session}
        return kind(**arguments)

    # --- the rows

    @property
    def is_ready(self) -> bool:
        """Whether the rows are loaded. Scheduled reports and listed reports have none."""
        return self.data is not None

    def _rows(self) -> tuple[list[str], list[list[Any]]]:
        """Return the columns and rows. Rows of a listed report are fetched first.

        Raises:
            NoSessionError: the report has no rows yet, and no session to fetch them.
            LoggedOutError: the report has no rows yet, and its session has logged out.
        """
        if self.data is None and not self.is_scheduled_report:
            fresh = self._counted(self._session(None), None, None, None)
            self.data, self.columns = fresh.data, fresh.columns
            self.length, self.totals = fresh.length, fresh.totals
        return self.columns or [], self.data or []

    @property
    def csv(self) -> list[list[Any]]:
        """The report as a list: first the names of the columns, then the rows."""
        columns, rows = self._rows()
        return [list(columns), *rows]

    @property
    def content(self) -> str:
        """The report as CSV, with a header line. It does not need pandas."""
        return csv_text(self.csv)

    @property
    def pandas(self) -> DataFrame:
        """The report as a data frame.

        If the report is grouped by ``hour``, ``day`` or ``month``, the first of them is the datetime index.

        Raises:
            NoPandasInstalledError: pandas is not installed.
        """
        if self._frame is None:
            self._frame = self._make_frame()
        return self._frame

    def _make_frame(self) -> DataFrame:
        try:
            import pandas as pd
        except ImportError as problem:
            raise NoPandasInstalledError("install pandas, or atomx[report]") from problem
        columns, rows = self._rows()
        frame = pd.DataFrame(rows, columns=columns)
        groups: Sequence[str] = (self.query or {}).get("groups") or ()
        for period in PERIODS:
            if period in groups and period in frame.columns:
                frame.index = pd.DatetimeIndex(pd.to_datetime(frame.pop(period)), name=period)
                break
        return frame

    def get(
        self,
        sort: Any = None,
        limit: int | None = None,
        offset: int | None = None,
        session: Atomx | None = None,
    ) -> str:
        """Request the report again and return a part of it as CSV; the report itself does not change.

        Args:
            sort: columns to sort by, for instance ``"impressions.desc"``; several as a list.
            limit: rows to return; 0 returns all.
            offset: rows to skip.
            session: the session to use, if the report has none.

        Raises:
            NoSessionError: neither the call nor the object has a session.
        """
        fresh = self._counted(self._session(session), sort, limit, offset)
        return csv_text([fresh.columns or [], *(fresh.data or [])])

    def _counted(self, session: Atomx, sort: Any, limit: int | None, offset: int | None) -> Report:
        query: dict[str, Any] = {**(self.query or {}), "save": False}
        for name in ("when", "interval", "emails"):  # a new request must not schedule or email
            query.pop(name, None)
        if not query.get("daterange"):
            for name, moment in (("from", self.from_), ("to", self.to)):
                if query.get(name) is None and moment is not None:
                    query[name] = report_time(moment, query.get("timezone") or "UTC")
        return session.request_report(query, sort=sort, limit=limit, offset=offset)

    # --- the API

    def _session(self, session: Atomx | None) -> Atomx:
        chosen = session or self.session
        if chosen is None:
            raise NoSessionError("pass an Atomx session, or make the report with one")
        chosen.check_login()
        return chosen

    def _number(self) -> Any:
        if self.id is None:
            raise ModelNotFoundError("this report has no id")
        return self.id

    def save(self, session: Atomx | None = None) -> Any:
        """Send the report's name and addresses; None removes them in the API.

        Args:
            session: the session to use, if the report has none.

        Returns:
            The answer of the API, a dict.

        Raises:
            NoSessionError: neither the call nor the object has a session.
            LoggedOutError: the session has logged out; nothing was sent.
            ModelNotFoundError: the report is not in the API.
        """
        return self._session(session).update_report(self._number(), self.name, self.emails)

    def delete(self, session: Atomx | None = None) -> Any:
        """Delete the report.

        Args:
            session: the session to use, if the report has none.

        Returns:
            The answer of the API.

        Raises:
            NoSessionError: neither the call nor the object has a session.
            LoggedOutError: the session has logged out; nothing was sent.
            ModelNotFoundError: the report is not in the API.
        """
        return self._session(session).delete_report(self._number())

    # --- as a Python object

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Report):
            return NotImplemented
        return self is other or (self.id is not None and self.id == other.id)

    def __hash__(self) -> int:
        return hash((Report, self.id))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self.id!r}, name={self.name!r}, length={self.length!r})"

    def __getstate__(self) -> dict[str, Any]:
        # without the session, which holds the token
        return {**self.__dict__, "session": None, "_frame": None}


class ScheduledReport(Report):
    """A report that the API makes on schedule; `query` has the days (``when``) and the ``interval``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_scheduled_report = True


def csv_text(rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as CSV, each ended by one newline."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def request(
    scope: str,
    groups: Any,
    metrics: Any,
    where: Any,
    from_: Any,
    to: Any,
    daterange: str | None,
    timezone: str,
    emails: Any,
    when: str | None,
    interval: str | None,
    name: str | None,
    save: bool,
    editable: bool,
) -> dict[str, Any]:
    """Return the body of a report request; the arguments are those of `Atomx.report`.

    Raises:
        MissingArgumentError: only one of ``when`` and ``interval`` is given.
    """
    if bool(when) != bool(interval):
        missing = "interval beside when" if when else "when beside interval"
        raise MissingArgumentError(f"a scheduled report needs {missing}")
    body: dict[str, Any] = {"scope": scope, "timezone": timezone, "save": save, "editable": editable}
    for key, value in (("name", name), ("groups", groups), ("metrics", metrics), ("where", where)):
        if value:
            body[key] = value if key == "name" else to_json(as_list(value))
    if emails:
        body["emails"] = as_list(emails)
    if when:
        return {**body, "when": when, "interval": interval}
    if daterange and not from_ and not to:
        return {**body, "daterange": daterange}
    now = datetime.now(zone(timezone) or UTC).replace(tzinfo=None)  # in the report's zone, like its hours
    return {
        **body,
        "from": report_time(from_ or now - timedelta(days=7), timezone),
        "to": report_time(to or now, timezone),
    }


def normal_scope(scope: str) -> str:
    """Return a scope in the API's form, the singular."""
    return scope[:-1] if scope in {"advertisers", "publishers"} else scope


def detect_scope(user: Any, columns: Sequence[str]) -> str:
    """Return the scope of a report from the rights of its user and from its columns.

    For a user with networks, the scope is ``network_buy`` if the report has only columns of buyers,
    ``network_sell`` if it has only columns of sellers, and ``network_managed`` otherwise.

    Raises:
        MissingArgumentError: the user may see both publishers and advertisers, and the columns do not decide;
            or the user may see neither.
    """
    sides = {column.removesuffix("_id").removesuffix("_name") for column in columns}
    buys, sells = bool(sides & BUYING), bool(sides & SELLING)
    may_sell, may_buy = (bool(getattr(user, name, None)) for name in ("publishers", "advertisers"))
    if getattr(user, "networks", None):
        return "network_managed" if buys == sells else "network_buy" if buys else "network_sell"
    if may_sell and may_buy and buys != sells:
        return "advertiser" if buys else "publisher"
    if may_sell != may_buy:
        return "publisher" if may_sell else "advertiser"
    raise MissingArgumentError("the scope does not follow from the rights of the user: pass scope=…")


def columns_of(groups: Any, where: Any) -> list[str]:
    """Return the columns of a report request that can decide its scope."""
    conditions = as_list(where) if where else []
    return [*map(str, as_list(groups) if groups else ()), *(str(each[0]) for each in conditions if each)]
