"""List items of numbers and texts, and sets of codes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation

from .errors import WRONG_VALUE, shorten
from .node import Node
from .sql import Statement

_NUMBER = re.compile(r"(<=|>=|<|>|=)?\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)", re.ASCII)
_BOUND = re.compile(r'(<=|>=|<|>)"(.*)"', re.DOTALL)
_BETWEEN = re.compile(r'>="(.*)" - <="(.*)"', re.DOTALL)
_PATTERN = re.compile(r'="(.*)"', re.DOTALL)
_ANCHORED = {"Begins": "starts_with", "Ends": "ends_with", "Contains": "contains"}
_TYPES = {
    0: ("INTEGER", 2_000_000_000), 2: ("DECIMAL(9, 2)", 9_999_999), 4: ("DECIMAL(18, 4)", 10**13),
}  # fmt: skip
_MANY = 50  # above this a set is one bound list: a statement with thousands of values is slow to plan
MISSING = "><"
"""The list item that stands for "no value" of a numeric variable."""


def one_of(statement: Statement, expression: str, values: Sequence[object], kind: str) -> str:
    """The condition that an expression has one of some values; none match an empty set."""
    values = list(dict.fromkeys(values))
    if not values:
        return "FALSE"
    if len(values) == 1:
        return f"({expression} = {statement.bind(values[0], kind)})"
    if len(values) > _MANY:
        return f"({expression} IN (SELECT unnest({statement.bind(values, f'{kind}[]')})))"
    return f"({expression} IN ({', '.join(statement.bind(value, kind) for value in values)}))"


def numbers(statement: Statement, node: Node, expression: str, items: Sequence[str], decimals: int) -> str:
    """The condition that a number meets at least one list item: a value, a comparison or "missing".

    Args:
        expression: SQL of the number; its values have at most `decimals` digits after the point
            (0, 2 or 4).
        items: such as `5`, `<2.5`, `>=1e3` and `><`.
    """
    plain: list[object] = []
    parts: list[str] = []
    for item in items:
        number = _plain(item, decimals)
        if number is None:
            parts.append(_number(statement, node, expression, item, decimals))
        else:
            plain.append(number)
    if plain or not parts:
        parts.append(one_of(statement, expression, plain, _TYPES[decimals][0]))
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"


def _plain(item: str, decimals: int) -> object:
    """The value of an item that is a number in the column's range and precision, else None."""
    found = _NUMBER.fullmatch(item)
    if not found or found[1] not in (None, "="):
        return None
    value = Decimal(found[2])
    if abs(value) > _TYPES[decimals][1] or value != round(value, decimals):
        return None
    return int(value) if decimals == 0 else round(value, decimals)


def _number(statement: Statement, node: Node, expression: str, item: str, decimals: int) -> str:
    if item == MISSING:
        return f"({expression} IS NULL)"
    found = _NUMBER.fullmatch(item)
    if not found:
        node.fail(WRONG_VALUE, f"{shorten(item)!r} is not a number or a comparison with one", value=item)
    operator = found[1] or "="
    try:
        value = Decimal(found[2])
    except InvalidOperation:  # pragma: no cover - the pattern admits numbers only
        node.fail(WRONG_VALUE, f"{shorten(item)!r} is not a number", value=item)
    return compare(statement, expression, operator, value, decimals)


def compare(statement: Statement, expression: str, operator: str, value: Decimal, decimals: int) -> str:
    """A comparison of a number of few digits with any value, exact and in the column's own type.

    A value with more digits than the column is moved to the neighbour that gives the same answer, so that
    the column needs no conversion; a value out of the type's range decides the comparison by itself.
    """
    kind, limit = _TYPES[decimals]
    if abs(value) > limit:
        above = value > 0
        matches = operator in ("<", "<=") if above else operator in (">", ">=")
        return f"({expression} IS NOT NULL)" if matches else "FALSE"
    step = Decimal(1).scaleb(-decimals)
    exact = value.quantize(step, ROUND_FLOOR)
    if exact != value:
        if operator == "=":
            return "FALSE"
        if operator in ("<", ">="):
            exact = value.quantize(step, ROUND_CEILING)
    bound: object = int(exact) if decimals == 0 else exact
    return f"({expression} {operator} {statement.bind(bound, kind)})"


def texts(
    statement: Statement, expression: str, items: Sequence[str], match_type: str, *, ignore: bool
) -> str:
    """The condition that a text is, begins with, ends with or contains one of some texts."""
    left = f"lower({expression})" if ignore else expression
    if match_type == "Is" and (not ignore or all(map(str.isascii, items))):
        return one_of(statement, left, [item.lower() if ignore else item for item in items], "VARCHAR")
    bound = [statement.bind(item, "VARCHAR") for item in dict.fromkeys(items)]
    right = [f"lower({value})" for value in bound] if ignore else bound
    if match_type == "Is":  # lower-casing is left to DuckDB, which knows its own rules for other letters
        return f"({left} IN ({', '.join(right)}))" if len(right) > 1 else f"({left} = {right[0]})"
    function = _ANCHORED[match_type]
    return f"({' OR '.join(f'{function}({left}, {value})' for value in right)})"


def text_ranges(
    statement: Statement, node: Node, expression: str, items: Sequence[str], *, ignore: bool
) -> str:
    """The condition that a text meets one of some range items.

    `<"x"`, `<="x"`, `>"x"`, `>="x"` and `>="x" - <="y"` compare as many first characters as the operand has,
    never minding case. `="pattern"` matches the whole text, `?` standing for one character and `*` for any
    number, and minds case unless `ignore` is set.
    """
    parts = [_range(statement, node, expression, item, ignore) for item in items]
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"


def _range(statement: Statement, node: Node, expression: str, item: str, ignore: bool) -> str:
    item = item.strip()
    if between := _BETWEEN.fullmatch(item):
        low = _prefix(statement, expression, ">=", between[1])
        return f"({low} AND {_prefix(statement, expression, '<=', between[2])})"
    if bound := _BOUND.fullmatch(item):
        return _prefix(statement, expression, bound[1], bound[2])
    if pattern := _PATTERN.fullmatch(item):
        return like(statement, expression, pattern[1], ignore=ignore)
    node.fail(WRONG_VALUE, f"{shorten(item)!r} is not a text range", value=item)


def _prefix(statement: Statement, expression: str, operator: str, operand: str) -> str:
    bound = statement.bind(operand, "VARCHAR")
    length = statement.bind(len(operand), "INTEGER")
    return f"(lower(left({expression}, {length})) {operator} lower({bound}))"


def like(statement: Statement, expression: str, pattern: str, *, ignore: bool) -> str:
    """The condition that a whole text matches a pattern with `?` and `*`."""
    escaped = re.sub(r"([%_\\])", r"\\\1", pattern)
    wild = escaped.replace("?", "_").replace("*", "%")
    bound = statement.bind(wild, "VARCHAR")
    return f"({expression} {'ILIKE' if ignore else 'LIKE'} {bound} ESCAPE '\\')"
