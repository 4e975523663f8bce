"""What is wrong with a spec, as values: place, code, message, hint."""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "note"]


class Diagnostic(NamedTuple):
    """One finding: where it is (``file#/json/pointer``), what it is, and what to do about it."""

    place: str
    code: str
    message: str
    hint: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        word = "" if self.severity == "error" else "note: "
        return printable(f"{self.place}: {word}{self.message} [{self.code}]{hint}")


class SpecError(Exception):
    """The spec can't be turned into a client. Carries every diagnostic found so far."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__("\n".join(str(item) for item in diagnostics))
        self.diagnostics = diagnostics


class Problems:
    """Collects diagnostics while a step runs, so that one run shows them all."""

    def __init__(self) -> None:
        self.items: list[Diagnostic] = []

    def error(self, place: str, code: str, message: str, hint: str = "") -> None:
        """Record a finding that stops the generation at the end of the step."""
        self.items.append(Diagnostic(place, code, message, hint))

    def note(self, place: str, code: str, message: str, hint: str = "") -> None:
        """Record a finding that is shown and stops nothing."""
        self.items.append(Diagnostic(place, code, message, hint, "note"))

    def fatal(self, place: str, code: str, message: str, hint: str = "") -> SpecError:
        """Record a finding after which this part of the spec can't be read on; the caller raises what is
        returned, and who goes on with the next part catches it: it is recorded."""
        self.error(place, code, message, hint)
        return SpecError(self.errors)

    @property
    def errors(self) -> list[Diagnostic]:
        """The findings that stop the generation, each once."""
        return list(dict.fromkeys(item for item in self.items if item.severity == "error"))

    @property
    def notes(self) -> list[Diagnostic]:
        """The findings that are only shown."""
        return [item for item in self.items if item.severity == "note"]

    def stop_if_errors(self) -> None:
        """Raise SpecError when there is any error."""
        if self.errors:
            raise SpecError(self.errors)


def printable(text: str, limit: int = 2000) -> str:
    """``text`` on one line, without control or direction-changing characters, shortened to ``limit``."""
    shown = "".join(char if char.isprintable() else f"<U+{ord(char):04X}>" for char in text[:limit])
    return shown if len(text) <= limit else shown + "…"
