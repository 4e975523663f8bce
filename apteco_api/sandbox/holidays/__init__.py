"""The Holidays system: a synthetic travel company's records, made by SQL inside DuckDB.

`build` makes the data, `TABLES` and `VARIABLES` say what there is, `table_details`, `variable_details`,
`folders` and `codes` list it as the API does, and `STARTER_FILES` holds the query files that a new sandbox
has.
"""

from __future__ import annotations

from .build import SEED, build, built
from .listing import codes, folders, table_details, variable_details
from .model import Code, Kind, Table, Variable
from .tables import SCHEMA, SYSTEM, TABLES
from .variables import VARIABLES

__all__ = [
    "SCHEMA",
    "SEED",
    "SYSTEM",
    "TABLES",
    "VARIABLES",
    "Code",
    "Kind",
    "Table",
    "Variable",
    "build",
    "built",
    "codes",
    "folders",
    "table_details",
    "variable_details",
]
