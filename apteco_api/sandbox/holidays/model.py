"""The classes of a table and a variable of the Holidays system.

Their values never change while a system runs. Values that depend on the records (counts, ranges) are computed
on request, in `listing`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

UNCLASSIFIED = "Unclassified"
"""Description of the code that every selector has for records without a value."""


class Kind(Enum):
    """The kinds of variables: the type of their column."""

    SELECTOR = "selector"
    """One code for each record: a small integer, the code's position in the code list, 0 = unclassified."""
    FLAGS = "flags"
    """Several codes for each record: a bit mask, bit p-1 for the code at position p, 0 = unclassified."""
    DATE = "date"
    """A DATE, NULL = unclassified."""
    DATETIME = "datetime"
    """A TIMESTAMP to the second, NULL = unclassified."""
    NUMERIC = "numeric"
    """An INTEGER or DECIMAL(9,2), NULL = missing."""
    TEXT = "text"
    """A VARCHAR, the empty string = missing, never NULL."""
    REFERENCE = "reference"
    """An INTEGER key, shown as digits."""


@dataclass(frozen=True, slots=True)
class Code:
    """One value of a selector.

    Attributes:
        code: the code, padded to the variable's code length.
        description: the description.
    """

    code: str
    description: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the tree.

    Attributes:
        name: the API's name, which is also the plural.
        sql: name of the DuckDB table in the schema `holidays`.
        alias: the table's alias of two letters in compiled SQL.
        key: column with this table's key in every table below it.
        parent: name of the parent table, empty for the master table.
        singular, plural: display names.
        child_phrase, parent_phrase: relationship names, read downwards and upwards.
    """

    name: str
    sql: str
    alias: str
    key: str
    parent: str
    singular: str
    plural: str
    child_phrase: str
    parent_phrase: str


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a table.

    Attributes:
        name, description: the API's name and description; both are unique in the system.
        table: name of its table.
        kind: the type of its column.
        column: the DuckDB column.
        codes: code list in listing order, unclassified first; empty for kinds without one.
        code_length: width of a code.
        decimals: digits after the point of a numeric (0 or 2).
        currency: whether a numeric is an amount in pounds.
        virtual: whether the system derives it from other variables.
        array: for FLAGS, whether the API calls it an array (`OrArray`) or a flag array (`OrBitArray`).
        dates: for FLAGS, whether its codes are days.
        text_length: the most bytes a text can have.
    """

    name: str
    description: str
    table: str
    kind: Kind
    column: str
    codes: tuple[Code, ...] = ()
    code_length: int = 0
    decimals: int = 0
    currency: bool = False
    virtual: bool = False
    array: bool = False
    dates: bool = False
    text_length: int = 0
    positions: dict[str, int] = field(default_factory=dict[str, int], compare=False, repr=False)

    def position(self, code: str) -> int | None:
        """Return the position of a code, with or without its padding; None if the code does not exist."""
        return self.positions.get(code.strip())


def code_list(pairs: list[tuple[str, str]], length: int) -> tuple[Code, ...]:
    """Return a code list in listing order, with the unclassified code (`!` after blanks) first."""
    return (Code("!".rjust(length), UNCLASSIFIED), *(Code(code, words) for code, words in pairs))
