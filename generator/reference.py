"""The reference pages: one for each section and model, and an index with a line for each operation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from . import docstrings
from .clients import Client
from .examples import Examples
from .ir import Method, Package, Section
from .naming import ClassName, Identifier
from .pytypes import Type, models_in

Page = tuple[str, str, dict[str, Any]]


def pages(package: Package, client: Client, examples: Examples) -> Iterator[Page]:
    """Yield each page as (template, path of the page below the reference folder, values)."""
    modules = {model.name: model.module for model in package.models}
    used = _users(package)
    yield "index.md", "index.md", _index(package)
    for section in package.sections:
        yield "api/{module}.md", f"api/{section.module}.md", _section(section, client, examples, modules)
    for model in package.models:
        users = used.get(model.name, [])
        yield (
            "models/{module}.md",
            f"models/{model.module}.md",
            {
                "name": model.name,
                "doc": prose(
                    " ".join([model.doc or f"The schema `{model.schema}`.", *model.history.sentences()])
                ),
                "fields": [
                    {
                        "name": field.name,
                        "type": linked(field.type, modules, "") + ("" if field.required else ", optional"),
                        "text": cell(docstrings.field_text(field)),
                    }
                    for field in model.fields
                ],
                "used": [f"Used by {', '.join(users)}."] if users else [],
            },
        )


def _index(package: Package) -> dict[str, Any]:
    operations = sum(len(section.methods) for section in package.sections)
    return {
        "counts": f"{len(package.sections)} sections, {operations} operations, {len(package.models)} models.",
        "sections": [
            {
                "name": section.name,
                "module": section.module,
                "doc": prose(section.doc or f"The section {section.tag}."),
                "methods": [
                    {
                        "name": m.name,
                        "anchor": anchor(m.name),
                        "summary": cell(docstrings.sentence(m.summary or m.id)),
                    }
                    for m in section.methods
                ],
            }
            for section in package.sections
        ],
        "models": [
            {"name": m.name, "module": m.module, "summary": cell(_first_sentence(m.doc or m.schema))}
            for m in sorted(package.models, key=lambda model: model.name)
        ],
    }


def _section(
    section: Section, client: Client, examples: Examples, modules: dict[ClassName, Identifier]
) -> dict[str, Any]:
    alias = client.alias or client.import_name
    methods: list[dict[str, Any]] = []
    for method in section.methods:
        texts = [*docstrings.paragraphs(method.doc), " ".join(docstrings.notes(method))]
        methods.append(
            {
                "name": method.name,
                "summary": prose(docstrings.sentence(method.summary or method.id)),
                "verb": method.verb,
                "path": method.path.replace("`", "'"),
                "paragraphs": [prose(text) for text in texts if text],
                "arguments": [
                    {
                        "name": parameter.name,
                        "type": linked(parameter.type, modules, "../models/")
                        + ("" if parameter.required else ", optional"),
                        "text": cell(docstrings.parameter_text(parameter)),
                    }
                    for parameter in method.parameters
                ],
                "returns": f"{_returned(method, modules)}: {prose(docstrings.returns(method))}",
                "errors": "; ".join(
                    f"`{docstrings.error_class(error.status)}` ({_status(error.status)}): "
                    f"{prose(docstrings.sentence(error.doc)).rstrip('.')}"
                    for error in method.errors
                ),
                "example": "\n".join(line[len(">>> ") :] for line in examples.method(section, method)),
            }
        )
    return {
        "name": section.name,
        "doc": prose(" ".join([section.doc or f"The section {section.tag}.", *section.history.sentences()])),
        "use": f"`{alias}.{section.name}(client)`; with `await`: `{alias}.aio.{section.name}(client)`. "
        "Each method has a twin `<name>_with_http_info` that returns `(data, status, headers)`.",
        "methods": methods,
    }


def _returned(method: Method, modules: dict[ClassName, Identifier]) -> str:
    names = [linked(kind, modules, "../models/") for kind in method.returned]
    return " or ".join([*names, *(["`None`"] if method.may_return_none else [])])


def _users(package: Package) -> dict[ClassName, list[str]]:
    """Return the operations and models that mention each model, as links."""
    found: dict[ClassName, dict[str, None]] = {}
    for section in package.sections:
        for method in section.methods:
            kinds = [*(p.type for p in method.parameters), *method.returned]
            for name in sorted({name for kind in kinds for name in models_in(kind)}):
                link = f"[{method.name}](../api/{section.module}.md#{anchor(method.name)})"
                found.setdefault(name, {})[link] = None
    for model in package.models:
        for name in sorted({name for field in model.fields for name in models_in(field.type)}):
            if name != model.name:
                found.setdefault(name, {})[f"[{model.name}]({model.module}.md)"] = None
    return {name: list(links) for name, links in found.items()}


def linked(kind: Type, modules: dict[ClassName, Identifier], folder: str) -> str:
    """Return a type for a page: names of models are links."""
    if kind.kind == "model" and not kind.enum:
        return f"[{kind.name}]({folder}{modules[kind.name]}.md)"
    if kind.kind in ("list", "dict") and any(True for _ in models_in(kind)):
        return f"{kind.kind} of {linked(kind.items[0], modules, folder)}"
    if kind.kind == "union":
        return " or ".join(linked(item, modules, folder) for item in kind.items)
    return f"`{docstrings.type_text(kind)}`"


def anchor(name: str) -> str:
    """Return the anchor that Markdown tools give to a heading."""
    return name.lower().replace(" ", "-")


def prose(text: str) -> str:
    """Return a spec's text as Markdown that shows it unchanged: code marks stay, others are escaped."""
    joined = "\n\n".join(docstrings.paragraphs(text))
    pieces = joined.split("`")
    if len(pieces) % 2 == 0:  # an odd number of marks: none of them opens code
        pieces = [joined.replace("`", "'")]
    for index in range(0, len(pieces), 2):
        pieces[index] = re.sub(r"([\\*_<>\[\]#|$])", r"\\\1", pieces[index])
    return "`".join(pieces)


def cell(text: str) -> str:
    """Return a spec's text for a cell of a table."""
    return (
        prose(" ".join(docstrings.paragraphs(text)))
        .replace("\n", " ")
        .replace("|", "\\|")
        .replace("\\\\|", "\\|")
    )


def _first_sentence(text: str) -> str:
    whole = " ".join(docstrings.paragraphs(text))
    match = re.match(r".*?[.!?](?=\s|$)", whole)
    return match[0] if match else docstrings.sentence(whole)


def _status(status: int) -> str:
    return docstrings.status_text(status).removeprefix("status ")
