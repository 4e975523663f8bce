"""Make the twins of a section's methods from the methods: `<name>_with_http_info`, and the methods of `aio`.

A generated method only passes its arguments to `self._call`. So its async twin is the same method on a
section whose `_call` is awaited. Type checkers and editors see the method's arguments and docstring, and the
twin's own return type.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from urllib3 import HTTPHeaderDict

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


def with_http_info(method: Callable[P, R]) -> Callable[P, tuple[R, int, HTTPHeaderDict]]:
    """Return the twin of a method that returns `(data, status, headers)`."""
    function: Any = method

    @wraps(method)
    def twin(*args: Any, **kwargs: Any) -> Any:
        # the published form accepts _return_http_data_only here too
        return function(*args, **{"_return_http_data_only": False, **kwargs})

    twin.__name__ += "_with_http_info"
    twin.__qualname__ += "_with_http_info"
    twin.__doc__ = f"`{function.__name__}`, returning `(data, status, headers)`."
    return twin


def is_twin(method: Any) -> bool:
    """Return True if a bound method is one that `with_http_info` has made."""
    return getattr(getattr(method, "__func__", None), "__code__", None) is _CODE


def section(controller: type[T]) -> T:
    """Return the class. Type checkers are told that it is an object, so that its methods have no `self`."""
    return cast("T", controller)


def awaited(method: Callable[P, R]) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, R]]:
    """Return the async twin of a method of `section(…)`, with an example that awaits it."""
    function: Any = method

    @wraps(method)
    async def twin(*args: Any, **kwargs: Any) -> Any:
        return await function(*args, **kwargs)

    twin.__module__ = twin.__module__.replace(".api.", ".aio.")
    if twin.__doc__:  # None under -OO
        made = f".{twin.__qualname__.partition('.')[0]}(client)\n"
        twin.__doc__ = twin.__doc__.replace(made, f".aio{made}").replace(">>> api.", ">>> await api.")
    return cast("Callable[Concatenate[Any, P], Coroutine[Any, Any, R]]", twin)


_CODE: Any = cast(
    "Any", with_http_info(section)
).__code__  # a decorator that copies all else does not copy it
