"""Strings of a spec never become code, and no name leads out of the target folder."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest

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


def document(text: str, name: str) -> Any:
    """A spec with ``text`` wherever a text may be and ``name`` wherever a name may be."""
    field = {"type": "string", "description": text, "enum": [text, "plain"], "default": text}
    schema = {
        "type": "object",
        "description": text,
        "x-server-name": text,
        "required": [name],
        "properties": {
            name: field,
            "later one": {"type": "array", "items": {"$ref": "#/components/schemas/Plain"}},
            "a date": {"type": "string", "format": "date-time", "description": text},
        },
    }
    parameter = {"name": name, "in": "query", "description": text, "schema": field}
    header = {"name": f"{name}h", "in": "header", "description": text, "schema": {"type": "string"}}
    operation = {
        "operationId": name,
        "tags": [name],
        "summary": text,
        "description": text,
        "x-returns": text,
        "x-role": text,
        "x-stability": text,
        "x-licence": {"flags": text},
        "x-job": {"family": text, "step": "create", "result": text},
        "parameters": [parameter, header],
        "requestBody": {
            "description": text,
            "x-name": f"{name}b",
            "content": {text or "x": {"schema": {"type": "string"}}},
        },
        "responses": {
            "200": {"description": text, "content": {"application/json": {"schema": schema}}},
            "400": {"description": text},
        },
        "security": [{name: []}],
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": text, "version": text},
        "servers": [
            {"url": f"http://localhost/{text}".replace("{", "").replace("}", ""), "description": text}
        ],
        "tags": [{"name": name, "description": text}],
        "paths": {f"/{text}".replace("{", "").replace("}", ""): {"post": operation}},
        "components": {
            "schemas": {
                f"Thing {name}": schema,
                "Plain": {"type": "object", "properties": {"x": {"type": "string"}}},
            },
            "securitySchemes": {name: {"type": "apiKey", "in": "header", "name": text, "description": text}},
        },
    }


def check(workshop: Any, monkeypatch: pytest.MonkeyPatch, text: str, name: str) -> None:
    folder: Path = workshop.folder
    inner = folder / "inner" / "deeper"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    before = {path for path in folder.rglob("*") if path.is_file()}

    package = workshop.made(document(text, name))
    for module in ("api", "models", "aio"):
        names = getattr(package, module).__all__
        assert names
        for item in names:
            made = getattr(getattr(package, module), item)
            assert inspect.getdoc(made)
            for member in vars(made).values():
                if inspect.isfunction(member):
                    inspect.signature(member)
    made = package.models.__all__
    thing = getattr(package, next(item for item in made if item.startswith("Thing")))
    assert list(thing.attribute_map.values()) == [name, "later one", "a date"]
    thing.openapi_types  # noqa: B018 - resolves every annotation

    files = {path for path in folder.rglob("*") if path.is_file()} - before
    root = folder / package.__name__
    outside = [p for p in files if not p.is_relative_to(root) and not p.is_relative_to(folder / "docs")]
    assert [p.name for p in outside] == ["spec.yaml"]
    assert not list(folder.rglob("canary*"))
    for path in files:
        if path.suffix == ".py" and "runtime" not in path.parts:
            source = path.read_text(encoding="utf-8")
            ast.parse(source)
            assert all(char.isprintable() or char == "\n" for char in source)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:30]))
def test_a_hostile_text_stays_a_text(workshop: Any, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    check(workshop, monkeypatch, text, "plain")


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name[:30]))
def test_a_hostile_name_becomes_an_identifier(
    workshop: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if any(char in '"\\' or ord(char) < 32 for char in name):  # no JSON property of a model can have it
        assert {item.code for item in workshop.findings(document("A plain text.", name))} == {"unsupported"}
        value = document("A plain text.", "plain")
        (item,) = value["paths"].values()
        item["post"].update(operationId=name, tags=[name])
        value["tags"] = [{"name": name}]
        assert workshop.made(value).api.__all__
    else:
        check(workshop, monkeypatch, "A plain text.", name)
