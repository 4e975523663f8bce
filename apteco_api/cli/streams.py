"""Safe standard streams for a command: any encoding, closed streams, no control characters in a terminal.

`prepare()` is called once, before a command writes anything. `say` and `TerminalText` clean the text that
goes to a terminal.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TextIO, cast

_HANDLER = "apteco-api.escape"
_escaped: set[str] = set()
"""Encodings that lacked a character that was written."""


class ClosedStream(io.TextIOBase):
    """Stands for a standard output that was closed before the command began: writing to it fails."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        """Raise `OSError`, as a full disk would."""
        raise OSError("standard output is closed")


def prepare() -> None:
    """Make the standard streams safe to write to.

    A closed descriptor is filled, so that no file or socket takes its number. Characters that an encoding
    lacks are written as escapes such as `\\xa3`; `finish` then says so.
    """
    while (filler := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(filler)
    streams: Any = sys  # a closed stream is None, which typeshed does not declare
    if streams.stdin is None:
        streams.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - open as long as the process lives
    if streams.stderr is None:
        streams.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if streams.stdout is None:
        streams.stdout = ClosedStream()
    codecs.register_error(_HANDLER, _escape)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def _escape(error: UnicodeError) -> tuple[str | bytes, int]:
    """Replace characters that the encoding lacks by Python's escapes, and remember the encoding."""
    if isinstance(error, UnicodeEncodeError) and error.object[error.start : error.end].isprintable():
        _escaped.add(error.encoding)
    return codecs.backslashreplace_errors(error)


def finish() -> None:
    """Write what is still buffered, and say whether characters were escaped."""
    sys.stdout.flush()
    for encoding in sorted(_escaped):
        _escaped.discard(encoding)
        complain(
            f"characters that {encoding} lacks were written as escapes; PYTHONIOENCODING=utf-8 keeps them"
        )


def discard(stream: TextIO) -> None:
    """Discard what a stream still buffers, because its reader is gone or its disk is full.

    Without this, Python would write the buffer again at exit, fail, and replace the exit status.
    """
    with suppress(OSError, ValueError):  # a stream without a descriptor, as in a test
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, stream.fileno())
        os.close(sink)


def write_error(text: str) -> None:
    """Write to standard error. Ignore a failure: then only the exit status can report anything."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):
        discard(sys.stderr)


def clean(text: str, *, keep: str = "") -> str:
    """Replace each control character by a space, as a terminal would execute it.

    Args:
        text: any text, also one that a server sent.
        keep: control characters that are not replaced.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() or c in keep else " " for c in text)


def complain(text: str) -> None:
    """Write one line to standard error, after the name of the command."""
    write_error(f"apteco-api: {clean(text)}\n")


def leave_out(what: str, names: Sequence[str] | None = None) -> None:
    """Write one line to standard error about what the output leaves out.

    Args:
        what: the kind of things, in words.
        names: the names of the things; an empty list writes nothing. None writes `what` alone.
    """
    if names is None:
        write_error(clean(f"left out {what}") + "\n")
    elif names:
        told = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        write_error(clean(f"left out {what}: {told}") + "\n")


def say(text: object) -> None:
    """Print a line; in a terminal, replace control characters, which a server may have sent."""
    terminal_safe(sys.stdout).write(f"{text}\n")


class TerminalText(io.TextIOBase):
    """A stream over a terminal that writes newlines and tabs, but no other control character.

    Args:
        terminal: where the text goes.
    """

    def __init__(self, terminal: TextIO) -> None:
        self.terminal: TextIO = terminal
        """Where the text goes."""

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed declares an attribute, not a property
        """The encoding of the terminal."""
        return self.terminal.encoding

    def write(self, text: str) -> int:
        """Write the text, with a space in place of each control character."""
        return self.terminal.write(clean(text, keep="\n\t"))

    def writable(self) -> bool:
        """Return True."""
        return True

    def isatty(self) -> bool:
        """Return True."""
        return True

    def flush(self) -> None:
        """Flush the terminal."""
        self.terminal.flush()


def terminal_safe(out: TextIO) -> TextIO:
    """Return a stream that is safe for text from a server: `TerminalText` over a terminal, else `out`."""
    return cast("TextIO", TerminalText(out)) if out.isatty() else out


def raw_terminal(out: TextIO) -> TextIO:
    """Return the terminal below a stream of `terminal_safe`, for a library that styles text itself."""
    found: TextIO = getattr(out, "terminal", out)
    return found


def can_write(text: str, out: TextIO) -> bool:
    """Return whether the encoding of a stream has these characters."""
    try:
        text.encode(out.encoding or "utf-8")
    except (UnicodeError, LookupError):
        return False
    return True
