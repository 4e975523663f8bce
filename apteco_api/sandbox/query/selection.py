"""Compile selections and clause trees to a condition on one table.

All functions here are steps that pass the parts below them to `sql.finish`, so that a tree of any depth
compiles without recursion.
"""

from __future__ import annotations

from ..holidays import Table
from ..holidays import tables as tree
from . import criteria, modifiers
from .errors import MALFORMED, WRONG_TABLE, WRONG_VALUE, shorten
from .node import Node
from .rules import moment
from .sql import Condition, Statement, Work, find_table, move

_OPERATIONS = {"AND", "OR", "NOT", "ANY", "THE", "INCLUDE"}


def selection(statement: Statement, node: Node, trail: tuple[str, ...] = ()) -> Work:
    """Return the condition of a Selection: its rule, then record set, RFV, N per, Top N and limits."""
    table = find_table(node, "tableName")
    condition = Condition(table, "TRUE")
    rule = node.part("rule")
    if rule is not None:
        condition = yield clause(statement, rule.need("clause"), trail)
        _same_table(node, table, condition)
    for name, modify in modifiers.MODIFIERS.items():
        part = node.part(name)
        if part is not None:
            condition = statement.settle(modify(statement, part, condition))
    return condition


def clause(statement: Statement, node: Node, trail: tuple[str, ...]) -> Work:
    """Return the condition of a Clause: exactly one of logic, criteria and subSelection."""
    kinds = [name for name in ("logic", "criteria", "subSelection") if node.has(name)]
    if len(kinds) != 1:
        node.fail(
            MALFORMED,
            "a clause needs exactly one of logic, criteria and subSelection"
            + (f", not {' and '.join(kinds)}" if kinds else ""),
        )
    part = node.need(kinds[0])
    if kinds[0] == "logic":
        return (yield _logic(statement, part, trail))
    if kinds[0] == "subSelection":
        return (yield _sub_selection(statement, part, trail))
    return (yield _criteria(statement, part, trail))


def _logic(statement: Statement, node: Node, trail: tuple[str, ...]) -> Work:
    operation = node.choice("operation", _OPERATIONS, "")
    if not operation:
        node.fail(MALFORMED, "logic needs an operation")
    table = find_table(node, "tableName")
    operands = node.parts("operands")
    several = operation in ("AND", "OR")
    if not operands or (len(operands) != 1 and not several):
        node.fail(
            WRONG_VALUE,
            f"{operation} takes {'one operand or more' if several else 'one operand'}, not {len(operands)}",
        )
    found: list[Condition] = []
    for operand in operands:
        condition = yield clause(statement, operand, trail)
        if operation not in ("ANY", "THE"):
            _same_table(operand, table, condition)
        found.append(condition)
    first = found[0]
    if operation == "INCLUDE":
        return first
    if several:
        return statement.chain(table, operation, found)
    if operation == "NOT":
        return statement.settle(first.complement())
    if operation == "ANY" and not tree.is_above(table, first.table):
        node.fail(WRONG_TABLE, f"ANY on {table.name} needs an operand below it, not {first.table.name}")
    if operation == "THE" and not tree.is_above(first.table, table):
        node.fail(WRONG_TABLE, f"THE on {table.name} needs an operand above it, not {first.table.name}")
    return statement.settle(move(first, table, node))


def whole(statement: Statement, node: Node, trail: tuple[str, ...] = ()) -> Work:
    """Return the condition of a Query, inside which its own `todayAt` applies."""
    own, before = node.text("todayAt"), statement.today
    statement.today = moment(node, "todayAt", own) if own else before
    condition = yield selection(statement, node.need("selection"), trail)
    statement.today = before
    return condition


def _criteria(statement: Statement, node: Node, trail: tuple[str, ...]) -> Work:
    path = node.text("path")
    if not path:
        queries: list[Condition] = []
        rule = node.part("expressionRule")
        for query in rule.parts("queries") if rule is not None else ():
            condition = yield whole(statement, query, trail)
            # in a stage, as the expression may use it more than once
            queries.append(statement.stage(move(condition, find_table(node, "tableName"), query)))
        return criteria.criteria(statement, node, queries)
    if node.has("variableName") or node.has("valueRules"):
        node.fail(MALFORMED, "criteria has a path as well as rules of its own")
    table = find_table(node, "tableName")
    condition = yield _stored(statement, node, path, trail)
    _same_table(node, table, condition)
    if node.flag("include", True):
        return condition
    return statement.settle(condition.complement())


def _sub_selection(statement: Statement, node: Node, trail: tuple[str, ...]) -> Work:
    path = node.text("path")
    if node.flag("byReference") or path:
        if not path:
            node.fail(MALFORMED, "a subSelection by reference needs a path")
        return (yield _stored(statement, node, path, trail))
    bare = not node.has("selection") and node.has("tableName")
    return (yield selection(statement, node if bare else node.need("selection"), trail))


def _stored(statement: Statement, node: Node, path: str, trail: tuple[str, ...]) -> Work:
    """Return the selection of a stored query."""
    if path in trail:
        node.fail(WRONG_VALUE, f"the query file {shorten(path)} refers to itself", path=path)
    if len(trail) >= 20:
        node.fail(WRONG_VALUE, "query files refer to each other more than 20 levels deep", path=path)
    stored = Node(statement.stored(node, path), f"file {shorten(path)}", node)
    return (yield selection(statement, stored.need("selection"), (*trail, path)))


def _same_table(node: Node, table: Table, condition: Condition) -> None:
    if condition.table.name != table.name:
        node.fail(
            WRONG_TABLE,
            f"a condition on {condition.table.name} stands where one on {table.name} belongs; "
            "ANY and THE change tables",
            found=condition.table.name,
            expected=table.name,
        )
