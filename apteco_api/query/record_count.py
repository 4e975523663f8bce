"""The result of a count: a number of records with the name of their table."""

from __future__ import annotations


class RecordCount(int):
    """A number of records with its table: an int whose `repr` is `456 Bookings`.

    `str`, JSON and CSV contain only the number. `f"{count:,}"` formats it like an int, and a `t` at the end
    of the format adds the table: `f"{count:,t}"` is `1,456 Bookings`.

    Args:
        value: the number.
        table: the table whose records were counted.
    """

    table: str
    """The table whose records were counted."""

    def __new__(cls, value: int, table: str) -> RecordCount:
        made = super().__new__(cls, value)
        made.table = table
        return made

    def __repr__(self) -> str:
        return f"{int(self)} {self.table}"

    def __str__(self) -> str:
        return str(int(self))

    def __format__(self, spec: str) -> str:
        if spec.endswith("t"):
            return f"{format(int(self), spec[:-1])} {self.table}"
        return format(int(self), spec)

    def __reduce__(self) -> tuple[type[RecordCount], tuple[int, str]]:
        return type(self), (int(self), self.table)
