"""The server addresses of a document, and of a path or operation that has its own."""

from __future__ import annotations

import re

from .document import Node
from .ir import Server, Variable
from .jsonvalues import is_object


def servers(node: Node) -> list[Server]:
    """Return the addresses that a document, a path or an operation names."""
    found: list[Server] = []
    for each in node.elements("servers"):
        if is_object(each.value):
            found.append(_server(each))
        else:
            each.mistake("wrong-kind", "a server must be an object; this one is left out")
    return found


def _server(node: Node) -> Server:
    url = node.text("url").strip()
    variables: list[Variable] = []
    for name, item in node.entries("variables"):
        if not is_object(item.value):
            item.mistake("wrong-kind", "a server's variable must be an object; this one has no value")
            item = Node(item.document, {}, item.pointer)
        default = item.mapping.get("default", next(iter(item.strings("enum")), ""))
        variables.append(Variable(name, str(default), item.strings("enum"), item.text("description")))
    for name in sorted(set(re.findall(r"\{([^{}]+)\}", url)) - {variable.name for variable in variables}):
        node.error("server-variables", f"the address {url!r} needs {name!r}, which is not declared")
        variables.append(Variable(name, f"{{{name}}}", (), ""))  # errors of calls then show it
    return Server(url.rstrip("/"), node.text("description"), tuple(variables))


def address(server: Server) -> str:
    """Return the address of a server, with the defaults of its variables."""
    url = server.url
    for variable in server.variables:
        url = url.replace("{" + variable.name + "}", variable.default)
    return url
