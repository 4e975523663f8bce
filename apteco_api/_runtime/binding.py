"""Find the operation and the values for a generated method and its arguments."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from .exceptions import ApiTypeError
from .operation import CallOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .operation import Operation


def in_order(operation: Operation, given: Mapping[str, Any]) -> list[Any]:
    """Return arguments by name in the order of an operation's parameters."""
    if not any(parameter.nullable for parameter in operation.parameters):
        return [given.get(parameter.name) for parameter in operation.parameters]
    from .unset import UNSET

    return [given.get(each.name, UNSET if each.nullable else None) for each in operation.parameters]


class Bound(NamedTuple):
    """A call that was not made yet.

    Args:
        method: the method itself, taking all arguments.
        section: the controller that has the method.
        name: the method's name.
        operation: its operation.
        arguments: the given arguments by name.
        options: the given call options.
    """

    method: Callable[..., Any]
    section: Any
    name: str
    operation: Operation
    arguments: dict[str, Any]
    options: dict[str, Any]

    def values(self, **changes: Any) -> list[Any]:
        """Return the arguments in the order of the operation's parameters, some of them changed."""
        given = {**self.arguments, **changes}
        return in_order(self.operation, given)


def bind(method: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Bound:
    """Return the operation and arguments of a call of a generated method, or of a `functools.partial` of one.

    Raises:
        ApiTypeError: `method` is not a method of a section, or has no such argument.
    """
    while isinstance(method, partial):
        args, kwargs = (*method.args, *args), {**method.keywords, **kwargs}
        method = method.func
    section = getattr(method, "__self__", None)
    name: str = getattr(method, "__name__", "").removesuffix("_with_http_info")
    operation: Operation | None = getattr(section, "operations", {}).get(name)
    if operation is None:
        raise ApiTypeError(
            f"{getattr(method, '__qualname__', method)!s} is not an operation of the API: "
            "give a method of a section, not called yet"
        )
    names = [parameter.name for parameter in operation.parameters]
    required = [parameter.name for parameter in operation.parameters if parameter.required]
    if len(args) > len(required):
        raise ApiTypeError(f"{name}() takes {len(required)} positional arguments, got {len(args)}")
    arguments = dict(zip(names, args, strict=False))
    options: dict[str, Any] = {}
    for key, value in kwargs.items():
        if key in names and key not in arguments:
            arguments[key] = value
        elif key in CallOptions.__annotations__:
            options[key] = value
        else:
            raise ApiTypeError(f"Got an unexpected keyword argument '{key}' to method {name}")
    return Bound(method, section, name, operation, arguments, options)
