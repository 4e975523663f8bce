"""What a query needs to know about a system: which table a variable is on, of what kind it is, how tables
relate.

Pure: nothing here talks to a server. `apteco_api.session.tables` fills a catalogue from a session, page by
page and only when asked; a catalogue written by hand (`StaticCatalogue`) builds the same queries without a
server.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from .. import models

from .._runtime.exceptions import OpenApiException

Kind = Literal["selector", "array", "flags", "date", "datetime", "numeric", "text", "reference"]
"""What a variable holds: one code, several codes, day, moment, number, text, or a key."""

# (type, sub type, selector type) of the API -> kind. Pairs that are not listed are read as plain selectors.
_SELECTORS: dict[tuple[str, str], Kind] = {
    ("Categorical", "SingleValue"): "selector",
    ("Categorical", "OrArray"): "array",
    ("Categorical", "AndArray"): "array",
    ("Categorical", "OrBitArray"): "flags",
    ("Categorical", "AndBitArray"): "flags",
    ("Date", "SingleValue"): "date",
    ("Date", "OrBitArray"): "flags",
    ("DateTime", "SingleValue"): "datetime",
}
_OTHERS: dict[str, Kind] = {"Numeric": "numeric", "Text": "text", "Reference": "reference"}


class Facts(NamedTuple):
    """One variable, as far as a query or a frame is concerned."""

    name: str
    """Name in requests, such as `boDest`."""
    table: str
    """Table it belongs to, such as `Bookings`."""
    kind: Kind
    """What it holds."""
    description: str = ""
    """Readable name, such as `Destination`."""
    code_length: int = 0
    """Characters of a code; 0 if it has no codes."""
    decimals: bool = False
    """For numbers: whether fractions are known to occur: amounts of money, or a range that ends in one."""
    low: float | None = None
    """For numbers: the smallest value, if the server tells."""
    high: float | None = None
    """For numbers: the largest value, if the server tells."""


def kind_of(type_: str, sub_type: str | None = None, selector_type: str | None = None) -> Kind:
    """Return the kind of a variable from the three fields that the API describes it with."""
    if type_ in _OTHERS:
        return _OTHERS[type_]
    return _SELECTORS.get((sub_type or "Categorical", selector_type or "SingleValue"), "selector")


class Catalogue(Protocol):
    """What resolving a condition asks for."""

    def facts(self, name: str) -> Facts:
        """Return the variable with this name or description.

        Raises `LookupError` with the nearest names for another name.
        """
        ...

    def codes(self, name: str) -> Mapping[str, str]:
        """Code to description of a selector, in listing order."""
        ...

    def parents(self) -> Mapping[str, str]:
        """Table to parent table; the master table has an empty parent."""
        ...

    def variables_of(self, table: str) -> Sequence[Facts]:
        """Return the variables of a table, in the server's order."""
        ...

    def saved(self, path: str) -> models.Query:
        """Return the query that is saved under a path on the server."""
        ...


class StaticCatalogue:
    """A catalogue from values: for tests, for offline work, for queries written by a program.

    Args:
        variables: the variables that queries may name.
        parents: table to parent table.
        codes: variable name to its codes with descriptions; a variable that is not listed takes any code.
    """

    def __init__(
        self,
        variables: Iterable[Facts],
        parents: Mapping[str, str],
        codes: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._variables = {item.name: item for item in variables}
        self._by_description: dict[str, list[Facts]] = {}
        for item in self._variables.values():
            if item.description:
                self._by_description.setdefault(item.description, []).append(item)
        self._parents = dict(parents)
        self._codes = dict(codes or {})

    def facts(self, name: str) -> Facts:
        return variable_called(name, self._variables, self._by_description)

    def codes(self, name: str) -> Mapping[str, str]:
        return self._codes.get(name, {})

    def parents(self) -> Mapping[str, str]:
        return self._parents

    def variables_of(self, table: str) -> Sequence[Facts]:
        return [each for each in self._variables.values() if each.table == table]

    def saved(self, path: str) -> models.Query:
        """Raise `UnknownName`: without a server there are no saved queries."""
        raise UnknownName(f"the saved query {path!r} is read with a session: resolve the condition with one")


class UnknownName(OpenApiException, LookupError):
    """A table, variable or code that the system does not have; the message names the nearest ones."""


class AmbiguousName(OpenApiException, LookupError):
    """A name that several have: a description or a title; the message gives the names that tell them
    apart.
    """


def ambiguous(what: str, name: str, others: Iterable[str]) -> AmbiguousName:
    """Return the error for a name that several have, with a name of each that no other has."""
    names = list(others)
    return AmbiguousName(f"{len(names)} {what}s are called {name!r}: say {' or '.join(map(repr, names))}")


def unknown(what: str, name: str, known: Iterable[str]) -> UnknownName:
    """Return the error for a name that is not known, with up to three near ones."""
    return UnknownName(f"there is no {what} {name!r}{near(name, known)}")


def near(name: str, known: Iterable[str]) -> str:
    """Up to three known names that look like a wrong one, as the end of a message; nothing if none does."""
    lower = {each.casefold(): each for each in dict.fromkeys(known)}
    found = difflib.get_close_matches(name.casefold(), list(lower), n=3, cutoff=0.5)
    return f"; did you mean {', '.join(repr(lower[each]) for each in found)}?" if found else ""


def variable_called(
    name: str, by_name: Mapping[str, Facts], by_description: Mapping[str, Sequence[Facts]]
) -> Facts:
    """Return the variable with this name, or else with this description, or else with either in another
    case.

    Raises:
        UnknownName: the system does not have it.
        AmbiguousName: several variables are called like that.
    """
    found = [by_name[name]] if name in by_name else by_description.get(name, [])
    if not found:
        folded = name.casefold()
        found = [each for each in by_name.values() if each.name.casefold() == folded]
        found = found or [
            each for text, group in by_description.items() if text.casefold() == folded for each in group
        ]
    if not found:
        raise unknown("variable", name, [*by_name, *by_description])
    if len(found) > 1:
        raise ambiguous("variable", name, (each.name for each in found))
    return found[0]


@runtime_checkable
class Named(Protocol):
    """A table or a variable, ours or py-apteco's."""

    @property
    def name(self) -> str: ...


def name_of(given: str | Named) -> str:
    """Return the name of a table or a variable, or the name that is given itself."""
    return given if isinstance(given, str) else given.name


def table_called(name: str, parents: Mapping[str, str]) -> str:
    """Return the table with this name, in any case. Raises `UnknownName` for another name."""
    if name in parents:
        return name
    found = [each for each in parents if each.casefold() == name.casefold()]
    if len(found) != 1:
        raise unknown("table", name, parents)
    return found[0]


def ancestors(parents: Mapping[str, str], table: str) -> list[str]:
    """Return the tables above a table, nearest first."""
    found: list[str] = []
    above = parents.get(table, "")
    while above and above not in found:
        found.append(above)
        above = parents.get(above, "")
    return found


def route(parents: Mapping[str, str], source: str, target: str) -> list[tuple[Literal["ANY", "THE"], str]]:
    """Return the steps that carry a selection from one table to another: `ANY` up to a parent, `THE` down
    to a child.

    Siblings go up to their nearest common ancestor first. Each step is one level, with the table it arrives
    at. Raises `UnknownName` for a table that is not in the tree.
    """
    for table in (source, target):
        if table not in parents:
            raise unknown("table", table, parents)
    up, down = [source, *ancestors(parents, source)], [target, *ancestors(parents, target)]
    common = next((table for table in up if table in down), None)
    if common is None:
        raise UnknownName(f"the tables {source!r} and {target!r} are not related")
    rise: list[tuple[Literal["ANY", "THE"], str]] = [("ANY", table) for table in up[1 : up.index(common) + 1]]
    return rise + [("THE", table) for table in reversed(down[: down.index(common)])]


def match_codes(facts: Facts, codes: Mapping[str, str], values: Sequence[str]) -> list[str]:
    """Return the codes that a user's values mean: codes, descriptions, or some of each.

    Where every value is a code, they are codes. Otherwise a value that is a description is one, and a code
    only if it is not. A variable whose codes are not known takes the values as codes. Blanks around a value
    don't matter. A description that several codes have means all of them.
    Raises `UnknownName` for a value that is neither.
    """
    if not codes:
        return list(values)
    by_code = {code.strip(): code for code in codes}
    if all(value.strip() in by_code for value in values):
        return [by_code[value.strip()] for value in values]
    by_description: dict[str, list[str]] = {}
    for code, text in codes.items():
        by_description.setdefault(text.strip().casefold(), []).append(code)
    found: list[str] = []
    for value in values:
        meant = by_description.get(value.strip().casefold())
        if meant is None and value.strip() in by_code:
            meant = [by_code[value.strip()]]
        if meant is None:
            raise unknown(f"code or description of {facts.name!r}:", value, [*codes.values(), *codes])
        found += meant
    return found
