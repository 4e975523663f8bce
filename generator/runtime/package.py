"""Which client this copy of the runtime belongs to."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from .operation import PackageInfo

_PARENT = __name__.rsplit(".", 2)[0]
_found: PackageInfo | None = None


def package_info() -> PackageInfo:
    """Return the facts that the generator wrote into the client's `package_info` module."""
    global _found
    if _found is None:
        name = f"{_PARENT}.package_info"
        # The original in `generator/runtime` belongs to no client.
        found: PackageInfo = (
            import_module(name).INFO
            if find_spec(name)
            else PackageInfo(
                distribution="runtime",
                version="0",
                import_name=_PARENT,
                default_host="http://localhost",
                env_prefix="RUNTIME",
            )
        )
        _found = found
    return _found


def user_agent() -> str:
    """Return the User-Agent header of this client."""
    info = package_info()
    return f"{info.distribution}/{info.version}/python"
