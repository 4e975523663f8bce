"""Keywords with two names: that of the published package, and that of its documentation."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

R = TypeVar("R")


def also_called(**documented: str) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Let a method take keywords under a second name.

    Args:
        **documented: the method's own name of a parameter = the other name that callers may use.

    Returns:
        A decorator. The method keeps its signature; giving a parameter under both names is a TypeError, as
        giving it twice is.
    """

    def decorate(method: Callable[..., R]) -> Callable[..., R]:
        @wraps(method)
        def call(*args: Any, **kwargs: Any) -> R:
            for own, other in documented.items():
                if other in kwargs:
                    if own in kwargs:
                        raise TypeError(
                            f"{method.__name__}() got both {own!r} and {other!r}, which are the same"
                        )
                    kwargs[own] = kwargs.pop(other)
            return method(*args, **kwargs)

        return call

    return decorate
