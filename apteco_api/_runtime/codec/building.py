"""The function that runs when a caller builds a model. Its parameters are the fields of the class.

The function checks required and enum fields. It refuses an unknown field and names the nearest one. It is
made from source code, as a `__call__` of the metaclass for any arguments takes twice as long on Python 3.11.
For a class with a required field, a field with a list of values, and further fields by name only:

    def build(title=__default_title, size=__default_size, **__late):
        if __late: __known(__late)
        __made = __new(title, size, **__late) if __late else __new(title, size)
        if __late or title is None or size is not None and size not in __values_size: __check(__made)
        return __made
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ..exceptions import ApiTypeError
from .checks import EXTRAS, HIDDEN, check_all
from .fields import Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

UNGIVEN = object()


class Builder:
    """The attribute `_build` of a class of models, made on first use."""

    def __get__(self, instance: object, cls: Any) -> Callable[..., Any]:
        plain: Callable[..., Any] = msgspec.StructMeta.__call__.__get__(cls)
        made = _checked(cls, plain) if cls is cls._model else plain  # a twin takes every value
        type.__setattr__(cls, "_build", staticmethod(made))
        return made


def _checked(cls: Any, plain: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that builds an object with `plain` and checks it."""
    every: tuple[str, ...] = cls.__struct_fields__
    names: tuple[str, ...] = cls.__match_args__  # without those that are by name only
    padding: list[Any] = [msgspec.NODEFAULT] * (len(every) - len(cls.__struct_defaults__))

    def known(given: Iterable[str]) -> None:
        for name in given:
            if name not in every:
                raise ApiTypeError(_unknown(cls, name))

    scope: dict[str, Any] = {"__new": plain, "__known": known, "__check": check_all}
    parameters: list[str] = []
    lines = ["    if __late: __known(__late)"]
    for name, default in zip(names, [*padding, *cls.__struct_defaults__], strict=False):
        factory = default.factory if type(default).__name__ == "Factory" else None
        if isinstance(factory, Missing):
            default = None
        elif factory is not None:
            scope[f"__factory_{name}"], default = factory, UNGIVEN
            lines.append(f"    if {name} is __default_{name}: {name} = __factory_{name}()")
        scope[f"__default_{name}"] = default
        parameters.append(name if default is msgspec.NODEFAULT else f"{name}=__default_{name}")
    given = ", ".join(names)
    lines.append(f"    __made = __new({given}, **__late) if __late else __new({given})")
    wrong = [f"{name} is None" for name in names if name in cls._required]
    lists: dict[str, tuple[Any, ...]] = cls._allowed if _has_lists(cls) else {}
    for name, allowed in lists.items():
        scope[f"__values_{name}"] = allowed[0]
        wrong += [f"{name} is not None and {name} not in __values_{name}"] if name in names else ["__late"]
    if cls._open:
        lines.append(f"    __made.{EXTRAS} = {EXTRAS}")
    if wrong:
        lines.append(f"    if {' or '.join(dict.fromkeys(wrong))}: __check(__made)")
    parameters.append("**__late")
    source = "\n".join([f"def build({', '.join(parameters)}):", *lines, "    return __made"])
    exec(source, scope)  # noqa: S102 - made of the names of fields, which are identifiers
    build: Callable[..., Any] = scope["build"]
    build.__qualname__ = cls.__name__
    return build


def _has_lists(cls: type[Any]) -> bool:
    """Return whether a field has a list of values. Only then are the types of the fields resolved."""
    texts = (vars(base).get("__annotations__", {}).values() for base in cls.__mro__)
    return any("Literal[" in str(text) for each in texts for text in each)


def _unknown(cls: type[Any], name: str) -> str:
    import difflib

    fields: list[str] = [field for field in getattr(cls, "__struct_fields__") if field not in HIDDEN]  # noqa: B009
    near = difflib.get_close_matches(name, fields, n=1)
    return f"{cls.__name__} has no field {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
