"""Many rows of text in little memory: they take about as many bytes as their characters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import overload


class Block(Sequence[str]):
    """Some rows, stored as one text that is split on access.

    Args:
        rows: the rows.
    """

    __slots__ = ("_count", "_rows", "raw")

    def __init__(self, rows: Sequence[str]) -> None:
        joined = "\n".join(rows)
        self._count = len(rows)
        self._rows: Sequence[str] | None = None
        self.raw: bytes | None = None
        """The rows as UTF-8 with line feeds between them; None if a row has a line feed in it."""
        if joined.count("\n") == len(rows) - 1:
            self.raw = joined.encode("utf-8", "surrogatepass")
        else:
            self._rows = list(rows)

    def _apart(self) -> Sequence[str]:
        if self.raw is not None:
            return self.raw.decode("utf-8", "surrogatepass").split("\n")
        return self._rows or ()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return iter(self._apart())

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return self._apart()[index]


class Texts(Sequence[str]):
    """Rows of text in blocks, each block one UTF-8 string with a line feed between its rows.

    Args:
        blocks: lists of rows to begin with.
    """

    def __init__(self, blocks: Iterable[Sequence[str]] = ()) -> None:
        self._blocks: list[Block] = []
        self._length = 0
        for block in blocks:
            self.add(block)

    def add(self, rows: Sequence[str]) -> None:
        """Add a block of rows at the end."""
        if rows:
            self._blocks.append(Block(rows))
            self._length += len(rows)

    def blocks(self) -> Iterator[Block]:
        """Yield the rows block by block."""
        return iter(self._blocks)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[str]:
        for block in self.blocks():
            yield from block

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            start, stop, step = index.indices(self._length)
            if step == 1:
                return self._between(start, stop)
            return list(self)[index]
        place = index + self._length if index < 0 else index
        if not 0 <= place < self._length:
            raise IndexError(f"there are {self._length} rows")
        return self._between(place, place + 1)[0]

    def _between(self, start: int, stop: int) -> list[str]:
        found: list[str] = []
        before = 0
        for block in self._blocks:
            if before < stop and before + len(block) > start:
                found += block[max(start - before, 0) : stop - before]
            before += len(block)
        return found


def blocks_of(rows: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the blocks of rows; a plain sequence is one block."""
    if isinstance(rows, Texts):
        yield from rows.blocks()
    elif rows:
        yield rows
