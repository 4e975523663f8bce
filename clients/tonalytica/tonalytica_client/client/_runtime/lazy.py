"""Names of a package that are loaded when they are first used (PEP 562)."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module


def lazy(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return the `__getattr__` and `__dir__` of a package.

    Args:
        package: the package's `__name__`.
        homes: name to the module that defines it, relative to the package.
    """

    def load(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(homes[name], package), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return load, names


def moved(name: str, target: str) -> None:
    """Let a module's old name stand for the module that has taken its place, and warn whoever imports it.

    Args:
        name: the old module's full name.
        target: the module that replaces it, relative to the package of the old one.
    """
    package = name.rpartition(".")[0]
    text = f"{name} has moved: import from {package}, or from {package}.{target}"
    warnings.warn(text, DeprecationWarning, stacklevel=3)
    sys.modules[name] = import_module(f".{target}", package)
