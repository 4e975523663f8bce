"""The rows of the client's table: task, clients, and the limit of ours."""

from __future__ import annotations

from typing import NamedTuple

ALL = ("ours", "published", "oag", "opc")


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        name: the title of the row.
        task: the task of the worker.
        clients: the measured clients.
        floor: the client that is the floor; "" for none.
        limit: most that ours may take: a multiple of the floor, or an amount in the unit without a floor.
        unit: ms, µs or MB.
    """

    name: str
    task: str
    clients: tuple[str, ...]
    floor: str
    limit: float
    unit: str


ROWS = (
    Row("import, over the bare interpreter", "import", (*ALL, "bare"), "", 10, "ms"),
    Row("first call ready: import, client, one model, one call", "ready", ALL, "structs", 1.25, "ms"),
    Row("decode 1,000 variables", "variables", (*ALL, "json", "orjson"), "structs", 1.15, "ms"),
    Row("decode an export, 10,000 × 10", "export", (*ALL, "json", "orjson"), "structs", 1.10, "ms"),
    Row(
        "peak memory, export of 100,000 rows decoded",
        "memory",
        (*ALL, "json", "orjson"),
        "structs",
        1.2,
        "MB",
    ),
    Row("decode a query tree of 200 clauses", "query", (*ALL, "json", "orjson"), "structs", 1.25, "ms"),
    Row("encode a query tree of 200 clauses", "encode", (*ALL, "json", "orjson"), "structs", 1.25, "ms"),
    Row("one GET, kept-alive loopback, pinned to one core", "get", ALL, "urllib3", 0.8, "µs"),
    Row("one GET while a tracer wraps urllib3's `urlopen`", "tapped", ALL, "urllib3", 1.5, "µs"),
    Row("build a model in code", "build", ALL, "structs", 6, "µs"),
    Row(
        "a query tree as plain dicts, by `sanitize_for_serialization`",
        "sanitize",
        ("ours", "published"),
        "",
        5,
        "ms",
    ),
    Row("build a configuration", "configuration", ("ours", "published", "oag"), "", 100, "µs"),
    Row("build a client from a configuration", "client", ("ours", "published", "oag"), "", 25, "µs"),
    Row("50 calls at once, 50 ms server, threads", "concurrent", ALL, "", 100, "ms"),
    Row("50 calls at once, 50 ms server, asyncio", "concurrent_async", ("ours",), "", 100, "ms"),
)
FACTOR = {"ms": 1e3, "µs": 1e6, "MB": 1 / 2**20}
