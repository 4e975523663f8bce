"""The whole Apteco API on one machine, over a synthetic Holidays system in DuckDB.

    import apteco_api
    from apteco_api.sandbox import serve

    with serve() as server:
        ...  # server.url, server.username, server.password

Needs the extra `sandbox`: `pip install "apteco-api[sandbox]"`. docs/sandbox.md lists what each section of the
API does here, and what it does not.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .server import Sandbox as Sandbox
    from .server import serve as serve
    from .settings import Settings as Settings

__all__ = ["Sandbox", "Settings", "serve"]

_HOMES = {"Sandbox": ".server", "serve": ".server", "Settings": ".settings"}
_EXTRA = ("duckdb", "starlette", "uvicorn")


def __getattr__(name: str) -> object:
    # duckdb and the web server are loaded on first use, not by every import of this package
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value: object = getattr(import_module(_HOMES[name], __name__), name)
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        message = f'the sandbox needs {error.name}: pip install "apteco-api[sandbox]"'
        raise ModuleNotFoundError(message, name=error.name) from None
    globals()[name] = value
    return value
