"""A cube as a picture file (matplotlib) or as bars of text. Both draw the first measure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from .output import cell_text, cut, padded, terminal_width, text_width
from .streams import can_write

if TYPE_CHECKING:
    from ..frames.cube import CubeFrame

BAR = 50
"""Characters of the longest bar of text, if the terminal is wide enough."""
SHORTEST = 5
"""The fewest characters of the longest bar; labels are shortened to make room for it."""


def picture(frame: CubeFrame, path: str | Path) -> None:
    """Draw a cube into a file, as `CubeFrame.plot` does.

    Raises:
        ValueError: the cube has more than two dimensions.
        MissingExtra: matplotlib is not installed.
    """
    from ..frames.plot import save_cube

    save_cube(frame, path)


def bars(frame: CubeFrame, out: TextIO) -> None:
    """Write one line for each combination, with a bar that shows its figure.

    In a terminal, first bars and then labels are shortened until each line fits. Figures are never shortened.
    """
    marks = (("█", "#"), (" · ", " - "), ("…", "..."))
    block, dot, more = (pretty if can_write(pretty, out) else plain for pretty, plain in marks)
    width = len(frame.dimensions)
    lines = [(dot.join(map(cell_text, row[:width])), row[width]) for row in frame.rows(unclassified=False)]
    largest = max((abs(figure or 0) for _, figure in lines), default=0) or 1
    label = max((text_width(name) for name, _ in lines), default=0)
    shown = max((len(cell_text(figure)) for _, figure in lines), default=0)
    title, longest = (
        f"{frame.measures[0].label} by {' and '.join(each.label for each in frame.dimensions)}",
        BAR,
    )
    if out.isatty():
        room = terminal_width() - shown - 4
        label = max(min(label, room - SHORTEST), 1)
        longest = max(min(BAR, room - label), 0)
        title = cut(cell_text(title), terminal_width(), more)
    out.write(f"{title}\n")
    for name, figure in lines:
        bar = block * round(abs(figure or 0) / largest * longest)
        line = f"{padded(cut(name, label, more), label)}  {cell_text(figure).rjust(shown)}  {bar}"
        out.write(f"{line.rstrip()}\n")
