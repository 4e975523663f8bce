"""One example call a method: plausible arguments, as a user would write them."""

from __future__ import annotations

from typing import Any

from .clients import Client
from .ir import Method, Model, Package, Parameter, Section
from .pytypes import Type

DEPTH = 8
WIDTH = 92


class Examples:
    """Makes examples from the registry's plausible values and from the schemas."""

    def __init__(self, package: Package, client: Client) -> None:
        self.client = client
        self.models = {model.name: model for model in package.models}
        self.alias = client.alias or client.import_name
        self.values = client.examples

    def method(self, section: Section, method: Method, *, awaited: bool = False) -> list[str]:
        """The lines of a call, as in an interactive session."""
        space = f"{self.alias}.aio" if awaited else self.alias
        arguments = [
            *(self.value(parameter, method) for parameter in method.positional),
            *(
                f"{parameter.name}={self.value(parameter, method)}"
                for parameter in method.keyword
                if parameter.location in ("body", "file")
            ),
        ]
        if method.paging:
            arguments.append("count=10")
        word = "await " if awaited else ""
        call = f">>> {word}api.{method.name}({', '.join(arguments)})"
        first = f">>> api = {space}.{section.name}(client)"
        if len(call) <= WIDTH:
            return [first, call]
        lines = [f"...     {argument}," for argument in arguments]
        return [first, f">>> {word}api.{method.name}(", *lines, "... )"]

    def value(self, parameter: Parameter, method: Method) -> str:
        """A value for a parameter."""
        known = self.known(method.id, parameter.wire or str(parameter.name))
        if known is not None:
            return repr(known)
        return self.of(parameter.type, parameter.wire or str(parameter.name), DEPTH)

    def known(self, owner: str, wire: str) -> Any:
        """What the registry says for a name: for this operation or schema, or in general."""
        return self.values.get(f"{owner}.{wire}", self.values.get(wire))

    def of(self, kind: Type, wire: str, depth: int) -> str:
        """A value of a type."""
        if kind.enum:
            return repr(kind.enum[0])
        if kind.kind == "model":
            return self.model(self.models[kind.name], depth)
        if kind.kind == "list":
            return f"[{self.of(kind.items[0], wire, depth - 1)}]" if depth else "[]"
        plain = {
            **{"int": "1", "float": "1.0", "bool": "True", "bytes": "b'...'", "object": "{}", "dict": "{}"},
            **{"datetime": "datetime.datetime(2024, 1, 31)", "date": "datetime.date(2024, 1, 31)"},
            **{"file": "'report.csv'", "path": "'Private/report.csv'", "any": "{}"},
        }
        return plain.get(kind.kind, repr(wire))

    def model(self, model: Model, depth: int) -> str:
        """A model with its required fields, or with its first field when none is required."""
        if depth <= 0:
            return f"{self.alias}.{model.name}()"
        fields = [field for field in model.fields if field.required] or list(model.fields[:1])
        parts: list[str] = []
        for field in fields:
            known = self.known(model.schema, field.wire)
            value = repr(known) if known is not None else self.of(field.type, field.wire, depth - 1)
            parts.append(f"{field.name}={value}")
        return f"{self.alias}.{model.name}({', '.join(parts)})"
