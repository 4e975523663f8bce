"""Make the requests for visualizations: tables, pivots and charts with the defaults of the web pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .errors import TonalyticaError

CHARTS = ("line", "column", "area", "pie", "scatter", "bubble", "box")
_FIRST_ORDER = 100000
_TABLE: dict[str, Any] = {
    "autoHeight": True,
    "defaultColumns": 3,
    "defaultRows": 15,
    "itemsPerPage": 10,
    "minColumns": 1,
}
_AS_IS = "{{ @ }}"
_COLUMN: dict[str, Any] = {
    "alignContent": "left",
    "allowHTML": True,
    "allowSearch": False,
    "booleanValues": [False, True],
    "dateTimeFormat": "DD/MM/YY HH:mm",
    "displayAs": "string",
    "highlightLinks": False,
    "imageHeight": "",
    "imageTitleTemplate": _AS_IS,
    "imageUrlTemplate": _AS_IS,
    "imageWidth": "",
    "linkOpenInNewTab": True,
    "linkTextTemplate": _AS_IS,
    "linkTitleTemplate": _AS_IS,
    "linkUrlTemplate": _AS_IS,
    "numberFormat": "0,0",
    "visible": True,
}


class VisualizationError(TonalyticaError, ValueError):
    """Arguments that make no visualization; nothing was sent."""


def options_for(
    kind: str,
    columns: Sequence[Mapping[str, Any]] | None = None,
    x_axis: str | None = None,
    y_axis: Sequence[Mapping[str, Any]] | None = None,
    size_column: str | None = None,
    group_by: str | None = None,
    custom: Mapping[str, Any] | None = None,
) -> tuple[str, dict[str, Any]]:
    """Return the server's type and the options of a visualization.

    Args:
        kind: `table`, `pivot`, or one of ``CHARTS``.
        columns: tables: the columns, each with name and type; any other member replaces a default.
        x_axis: charts: column of the x axis.
        y_axis: charts: columns of the y axis, each with name, and perhaps label and type.
        size_column: charts: column of the size of bubbles.
        group_by: charts: column that divides the rows into series.
        custom: options that replace those made here; for a pivot, all its options.

    Raises:
        VisualizationError: an argument that this type needs is missing, or the type does not exist.
    """
    custom = dict(custom) if isinstance(custom, Mapping) else {}
    if kind == "table":
        return "TABLE", _table(columns or custom.get("columns"), custom)
    if kind == "pivot":
        if not custom:
            raise VisualizationError("custom_options is required for pivot.")
        return "PIVOT", custom
    if kind in CHARTS:
        if x_axis is None or not isinstance(y_axis, Sequence) or isinstance(y_axis, str) or not y_axis:
            raise VisualizationError(f"x_axis and y_axis are required for {kind}.")
        return "CHART", _chart(kind, x_axis, y_axis, size_column, group_by, custom)
    raise VisualizationError(f"Type {kind} is not supported yet.")


def _table(columns: Sequence[Mapping[str, Any]] | None, custom: dict[str, Any]) -> dict[str, Any]:
    if not columns:
        raise VisualizationError("columns is required for table.")
    if any("name" not in column or "type" not in column for column in columns):
        raise VisualizationError("name and type are required in columns.")
    made = [
        {**_COLUMN, "order": _FIRST_ORDER + index, "title": column["name"], **column}
        for index, column in enumerate(columns)
    ]
    return {**_TABLE, **custom, "columns": made}


def _chart(
    kind: str,
    x_axis: str,
    y_axis: Sequence[Mapping[str, Any]],
    size_column: str | None,
    group_by: str | None,
    custom: dict[str, Any],
) -> dict[str, Any]:
    if any("name" not in series for series in y_axis):
        raise VisualizationError("name is required in y_axis.")
    mapping = {x_axis: "x", **{series["name"]: "y" for series in y_axis}}
    if size_column is not None:
        mapping[size_column] = "size"
    if group_by is not None:
        mapping[group_by] = "series"
    error_bars = {"type": "data", "visible": True}
    return {
        "globalSeriesType": kind,
        "sortX": True,
        "legend": {"enabled": True},
        "yAxis": [{"type": "linear"}, {"type": "linear", "opposite": True}],
        "xAxis": {"type": "category", "labels": {"enabled": True}},
        "error_y": error_bars,
        "series": {"stacking": None, "error_y": dict(error_bars)},
        "columnMapping": mapping,
        "seriesOptions": {
            series["name"]: {
                "index": 0,
                "type": series.get("type", kind),
                "name": series.get("label", series["name"]),
                "yAxis": 0,
                "zIndex": index,
            }
            for index, series in enumerate(y_axis)
        },
        "showDataLabels": kind == "pie",
        **custom,
    }
