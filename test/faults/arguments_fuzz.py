"""Values of every kind for the arguments and options of calls. The argument fuzzer draws from them."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import io
import math
import pathlib
import random
import uuid
from typing import Any

import apteco_api as aa


class Odd:
    """An object that supports no operation, not even `str`."""

    def __str__(self) -> str:
        raise ZeroDivisionError

    __repr__ = __str__


class Colour(enum.Enum):
    RED = "red"
    DEEP: Any = ("a", 1)


def endless_list() -> list[Any]:
    made: list[Any] = [1]
    made.append(made)
    return made


def endless_dict() -> dict[str, Any]:
    made: dict[str, Any] = {"a": 1}
    made["b"] = {"c": [made]}
    return made


def nested(levels: int) -> Any:
    made: Any = 1
    for _ in range(levels):
        made = [made]
    return made


def values() -> list[Any]:
    """Return values that a caller may pass for any argument."""
    return [
        None, True, 0, -1, 10**30, 10**5000, -(2**63), 1.5, 1e300, math.nan, math.inf, -math.inf,
        decimal.Decimal("1.1"), decimal.Decimal("NaN"), decimal.Decimal("-Infinity"),
        decimal.Decimal("1e9999"),
        complex(1, 2), "", "a", "é", "\ud800", "\udcff", "a\r\nX: 1", "\x00", "\u2028", "a" * 70_000,
        "..", ".", "/", "%2e%2e",
        b"", b"abc", b"\xff\xfe", bytearray(b"a"), memoryview(b"a"), memoryview(b"abcd").cast("H"),
        [], [1, 2], ["a", None], [[1]], (), (1,), {"a"}, frozenset({1}), {}, {"a": 1}, {1: 2}, {None: None},
        {"a": {"b": {"c": 1}}}, {"\ud800": "x"}, {"a": math.nan}, {(1, 2): 3}, range(3), iter([1]),
        endless_list(), endless_dict(), nested(2000), {"a": decimal.Decimal("NaN")},
        dt.date(2020, 1, 1), dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, tzinfo=dt.UTC),
        dt.time(1), dt.timedelta(1), dt.UTC, uuid.UUID(int=1), pathlib.Path("x"),
        pathlib.Path("/nonexistent/x"),
        Colour.RED, Colour.DEEP, Odd(), object(), Odd, len, io.BytesIO(b"a"), io.StringIO("a"),
        io.RawIOBase(),
        aa.Query(), aa.Selection(table_name="a"), Ellipsis, ValueError("x"),
        ("a", b"x"), ("a", b"x", "text/plain"), ("a", b"x", "\ud800"), (1, 2, 3), ("a", Odd()),
        ("\ud800", b"x"),
    ]  # fmt: skip


OPTIONS = (
    "_preload_content", "_request_timeout", "_return_http_data_only", "_headers", "_idempotency_key",
    "_retries",
    "_save_to", "_progress", "_resume", "async_req", "_unknown", "unknown",
)  # fmt: skip


def option(rng: random.Random, drawn: list[Any]) -> Any:
    """Return any value for an option, or one with the form that some options take."""
    anything = drawn[rng.randrange(len(drawn))]
    name = anything if _hashable(anything) else "a"
    fitting = [1e10, 1e-9, (1, 1e10), (anything, 1), (1, 2, 3), {"X-A": anything}, {name: "b"}]
    return rng.choice([anything, anything, *fitting])


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except (TypeError, ValueError):
        return False
    return True
