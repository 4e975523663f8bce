"""All items of a paged list, as one iterable.

    for table in paginate(api.tables_get_tables, "Holidays", "holidays"): ...

The next page is fetched while the caller uses the items of this page. The iteration always ends: it counts
the received items instead of trusting totals, detects a server that ignores the offset, and goes back for
items that moved to an earlier page when the list became shorter.
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
    """The answer of a paged operation."""

    @property
    def list(self) -> builtins.list[T]:
        """The items of this page."""
        ...


class RuledPage(Protocol[T]):
    """The answer of an operation with a `PageRule`, for type checkers."""

    def __page_items__(self) -> builtins.list[T]:
        """Return the items of this page."""
        ...


class Fetch(NamedTuple):
    """A request for one page."""

    offset: int
    size: int | None


class Pages(Generic[T]):
    """The items of a paged list; iterate over it (`async for` with an async client).

    Attributes:
        total: the number of all items, by the server; None before the first page.
        fetched: number of pages read so far.
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
        """Stop after this many items; return this object."""
        self._limit = items
        return self

    def max_pages(self, pages: int) -> Self:
        """Raise PageLimit after this many pages instead of `Configuration.max_pages`; return this object."""
        self._max_pages = pages
        return self

    def one_by_one(self) -> Self:
        """Fetch a page only when its first item is needed; return this object."""
        self._ahead = False
        return self

    def _arguments(self, fetch: Fetch) -> dict[str, Any]:
        page = (
            {"offset": fetch.offset} if fetch.size is None else {"offset": fetch.offset, "count": fetch.size}
        )
        return {**self._bound.arguments, **page, **self._bound.options}

    def _walk(self) -> Generator[Fetch | list[T], Any, None]:
        """Yield a request for each page (the page is sent back) and the list of its items, in turn."""
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
        """Return True if the page repeats the previous one, as from a server that ignores the offset."""
        if items != previous:
            return False
        return getattr(page, "offset", offset) != offset or (removed == 0 and self.total is None)

    def _fresh(
        self, items: list[T], previous: list[T], offset: int, removed: int
    ) -> Generator[Fetch | list[T], Any, list[T]]:
        """Return the items of a page that were not yielded yet, and items that moved to before this page.

        Args:
            items: items of the page.
            previous: items of the previous page.
            offset: offset of the page.
            removed: how many items the list has become shorter since the previous page; below 0: longer.
        """
        if not previous or removed == 0:
            return items
        if removed < 0:  # items were inserted before this page, so some items repeat
            return items[_overlap(previous, items, -removed) :]
        # items were removed before this page, so some moved to earlier pages
        moved, _ = self._items((yield Fetch(max(self._start, offset - removed), removed)))
        return [item for item in moved if item not in previous and item not in items] + items

    def _is_last(self, offset: int, count: int) -> bool:
        """Return True if no page follows a page of `count` items that ends at `offset`."""
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
    """Retrieve the error of a prefetched page that is not needed, so that asyncio does not log it."""
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
        args, kwargs: its arguments; `offset` is the start, `count` the size of a page.

    Returns:
        An iterable of items; see `Pages` for limits.

    Raises:
        ApiTypeError, ApiValueError: the method is not paged, or an argument is wrong.
        PageLimit: while iterating, if there are more pages than `Configuration.max_pages`.
    """
    rule = bind(method, args, kwargs).operation.paging
    if isinstance(rule, PageRule):
        from .page_rules import ruled

        return ruled(method, args, kwargs, rule)
    return Pages(method, args, kwargs)
