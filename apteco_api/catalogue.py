"""What a query needs to know about a system: which table a variable is on, of what kind it is, how tables
relate.

Pure: nothing here talks to a server. `apteco_api.browse` fills a catalogue from a session, page by page and
only when asked; a catalogue written by hand (`StaticCatalogue`) builds the same queries with no server at
all.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

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


def kind_of(type_: str, sub_type: str | None = None, selector_type: str | None = None) -> Kind:
    """The kind of a variable from the three fields that the API describes it with."""
    if type_ in _OTHERS:
        return _OTHERS[type_]
    return _SELECTORS.get((sub_type or "Categorical", selector_type or "SingleValue"), "selector")


class Catalogue(Protocol):
    """What resolving a condition asks for."""

    def facts(self, name: str) -> Facts:
        """The variable with this name or description. Raises `LookupError` with the nearest names if there is
        none.
        """
        ...

    def codes(self, name: str) -> Mapping[str, str]:
        """Code to description of a selector, in listing order."""
        ...

    def parents(self) -> Mapping[str, str]:
        """Table to parent table; the master table has an empty parent."""
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
        self._by_description = {
            item.description: item for item in self._variables.values() if item.description
        }
        self._parents = dict(parents)
        self._codes = dict(codes or {})

    def facts(self, name: str) -> Facts:
        found = self._variables.get(name) or self._by_description.get(name)
        if found is None:
            raise unknown("variable", name, [*self._variables, *self._by_description])
        return found

    def codes(self, name: str) -> Mapping[str, str]:
        return self._codes.get(name, {})

    def parents(self) -> Mapping[str, str]:
        return self._parents


class UnknownName(LookupError):
    """A table, variable or code that the system does not have; the message names the nearest ones."""


def unknown(what: str, name: str, known: Iterable[str]) -> UnknownName:
    """The error for a name that is not known, with up to three near ones."""
    names = list(dict.fromkeys(known))
    lower = {each.casefold(): each for each in names}
    near = [lower[each] for each in difflib.get_close_matches(name.casefold(), list(lower), n=3, cutoff=0.5)]
    hint = f"; did you mean {', '.join(map(repr, near))}?" if near else ""
    return UnknownName(f"there is no {what} {name!r}{hint}")


def ancestors(parents: Mapping[str, str], table: str) -> list[str]:
    """The tables above a table, nearest first."""
    found: list[str] = []
    above = parents.get(table, "")
    while above and above not in found:
        found.append(above)
        above = parents.get(above, "")
    return found


def route(parents: Mapping[str, str], source: str, target: str) -> list[tuple[Literal["ANY", "THE"], str]]:
    """The steps that carry a selection from one table to another: `ANY` up to a parent, `THE` down to a
    child.

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
    """The codes that a user's values mean: all of them codes, or all of them descriptions.

    A variable whose codes are not known takes the values as codes. Blanks around a value don't matter.
    Raises `UnknownName` if a value is neither.
    """
    if not codes:
        return list(values)
    by_code = {code.strip(): code for code in codes}
    if all(value.strip() in by_code for value in values):
        return [by_code[value.strip()] for value in values]
    by_description = {text.strip().casefold(): code for code, text in reversed(list(codes.items()))}
    found: list[str] = []
    for value in values:
        code = by_description.get(value.strip().casefold())
        if code is None:
            raise unknown(f"code or description of {facts.name!r}:", value, [*codes.values(), *codes])
        found.append(code)
    return found
