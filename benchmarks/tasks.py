"""The tasks of `worker.py` that repeat or read a payload, as data."""

from __future__ import annotations

IN_TURN = {
    "get": 200, "tapped": 200, "build": 10_000, "configuration": 1000, "client": 1000,
    "variables": 1, "export": 1, "query": 1, "encode": 1, "sanitize": 1,
}  # fmt: skip
"""Tasks that repeat in one process, with the number of calls that are timed as one."""
PAYLOADS = {
    "variables": ("variables", "PagedResultsVariable"),
    "export": ("export", "ExportResult"),
    "memory": ("export100k", "ExportResult"),
    "query": ("query", "Query"),
    "encode": ("query", "Query"),
    "sanitize": ("query", "Query"),
}
"""Tasks that read a payload, with its file and its schema."""
