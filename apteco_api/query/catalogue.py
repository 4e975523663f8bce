"""The catalogue of a system: the table and kind of each variable, and how tables relate.

Pure: nothing here sends anything. `apteco_api.session.tables` has a catalogue that fetches what a query
needs, page by page. A catalogue written by hand (`StaticCatalogue`) builds the same queries without a server.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from .. import models

from .._runtime.exceptions import ApiTypeError, OpenApiException

Kind = Literal["selector", "array", "flags", "date", "datetime", "numeric", "text", "reference"]
"""The kind of a variable's values: one code, several codes, day, day with time, number, text, or key."""

# (type, sub type, selector type) of the API -> kind. Others are read as plain selectors.
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
    """The facts of a variable that queries and frames need."""

    name: str
    """Name in requests, such as `boDest`."""
    table: str
    """Table it belongs to, such as `Bookings`."""
    kind: Kind
    """The kind of its values."""
    description: str = ""
    """Readable name, such as `Destination`."""
    code_length: int = 0
    """Characters of a code; 0 if it has no codes."""
    decimals: bool = False
    """For numbers: whether fractions are known to occur, in amounts of money or at an end of the range."""
    low: float | None = None
    """For numbers: the smallest value, if the server tells."""
    high: float | None = None
    """For numbers: the largest value, if the server tells."""


def kind_of(type_: str, sub_type: str | None = None, selector_type: str | None = None) -> Kind:
    """Return the kind of a variable from the three fields with which the API describes it."""
    if type_ in _OTHERS:
        return _OTHERS[type_]
    return _SELECTORS.get((sub_type or "Categorical", selector_type or "SingleValue"), "selector")


class Catalogue(Protocol):
    """The look-ups that resolving a condition needs."""

    def facts(self, name: str) -> Facts:
        """Return the variable with this name or description.

        Raises `LookupError`, with the nearest names, if it does not exist.
        """
        ...

    def codes(self, name: str) -> Mapping[str, str]:
        """Return the codes of a selector, each with its description, in listing order."""
        ...

    def parents(self) -> Mapping[str, str]:
        """Return the parent of each table; the master table has an empty parent."""
        ...

    def variables_of(self, table: str) -> Sequence[Facts]:
        """Return the variables of a table, in the server's order."""
        ...

    def saved(self, path: str) -> models.Query:
        """Return the query that is saved at a path on the server."""
        ...


class StaticCatalogue:
    """A catalogue from values: for tests, for offline work, for queries written by a program.

    Args:
        variables: the variables that queries may name.
        parents: the parent of each table.
        codes: the codes of each variable, with descriptions; a variable that is not listed accepts any code.
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
    """A table, variable or code does not exist in the system; the message has the nearest names."""


class AmbiguousName(OpenApiException, LookupError):
    """Several items have the given description or title; the message has the names that distinguish them."""


def ambiguous(what: str, name: str, others: Iterable[str]) -> AmbiguousName:
    """Return the error for a name that several items have, with a unique name of each."""
    names = list(others)
    return AmbiguousName(f"{len(names)} {what}s are called {name!r}: say {' or '.join(map(repr, names))}")


def unknown(what: str, name: object, known: Iterable[str]) -> UnknownName:
    """Return the error for a name that is not known, or is not a text, with up to three near ones."""
    return UnknownName(f"there is no {what} {name!r}{near(name, known)}")


def near(name: object, known: Iterable[str]) -> str:
    """Return up to three known names that resemble a wrong one, as the end of a message; or an empty text."""
    lower = {each.casefold(): each for each in dict.fromkeys(known)}
    found = difflib.get_close_matches(str(name).casefold(), list(lower), n=3, cutoff=0.5)
    return f"; did you mean {', '.join(repr(lower[each]) for each in found)}?" if found else ""


def variable_called(
    name: str, by_name: Mapping[str, Facts], by_description: Mapping[str, Sequence[Facts]]
) -> Facts:
    """Return the variable with this name, or else with this description, or else with either in any case.

    Raises:
        UnknownName: the variable does not exist.
        AmbiguousName: several variables have this description.
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


def is_single(given: object) -> bool:
    """Return whether an argument is one name, table or variable, and not a list, array or Series of names."""
    return isinstance(given, str) or (
        isinstance(getattr(given, "name", None), str) and not hasattr(given, "__iter__")
    )


def name_of(given: str | Named) -> str:
    """Return the name of a table or a variable; return a name unchanged. Raise `TypeError` for others."""
    name: object = given if isinstance(given, str) else getattr(given, "name", None)
    if not isinstance(name, str):
        raise ApiTypeError(f"{given!r:.80} is neither a name nor a table or variable")
    return name


def table_called(name: str, parents: Mapping[str, str]) -> str:
    """Return the table with this name, in any case. Raises `UnknownName` if it does not exist."""
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
    """Return the steps that transfer a selection from one table to another: `ANY` up to a parent, `THE` down
    to a child.

    Between siblings, the route leads over their nearest common ancestor. Each step is one level, with the
    table that it reaches. Raises `UnknownName` for a table that is not in the tree.
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
    """Return the codes for a user's values, which may be codes, descriptions or both.

    If every value is a code, all are taken as codes. Otherwise a value is taken as a description if there is
    such a description, else as a code. If the variable's codes are not known, all are taken as codes.
    Blanks around a value are ignored. A description of several codes means all of them.
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
