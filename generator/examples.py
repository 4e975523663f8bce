"""One example call for each method, with plausible arguments, as a user would write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .clients import Client
from .ir import Method, Model, Package, Parameter, Section
from .pytypes import Type

DEPTH = 8
WIDTH = 92


def host_of(package: Package) -> str:
    """Return the address of the first server, with the defaults of its variables; empty without a server."""
    if not package.servers:
        return ""
    url = package.servers[0].url
    for variable in package.servers[0].variables:
        url = url.replace("{" + variable.name + "}", variable.default)
    return url


class Examples:
    """Maker of examples, from the registry's plausible values and from the schemas."""

    def __init__(self, package: Package, client: Client) -> None:
        self.client = client
        self.models = {model.name: model for model in package.models}
        self.aliases = {alias.name: alias.type for alias in package.aliases}
        self.alias = client.alias or client.import_name
        self.values = client.examples

    def first_call(
        self, package: Package, *, awaited: bool = False, credentials: Mapping[str, str] | None = None
    ) -> list[str]:
        """Return the lines of a program that calls the first operation; none if the client has no operation.

        `credentials` has the argument of `Configuration` for each security scheme by name, as code.
        """
        if not package.sections:
            return []
        section = min(package.sections, key=lambda each: each.name)
        name = self.client.import_name
        host = host_of(package) if host_of(package).startswith("http") else "https://your-server"
        call = [line[4:] for line in self.method(section, section.methods[0], awaited=awaited)]
        maker = f"{self.alias}.aio.AsyncApiClient" if awaited else f"{self.alias}.ApiClient"
        dates = ["import datetime", ""] if any("datetime." in line for line in call) else []
        imports = f"import {name}" + (f" as {self.alias}" if self.alias != name else "")
        schemes = next(iter(section.methods[0].security), ())
        given = dict.fromkeys(text for each in schemes if (text := (credentials or {}).get(each)))
        config = f"config = {self.alias}.Configuration({', '.join((f'host={host!r}', *given))})"
        use = [f"with {maker}(config) as client:", *(f"    {line}" for line in call)]
        if not awaited:
            return [*dates, imports, "", config, *use]
        main = ["async def main():", *(f"    {line}" for line in (f"async {use[0]}", *use[1:]))]
        return ["import asyncio", *(dates or [""]), imports, "", config, "", *main, "", "asyncio.run(main())"]

    def method(
        self, section: Section, method: Method, *, awaited: bool = False, raw: bool = False
    ) -> list[str]:
        """Return the lines of a call, as in an interactive session; `raw` calls don't decode the answer."""
        space = f"{self.alias}.aio" if awaited else self.alias
        wanted = self.client.example_fields.get(method.id, [])
        optional = [p for p in method.keyword if p.location in ("body", "file") or p.wire in wanted]
        arguments = [("", self.value(parameter, method)) for parameter in method.positional]
        arguments += [(f"{parameter.name}=", self.value(parameter, method)) for parameter in optional]
        if method.paging is True:
            arguments.append(("count=", "10"))
        if raw:
            arguments.append(("_preload_content=", "False"))
        call = Call(f"{'await ' if awaited else ''}api.{method.name}", arguments)
        first, *more = layout(call, WIDTH - len(">>> "))
        return [
            f">>> api = {space}.{section.name}(client)",
            f">>> {first}",
            *(f"... {line}" for line in more),
        ]

    def value(self, parameter: Parameter, method: Method) -> Value:
        """Return a value for a parameter."""
        known = self.known(method.id, parameter.wire or str(parameter.name), parameter.type)
        if known is not None:
            return repr(known)
        return self.of(parameter.type, parameter.wire or str(parameter.name), DEPTH)

    def known(self, owner: str, wire: str, kind: Type) -> Any:
        """Return the registry's value for a name: that of this operation or schema, else the general one.

        Return None if the registry has no value, or one that the enum does not allow.
        """
        found = self.values.get(f"{owner}.{wire}", self.values.get(wire))
        return None if kind.enum and found not in kind.enum else found

    def of(self, kind: Type, wire: str, depth: int) -> Value:
        """Return a value of a type."""
        if kind.enum:
            return repr(kind.enum[0])
        if kind.kind == "alias":
            return self.of(self.aliases[kind.name], wire, depth - 1) if depth > 0 else "{}"
        if kind.kind == "model":
            return self.model(self.models[kind.name], depth)
        if kind.kind == "union":
            return self.of(kind.items[0], wire, depth)
        if kind.kind == "list":
            return Call("", [("", self.of(kind.items[0], wire, depth - 1))]) if depth else "[]"
        if kind.kind == "tuple":
            places = [layout(self.of(each, wire, depth - 1), 10_000)[0] for each in kind.items]
            return f"({', '.join(places)}{',' if len(places) == 1 else ''})"
        plain = {
            **{"int": "1", "float": "1.0", "bool": "True", "bytes": "b'...'", "object": "{}", "dict": "{}"},
            **{"datetime": "datetime.datetime(2024, 1, 31, tzinfo=datetime.UTC)"},
            **{"date": "datetime.date(2024, 1, 31)", "time": "datetime.time(9, 30)"},
            **{"duration": "datetime.timedelta(minutes=5)", "decimal": "decimal.Decimal('9.99')"},
            **{"uuid": "uuid.UUID('123e4567-e89b-12d3-a456-426614174000')", "base64": "b'...'"},
            **{"file": "'report.csv'", "path": "'Private/report.csv'", "any": "{}"},
        }
        return plain.get(kind.kind, repr(wire))

    def model(self, model: Model, depth: int) -> Value:
        """Return a model with its required fields and those that the registry names for it.

        Without any of them, use the first field; no field if the registry's list for the schema is empty.
        """
        named = self.client.example_fields.get(model.schema)
        wanted = named or []
        fields = [field for field in model.fields if field.required or field.wire in wanted]
        if named == [] and not fields:
            return Call(f"{self.alias}.{model.name}", [])
        arguments: list[tuple[str, Value]] = []
        for field in fields or model.fields[:1]:
            if depth <= 0:
                break
            known = self.known(model.schema, field.wire, field.type)
            value = repr(known) if known is not None else self.of(field.type, field.wire, depth - 1)
            arguments.append((f"{field.name}=", value))
        return Call(f"{self.alias}.{model.name}", arguments)


@dataclass(frozen=True, slots=True)
class Call:
    """A call, or a list if it has no name: each argument with its prefix (``name=``)."""

    name: str
    arguments: list[tuple[str, Value]]


Value = str | Call


def layout(value: Value, width: int, before: str = "", after: str = "") -> list[str]:
    """Return ``value`` on one line if it fits, otherwise with one argument a line."""
    if isinstance(value, str):
        return [f"{before}{value}{after}"]
    opening, closing = ("(", ")") if value.name else ("[", "]")
    inner = [layout(item, 10_000, mark)[0] for mark, item in value.arguments]
    line = f"{before}{value.name}{opening}{', '.join(inner)}{closing}{after}"
    if len(line) <= width or not value.arguments:
        return [line]
    lines = [f"{before}{value.name}{opening}"]
    for mark, item in value.arguments:
        lines += [f"    {part}" for part in layout(item, width - 4, mark, ",")]
    return [*lines, f"{closing}{after}"]
