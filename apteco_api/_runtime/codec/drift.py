"""The places where an answer differs from the spec: the first hundred are stored, all are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    Path = tuple["Path", str | int] | None
    """A value's place: its parent's place, and its name or number there. None: the answer itself."""

MAX_DRIFT = 100
"""Most differences of one answer that are stored."""
MAX_PATH = 300
"""Most characters of a JSON path that are stored."""
MAX_VALUE = 80
"""Most characters of a value that are stored."""


class Drift(NamedTuple):
    """One place where an answer differs from the spec.

    Args:
        path: JSON path: `$.list[0].type`.
        expected: the type or values in the spec.
        got: the received value, shortened.
    """

    path: str
    expected: str
    got: str


class Context(Protocol):
    """The part of a call that decoding needs: its time, and its secrets."""

    def left(self, phase: str) -> float:
        """Return the remaining seconds; raise if there are none."""
        ...

    def clean(self, text: str, limit: int = ...) -> str:
        """Return a text without secrets and control characters, cut to a length."""
        ...


ABSENT = object()
"""The value of a missing member."""


class Differences(list[Drift]):
    """The first MAX_DRIFT differences of an answer.

    Attributes:
        total: the number of all differences.
        call: the call that the answer belongs to, if any.
    """

    total = 0
    call: Context | None = None

    def add(self, path: Path, expected: str, value: Any) -> None:
        """Count a difference, and store it if it is one of the first."""
        self.total += 1
        if len(self) < MAX_DRIFT:
            got = "nothing" if value is ABSENT else "null" if value is None else short(value, self.call)
            self.append(Drift(self.clean(rendered(path), MAX_PATH), expected, got))

    def add_status(self, known: Iterable[int], status: int) -> None:
        """Count a status that the spec does not list."""
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

    # Do not shorten strings here, as the mask can't find a secret that was cut.
    writer = reprlib.Repr()
    writer.maxstring = writer.maxother = 10_000
    writer.maxlong = 100
    try:
        text = writer.repr(value)
    except ValueError:  # Python does not convert integers of more than 4,300 digits
        text = "a number of thousands of digits"
    if call is not None:
        return call.clean(text, MAX_VALUE)
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 3] + "..."
