"""Dashboards, their widgets, and visualizations.

Redash 9 and before name a dashboard in addresses by its slug, later versions by its number; changing and
sharing take the number on all of them, and reading with ``legacy`` takes the slug on all of them. Here either
will do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import visualizations
from .basics import Basics, as_object, listing
from .client.api.dashboards_api import DashboardsApi
from .client.api.queries_api import QueriesApi
from .client.api.visualizations_api import VisualizationsApi
from .client.api.widgets_api import WidgetsApi
from .errors import NotFoundError, ServerError
from .results import Result, ResultObject, member, members

_CALLS = DashboardsApi.operations
_WIDGETS, _VISUALIZATIONS = WidgetsApi.operations, VisualizationsApi.operations
_COLUMNS, _HALF, _HEIGHT = 6, 3, 8
"""A dashboard is six columns wide; a widget takes half of them and eight rows unless it is told otherwise."""


class Dashboards(Basics):
    """Dashboards, widgets, visualizations and favourites."""

    # ---- dashboards

    def dashboards(
        self,
        page: int = 1,
        page_size: int = 25,
        only_favorites: bool = False,
        *,
        q: str | None = None,
        order: str | None = None,
        tags: Sequence[str] | None = None,
    ) -> ResultObject:
        """Return one page of the dashboards: ``count``, ``page``, ``page_size`` and ``results``.

        Args:
            page: number of the page, from 1.
            page_size: rows on it, 1 to 250.
            only_favorites: only those with a star.
            q: words to search for.
            order: column to sort by: `name`, `-created_at`.
            tags: only what carries all of these.
        """
        name = "list_favorite_dashboards" if only_favorites else "list_dashboards"
        search = listing(page, page_size, {"q": q, "order": order, "tags": tags and list(tags)})
        return as_object(self._wire.call(_CALLS, name, **search))

    def get_dashboard(self, id: int | str) -> ResultObject:
        """Return a dashboard with its widgets, on any version of the server.

        Args:
            id: its number, or its slug. A text of digits is looked up as a number first.
        """
        return self._locate(id)[0]

    def dashboard(self, slug: int | str) -> ResultObject:
        """Return a dashboard with its widgets, on any version of the server.

        Args:
            slug: its slug, or its number. A text of digits is looked up as a slug first.
        """
        if isinstance(slug, int):
            return self._locate(slug)[0]
        try:
            return self._by_slug(slug)
        except NotFoundError:
            if not slug.isdigit():
                raise
            return self._locate(int(slug))[0]

    def create_dashboard(self, name: str) -> ResultObject:
        """Make an empty dashboard, as a draft; the answer holds its ``id`` and its ``slug``."""
        return as_object(self._wire.call(_CALLS, "create_dashboard", body={"name": name}))

    def update_dashboard(self, dashboard_id: int | str, properties: Mapping[str, Any]) -> ResultObject:
        """Set members of a dashboard, and return it as it is now.

        Args:
            dashboard_id: its number.
            properties: the members: name, tags, is_draft, layout, options, dashboard_filters_enabled. With
                ``version`` as it was read, somebody else's change in between is a ConflictError.
        """
        return as_object(
            self._wire.call(_CALLS, "update_dashboard", dashboard_id=dashboard_id, body=dict(properties))
        )

    def archive_dashboard(self, id: int | str) -> ResultObject:
        """Archive a dashboard, given by its number or its slug."""
        return as_object(self._wire.call(_CALLS, "archive_dashboard", dashboard=self._locate(id)[1]))

    def publish_dashboard(self, db_id: int) -> str | None:
        """Make a draft visible and open it to everybody with the link; return the link."""
        self.update_dashboard(db_id, {"is_draft": False})
        url: str | None = as_object(
            self._wire.call(_CALLS, "share_dashboard", dashboard_id=db_id, body={})
        ).get("public_url")
        return url

    def unshare_dashboard(self, db_id: int) -> Result:
        """Close the link that ``publish_dashboard`` made."""
        return self._wire.call(_CALLS, "unshare_dashboard", dashboard_id=db_id)

    def duplicate_dashboard(self, slug: int | str, new_name: str | None = None) -> ResultObject:
        """Copy a dashboard: a new one with the same tags and with widgets that show the same visualizations.

        Args:
            slug: slug or number of the dashboard.
            new_name: name of the copy; `Copy of: ` and the old one when left out.
        """
        current = self.dashboard(slug)
        copy = self.copy_shell(current, new_name)
        for widget in members(current, "widgets"):
            shown = member(widget, "visualization").get("id")
            self.create_widget(copy["id"], shown, widget.get("text") or "", member(widget, "options"))
        return self._by_slug(copy["slug"])

    def copy_shell(self, original: Mapping[str, Any], new_name: str | None = None) -> ResultObject:
        """Make a dashboard with the tags of another, but without its widgets.

        Args:
            original: the other, as ``dashboard`` returns it.
            new_name: its name; `Copy of: ` and the old one when left out.
        """
        copy = as_object(self.create_dashboard(new_name or f"Copy of: {original['name']}"))
        if original.get("tags"):
            self.update_dashboard(copy["id"], {"tags": original["tags"]})
        return copy

    def dashboard_tags(self) -> list[Any]:
        """Return every tag that a dashboard carries, with the number of dashboards: ``name``, ``count``."""
        tags: list[Any] = as_object(self._wire.call(_CALLS, "list_dashboard_tags"))["tags"]
        return tags

    # ---- favourites

    def create_favorite(self, _type: str, id: int | str) -> Result | None:
        """Mark a dashboard or a query with a star.

        Args:
            _type: `dashboard` or `query`; for anything else nothing is done and None returned.
            id: its number; for a dashboard, its slug will do.
        """
        return self._star(_type, id, "favorite")

    def remove_favorite(self, _type: str, id: int | str) -> Result | None:
        """Take the star off again. Takes what ``create_favorite`` takes."""
        return self._star(_type, id, "unfavorite")

    def _star(self, kind: str, id: int | str, verb: str) -> Result | None:
        if kind == "dashboard":
            return self._wire.call(_CALLS, f"{verb}_dashboard", dashboard=self._locate(id)[1], body={})
        if kind == "query":
            return self._wire.call(QueriesApi.operations, f"{verb}_query", query_id=id, body={})
        return None

    # ---- widgets

    def add_widget(
        self,
        db_id: int,
        text: str = "",
        vs_id: int | None = None,
        full_width: bool = False,
        position: dict[str, Any] | None = None,
    ) -> ResultObject:
        """Put a widget on a dashboard.

        Args:
            db_id: number of the dashboard.
            text: its text, when it shows no visualization.
            vs_id: visualization to show.
            full_width: as wide as the dashboard; when no position is given.
            position: where it goes: col, row, sizeX, sizeY; the next free place when left out.
        """
        if not isinstance(position, dict) or not position:
            position = self.calculate_widget_position(db_id, full_width)
        return self.create_widget(db_id, vs_id, text, {"position": position})

    def create_widget(
        self, dashboard_id: int, visualization_id: int | None, text: str, options: Mapping[str, Any]
    ) -> ResultObject:
        """Put a widget on a dashboard, with all its options.

        Args:
            dashboard_id: number of the dashboard.
            visualization_id: visualization to show; None for a text.
            text: the text.
            options: settings; ``position`` in it has col, row, sizeX and sizeY.
        """
        body = {
            "dashboard_id": dashboard_id,
            "visualization_id": visualization_id,
            "text": text,
            "options": dict(options),
            "width": 1,
        }
        return as_object(self._wire.call(_WIDGETS, "create_widget", body=body))

    def delete_widget(self, widget_id: int) -> Result:
        """Take a widget off its dashboard."""
        return self._wire.call(_WIDGETS, "delete_widget", widget_id=widget_id)

    def calculate_widget_position(self, db_id: int, full_width: bool) -> dict[str, int]:
        """Return the next place on a dashboard: col, row, sizeX, sizeY.

        The published rule: two widgets in a row, and a row more for each that reaches into the right half.

        Args:
            db_id: number of the dashboard.
            full_width: for a widget as wide as the dashboard.
        """
        widgets = members(self.get_dashboard(db_id), "widgets")
        wide = sum(1 for widget in widgets if _right_edge(widget) > _HALF)
        row, col = divmod(len(widgets) - wide, 2)
        place = {"col": col * _HALF, "row": (row + wide) * _HEIGHT, "sizeX": _HALF, "sizeY": _HEIGHT}
        return {**place, "col": 0, "sizeX": _COLUMNS} if full_width else place

    # ---- visualizations

    def create_visualization(
        self,
        qry_id: int,
        _type: str,
        name: str,
        columns: list[dict[str, Any]] | None = None,
        x_axis: str | None = None,
        y_axis: list[dict[str, Any]] | None = None,
        size_column: str | None = None,
        group_by: str | None = None,
        custom_options: dict[str, Any] | None = None,
        desc: str | None = None,
    ) -> ResultObject:
        """Add a visualization to a query.

        Args:
            qry_id: number of the query.
            _type: `table`, `pivot`, `line`, `column`, `area`, `pie`, `scatter`, `bubble` or `box`.
            name: its name.
            columns: tables: the columns, each a dict with name and type; other members replace defaults.
            x_axis: charts: column of the x axis.
            y_axis: charts: columns of the y axis, each a dict with name, and perhaps label and type.
            size_column: charts: column of the size of bubbles.
            group_by: charts: column that parts the rows into series.
            custom_options: options that replace the ones made of the above; for a pivot, all there are.
            desc: what it is for.

        Raises:
            VisualizationError: something that this type needs is missing; nothing was sent.
        """
        kind, options = visualizations.options_for(
            _type, columns, x_axis, y_axis, size_column, group_by, custom_options
        )
        body = {"name": name, "type": kind, "query_id": qry_id, "description": desc, "options": options}
        return as_object(self._wire.call(_VISUALIZATIONS, "create_visualization", body=body))

    def update_visualization(self, viz_id: int, data: Mapping[str, Any]) -> ResultObject:
        """Set members of a visualization: name, description, options, type."""
        return as_object(
            self._wire.call(_VISUALIZATIONS, "update_visualization", visualization_id=viz_id, body=dict(data))
        )

    def delete_visualization(self, viz_id: int) -> Result:
        """Delete a visualization, and the widgets that show it."""
        return self._wire.call(_VISUALIZATIONS, "delete_visualization", visualization_id=viz_id)

    # ---- inside

    def _by_slug(self, slug: str) -> ResultObject:
        return as_object(self._wire.call(_CALLS, "get_dashboard", dashboard=slug, legacy=""))

    def _locate(self, key: int | str) -> tuple[ResultObject, int | str]:
        """A dashboard, and what this server wants in addresses that name it: its number or its slug.

        Asking for the number tells both: a server that wants slugs doesn't know it, or has another dashboard
        whose slug happens to be that number.
        """
        if isinstance(key, str) and not key.isdigit():
            found = self._by_slug(key)
            number = found["id"]
            return found, number if self._by_number(number) else found["slug"]
        number = int(key)
        found_by_number = self._by_number(number)
        if found_by_number is not None:
            return found_by_number, number
        for row in self.iterate(self.dashboards, page_size=250):
            if row["id"] == number:
                return self._by_slug(row["slug"]), row["slug"]
        found = self._by_slug(str(key))  # a slug of digits, or nothing: the server's own answer says so
        return found, found["slug"]

    def _by_number(self, number: int) -> ResultObject | None:
        try:
            found = as_object(self._wire.call(_CALLS, "get_dashboard", dashboard=number))
        except (NotFoundError, ServerError):
            return None
        return found if found.get("id") == number else None


def _right_edge(widget: Mapping[str, Any]) -> int:
    position = member(member(widget, "options"), "position")
    return int(position.get("col", 0)) + int(position.get("sizeX", _HALF))
