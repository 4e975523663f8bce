"""Fault injection: faults that a client may meet, requested by a header or by a schedule.

The header `X-Sandbox-Trouble` holds kinds of faults, separated by commas: `slow=0.5, 503`. A schedule holds
rules, separated by semicolons: `503 every 5; slow=0.2 on Queries_*; 429=1 first 2`. Each rule is a kind, with
`every N` or `first N` calls and `on` an operation's id (`*` is a wild card).

| kind | what happens |
|---|---|
| slow=SECONDS | the answer is delayed by this time, 60 seconds at most |
| busy=SECONDS | jobs wait in the queue for this time from now on, 60 seconds at most |
| drop | the connection is closed without an answer, before the call is executed |
| lose | the call is executed, then the connection is closed without an answer |
| truncate | the connection is closed after half of the answer |
| 429=SECONDS, 503=SECONDS | refused with that status and Retry-After |
| 500, 502, 504 | refused with that status |
| expire | the caller's session ends before the call is checked |
| nulls=FIELD | a required field of the answer is null: FIELD, or by default the last of each object |
| unknown-enum | enumerated fields of the answer have the value `SandboxUnknown` |
"""

from __future__ import annotations

import fnmatch
import math
import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from .problem import Problem, refused
from .schema import Json, Schemas, is_list, is_object

HEADER = "x-sandbox-trouble"
UNKNOWN = "SandboxUnknown"
_STATUSES = {"429": "Too many requests.", "500": "", "502": "", "503": "The server is busy.", "504": ""}
_WAITS = ("429", "503")
"""The statuses that are sent with Retry-After, which has whole seconds."""
_TAKES_NUMBER = ("slow", "busy", *_WAITS)
_KINDS = ("slow", "busy", "drop", "lose", "truncate", "expire", "nulls", "unknown-enum", *_STATUSES)
_LONGEST_DELAY = 60.0


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with its value, or None without one."""

    kind: str
    value: str | None = None

    @property
    def number(self) -> float:
        """The value as a number of seconds; 1 without one."""
        return float(self.value) if self.value is not None else 1.0


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a schedule."""

    fault: Fault
    every: int = 1
    first: int = 0
    pattern: str = "*"


def parse_header(text: str) -> list[Fault]:
    """Return the faults of a header.

    Raises:
        Problem: 400 for a kind that does not exist.
    """
    return [_fault(part.strip()) for part in text.split(",") if part.strip()]


def parse_schedule(text: str) -> list[Rule]:
    """Return the rules of a schedule.

    Raises:
        ValueError: a part can't be read; the message names it.
    """
    rules: list[Rule] = []
    for line in text.split(";"):
        words = line.split()
        if not words:
            continue
        try:
            rules.append(_rule(words))
        except (ValueError, Problem) as error:
            raise ValueError(f"trouble {line.strip()!r} can't be read: {error}") from None
    return rules


def _rule(words: list[str]) -> Rule:
    fault, options = _fault(words[0]), dict(zip(words[1::2], words[2::2], strict=False))
    good = len(words) % 2 and len(options) == len(words) // 2 and options.keys() <= {"every", "first", "on"}
    counts = [options[name] for name in ("every", "first") if name in options]
    if not good or not all(count.isdecimal() and int(count) > 0 for count in counts):
        raise ValueError("after the kind comes every N, first N, on OPERATION, each at most once")
    return Rule(fault, int(options.get("every", 1)), int(options.get("first", 0)), options.get("on", "*"))


class Schedule:
    """The rules of a schedule, with the number of calls that each rule applies to."""

    def __init__(self, text: str, operations: Collection[str]) -> None:
        self._rules = parse_schedule(text)
        for rule in self._rules:
            if not fnmatch.filter(operations, rule.pattern):
                raise ValueError(f"trouble on {rule.pattern!r}: no operation has such an id")
        self._counts = [0] * len(self._rules)
        self._lock = threading.Lock()

    def due(self, operation: str) -> list[Fault]:
        """Return the faults for the next call of this operation."""
        found: list[Fault] = []
        with self._lock:
            for index, rule in enumerate(self._rules):
                if not fnmatch.fnmatchcase(operation, rule.pattern):
                    continue
                self._counts[index] += 1
                count = self._counts[index]
                if count % rule.every == 0 and (not rule.first or count <= rule.first):
                    found.append(rule.fault)
        return found


def refusal(faults: list[Fault]) -> Problem | None:
    """Return the refusal among the faults; None without one."""
    for fault in faults:
        if fault.kind in _STATUSES:
            headers = {"Retry-After": str(math.ceil(fault.number))} if fault.kind in _WAITS else {}
            text = _STATUSES[fault.kind] or "An injected fault."
            return Problem(int(fault.kind), text, headers=headers)
    return None


def spoil(value: Any, schema: Json | None, schemas: Schemas, faults: list[Fault]) -> Any:
    """Return the answer with the nulls and unknown values of the faults."""
    if schema is None:
        return value
    for fault in faults:
        if fault.kind == "nulls":
            value = _with_nulls(value, schema, schemas, fault.value)
        elif fault.kind == "unknown-enum":
            value = _with_unknown(value, schema, schemas)
    return value


def _fault(text: str) -> Fault:
    kind, equals, value = text.partition("=")
    if kind not in _KINDS:
        raise refused(f"'{kind}' is not a kind of fault; the kinds are {', '.join(_KINDS)}.", header=HEADER)
    if equals and kind in _TAKES_NUMBER:
        try:
            good = 0 <= float(value) < math.inf
        except ValueError:
            good = False
        if not good:
            raise refused(f"'{text}' needs a number of seconds.", header=HEADER)
        if kind not in _WAITS and float(value) > _LONGEST_DELAY:
            raise refused(f"'{text}': a delay is at most 60 seconds.", header=HEADER)
    elif equals and kind != "nulls":
        raise refused(f"'{text}': {kind} takes no value.", header=HEADER)
    return Fault(kind, value if equals else None)


def _with_nulls(value: Any, schema: Json, schemas: Schemas, field: str | None) -> Any:
    schema = schemas.resolve(schema)
    if is_list(value):
        return [_with_nulls(entry, schema.get("items", {}), schemas, field) for entry in value]
    properties: Json = schema.get("properties", {})
    if not is_object(value) or not properties:
        return value
    required: list[str] = schema.get("required", [])
    last = next((n for n in reversed(required) if _is_plain(properties[n], schemas)), None)
    chosen = field if field in required else last if field is None else None
    return {
        name: None if name == chosen else _with_nulls(part, properties.get(name, {}), schemas, field)
        for name, part in value.items()
    }


def _with_unknown(value: Any, schema: Json, schemas: Schemas) -> Any:
    schema = schemas.resolve(schema)
    if "enum" in schema:
        return UNKNOWN
    if is_list(value):
        return [_with_unknown(entry, schema.get("items", {}), schemas) for entry in value]
    if is_object(value):
        properties: Json = schema.get("properties", {})
        return {name: _with_unknown(part, properties.get(name, {}), schemas) for name, part in value.items()}
    return value


def _is_plain(schema: Json, schemas: Schemas) -> bool:
    kind = schemas.resolve(schema).get("type")
    return kind in ("string", "integer", "number", "boolean")
