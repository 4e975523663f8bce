"""Look up the descriptions of the names in a query or a composition, to show it in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .call import Call
from .data_rights import seen_variables, uses
from .schema import is_list, is_object
from .store import Row


def lookup(call: Call, variables: Iterable[str], codes: dict[str, set[str]]) -> Row:
    """Return the `SystemLookup` of these variables and of the given codes."""
    data = call.world.data
    known = {variable["name"]: variable for variable in seen_variables(call)}
    shown: list[Row] = []
    folders: dict[str, Row] = {}
    for name in variables:
        variable = known.get(name)
        if variable is None:
            continue
        entry: Row = {"variable": variable}
        wanted = codes.get(name)
        if wanted and variable["type"] == "Selector" and uses(call, name):
            entry["varCodesLookup"] = [code for code in data.codes(name) if code["code"].strip() in wanted]
        shown.append(entry)
        folder = variable.get("folderName")
        if folder:
            folders[folder] = {"name": folder, "description": folder}
    return {"variablesLookup": shown, "foldersLookup": list(folders.values())}


def query_lookup(call: Call, *queries: Row | None) -> Row:
    """Return the `SystemLookup` of all variables and codes in some queries."""
    codes: dict[str, set[str]] = {}
    for query in queries:
        for name, listed in _named(query):
            codes.setdefault(name, set()).update(code.strip() for code in listed.split("\t") if code.strip())
    return lookup(call, codes, codes)


def _named(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the variable names in a query, each with the code list beside it."""
    if is_object(value):
        for field in ("variableName", "groupingVariableName", "groupingSequenceVariableName"):
            name = value.get(field)
            if isinstance(name, str):
                yield name, value.get("list") or ""
        for inside in value.values():
            yield from _named(inside)
    elif is_list(value):
        for inside in value:
            yield from _named(inside)
