"""Stages: parts of a selection that are computed before the statement that uses them.

DuckDB parses and plans a statement on the stack, and plans a wide statement slowly. So a tree that is too
deep or too wide is cut into stages. A temporary table gets the keys of a stage's records, and replaces the
stage in the statement above it. Ordinary selections have no stages.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from .pace import check

_NAME = re.compile(r"temp\.stage_\w+")


class Stage(NamedTuple):
    """One stage.

    Attributes:
        name: its temporary table.
        sql: SELECT of the keys.
        values: the values of the placeholders, in order.
    """

    name: str
    sql: str
    values: list[Any]


class Runs(Protocol):
    """An object that runs statements: a DuckDB connection, or a transaction of the store."""

    def execute(self, sql: Any, values: Any, /) -> Any:
        """Run one statement."""
        ...


@contextmanager
def prepared(cursor: Runs, stages: Sequence[Stage]) -> Generator[None]:
    """Run the stages; their tables exist inside the block.

    A table that only other stages use is dropped as soon as these stages are computed, so that a deep tree
    needs no more space than a shallow one.
    """
    used = [set(_NAME.findall(stage.sql)) for stage in stages]
    last = {name: place for place, names in enumerate(used) for name in names}
    made: set[str] = set()
    try:
        for place, stage in enumerate(stages):
            check()
            made.add(stage.name)
            cursor.execute(
                f"CREATE TEMP TABLE {stage.name.removeprefix('temp.')} AS {stage.sql}", stage.values
            )
            for name in used[place]:
                if last[name] == place:
                    cursor.execute(f"DROP TABLE {name}", [])
                    made.discard(name)
        yield
    finally:
        for name in made:
            cursor.execute(f"DROP TABLE IF EXISTS {name}", [])
