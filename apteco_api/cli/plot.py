"""A cube as a picture file (matplotlib) or as bars of text. Both draw the first measure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from .._runtime.files import replacing
from ..frames.extras import need
from .output import cell_text

if TYPE_CHECKING:
    from ..frames.cube import CubeFrame

MAX_SERIES = 12
"""Most lines or colours in one picture."""
BAR = 50
"""Characters of the longest bar of text."""


def picture(frame: CubeFrame, path: str | Path) -> None:
    """Draw into a file: bars for a selector, lines over time for dates, a colour for each value of a second
    dimension.

    Raises:
        ValueError: the cube has more than two dimensions.
        MissingExtra: matplotlib is not installed.
    """
    if len(frame.dimensions) > 2:
        raise ValueError("a picture shows one or two dimensions")
    need("matplotlib", "plot").use("agg")  # files only: works where there is no screen
    figure_class: Any = need("matplotlib.figure", "plot").Figure
    axis, series = _shaped(frame)
    figure = figure_class(figsize=(8, 4.5), layout="constrained")
    axes: Any = figure.add_subplot()
    places = list(range(len(axis)))
    over_time = any(each.banding for each in frame.dimensions)
    width = 0.8 / max(len(series), 1)
    for number, (name, figures) in enumerate(series.items()):
        heights = [float("nan") if each is None else each for each in figures]
        if over_time:
            axes.plot(places, heights, marker="o", markersize=3, label=name)
        else:
            axes.bar([place - 0.4 + width * (number + 0.5) for place in places], heights, width, label=name)
    long = max(map(len, axis), default=0) > 4
    axes.set_xticks(places, axis, rotation=45 if long else 0, ha="right" if long else "center")
    axes.yaxis.set_major_formatter(_tick)
    axes.set_ylabel(frame.measures[0].label)
    axes.set_title(" and ".join(each.label for each in frame.dimensions))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
    if len(series) > 1:
        axes.legend(fontsize="small", frameon=False)
    path = Path(path)
    with replacing(path if path.suffix else path.with_name(f"{path.name}.png")) as file:
        figure.savefig(file, dpi=100, format=path.suffix[1:].lower() or "png")


def _tick(value: float, place: int) -> str:
    return f"{value:,.10g}"


def _shaped(frame: CubeFrame) -> tuple[list[str], dict[str, list[float | int | None]]]:
    """The labels along the picture, and the figures of each series. Dates go along, whichever dimension they
    are; of many series the largest are drawn.
    """
    rows = list(frame.rows(unclassified=False))
    if len(frame.dimensions) == 1:
        return [row[0] for row in rows], {frame.measures[0].label: [row[1] for row in rows]}
    along = 1 if frame.dimensions[1].banding and not frame.dimensions[0].banding else 0
    axis = list(dict.fromkeys(row[along] for row in rows))
    series: dict[str, dict[str, float | int | None]] = {}
    for row in rows:
        series.setdefault(row[1 - along], {})[row[along]] = row[2]
    largest = sorted(series, key=lambda name: -sum(each or 0 for each in series[name].values()))[:MAX_SERIES]
    return axis, {name: [series[name].get(each) for each in axis] for name in series if name in largest}


def bars(frame: CubeFrame, out: TextIO) -> None:
    """Write one line a combination, with a bar as long as its figure."""
    width = len(frame.dimensions)
    lines = [(" · ".join(map(cell_text, row[:width])), row[width]) for row in frame.rows(unclassified=False)]
    longest = max((abs(figure or 0) for _, figure in lines), default=0) or 1
    label = max((len(name) for name, _ in lines), default=0)
    shown = max((len(cell_text(figure)) for _, figure in lines), default=0)
    out.write(f"{frame.measures[0].label} by {' and '.join(each.label for each in frame.dimensions)}\n")
    for name, figure in lines:
        bar = "█" * round(abs(figure or 0) / longest * BAR)
        out.write(f"{name.ljust(label)}  {cell_text(figure).rjust(shown)}  {bar}".rstrip() + "\n")
