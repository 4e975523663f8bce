"""The query engine: it compiles requests of the API to SQL, which DuckDB computes.

Every function takes decoded JSON with the API's names and returns plain dictionaries in the same form. A
request that cannot be computed exactly raises `QueryError`, with the construct and its place.
"""

from __future__ import annotations

from .counts import Compiled, compile_keys, compile_selection, count, validate, validate_expression
from .cubes import cube
from .errors import QueryError
from .exports import browse, export, export_rows
from .stages import prepared
from .writers import FORMATS, export_file

__all__ = [
    "FORMATS",
    "Compiled",
    "QueryError",
    "browse",
    "compile_keys",
    "compile_selection",
    "count",
    "cube",
    "export",
    "export_file",
    "export_rows",
    "prepared",
    "validate",
    "validate_expression",
]
