"""A cube as a picture file (matplotlib) or as bars of text. Both draw the first measure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from .output import cell_text

if TYPE_CHECKING:
    from ..frames.cube import CubeFrame

BAR = 50
"""Characters of the longest bar of text."""


def picture(frame: CubeFrame, path: str | Path) -> None:
    """Draw a cube into a file, as `CubeFrame.plot` does.

    Raises:
        ValueError: the cube has more than two dimensions.
        MissingExtra: matplotlib is not installed.
    """
    from ..frames.plot import save_cube

    save_cube(frame, path)


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
