"""All items of a paged list, as if it were one.

    for table in paginate(api.tables_get_tables, "Holidays", "holidays"): ...

The next page is fetched while the items of this one are used. The walk ends whatever the server says: it
counts the items it sees instead of believing totals, notices a server that ignores the offset, and goes back
for items that moved when the list became shorter meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, ParamSpec, Protocol, Self, TypeVar, overload

from .binding import bind
from .exceptions import ApiValueError
from .list_errors import PageLimit
from .operation import PageRule

if TYPE_CHECKING:
    import asyncio
    import builtins
    from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator

P = ParamSpec("P")
T = TypeVar("T")


class Page(Protocol[T]):
    """What a paged operation answers."""

    @property
    def list(self) -> builtins.list[T]:
        """The items of this page."""
        ...


class RuledPage(Protocol[T]):
    """What an operation with a `PageRule` answers, to type checkers."""

    def __page_items__(self) -> builtins.list[T]:
        """Return the items of this page."""
        ...


class Fetch(NamedTuple):
    """Ask for one page."""

    offset: int
    size: int | None


class Pages(Generic[T]):
    """The items of a paged list; iterate over it (`async for` with an async client).

    Attributes:
        total: what the server says the list holds; None before the first page.
        fetched: pages read so far.
    """

    def __init__(self, method: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        bound = bind(method, args, kwargs)
        names = [parameter.name for parameter in bound.operation.parameters]
        ruled = isinstance(bound.operation.paging, PageRule)
        if not ruled and ("offset" not in names or "count" not in names):
            raise ApiValueError(f"{bound.name} is not paged: it takes no offset and count")
        self._bound = bound
        self._start = 0 if ruled else int(bound.arguments.get("offset") or 0)
        self._size: int | None = None if ruled else bound.arguments.get("count")
        self._limit: int | None = None
        self._max_pages: int = bound.section.api_client.configuration.max_pages
        self._ahead = True
        self.total: int | None = None
        self.fetched = 0

    def limit(self, items: int) -> Self:
        """Stop after so many items; returns this object."""
        self._limit = items
        return self

    def max_pages(self, pages: int) -> Self:
        """Raise PageLimit after so many pages instead of `Configuration.max_pages`; returns this object."""
        self._max_pages = pages
        return self

    def one_by_one(self) -> Self:
        """Fetch a page only when its first item is asked for; returns this object."""
        self._ahead = False
        return self

    def _arguments(self, fetch: Fetch) -> dict[str, Any]:
        page = (
            {"offset": fetch.offset} if fetch.size is None else {"offset": fetch.offset, "count": fetch.size}
        )
        return {**self._bound.arguments, **page, **self._bound.options}

    def _walk(self) -> Generator[Fetch | list[T], Any, None]:
        """Yield what to fetch (and be given the page) and the items to hand out, in turn."""
        offset, given = self._start, 0
        previous: list[T] = []
        while self._limit is None or given < self._limit:
            left = None if self._limit is None else self._limit - given
            size = self._size if left is None or (self._size and self._size < left) else left
            items, page = self._items((yield Fetch(offset, size)))
            before, total = self.total, getattr(page, "total_count", None)
            self.total = total
            removed = before - total if before is not None and total is not None else 0
            if not items or self._repeats(items, previous, page, offset, removed):
                return
            fresh = yield from self._fresh(items, previous, offset, removed)
            fresh = fresh if left is None else fresh[:left]
            given += len(fresh)
            offset += len(items)
            previous = items
            yield fresh
            if self._is_last(offset, len(items)):
                return

    def _repeats(self, items: list[T], previous: list[T], page: Any, offset: int, removed: int) -> bool:
        """Return True for the page before once more: from a server that ignores the offset."""
        if items != previous:
            return False
        return getattr(page, "offset", offset) != offset or (removed == 0 and self.total is None)

    def _fresh(
        self, items: list[T], previous: list[T], offset: int, removed: int
    ) -> Generator[Fetch | list[T], Any, list[T]]:
        """Return the items of a page that were not handed out yet, and those that moved to before it.

        Args:
            items: of the page.
            previous: items of the page before.
            offset: of the page.
            removed: by how many items the whole list has become shorter since then; less than 0: longer.
        """
        if not previous or removed == 0:
            return items
        if removed < 0:  # items were put in before this page: some come twice
            return items[_overlap(previous, items, -removed) :]
        # items were removed before this page: some moved to where we were
        moved, _ = self._items((yield Fetch(max(self._start, offset - removed), removed)))
        return [item for item in moved if item not in previous and item not in items] + items

    def _is_last(self, offset: int, count: int) -> bool:
        """Return True if no page follows one of so many items that ends at an offset."""
        if self.total is not None:
            return offset >= self.total
        return bool(self._size) and count < (self._size or 0)

    def _items(self, page: Any) -> tuple[list[T], Any]:
        self.fetched += 1
        if self.fetched > self._max_pages:
            raise PageLimit(f"{self._bound.name} has more than {self._max_pages} pages")
        found: list[T] | None = getattr(page, "list", None)
        return (list(found) if isinstance(found, list) else []), page

    def __iter__(self) -> Iterator[T]:
        from .workers import Workers

        walk = self._walk()
        workers = Workers(1)
        try:
            step: Any = next(walk, None)
            while step is not None:
                if isinstance(step, Fetch):
                    step = _send(walk, self._bound.method(**self._arguments(step)))
                    continue
                items, step = step, None
                following: Any = None
                if self._ahead:
                    step = next(walk, None)
                    if isinstance(step, Fetch):
                        arguments = self._arguments(step)
                        following = workers.apply_async(self._bound.method, kwds=arguments)
                yield from items
                if not self._ahead:
                    step = next(walk, None)
                elif following is not None:
                    step = _send(walk, following.get())
        finally:
            walk.close()
            workers.close()

    async def __aiter__(self) -> AsyncIterator[T]:
        import asyncio

        walk = self._walk()
        following: asyncio.Future[Any] | None = None
        try:
            step: Any = next(walk, None)
            while step is not None:
                if isinstance(step, Fetch):
                    step = _send(walk, await self._bound.method(**self._arguments(step)))
                    continue
                items, step = step, None
                if self._ahead:
                    step = next(walk, None)
                    if isinstance(step, Fetch):
                        fetched = asyncio.ensure_future(self._bound.method(**self._arguments(step)))
                        fetched.add_done_callback(_looked_at)
                        following = fetched
                for item in items:
                    yield item
                if not self._ahead:
                    step = next(walk, None)
                elif following is not None:
                    page, following = await following, None
                    step = _send(walk, page)
        finally:
            walk.close()
            if following is not None:
                following.cancel()


def _looked_at(future: asyncio.Future[Any]) -> None:
    """Ignore the failure of a page that was read ahead and is not needed."""
    if not future.cancelled():
        future.exception()


def _send(walk: Generator[Any, Any, None], page: Any) -> Any:
    try:
        return walk.send(page)
    except StopIteration:
        return None


def _overlap(before: list[T], items: list[T], most: int) -> int:
    """Return how many items at the start of a page were at the end of the page before."""
    for count in range(min(most, len(before), len(items)), 0, -1):
        if before[-count:] == items[:count]:
            return count
    return 0


@overload
def paginate(method: Callable[P, Awaitable[Page[T]]], *args: P.args, **kwargs: P.kwargs) -> Pages[T]: ...
@overload
def paginate(method: Callable[P, Awaitable[RuledPage[T]]], *args: P.args, **kwargs: P.kwargs) -> Pages[T]: ...
@overload
def paginate(method: Callable[P, RuledPage[T]], *args: P.args, **kwargs: P.kwargs) -> Pages[T]: ...
@overload
def paginate(method: Callable[P, Awaitable[list[T]]], *args: P.args, **kwargs: P.kwargs) -> Pages[T]: ...
@overload
def paginate(method: Callable[P, list[T]], *args: P.args, **kwargs: P.kwargs) -> Pages[T]: ...
@overload
def paginate(method: Callable[P, Page[T]], *args: P.args, **kwargs: P.kwargs) -> Pages[T]: ...
def paginate(method: Callable[..., Any], *args: Any, **kwargs: Any) -> Pages[Any]:
    """Return all items of a paged operation.

    Args:
        method: a method of a section, not called.
        args, kwargs: its arguments; `offset` is where to start, `count` the size of a page.

    Returns:
        An iterable of items; see `Pages` for limits.

    Raises:
        ApiTypeError, ApiValueError: the method is not paged, or an argument is wrong.
        PageLimit: while iterating: more pages than `Configuration.max_pages`.
    """
    rule = bind(method, args, kwargs).operation.paging
    if isinstance(rule, PageRule):
        from .page_rules import ruled

        return ruled(method, args, kwargs, rule)
    return Pages(method, args, kwargs)
