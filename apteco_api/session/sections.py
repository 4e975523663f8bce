"""The sections of a session: each controller's methods with the session's data view and system filled in.

`session.queries` is built from `QueriesApi` on first use: each operation whose first parameters the session
knows becomes a `functools.partial` of the controller's bound method. Type checkers and editors read the
generated stubs `api/_sections.pyi` and `aio/_sections.pyi` instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

__all__ = ["AsyncSections", "Filled", "Section", "Sections", "fill", "section_class"]

P = ParamSpec("P")
R = TypeVar("R")

KNOWN = ("data_view_name", "system_name")
"""The names of the leading parameters that a session fills in."""
_SUFFIX = "_api"
_MODULES: dict[str, str] = vars(import_module("..api", __package__))["_MODULES"]  # controller class to module


class Section:
    """One section of the API, for one session.

    Args:
        controller: the generated controller that makes the calls.
        given: the arguments to fill in, name to value.
    """

    api_class: ClassVar[type[Any]]

    def __init__(self, controller: Any, given: Mapping[str, str]) -> None:
        self.controller = controller
        """The controller itself: the same methods with all arguments, for another data view or system."""
        self.given = given
        """The arguments that are filled in."""

    def __dir__(self) -> list[str]:
        return sorted(
            {name for each in type(self).__mro__ for name in vars(each) if not name.startswith("_")}
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self.controller.operations)} operations>"


class Filled(Generic[P, R]):
    """A method of a section: the controller's method without the arguments that the session knows."""

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
        # help() and `?` show these; a partial has none
        bound.__name__, bound.__doc__ = method.__name__, method.__doc__
        return bound


@overload
def fill(method: Callable[Concatenate[Any, P], R], /) -> Filled[P, R]: ...
@overload
def fill(method: Callable[Concatenate[Any, str, P], R], first: str, /) -> Filled[P, R]: ...
@overload
def fill(method: Callable[Concatenate[Any, str, str, P], R], first: str, second: str, /) -> Filled[P, R]: ...
def fill(method: Callable[..., R], /, *arguments: str) -> Filled[..., R]:
    """Return a method whose first arguments, by name, are taken from the session."""
    return Filled(method, arguments)


@cache
def section_class(room: str, name: str) -> type[Section]:
    """Return the class of a section.

    Args:
        room: the package of the controllers, `api` or `aio`.
        name: the session's attribute for the section, such as `queries`.
    """
    module = f"{name}{_SUFFIX}"
    found = next(each for each in _MODULES if _MODULES[each] == f".{module}")
    api_class = getattr(import_module(f"..{room}.{module}", __package__), found)
    methods: dict[str, Any] = {}
    for method, operation in api_class.operations.items():
        names: list[str] = []
        for parameter in operation.parameters:
            if parameter.name not in KNOWN or not parameter.required:
                break
            names.append(parameter.name)
        methods[method] = Filled(getattr(api_class, method), tuple(names))
    given = {"__doc__": api_class.__doc__, "__module__": __name__, "api_class": api_class}
    return type(found.removesuffix("Api"), (Section,), {**given, **methods})


class _Lazy:
    """A section as an attribute of a session: built on first use, then stored in the session's `__dict__`."""

    def __init__(self, room: str, name: str) -> None:
        self._room = room
        self._name = name

    def __get__(self, session: Any, owner: Any = None) -> Any:
        if session is None:
            return self
        made = session._section(section_class(self._room, self._name))
        session.__dict__[self._name] = made
        return made


def _all_of(room: str) -> type[Any]:
    """Return a class with every section of a room as an attribute, so that shells can complete them."""
    names = [module.lstrip(".").removesuffix(_SUFFIX) for module in _MODULES.values()]
    return type("Sections", (), {name: _Lazy(room, name) for name in names})


if TYPE_CHECKING:
    from ..aio._sections import Sections as AsyncSections
    from ..api._sections import Sections
else:
    Sections = _all_of("api")
    AsyncSections = _all_of("aio")
