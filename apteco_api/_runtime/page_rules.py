"""Lists whose next page is found by an `x-paging` rule: by offset, page number, cursor or link.

`paging.paginate` uses this for operations with a `PageRule`. Items, cursors and totals are found by paths
such as `$.data.items`, `$.data[-1].id` (of the last item) or `header:X-Next`.
"""

# Pyright would report every value here: answers of any shape are searched, whose items have no types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from .binding import in_order
from .exceptions import ApiValueError
from .list_errors import PageLimit
from .operation import Parameter
from .paging import Fetch, Pages

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from .operation import PageRule

T = TypeVar("T")

_STEP = re.compile(r"\.([^.\[\]]+)|\[(-?\d+)\]")
_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^\s,;"]+))*)')


class RuledPages(Pages[T]):
    """The items of a list whose pages follow a rule; iterate over it as over `Pages`."""

    def _begin(self, rule: PageRule) -> None:
        bound = self._bound
        self._rule = rule
        self._operation = bound.operation
        self._asked = dict(bound.arguments)
        self._size = self._asked.get(rule.size) if rule.size else None
        first = self._asked.get(rule.offset or rule.page) if rule.offset or rule.page else None
        self._start = (0 if rule.offset else rule.first) if first is None else int(first)
        self._bound = bound._replace(method=self._call)

    def _call(self) -> Any:
        """Fetch the page that `_asked` describes; with an async client, return an awaitable."""
        options = {**self._bound.options, "_return_http_data_only": False}
        values = in_order(self._operation, self._asked)
        client = self._bound.section.api_client
        return client.call(self._operation, values, options, name=self._bound.name)

    def _arguments(self, fetch: Fetch) -> dict[str, Any]:
        return {}

    def _walk(self) -> Generator[Fetch | list[T], Any, None]:
        rule, place, given = self._rule, self._start, 0
        seen: set[str] = set()
        previous: list[T] = []
        while True:
            if rule.offset or rule.page:
                self._asked[rule.offset or rule.page] = place
            left = None if self._limit is None else self._limit - given
            if left is not None and left <= 0:
                return
            if rule.size and rule.style in ("offset", "cursor") and left is not None:
                self._asked[rule.size] = min(left, self._size) if self._size else left
            answer, _, headers = yield Fetch(place, self._size)
            items = self._found(answer)
            if rule.total:
                self.total = _number(value_at(answer, headers, rule.total))
            if (rule.offset or rule.page) and items and items == previous:
                return  # the server ignores the start
            previous = items
            given += len(items)
            if items:
                yield items if left is None else items[:left]
            place += len(items) if rule.offset else 1
            if not self._goes_on(answer, headers, items, place, seen):
                return

    def _found(self, answer: Any) -> list[T]:
        """Return the items of a page."""
        self.fetched += 1
        if self.fetched > self._max_pages:
            raise PageLimit(f"{self._bound.name} has more than {self._max_pages} pages")
        found = value_at(answer, {}, self._rule.items)
        return list(found) if isinstance(found, list | tuple) else []

    def _goes_on(
        self, answer: Any, headers: Mapping[str, str], items: list[T], place: int, seen: set[str]
    ) -> bool:
        """Return whether another page follows, and set `_asked` for it."""
        rule = self._rule
        if rule.more and not value_at(answer, headers, rule.more):
            return False
        if rule.style in ("offset", "page"):
            if not items:
                return False
            if rule.total and self.total is not None and rule.offset:
                return place < self.total
            if rule.pages and (pages := _number(value_at(answer, headers, rule.pages))) is not None:
                return place < pages + rule.first
            return bool(rule.more) or not self._size or len(items) >= self._size
        following = value_at(answer, headers, rule.next) if rule.next else link_of(headers)
        if following is None or following == "":
            return False
        if (text := str(following)) in seen:
            raise PageLimit(f"{self._bound.name}: the server said twice that the next page is the same one")
        seen.add(text)
        if rule.style == "link":
            self._follow(text)
        else:
            self._put(rule.cursor, following)
        return True

    def _follow(self, url: str) -> None:
        """Set `_asked` for a URL: use only its query, with the host and path of the operation."""
        known = {each.wire_name: each for each in self._operation.parameters if each.location == "query"}
        for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True):
            if name not in known:
                made = Parameter(f"query {name}", name, "query")
                self._operation = self._operation._replace(parameters=(*self._operation.parameters, made))
                known[name] = made
            whole = known[name].type == "int" and value.lstrip("-").isdigit() and len(value) < 20
            self._asked[known[name].name] = int(value) if whole else value

    def _put(self, place: str, value: Any) -> None:
        """Put a cursor into an argument, or into a property of the body (`body.<name>`)."""
        mark, _, wire = place.partition(".")
        if mark != "body" or not wire:
            self._asked[place] = value
            return
        name = next(each.name for each in self._operation.parameters if each.location == "body")
        body = self._asked.get(name)
        names = {theirs: ours for ours, theirs in getattr(type(body), "attribute_map", {}).items()}
        if wire in names:
            body = copy.copy(body)
            setattr(body, names[wire], value)
        else:
            from .codec.encode import sanitize

            body = {**(sanitize(body) or {}), wire: value}
        self._asked[name] = body


def ruled(
    method: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], rule: PageRule
) -> RuledPages[Any]:
    """Return the items of an operation whose pages follow a rule.

    Raises:
        ApiTypeError: an argument is wrong.
    """
    pages: RuledPages[Any] = RuledPages(method, args, kwargs)
    pages._begin(rule)  # pyright: ignore[reportPrivateUsage]  # of this module
    return pages


def value_at(answer: Any, headers: Mapping[str, str], path: str) -> Any:
    """Return the value at a path in an answer, or of a header (`header:NAME`); None if there is none.

    Raises:
        ApiValueError: the path is not valid.
    """
    if path.startswith("header:"):
        return headers.get(path.removeprefix("header:").strip())
    if not path.startswith("$"):
        raise ApiValueError(f"a path begins with $ or header:, not {path!r}")
    value, position = answer, 1
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise ApiValueError(f"the path {path!r} can't be read from position {position}")
        value, position = _step(value, match), match.end()
    return value


def _step(value: Any, match: re.Match[str]) -> Any:
    if match[2] is not None:
        index = int(match[2])
        inside = isinstance(value, list) and -len(value) <= index < len(value)
        return value[index] if inside else None
    if isinstance(value, dict):
        return value.get(match[1])
    names = {theirs: ours for ours, theirs in getattr(type(value), "attribute_map", {}).items()}
    if (found := getattr(value, names.get(match[1], ""), None)) is not None:
        return found
    extras = getattr(value, "additional_properties", None)
    return extras.get(match[1]) if extras else None


def link_of(headers: Mapping[str, str]) -> str | None:
    """Return the URL of the link `next` in a Link header (RFC 8288); None without one."""
    for match in _LINK.finditer(headers.get("Link") or headers.get("link") or ""):
        relations = re.search(r'rel\s*=\s*(?:"([^"]*)"|([^\s,;"]+))', match[2], re.IGNORECASE)
        if relations and "next" in (relations[1] or relations[2]).lower().split():
            return match[1]
    return None


def _number(value: Any) -> int | None:
    try:
        return None if value is None or isinstance(value, bool) else int(value)
    except (TypeError, ValueError):
        return None
