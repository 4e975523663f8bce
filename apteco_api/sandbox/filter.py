"""The languages of the `filter` and `orderBy` parameters of paged operations.

    filter   = or
    or       = and {"or" and}          and = unary {"and" unary}
    unary    = "not" unary | "(" or ")" | comparison
    comparison = field operator value
    operator = eq | ne | neq | gt | ge | gte | lt | le | lte | like | contains | startswith | endswith
             | = | == | != | <> | > | >= | < | <=
    value    = 'text' | "text" (its own quote inside is doubled) | date | number | true | false | null
    orderBy  = ["-"] field {"," ["-"] field}

A field is a property of the listed rows (`owner.username` is nested), or a field that the vendor lists for
the operation, such as `OwnerUsername`. Case is ignored in fields, operators and text. Dates, in quotes or
not, are compared as times: without a zone they are in UTC, without a time they mean midnight. In the text of
`like`, `%` means any characters; without `%`, `like` means `contains`. A missing value is equal to `null` and
unequal to everything else; no other operator matches it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, cast

from .problem import Problem, refused
from .schema import Json, Schemas, is_list, is_object

Row = dict[str, Any]
Condition = Callable[[Row], bool]

_DATE = r"\d{4}-\d\d-\d\d(?:[Tt]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)?)?"
_TOKEN = re.compile(
    rf"""\s*(?:(?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
    |(?P<date>{_DATE})(?![\w.:-])
    |(?P<number>-?\d+(?:\.\d+)?(?![\w.]))|(?P<mark>[()])|(?P<sign>[=!<>]=|<>|[=<>])|(?P<word>[A-Za-z_][\w./]*))""",
    re.VERBOSE,
)
_LONGEST = 2000
_DEEPEST = 50

_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}
_TEXTUAL: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda a, b: b in a,
    "startswith": lambda a, b: a.startswith(b),
    "endswith": lambda a, b: a.endswith(b),
}
_OPERATORS = ("eq", "ne", *_ORDERED, "like", *_TEXTUAL)
_SPELLINGS = {
    "=": "eq", "==": "eq", "!=": "ne", "<>": "ne", "neq": "ne", ">": "gt", ">=": "ge", "gte": "ge",
    "<": "lt", "<=": "le", "lte": "le",
}  # fmt: skip
"""Other ways to write an operator, which the vendor's documents and scripts use."""
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None}


_DATED = "date-time"
_LITERALS = {
    "string": "text in quotes",
    "boolean": "true or false",
    "integer": "a number",
    "number": "a number",
    _DATED: "a date",
}


Read = Callable[[Row], Any]
_PATHS = {
    "createdon": ("creationDate",),
    "deletedon": ("deletionDate",),
    "lastupdatedby": ("lastUpdatedBy.username",),
    "lastupdatedon": ("lastUpdatedDate",),
    "lastupdatedusername": ("lastUpdatedUser.username", "lastUpdatedBy.username"),
    "ownerusername": ("owner.username",),
    "username": ("user.username",),
    "selectortype": ("selectorInfo.selectorType",),
    "numberofcodes": ("selectorInfo.numberOfCodes",),
    "varcodeorder": ("selectorInfo.varCodeOrder",),
    "variablesubtype": ("selectorInfo.subType", "variable.selectorInfo.subType"),
    "variabletype": ("variable.type",),
    "tablename": ("variable.tableName", "table.name"),
    "key": ("variable.name", "table.name", "folder.name", "varCode.code"),
    "name": ("folder.name", "variable.name"),
    "description": ("folder.description", "variable.description"),
    "type": ("variable.type",),
    "creationdate": ("timeAdded",),
}  # fmt: skip
"""The paths of fields in the vendor's lists that are not properties of the listed rows themselves."""


class Fields:
    """The fields that rows of one schema can be filtered and sorted by.

    They are the properties of the rows and the vendor's `listed` fields. `strict` refuses properties that the
    vendor does not list.
    """

    def __init__(
        self, schemas: Schemas, schema: Json, listed: tuple[str, ...] = (), *, strict: bool = False
    ) -> None:
        self._schemas = schemas
        self._schema = schema
        self._listed = listed
        self._strict = strict and bool(listed)

    def find(self, name: str) -> tuple[Read, str]:
        """Return a function that reads a field, and its kind: string, date-time, integer, number or boolean.

        The kind is empty if it is not declared. An unknown field is a 400 with the known fields.
        """
        by_name = {known.lower(): known for known in self._listed}
        if self._strict and name.lower() not in by_name:
            raise self._unknown(name)
        found = self._property(name)
        if found is None and name.lower() in by_name:
            return self._listed_field(by_name[name.lower()]), ""
        if found is None:
            raise self._unknown(name)
        path, schema = found
        if schema.get("type") in ("object", "array"):
            raise refused(f"'{name}' holds more than one value; name a property inside it.", field=name)
        kind = schema.get("type", "")
        kind = next((each for each in kind if each != "null"), "") if is_list(kind) else kind
        kind = _DATED if schema.get("format") == _DATED else kind
        return lambda row: _value(row, path), kind

    def _property(self, name: str) -> tuple[tuple[str, ...], Json] | None:
        """Return the path of a property, in the schema's spelling, and its schema."""
        schema, path = self._schemas.resolve(self._schema), list[str]()
        for part in re.split(r"[./]", name):
            spelt = {known.lower(): known for known in schema.get("properties", {})}.get(part.lower())
            if spelt is None:
                return None
            path.append(spelt)
            schema = self._schemas.resolve(schema["properties"][spelt])
        return tuple(path), schema

    def _listed_field(self, name: str) -> Read:
        """Return a function that reads a listed field from the first path that the row has."""
        paths = [(f"{name[0].lower()}{name[1:]}",), *(p.split(".") for p in _PATHS.get(name.lower(), ()))]

        def read(row: Row) -> Any:
            values = (_value(row, path) for path in paths)
            return next((value for value in values if value is not None), None)

        return read

    def _unknown(self, name: str) -> Problem:
        known = self._listed or tuple(self._schemas.resolve(self._schema).get("properties", {}))
        message = f"'{name}' is not a field of the listed rows; the fields are {', '.join(known)}."
        return refused(message, field=name)


def compile_filter(text: str, fields: Fields) -> Condition:
    """Compile a filter expression to a test; 400 with the position if it can't be read."""
    if len(text) > _LONGEST:
        raise refused(f"The filter is longer than {_LONGEST} characters.")
    return _Parser(text, fields).parse()


def sort_rows(rows: Iterable[Row], order_by: str, fields: Fields) -> list[Row]:
    """Return the rows in the requested order; equal rows keep their order. Missing values come first."""
    keys: list[tuple[Read, bool]] = []
    for term in order_by.split(","):
        name = term.strip()
        descending = name.startswith("-")
        keys.append((_comparable(*fields.find(name.removeprefix("-"))), descending))
    ordered = list(rows)
    for read, descending in reversed(keys):
        ordered.sort(key=lambda row: _sort_key(read(row)), reverse=descending)
    return ordered


def _value(row: Row, path: Iterable[str]) -> Any:
    value: Any = row
    for part in path:
        value = value.get(part) if is_object(value) else None
    return value.lower() if isinstance(value, str) else value


def _comparable(read: Read, kind: str) -> Read:
    """Return a function that reads dates as times, if the field may have dates."""
    return read if kind not in ("", _DATED) else lambda row: _moment(read(row))


def _in_order(holds: Callable[[Any, Any], bool], read: Read, value: Any) -> Condition:
    """Return the test that compares a field with `value`; it fails for a value of another type."""
    kind = cast("type[object]", type(value))
    kinds = (int, float) if kind in (int, float) else (kind,)
    return lambda row: isinstance(found := read(row), kinds) and holds(found, value)


def _sort_key(value: Any) -> tuple[int, Any]:
    if value is None:
        return (0, 0)
    return (2 if isinstance(value, str) else 3 if isinstance(value, datetime) else 1, value)


def _moment(value: Any) -> Any:
    """Convert a date to a time; return anything else unchanged."""
    if not isinstance(value, str) or not re.fullmatch(_DATE, value):
        return value
    try:
        found = datetime.fromisoformat(value.upper())
    except ValueError:  # such as the 30th of February
        return value
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _is_literal(value: Any, wanted: str) -> bool:
    if wanted == "a date":
        return isinstance(value, datetime)
    kinds = {"text in quotes": str, "true or false": bool, "a number": int | float}
    return isinstance(value, kinds[wanted]) and isinstance(value, bool) == (wanted == "true or false")


def _like(text: str, pattern: str) -> bool:
    """Return whether a text matches a pattern in which `%` means any characters, in linear time."""
    first, *others = pattern.split("%")
    if not others:
        return pattern in text
    last = others.pop()
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    place, end = len(first), len(text) - len(last)
    for part in others:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True


def _written(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value).lower()


class _Parser:
    def __init__(self, text: str, fields: Fields) -> None:
        self._text = text
        self._fields = fields
        self._tokens = list(self._split())
        self._at = 0
        self._depth = 0

    def parse(self) -> Condition:
        test = self._either()
        if self._at < len(self._tokens):
            raise self._error("the end, 'and' or 'or'")
        return test

    def _split(self) -> Iterable[tuple[str, str, int]]:
        position, end = 0, len(self._text.rstrip())
        while position < end:
            found = _TOKEN.match(self._text, position)
            if found is None:
                raise refused(
                    f"The filter can't be read from character {position + 1} on.", filter=self._text
                )
            yield (
                str(found.lastgroup),
                found.group(str(found.lastgroup)),
                found.start(str(found.lastgroup)) + 1,
            )
            position = found.end()

    def _peek(self) -> tuple[str, str, int]:
        if self._at < len(self._tokens):
            return self._tokens[self._at]
        return "end", "the end", len(self._text) + 1

    def _word(self, word: str) -> bool:
        kind, text, _ = self._peek()
        if kind in ("word", "mark") and text.lower() == word:
            self._at += 1
            return True
        return False

    def _error(self, expected: str) -> Problem:
        _, text, position = self._peek()
        message = f"The filter has {text} at character {position} where {expected} should be."
        return refused(message, filter=self._text)

    def _either(self) -> Condition:
        tests = [self._both()]
        while self._word("or"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _both(self) -> Condition:
        tests = [self._unary()]
        while self._word("and"):
            tests.append(self._unary())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _unary(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise refused(f"The filter is nested deeper than {_DEEPEST} levels.")
        try:
            if self._word("not"):
                test = self._unary()
                return lambda row: not test(row)
            if self._word("("):
                test = self._either()
                if not self._word(")"):
                    raise self._error("')'")
                return test
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Condition:
        kind, name, place = self._peek()
        if kind != "word":
            raise self._error("a field")
        try:
            read, holds = self._fields.find(name)
        except Problem as problem:
            raise refused(f"{problem.message[:-1]} (at character {place}).", field=name) from None
        self._at += 1
        operator = _SPELLINGS.get(self._peek()[1].lower(), self._peek()[1].lower())
        if self._peek()[0] not in ("word", "sign") or operator not in _OPERATORS:
            raise self._error(f"one of {', '.join(_OPERATORS)}")
        self._at += 1
        place = self._peek()[2]
        value = self._literal()

        def unfit(rule: str) -> Problem:
            message = f"{rule}, not {_written(value)} (at character {place})."
            return refused(message, filter=self._text, field=name)

        if operator in _TEXTUAL or operator == "like":
            if not isinstance(value, str):
                raise unfit(f"'{operator}' compares with text in quotes")
            if holds not in ("", "string", _DATED):
                raise unfit(f"'{name}' compares with {_LITERALS[holds]}")
            textual = _TEXTUAL[operator] if operator != "like" else _like
            return lambda row: isinstance(found := read(row), str) and textual(found, value)
        compared = _moment(value) if holds in ("", _DATED) else value
        if holds and value is not None and not _is_literal(compared, _LITERALS[holds]):
            raise unfit(f"'{name}' compares with {_LITERALS[holds]}")
        if operator not in _ORDERED:
            read, equal = _comparable(read, holds), operator == "eq"
            return lambda row: (read(row) == compared) is equal
        if value is None or isinstance(value, bool):
            raise unfit(f"'{operator}' compares with a number, a date or text in quotes")
        return _in_order(_ORDERED[operator], _comparable(read, holds), compared)

    def _literal(self) -> Any:
        kind, text, _ = self._peek()
        if kind == "text":
            value: Any = text[1:-1].replace(text[0] * 2, text[0]).lower()
        elif kind == "date":
            value = text.lower()
        elif kind == "number":
            value = float(text) if "." in text else int(text)
        elif kind == "word" and text.lower() in _CONSTANTS:
            value = _CONSTANTS[text.lower()]
        else:
            raise self._error("text in quotes, a date, a number, true, false or null")
        self._at += 1
        return value
