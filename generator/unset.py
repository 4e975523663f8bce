"""Mark what may be null or left out, so that clients send None as null and leave out `UNSET`."""

from __future__ import annotations

from dataclasses import replace

from .ir import Field, Method, Model, Package, Parameter


def marked(package: Package) -> Package:
    """Return the package with optional nullable fields and nullable bodies marked."""
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
