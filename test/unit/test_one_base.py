"""One base class for everything that the package raises; each exception to it is listed with its reason."""

from __future__ import annotations

import ast
import builtins
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import apteco_api as aa

PACKAGE = Path(aa.__file__ or "").parent
SERVER = "apteco_api.sandbox"
"""A server: what is raised there becomes an HTTP answer."""
SIGNALS = {
    "_HoldsSettings": "ends the encoding of a model that the encoder can't write; `encode` catches it",
    "_CodesWanted": "tells the awaited session what to read first; `async_tables` catches it",
    "_QueryWanted": "likewise",
    "NothingMeets": "a condition that no row can meet; the compiler of rules catches it",
}
"""Classes that never reach a caller."""
FOREIGN = {
    "AttributeError": "`hasattr` and `getattr` ask by it",
    "IndexError": "loops over sequences end by it",
    "StopIteration": "loops end by it",
    "StopAsyncIteration": "loops end by it",
    "NotImplementedError": "an abstract method; no object that a caller gets has one",
    "SystemExit": "a command's exit status",
}
"""Python's own errors that may be raised anywhere: its protocols need them."""
CAUGHT = {
    "_runtime/codec/decode.py": {"LookupError"},
    "_runtime/codec/depth.py": {"ValueError"},
    "_runtime/codec/lenient.py": {"ValueError"},
    "_runtime/command_line.py": {"ValueError"},  # the command line prints it
    "_runtime/connect.py": {"OSError", "TimeoutError"},
    "_runtime/downloads.py": {"FileExistsError"},
    "_runtime/files.py": {"OSError"},
    "_runtime/jobs.py": {"ValueError"},
    "_runtime/proxies.py": {"ValueError"},
    "_runtime/settings.py": {"ValueError"},
    "_runtime/workers.py": {"TimeoutError", "ValueError"},  # as `multiprocessing`'s results raise them
    "session/tokens.py": {"ValueError"},
}
"""Python's own errors that the module itself, or the one that calls it, turns into one of ours."""


def modules() -> Iterator[str]:
    for found in pkgutil.walk_packages([str(PACKAGE)], "apteco_api."):
        if not found.name.startswith((SERVER, "apteco_api.__main__", "apteco_api.cli.__main__")):
            yield found.name


@pytest.mark.slow  # imports every module
def test_every_exception_class_has_the_one_base() -> None:
    foreign: dict[str, str] = {}
    seen = 0
    for name in modules():
        if name.startswith(("apteco_api.models.", "apteco_api.api.", "apteco_api.aio.")):
            continue  # generated: the next test reads them
        try:
            module = importlib.import_module(name)
        except aa.MissingExtra:
            continue
        except ModuleNotFoundError as error:
            if error.name != "PyInstaller":  # its hook imports it
                raise
            continue
        for key, value in vars(module).items():
            if isinstance(value, type) and value.__module__ == name and issubclass(value, BaseException):
                seen += 1
                if not issubclass(value, aa.OpenApiException | Warning):
                    foreign[key] = name
    assert sorted(foreign) == sorted(SIGNALS)
    assert seen > 40


def raised(path: Path) -> Iterator[str]:
    """Yield the names of Python's own errors that a module raises."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Raise) and node.exc is not None:
            made = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            kind = getattr(builtins, made.id, None) if isinstance(made, ast.Name) else None
            if isinstance(kind, type) and issubclass(kind, BaseException):
                yield kind.__name__


def test_python_s_own_errors_are_raised_only_where_they_do_not_leave() -> None:
    found: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        place = path.relative_to(PACKAGE).as_posix()
        if not place.startswith(("sandbox/", "cli/")):  # the commands print what they raise
            found[place] = {*raised(path)} - {*FOREIGN}
    assert {place: kinds for place, kinds in found.items() if kinds} == CAUGHT


@pytest.mark.parametrize("kind", [OSError, TypeError, ValueError, KeyError, LookupError, ImportError])
def test_errors_of_ours_are_python_s_own_too(kind: type[Exception]) -> None:
    public = [getattr(aa, name) for name in dir(aa)]
    ours = [found for found in public if isinstance(found, type) and issubclass(found, aa.OpenApiException)]
    assert any(issubclass(found, kind) for found in ours)
