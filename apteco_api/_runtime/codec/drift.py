"""Where an answer differs from the spec: the first hundred places are kept, all are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    Path = tuple["Path", str | int] | None
    """Place of a value: the place of its parent, and its name or number there. None: the answer itself."""

MAX_DRIFT = 100
"""Most differences of one answer that are kept."""
MAX_PATH = 300
"""Most characters of a JSON path that are kept."""
MAX_VALUE = 80
"""Most characters of a value that are kept."""


class Drift(NamedTuple):
    """One place where an answer differs from the spec.

    Args:
        path: JSON path: `$.list[0].type`.
        expected: what the spec says.
        got: what came, shortened.
    """

    path: str
    expected: str
    got: str


class Context(Protocol):
    """What decoding must know of the call: its time, and its secrets."""

    def left(self, phase: str) -> float:
        """Return the seconds left; raise when none are."""
        ...

    def clean(self, text: str, limit: int = ...) -> str:
        """Return a text without secrets and control characters, cut to a length."""
        ...


ABSENT = object()
"""Stands for the value of a member that is not there."""


class Differences(list[Drift]):
    """The first MAX_DRIFT differences of an answer.

    Attributes:
        total: how many there were.
        call: the call that the answer belongs to, if any.
    """

    total = 0
    call: Context | None = None

    def add(self, path: Path, expected: str, value: Any) -> None:
        """Count a difference, and keep it if it is one of the first."""
        self.total += 1
        if len(self) < MAX_DRIFT:
            got = "nothing" if value is ABSENT else "null" if value is None else short(value, self.call)
            self.append(Drift(self.clean(rendered(path), MAX_PATH), expected, got))

    def add_status(self, known: Iterable[int], status: int) -> None:
        """Count a status that the spec does not know."""
        self.total += 1
        self.append(Drift("status", str(sorted(known)), str(status)))

    def join(self, others: Differences) -> None:
        """Add the differences of another part of the answer."""
        self.extend(others[: MAX_DRIFT - len(self)])
        self.total += others.total

    def clean(self, text: str, limit: int) -> str:
        """Return a text that can be shown."""
        if self.call is not None:
            return self.call.clean(text, limit)
        return text if len(text) <= limit else text[: limit - 3] + "..."

    def tick(self) -> None:
        """Raise when the time of the call is over."""
        if self.call is not None:
            self.call.left("decode")


def rendered(path: Path) -> str:
    """Return a path as text."""
    parts: list[str] = []
    while path is not None:
        path, part = path
        parts.append(f"[{part}]" if isinstance(part, int) else f".{part}")
    return "$" + "".join(reversed(parts))


def short(value: Any, call: Context | None = None) -> str:
    """Return a value as a short text, however large it is; secrets are masked before it is cut."""
    import reprlib

    # Do not shorten strings here: the mask does not find a secret that was cut in two.
    writer = reprlib.Repr()
    writer.maxstring = writer.maxother = 10_000
    writer.maxlong = 100
    try:
        text = writer.repr(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        text = "a number of thousands of digits"
    if call is not None:
        return call.clean(text, MAX_VALUE)
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 3] + "..."
