"""A named list that is fetched when it is first looked at, a page at a time, and then kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar, overload

from ..frames.html import html_table
from ..query.catalogue import ambiguous, unknown

T = TypeVar("T")


class Collection(Generic[T]):
    """Items by name, by description or by position; iterating goes over all pages.

    Nothing is fetched before it is needed: the first items of an iteration arrive with the first page. What
    was fetched is kept until `refresh()`. May be used from several threads.

    Args:
        what: what an item is called, in messages and cards.
        load: gives the items, fetching page by page.
        names: the names an item answers to, the preferred one first.
        row: an item's facts for a card, heading to value.
    """

    def __init__(
        self,
        what: str,
        load: Callable[[], Iterable[T]],
        names: Callable[[T], tuple[str, ...]],
        row: Callable[[T], dict[str, Any]] | None = None,
    ) -> None:
        self._what = what
        self._load = load
        self._names = names
        self._row: Callable[[T], dict[str, Any]] = row or self._first_name
        self._lock = threading.RLock()
        self._kept: list[T] = []
        self._source: Iterator[T] | None = None
        self._complete = False

    def _first_name(self, item: T) -> dict[str, Any]:
        return {"name": self._names(item)[0]}

    def _at(self, place: int) -> bool:
        """Fetch as far as a position; False if the list ends before it."""
        with self._lock:
            while len(self._kept) <= place and not self._complete:
                if self._source is None:
                    self._source = iter(self._load())
                try:
                    self._kept.append(next(self._source))
                except StopIteration:
                    self._complete = True
                except BaseException:
                    # An iterator that has failed is finished: the next look starts again.
                    self._source, self._kept = None, []
                    raise
            return len(self._kept) > place

    def __iter__(self) -> Iterator[T]:
        place = 0
        while self._at(place):
            yield self._kept[place]
            place += 1

    def __len__(self) -> int:
        return len(self._all())

    def __bool__(self) -> bool:
        return self._at(0)

    def _all(self) -> list[T]:
        self._at(1 << 62)
        return self._kept

    def __contains__(self, name: object) -> bool:
        return self.get(name) is not None if isinstance(name, str) else name in self._all()

    @overload
    def __getitem__(self, key: str | int) -> T: ...
    @overload
    def __getitem__(self, key: slice) -> list[T]: ...
    def __getitem__(self, key: str | int | slice) -> T | list[T]:
        if isinstance(key, slice):
            return self._all()[key]
        if isinstance(key, int):
            if key >= 0 and not self._at(key):
                raise IndexError(f"there are {len(self._kept)} {self._what}s")
            return self._kept[key] if key >= 0 else self._all()[key]
        found = self._called(key)
        if not found:
            raise unknown(self._what, key, (name for item in self._all() for name in self._names(item)))
        if len(found) > 1:
            raise ambiguous(self._what, key, (self._other_name(item, key) for item in found))
        return found[0]

    def get(self, name: str) -> T | None:
        """The item with this name, or else with this description; the first of several, None of none."""
        return next(iter(self._called(name)), None)

    def _called(self, name: str) -> list[T]:
        """The items with this name; if there are none, those that have it as a lesser name."""
        items = [(self._names(item), item) for item in self._all()]
        for place in range(max((len(names) for names, _ in items), default=0)):
            found = [item for names, item in items if names[place : place + 1] == (name,)]
            if found:
                return found
        return []

    def _other_name(self, item: T, name: str) -> str:
        return next((each for each in self._names(item) if each != name), name)

    def names(self) -> list[str]:
        """The names of all items, in the server's order."""
        return [self._names(item)[0] for item in self]

    def search(self, text: str) -> list[T]:
        """The items with the text in a name or description, in any case."""
        wanted = text.casefold()
        return [item for item in self if any(wanted in name.casefold() for name in self._names(item))]

    def refresh(self) -> None:
        """Forget what was fetched; the next look asks the server again."""
        with self._lock:
            self._kept, self._source, self._complete = [], None, False

    def _ipython_key_completions_(self) -> list[str]:
        return [name for item in self for name in self._names(item)]

    def __repr__(self) -> str:
        if not self._complete:
            so_far = f"{len(self._kept)} fetched so far" if self._kept else "fetched when looked at"
            return f"<{self._what}s: {so_far}>"
        shown = ", ".join(self.names()[:10]) + (", …" if len(self._kept) > 10 else "")
        return f"<{len(self._kept)} {self._what}s{': ' * bool(shown)}{shown}>"

    def _repr_html_(self) -> str:
        rows = [self._row(item) for item in self[:50]]
        heads = list(rows[0]) if rows else []
        return html_table(heads, (list(row.values()) for row in rows), f"{len(self):,} {self._what}s")
