"""Security: the schemes of the document, and which of them an operation needs."""

from __future__ import annotations

from .diagnostics import SpecError
from .document import Node
from .ir import OAuthFlow, SecurityScheme
from .jsonvalues import is_object


class Security:
    """The security schemes that the runtime supports, and those that each operation needs."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self._unserved: set[str] = set()
        self._found: dict[str, SecurityScheme] = {}
        components = root.get("components")
        for name, reference in components.entries("securitySchemes") if components else ():
            try:
                self._add(name, reference.resolved())
            except SpecError as error:
                if root.document.problems.strict:
                    raise
                root.document.problems.skip(
                    root.document.place(reference.pointer),
                    f"the security scheme {name!r}",
                    error.diagnostics[0],
                )
                self._unserved.add(name)

    @property
    def schemes(self) -> tuple[SecurityScheme, ...]:
        """Every scheme that the runtime supports."""
        return tuple(self._found.values())

    def _add(self, name: str, node: Node) -> None:
        kind, scheme = node.text("type"), node.text("scheme").lower()
        doc = node.text("description")
        if kind == "apiKey" and node.text("in") in ("header", "query", "cookie"):
            self._found[name] = SecurityScheme(name, "apiKey", node.text("in"), node.text("name"), doc)
        elif kind == "http" and scheme in ("basic", "bearer"):
            self._found[name] = SecurityScheme(name, scheme, "header", "Authorization", doc)
        elif kind in ("oauth2", "openIdConnect"):
            flows = tuple(
                OAuthFlow(flow, each.text("tokenUrl"), each.text("refreshUrl"))
                for flow, each in node.entries("flows")
                if each.text("tokenUrl") or each.text("refreshUrl")
            )
            if not flows:
                node.note(
                    "token-needed",
                    f"{name!r}: tokens are sent as bearer tokens; the caller has to get one",
                )
            self._found[name] = SecurityScheme(name, "bearer", "header", "Authorization", doc, flows)
        else:
            node.error(
                "unsupported",
                f"the security scheme {name!r} of type {kind!r} {scheme!r} is not supported; "
                "the caller has to send its credentials",
            )
            self._unserved.add(name)

    def of(self, node: Node) -> tuple[tuple[str, ...], ...]:
        """Return the alternatives of an operation, each one scheme or several together."""
        source = node if node.has("security") else self.root
        result: list[tuple[str, ...]] = []
        for alternative in source.elements("security"):
            if not is_object(alternative.value):
                alternative.error("wrong-kind", "a security requirement is an object; this one is left out")
                continue
            names: list[str] = []
            for reference in alternative.mapping:
                name = reference.removeprefix("#/components/securitySchemes/")  # OpenAPI 3.2
                if name in self._found:
                    names.append(name)
                elif name not in self._unserved:
                    alternative.error("unknown-security", f"the security scheme {name!r} is not declared")
            if names and tuple(names) not in result:
                result.append(tuple(names))
        return tuple(result)
