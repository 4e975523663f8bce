"""The package has all published names (`published_names.json`), with the same parameters."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import atomx

PUBLISHED: dict[str, Any] = json.loads((Path(__file__).parent / "published_names.json").read_text())
MODULES = [name for name in PUBLISHED if name not in {"signatures", "atomx.models.__all__"}]


@pytest.mark.parametrize("module", MODULES)
def test_every_published_name_is_where_it_was(module: str) -> None:
    found = importlib.import_module(module)
    assert [name for name in PUBLISHED[module] if not hasattr(found, name)] == []


def resolve(path: str) -> Any:
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for name in parts[end:]:
            found = inspect.getattr_static(found, name) if inspect.isclass(found) else getattr(found, name)
        return found
    raise AssertionError(path)


@pytest.mark.parametrize("path", sorted(PUBLISHED["signatures"]))
def test_every_published_parameter_is_as_it_was(path: str) -> None:
    wanted, found = PUBLISHED["signatures"][path], resolve(path)
    if wanted == "property":
        assert isinstance(found, property)
        return
    parameters = list(inspect.signature(found).parameters.values())
    if len(path.split(".")) > 3 or path.split(".")[1] == "Atomx":
        parameters = parameters[1:]  # self
    for old, new in zip(wanted, parameters, strict=False):
        assert (new.name, new.kind.name) == (old["name"], old["kind"])
        assert ("default" in old) == (new.default is not inspect.Parameter.empty)
        if "default" in old:
            assert repr(new.default) == old["default"]
    more = parameters[len(wanted) :]
    assert all(each.kind is inspect.Parameter.KEYWORD_ONLY for each in more)
    assert len(parameters) >= len(wanted)


def test_the_version_is_newer_and_one() -> None:
    from atomx.client.package_info import INFO

    assert atomx.__version__ == atomx.VERSION == INFO.version
    assert tuple(map(int, atomx.VERSION.split("."))) > (1, 7)


def test_all_errors_have_one_base() -> None:
    for name in PUBLISHED["atomx.exceptions"]:
        assert issubclass(getattr(atomx.exceptions, name), atomx.exceptions.AtomxError)


def test_the_tree_in_the_docstring_names_every_error() -> None:
    for name in atomx.exceptions.__all__:
        assert name in (atomx.exceptions.__doc__ or "")


def test_the_facade_speaks_no_http_itself() -> None:
    package = Path(atomx.__file__).parent
    words = re.compile(r"^\s*(?:import|from)\s+(requests|urllib3|http|httpx|socket|aiohttp)\b", re.MULTILINE)
    for module in package.glob("*.py"):
        assert words.findall(module.read_text(encoding="utf-8")) == [], module.name


def test_the_sandbox_says_what_it_needs() -> None:
    script = (
        "import sys; sys.modules['uvicorn'] = None\n"
        "try:\n    import atomx.sandbox\nexcept ImportError as problem:\n    print(problem)"
    )
    folder = Path(atomx.__file__).parent.parent
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True, cwd=folder
    )
    assert "atomx[sandbox]" in said.stdout
