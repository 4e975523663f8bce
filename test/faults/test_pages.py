"""Case 37: pages that lie."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from support.lab import Seen, answer

import apteco_api as aa
from apteco_api import paginate
from apteco_api.exceptions import PageLimit


def paged(answers: Any) -> Any:
    """Make a server whose pages come from `answers(offset, count, number) -> (items, total)`."""

    def respond(request: Seen, number: int) -> bytes:
        query = parse_qs(urlsplit(request.target).query)
        offset, count = int(query.get("offset", ["0"])[0]), int(query.get("count", ["3"])[0])
        items, total = answers(offset, count, number)
        listed = [{"code": str(item), "description": "d"} for item in items]
        return answer(body={"offset": offset, "count": count, "totalCount": total, "list": listed})

    return respond


PAGES: dict[str, tuple[Any, list[int]]] = {
    "count lies": (lambda o, c, n: (list(range(9))[o : o + 2], 9), list(range(9))),
    "empty page": (lambda o, c, n: ([1, 2, 3] if n == 1 else [], 99), [1, 2, 3]),
    "total shrinks": (lambda o, c, n: (list(range(9))[o : o + c], 9 if n == 1 else 6), [0, 1, 2, 3, 4, 5]),
    "total grows": (lambda o, c, n: (list(range(6 + n))[o : o + c], 6 + n if n < 3 else 9), list(range(9))),
    "total is zero": (lambda o, c, n: ([1, 2, 3] if o == 0 else [], 0), [1, 2, 3]),
}


@pytest.mark.parametrize("kind", PAGES)
def test_37_a_walk_ends_and_gives_each_item_once(kind: str, serve: Any, client: Any) -> None:
    answers, expected = PAGES[kind]
    api = aa.FastStatsSystemsApi(client(serve(paged(answers))))
    walk = paginate(api.fast_stats_systems_get_fast_stats_variable_codes, "H", "h", "v", count=3)
    found = [int(item.code) for item in walk]
    assert found == expected


def test_37_a_repeated_page_is_given_once_and_an_endless_list_is_stopped(serve: Any, client: Any) -> None:
    def ignores_offset(request: Seen, number: int) -> bytes:
        items = [{"code": "1", "description": "d"}, {"code": "2", "description": "d"}]
        return answer(body={"offset": 0, "count": 2, "totalCount": 100, "list": items})

    api = aa.FastStatsSystemsApi(client(serve(ignores_offset)))
    walk = paginate(api.fast_stats_systems_get_fast_stats_variable_codes, "H", "h", "v", count=2)
    assert [item.code for item in walk] == ["1", "2"]
    endless = client(serve(paged(lambda o, c, n: ([o, o + 1], 10**9))), max_pages=20)
    codes = aa.FastStatsSystemsApi(endless).fast_stats_systems_get_fast_stats_variable_codes
    with pytest.raises(PageLimit):
        list(paginate(codes, "H", "h", "v", count=2))
