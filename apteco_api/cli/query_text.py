"""A query in words: an outline that a person can read and compare. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

Node = Mapping[str, Any]
_WORDS = {"AND": "all of", "OR": "any of", "NOT": "none of", "ANY": "having any of", "THE": "belonging to"}
_LIMITS = ("limits", "topN", "nPer", "rfv", "recency", "frequency")


def query_text(query: Node) -> str:
    """Return the query as an indented outline, with one line for each condition."""
    lines = list(_selection(query.get("selection") or {}))
    if query.get("todayAt"):
        lines.append(f"as of {query['todayAt']}")
    return "\n".join(lines) + "\n"


def _selection(selection: Node) -> Iterator[str]:
    rule: Node = selection.get("rule") or {}
    clause: Node | None = rule.get("clause")
    table = selection.get("tableName") or "?"
    yield f"{table} where" if clause else f"all {table}"
    if clause:
        yield from _indented(_clause(clause))
    for name in _LIMITS:
        if selection.get(name):
            yield f"only: {name} {_details(selection[name])}"


def _clause(clause: Node) -> Iterator[str]:
    if logic := clause.get("logic"):
        yield f"{_WORDS.get(logic.get('operation'), logic.get('operation'))} ({logic.get('tableName')})"
        for operand in logic.get("operands") or ():
            yield from _indented(_clause(operand))
    elif criteria := clause.get("criteria"):
        yield _criteria(criteria)
    elif sub := clause.get("subSelection"):
        yield from _selection(sub.get("selection") or {})


def _criteria(criteria: Node) -> str:
    is_not = "" if criteria.get("include", True) else "not "
    match = criteria.get("textMatchType") or "Is"
    rules = [_rule(each) for each in criteria.get("valueRules") or ()]
    if expression := criteria.get("expressionRule"):
        rules.append(_details(expression))
    joined = f" {str(criteria.get('logic') or 'OR').lower()} ".join(rules)
    what = criteria.get("variableName") or criteria.get("path") or criteria.get("name") or "?"
    return f"{criteria.get('tableName')}.{what} {is_not}{match.lower()} {joined}".rstrip()


def _rule(rule: Node) -> str:
    if listed := rule.get("listRule"):
        return ", ".join(repr(each) for each in str(listed.get("list", "")).split("\t"))
    if (name := rule.get("predefinedRule")) and name != "CustomRule":
        return str(name)
    return _details(rule)


def _details(value: Any) -> str:
    """Return the fields that are set in a structure, on one line."""
    if isinstance(value, Mapping):
        pairs = cast("Node", value).items()
        return "; ".join(f"{key} {_details(each)}" for key, each in pairs if each not in (None, "", [], {}))
    if isinstance(value, list):
        return ", ".join(map(_details, cast("list[object]", value)))
    return str(value)


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)
