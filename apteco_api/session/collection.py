"""A list with names that is fetched on first use, page by page, and then cached."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from operator import index
from typing import Any, Generic, TypeVar, overload

from .._runtime.exceptions import ApiDecodeError, ApiTypeError
from ..frames.html import html_table
from ..query.catalogue import UnknownName, ambiguous, unknown

T = TypeVar("T")

MAX_LEVELS = 150
"""The deepest level of folders or elements that is walked."""


def descend(
    items: Iterable[T], below: Callable[[T], Iterable[T] | None], key: Callable[[T], str]
) -> Iterator[T]:
    """Yield each item once, before the items below it, even if a server lists an item below itself.

    Raises:
        ApiDecodeError: there are more than MAX_LEVELS levels.
    """
    seen: set[str] = set()
    levels = [iter(items)]
    while levels:
        for item in levels[-1]:
            if (name := key(item)) in seen:
                continue
            seen.add(name)
            yield item
            if (found := below(item)) is not None:
                if len(levels) == MAX_LEVELS:
                    text = f"the server lists more than {MAX_LEVELS} levels, down to {name[-100:]!r}"
                    raise ApiDecodeError(0, text)
                levels.append(iter(found))
                break
        else:
            levels.pop()


class _Fetched(Generic[T]):
    """A list as far as it was fetched. `refresh` replaces it; running iterators keep theirs."""

    def __init__(self) -> None:
        self.items: list[T] = []
        self.source: Iterator[T] | None = None
        self.complete = False
        self.gone: set[int] = set()  # positions of deleted items, which stay for iterators

    def left(self) -> list[T]:
        """Return the items that were not deleted."""
        if not self.gone:
            return self.items
        return [item for place, item in enumerate(self.items) if place not in self.gone]


class Collection(Generic[T]):
    """Items by name or description. An integer key is an item's number if there are numbers, else a position.

    Pages are fetched when they are needed: the first items of an iteration arrive with the first page.
    Fetched items are cached until `refresh()`. Safe to use from several threads.

    Args:
        what: the word for an item, in messages and cards.
        load: yields the items, page by page.
        names: returns the names of an item, the preferred one first.
        row: returns the facts of an item for a card, by heading.
        number: returns an item's number on the server; an integer key is then this number, never a position.
        any_case: whether a name may differ in case from the item's.
    """

    def __init__(
        self,
        what: str,
        load: Callable[[], Iterable[T]],
        names: Callable[[T], tuple[str, ...]],
        row: Callable[[T], dict[str, Any]] | None = None,
        *,
        number: Callable[[T], int] | None = None,
        any_case: bool = False,
    ) -> None:
        self._what = what
        self._load = load
        self._names = names
        self._row: Callable[[T], dict[str, Any]] = row or self._first_name
        self._number = number
        self._any_case = any_case
        self._lock = threading.RLock()
        self._now = _Fetched[T]()

    def _first_name(self, item: T) -> dict[str, Any]:
        return {"name": self._names(item)[0]}

    def _at(self, now: _Fetched[T], place: int) -> bool:
        """Fetch up to a position; return False if the list ends before it."""
        with self._lock:
            while len(now.items) <= place and not now.complete:
                if now.source is None:
                    now.source = iter(self._load())
                try:
                    now.items.append(next(now.source))
                except StopIteration:
                    now.complete = True
                except BaseException:
                    # A generator that has raised is finished, so the next use starts a new one.
                    now.source, now.items, now.gone = None, [], set()
                    raise
            return len(now.items) > place

    def __iter__(self) -> Iterator[T]:
        now, place = self._now, 0
        while self._at(now, place):
            if place not in now.gone:
                yield now.items[place]
            place += 1

    def __len__(self) -> int:
        return len(self._all())

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None

    def _all(self) -> list[T]:
        with self._lock:
            self._at(self._now, 1 << 62)
            return self._now.left()

    def fetched(self) -> list[T]:
        """Return the items that are in the cache now; ask the server for none."""
        return self._now.left()

    def __contains__(self, name: object) -> bool:
        if isinstance(name, str):
            return self.get(name) is not None
        if isinstance(name, int) and self._number is not None:
            return any(self._number(item) == name for item in self._all())
        # `is` first, as comparing variables makes conditions, which have no truth value
        return any(item is name or (type(item) is type(name) and item == name) for item in self._all())

    @overload
    def __getitem__(self, key: str | int) -> T: ...
    @overload
    def __getitem__(self, key: slice) -> list[T]: ...
    def __getitem__(self, key: str | int | slice) -> T | list[T]:
        if isinstance(key, slice):
            return self._all()[key]
        if not isinstance(key, (str, bool)) and hasattr(key, "__index__"):
            key = index(key)  # numpy's integers, too
        elif not isinstance(key, str):
            raise ApiTypeError(f"{self._what}s are found by name or number, not by {key!r:.80}")
        if isinstance(key, int) and self._number is not None:
            numbered = {self._number(item): item for item in self._all()}
            if key not in numbered:
                known = ", ".join(map(str, list(numbered)[:20])) or "none"
                raise UnknownName(f"{self._what} number {key} does not exist; there are {known}")
            return numbered[key]
        if isinstance(key, int):
            if key >= 0 and not self._now.gone and self._at(self._now, key):
                return self._now.items[key]
            if not -len(self._all()) <= key < len(self._all()):
                raise IndexError(f"there are {len(self._all())} {self._what}s")
            return self._all()[key]
        found = self._called(key)
        if not found:
            raise unknown(self._what, key, (name for item in self._all() for name in self._names(item)))
        if len(found) > 1:
            raise ambiguous(self._what, key, (self._other_name(item, key) for item in found))
        return found[0]

    def get(self, name: str) -> T | None:
        """Return the first item with this name, or else with this description; None if there is none."""
        return next(iter(self._called(name)), None)

    def _called(self, name: str) -> list[T]:
        """Return the items with this preferred name, or else the items with this further name."""
        items = [(self._names(item), item) for item in self._all()]
        for place in range(max((len(names) for names, _ in items), default=0)):
            found = [item for names, item in items if names[place : place + 1] == (name,)]
            if found:
                return found
        if self._any_case:
            folded = name.casefold()
            return [item for names, item in items if any(each.casefold() == folded for each in names)]
        return []

    def _other_name(self, item: T, name: str) -> str:
        return next((each for each in self._names(item) if each != name), name)

    def names(self) -> list[str]:
        """Return the names of all items, in the server's order."""
        return [self._names(item)[0] for item in self]

    def search(self, text: str) -> list[T]:
        """Return the items with the text in a name or description, in any case."""
        wanted = text.casefold()
        return [item for item in self if any(wanted in name.casefold() for name in self._names(item))]

    def settle(self) -> None:
        """Fetch the rest of a list that was fetched in part.

        Call this before changing the list on the server: the change would shift the server's pages.
        """
        if self._now.source is not None:
            self._all()

    def forget(self, gone: Callable[[T], bool]) -> None:
        """Remove items that were deleted on the server from the cache."""
        with self._lock:
            self._now.gone |= {place for place, item in enumerate(self._now.items) if gone(item)}

    def refresh(self) -> None:
        """Empty the cache; the next use asks the server again."""
        with self._lock:
            self._now = _Fetched[T]()

    def _ipython_key_completions_(self) -> list[str]:
        return [name for item in self for name in self._names(item)]

    def __repr__(self) -> str:
        if not self._now.complete:
            so_far = f"{len(self.fetched())} fetched so far" if self._now.items else "not fetched yet"
            return f"<{self._what}s: {so_far}>"
        names = self.names()
        shown = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
        return f"<{len(names)} {self._what}s{': ' * bool(shown)}{shown}>"

    def _repr_html_(self) -> str:
        rows = [self._row(item) for item in self._all()[:50]]
        heads = list(rows[0]) if rows else []
        return html_table(heads, (list(row.values()) for row in rows), f"{len(self):,} {self._what}s")
