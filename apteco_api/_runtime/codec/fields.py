"""Helpers of `structs`: reading annotations of fields, and values that are computed on first use."""

from __future__ import annotations

import re
import sys
import types
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

from ..exceptions import ApiValueError

if TYPE_CHECKING:
    from collections.abc import Callable


ABSENT = ("NoneType", "UnsetType")
"""Names of the types that mean "not given". Names, as reading types must not load msgspec."""


def is_unset(value: Any) -> bool:
    """Return whether a value is `UNSET`."""
    return type(value).__name__ == "UnsetType"


def null() -> None:
    """Return None. A nullable field needs a factory, as msgspec leaves out plain defaults."""


def camel(name: str) -> str:
    """Return the JSON name of a field whose class says `rename="camel"`: `row_count` is `rowCount`."""
    first, *others = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def annotations_of(namespace: dict[str, Any]) -> dict[str, Any]:
    """Return the mutable `__annotations__` of a class that is being made.

    From Python 3.14 on, the namespace of a class in a module without `from __future__ import annotations` has
    a function in their place.
    """
    found: dict[str, Any] | None = namespace.get("__annotations__")
    if found is None:
        found = {}
        if sys.version_info >= (3, 14):
            import annotationlib

            if (annotate := annotationlib.get_annotate_from_class_namespace(namespace)) is not None:
                found = annotationlib.call_annotate_function(annotate, annotationlib.Format.FORWARDREF)
            for name in ("__annotate__", "__annotate_func__"):
                namespace.pop(name, None)
        namespace["__annotations__"] = found
    return found


def resolved_hints(cls: type[Any]) -> dict[str, Any]:
    """Return the resolved annotations of a class, with the members of each union in the written order.

    `typing` caches unions: after `B | A | None` in any class, `A | B | None` has the same order. A union that
    is made in one step keeps its order, which tells whether an enum lists every value.
    """
    found = get_type_hints(cls)
    texts = {
        name: (text, base)
        for base in reversed(cls.__mro__)
        for name, text in vars(base).get("__annotations__", {}).items()
    }
    for name, (text, owner) in texts.items():
        if not isinstance(text, str) or not (literal := re.search(r"\b_?Literal\[", text)) or "|" not in text:
            continue
        if literal.start() or get_origin(members(found[name])[0]) is not Literal:
            holder = types.SimpleNamespace(__annotations__={name: _in_one_step(text)})
            known = {**vars(sys.modules[owner.__module__]), "__Union": Union}
            found.update(get_type_hints(holder, known))
    return found


def _in_one_step(text: str) -> str:
    """Return an annotation with `__Union[A, B, C]` in place of `A | B | C`."""
    import ast

    class Flat(ast.NodeTransformer):
        def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
            options: list[ast.expr] = []
            inner: ast.expr = node
            while isinstance(inner, ast.BinOp):
                options.insert(0, self.visit(inner.right))
                inner = inner.left
            options.insert(0, self.visit(inner))
            return ast.Subscript(ast.Name("__Union"), ast.Tuple(options))

    return ast.unparse(Flat().visit(ast.parse(text, mode="eval")))


class Missing:
    """The default factory of a required field, which runs only if no value was given."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self) -> NoReturn:
        raise ApiValueError(f"Invalid value for `{self.name}`, must not be `None`")


class Computed:
    """A class attribute that is computed on first use, for each class."""

    def __init__(self, compute: Callable[[Any], Any]) -> None:
        self.compute = compute

    def __get__(self, instance: object, cls: Any) -> Any:
        cls = cls._model
        known = cls.__dict__.get("_computed", {})
        key = self.compute.__name__
        if (value := known.get(key)) is None:
            value = self.compute(cls)
            type.__setattr__(cls, "_computed", {**cls.__dict__.get("_computed", {}), key: value})
        return value


class Hidden:
    """A descriptor that makes an inherited attribute look absent."""

    def __get__(self, instance: object, cls: object) -> NoReturn:
        raise AttributeError


def members(hint: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the annotation itself."""
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def is_absent(kind: Any) -> bool:
    """Return whether a type is that of None or of `UNSET`."""
    return getattr(kind, "__name__", "") in ABSENT


def present_members(hint: Any) -> list[Any]:
    """Return the members of a union except None and `UNSET`."""
    return [option for option in members(hint) if not is_absent(option)]


def is_open(options: tuple[Any, ...]) -> bool:
    """Return whether a union lists only some of the possible values: `str | Literal["a"]`, in this order."""
    kinds = [get_origin(option) is Literal for option in options if not is_absent(option)]
    return any(kinds) and not kinds[0]


def literals(hint: Any) -> tuple[tuple[Any, ...], bool] | None:
    """Return the values of an enum's annotation, and whether it is a list; None for other annotations."""
    many = False
    found: tuple[Any, ...] | None = None
    for part in members(hint):
        if get_origin(part) is list:
            many, part = True, get_args(part)[0]
        if is_open(members(part)) or (not many and is_open(members(hint))):
            continue
        for option in members(part):
            if get_origin(option) is Literal:
                found = get_args(option)
    return None if found is None else (found, many)


def expression(hint: Any) -> str:
    """Return a resolved annotation in the published grammar: `list[X]`, `dict(str, X)`, `datetime`."""
    options = present_members(hint)
    if is_open(tuple(options)):
        options = [option for option in options if get_origin(option) is not Literal]
    elif str in options and len(options) < 3:
        options = options[:1]  # the published type; later servers write the number as text
    if len(options) > 1 and not any(get_origin(option) is Literal for option in options):
        return " | ".join(expression(option) for option in options)
    hint = options[0] if options else Any
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is list:
        return f"list[{expression(arguments[0])}]"
    if origin is tuple:
        return f"tuple({', '.join(map(expression, arguments))})"
    if origin is dict:
        return f"dict(str, {expression(arguments[1])})"
    if origin is Literal:
        return str(type(arguments[0]).__name__)
    return "object" if hint in (Any, object) else str(hint.__name__)
