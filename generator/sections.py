"""The sections of a session: the controllers again, with the arguments that a session knows filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import docs
from .diagnostics import printable
from .ir import Method, Section

FOLDERS = {"sections": "api", "sections/aio": "aio"}
"""Folder of the sections, and the folder of the controllers that they wrap."""


def contexts(sections: Sequence[Section], known: Sequence[str]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """What the template of each section is filled with, by the section's module.

    ``known`` are the parameters, by the API's own names, that a session fills in.
    """
    for section in sections:
        module = module_name(section)
        methods: list[dict[str, str]] = []
        for method in section.methods:
            names = filled(method, known)
            for suffix in ("", "_with_http_info"):
                name = f"{method.name}{suffix}"
                arguments = ", ".join([f"_Api.{name}", *(repr(str(each)) for each in names)])
                methods.append({"name": name, "arguments": arguments})
        yield (
            module,
            {
                "tag": printable(section.tag, 100).replace("\\", "").replace('"', "'"),
                "given": " and ".join(printable(name, 100) for name in known),
                "api_module": section.module,
                "api_class": section.name,
                "name": class_name(section),
                "doc": docs.docstring(docs.wrapped(section.doc or section.tag, ""), 4),
                "methods": methods,
            },
        )


def index(sections: Sequence[Section]) -> list[dict[str, str]]:
    """One line a section, for the class that has them all as attributes."""
    return [
        {
            "module": module_name(section),
            "name": class_name(section),
            "summary": docs.docstring(docs.wrapped(section.doc or section.tag, ""), 8),
        }
        for section in sorted(sections, key=lambda item: item.name)
    ]


def filled(method: Method, known: Sequence[str]) -> list[str]:
    """The Python names of the leading required parameters that a session fills in."""
    names: list[str] = []
    for parameter in method.positional:
        if parameter.wire not in known:
            break
        names.append(parameter.name)
    return names


def module_name(section: Section) -> str:
    """The attribute and the module of a section: ``queries`` for ``queries_api``."""
    return section.module.removesuffix("_api")


def class_name(section: Section) -> str:
    """The class of a section: ``Queries`` for ``QueriesApi``."""
    return section.name.removesuffix("Api")
