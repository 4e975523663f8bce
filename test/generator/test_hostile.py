"""Strings of a spec never become code, and no name leads out of the target folder."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest

from generator.vendored import ROOM

HOSTILE = [
    '"',
    "'",
    '"""',
    "'''",
    'text ends with a quote"',
    "text ends with a backslash\\",
    "two backslashes\\\\",
    '\\"""',
    "a\nb",
    "a\r\nimport os\r\n",
    "{{7*7}}",
    "{% raw %}",
    "{% for x in y %}",
    "{0.__class__}",
    "%(x)s",
    "__import__('pathlib').Path('canary').touch()",
    '"""\n__import__("pathlib").Path("canary").touch()\n"""',
    "'); __import__('pathlib').Path('canary').touch(); ('",
    "\\N{LATIN SMALL LETTER A}",
    "\\x",
    "\u202e reversed \u2066",
    "\x00\x07\x1b[31m",
    "\u2028line\u2029paragraph\x0cform\x85next",
    "\ud7ff\U0001f600 emoji",
    "#!/bin/sh",
    "# -*- coding: utf-7 -*-",
    "```\n# heading\n<script>alert(1)</script>",
    "| a | b |",
    "x" * 10_000,
]
NAMES = [
    *HOSTILE,
    "class",
    "match",
    "type",
    "_",
    "__init__",
    "__class__",
    "__dict__",
    "__slots__",
    "__struct_fields__",
    "__doc__",
    "self",
    "options",
    "operations",
    "None",
    "list",
    "str",
    "int",
    "models",
    "required",
    "datetime",
    "Literal",
    "Any",
    "builtins",
    "property",
    "print",
    "rename",
    "to_dict",
    "toDict",
    "openapi_types",
    "additional_properties",
    "local_vars_configuration",
    "../../outside",
    "/etc/passwd",
    "C:\\windows",
    "..",
    ".",
    "",
    "con",
    "a/b",
    "a" * 10_000,
    "日本語",
    "ﬁ",
    "ℌ",
]


# each of these names is the only section, operation and file of a document
ALONE = ["../../outside", "__init__", "class", "", "\u202e reversed \u2066", "a" * 10_000, "self"]


def refused(name: str) -> bool:
    """Return whether no JSON property of a model can have this name."""
    return any(char in '"\\' or ord(char) < 32 for char in name)


def document(cases: list[tuple[str, str]], *, exact: bool = False) -> Any:
    """Return a spec with hostile texts wherever a text may be, and hostile names wherever a name may be.

    Each case is a text and a name. Unless ``exact``, names of sections, operations and schemas are numbered,
    so that many cases fit into one document.
    """
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Plain": {"type": "object", "properties": {"x": {"type": "string"}}}}
    schemes: dict[str, Any] = {}
    tags: list[Any] = []
    servers: list[Any] = []
    for number, (text, name) in enumerate(cases):
        unique = name if exact else f"{name} {number}"
        property_name = "plain" if refused(name) else name
        field = {"type": "string", "description": text, "enum": [text, "plain"], "default": text}
        schema = {
            "type": "object",
            "description": text,
            "x-server-name": text,
            "required": [property_name],
            "properties": {
                property_name: field,
                "later one": {"type": "array", "items": {"$ref": "#/components/schemas/Plain"}},
                "a date": {"type": "string", "format": "date-time", "description": text},
            },
        }
        inner = {**schema, "x-server-name": f"inner {text}"}
        header = {"name": f"{name}h", "in": "header", "description": text, "schema": {"type": "string"}}
        body = {
            "description": text,
            "x-name": f"{name}b",
            "content": {text or "x": {"schema": {"type": "string"}}},
        }
        operation = {
            "operationId": unique,
            "tags": [unique],
            "summary": text,
            "description": text,
            "x-returns": text,
            "x-role": text,
            "x-stability": text,
            "x-licence": {"flags": text},
            "x-job": {"family": text, "step": "create", "result": text},
            "parameters": [{"name": name, "in": "query", "description": text, "schema": field}, header],
            "requestBody": body,
            "responses": {
                "200": {"description": text, "content": {"application/json": {"schema": inner}}},
                "400": {"description": text},
            },
            "security": [{unique: []}],
        }
        plain = text.replace("{", "").replace("}", "")
        paths[f"/{number}/{plain}"] = {"post": operation}
        schemas[f"Thing {unique}"] = schema
        schemes[unique] = {"type": "apiKey", "in": "header", "name": text, "description": text}
        tags.append({"name": unique, "description": text})
        servers.append({"url": f"http://localhost/{plain}", "description": text})
    return {
        "openapi": "3.1.0",
        "info": {"title": cases[0][0], "version": cases[0][0]},
        "servers": servers,
        "tags": tags,
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": schemes},
    }


def check(
    workshop: Any, monkeypatch: pytest.MonkeyPatch, cases: list[tuple[str, str]], *, exact: bool = False
) -> None:
    folder: Path = workshop.folder
    inner = folder / "inner" / "deeper"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)

    package = workshop.made(document(cases, exact=exact))
    for module in ("api", "models", "aio"):
        names = getattr(package, module).__all__
        assert len(names) >= len(cases)
        for item in names:
            made = getattr(getattr(package, module), item)
            assert inspect.getdoc(made)
            for member in vars(made).values():
                if inspect.isfunction(member):
                    inspect.signature(member)
    things = [name for name in package.models.__all__ if name.startswith("Thing")]
    assert len(things) == len(cases)
    found = {next(iter(getattr(package, name).attribute_map.values())) for name in things}
    assert found == {"plain" if refused(name) else name for _, name in cases}
    for name in things:
        assert set(getattr(package, name).openapi_types.values()) == {"str", "list[Plain]", "datetime"}

    root = folder / package.__name__
    files = {path for path in folder.rglob("*") if path.is_file()}
    outside = [p for p in files if not p.is_relative_to(root) and not p.is_relative_to(folder / "docs")]
    assert [p.name for p in outside] == ["spec.yaml"]
    assert not list(folder.rglob("canary*"))
    for path in files:
        if path.suffix == ".py" and ROOM not in path.parts:
            source = path.read_text(encoding="utf-8")
            ast.parse(source)
            assert all(char.isprintable() or char == "\n" for char in source)


@pytest.mark.slow
def test_hostile_texts_stay_texts(workshop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    check(workshop, monkeypatch, [(text, "plain") for text in HOSTILE])


@pytest.mark.slow
def test_hostile_names_become_identifiers(workshop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    check(workshop, monkeypatch, [("A plain text.", name) for name in NAMES])


@pytest.mark.parametrize("name", ALONE, ids=lambda name: ascii(name[:30]))
def test_a_hostile_name_alone_becomes_an_identifier(
    workshop: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    check(workshop, monkeypatch, [(HOSTILE[16], name)], exact=True)


def test_a_property_name_that_no_model_can_have_is_a_finding(workshop: Any) -> None:
    for name in filter(refused, HOSTILE):
        schema = {"type": "object", "properties": {name: {"type": "string"}}}
        value = {
            "openapi": "3.1.0",
            "info": {"title": "x", "version": "1"},
            "paths": {},
            "components": {"schemas": {"A": schema}},
        }
        assert [item.code for item in workshop.findings(value)] == ["unsupported"]
