"""Which versions of the server have an operation, a field or a value: the `x-since` marks of a document."""

from __future__ import annotations

from typing import NamedTuple

from .document import Node
from .jsonvalues import is_object

Values = tuple[tuple[str, tuple[str, ...]], ...]


class History(NamedTuple):
    """The server versions that have an operation, a field or its values, as far as they are known.

    Args:
        since: first version that has it; empty for what the first documented version has.
        until: last version whose document lists it; empty if all later ones do.
        optional: first version that may leave out what earlier ones require.
        values, former: values of an enum that came or went, each group under its version.
        evidence: how sure the versions are, if they are not certain.
    """

    since: str = ""
    until: str = ""
    optional: str = ""
    values: Values = ()
    former: Values = ()
    evidence: str = ""

    @property
    def values_only(self) -> History:
        """The history of the values only."""
        return History(values=self.values, former=self.former)

    @property
    def may_be_absent(self) -> bool:
        """Whether some servers leave out a field that others require."""
        return bool(self.until or self.optional)

    def sentences(self) -> list[str]:
        """Return the history as sentences for docstrings and pages."""
        told = [f"Since servers of {self.since}."] if self.since else []
        told += [f"Servers since {self.optional} may leave it out."] if self.optional else []
        told += [f"Not documented for servers after {self.until}."] if self.until else []
        told += [f"Since servers of {version}: {_listed(values)}." for version, values in self.values]
        told += [f"Not documented after {version}: {_listed(values)}." for version, values in self.former]
        return [*told, f"Evidence: {self.evidence}."] if self.evidence else told


UNMARKED = History()


def history(node: Node, values: str = "x-values") -> History:
    """Read the marks of a node; ``values`` is the prefix of the marks of its values."""
    if not is_object(node.value):
        return UNMARKED
    since, until, optional = (node.text(f"x-{name}") for name in ("since", "until", "optional-since"))
    added, dropped = (_groups(node, f"{values}-{mark}") for mark in ("since", "until"))
    return History(since, until, optional, added, dropped, node.text("x-evidence").rstrip("."))


def _groups(node: Node, key: str) -> Values:
    found = node.get(key)
    return () if found is None else tuple((version, found.strings(version)) for version, _ in found.entries())


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"`{value}`" for value in values)
