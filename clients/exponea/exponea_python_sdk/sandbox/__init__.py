"""A small Exponea server to try the client on: `python -m exponea_python_sdk.sandbox`, in tests `serve()`.

It has the project `project_token` with the names in the documentation's examples. It stores what it receives
(in memory, or in a file that survives a restart), and computes attributes and analyses from that. It refuses
what the real service refuses: unknown keys, public tokens outside tracking, batches of more than 50 commands,
pages beyond the 1001st item, ids with a slash, too many requests. It needs the extra: `pip install
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
