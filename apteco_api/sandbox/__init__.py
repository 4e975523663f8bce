"""The whole Apteco API on one machine, over a synthetic Holidays system in DuckDB.

    import apteco_api
    from apteco_api.sandbox import serve

    with serve() as server:
        ...  # server.url, server.username, server.password

Needs the extra `sandbox`: `pip install "apteco-api[sandbox]"`. What each section of the API does here and
what it does not is listed in docs/sandbox.md.
"""

from __future__ import annotations

try:
    from .server import Sandbox, serve
    from .settings import Settings
except ModuleNotFoundError as error:  # pragma: no cover - depends on what is installed
    if error.name not in ("duckdb", "starlette", "uvicorn"):
        raise
    message = f'the sandbox needs {error.name}: pip install "apteco-api[sandbox]"'
    raise ModuleNotFoundError(message, name=error.name) from error

__all__ = ["Sandbox", "Settings", "serve"]
