"""The pass that tells null from "not given": None is a value where the document allows null."""

from __future__ import annotations

from dataclasses import replace

from .ir import Field, Method, Model, Package, Parameter


def marked(package: Package) -> Package:
    """Return a package whose optional fields and bodies that may be null are `UNSET` until they are given."""
    return replace(
        package,
        models=tuple(_model(model) for model in package.models),
        sections=tuple(
            replace(section, methods=tuple(_method(method) for method in section.methods))
            for section in package.sections
        ),
    )


def _model(model: Model) -> Model:
    return replace(model, fields=tuple(_field(field) for field in model.fields))


def _field(field: Field) -> Field:
    return replace(field, unset=field.type.nullable and not field.required and not field.sends_null)


def _method(method: Method) -> Method:
    return replace(method, parameters=tuple(_parameter(parameter) for parameter in method.parameters))


def _parameter(parameter: Parameter) -> Parameter:
    return replace(parameter, sends_null=parameter.location == "body" and parameter.type.nullable)
