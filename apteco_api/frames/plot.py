"""Draw cubes and rows with Matplotlib."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._runtime.exceptions import ApiValueError
from .._runtime.files import replacing
from ..query.catalogue import unknown
from .extras import need

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .cube import CubeFrame
    from .rows import Rows

MAX_SERIES = 12
"""Most lines or colours in one picture."""
MAX_LABELS = 24
"""Most labels along one picture; if there are more, some are left out."""
SIZE = (8.0, 4.5)
"""Inches of a new picture."""
_AS_IT_IS: dict[str, Any] = {"parse_math": False}
"""Between two dollar signs, Matplotlib would read a name as a formula."""


def plot_cube(
    frame: CubeFrame, path: str | Path | None, ax: Axes | None, measure: str | None, unclassified: bool
) -> Axes:
    """Return the axes of `CubeFrame.plot`."""
    axes: Any = _new_axes() if ax is None else ax
    draw_cube(axes, frame, measure, unclassified)
    return _saved(axes, path)


def save_cube(frame: CubeFrame, path: str | Path) -> None:
    """Draw a cube into a file. Needs no screen and leaves no figure open."""
    figure: Any = need("matplotlib.figure", "plot").Figure(figsize=SIZE, layout="constrained")
    axes = figure.add_subplot()
    draw_cube(axes, frame, None, False)
    _saved(axes, path)


def plot_rows(rows: Rows, x: str, y: str | None, path: str | Path | None, ax: Axes | None) -> Axes:
    """Return the axes of `Rows.plot`."""
    axes: Any = _new_axes() if ax is None else ax
    column = next((each for each in rows.columns if each.header == x), None)
    cells: list[Any] = rows.column(x)
    kept = [cell for cell in cells if cell is not None]
    if column is not None and column.kind in ("selector", "array", "flags", "text") and y is None:
        found = Counter(kept)
        counts = {text: found[text] for text in column.categories if text in found} | found
        axes.bar(range(len(counts)), list(counts.values()))
        _label(axes, [str(text) for text in counts])
    elif y is None:
        axes.hist(kept, bins=30)
    else:
        pairs = [
            (a, b) for a, b in zip(cells, rows.column(y), strict=True) if a is not None and b is not None
        ]
        axes.scatter([a for a, _ in pairs], [b for _, b in pairs], s=8, alpha=0.5)
    axes.set_xlabel(x, **_AS_IT_IS)
    axes.set_ylabel("Rows" if y is None else y, **_AS_IT_IS)
    _plain(axes)
    return _saved(axes, path)


def draw_cube(axes: Any, frame: CubeFrame, measure: str | None, unclassified: bool) -> None:
    """Draw a cube into axes: bars for a selector or bands, lines over time for periods, a colour for each
    value of a second dimension.

    Raises:
        ValueError: the cube has no dimension, or more than two.
        UnknownName: the cube does not have the measure.
    """
    if not 1 <= len(frame.dimensions) <= 2:
        raise ApiValueError(
            f"a picture shows one or two dimensions, and the cube has {len(frame.dimensions)}"
        )
    names = [each.label for each in frame.measures]
    if measure is not None and measure not in names:
        raise unknown("measure", measure, names)
    number = 0 if measure is None else names.index(measure)
    axis, series = _shaped(frame, number, unclassified)
    places = list(range(len(axis)))
    over_time = any(each.dated for each in frame.dimensions)
    width = 0.8 / max(len(series), 1)
    drawn: list[Any] = []
    for place, figures in enumerate(series.values()):
        heights = [float("nan") if each is None else each for each in figures]
        if over_time:
            drawn += axes.plot(places, heights, marker="o", markersize=3)
        else:
            drawn.append(axes.bar([each - 0.4 + width * (place + 0.5) for each in places], heights, width))
    _label(axes, axis)
    axes.set_ylabel(names[number], **_AS_IT_IS)
    axes.set_title(" and ".join(each.label for each in frame.dimensions), **_AS_IT_IS)
    _plain(axes)
    if len(series) > 1:
        # Matplotlib leaves out labels that begin with an underscore, so the names are written afterwards.
        legend = axes.legend(drawn, [""] * len(drawn), fontsize="small", frameon=False)
        for text, name in zip(legend.get_texts(), series, strict=True):
            text.set(text=name, **_AS_IT_IS)


def _new_axes() -> Any:
    pyplot: Any = need("matplotlib.pyplot", "plot")
    return pyplot.subplots(figsize=SIZE, layout="constrained")[1]


def _saved(axes: Any, path: str | Path | None) -> Axes:
    if path is not None:
        target = Path(path)
        if not target.suffix and not target.is_dir():
            target = target.with_name(f"{target.name}.png")
        form, known = target.suffix[1:].lower() or "png", axes.figure.canvas.get_supported_filetypes()
        if form not in known:
            raise ApiValueError(f"{path}: the name of a picture ends in one of .{', .'.join(sorted(known))}")
        with replacing(target) as file:
            axes.figure.savefig(file, dpi=100, format=form)
    found: Axes = axes
    return found


def _label(axes: Any, labels: list[str]) -> None:
    """Write labels along the picture. If there are many, write every second, third … only, to be readable."""
    step = -(-len(labels) // MAX_LABELS) or 1
    long = max(map(len, labels), default=0) > 4
    axes.set_xticks(
        range(0, len(labels), step),
        labels[::step],
        rotation=45 if long else 0,
        ha="right" if long else "center",
        **_AS_IT_IS,
    )


def _plain(axes: Any) -> None:
    axes.yaxis.set_major_formatter(_tick)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)


def _tick(value: float, _: int) -> str:
    return f"{value:,.10g}"


def _shaped(
    frame: CubeFrame, number: int, unclassified: bool
) -> tuple[list[str], dict[str, list[float | int | None]]]:
    """Return the labels along the picture, and the figures of each series.

    If one of two dimensions has periods, its labels are those along the picture. Of many series, the largest
    are drawn.
    """
    width = len(frame.dimensions)
    rows = [(*row[:width], row[width + number]) for row in frame.rows(unclassified=unclassified)]
    if width == 1:
        return [row[0] for row in rows], {frame.measures[number].label: [row[1] for row in rows]}
    along = 1 if frame.dimensions[1].dated and not frame.dimensions[0].dated else 0
    axis = list(dict.fromkeys(row[along] for row in rows))
    series: dict[str, dict[str, float | int | None]] = {}
    for row in rows:
        series.setdefault(row[1 - along], {})[row[along]] = row[2]
    largest = sorted(series, key=lambda name: -sum(each or 0 for each in series[name].values()))[:MAX_SERIES]
    return axis, {name: [series[name].get(each) for each in axis] for name in series if name in largest}
