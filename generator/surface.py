"""The surface of a client: every name that callers can use, as JSON values that `diff` compares."""

from __future__ import annotations

from typing import Any

from . import pytypes
from .ir import Method, Model, Package, Parameter
from .pytypes import Type

VERSION = 1


def surface(package: Package) -> dict[str, Any]:
    """Return every section with its methods, and every model with its fields."""
    return {
        "surface": VERSION,
        "title": package.title,
        "version": package.version,
        "sections": {
            str(section.name): {str(method.name): _method(method) for method in section.methods}
            for section in package.sections
        },
        "models": {str(model.name): _model(model) for model in package.models},
    }


def _method(method: Method) -> dict[str, Any]:
    returns = [types(kind) for kind in method.returned]
    if method.may_return_none:
        returns.append(["None"])
    return {
        "call": f"{method.verb} {method.path}",
        "arguments": {str(each.name): _argument(each) for each in method.parameters},
        "positional": [str(each.name) for each in method.positional],
        "returns": sorted({kind for group in returns for kind in group}),
    }


def _argument(parameter: Parameter) -> dict[str, Any]:
    return {
        "type": types(parameter.type, optional=not parameter.required),
        "required": parameter.required,
        **_limits(parameter.type),
        **({"minimum": parameter.minimum} if parameter.minimum is not None else {}),
        **({"maximum": parameter.maximum} if parameter.maximum is not None else {}),
    }


def _model(model: Model) -> dict[str, Any]:
    return {
        "fields": {
            str(field.name): {
                "type": types(field.type, optional=not field.required),
                "required": field.required,
                **_limits(field.type),
            }
            for field in model.fields
        },
        "required": [str(field.name) for field in model.fields if field.required],
        "positional": [str(field.name) for field in model.fields],
    }


def _limits(kind: Type) -> dict[str, Any]:
    values = kind.enum or (kind.items[0].enum if kind.kind == "list" and kind.items else ())
    return {"enum": sorted(map(str, values))} if values else {}


def types(kind: Type, *, optional: bool = False) -> list[str]:
    """Return the members of a type in the wire grammar, sorted, with `None` if it is nullable or optional."""
    members = kind.items if kind.kind == "union" and not kind.enum else (kind,)
    texts = {pytypes.expression(member) for member in members}
    return sorted({*texts, *(["None"] if kind.nullable or optional else [])})
