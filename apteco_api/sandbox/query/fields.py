"""The text of a variable's value in exports, as code and as description."""

from __future__ import annotations

from ..holidays import Kind, Variable
from .sql import Statement, column

# A tab or a line break would end a field or a row; few texts have one.
_SPACES = (
    "CASE WHEN contains({x}, chr(9)) OR contains({x}, chr(10)) OR contains({x}, chr(13))"
    " THEN translate({x}, chr(9) || chr(10) || chr(13), '   ') ELSE {x} END"
)


def spaced(text: str) -> str:
    """Return a text with blanks in place of tabs and line breaks."""
    return text.translate({9: " ", 10: " ", 13: " "})


def day_number(x: str) -> str:
    """Return SQL of a date as YYYYMMDD; much faster than strftime."""
    return f"(year({x}) * 10000 + month({x}) * 100 + day({x}))::VARCHAR"


def description(statement: Statement, variable: Variable, missing: str = "Unclassified") -> str:
    """Return SQL of a value's description, never NULL; `missing` is the text of an unclassified value."""
    x = column(variable)
    match variable.kind:
        case Kind.SELECTOR:
            words = [missing, *(code.description for code in variable.codes[1:])]
            return _listed(statement, words, x)
        case Kind.FLAGS:
            return _flags(statement, [code.description for code in variable.codes[1:]], x, missing)
        case Kind.DATE:
            return _date(statement, x, "%d-%m-%Y", missing)
        case Kind.DATETIME:
            return _date(statement, x, "%d-%m-%Y %H:%M:%S", missing)
        case Kind.TEXT:
            return _SPACES.format(x=x)
        case _:
            return f"coalesce({x}::VARCHAR, '')"


def code(statement: Statement, variable: Variable, *, empty: bool = False) -> str:
    """Return SQL of a value's code, never NULL; with `empty`, the code of an unclassified value is empty."""
    x = column(variable)
    match variable.kind:
        case Kind.SELECTOR:
            codes = [item.code for item in variable.codes]
            return _listed(statement, ["", *codes[1:]] if empty else codes, x)
        case Kind.FLAGS:
            codes = [item.code for item in variable.codes]
            return _flags(statement, codes[1:], x, "" if empty else codes[0])
        case Kind.DATE:
            none = statement.bind("" if empty else "0" * 8, "VARCHAR")
            return f"coalesce({day_number(x)}, {none})"
        case Kind.DATETIME:
            return _date(statement, x, "%Y%m%d%H%M%S", "" if empty else "0" * 14)
        case _:
            return description(statement, variable)


def _listed(statement: Statement, values: list[str], position: str) -> str:
    return f"list_extract({statement.bind(values, 'VARCHAR[]')}, {position} + 1)"


def _flags(statement: Statement, values: list[str], flags: str, missing: str) -> str:
    parts = ", ".join(
        f"CASE WHEN {flags} & {1 << bit} <> 0 THEN {statement.bind(value, 'VARCHAR')} END"
        for bit, value in enumerate(values)
    )
    none = statement.bind(missing, "VARCHAR")
    return f"CASE WHEN {flags} = 0 THEN {none} ELSE concat_ws(',', {parts}) END"


def _date(statement: Statement, value: str, form: str, missing: str) -> str:
    return f"coalesce(strftime({value}, '{form}'), {statement.bind(missing, 'VARCHAR')})"
