"""A small Exponea server to try the client on: `python -m exponea_python_sdk.sandbox`, in tests `serve()`.

It holds the project `project_token` with the names that the documentation's examples use, keeps what is sent
to it (in memory, or in a file that survives a restart), computes attributes and analyses from it, and refuses
what the real service refuses: unknown keys, public tokens outside tracking, batches of more than 50 commands,
pages beyond the 1001st item, ids with a slash, too many requests. Needs the extra: `pip install
'exponea-python-sdk[sandbox]'`.
"""

from __future__ import annotations

from .access import Limit
from .app import create_app
from .demo import LIMITED, PASSWORD, PROJECT_TOKEN, PUBLIC_TOKEN, USERNAME
from .serve import Sandbox, serve
from .store import Store

__all__ = [
    "LIMITED",
    "PASSWORD",
    "PROJECT_TOKEN",
    "PUBLIC_TOKEN",
    "USERNAME",
    "Limit",
    "Sandbox",
    "Store",
    "create_app",
    "serve",
]
