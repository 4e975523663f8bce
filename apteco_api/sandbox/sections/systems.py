"""FastStatsSystems: the tables, variables, codes and folders of the system."""

from __future__ import annotations

from collections.abc import Iterator

from .. import holidays
from ..call import Answer, Call, handles
from ..data_rights import require_element, seen_tables, seen_variables, sees, uses
from ..free_form import find, number
from ..listing import page, whole
from ..lookups import lookup
from ..problem import missing, refused
from ..rights import SEE_DATA, USE_DATA
from ..schema import Json, is_list
from ..store import Row

_MOST_TOP = 10_000


def system(call: Call) -> Row:
    """Return the only system of the sandbox."""
    settings = call.world.settings
    return {**holidays.SYSTEM, "name": settings.system, "viewName": settings.data_view}


@handles("FastStatsSystems_GetFastStatsSystems")
def systems(call: Call) -> Answer:
    """List the systems that the caller may use."""
    name = call.world.settings.system
    return page(call, [system(call)] if call.world.rights.opens(call.user, name) else [])


@handles("FastStatsSystems_GetFastStatsSystem")
def one_system(call: Call) -> Row:
    """Look up the system."""
    return system(call)


@handles("FastStatsSystems_GetFastStatsTables")
def tables(call: Call) -> Answer:
    """List the tables."""
    return page(call, seen_tables(call))


@handles("FastStatsSystems_GetFastStatsTable")
def table(call: Call) -> Row:
    """Look up a table."""
    name: str = call.path["tableName"]
    require_element(call, name, SEE_DATA)
    return _named(call.world.data.tables(), "table", name)


@handles("FastStatsSystems_GetFastStatsVariables")
def variables(call: Call) -> Answer:
    """List the variables."""
    return page(call, seen_variables(call))


@handles("FastStatsSystems_GetFastStatsVariable")
def variable(call: Call) -> Row:
    """Look up a variable."""
    name: str = call.path["variableName"]
    require_element(call, name, SEE_DATA)
    return _named(call.world.data.variables(), "variable", name)


@handles("FastStatsSystems_GetFastStatsVariableCodes")
def variable_codes(call: Call) -> Answer:
    """List the codes of a selector."""
    return page(call, _codes(call))


@handles("FastStatsSystems_RefreshFastStatsVariableCodesSync")
def refresh_codes(call: Call) -> Answer:
    """Read the codes again and list them all."""
    call.world.data.forget(f"codes {call.path['variableName']}")
    return whole(_codes(call))


@handles("FastStatsSystems_RefreshSystemInformationSync")
def refresh(call: Call) -> None:
    """Read the structure of the system again."""
    call.world.data.forget()


@handles("FastStatsSystems_GetFastStatsRootFolder")
def root_folder(call: Call) -> Answer:
    """List the top level: one folder for each table."""
    return page(call, [{"folder": folder} for folder in _folders(call)])


@handles("FastStatsSystems_GetFastStatsFolder")
def folder(call: Call) -> Answer:
    """List the variables in a folder."""
    found = _named(_folders(call), "folder", call.path["path"].strip("/"))
    inside = [v for v in seen_variables(call) if v.get("folderName") == found["name"]]
    return page(call, [{"variable": each} for each in inside])


@handles("FastStatsSystems_GetAllFastStatsSystemItems")
def everything(call: Call) -> Answer:
    """List tables, folders, variables and codes together."""
    return page(call, _items(call))


@handles("FastStatsSystems_GetTopVarCodes")
def top_codes(call: Call) -> list[Row]:
    """Return the most frequent codes of some selectors; `count` is the number for each, by default 10."""
    most = number(call, "count", "numberOfCodes") if find(call, "count", "numberOfCodes") is not None else 10
    if not 1 <= most <= _MOST_TOP:
        raise refused(f"count is from 1 to {_MOST_TOP}, not {most}.", count=most)
    found: list[Row] = []
    for name in _variable_names(call):
        codes = sorted(_codes_of(call, name), key=lambda code: -(code.get("count") or 0))
        found.append({"variableName": name, "varCodes": codes[:most]})
    return found


@handles("FastStatsSystems_GetVariablesSystemLookup")
def variables_lookup(call: Call) -> Row:
    """Return the descriptions of some variables, to show their names in words."""
    names = _variable_names(call)
    for name in names:
        require_element(call, name, SEE_DATA)
        _named(call.world.data.variables(), "variable", name)
    return lookup(call, names, {})


def _variable_names(call: Call) -> list[str]:
    """Return the names in the body: a list of texts, alone or under `variableNames`."""
    names = call.body if is_list(call.body) else find(call, "variableNames", "variables", "names")
    if not is_list(names) or not names or not all(isinstance(name, str) for name in names):
        raise refused("The body must hold the list variableNames of texts.", where="variableNames")
    return list(dict.fromkeys(names))


def _items(call: Call) -> Iterator[Json]:
    data = call.world.data
    for each in seen_tables(call):
        yield {"type": "Table", "table": each}
    for each in _folders(call):
        yield {"type": "Folder", "folder": each}
    for each in seen_variables(call):
        yield {"type": "Variable", "variable": each}
        if _is_categorical(each) and uses(call, each["name"]):
            for code in data.codes(each["name"]):
                yield {"type": "VarCode", "variable": each, "varCode": code}


def _codes(call: Call) -> list[Row]:
    return _codes_of(call, call.path["variableName"])


def _codes_of(call: Call, name: str) -> list[Row]:
    require_element(call, name, SEE_DATA, USE_DATA)
    found = _named(call.world.data.variables(), "variable", name)
    if found["type"] != "Selector":
        raise refused(f"'{found['name']}' is not a selector, so it has no codes.", variable=found["name"])
    return call.world.data.codes(found["name"])


def _is_categorical(variable: Row) -> bool:
    return bool(variable["type"] == "Selector" and variable["selectorInfo"]["subType"] == "Categorical")


def _folders(call: Call) -> list[Row]:
    names = dict.fromkeys(v["folderName"] for v in call.world.data.variables() if v.get("folderName"))
    return [{"name": name, "description": name} for name in names if sees(call, name)]


def _named(rows: list[Row], what: str, name: str) -> Row:
    row = next((row for row in rows if row["name"] == name), None)
    if row is None:
        raise missing(what, name)
    return row
