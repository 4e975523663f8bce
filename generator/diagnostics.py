"""Findings about a spec, as values: place, code, message, hint."""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "note", "skip"]


class Diagnostic(NamedTuple):
    """One finding: where it is (``file#/json/pointer``), what it is, and what to do about it."""

    place: str
    code: str
    message: str
    hint: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        word = {"note": "note: ", "skip": "skipped: "}.get(self.severity, "")
        return printable(f"{self.place}: {word}{self.message} [{self.code}]{hint}")


class SpecError(Exception):
    """Error of a spec that can't be turned into a client, with every diagnostic found so far."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__("\n".join(str(item) for item in diagnostics))
        self.diagnostics = diagnostics


class Problems:
    """The diagnostics of a run, collected so that one run shows all of them.

    Args:
        strict: a mistake of the document stops the generation. Otherwise it is a note, and parts that can't
            be made are skipped.
    """

    def __init__(self, strict: bool = True) -> None:
        self.strict = strict
        self.items: list[Diagnostic] = []

    def error(self, place: str, code: str, message: str, hint: str = "") -> None:
        """Record a mistake that the generator can work around: it stops the generation only when `strict`."""
        self.items.append(Diagnostic(place, code, message, hint, "error" if self.strict else "note"))

    def note(self, place: str, code: str, message: str, hint: str = "") -> None:
        """Record a finding that is only shown."""
        self.items.append(Diagnostic(place, code, message, hint, "note"))

    def fatal(self, place: str, code: str, message: str, hint: str = "") -> SpecError:
        """Return the error for a part of the document that can't be made; the caller raises it.

        The loop that goes on with the next part catches the error. When `strict`, the error is recorded here;
        otherwise that loop records the part with `skip`.
        """
        if not self.strict:
            return SpecError([Diagnostic(place, code, message, hint)])
        self.error(place, code, message, hint)
        return SpecError(self.errors)

    def skip(self, place: str, what: str, cause: Diagnostic) -> None:
        """Record that a part of the document is left out, and why."""
        where = "" if cause.place == place else f" (at {cause.place})"
        self.items.append(
            Diagnostic(place, cause.code, f"{what}: {cause.message}{where}", cause.hint, "skip")
        )

    @property
    def errors(self) -> list[Diagnostic]:
        """The findings that stop the generation, each once."""
        return list(dict.fromkeys(item for item in self.items if item.severity == "error"))

    @property
    def notes(self) -> list[Diagnostic]:
        """The findings that are only shown, each once."""
        return list(dict.fromkeys(item for item in self.items if item.severity == "note"))

    @property
    def skipped(self) -> list[Diagnostic]:
        """What was left out, each once."""
        return list(dict.fromkeys(item for item in self.items if item.severity == "skip"))

    def stop_if_errors(self) -> None:
        """Raise SpecError when there is any error."""
        if self.errors:
            raise SpecError(self.errors)


def printable(text: str, limit: int = 2000) -> str:
    """Return ``text`` on one line, without control or direction-changing characters, cut at ``limit``."""
    if len(text) <= limit and text.isprintable():
        return text
    shown = "".join(char if char.isprintable() else f"<U+{ord(char):04X}>" for char in text[:limit])
    return shown if len(text) <= limit else shown + "…"
