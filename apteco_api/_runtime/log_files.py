"""The files of `Configuration.logger_file`: one handler for each file, which configurations share.

The handler is closed when its last configuration is deleted, or names another file.
"""

from __future__ import annotations

import logging
import os
import threading
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .configuration import Configuration

_lock = threading.RLock()
_users: dict[logging.Handler, dict[int, weakref.finalize[[int, logging.Handler], Configuration]]] = {}
"""The ids of the configurations that use each handler."""


def join(config: Configuration, path: str, line_format: str) -> logging.Handler:
    """Return the handler of a file, which is opened with the first line."""
    place = os.path.abspath(path)
    with _lock:
        handler: logging.Handler | None = next(
            (found for found in _users if getattr(found, "baseFilename", "") == place), None
        )
        if handler is None:
            handler = logging.FileHandler(path, delay=True, encoding="utf-8")
            for logger in config.logger.values():
                logger.addHandler(handler)
        handler.setFormatter(logging.Formatter(line_format))
        share(config, handler)
    return handler


def share(config: Configuration, handler: logging.Handler) -> None:
    """Note that a configuration uses a handler."""
    with _lock:
        users = _users.setdefault(handler, {})
        if id(config) not in users:
            users[id(config)] = weakref.finalize(config, _left, id(config), handler)


def leave(config: Configuration, handler: logging.Handler) -> None:
    """Note that a configuration no longer uses a handler."""
    with _lock:
        finalizer = _users.get(handler, {}).get(id(config))
    if finalizer is not None:
        finalizer()
    elif handler not in _users:  # set by hand
        _close(handler)


def _left(user: int, handler: logging.Handler) -> None:
    with _lock:
        users = _users.get(handler, {})
        users.pop(user, None)
        if not users:
            _users.pop(handler, None)
            _close(handler)


def _close(handler: logging.Handler) -> None:
    from .package import package_info

    for name in (package_info().import_name, "urllib3"):
        logging.getLogger(name).removeHandler(handler)
    handler.close()
