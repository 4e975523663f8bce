"""The Holidays system: a synthetic travel company's records, made by SQL inside DuckDB.

`build` makes the data. `TABLES` and `VARIABLES` describe it; `table_details`, `variable_details`, `folders`
and `codes` list it in the API's form. `STARTER_QUERIES`, `STARTER_FILES` and `STARTER_COLLECTIONS` are the
files of a new sandbox.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .build import LARGEST, SEED, build, built, highest_key
from .listing import codes, folders, table_details, variable_details
from .model import Code, Kind, Table, Variable
from .starter import STARTER_COLLECTIONS, STARTER_QUERIES
from .tables import SCHEMA, SYSTEM, TABLES
from .variables import VARIABLES

if TYPE_CHECKING:
    STARTER_FILES: dict[str, str]
    """Path and text of each query file in a new sandbox."""


def __getattr__(name: str) -> object:
    if name == "STARTER_FILES":
        from ..query import xml  # not at the top, as the query engine imports this package

        return {path: xml.write(query) for path, query in STARTER_QUERIES.items()}
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "LARGEST",
    "SCHEMA",
    "SEED",
    "STARTER_COLLECTIONS",
    "STARTER_FILES",
    "STARTER_QUERIES",
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
    "highest_key",
    "table_details",
    "variable_details",
]
