"""The stub of a session's sections: the controllers without the arguments that a session fills in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import docstrings
from .ir import Method, Section


def context(sections: Sequence[Section], known: Sequence[str]) -> Mapping[str, Any]:
    """Return the values for the stub's template.

    ``known`` are the parameters, by the API's own names, that a session fills in.
    """
    return {"sections": [_section(each, known) for each in sorted(sections, key=lambda item: item.name)]}


def _section(section: Section, known: Sequence[str]) -> Mapping[str, Any]:
    lines = docstrings.wrapped(section.doc or section.tag, "")
    return {
        "module": section.module.removesuffix("_api"),
        "name": section.name.removesuffix("Api"),
        "api_module": section.module,
        "api_class": section.name,
        "summary": docstrings.docstring(lines, 8),
        "methods": [
            {
                "name": method.name,
                "arguments": ", ".join(
                    [f"{section.name}.{method.name}", *(f'"{each}"' for each in filled(method, known))]
                ),
            }
            for method in section.methods
        ],
    }


def filled(method: Method, known: Sequence[str]) -> list[str]:
    """Return the Python names of the leading required parameters that a session fills in."""
    names: list[str] = []
    for parameter in method.positional:
        if parameter.wire not in known:
            break
        names.append(parameter.name)
    return names
