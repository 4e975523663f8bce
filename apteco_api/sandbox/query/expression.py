"""Expressions: a documented subset of formulas with the variables of one table.

Grammar, lowest binding first: `OR`, `AND`, `NOT`, one comparison (`= <> < <= > >=`), `+ - &` (`&` joins
texts), `* / %`, unary `-`; then numbers, texts in double quotes, variables in square brackets (by name or
description), `TRUE`, `FALSE`, parentheses, `QUERY(n)` (whether the record meets the n-th of the expression's
queries, from 1), and calls of the functions in `_FUNCTIONS`. A selector is the
text of its code. A record without a value meets no comparison. The difference of two dates is in days.
Everything that is not in this grammar is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from ..holidays import VARIABLES, Kind, Table
from .errors import UNKNOWN_NAME, WRONG_TABLE, WRONG_VALUE, shorten
from .node import Node
from .sql import Condition, Statement, column

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?)
      | "(?P<text>(?:[^"]|"")*)"
      | \[(?P<variable>[^\]]+)\]
      | (?P<word>[A-Za-z_]\w*)
      | (?P<sign><=|>=|<>|!=|[-+*/%&=<>(),])
    )""",
    re.VERBOSE | re.ASCII,
)
_DEEPEST = 60
_LONGEST = 4000
_MOST_ASKED = 20


class _Value(NamedTuple):
    sql: str
    kind: str  # number, text, date or truth


class _Function(NamedTuple):
    takes: tuple[str, ...]
    gives: str
    sql: str


_FUNCTIONS: dict[str, _Function] = {
    "ABS": _Function(("number",), "number", "abs({0})"),
    "FLOOR": _Function(("number",), "number", "floor({0})"),
    "CEILING": _Function(("number",), "number", "ceil({0})"),
    "ROUND": _Function(("number",), "number", "round({0})"),
    "LEAST": _Function(("number", "number"), "number", "least({0}, {1})"),
    "GREATEST": _Function(("number", "number"), "number", "greatest({0}, {1})"),
    "LEN": _Function(("text",), "number", "length({0})::DOUBLE"),
    "UPPER": _Function(("text",), "text", "upper({0})"),
    "LOWER": _Function(("text",), "text", "lower({0})"),
    "CONTAINS": _Function(("text", "text"), "truth", "contains({0}, {1})"),
    "BEGINS": _Function(("text", "text"), "truth", "starts_with({0}, {1})"),
    "ENDS": _Function(("text", "text"), "truth", "ends_with({0}, {1})"),
    "YEAR": _Function(("date",), "number", "year({0})::DOUBLE"),
    "MONTH": _Function(("date",), "number", "month({0})::DOUBLE"),
    "DAY": _Function(("date",), "number", "day({0})::DOUBLE"),
    "WEEKDAY": _Function(("date",), "number", "isodow({0})::DOUBLE"),
    "DATE": _Function(("text",), "date", "try_cast({0} AS TIMESTAMP)"),
    "TODAY": _Function((), "date", "{today}"),
}
_COMPARISONS = ("=", "<>", "!=", "<", "<=", ">", ">=")


def condition(statement: Statement, node: Node, table: Table, queries: list[Condition]) -> str:
    """Return the condition of an Expression; for a number, that it is not zero."""
    value = _parse(statement, node, table, _text_of(node, table), queries)
    if value.kind == "number":
        return f"({value.sql} <> 0)"
    if value.kind != "truth":
        node.fail(WRONG_VALUE, f"a condition is wanted, and the expression is a {value.kind}")
    return value.sql


def order(statement: Statement, node: Node, table: Table) -> str:
    """Return SQL of the sort key of a Top N: its `orderExpression` or `expression`."""
    part = node.part("orderExpression")
    if part is not None:
        part.refuse("queries")
    text = _text_of(part, table) if part is not None else node.must("expression")
    value = _parse(statement, part or node, table, text, [])
    if value.kind == "truth":
        node.fail(WRONG_VALUE, "records cannot be ordered by a condition")
    return value.sql


def kind(statement: Statement, node: Node, table: Table, queries: list[Condition]) -> str:
    """Return the kind of an Expression's value: number, text, date or truth."""
    return _parse(statement, node, table, _text_of(node, table), queries).kind


def _text_of(node: Node, table: Table) -> str:
    name = node.text("tableName")
    if name and name != table.name:
        node.fail(WRONG_TABLE, f"the expression is on {name}, and {table.name} is wanted")
    return node.text("serverText") or node.must("displayText")


def _parse(statement: Statement, node: Node, table: Table, text: str, queries: list[Condition]) -> _Value:
    return _Parser(statement, node, table, text, queries).parse()


class _Parser:
    """A recursive parser with one pass over the tokens. Nesting is limited, so recursion is safe."""

    def __init__(
        self, statement: Statement, node: Node, table: Table, text: str, queries: list[Condition]
    ) -> None:
        self._statement = statement
        self._queries = queries
        self._node = node
        self._table = table
        self._tokens = self._split(text)
        self._place = 0
        self._depth = 0
        self._asked = 0

    def parse(self) -> _Value:
        value = self._or()
        if self._peek() is not None:
            self._unexpected()
        return value

    def _split(self, text: str) -> list[tuple[str, str]]:
        if len(text) > _LONGEST:
            self._node.fail(WRONG_VALUE, f"an expression can have {_LONGEST} characters")
        tokens: list[tuple[str, str]] = []
        place, text = 0, text.rstrip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if not found or found.lastgroup is None:
                self._node.unsupported(f"{shorten(text[place:].strip(), 20)!r} in an expression")
            tokens.append((found.lastgroup, found[found.lastgroup]))
            place = found.end()
        return tokens

    def _peek(self) -> tuple[str, str] | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _accept(self, kind: str, *values: str) -> str | None:
        token = self._peek()
        if token is None or token[0] != kind or (values and token[1].upper() not in values):
            return None
        self._place += 1
        return token[1]

    def _expect(self, sign: str) -> None:
        if self._accept("sign", sign) is None:
            self._unexpected(f"; {sign} is wanted")

    def _unexpected(self, more: str = "") -> NoReturn:
        token = self._peek()
        what = "the end of the expression" if token is None else repr(shorten(token[1], 20))
        self._node.fail(WRONG_VALUE, f"{what} does not fit here in the expression{more}")

    def _want(self, value: _Value, kind: str) -> str:
        if value.kind != kind:
            self._node.fail(WRONG_VALUE, f"a {kind} is wanted in the expression, not a {value.kind}")
        return value.sql

    def _or(self) -> _Value:
        self._depth += 1
        if self._depth > _DEEPEST:
            self._node.fail(WRONG_VALUE, f"an expression can be nested {_DEEPEST} deep")
        value = self._chain("OR", lambda: self._chain("AND", self._not))
        self._depth -= 1
        return value

    def _chain(self, word: str, below: Callable[[], _Value]) -> _Value:
        first = below()
        parts = [first]
        while self._accept("word", word):
            parts.append(below())
        if len(parts) == 1:
            return first
        return _Value(f"({f' {word} '.join(self._want(part, 'truth') for part in parts)})", "truth")

    def _not(self) -> _Value:
        turns = 0
        while self._accept("word", "NOT"):
            turns += 1
        value = self._comparison()
        if not turns:
            return value
        sql = self._want(value, "truth")
        return _Value(f"({sql} IS {'NOT ' if turns % 2 else ''}TRUE)", "truth")

    def _comparison(self) -> _Value:
        left = self._sum()
        sign = self._accept("sign", *_COMPARISONS)
        if sign is None:
            return left
        right = self._sum()
        if left.kind != right.kind:
            self._node.fail(WRONG_VALUE, f"a {left.kind} cannot be compared with a {right.kind}")
        return _Value(f"({left.sql} {sign} {right.sql})", "truth")

    def _sum(self) -> _Value:
        value = self._product()
        while sign := self._accept("sign", "+", "-", "&"):
            right = self._product()
            if sign == "&":
                value = _Value(f"({self._want(value, 'text')} || {self._want(right, 'text')})", "text")
            elif value.kind == "date" and right.kind == "date" and sign == "-":
                value = _Value(f"date_diff('day', {right.sql}, {value.sql})::DOUBLE", "number")
            elif value.kind == "date":
                days = f"to_days(try_cast({self._want(right, 'number')} AS INTEGER))"
                value = _Value(f"TRY({value.sql} {sign} {days})", "date")
            else:
                value = _Value(
                    f"({self._want(value, 'number')} {sign} {self._want(right, 'number')})", "number"
                )
        return value

    def _product(self) -> _Value:
        value = self._unary()
        while sign := self._accept("sign", "*", "/", "%"):
            left, right = self._want(value, "number"), self._want(self._unary(), "number")
            divisor = right if sign == "*" else f"nullif({right}, 0)"
            value = _Value(f"({left} {sign} {divisor})", "number")
        return value

    def _unary(self) -> _Value:
        turns = 0
        while self._accept("sign", "-"):
            turns += 1
        value = self._primary()
        if not turns:
            return value
        sql = self._want(value, "number")
        return _Value(f"(- {sql})" if turns % 2 else sql, "number")

    def _primary(self) -> _Value:
        token = self._peek()
        if token is None:
            self._unexpected()
        kind, text = token
        self._place += 1
        match kind:
            case "number":
                return _Value(self._statement.bind(float(text), "DOUBLE"), "number")
            case "text":
                return _Value(self._statement.bind(text.replace('""', '"'), "VARCHAR"), "text")
            case "variable":
                return self._variable(text.strip())
            case "word":
                return self._call(text)
            case _:
                if text != "(":
                    self._place -= 1
                    self._unexpected()
        value = self._or()
        self._expect(")")
        return value

    def _variable(self, name: str) -> _Value:
        for variable in VARIABLES:
            if name in (variable.name, variable.description):
                break
        else:
            self._node.fail(UNKNOWN_NAME, f"there is no variable {shorten(name)!r}", variable=name)
        if variable.table != self._table.name:
            self._node.fail(WRONG_TABLE, f"{variable.name} is not a variable of {self._table.name}")
        sql = column(variable)
        match variable.kind:
            case Kind.NUMERIC | Kind.REFERENCE:
                return _Value(f"{sql}::DOUBLE", "number")
            case Kind.TEXT:
                return _Value(sql, "text")
            case Kind.DATE | Kind.DATETIME:
                return _Value(f"{sql}::TIMESTAMP", "date")
            case Kind.SELECTOR:
                codes = [None, *(code.code.strip() for code in variable.codes[1:])]
                listed = self._statement.bind(codes, "VARCHAR[]")
                return _Value(f"list_extract({listed}, {sql} + 1)", "text")
            case _:
                self._node.unsupported(f"{variable.name} in an expression: it has several values a record")

    def _call(self, word: str) -> _Value:
        name = word.upper()
        if name in ("TRUE", "FALSE"):
            return _Value(name, "truth")
        special = {"IF": self._if, "ISMISSING": self._is_missing, "QUERY": self._query}.get(name)
        if special is not None:
            self._expect("(")
            return special()
        function = _FUNCTIONS.get(name)
        if function is None:
            self._node.unsupported(f"the function {shorten(word, 40)} in an expression")
        self._expect("(")
        arguments: list[str] = []
        for number, kind in enumerate(function.takes):
            if number:
                self._expect(",")
            arguments.append(self._want(self._or(), kind))
        self._expect(")")
        today = self._statement.bind(self._statement.today, "TIMESTAMP") if name == "TODAY" else ""
        return _Value(function.sql.format(*arguments, today=f"date_trunc('day', {today})"), function.gives)

    def _if(self) -> _Value:
        test = self._want(self._or(), "truth")
        self._expect(",")
        then = self._or()
        self._expect(",")
        otherwise = self._want(self._or(), then.kind)
        self._expect(")")
        return _Value(f"(CASE WHEN {test} THEN {then.sql} ELSE {otherwise} END)", then.kind)

    def _is_missing(self) -> _Value:
        value = self._or()
        self._expect(")")
        return _Value(f"({value.sql} IS NULL)", "truth")

    def _query(self) -> _Value:
        text = self._accept("number")
        if text is None:
            self._unexpected("; the number of a query is wanted")
        number = int(text) if text.isdecimal() else 0
        if not 1 <= number <= len(self._queries):
            self._node.fail(WRONG_VALUE, f"the expression has {len(self._queries)} queries, and no {text}")
        self._asked += 1
        if self._asked > _MOST_ASKED:
            self._node.fail(WRONG_VALUE, f"an expression can ask for its queries {_MOST_ASKED} times")
        self._expect(")")
        return _Value(f"(({self._queries[number - 1].sql}) IS TRUE)", "truth")
