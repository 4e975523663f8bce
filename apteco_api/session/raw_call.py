"""A path that the spec does not know, as an operation: its call goes the way of every other call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._runtime.adhoc import adhoc_operation
from .._runtime.exceptions import ApiTypeError, ApiValueError
from .._runtime.operation import Operation

_NAME = re.compile(r"\{([^{}]*)\}")
_JSON = ("application/json",)


def one_of(**given: Any) -> Any:
    """Return the one argument of several names for the same that was given, None if none was.

    Raises `TypeError` if two were given.
    """
    found = [name for name, value in given.items() if value is not None]
    if len(found) > 1:
        raise ApiTypeError(f"give {' or '.join(found)}, not both: they mean the same")
    return given[found[0]] if found else None


def raw_operation(
    method: str,
    path: str,
    query: Mapping[str, Any],
    body: Any,
    returns: str,
    filled: Mapping[str, Any],
    values: Mapping[str, Any],
) -> tuple[Operation, list[Any]]:
    """Return the operation and the values of its parameters.

    Args:
        method, path, query, body, returns: see `Session.request`.
        filled: values for names in the path that the session fills in.
        values: the caller's values for names in the path.

    Raises:
        TypeError: a value for a name that is not in the path.
        ApiValueError: the path is not below the host, or a name in it has no value.
    """
    if not path.startswith("/") or path.startswith("//") or "?" in path or "#" in path:
        raise ApiValueError("a path begins with one slash and has no query: /{dataViewName}/Things")
    names = list(dict.fromkeys(_NAME.findall(path)))
    for name in values:
        if name not in names:
            raise ApiTypeError(
                f"request() has no argument {name!r}, and the path has no {{{name}}}: query fields go into "
                "query= (or params=), a JSON body into body= (or json=)"
            )
    known = {**filled, **values}
    for name in names:
        if name not in known:
            raise ApiValueError(
                f"the path has {{{name}}}, but no value was given for it: pass it as a keyword"
            )
    return adhoc_operation(
        method.upper(),
        path,
        {
            "path": [(name, known[name]) for name in names],
            "query": query.items(),
            "body": [] if body is None else [("body", body)],
        },
        result=returns,
        consumes=_JSON if body is not None else (),
        produces=_JSON if returns else (),
        security=("faststats_auth",),
    )
