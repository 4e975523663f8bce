"""The client that this copy of the runtime belongs to."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from .operation import PackageInfo

if TYPE_CHECKING:
    from logging import Logger

_PARENT = __name__.rsplit(".", 2)[0]


@cache
def package_info() -> PackageInfo:
    """Return the facts that the generator wrote into the client's `package_info` module."""
    info: PackageInfo = import_module(f"{_PARENT}.package_info").INFO
    return info


@cache
def security_schemes() -> tuple[tuple[str, str, str, str], ...]:
    """Return name, type, location and key of each security scheme, as plain tuples: each call reads them."""
    return tuple((name, *scheme[:3]) for name, scheme in package_info().security.items())


@cache
def package_logger() -> Logger:
    """Return the logger of this client."""
    from logging import getLogger

    return getLogger(package_info().import_name)


@cache
def user_agent() -> str:
    """Return the User-Agent header of this client."""
    info = package_info()
    return f"{info.distribution}/{info.version}/python"
