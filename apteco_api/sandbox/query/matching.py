"""Conditions for list items of numbers and texts, and for sets of codes."""

# ruff: noqa: S608 - identifiers come from our own tables, values are bound

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from typing import NamedTuple

from ..holidays import Variable
from .errors import WRONG_VALUE, shorten
from .node import Node
from .sql import Statement, column, source, table_of

_NUMBER = re.compile(r"(<=|>=|<|>|=)?\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)", re.ASCII)
_BOUND = re.compile(r'(<=|>=|<|>)"(.*)"', re.DOTALL)
_BETWEEN = re.compile(r'>="(.*)" - <="(.*)"', re.DOTALL)
_EQUAL = re.compile(r'="(.*)"', re.DOTALL)
_ANCHORED = {"Begins": "starts_with", "Ends": "ends_with", "Contains": "contains"}
_TYPES = {
    0: ("INTEGER", 2_000_000_000), 2: ("DECIMAL(9, 2)", 9_999_999), 4: ("DECIMAL(18, 4)", 10**13),
}  # fmt: skip
_LONGEST_ANCHOR = 8  # longer anchors would only add parts
_MANY = 50  # a larger set is one bound list, as a statement with thousands of values is slow to plan
MISSING = "><"
"""The list item that means a missing value of a numeric variable."""


def one_of(statement: Statement, expression: str, values: Sequence[object], kind: str) -> str:
    """Return the condition that an expression has one of some values; no value matches an empty set.

    For the codes 06 and 07 of Destination, which are at the positions 4 and 5:

        (bo.destination IN ($1::UTINYINT, $2::UTINYINT))      with $1 = 4, $2 = 5
    """
    values = list(dict.fromkeys(values))
    if not values:
        return "FALSE"
    if len(values) == 1:
        return f"({expression} = {statement.bind(values[0], kind)})"
    if len(values) > _MANY:
        return f"({expression} IN (SELECT unnest({statement.bind(values, f'{kind}[]')})))"
    return f"({expression} IN ({', '.join(statement.bind(value, kind) for value in values)}))"


def numbers(statement: Statement, node: Node, expression: str, items: Sequence[str], decimals: int) -> str:
    """Return the condition that a number meets at least one list item: a value, a comparison or "missing".

    For `>=500`, `12.5` and `><`:

        ((bo.cost >= $1::DECIMAL(9, 2)) OR (bo.cost IS NULL) OR (bo.cost = $2::DECIMAL(9, 2)))

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
    """Return the value of an item if it is a number in the column's range and precision, else None."""
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
    """Return an exact comparison of a number column with any value, in the column's own type.

    A value with more digits than the column is replaced by a neighbour with the same result, so that the
    column needs no conversion. A value outside the type's range has a constant result.
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
    statement: Statement, variable: Variable, items: Sequence[str], match_type: str, *, ignore: bool
) -> str:
    """Return the condition that a text is, begins with, ends with or contains one of some texts.

    For `Begins`, "Smi", `ignore`:

        (starts_with(lower(pe.surname), $1::VARCHAR))    with $1 = 'smi'
    """
    left, words = _compared(variable, items, ignore=ignore)
    if match_type == "Is":
        return one_of(statement, left, words, "VARCHAR")
    if len(words) > _MANY:
        return _any_pattern(statement, variable, [_around(word, match_type) for word in words], ignore=ignore)
    function = _ANCHORED[match_type]
    bound = [statement.bind(word, "VARCHAR") for word in words]
    return f"({' OR '.join(f'{function}({left}, {value})' for value in bound)})"


def _compared(variable: Variable, items: Sequence[str], *, ignore: bool) -> tuple[str, list[str]]:
    """Return the SQL of a text and the items to compare it with, without duplicates.

    Items are folded by the rules of Unicode: `İ` is `i` with a dot above, not `i`. All letters in the data
    have a simple lower case, for which DuckDB's `lower` gives the same (a test checks this).
    """
    found = list(dict.fromkeys(item.casefold() if ignore else item for item in items))
    return f"lower({column(variable)})" if ignore else column(variable), found


def text_ranges(
    statement: Statement, node: Node, variable: Variable, items: Sequence[str], *, ignore: bool
) -> str:
    """Return the condition that a text meets one of some range items.

    `<"x"`, `<="x"`, `>"x"`, `>="x"` and `>="x" - <="y"` compare as many first characters as the operand has,
    and always ignore case. `="pattern"` matches the whole text, where `?` means one character and `*` any
    number of characters; it ignores case only if `ignore` is set. For `="Sm?th*"`:

        (pe.surname LIKE $1::VARCHAR ESCAPE '\\')    with $1 = 'Sm_th%'
    """
    patterns: list[_Pattern] = []
    parts: list[str] = []
    for item in map(str.strip, items):
        if between := _BETWEEN.fullmatch(item):
            low = _prefix(statement, variable, ">=", between[1])
            parts.append(f"({low} AND {_prefix(statement, variable, '<=', between[2])})")
        elif bound := _BOUND.fullmatch(item):
            parts.append(_prefix(statement, variable, bound[1], bound[2]))
        elif pattern := _EQUAL.fullmatch(item):
            patterns.append(_pattern(pattern[1].casefold() if ignore else pattern[1]))
        else:
            node.fail(WRONG_VALUE, f"{shorten(item)!r} is not a text range", value=item)
    patterns = list(dict.fromkeys(patterns))
    if len(patterns) > _MANY:
        parts.append(_any_pattern(statement, variable, patterns, ignore=ignore))
    else:
        left, _ = _compared(variable, (), ignore=ignore)
        parts += [f"({left} LIKE {statement.bind(each.like, 'VARCHAR')} ESCAPE '\\')" for each in patterns]
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"


def _prefix(statement: Statement, variable: Variable, operator: str, operand: str) -> str:
    """Return the condition on the first characters of a text: `(lower(left(pe.surname, $2)) < $1)`."""
    folded = operand.casefold()
    bound = statement.bind(folded, "VARCHAR")
    length = statement.bind(len(folded), "INTEGER")
    return f"(lower(left({column(variable)}, {length})) {operator} {bound})"


class _Pattern(NamedTuple):
    """A pattern for LIKE, and the longest text that every match contains.

    Attributes:
        like: the pattern, such as `Sm_th%`.
        anchor: the longest run of letters, such as `Sm`; empty for a pattern of wild cards only.
        place: the place of the anchor in a match: 0 at the start, -1 at the end, 1 anywhere.
    """

    like: str
    anchor: str
    place: int


def _pattern(text: str) -> _Pattern:
    """Return the pattern of a text with `?` and `*`."""
    runs = re.split(r"[?*]+", text)
    longest = max(range(len(runs)), key=lambda number: len(runs[number]))
    place = 0 if longest == 0 else -1 if longest == len(runs) - 1 else 1
    return _Pattern(_escaped(text).replace("?", "_").replace("*", "%"), runs[longest], place)


def _around(word: str, match_type: str) -> _Pattern:
    """Return the pattern of the texts that begin with, end with or contain a word."""
    before, after, place = {"Begins": ("", "%", 0), "Ends": ("%", "", -1), "Contains": ("%", "%", 1)}[
        match_type
    ]
    return _Pattern(f"{before}{_escaped(word)}{after}", word, place)


def _escaped(text: str) -> str:
    return re.sub(r"([%_\\])", r"\\\1", text)


def _any_pattern(
    statement: Statement, variable: Variable, patterns: Sequence[_Pattern], *, ignore: bool
) -> str:
    """Return the condition that a text matches one of many patterns, in time linear in texts and patterns.

    For each distinct text, the patterns whose anchor is at its start, at its end or inside it are looked up,
    and only these are tried. There is one part for each place and length of anchors; for `n1*`, `n2*`, …:

        pe.surname IN (
            SELECT text FROM (SELECT text, left(text, 2) AS anchor
                              FROM (SELECT DISTINCT pe.surname AS text FROM holidays.people AS pe))
            JOIN (SELECT unnest($1::VARCHAR[]) AS anchor, unnest($2::VARCHAR[]) AS wild) USING (anchor)
            WHERE text LIKE wild ESCAPE '\\')
    """
    left, _ = _compared(variable, (), ignore=ignore)
    distinct = f"(SELECT DISTINCT {left} AS text FROM {source(table_of(variable))})"
    groups: dict[tuple[int, int], list[_Pattern]] = {}
    for each in patterns:
        groups.setdefault((each.place, min(len(each.anchor), _LONGEST_ANCHOR)), []).append(each)
    parts: list[str] = []
    for (place, length), group in groups.items():
        if not length:
            parts.append(_of_length(statement, left, group))
            continue
        anchors = [each.anchor[-length:] if place < 0 else each.anchor[:length] for each in group]
        pieces = {
            0: f"left(text, {length})",
            -1: f"right(text, {length})",
            1: f"substring(text, unnest(range(1, length(text) - {length} + 2)), {length})",
        }[place]
        bound = (
            statement.bind(anchors, "VARCHAR[]"),
            statement.bind([each.like for each in group], "VARCHAR[]"),
        )
        parts.append(
            f"{left} IN (SELECT text FROM (SELECT text, {pieces} AS anchor FROM {distinct}) "
            f"JOIN (SELECT unnest({bound[0]}) AS anchor, unnest({bound[1]}) AS wild) USING (anchor) "
            "WHERE text LIKE wild ESCAPE '\\')"
        )
    return f"({' OR '.join(parts)})"


def _of_length(statement: Statement, left: str, patterns: Sequence[_Pattern]) -> str:
    """Return the condition for patterns of wild cards only, which depends on a text's length."""
    exact = {len(each.like) for each in patterns if "%" not in each.like}
    parts = [one_of(statement, f"length({left})", sorted(exact), "INTEGER")] if exact else []
    open_ended = [each.like.count("_") for each in patterns if "%" in each.like]
    if open_ended:
        parts.append(f"(length({left}) >= {statement.bind(min(open_ended), 'INTEGER')})")
    return f"({' OR '.join(parts)})"
