"""A path that the spec does not know, as an operation: its call goes the way of every other call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._runtime.adhoc import adhoc_operation
from .._runtime.exceptions import ApiValueError
from .._runtime.operation import Operation

_NAME = re.compile(r"\{([^{}]*)\}")
_JSON = ("application/json",)


def raw_operation(
    method: str, path: str, query: Mapping[str, Any], body: Any, returns: str, known: Mapping[str, Any]
) -> tuple[Operation, list[Any]]:
    """Return the operation and the values of its parameters.

    Raises:
        ApiValueError: the path is not below the host, or a name in it has no value.
    """
    if not path.startswith("/") or path.startswith("//") or "?" in path or "#" in path:
        raise ApiValueError("a path begins with one slash and has no query: /{dataViewName}/Things")
    names = list(dict.fromkeys(_NAME.findall(path)))
    for name in names:
        if name not in known:
            raise ApiValueError(f"the path has {{{name}}}, but there is no value for it")
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
