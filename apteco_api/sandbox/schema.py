"""The spec's schemas compiled into two kinds of function: `check` for requests, `shape` for answers.

`check(value)` gives the value back without the nulls of optional fields and without the properties that the
schema does not know, or raises a `Mismatch` that knows where in the value it is. `shape(value)` keeps the
fields that the schema declares, in its order. Both are compiled once for each schema, when first needed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeGuard, cast
from urllib.parse import unquote
from uuid import UUID

Json = dict[str, Any]
Check = Callable[[Any], Any]
Shape = Callable[[Any], Any]

_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
# A .NET server reads these numbers from strings, and existing clients send them.
_NAMED_NUMBERS = {"NaN", "Infinity", "-Infinity"}


class Mismatch(ValueError):
    """A value that does not fit its schema: what is wrong, and the path to it from the outside in."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.path: list[str] = []

    def inside(self, part: str) -> Mismatch:
        """The same mismatch seen from one level further out."""
        self.path.insert(0, part)
        return self

    def where(self, root: str) -> str:
        """The place, such as `query.selection.rule`."""
        return root + "".join(self.path)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether it is a JSON list."""
    return isinstance(value, list)


def is_object(value: object) -> TypeGuard[Json]:
    """Whether it is a JSON object."""
    return isinstance(value, dict)


def reference_name(schema: Json) -> str | None:
    """The name behind a `$ref`, percent-decoded; None for a schema written in place."""
    reference = schema.get("$ref")
    return unquote(reference.rsplit("/", 1)[1]) if isinstance(reference, str) else None


class Schemas:
    """All schemas of one document."""

    def __init__(self, document: Json) -> None:
        self._named: dict[str, Json] = document["components"]["schemas"]
        self._checks: dict[str, Check] = {}
        self._shapes: dict[str, Shape] = {}

    def resolve(self, schema: Json) -> Json:
        """The schema itself, behind a `$ref` if it is one."""
        name = reference_name(schema)
        return schema if name is None else self._named[name]

    def check(self, schema: Json) -> Check:
        """The function that checks a request value against `schema`."""
        name = reference_name(schema)
        if name is None:
            return self._check(schema)

        def check(value: Any) -> Any:  # looked up when called: schemas refer to each other in circles
            compiled = self._checks.get(name)
            if compiled is None:
                compiled = self._checks[name] = self._check(self._named[name])
            return compiled(value)

        return check

    def shape(self, schema: Json) -> Shape:
        """The function that cuts an answer down to `schema`."""
        name = reference_name(schema)
        if name is None:
            return self._shape(schema)

        def shape(value: Any) -> Any:
            compiled = self._shapes.get(name)
            if compiled is None:
                compiled = self._shapes[name] = self._shape(self._named[name])
            return compiled(value)

        return shape

    def _check(self, schema: Json) -> Check:
        enum = cast("list[Any] | None", schema.get("enum"))
        if enum is not None:
            return lambda value: _check_enum(value, enum)
        kind = schema.get("type")
        if kind == "object":
            return self._check_object(schema) if schema.get("properties") else _check_any_object
        if kind == "array":
            return self._check_array(schema)
        if kind == "integer":
            low, high = _RANGES.get(schema.get("format", ""), _RANGES["int64"])
            return lambda value: _check_integer(value, low, high)
        if kind == "string":
            return _STRINGS.get(schema.get("format", ""), _check_string)
        return {"number": _check_number, "boolean": _check_boolean}.get(str(kind), _as_it_is)

    def _check_array(self, schema: Json) -> Check:
        item = self.check(schema.get("items", {}))

        def check(value: Any) -> Any:
            if not is_list(value):
                raise Mismatch("must be a list")
            answer: list[Any] = []
            try:
                for entry in value:
                    answer.append(item(entry))
            except Mismatch as mismatch:
                raise mismatch.inside(f"[{len(answer)}]") from None
            return answer

        return check

    def _check_object(self, schema: Json) -> Check:
        properties: Json = schema["properties"]
        required = tuple(schema.get("required", ()))
        checks = {name: self.check(part) for name, part in properties.items()}
        nullable = frozenset(name for name, part in properties.items() if is_nullable(part))

        def check(value: Any) -> Any:
            found = _check_any_object(value)
            for name in required:
                if found.get(name) is None and not (name in nullable and name in found):
                    raise Mismatch("is required").inside(f".{name}")
            answer: Json = {}
            name = ""
            try:
                for name, part in found.items():
                    if part is not None and name in checks:
                        answer[name] = checks[name](part)
            except Mismatch as mismatch:
                raise mismatch.inside(f".{name}") from None
            return answer

        return check

    def _shape(self, schema: Json) -> Shape:
        kind = schema.get("type")
        if kind == "array":
            item = self.shape(schema.get("items", {}))
            return lambda value: [item(entry) for entry in value]
        extra = schema.get("additionalProperties")
        if is_object(extra):
            entry_shape = self.shape(extra)
            return lambda value: {key: entry_shape(entry) for key, entry in value.items()}
        if kind != "object" or not schema.get("properties"):
            return _as_it_is
        required = set(schema.get("required", ()))
        fields = [
            (name, self.shape(part), is_nullable(part), name in required)
            for name, part in schema["properties"].items()
        ]

        def shape(value: Any) -> Any:
            answer: Json = {}
            for name, part, nullable, needed in fields:
                entry = value.get(name)
                if entry is not None:
                    answer[name] = part(entry)
                elif nullable and needed:
                    answer[name] = None
                elif needed:
                    raise LookupError(f"the answer lacks the required field {name}")
            return answer

        return shape


def is_nullable(schema: Json) -> bool:
    """Whether `null` is one of the values that the schema allows."""
    kind = schema.get("type")
    return isinstance(kind, list) and "null" in kind


def is_timestamp(text: str) -> bool:
    """Whether `text` is an ISO 8601 date and time."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return len(text) > 10


def _as_it_is(value: Any) -> Any:
    return value


def _check_enum(value: Any, enum: list[Any]) -> Any:
    if not isinstance(value, str) or value not in enum:
        raise Mismatch(f"must be one of {', '.join(map(str, enum))}, not {_short(value)}")
    return value


def _check_any_object(value: Any) -> Json:
    if not is_object(value):
        raise Mismatch("must be an object")
    return value


def _check_integer(value: Any, low: int, high: int) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Mismatch(f"must be a whole number from {low} to {high}, not {_short(value)}")
    return value


def _check_number(value: Any) -> Any:
    if isinstance(value, str) and value in _NAMED_NUMBERS:
        return value
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Mismatch(f"must be a number, not {_short(value)}")
    return value


def _check_boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Mismatch(f"must be true or false, not {_short(value)}")
    return value


def _check_string(value: Any) -> str:
    if not isinstance(value, str):
        raise Mismatch(f"must be text, not {_short(value)}")
    return value


def _check_timestamp(value: Any) -> str:
    text = _check_string(value)
    if not is_timestamp(text):
        raise Mismatch(f"must be a date and time such as 2026-01-31T09:30:00Z, not {_short(text)}")
    return text


def _check_uuid(value: Any) -> str:
    text = _check_string(value)
    try:
        UUID(text)
    except ValueError:
        raise Mismatch(f"must be a UUID, not {_short(text)}") from None
    return text


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


_STRINGS: dict[str, Check] = {"date-time": _check_timestamp, "uuid": _check_uuid}
