"""The stubs of the generated packages name what can be had at run time: no more and no less."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from apteco_api.session import sections

ROOT = Path(__file__).resolve().parents[2]
LAZY = ("apteco_api", "apteco_api.api", "apteco_api.aio", "apteco_api.models")


def stub(package: str) -> ast.Module:
    return ast.parse((ROOT / package.replace(".", "/") / "__init__.pyi").read_text("utf-8"))


def declared(package: str) -> list[str]:
    """Return what the stub of a package offers; `from .x import *` is what the stub of `x` offers."""
    found: list[str] = []
    for node in stub(package).body:
        if isinstance(node, ast.ImportFrom):
            for name in node.names:
                found += declared(f"{package}.{node.module}") if name.name == "*" else [name.asname or ""]
        elif isinstance(node, ast.AnnAssign):
            found.append(ast.unparse(node.target))
    return [name for name in found if name == "__version__" or not name.startswith("_")]


@pytest.mark.parametrize("package", LAZY)
def test_a_stub_declares_the_names_that_the_package_has(package: str) -> None:
    module = importlib.import_module(package)
    assert sorted(declared(package)) == sorted(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None
        assert name in dir(module)


@pytest.mark.parametrize("room", ["api", "aio"])
def test_the_stub_of_the_sections_says_what_run_time_makes(room: str) -> None:
    tree = ast.parse((ROOT / "apteco_api" / room / "_sections.pyi").read_text("utf-8"))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    attributes = {
        node.name: node.returns.id
        for node in classes.pop("Sections").body
        if isinstance(node, ast.FunctionDef) and isinstance(node.returns, ast.Name) and node.decorator_list
    }
    made = {"api": sections.Sections, "aio": sections.AsyncSections}[room]
    assert set(attributes) == {name for name in vars(made) if not name.startswith("_")}
    assert set(attributes.values()) == set(classes)
    for attribute, class_name in attributes.items():
        found = sections.section_class(room, attribute)
        assert found.__name__ == class_name
        stated = {
            ast.unparse(node.targets[0]): tuple(ast.literal_eval(each) for each in node.value.args[1:])
            for node in classes[class_name].body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        }
        methods = {name: value for name, value in vars(found).items() if isinstance(value, sections.Filled)}
        assert stated == {name: value._arguments for name, value in methods.items()}
