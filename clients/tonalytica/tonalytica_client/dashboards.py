"""Dashboards, their widgets, and visualizations. ``boards`` finds the dashboard of an argument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import visualizations
from .basics import as_object, listing
from .boards import CALLS, Boards, DashboardKey
from .client.api.queries_api import QueriesApi
from .client.api.visualizations_api import VisualizationsApi
from .client.api.widgets_api import WidgetsApi
from .client.models import NewDashboard, NewVisualization, NewWidget
from .errors import RequestError, TonalyticaError
from .results import Result, ResultObject, member, members

_WIDGETS, _VISUALIZATIONS = WidgetsApi.operations, VisualizationsApi.operations
_COPIED = ("tags", "dashboard_filters_enabled", "options")
_COLUMNS, _HALF, _HEIGHT = 6, 3, 8
"""A dashboard is six columns wide; by default, a widget takes half of them, and eight rows."""


class Dashboards(Boards):
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
            tags: only dashboards with all of these tags.
        """
        name = "list_favorite_dashboards" if only_favorites else "list_dashboards"
        search = listing(page, page_size, {"q": q, "order": order, "tags": tags and list(tags)})
        return as_object(self._wire.call(CALLS, name, **search))

    def get_dashboard(self, id: DashboardKey) -> ResultObject:
        """Return a dashboard with its widgets, on any version of the server.

        Args:
            id: its number, its row or answer, its slug, or the text of the address bar (`25-url-form`). A
                text of digits is looked up as a number first.

        Raises:
            AmbiguousSlugError: two dashboards have this slug.
            NotFoundError: no dashboard has this name.
        """
        return self._board(id)

    def dashboard(self, slug: DashboardKey) -> ResultObject:
        """Return a dashboard with its widgets, on any version of the server.

        Args:
            slug: its slug, its number, its row or answer, or the text of the address bar (`25-url-form`). A
                text of digits is looked up as a slug first.

        Raises:
            AmbiguousSlugError: two dashboards have this slug.
            NotFoundError: no dashboard has this name.
        """
        return self._board(slug, slug_first=isinstance(slug, str))

    def create_dashboard(self, name: str) -> ResultObject:
        """Make an empty dashboard, as a draft; the answer has its ``id`` and its ``slug``.

        Args:
            name: its name.
        """
        return as_object(self._wire.call(CALLS, "create_dashboard", body=NewDashboard(name=name)))

    def update_dashboard(self, dashboard_id: DashboardKey, properties: Mapping[str, Any]) -> ResultObject:
        """Set members of a dashboard, and return the changed dashboard.

        Args:
            dashboard_id: its number, or what ``get_dashboard`` takes.
            properties: the members: name, tags, is_draft, layout, options, dashboard_filters_enabled. With
                the ``version`` of the last read, a change by somebody else since then is a ConflictError.
        """
        number = self._number(dashboard_id)
        answer = self._wire.call(CALLS, "update_dashboard", dashboard_id=number, body=dict(properties))
        return as_object(answer)

    def archive_dashboard(self, id: DashboardKey) -> ResultObject:
        """Archive a dashboard.

        Args:
            id: what ``get_dashboard`` takes.

        Raises:
            AmbiguousSlugError: two dashboards have this slug; nothing was archived.
        """
        return as_object(self._wire.call(CALLS, "archive_dashboard", dashboard=self._address(id)))

    def publish_dashboard(self, db_id: DashboardKey) -> str | None:
        """Make a draft visible and open it to everybody with the link; return the link.

        Args:
            db_id: its number, or what ``get_dashboard`` takes.
        """
        number = self._number(db_id)
        self.update_dashboard(number, {"is_draft": False})
        answer = self._wire.call(CALLS, "share_dashboard", dashboard_id=number, body={})
        url: str | None = as_object(answer).get("public_url")
        return url

    def unshare_dashboard(self, db_id: DashboardKey) -> Result:
        """Close the link that ``publish_dashboard`` made.

        Args:
            db_id: the dashboard's number, or what ``get_dashboard`` takes.
        """
        return self._wire.call(CALLS, "unshare_dashboard", dashboard_id=self._number(db_id))

    def duplicate_dashboard(self, slug: DashboardKey, new_name: str | None = None) -> ResultObject:
        """Copy a dashboard: the copy has the same tags, and widgets with the same visualizations.

        Args:
            slug: what ``dashboard`` takes.
            new_name: name of the copy; `Copy of: ` and the old name by default.

        Raises:
            TonalyticaError: the dashboard has widgets that the owner of the key may not see; nothing was
                made.
        """
        current = self.dashboard(slug)
        check_readable(current)
        copy = self.copy_shell(current, new_name)
        try:
            for widget in members(current, "widgets"):
                shown = member(widget, "visualization").get("id")
                self.create_widget(copy["id"], shown, widget.get("text") or "", member(widget, "options"))
        except RequestError as error:
            error.add_note(f"The copy itself was made, as number {copy['id']}; it lacks widgets.")
            raise
        return self._whole(copy)

    def copy_shell(self, original: Mapping[str, Any], new_name: str | None = None) -> ResultObject:
        """Make a dashboard with the tags and settings of another, but without its widgets.

        Args:
            original: the other dashboard, as ``dashboard`` returns it.
            new_name: name of the new dashboard; `Copy of: ` and the old name by default.
        """
        copy = self.create_dashboard(new_name or f"Copy of: {original['name']}")
        kept = {name: original[name] for name in _COPIED if original.get(name)}
        if kept:
            self.update_dashboard(copy, kept)
        return copy

    def dashboard_tags(self) -> list[Any]:
        """Return every tag of dashboards, with the number of dashboards: ``name``, ``count``."""
        tags: list[Any] = as_object(self._wire.call(CALLS, "list_dashboard_tags"))["tags"]
        return tags

    # ---- favourites

    def create_favorite(self, _type: str, id: DashboardKey) -> Result | None:
        """Mark a dashboard or a query with a star.

        Args:
            _type: `dashboard` or `query`; for anything else, the method does nothing and returns None.
            id: its number; for a dashboard, what ``get_dashboard`` takes.
        """
        return self._star(_type, id, "favorite")

    def remove_favorite(self, _type: str, id: DashboardKey) -> Result | None:
        """Remove the star of a dashboard or a query. The arguments are those of ``create_favorite``."""
        return self._star(_type, id, "unfavorite")

    def _star(self, kind: str, id: DashboardKey, verb: str) -> Result | None:
        if kind == "dashboard":
            return self._wire.call(CALLS, f"{verb}_dashboard", dashboard=self._address(id), body={})
        if kind == "query":
            return self._wire.call(QueriesApi.operations, f"{verb}_query", query_id=id, body={})
        return None

    # ---- widgets

    def add_widget(
        self,
        db_id: DashboardKey,
        text: str = "",
        vs_id: int | None = None,
        full_width: bool = False,
        position: dict[str, Any] | None = None,
    ) -> ResultObject:
        """Add a widget to a dashboard.

        Args:
            db_id: number of the dashboard, or what ``get_dashboard`` takes.
            text: the text of a widget without visualization.
            vs_id: visualization to show.
            full_width: as wide as the dashboard; used only without a position.
            position: its place: col, row, sizeX, sizeY; the next free place by default.
        """
        if not isinstance(position, dict) or not position:
            board = self.get_dashboard(db_id)
            db_id, position = board["id"], next_position(board, full_width)
        return self.create_widget(db_id, vs_id, text, {"position": position})

    def create_widget(
        self, dashboard_id: DashboardKey, visualization_id: int | None, text: str, options: Mapping[str, Any]
    ) -> ResultObject:
        """Put a widget on a dashboard, with all its options.

        Args:
            dashboard_id: number of the dashboard, or what ``get_dashboard`` takes.
            visualization_id: visualization to show; None for a text.
            text: the text.
            options: settings; ``position`` in it has col, row, sizeX and sizeY.
        """
        body = NewWidget(
            dashboard_id=self._number(dashboard_id),
            visualization_id=visualization_id,
            text=text,
            options=dict(options),
            width=1,
        )
        return as_object(self._wire.call(_WIDGETS, "create_widget", body=body))

    def delete_widget(self, widget_id: int) -> Result:
        """Remove a widget from its dashboard."""
        return self._wire.call(_WIDGETS, "delete_widget", widget_id=widget_id)

    def calculate_widget_position(self, db_id: DashboardKey, full_width: bool) -> dict[str, int]:
        """Return the next place on a dashboard: col, row, sizeX, sizeY.

        By the published rule, a row has two widgets, and each widget in the right half begins a new row.

        Args:
            db_id: number of the dashboard, or what ``get_dashboard`` takes.
            full_width: for a widget as wide as the dashboard.
        """
        return next_position(self.get_dashboard(db_id), full_width)

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
            group_by: charts: column that divides the rows into series.
            custom_options: options that replace those made from the arguments; for a pivot, all its options.
            desc: description.

        Raises:
            VisualizationError: an argument that this type needs is missing; nothing was sent.
        """
        kind, options = visualizations.options_for(
            _type, columns, x_axis, y_axis, size_column, group_by, custom_options
        )
        body = NewVisualization(name=name, type=kind, query_id=qry_id, description=desc, options=options)
        return as_object(self._wire.call(_VISUALIZATIONS, "create_visualization", body=body))

    def update_visualization(self, viz_id: int, data: Mapping[str, Any]) -> ResultObject:
        """Set members of a visualization: name, description, options, type."""
        return as_object(
            self._wire.call(_VISUALIZATIONS, "update_visualization", visualization_id=viz_id, body=dict(data))
        )

    def delete_visualization(self, viz_id: int) -> Result:
        """Delete a visualization, and the widgets that show it."""
        return self._wire.call(_VISUALIZATIONS, "delete_visualization", visualization_id=viz_id)


def check_readable(board: Mapping[str, Any]) -> None:
    """Check that the owner of the key may see all widgets of a dashboard.

    Raises:
        TonalyticaError: a widget shows a query of a data source that the owner of the key may not use.
    """
    closed = [widget["id"] for widget in members(board, "widgets") if widget.get("restricted")]
    if closed:
        which = ", ".join(map(str, closed))
        raise TonalyticaError(f"dashboard {board['id']} has widgets that this key may not see: {which}")


def next_position(board: Mapping[str, Any], full_width: bool) -> dict[str, int]:
    """Return the next place on a dashboard; see ``calculate_widget_position``."""
    widgets = members(board, "widgets")
    wide = sum(1 for widget in widgets if _right_edge(widget) > _HALF)
    row, col = divmod(len(widgets) - wide, 2)
    place = {"col": col * _HALF, "row": (row + wide) * _HEIGHT, "sizeX": _HALF, "sizeY": _HEIGHT}
    return {**place, "col": 0, "sizeX": _COLUMNS} if full_width else place


def _right_edge(widget: Mapping[str, Any]) -> int:
    position = member(member(widget, "options"), "position")
    return int(position.get("col", 0)) + int(position.get("sizeX", _HALF))
