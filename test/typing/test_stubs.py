"""The stubs of the generated packages name what can be had at run time: no more and no less."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAZY = ("apteco_api", "apteco_api.api", "apteco_api.aio", "apteco_api.models")
SECTIONS = ("apteco_api.sections", "apteco_api.sections.aio")


def stub(package: str) -> ast.Module:
    return ast.parse((ROOT / package.replace(".", "/") / "__init__.pyi").read_text("utf-8"))


def listed(tree: ast.Module) -> list[str]:
    names: list[str] = ast.literal_eval(tree.body[-1].value)  # type: ignore[attr-defined]
    return names


@pytest.mark.parametrize("package", LAZY)
def test_a_stub_declares_the_names_that_the_package_has(package: str) -> None:
    module, tree = importlib.import_module(package), stub(package)
    imported = {
        name.asname: node.module or ""
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    assert sorted(listed(tree)) == sorted(module.__all__)
    assert set(imported) | {"__version__"} >= set(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None
        assert name in dir(module)


@pytest.mark.parametrize("package", SECTIONS)
def test_the_stub_of_the_sections_has_each_as_an_attribute(package: str) -> None:
    module, tree = importlib.import_module(package), stub(package)
    made = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    properties = {
        node.name: node.returns.id
        for node in made.body
        if isinstance(node, ast.FunctionDef) and isinstance(node.returns, ast.Name) and node.decorator_list
    }
    assert set(properties) == {name for name in dir(module.Sections()) if not name.startswith("_")}
    for name, class_name in properties.items():
        assert module.section_class(name).__name__ == class_name


@pytest.mark.parametrize("package", LAZY)
def test_a_star_import_gives_what_is_listed(package: str) -> None:
    code = f"from {package} import *; import json; print(json.dumps(sorted(set(dir()) - {{'json'}})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    names = {name for name in json.loads(done.stdout) if name == "__version__" or not name.startswith("__")}
    assert names == set(importlib.import_module(package).__all__)


def test_the_wheel_has_the_stubs(tmp_path: Path) -> None:
    import zipfile

    code = f"from setuptools import build_meta; print(build_meta.build_wheel({str(tmp_path)!r}))"
    copied = tmp_path / "tree"
    copied.mkdir()
    for name in ("setup.py", "pyproject.toml", "README.md", "apteco_api"):
        (copied / name).symlink_to(ROOT / name)
    built = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=copied, check=True
    )
    with zipfile.ZipFile(tmp_path / built.stdout.splitlines()[-1]) as wheel:
        names = set(wheel.namelist())
    for package in LAZY + SECTIONS:
        assert f"{package.replace('.', '/')}/__init__.pyi" in names
    assert "apteco_api/py.typed" in names
