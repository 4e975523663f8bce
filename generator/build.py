"""Build the intermediate model of a document: sections, models, security schemes and servers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from . import paging
from .diagnostics import Diagnostic
from .document import Document, Node
from .ir import Alias, Method, Model, Package, Section
from .jsonvalues import is_object
from .naming import ClassName
from .operations import Operations
from .pytypes import Type, models_in
from .schemas import Schemas
from .security import Security
from .servers import servers
from .webhooks import messages
from .wording import in_python


def build(document: Document, *, require_descriptions: bool = False, formats: bool = False) -> Package:
    """Return the client that ``document`` describes.

    Args:
        require_descriptions: a section, operation, parameter, schema or field without a text is an error.
        formats: uuid, byte, time, duration and decimal become Python's types; otherwise they are texts.

    Raises:
        SpecError: the document has errors; all of them are in it.
    """
    root = document.root
    schemas = Schemas(document, require_descriptions, formats)
    schemas.component_models()
    security = Security(root)
    sections = Operations(root, schemas, security, require_descriptions).sections()
    received = messages(root, schemas)
    info = root.get("info") or Node(document, {}, "/info")
    package = Package(
        title=_text(info, "title") or "API",
        version=_text(info, "x-server-version") or _text(info, "version"),
        servers=tuple(servers(root)),
        security=security.schemes,
        sections=sections,
        models=schemas.finished(),
        aliases=tuple(schemas.aliases.values()),
        received=received,
    )
    package = _without_broken(package, schemas, root)
    package = paging.resolved(_apart(root, package), document)
    document.problems.stop_if_errors()
    return in_python(package)


def _text(node: Node, key: str) -> str:
    """Return a value as text: YAML reads `version: 1.0` as a number."""
    value = node.value.get(key) if is_object(node.value) else None
    return "" if value is None else str(value)


def _without_broken(package: Package, schemas: Schemas, root: Node) -> Package:
    """Return ``package`` without the models that can't be made, and without everything that needs them."""
    broken = dict(schemas.models.broken)
    if not broken:
        return package
    spread(broken, package.models, package.aliases)

    def cause(kind: Type | None) -> Diagnostic | None:
        return next((broken[name] for name in models_in(kind) if name in broken), None) if kind else None

    def whole(method: Method) -> Method | None:
        kinds = [*(p.type for p in method.parameters), *(a.type for a in method.answers)]
        found = next(filter(None, map(cause, kinds)), None)
        if found is not None:
            place = root.document.place(method.pointer)
            root.document.problems.skip(place, f"{method.verb} {method.path}", found)
            return None
        errors = tuple(replace(each, type=None) if cause(each.type) else each for each in method.errors)
        return replace(method, errors=errors)

    sections: list[Section] = []
    for section in package.sections:
        methods = tuple(filter(None, map(whole, section.methods)))
        if methods:
            sections.append(replace(section, methods=methods))
    for model in package.models:
        if model.name in broken:
            place = broken[model.name].place
            root.document.problems.skip(place, f"the schema {model.schema!r}", broken[model.name])
    return replace(
        package,
        sections=tuple(sections),
        models=tuple(each for each in package.models if each.name not in broken),
        aliases=tuple(each for each in package.aliases if each.name not in broken),
        received=tuple(each for each in package.received if not cause(each.type)),
    )


def spread(broken: dict[ClassName, Diagnostic], models: Iterable[Model], aliases: Iterable[Alias]) -> None:
    """Add every model and alias to ``broken`` that needs one already in it."""
    needed_by: dict[ClassName, list[ClassName]] = {}
    for model in models:
        for kind in (*(field.type for field in model.fields), *([model.extras] if model.extras else [])):
            for name in models_in(kind):
                needed_by.setdefault(name, []).append(model.name)
    for alias in aliases:
        for name in models_in(alias.type):
            needed_by.setdefault(name, []).append(alias.name)
    pending = list(broken)
    while pending:
        name = pending.pop()
        for other in needed_by.get(name, ()):
            if other not in broken:
                broken[other] = broken[name]
                pending.append(other)


def _apart(root: Node, package: Package) -> Package:
    """Return ``package`` with other names for sections named as a model: the package exports both."""
    names = {str(each.name) for each in package.models} | {str(each.name) for each in package.aliases}
    sections: list[Section] = []
    for section in package.sections:
        name, number = section.name, 1
        while name in names:
            number += 1
            name = ClassName(f"{section.name}{number}")
        if number > 1:
            root.error(
                "name-collision",
                f"the section {section.tag!r} and a schema are both {section.name}; the section is {name}",
            )
        sections.append(replace(section, name=name))
    return replace(package, sections=tuple(sections))
