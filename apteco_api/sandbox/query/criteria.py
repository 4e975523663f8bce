"""Criteria: conditions on one variable."""

from __future__ import annotations

from ..holidays import Kind, Table, Variable
from . import bands, daterule, expression, matching, rules
from .errors import MALFORMED, WRONG_TABLE, WRONG_VALUE
from .node import Node
from .sql import SUBQUERY, Condition, Statement, column, find_table, find_variable

MATCH_TYPES = ("Ranges", "Is", "Begins", "Ends", "Contains")
_DATED = (Kind.DATE, Kind.DATETIME)
_LIST_RULES = ("DateRange", "AdhocDates", "AdhocValues")
_NEVER = "FALSE"


def criteria(statement: Statement, node: Node, queries: list[Condition]) -> Condition:
    """Return the condition of a Criteria without a path.

    Args:
        queries: the queries of its expression, on the criteria's table.

    `include: false` gives the complement over all records, which includes records without a value.
    """
    table = find_table(node, "tableName")
    if node.has("expressionRule"):
        if node.has("valueRules"):
            node.fail(MALFORMED, "criteria has an expressionRule as well as valueRules")
        sql = expression.condition(statement, node.need("expressionRule"), table, queries)
    else:
        sql = _value_rules(statement, node, table)
    if not node.flag("include", True):
        sql = f"(({sql}) IS NOT TRUE)"
    return Condition(table, sql, 3, 1 + SUBQUERY * len(queries))


def _value_rules(statement: Statement, node: Node, table: Table) -> str:
    value_rules = node.parts("valueRules")
    if not value_rules:
        node.fail(MALFORMED, "criteria needs valueRules, an expressionRule or a path")
    logic = node.choice("logic", ("OR", "AND"), "OR")
    parts = [_value_rule(statement, node, rule, table, logic) for rule in value_rules]
    return parts[0] if len(parts) == 1 else f"({f' {logic} '.join(parts)})"


def _value_rule(statement: Statement, node: Node, rule: Node, table: Table, logic: str) -> str:
    predefined = rule.choice("predefinedRule", rules.PREDEFINED, "")
    kinds = [name for name in ("listRule", "dateRule", "ageRule", "timeRule") if rule.has(name)]
    if len(kinds) > 1:
        rule.fail(MALFORMED, f"a value rule has {' and '.join(kinds)}")
    if not kinds:
        if not predefined:
            rule.fail(
                MALFORMED, "a value rule needs a listRule, dateRule, ageRule, timeRule or predefinedRule"
            )
        variable = _variable(node, table, *_DATED)
        return rules.predefined(_today(statement, node), rule, predefined, variable)
    kind = kinds[0]
    fitting = {
        "listRule": _LIST_RULES, "dateRule": ("CustomRule", "DateRange"), "ageRule": ("CustomAgeRule",),
        "timeRule": ("CustomTimeRule",),
    }[kind]  # fmt: skip
    if predefined and predefined not in fitting:
        rule.fail(WRONG_VALUE, f"the predefinedRule {predefined} does not go with a {kind}")
    part = rule.need(kind)
    if kind == "listRule":
        return _list_rule(_today(statement, node), node, part, table, logic)
    if kind == "dateRule":
        return daterule.date_rule(_today(statement, node), part, _variable(node, table, *_DATED))
    if kind == "ageRule":
        return rules.age_rule(_today(statement, node), part, _variable(node, table, *_DATED))
    return rules.time_rule(statement, part, _variable(node, table, Kind.DATETIME))


def _today(statement: Statement, node: Node) -> rules.Clock:
    own = node.text("todayAt")
    today = rules.moment(node, "todayAt", own) if own else statement.today
    return rules.Clock(statement, today)


def _variable(node: Node, table: Table, *kinds: Kind, source: Node | None = None) -> Variable:
    variable = find_variable(source or node)
    if variable.table != table.name:
        node.fail(
            WRONG_TABLE,
            f"the variable {variable.name} belongs to {variable.table}, the criteria to {table.name}",
            variable=variable.name,
        )
    if kinds and variable.kind not in kinds:
        node.fail(
            WRONG_VALUE,
            f"the rule does not fit {variable.name}, a {variable.kind.value} variable",
            variable=variable.name,
        )
    return variable


def _list_rule(clock: rules.Clock, node: Node, part: Node, table: Table, logic: str) -> str:
    variable = _variable(node, table, source=part if part.has("variableName") else node)
    items = (part.text("list") or "").split("\t")
    statement = clock.statement
    banding = part.choice("bandingType", bands.BANDINGS, "None")
    if banding != "None":
        return _banded(clock, part, banding, variable, items)
    if variable.kind is Kind.TEXT:
        return _text(statement, node, part, variable, items)
    items = [item.strip() for item in items if item.strip()]
    if not items:
        return _NEVER
    match variable.kind:
        case Kind.SELECTOR:
            places = [place for item in items if (place := variable.position(item)) is not None]
            return matching.one_of(statement, column(variable), places, "UTINYINT")
        case Kind.FLAGS:
            return _flags(statement, variable, items, logic)
        case Kind.NUMERIC:
            return matching.numbers(statement, part, column(variable), items, variable.decimals)
        case Kind.DATE | Kind.DATETIME:
            return rules.days(statement, column(variable), items, timed=variable.kind is Kind.DATETIME)
        case _:
            keys = [int(item) for item in items if item.isascii() and item.isdecimal() and len(item) < 10]
            return matching.one_of(statement, column(variable), keys, "INTEGER")


def _banded(clock: rules.Clock, part: Node, banding: str, variable: Variable, items: list[str]) -> str:
    if variable.kind not in _DATED:
        part.unsupported(
            f"listRule.bandingType {banding} on {variable.name}, a {variable.kind.value} variable"
        )
    band = bands.date_band(part, banding, variable, clock)
    keys = [key for item in items if (key := band.key_of(item.strip())) is not None]
    known = matching.one_of(clock.statement, band.sql, keys, "BIGINT")
    if any(item.strip() in (band.missing_code, "!") for item in items):
        return f"({known} OR {column(variable)} IS NULL)"
    return known


def _text(statement: Statement, node: Node, part: Node, variable: Variable, items: list[str]) -> str:
    if not part.has("list"):
        return _NEVER
    match_type = node.choice("textMatchType", MATCH_TYPES, "Is")
    ignore = node.flag("ignoreCase")
    if match_type == "Ranges":
        return matching.text_ranges(statement, part, variable, items, ignore=ignore)
    return matching.texts(statement, variable, items, match_type, ignore=ignore)


def _flags(statement: Statement, variable: Variable, items: list[str], logic: str) -> str:
    """Return the condition on a bit mask; for Food or Trips, the first and the fourth flag:

    ((bo.facilities::UINTEGER & $1::UINTEGER <> 0))      with $1 = 9
    """
    places = [variable.position(item) for item in items]
    flags = column(variable)
    mask = 0
    for place in places:
        mask |= 1 << (place - 1) if place else 0
    if logic == "AND":
        if None in places or (0 in places and mask):
            return _NEVER
        if not mask:
            return f"({flags} = 0)"
        bound = statement.bind(mask, "UINTEGER")
        return f"({flags}::UINTEGER & {bound} = {bound})"
    parts = [f"({flags}::UINTEGER & {statement.bind(mask, 'UINTEGER')} <> 0)"] if mask else []
    if 0 in places:
        parts.append(f"({flags} = 0)")
    return f"({' OR '.join(parts)})" if parts else _NEVER
