"""`paginate` ends whatever the server does, and gives each item once."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from support.lab import Seen, answer

import apteco_api as aa
from apteco_api._runtime.list_errors import PageLimit
from apteco_api._runtime.paging import paginate


def code(number: int) -> dict[str, Any]:
    return {"code": str(number), "description": f"item {number}", "count": 1}


def asked(request: Seen) -> tuple[int, int]:
    query = {key: int(value[0]) for key, value in parse_qs(urlsplit(request.target).query).items()}
    return query.get("offset", 0), query.get("count", 3)


def page(items: list[int], offset: int, total: int | None) -> bytes:
    return answer(
        body={"offset": offset, "count": len(items), "totalCount": total, "list": [code(n) for n in items]}
    )


def codes(client: aa.ApiClient, **options: Any) -> Any:
    api = aa.FastStatsSystemsApi(client)
    return paginate(
        api.fast_stats_systems_get_fast_stats_variable_codes, "Holidays", "holidays", "v", **options
    )


def numbers(pages: Any) -> list[int]:
    return [int(item.code) for item in pages]


def honest(total: int) -> Any:
    def respond(request: Seen, _: int) -> bytes:
        offset, count = asked(request)
        return page(list(range(total))[offset : offset + count], offset, total)

    return respond


def test_all_items_come_in_order(serve: Any, client: Any) -> None:
    server = serve(honest(10))
    pages = codes(client(server), count=3)
    assert numbers(pages) == list(range(10))
    assert len(server.requests) == 4
    assert pages.total == 10


def test_start_and_limit_are_kept(serve: Any, client: Any) -> None:
    server = serve(honest(100))
    assert numbers(codes(client(server), offset=5, count=4).limit(6)) == [5, 6, 7, 8, 9, 10]
    assert [asked(request) for request in server.requests] == [(5, 4), (9, 2)]


def soon(server: Any, number: int) -> bool:
    """Wait until the server has received `number` requests; return whether it has."""
    end = time.monotonic() + 10
    while len(server.requests) < number and time.monotonic() < end:
        time.sleep(0.01)
    return len(server.requests) == number


def test_the_next_page_is_fetched_while_this_one_is_used(serve: Any, client: Any) -> None:
    server = serve(honest(10))
    walk = iter(codes(client(server), count=3))
    next(walk)
    assert soon(server, 2)
    assert numbers(walk) == list(range(1, 10))
    assert len(server.requests) == 4


def test_async_pages_are_fetched_ahead_too_and_a_walk_left_early_leaves_nothing(serve: Any) -> None:
    server = serve(honest(10))

    async def main(ahead: bool) -> int:
        async with aa.aio.AsyncApiClient(aa.Configuration(host=server.url)) as client:
            method = aa.aio.FastStatsSystemsApi(client).fast_stats_systems_get_fast_stats_variable_codes
            pages = paginate(method, "Holidays", "h", "v", count=3)
            walk = aiter(pages if ahead else pages.one_by_one())
            before = len(server.requests)
            await anext(walk)
            await asyncio.sleep(0.3 if not ahead else 0)
            fetched = await asyncio.to_thread(soon, server, before + 2) if ahead else True
            assert fetched
            count = len(server.requests) - before
            await walk.aclose()
            return count

    assert asyncio.run(main(ahead=True)) == 2
    assert asyncio.run(main(ahead=False)) == 1


def test_the_next_page_is_fetched_only_when_asked_one_by_one(serve: Any, client: Any) -> None:
    server = serve(honest(10))
    walk = iter(codes(client(server), count=3).one_by_one())
    for _ in range(3):
        next(walk)
    assert len(server.requests) == 1
    walk.close()


def test_a_page_smaller_than_it_says_is_believed_by_its_items(serve: Any, client: Any) -> None:
    def respond(request: Seen, _: int) -> bytes:
        offset, _count = asked(request)
        items = [code(n) for n in range(7)][offset : offset + 2]
        return answer(body={"offset": offset, "count": 3, "totalCount": 7, "list": items})

    assert numbers(codes(client(serve(respond)), count=3)) == list(range(7))


def test_an_empty_page_ends_the_walk_though_the_total_promises_more(serve: Any, client: Any) -> None:
    def respond(request: Seen, number: int) -> bytes:
        return page([1, 2, 3] if number == 1 else [], asked(request)[0], 1000)

    assert numbers(codes(client(serve(respond)), count=3)) == [1, 2, 3]


def test_a_server_that_ignores_the_offset_gives_its_page_once(serve: Any, client: Any) -> None:
    server = serve(lambda request, number: page([1, 2, 3], 0, 9))
    assert numbers(codes(client(server), count=3)) == [1, 2, 3]
    assert len(server.requests) == 2


def test_items_put_in_before_do_not_come_twice(serve: Any, client: Any) -> None:
    items = list(range(9))

    def respond(request: Seen, number: int) -> bytes:
        if number == 2:
            items.insert(0, 99)
        offset, count = asked(request)
        return page(items[offset : offset + count], offset, len(items))

    assert numbers(codes(client(serve(respond)), count=3)) == list(range(9))


def test_items_that_moved_when_the_list_shrank_are_fetched(serve: Any, client: Any) -> None:
    items = list(range(9))

    def respond(request: Seen, number: int) -> bytes:
        if number == 2:
            del items[0]
        offset, count = asked(request)
        return page(items[offset : offset + count], offset, len(items))

    assert numbers(codes(client(serve(respond)), count=3)) == list(range(9))


def test_a_list_without_end_stops_at_max_pages(serve: Any, client: Any) -> None:
    def respond(request: Seen, _: int) -> bytes:
        offset, _count = asked(request)
        return page([offset, offset + 1], offset, 10**9)

    with pytest.raises(PageLimit, match=re.escape("more than 5 pages")):
        numbers(codes(client(serve(respond), max_pages=5), count=2))


def test_a_method_that_is_not_paged_is_refused(serve: Any, client: Any) -> None:
    api = aa.AboutApi(client(serve(answer())))
    with pytest.raises(aa.ApiValueError, match="is not paged"):
        paginate(api.about_get_version)  # type: ignore[type-var,arg-type]


def test_an_error_of_a_later_page_reaches_the_caller(serve: Any, client: Any) -> None:
    def respond(request: Seen, number: int) -> bytes:
        return page([1, 2], 0, 9) if number == 1 else answer(404)

    walk = iter(codes(client(serve(respond)), count=2))
    assert [next(walk).code, next(walk).code] == ["1", "2"]
    with pytest.raises(aa.ApiException) as failure:
        next(walk)
    assert failure.value.status == 404


def test_the_same_walk_awaits(serve: Any) -> None:
    server = serve(honest(7))

    async def main() -> list[int]:
        config = aa.Configuration(host=server.url)
        async with aa.aio.AsyncApiClient(config) as client:
            api = aa.aio.FastStatsSystemsApi(client)
            pages = paginate(
                api.fast_stats_systems_get_fast_stats_variable_codes, "Holidays", "h", "v", count=3
            )
            return [int(item.code) async for item in pages]

    assert asyncio.run(main()) == list(range(7))
