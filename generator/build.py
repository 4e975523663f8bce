"""Document to intermediate model."""

from __future__ import annotations

import re

from .document import Document, Node
from .ir import Package, SecurityScheme, Server, Variable
from .operations import Operations
from .schemas import Schemas
from .wording import in_python


def build(document: Document, *, require_descriptions: bool = False) -> Package:
    """The client that ``document`` describes. Raises SpecError with all findings when there is any.

    With ``require_descriptions`` a section, operation, parameter, schema or field without a text is one.
    """
    root = document.root
    schemas = Schemas(document, require_descriptions)
    schemas.component_models()
    sections = Operations(root, schemas, require_descriptions).sections()
    package = Package(
        title=root.need("info").text("title"),
        version=root.need("info").text("x-server-version") or str(root.need("info").text("version")),
        servers=tuple(_server(node) for node in root.elements("servers")),
        security=_security(root),
        sections=sections,
        models=schemas.finished(),
    )
    _check_top_level(root, package)
    document.problems.stop_if_errors()
    return in_python(package)


def _check_top_level(root: Node, package: Package) -> None:
    """Controllers and models share one namespace, the package."""
    models = {model.name: model for model in package.models}
    for section in package.sections:
        if section.name in models:
            root.error(
                "name-collision",
                f"the section {section.tag!r} and the schema {models[section.name].schema!r} "
                f"are both {section.name}",
            )


def _server(node: Node) -> Server:
    url = node.text("url")
    variables = tuple(
        Variable(name, str(item.need("default").value), item.strings("enum"), item.text("description"))
        for name, item in node.entries("variables")
    )
    missing = set(re.findall(r"\{([^{}]+)\}", url)) - {variable.name for variable in variables}
    if missing:
        node.error("server-variables", f"the address {url!r} needs {sorted(missing)}, which are not declared")
    return Server(url.rstrip("/"), node.text("description"), variables)


def _security(root: Node) -> tuple[SecurityScheme, ...]:
    components = root.get("components")
    if components is None:
        return ()
    result: list[SecurityScheme] = []
    for name, reference in components.entries("securitySchemes"):
        node = reference.resolved()
        kind, scheme = node.text("type"), node.text("scheme").lower()
        doc = node.text("description")
        if kind == "apiKey" and node.text("in") in ("header", "query", "cookie"):
            result.append(SecurityScheme(name, "apiKey", node.text("in"), node.text("name"), doc))
        elif kind == "http" and scheme in ("basic", "bearer"):
            result.append(SecurityScheme(name, scheme, "header", "Authorization", doc))
        elif kind in ("oauth2", "openIdConnect"):
            node.note(
                "token-needed", f"{name!r}: tokens are sent as bearer tokens; getting one is up to the caller"
            )
            result.append(SecurityScheme(name, "bearer", "header", "Authorization", doc))
        else:
            node.error("unsupported", f"the security scheme {name!r} of type {kind!r} {scheme!r}")
    return tuple(result)
