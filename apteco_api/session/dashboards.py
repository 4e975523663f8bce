"""Dashboards as objects: find them by title, calculate, copy, transfer and delete them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from .. import models
from .._runtime.exceptions import ApiClientError, ApiForbidden, ApiValueError
from .._runtime.paging import paginate
from ..frames.html import html_card
from .collection import Collection
from .jobs import Job, start_job
from .sections import section_class

if TYPE_CHECKING:
    from ..api._sections import Dashboards as _Section
    from .session import Session
else:
    _Section = section_class("api", "dashboards")

Detail: TypeAlias = "models.DashboardDetail | models.UserDashboardDetail"
Model: TypeAlias = "models.DashboardSummary | models.UserDashboardSummary | Detail"
"""The model of a dashboard in the server's lists."""


class Dashboard:
    """One dashboard.

    Args:
        session: the session that found it.
        model: the server's model of it, from a list.
    """

    def __init__(self, session: Session, model: Model) -> None:
        self._session = session
        self.model = model
        """The server's model of it, from a list."""

    @property
    def id(self) -> int:
        """Its number."""
        return self.model.id

    @property
    def title(self) -> str:
        """Its title."""
        return self.model.title

    @property
    def owner(self) -> str:
        """The username of its owner; empty if the server names none (a deleted owner)."""
        owner: models.UserDisplayDetails | None = self.model.owner
        return owner.username if owner is not None else ""

    @cached_property
    def detail(self) -> models.UserDashboardDetail:
        """The whole dashboard, with tabs and tiles; fetched on first use and again after `reload`."""
        return self._session.users.users_get_user_dashboard(
            self._viewer, self.id, include_tab_details=True if self._is_new else None
        )

    @property
    def _is_new(self) -> bool:
        return isinstance(self.model, models.DashboardSummary)

    @property
    def _viewer(self) -> str:
        """Return the user whose view is read: an administrator's list has dashboards of other users."""
        viewer = self.owner if self._is_new else ""
        return viewer or self._session.user_name

    @cached_property
    def history(self) -> Collection[models.DashboardUpdateSummary]:
        """Its saved versions, as the server lists them: when, who and title. Servers since 2026."""
        section = self._session.dashboards
        return Collection(
            "update",
            lambda: paginate(section.dashboards_get_dashboard_updates, self.id),
            lambda update: (str(update.id), update.title or ""),
            lambda update: {
                "id": update.id,
                "when": update.timestamp,
                "who": update.user.username if update.user else "",
                "title": update.title,
            },
            number=lambda update: update.id,
        )

    def read(self, update: int | models.DashboardUpdateSummary) -> models.DashboardUpdateDetail:
        """Return one saved version, with tabs and tiles. Servers since 2026.

        Args:
            update: an item of `history`, or its number.
        """
        number = update if isinstance(update, int) else update.id
        return self._session.dashboards.dashboards_get_dashboard_update(
            self.id, number, include_tab_details=True
        )

    def reload(self) -> Dashboard:
        """Fetch the dashboard again; return this object."""
        for name in ("detail", "history"):
            self.__dict__.pop(name, None)
        self.model = self.detail
        return self

    def start(self, query: models.Query | None = None) -> Job:
        """Start to calculate its tiles; `wait()` on the job returns a result for each tile.

        Args:
            query: calculate only for these records.

        Raises:
            ValueError: it has no tiles.
        """
        items = self.detail.dashboard_items or []
        if not items:
            raise ApiValueError(f"dashboard {self.id} ({self.title!r}) has no tiles to calculate")
        wanted = [
            models.CalculateDashboardItem(dashboard_item_id=item.id, drill_down_level=0, sort_order="Natural")
            for item in items
        ]
        request = models.CalculateDashboardData(
            global_filter_applied=query, dashboard_items_to_calculate=wanted
        )
        section = self._session.dashboards
        return start_job(section.dashboards_calculate_dashboard_data, self.id, request_data=request)

    def refresh(
        self, query: models.Query | None = None, *, timeout: float = 3600.0
    ) -> dict[str, models.DashboardItemDataResultDetail]:
        """Calculate its tiles and wait for the figures.

        Args:
            query: calculate only for these records.
            timeout: seconds.

        Returns:
            The figures of each tile, by the tile's id.

        Raises:
            ValueError: it has no tiles.
        """
        found: list[models.DashboardItemDataResultDetail] = self.start(query).wait(timeout)
        return {item.id: data for item, data in zip(self.detail.dashboard_items or [], found, strict=True)}

    def copy(self, title: str) -> Dashboard:
        """Create a copy with another title, which belongs to the caller; return the copy."""
        section = self._session.dashboards
        section.settle()
        made = section.dashboards_copy_dashboard(
            self.id, dashboard_detail=models.CopyDashboardDetail(new_title=title)
        )
        section.refresh()
        return Dashboard(self._session, made)

    def transfer(self, username: str) -> None:
        """Make another user the owner. Servers since 2026.

        Args:
            username: the username of the new owner.

        Raises:
            ApiForbidden: the caller is neither its owner nor an administrator.
        """
        if not username.strip():
            raise ApiValueError("give the username of the new owner")
        section = self._session.dashboards
        section.dashboards_transfer_dashboard_ownership(
            self.id,
            transfer_dashboard_ownership_details=models.TransferDashboardOwnershipDetails(
                new_username=username
            ),
            new_owner=username,
        )
        section.refresh()

    def delete(self) -> None:
        """Delete the dashboard on the server and remove it from `session.dashboards`."""
        every = self._session.dashboards
        every.settle()
        every.dashboards_delete_dashboard(self.id)
        every.forget(lambda each: each.id == self.id)

    def __repr__(self) -> str:
        return f"<dashboard {self.id}: {self.title}>"

    def _repr_html_(self) -> str:
        about: list[tuple[str, Any]] = [("owner", self.owner)]
        if not isinstance(self.model, models.DashboardSummary):
            about += [
                ("last change", self.model.last_updated_on),
                ("description", self.model.description),
            ]
        return html_card(f"{self.title} ({self.id})", about)


class Dashboards(Collection[Dashboard], _Section):
    """The dashboards: a collection by title or id, and all operations of the section."""

    def __init__(self, session: Session, section: _Section) -> None:
        _Section.__init__(self, section.controller, section.given)
        super().__init__(
            "dashboard",
            self._fetch,
            lambda each: (each.title, str(each.id)),
            lambda each: {"id": each.id, "title": each.title, "owner": each.owner},
            number=lambda each: each.id,
        )
        self._session = session

    def _fetch(self) -> Iterator[Dashboard]:
        """Yield every dashboard for an administrator, and for other users their own and shared ones."""
        session = self._session
        try:
            for model in paginate(self.dashboards_get_dashboards):
                yield Dashboard(session, model)
            return
        except ApiClientError as error:
            if not isinstance(error, ApiForbidden) and error.status not in (404, 405):
                raise
            user = session.user_name
            if not user:
                raise
            who = f"{user} may" if error.status == 403 else "a server this old can"
            session.warn(f"dashboards: {who} list {user}'s own and shared ones only")
        for own in paginate(session.users.users_get_user_dashboards, user):
            yield Dashboard(session, own)

    def __dir__(self) -> list[str]:
        return sorted(object.__dir__(self))
