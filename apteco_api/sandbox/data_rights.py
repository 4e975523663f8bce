"""Rights on the data of the system: the tables and variables that a user may see and use."""

from __future__ import annotations

from .call import Call
from .holidays import VARIABLES
from .rights import SEE_DATA, USE_DATA, Levels, Right, name_levels, names_in, path_levels
from .store import Row

_BY_NAME = {variable.name: variable for variable in VARIABLES}
_BY_DESCRIPTION = {variable.description: variable for variable in VARIABLES}


def element_levels(name: str) -> Levels:
    """Return a variable and its table, or a table. `Table/variable` is also the name of a variable."""
    own = name.rpartition("/")[2]
    found = _BY_NAME.get(own) or next((v for v in VARIABLES if v.name.lower() == own.lower()), None)
    if found is None:
        return path_levels(name)
    return name_levels(f"{found.table}/{found.name}", found.name, found.table)


def sees(call: Call, name: str) -> bool:
    """Return whether the caller sees a variable or table."""
    return call.world.rights.allows(call.user, SEE_DATA, element_levels(name))


def uses(call: Call, name: str) -> bool:
    """Return whether the caller may work with the data of a variable or table."""
    return call.world.rights.allows(call.user, USE_DATA, element_levels(name))


def seen_variables(call: Call) -> list[Row]:
    """Return the variables that the caller sees."""
    return [variable for variable in call.world.data.variables() if sees(call, variable["name"])]


def seen_tables(call: Call) -> list[Row]:
    """Return the tables that the caller sees."""
    return [table for table in call.world.data.tables() if sees(call, table["name"])]


def require_element(call: Call, name: str, *rights: Right) -> None:
    """Raise 403 unless the caller has these rights on a variable or table."""
    for right in rights:
        call.world.rights.require(call.user, right, element_levels(name))


def require_data(call: Call, request: object) -> None:
    """Raise 403 for the system, or the first table or variable in a request, that the caller may not use."""
    if call.is_administrator:
        return
    call.world.rights.require_system(call.user, call.world.settings.system)
    tables, variables = names_in(request)
    for name in sorted(variables):
        found = _BY_NAME.get(name) or _BY_DESCRIPTION.get(name)
        if found is not None:
            require_element(call, found.name, SEE_DATA, USE_DATA)
    for name in sorted(tables):
        require_element(call, name, SEE_DATA, USE_DATA)
