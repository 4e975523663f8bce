"""Controller methods with the session's data view and system already filled in.

A generated section, such as `session.queries`, names each method of its controller once:

    queries_perform_query_count_synchronously = fill(
        _Api.queries_perform_query_count_synchronously, "data_view_name", "system_name"
    )

To a type checker that is the method without those two arguments, everything else as it was. At run time it
is a `functools.partial` of the controller's own bound method.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

P = ParamSpec("P")
R = TypeVar("R")


class Section:
    """One section of the API, for one session.

    Args:
        controller: the generated controller that makes the calls.
        given: the arguments to fill in, name to value.
    """

    api_class: ClassVar[type[Any]]

    def __init__(self, controller: Any, given: Mapping[str, str]) -> None:
        self.controller = controller
        """The controller itself: the same methods with all their arguments, for another data view or
        system.
        """
        self.given = given
        """The arguments that are filled in."""

    def __dir__(self) -> list[str]:
        return sorted(
            {name for each in type(self).__mro__ for name in vars(each) if not name.startswith("_")}
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self.controller.operations)} operations>"


class Filled(Generic[P, R]):
    """A method of a section; see the module's docstring."""

    __slots__ = ("_arguments", "_name")

    def __init__(self, method: Callable[..., R], arguments: tuple[str, ...]) -> None:
        self._name = method.__name__
        self._arguments = arguments

    @overload
    def __get__(self, section: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, section: Section, owner: type[Any] | None = None) -> Callable[P, R]: ...
    def __get__(self, section: Section | None, owner: type[Any] | None = None) -> Any:
        if section is None:
            return self
        method = getattr(section.controller, self._name)
        if not self._arguments:
            return method
        bound: Any = partial(method, *(section.given[name] for name in self._arguments))
        # what help() and `?` show: partial has none of its own
        bound.__name__, bound.__doc__ = method.__name__, method.__doc__
        return bound


@overload
def fill(method: Callable[Concatenate[Any, P], R], /) -> Filled[P, R]: ...
@overload
def fill(method: Callable[Concatenate[Any, str, P], R], first: str, /) -> Filled[P, R]: ...
@overload
def fill(method: Callable[Concatenate[Any, str, str, P], R], first: str, second: str, /) -> Filled[P, R]: ...
def fill(method: Callable[..., R], /, *arguments: str) -> Filled[..., R]:
    """A method with its first arguments, by name, taken from the session."""
    return Filled(method, arguments)
