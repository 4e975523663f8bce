"""Make a valid value for each schema of a document, with every property of the direction (request or answer).

The module follows the OpenAPI specification and shares no code with the generator, which must not judge itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, cast
from urllib.parse import unquote

Json = dict[str, Any]
MISSING: Any = object()
"""Stands for no value, where a schema contains itself."""
EXTENDED = "allOf "
"""Begins an entry of `inside` for a schema that an allOf part refers to."""
DEEPEST = 12
"""Levels of nested schemas in a value; optional properties below are left out."""
TEXTS = {
    "date-time": "2024-05-06T07:08:09Z",
    "date": "2024-05-06",
    "time": "07:08:09Z",
    "duration": "P1DT2H",
    "uuid": "7f2c1d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f",
    "uri": "https://example.com/a",
    "url": "https://example.com/a",
    "email": "ann@example.com",
    "byte": "aGVsbG8=",
    "decimal": "12.50",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "hostname": "example.com",
}


class Samples:
    """Maker of values for the schemas of one document (OpenAPI 3.1)."""

    def __init__(self, document: Json) -> None:
        self.document = document

    def at(self, node: Any) -> Any:
        """Return a node, or the target of its reference; None if the target does not exist."""
        for _ in range(20):
            if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)):
                return node
            found: Any = self.document
            for part in node["$ref"].removeprefix("#").split("/")[1:]:
                key = unquote(part).replace("~1", "/").replace("~0", "~")
                if isinstance(found, list) and key.isdigit() and int(key) < len(found):
                    found = found[int(key)]
                else:
                    found = found.get(key) if isinstance(found, dict) else None
            node = found
        return None

    def value(self, schema: Any, hidden: str = "writeOnly", inside: tuple[str, ...] = ()) -> Any:
        """Return a value of a schema, or MISSING if it has none.

        Args:
            schema: the schema.
            hidden: `readOnly` for what a caller sends, `writeOnly` for what a server answers.
            inside: references that lead here.
        """
        if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
            reference = schema["$ref"]
            if reference in inside or _levels(inside) > DEEPEST:
                return MISSING
            return self.value(self.at(schema), hidden, (*inside, reference))
        if not isinstance(schema, dict):
            return "text"
        merged = self.merged(schema, inside)
        extended = tuple(
            f"{EXTENDED}{part.get('$ref')}" for part in schema.get("allOf") or () if "$ref" in part
        )
        if merged is None or not set(extended).isdisjoint(inside):
            return MISSING
        inside = (*inside, *extended)
        if "const" in merged:
            return merged["const"]
        if merged.get("enum"):
            return next((each for each in merged["enum"] if each is not None), None)
        for keyword in ("oneOf", "anyOf"):
            if merged.get(keyword):
                return self._variant(merged, keyword, hidden, inside)
        return self._plain(merged, hidden, inside)

    def merged(self, schema: Json, inside: tuple[str, ...]) -> Json | None:
        """Return a schema with its allOf parts merged into it; None if it extends itself."""
        result: Json = {"properties": {}, "required": []}
        for part in schema.get("allOf") or ():
            if isinstance(part, dict) and part.get("$ref") in inside:
                return None
            target = self.at(part)
            if not isinstance(target, dict):
                continue
            inner = self.merged(target, (*inside, str(part.get("$ref", ""))))
            if inner is None:
                return None
            # the variants that a base schema lists are not a part of each variant
            listing = "discriminator" in target and bool(target.get("properties"))
            kept = {k: v for k, v in inner.items() if not (listing and k in ("oneOf", "anyOf"))}
            self._join(result, kept)
        self._join(result, schema)
        return {key: value for key, value in result.items() if value or key not in ("properties", "required")}

    @staticmethod
    def _join(result: Json, part: Json) -> None:
        for key, value in part.items():
            if key == "properties" and isinstance(value, dict):
                known = {
                    k: v for k, v in result["properties"].items() if _closed(v) and not _closed(value.get(k))
                }
                result["properties"] = {**result["properties"], **value, **known}
            elif key == "required" and isinstance(value, list):
                result["required"] = [*result["required"], *value]
            elif key != "allOf":
                result[key] = value

    def _variant(self, schema: Json, keyword: str, hidden: str, inside: tuple[str, ...]) -> Any:
        """Return a value of the first variant that has one, with the properties beside the variants."""
        rest = {key: value for key, value in schema.items() if key not in ("oneOf", "anyOf")}
        beside: Any = self._plain(rest, hidden, inside) if rest.get("properties") else {}
        for variant in schema[keyword]:
            target = self.at(variant)
            if not isinstance(target, dict) or target.get("type") == "null":
                continue
            if target.keys() <= {"required", "description", "title"}:  # lists only required properties
                return beside
            found = self.value(variant, hidden, inside)
            if found is MISSING or found is None:
                continue
            if isinstance(found, dict):
                found = {**(beside if beside is not MISSING else {}), **found}
                self._tell(found, schema.get("discriminator"), variant, target)
            return found
        return MISSING

    def _tell(self, value: Json, discriminator: Any, variant: Any, target: Json) -> None:
        """Set the discriminator's property to the name of the variant."""
        if not isinstance(discriminator, dict) or "propertyName" not in discriminator:
            return
        name, reference = discriminator["propertyName"], str(variant.get("$ref", ""))
        merged = self.merged(target, ()) or {}
        declared = self.at(merged.get("properties", {}).get(name)) or {}
        own = [declared["const"]] if "const" in declared else declared.get("enum")
        for said, to in (discriminator.get("mapping") or {}).items():
            if (to == reference or to == reference.rsplit("/", 1)[-1]) and (not own or said in own):
                value[name] = said
                return
        if own:
            return  # the property has a constant or an enum of its own
        if reference:
            value[name] = reference.rsplit("/", 1)[-1]

    def _plain(self, schema: Json, hidden: str, inside: tuple[str, ...]) -> Any:
        declared = schema.get("type")
        kinds = [declared] if isinstance(declared, str) else list(declared or ())
        kind = next((each for each in kinds if each != "null"), "")
        if not kind:
            if "properties" in schema or "additionalProperties" in schema or "required" in schema:
                kind = "object"
            else:
                kind = "array" if "items" in schema or "prefixItems" in schema else ""
        if kind == "object":
            return self._object(schema, hidden, inside)
        if kind == "array":
            return self._array(schema, hidden, inside)
        if kind == "boolean":
            return True
        if kind in ("integer", "number"):
            return _number(schema, kind)
        return None if kinds == ["null"] else _text(schema)

    def _object(self, schema: Json, hidden: str, inside: tuple[str, ...]) -> Any:
        required = schema.get("required", [])
        found: Json = {}
        for name, declared in (schema.get("properties") or {}).items():
            target = self.at(declared)
            if isinstance(target, dict) and target.get(hidden) is True:
                continue
            inner = MISSING
            if name in required or _levels(inside) < DEEPEST:
                inner = self.value(declared, hidden, inside)
            if inner is not MISSING:
                found[name] = inner
            elif name in required:
                return MISSING
        more = schema.get("additionalProperties")
        if more is True or (isinstance(more, dict) and (more or not found)):
            inner = self.value(more, hidden, inside)
            if inner is not MISSING:
                found["extra"] = inner
        return found

    def _array(self, schema: Json, hidden: str, inside: tuple[str, ...]) -> Any:
        first = schema.get("prefixItems") or (
            schema["items"] if isinstance(schema.get("items"), list) else []
        )
        found = [self.value(each, hidden, inside) for each in first]
        if not found:
            item = self.value(schema.get("items", {}), hidden, inside)
            found = [item] * max(1, int(schema.get("minItems") or 0))
        return [] if MISSING in found else found


def _levels(inside: tuple[str, ...]) -> int:
    return sum(not reference.startswith(EXTENDED) for reference in inside)


def _closed(schema: Any) -> bool:
    """Return whether a schema has a constant or an enum."""
    return isinstance(schema, dict) and ("const" in schema or bool(schema.get("enum")))


def _number(schema: Json, kind: str) -> int | float:
    low, high = schema.get("minimum"), schema.get("maximum")
    step = schema.get("multipleOf") or 1
    over, under = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    value: float = 7
    if isinstance(over, (int, float)) and not isinstance(over, bool):
        low = max(over + step, low if low is not None else over + step)
    if isinstance(under, (int, float)) and not isinstance(under, bool):
        high = min(under - step, high if high is not None else under - step)
    if low is not None and value < low:
        value = low
    if high is not None and value > high:
        value = high
    return int(value) if kind == "integer" or float(value).is_integer() else value


def _text(schema: Json) -> str:
    form = TEXTS.get(str(schema.get("format")), "")
    pattern, least = schema.get("pattern"), int(schema.get("minLength") or 0)
    most = int(schema.get("maxLength") or 10_000)
    for text in (form, "text"):
        if text and (not pattern or _fits(pattern, text)):
            return text if form else text[:most].ljust(least, "x")
    made = (matching(pattern, times) for times in (0, 1, least, most))
    for text in chain(_examples(schema), made):
        if isinstance(text, str) and _fits(pattern, text) and least <= len(text) <= most:
            return text
    return form or "text"[:most].ljust(least, "x")


def _examples(schema: Json) -> list[Any]:
    return [schema.get("example"), *(schema.get("examples") or [])]


def _fits(pattern: Any, text: str) -> bool:
    try:
        return re.search(str(pattern), text) is not None
    except re.error:
        return True  # not an expression that Python can check


def matching(pattern: Any, times: int) -> str:
    """Return a text that matches a regular expression in most cases; parts repeat at least `times` times."""
    from re import _parser  # type: ignore[attr-defined]  # Python's only parser of expressions

    try:
        return "".join(_characters(_parser.parse(str(pattern)), times))
    except (re.error, RecursionError):
        return ""


def _characters(parts: Any, times: int) -> Iterator[str]:
    for name, value in cast("list[tuple[Any, Any]]", list(parts)):
        kind = str(name)
        if kind == "LITERAL":
            yield chr(value)
        elif kind == "IN":
            yield _one_of(value)
        elif kind == "ANY":
            yield "x"
        elif kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            low, high, inner = value
            for _ in range(min(max(low, min(times, 300)), high if isinstance(high, int) else 300)):
                yield from _characters(inner, min(times, 1))  # one level of repeats is enough for any length
        elif kind == "SUBPATTERN":
            yield from _characters(value[-1], times)
        elif kind == "BRANCH":
            yield from _characters(value[1][0], times)


def _one_of(choices: Any) -> str:
    for character in "a0A-_ .:/#":
        if _is_one_of(choices, character):
            return character
    kind, value = choices[0]
    return chr(value[0] if str(kind) == "RANGE" else value) if str(kind) in ("RANGE", "LITERAL") else "~"


def _is_one_of(choices: Any, character: str) -> bool:
    classes = {"CATEGORY_DIGIT": r"\d", "CATEGORY_WORD": r"\w", "CATEGORY_SPACE": r"\s",
               "CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_NOT_WORD": r"\W", "CATEGORY_NOT_SPACE": r"\S"}  # fmt: skip
    negated = found = False
    for kind, value in choices:
        if str(kind) == "NEGATE":
            negated = True
        elif str(kind) == "LITERAL":
            found = found or value == ord(character)
        elif str(kind) == "RANGE":
            found = found or value[0] <= ord(character) <= value[1]
        elif str(kind) == "CATEGORY":
            found = found or re.match(classes.get(str(value), "x"), character) is not None
    return found != negated
