"""An operation for a path that the spec does not know, so that it goes the way of every other call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._runtime.exceptions import ApiValueError
from .._runtime.operation import Operation, Parameter

_NAME = re.compile(r"\{([^{}]*)\}")


def one_of(**given: Any) -> Any:
    """Return the one argument of several names for the same that was given, None if none was.

    Raises `TypeError` if two were given.
    """
    found = [name for name, value in given.items() if value is not None]
    if len(found) > 1:
        raise TypeError(f"give {' or '.join(found)}, not both: they mean the same")
    return given[found[0]] if found else None


def raw_operation(
    method: str,
    path: str,
    query: Mapping[str, Any],
    body: Any,
    returns: str,
    filled: Mapping[str, Any],
    values: Mapping[str, Any],
) -> tuple[Operation, tuple[Any, ...]]:
    """Return the operation, and the values of its parameters.

    Args:
        method, path, query, body, returns: see `Session.request`.
        filled: values for names in the path that the session fills in.
        values: the caller's values for names in the path.

    Raises:
        TypeError: a value for a name that is not in the path.
        ApiValueError: the path is no path below the host, or a name in it has no value.
    """
    if not path.startswith("/") or path.startswith("//") or "?" in path or "#" in path:
        raise ApiValueError("a path begins with one slash and has no query: /{dataViewName}/Things")
    unknown = [name for name in values if name not in _NAME.findall(path)]
    if unknown:
        raise TypeError(
            f"request() has no argument {unknown[0]!r}, and the path has no {{{unknown[0]}}}: query fields "
            "go into query= (or params=), a JSON body into body= (or json=)"
        )
    known = {**filled, **values}
    parameters: list[Parameter] = []
    sent: list[Any] = []
    for name in dict.fromkeys(_NAME.findall(path)):
        if name not in known:
            raise ApiValueError(f"the path has {{{name}}}, but there is no value for it")
        parameters.append(Parameter(name, name, "path", "str", required=True))
        sent.append(known[name])
    for name, value in query.items():
        kind = "list[str]" if isinstance(value, (list, tuple)) else "str"
        parameters.append(Parameter(name, name, "query", kind))
        sent.append(value)
    if body is not None:
        parameters.append(Parameter("body", "", "body", "object"))
        sent.append(body)
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
    return operation, tuple(sent)
