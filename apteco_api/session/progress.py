"""A progress bar: a line in a terminal, a bar in a notebook, nothing elsewhere."""

from __future__ import annotations

import os
import sys
from html import escape
from typing import Any, Protocol


class Progress(Protocol):
    """A display of how far work has come."""

    def update(self, done: float, total: float, note: str = "") -> None:
        """Show that `done` of `total` steps are done."""
        ...

    def close(self) -> None:
        """Finish the display: the work has ended."""
        ...


class Silent:
    """A progress display that shows nothing."""

    def update(self, done: float, total: float, note: str = "") -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class TerminalBar:
    """One line on standard error, redrawn in place and removed at the end."""

    WIDTH = 30

    def __init__(self, title: str, stream: Any = None) -> None:
        self._title = title
        self._stream = sys.stderr if stream is None else stream
        self._drawn = ""

    def update(self, done: float, total: float, note: str = "") -> None:
        line = self._line(done, total, note)
        if line != self._drawn:  # a step that does not change the line draws nothing
            self._stream.write("\r" + line + " " * max(0, len(self._drawn) - len(line)))
            self._stream.flush()
            self._drawn = line

    def _line(self, done: float, total: float, note: str) -> str:
        share = min(max(done / total, 0.0), 1.0) if total else 0.0
        most = _columns(self._stream) - 1  # some terminals begin a new line in the last column
        title = "".join(char if char.isprintable() else " " for char in self._title)
        around = f"{title} [] {share:4.0%} {note}".rstrip()
        width = min(self.WIDTH, most - len(around))
        if width < 4:  # no room for a bar
            return f"{share:4.0%} {note}".rstrip()[: max(most, 0)]
        full = round(share * width)
        return f"{title} [{'#' * full}{'.' * (width - full)}] {share:4.0%} {note}".rstrip()

    def close(self) -> None:
        if self._drawn:
            self._stream.write("\r" + " " * len(self._drawn) + "\r")
            self._stream.flush()
            self._drawn = ""


def _columns(stream: Any) -> int:
    """Return the width of the terminal in characters; 80 if the stream is not a terminal."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError, AttributeError):
        return 80


class NotebookBar:
    """A bar in the output cell, updated in place."""

    def __init__(self, title: str, display: Any) -> None:
        self._title = title
        self._display = display
        self._handle: Any = None
        self._shown = ""

    def update(self, done: float, total: float, note: str = "") -> None:
        share = min(max(done / total, 0.0), 1.0) if total else 0.0
        bar = f"<progress value='{share:.2f}' max='1'></progress>"
        text = f"<label>{escape(self._title)} {bar} {escape(note)}</label>"
        if text == self._shown:
            return
        self._shown = text
        content = {"text/html": text, "text/plain": f"{self._title} {share:.0%} {note}"}
        if self._handle is None:
            self._handle = self._display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)

    def close(self) -> None:
        """Do nothing: the bar stays in the cell."""


def progress_bar(title: str, wanted: bool | None = None) -> Progress:
    """Return the progress bar that suits terminal, notebook or plain stream.

    Args:
        title: a name for the work.
        wanted: None shows a bar only in a terminal or a notebook; True also in a plain stream; False never.
    """
    if wanted is False:
        return Silent()
    display = _notebook_display()
    if display is not None:
        return NotebookBar(title, display)
    stream = sys.stderr
    if wanted or (stream is not None and stream.isatty()):
        return TerminalBar(title, stream)
    return Silent()


def _notebook_display() -> Any:
    """Return IPython's display function in a notebook's kernel, else None. Never import IPython."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or type(shell).__name__ != "ZMQInteractiveShell":
        return None
    return sys.modules["IPython.display"].display if "IPython.display" in sys.modules else None
