"""Replace the names in a spec's texts by the names that Python users know.

A spec speaks of ``timeoutInSeconds`` and of ``Sessions_LogoutSession``; a docstring must say
``timeout_in_seconds`` and ``sessions_logout_session``.
"""

from __future__ import annotations

import re
from dataclasses import replace

from .ir import Model, Package, Section

_WORD = re.compile(r"(?<![\w{/.'\"-])[A-Za-z]\w*(?![\w}/-]|\.\w)")
_CAMEL = re.compile(r"[a-z]+[A-Z]\w*")


def in_python(package: Package) -> Package:
    """Return ``package`` with the Python names of operations, parameters and fields in every text."""
    names: dict[str, str] = {}
    for model in package.models:
        names.update((field.wire, field.name) for field in model.fields if _CAMEL.fullmatch(field.wire))
    for section in package.sections:
        for method in section.methods:
            if "_" in method.id:
                names[method.id] = method.name
            names.update((p.wire, p.name) for p in method.parameters if _CAMEL.fullmatch(p.wire))

    def text(value: str) -> str:
        return _WORD.sub(lambda match: names.get(match[0], match[0]), value)

    def of_model(model: Model) -> Model:
        fields = tuple(replace(field, doc=text(field.doc)) for field in model.fields)
        return replace(model, doc=text(model.doc), fields=fields)

    def of_section(section: Section) -> Section:
        methods = tuple(
            replace(
                method,
                summary=text(method.summary),
                doc=text(method.doc),
                returns_doc=text(method.returns_doc),
                parameters=tuple(replace(p, doc=text(p.doc)) for p in method.parameters),
                answers=tuple(replace(answer, doc=text(answer.doc)) for answer in method.answers),
                errors=tuple(replace(error, doc=text(error.doc)) for error in method.errors),
            )
            for method in section.methods
        )
        return replace(section, doc=text(section.doc), methods=methods)

    return replace(
        package,
        models=tuple(of_model(model) for model in package.models),
        sections=tuple(of_section(section) for section in package.sections),
    )
