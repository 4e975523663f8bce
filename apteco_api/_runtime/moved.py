"""Old names of modules that have moved: importing one warns and returns the new module."""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType


def moved_spec(name: str, target: str) -> ModuleSpec:
    """Return the import spec of a module that has moved.

    Args:
        name: the old module's full name.
        target: the module that replaces it, relative to the package of the old one.
    """
    return ModuleSpec(name, _Moved(target), origin="moved")


class _Moved(Loader):
    def __init__(self, target: str) -> None:
        self.target = target

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        package = name.rpartition(".")[0]
        text = f"{name} has moved: import from {package}, or from {package}.{self.target}"
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        sys.modules[name] = import_module(f".{self.target}", package)  # the import statement binds this entry
