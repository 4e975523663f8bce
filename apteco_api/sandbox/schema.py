"""The spec's schemas compiled into two kinds of function: `check` for requests, `shape` for answers.

`check(value)` returns the value without the nulls of optional fields and without undeclared properties, or
raises a `Mismatch` with the place of the error. `shape(value)` keeps the declared fields, in the order of the
schema. With `additionalProperties: true`, other fields are kept, too. Both are compiled once for each schema,
on first use.

Schemas may refer to each other in cycles, and a value may have any depth. So a `_Step` processes the scalars
of one object or list, and `_walk` processes the objects and lists in it later.
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
_Place = tuple["_Place | None", str]
"""The place of a value: the place of its container, and the last part of the path."""
_Later = list[tuple["_Step", Any, Any, Any, "_Place"]]
"""The remaining work: step, value, object or list for the outcome, key in it, and place."""
_Step = Callable[[Any, "_Place | None", _Later], Any]

_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
# A .NET server reads these numbers from strings, and existing clients send strings.
_NAMED_NUMBERS = {"NaN", "Infinity", "-Infinity"}


class Mismatch(ValueError):
    """A value that does not fit its schema: what is wrong, and the path of the value."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.path: list[str] = []

    def inside(self, part: str) -> Mismatch:
        """Return the mismatch with its path extended by one outer level."""
        self.path.insert(0, part)
        return self

    def where(self, root: str) -> str:
        """Return the place, such as `query.selection.rule`."""
        return root + "".join(self.path)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Return whether a value is a JSON list."""
    return isinstance(value, list)


def is_object(value: object) -> TypeGuard[Json]:
    """Return whether a value is a JSON object."""
    return isinstance(value, dict)


def reference_name(schema: Json) -> str | None:
    """Return the name in a `$ref`, also in one that is combined with null; None without a `$ref`."""
    choices = schema.get("anyOf")
    named = [each for each in choices if is_object(each) and "$ref" in each] if is_list(choices) else []
    reference = (named[0] if len(named) == 1 else schema).get("$ref")
    return unquote(reference.rsplit("/", 1)[1]) if isinstance(reference, str) else None


class Schemas:
    """All schemas of one document.

    Args:
        also: functions that convert another form in which clients send a schema, by the schema's name.
    """

    def __init__(self, document: Json, also: dict[str, Callable[[Any], Any]] | None = None) -> None:
        self._also = also or {}
        self._named: dict[str, Json] = document["components"]["schemas"]
        self._checks: dict[str, _Step] = {}
        self._shapes: dict[str, _Step] = {}

    def resolve(self, schema: Json) -> Json:
        """Return the schema, or the schema that its `$ref` refers to."""
        name = reference_name(schema)
        return schema if name is None else self._named[name]

    def check(self, schema: Json) -> Check:
        """Return the function that checks a request value against `schema`."""
        if not self._is_deep(schema):
            return self._check_scalar(schema)
        step = self._checking(schema)
        return lambda value: _walk(step, value)

    def shape(self, schema: Json) -> Shape:
        """Return the function that cuts an answer down to `schema`."""
        if not self._is_deep(schema):
            return _as_it_is
        step = self._shaping(schema)
        return lambda value: _walk(step, value)

    def _is_deep(self, schema: Json) -> bool:
        """Return whether values of the schema contain other values."""
        schema = self.resolve(schema)
        kind = schema.get("type")
        inside = schema.get("properties") or is_object(schema.get("additionalProperties"))
        return "enum" not in schema and (kind == "array" or (kind == "object" and bool(inside)))

    def _check_scalar(self, schema: Json) -> Check:
        schema = self.resolve(schema)
        enum = cast("list[Any] | None", schema.get("enum"))
        if enum is not None:
            return lambda value: _check_enum(value, enum)
        kind = schema.get("type")
        if kind == "object":
            return _check_any_object
        if kind == "integer":
            low, high = _RANGES.get(schema.get("format", ""), _RANGES["int64"])
            return lambda value: _check_integer(value, low, high)
        if kind == "string":
            return _STRINGS.get(schema.get("format", ""), _check_string)
        return {"number": _check_number, "boolean": _check_boolean}.get(str(kind), _as_it_is)

    def _checking(self, schema: Json) -> _Step:
        step = self._once(schema, self._checks, self._check_list, self._check_object)
        read = self._also.get(reference_name(schema) or "")
        return step if read is None else lambda value, place, later: step(read(value), place, later)

    def _shaping(self, schema: Json) -> _Step:
        return self._once(schema, self._shapes, self._shape_list, self._shape_object)

    def _once(
        self,
        schema: Json,
        known: dict[str, _Step],
        of_list: Callable[[Json], _Step],
        of_object: Callable[[Json], _Step],
    ) -> _Step:
        """Return the step of a schema; a step behind a `$ref` is compiled on first use."""
        name = reference_name(schema)
        if name is None:
            return (of_list if schema.get("type") == "array" else of_object)(schema)

        def step(value: Any, place: _Place | None, later: _Later) -> Any:
            compiled = known.get(name)
            if compiled is None:
                compiled = known[name] = self._once(self._named[name], known, of_list, of_object)
            return compiled(value, place, later)

        return step

    def _check_list(self, schema: Json) -> _Step:
        items: Json = schema.get("items", {})
        if self._is_deep(items):
            return _each(self._checking(items), _check_any_list)
        check = self._check_scalar(items)

        def step(value: Any, place: _Place | None, later: _Later) -> Any:
            entries = _check_any_list(value)
            answer: list[Any] = []
            try:
                for entry in entries:
                    answer.append(check(entry))
            except Mismatch as mismatch:
                raise mismatch.inside(f"[{len(answer)}]") from None
            return answer

        return step

    def _check_object(self, schema: Json) -> _Step:
        properties: Json = schema.get("properties", {})
        if not properties:
            return lambda value, place, later: _check_any_object(value)
        required, takes_more = tuple(schema.get("required", ())), schema.get("additionalProperties") is True
        deep = {name: self._checking(part) for name, part in properties.items() if self._is_deep(part)}
        checks = {name: self._check_scalar(part) for name, part in properties.items() if name not in deep}
        nullable = frozenset(name for name, part in properties.items() if is_nullable(part))

        def step(value: Any, place: _Place | None, later: _Later) -> Any:
            found = _check_any_object(value)
            for name in required:
                if found.get(name) is None and not (name in nullable and name in found):
                    raise Mismatch("is required").inside(f".{name}")
            answer: Json = {}
            name = ""
            try:
                for name, part in found.items():
                    if part is None:
                        continue
                    if name in checks:
                        answer[name] = checks[name](part)
                    elif name in deep:
                        answer[name] = part
                        later.append((deep[name], part, answer, name, (place, f".{name}")))
                    elif takes_more:
                        answer[name] = part
            except Mismatch as mismatch:
                raise mismatch.inside(f".{name}") from None
            return answer

        return step

    def _shape_list(self, schema: Json) -> _Step:
        items: Json = schema.get("items", {})
        return _each(self._shaping(items), list) if self._is_deep(items) else _listed

    def _shape_object(self, schema: Json) -> _Step:
        extra = schema.get("additionalProperties")
        if is_object(extra):
            entry_shape = self._shaping(extra) if self._is_deep(extra) else None
            return lambda value, place, later: _shape_entries(entry_shape, value, later)
        required, declared = set(schema.get("required", ())), schema["properties"]
        keeps_more = extra is True
        fields = [
            (name, self._shaping(part) if self._is_deep(part) else None, is_nullable(part), name in required)
            for name, part in schema["properties"].items()
        ]

        def step(value: Any, place: _Place | None, later: _Later) -> Any:
            answer: Json = {}
            for name, part, nullable, needed in fields:
                entry = value.get(name)
                if entry is not None:
                    answer[name] = entry
                    if part is not None:
                        later.append((part, entry, answer, name, _NOWHERE))
                elif nullable and needed:
                    answer[name] = None
                elif needed:
                    raise LookupError(f"the answer lacks the required field {name}")
            if keeps_more:
                answer.update((name, entry) for name, entry in value.items() if name not in declared)
            return answer

        return step


def _walk(step: _Step, value: Any) -> Any:
    """Run a step, and all steps that it leaves for later."""
    later: _Later = []
    place: _Place | None = None
    try:
        result = step(value, None, later)
        while later:
            step, value, holder, key, place = later.pop()
            holder[key] = step(value, place, later)
    except Mismatch as mismatch:
        while place is not None:
            mismatch.inside(place[1])
            place = place[0]
        raise
    return result


def _each(step: _Step, listed: Callable[[Any], list[Any]]) -> _Step:
    """Return the step of a list whose items have own steps."""

    def each(value: Any, place: _Place | None, later: _Later) -> Any:
        answer = list(listed(value))
        for index in range(len(answer) - 1, -1, -1):
            later.append((step, answer[index], answer, index, (place, f"[{index}]")))
        return answer

    return each


def _listed(value: Any, place: _Place | None, later: _Later) -> Any:
    return list(value)


def _shape_entries(step: _Step | None, value: Json, later: _Later) -> Json:
    answer = dict(value)
    if step is not None:
        later.extend((step, entry, answer, key, _NOWHERE) for key, entry in value.items())
    return answer


_NOWHERE: _Place = (None, "")
"""The place for answers, whose errors have no place."""


def is_nullable(schema: Json) -> bool:
    """Return whether `null` is one of the values that the schema allows."""
    kind, choices = schema.get("type"), schema.get("anyOf")
    return (is_list(kind) and "null" in kind) or (is_list(choices) and {"type": "null"} in choices)


def is_timestamp(text: str) -> bool:
    """Return whether `text` is an ISO 8601 date and time."""
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


def _check_any_list(value: Any) -> list[Any]:
    if not is_list(value):
        raise Mismatch("must be a list")
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
