"""Stages: parts of a selection that are found out before the statement that uses them.

DuckDB parses and plans a statement on the stack, and plans a wide one slowly. A tree that is too deep or too
wide is therefore cut into pieces: the keys of each piece's records go to a temporary table, which stands for
the piece in what is above it. Ordinary selections have no stages.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from .pace import check

_NAME = re.compile(r"temp\.stage_\w+")


class Stage(NamedTuple):
    """One piece.

    Attributes:
        name: its temporary table.
        sql: SELECT of the keys.
        values: what the place-holders stand for, in order.
    """

    name: str
    sql: str
    values: list[Any]


class Runs(Protocol):
    """What runs statements: a DuckDB connection, or a transaction of the store."""

    def execute(self, sql: Any, values: Any, /) -> Any:
        """Run one statement."""
        ...


@contextmanager
def prepared(cursor: Runs, stages: Sequence[Stage]) -> Generator[None]:
    """Run the stages; their tables are there inside the block and gone after it.

    A table that only other stages use is dropped as soon as these are made, so that a deep tree needs no
    more room than a shallow one.
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
