"""Type expressions such as `list[Table]`: the grammar in operations, and the types that it means."""

from __future__ import annotations

import datetime as dt
import decimal
import re
import uuid
from importlib import import_module
from typing import Any, get_args, get_origin

from ..exceptions import ApiTypeError
from .fields import present_members

MODELS = f"{__name__.rsplit('.', 3)[0]}.models"
"""Import name of the client's models."""

SCALARS: dict[str, Any] = {
    "str": str,
    "int": int,
    "long": int,
    "float": float,
    "bool": bool,
    "bytes": bytes,
    "object": Any,
    "date": dt.date,
    "datetime": dt.datetime,
    "time": dt.time,
    "duration": dt.timedelta,
    "uuid": uuid.UUID,
    "decimal": decimal.Decimal,
    "base64": bytes,
    "": Any,
}
"""The names of the published type grammar that are not models."""


def resolve(expression: str | type[Any]) -> Any:
    """Return the Python type for a type expression such as `list[Table]` or `dict(str, int)`.

    Raises:
        ApiTypeError: a model of this name does not exist.
    """
    from .model import Model, target
    from .unions import Choice, union

    if not isinstance(expression, str):
        return target(expression) if issubclass(expression, Model) else expression
    if expression in SCALARS:
        return SCALARS[expression]
    if " | " in expression and len(options := _parts(expression, " | ")) > 1:
        return union(resolve(option) for option in options)
    if match := re.fullmatch(r"list\[(.*)\]", expression):
        return list[resolve(match[1])]  # type: ignore[misc]  # a type made at run time
    if match := re.fullmatch(r"tuple\((.*)\)", expression):
        return tuple[tuple(map(resolve, _parts(match[1], ", ")))]  # type: ignore[misc]  # made at run time
    if match := re.fullmatch(r"dict\(([^,]*), (.*)\)", expression):
        return dict[str, resolve(match[2])]  # type: ignore[misc]  # a type made at run time
    model = getattr(import_module(MODELS), expression, None)
    if model is None:
        raise ApiTypeError(f"a model {expression!r} does not exist")
    return model if isinstance(model, Choice) else target(model)


def _parts(expression: str, mark: str) -> list[str]:
    """Split a text at the marks that are outside all brackets, such as ` | ` in a union."""
    parts = re.split(rf"({re.escape(mark)}|[\[\]()])", expression)
    found, depth = [""], 0
    for part in parts:
        depth += (part in "[(" and part != "") - (part in "])" and part != "")
        if part == mark and not depth:
            found.append("")
        else:
            found[-1] += part
    return found


def bare(hint: Any) -> Any:
    """Return an annotation without its None and without `UNSET`."""
    options = present_members(hint)
    return options[0] if len(options) == 1 else hint


def item_of(hint: Any) -> Any:
    """Return the type of a list's items; None if the annotation is not a list."""
    return get_args(hint)[0] if get_origin(hint) is list else None
