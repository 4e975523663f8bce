"""dBase III tables: a header with the fields, then records of one length; and their text form."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..holidays import Kind
from .errors import WRONG_VALUE
from .exports import Column, Plan, batches
from .fields import day_number
from .node import Node
from .sql import Statement, column, source, table_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ENCODING = "cp1252"
_WINDOWS_ANSI = 3  # the header's code for this encoding
_MOST_FIELDS = 128
_LONGEST_TEXT = 254
_LONGEST_RECORD = 4000
_END = b"\x1a"


class _Field(NamedTuple):
    name: str
    kind: str  # C for text, N for a number, D for a date
    width: int
    decimals: int
    sql: str


def write(cursor: DuckDBPyConnection, planned: Plan, node: Node) -> Iterator[bytes]:
    """Yield the table of an export. Dates are dBase dates, numbers are numbers, and all else is text in
    Windows-1252.

    Field names are made from the column headers: at most ten letters, digits and underscores.
    """
    if len(planned.columns) > _MOST_FIELDS:
        node.fail(WRONG_VALUE, f"a dBase table has {_MOST_FIELDS} columns at most")
    statement = Statement()
    fields = _fields(cursor, statement, planned)
    for field, item in zip(fields, planned.columns, strict=True):
        if field.width > _LONGEST_TEXT:
            node.fail(WRONG_VALUE, f"a dBase field cannot hold the {field.width} letters of {item.header}")
    length = 1 + sum(field.width for field in fields)
    if length > _LONGEST_RECORD:
        node.fail(WRONG_VALUE, f"a dBase record cannot have {length} bytes; {_LONGEST_RECORD} is the limit")
    select = f"SELECT concat(' ', {', '.join(field.sql for field in fields)})"
    records: list[bytes] = []
    size = 0
    for rows in batches(cursor, planned, select, statement):
        records.append(_encoded("".join([row[0] for row in rows]), node))
        size += len(rows)
    day = planned.statement.today
    head = 32 + 32 * len(fields) + 1
    yield struct.pack(
        "<BBBBIHH17xBxx", 3, day.year - 1900, day.month, day.day, size, head, length, _WINDOWS_ANSI
    )
    for field in fields:
        yield struct.pack(
            "<11sc4xBB14x", field.name.encode(), field.kind.encode(), field.width, field.decimals
        )
    yield b"\r"
    yield from records
    yield _END


def write_sdf(cursor: DuckDBPyConnection, planned: Plan, node: Node) -> Iterator[bytes]:
    """Yield the records in dBase's System Data Format: lines of one length without separators or headers.

    The fields have the same width and form as in the table.
    """
    statement = Statement()
    select = f"SELECT concat({', '.join(field.sql for field in _fields(cursor, statement, planned))})"
    for rows in batches(cursor, planned, select, statement):
        yield _encoded("\r\n".join([row[0] for row in rows]) + "\r\n", node)
    yield _END


def _fields(cursor: DuckDBPyConnection, statement: Statement, planned: Plan) -> list[_Field]:
    fields: list[_Field] = []
    for item in planned.columns:
        fields.append(_field(cursor, statement, item, {field.name for field in fields}))
    return fields


def _encoded(text: str, node: Node) -> bytes:
    try:
        return text.encode(_ENCODING)
    except UnicodeEncodeError as error:
        letter = error.object[error.start]
        node.fail(
            WRONG_VALUE, f"the letter {letter!r} is not in the encoding of dBase, Windows-1252", letter=letter
        )


def _field(cursor: DuckDBPyConnection, statement: Statement, item: Column, taken: set[str]) -> _Field:
    name = _name(item.header, taken)
    variable = item.variable
    if variable is not None and variable.kind is Kind.DATE:
        return _Field(name, "D", 8, 0, f"coalesce({day_number(column(variable))}, '        ')")
    text = item.shown(statement)
    if item.numeric and variable is not None:
        width = 20 if variable.decimals else 11
        return _Field(name, "N", width, variable.decimals, f"lpad({text}, {width}, ' ')")
    width = _width(cursor, item)
    return _Field(name, "C", width, 0, f"rpad({text}, {width}, ' ')")


def _name(header: str, taken: set[str]) -> str:
    """Return a field name for a header that is not in `taken`."""
    name = re.sub(r"[^A-Z0-9_]+", "_", header.upper()).strip("_")[:10] or "FIELD"
    number, made = 1, name
    while made in taken:
        number += 1
        made = f"{name[: 10 - len(str(number))]}{number}"
    return made


def _width(cursor: DuckDBPyConnection, item: Column) -> int:
    """Return the length of the longest possible value of the column."""
    variable = item.variable
    if variable is None:
        return 1 if item.coded else 5
    if variable.kind is Kind.DATETIME:
        return 19
    if variable.codes:
        words = [code.code if item.coded else code.description for code in variable.codes]
        if variable.kind is Kind.FLAGS:
            return max(len(words[0]), len(",".join(words[1:])))
        return max(map(len, words))
    sql = f"SELECT max(length({column(variable)}::VARCHAR)) FROM {source(table_of(variable))}"  # noqa: S608
    row = cursor.execute(sql).fetchone()
    return max(1, int(row[0] or 0)) if row else 1
