"""An operation for a path that the spec does not know, so that it goes the way of every other call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._runtime.exceptions import ApiValueError
from .._runtime.operation import Operation, Parameter

_NAME = re.compile(r"\{([^{}]*)\}")


def raw_operation(
    method: str, path: str, query: Mapping[str, Any], body: Any, returns: str, known: Mapping[str, Any]
) -> tuple[Operation, tuple[Any, ...]]:
    """The operation, and the values of its parameters.

    Raises:
        ApiValueError: the path is no path below the host, or a name in it has no value.
    """
    if not path.startswith("/") or path.startswith("//") or "?" in path or "#" in path:
        raise ApiValueError("a path begins with one slash and has no query: /{dataViewName}/Things")
    parameters: list[Parameter] = []
    values: list[Any] = []
    for name in dict.fromkeys(_NAME.findall(path)):
        if name not in known:
            raise ApiValueError(f"the path has {{{name}}}, but there is no value for it")
        parameters.append(Parameter(name, name, "path", "str", required=True))
        values.append(known[name])
    for name, value in query.items():
        kind = "list[str]" if isinstance(value, (list, tuple)) else "str"
        parameters.append(Parameter(name, name, "query", kind))
        values.append(value)
    if body is not None:
        parameters.append(Parameter("body", "", "body", "object"))
        values.append(body)
    operation = Operation(
        id=f"{method.upper()} {path}",
        method=method.upper(),
        path=path,
        parameters=tuple(parameters),
        responses=dict.fromkeys(range(200, 300), returns),
        consumes=("application/json",) if body is not None else (),
        produces=("application/json",) if returns else (),
        security=("faststats_auth",),
    )
    return operation, tuple(values)
