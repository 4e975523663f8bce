"""The text of `help()` for a model: the docstring of its class, then each field with its docstring.

Python keeps the docstring of a class, but drops those of its fields. So the source is read when the text is
needed. Without the source, as in a frozen program, only the docstring of the class is shown.
"""

from __future__ import annotations

from typing import Any

_OWN: Any = vars(type)["__doc__"]
_WIDTH = 100


class Explained:
    """The attribute `__doc__` of model classes."""

    def __get__(self, model: Any, owner: Any = None) -> Any:
        if model is None:
            return "The class of model classes."
        text: str | None = _OWN.__get__(model)
        found = fields(model) if text is not None else []
        if not found:
            return text
        from inspect import cleandoc

        return "\n".join([cleandoc(text or ""), "", "Args:", *(_entry(*field) for field in found)])

    def __set__(self, model: Any, text: str | None) -> None:
        _OWN.__set__(model, text)


def fields(model: type[Any]) -> list[tuple[str, str, str]]:
    """Return name, type and text of each field that has a docstring in the source of its class."""
    import ast  # slow to load and rarely needed
    import inspect
    import textwrap
    from itertools import pairwise

    found: dict[str, tuple[str, str]] = {}
    for part in reversed(model.__mro__):
        if not hasattr(part, "__struct_fields__"):
            continue
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(part)))
        except (OSError, TypeError, SyntaxError):  # no source, or not a class
            continue
        body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
        for line, below in pairwise(body):
            text = getattr(getattr(below, "value", None), "value", None)  # of a docstring
            if isinstance(line, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(text, str):
                found[ast.unparse(line.target)] = ast.unparse(line.annotation), text
    return [(name, *found[name]) for name in getattr(model, "__struct_fields__", ()) if name in found]


def _entry(name: str, kind: str, text: str) -> str:
    import textwrap

    kind = kind.replace("models.", "")
    if kind.endswith(" | None"):
        kind = f"{kind.removesuffix(' | None')}, optional"
    told = " ".join(f"{name} ({kind}): {text}".split())
    return textwrap.fill(told, _WIDTH, initial_indent="    ", subsequent_indent="        ")
