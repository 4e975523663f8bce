"""Addresses: those of the document, and those of a path or an operation that has its own."""

from __future__ import annotations

import re

from .document import Node
from .ir import Server, Variable


def servers(node: Node) -> list[Server]:
    """The addresses that a document, a path or an operation names."""
    return [_server(each) for each in node.elements("servers")] if node.has("servers") else []


def _server(node: Node) -> Server:
    url = node.text("url").strip()
    variables: list[Variable] = []
    for name, item in node.entries("variables"):
        default = item.mapping.get("default", next(iter(item.strings("enum")), ""))
        variables.append(Variable(name, str(default), item.strings("enum"), item.text("description")))
    for name in sorted(set(re.findall(r"\{([^{}]+)\}", url)) - {variable.name for variable in variables}):
        node.error("server-variables", f"the address {url!r} needs {name!r}, which is not declared")
        variables.append(Variable(name, "", (), ""))
    return Server(url.rstrip("/"), node.text("description"), tuple(variables))


def address(server: Server) -> str:
    """The address of a server, with the defaults of its variables."""
    url = server.url
    for variable in server.variables:
        url = url.replace("{" + variable.name + "}", variable.default)
    return url
