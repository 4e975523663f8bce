"""The name of the call that the user made, for errors and for the log.

The groups' methods call generated methods with other names: `get_funnel` calls `run_analysis`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from inspect import isfunction
from typing import Any, TypeVar

G = TypeVar("G")

CALL: ContextVar[str] = ContextVar("exponea_call", default="")
"""The running method, such as `catalog.get_catalog_name`; empty outside the groups."""


def named(group: type[G]) -> type[G]:
    """Let the public methods of a class store their names in `CALL`; a class decorator."""
    for name, method in list(vars(group).items()):
        if isfunction(method) and not name.startswith("_"):
            setattr(group, name, _noting(f"{group.__name__.lower()}.{name}", method))
    return group


def _noting(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        if CALL.get():  # one method that calls another: the outer one is the user's
            return method(*args, **kwargs)
        token = CALL.set(name)
        try:
            return method(*args, **kwargs)
        finally:
            CALL.reset(token)

    return call
