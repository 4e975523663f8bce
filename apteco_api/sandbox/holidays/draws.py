"""Random draws as SQL text: the same numbers on every machine and under every DuckDB version.

A draw mixes the record number with a salt and the seed by plain 31-bit integer arithmetic (multiply,
exclusive or, shift). So it does not depend on a library's hash function or on the order of execution.
"""

# ruff: noqa: S608 - the statements are made of this package's own constants
from __future__ import annotations

from collections.abc import Sequence

_MASK = 0x7FFFFFFF
_STEPS = (
    f"((xor({{x}}, {{x}} >> 16) * 1103515245) & {_MASK})",
    f"((xor({{x}}, {{x}} >> 15) * 1540483477) & {_MASK})",
    "xor({x}, {x} >> 16)",
)


def text(value: str) -> str:
    """Return a Python string as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


class Draws:
    """Draws for the records of one table, each a column of a common table expression.

    Args:
        table: number of the table, so that two tables with the same record numbers differ.
        seed: seed of the whole system.
        record: SQL of the record number, an integer.
    """

    def __init__(self, table: int, seed: int, record: str = "id") -> None:
        self._record = record
        self._base = table * 1000 + seed * 7_368_787
        self._columns: list[str] = []

    def over(self, source: str) -> str:
        """Return the expression `raw`: the records of a source, with a column for every draw so far."""
        columns = ", ".join(self._columns)
        steps = f"SELECT *, {columns} FROM ({source})"
        names = [f"x{number}" for number in range(1, len(self._columns) + 1)]
        for step in _STEPS:  # each step uses the previous one as a column, so that the text stays short
            mixed = ", ".join(f"{step.format(x=name)} AS {name}" for name in names)
            steps = f"SELECT * REPLACE ({mixed}) FROM ({steps})"
        return f"raw AS NOT MATERIALIZED ({steps})"

    def bits(self) -> str:
        """Return a new integer, uniform over 0 … 2^31 - 1."""
        number = len(self._columns) + 1
        key = ((self._base + number) * 0x9E3779B1 + 0x85EBCA6B) & _MASK
        self._columns.append(f"({self._record}::BIGINT * 1812433253 + {key}) & {_MASK} AS x{number}")
        return f"x{number}"

    def share(self) -> str:
        """Return a new number, uniform over [0, 1)."""
        return f"({self.bits()} / 2147483648::DOUBLE)"

    def below(self, limit: int) -> str:
        """Return a new integer from 0 to limit - 1."""
        return f"({self.bits()} % {limit})"

    def chance(self, probability: float) -> str:
        """Return a condition that holds for this share of the records."""
        return f"({self.bits()} < {round(probability * 2**31)})"

    def pick(self, weights: Sequence[float], first: int = 1, share: str | None = None) -> str:
        """Return a new small integer with these weights: `first` for the first weight and so on."""
        return place(share or self.share(), weights, first)

    def one_of(self, values: Sequence[str]) -> str:
        """Return a new text; each value is equally likely."""
        return words(self.below(len(values)), values)


def place(share: str, weights: Sequence[float], first: int = 1) -> str:
    """Return the index of the weight in whose part of [0, 1) a share lies."""
    total = sum(weights)
    mark, cases = 0.0, ""
    for number, weight in enumerate(weights[:-1], first):
        mark += weight / total
        cases += f" WHEN {share} < {mark!r}::DOUBLE THEN {number}"
    last = first + len(weights) - 1
    return f"CASE{cases} ELSE {last} END" if cases else str(last)


def words(index: str, values: Sequence[str]) -> str:
    """Return the text at an index from zero."""
    listed = ", ".join(text(value) for value in values)
    return f"list_extract([{listed}], ({index}) + 1)"


def numbers(index: str, values: Sequence[int | float]) -> str:
    """Return the number at an index from zero."""
    return f"list_extract([{', '.join(str(value) for value in values)}], ({index}) + 1)"


def mask(draws: Draws, probabilities: Sequence[float]) -> str:
    """Return a bit mask with each bit set at its own probability."""
    return " | ".join(
        f"(CASE WHEN {draws.chance(chance)} THEN {1 << bit} ELSE 0 END)"
        for bit, chance in enumerate(probabilities)
    )
