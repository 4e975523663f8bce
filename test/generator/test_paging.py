"""All items of lists with pages by offset, number, cursor or link."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from test.support.lab import Seen, Server, answer

from .conftest import Workshop, spec

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
THING = {"type": "object", "properties": {"id": WHOLE}}
THINGS = {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}
ALL = 23
Respond = Callable[[dict[str, str], Any, str], tuple[Any, dict[str, str]]]


def document(rule: Any, result: Any, *names: str, body: Any = None) -> dict[str, Any]:
    """Return a document with a list of 23 things; parameters with capital names are whole numbers."""
    operation: dict[str, Any] = {
        "operationId": "things",
        "tags": ["Things"],
        "x-paging": rule,
        "parameters": [
            {"name": name.lower(), "in": "query", "schema": WHOLE if name[0].isupper() else TEXT}
            for name in names
        ],
        "responses": {"200": {"description": "A page.", "content": {"application/json": {"schema": result}}}},
    }
    if body:
        operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
    schemas = {"Thing": THING, "Cursor": {"type": "object", "properties": {"start": TEXT, "word": TEXT}}}
    return spec({"/things": {"post" if body else "get": operation}}, schemas)


def page(start: int, size: int) -> list[dict[str, int]]:
    return [{"id": number} for number in range(start, min(ALL, start + size))]


def wrapped(**more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"data": THINGS, **more}}


META = {"type": "object", "properties": {"next": {"type": ["string", "null"]}, "total": WHOLE, "pages": WHOLE,
                                         "more": {"type": "boolean"}}}  # fmt: skip


def by_offset(query: dict[str, str], body: Any, url: str) -> tuple[Any, dict[str, str]]:
    return page(int(query.get("skip", 0)), int(query.get("take", 5))), {}


def by_offset_total(query: dict[str, str], body: Any, url: str) -> tuple[Any, dict[str, str]]:
    return {"data": page(int(query["skip"]), 5), "meta": {"total": ALL}}, {}


def by_page(query: dict[str, str], body: Any, url: str) -> tuple[Any, dict[str, str]]:
    number = int(query["page"])
    return {"data": page((number - 1) * 5, 5), "meta": {"pages": 5, "more": number < 5}}, {}


def by_page_from_0(query: dict[str, str], body: Any, url: str) -> tuple[Any, dict[str, str]]:
    return page(int(query["page"]) * 4, 4), {}


def by_cursor(query: dict[str, str], body: Any, url: str) -> tuple[Any, dict[str, str]]:
    start = int(query.get("after", "c0")[1:])
    return {"data": page(start, 5), "meta": {"next": f"c{start + 5}" if start + 5 < ALL else None}}, {}


def by_header(query: dict[str, str], body: Any, url: str) -> tuple[Any, dict[str, str]]:
    start = int(query.get("after", 0))
    return page(start, 5), {"X_Next": str(start + 5)} if start + 5 < ALL else {}


def by_last_id(query: dict[str, str], body: Any, url: str) -> tuple[Any, dict[str, str]]:
    start = int(query.get("after", -1)) + 1
    return {"data": page(start, 5), "meta": {"more": start + 5 < ALL}}, {}


def by_body(query: dict[str, str], body: Any, url: str) -> tuple[Any, dict[str, str]]:
    assert body is None or body.get("word", "w") == "w"
    start = int((body or {}).get("start", "0"))
    return {"data": page(start, 5), "meta": {"next": str(start + 5) if start + 5 < ALL else ""}}, {}


def by_link(query: dict[str, str], body: Any, url: str) -> tuple[Any, dict[str, str]]:
    start = int(query.get("opaque", 0))
    links = f'<{url}/e?opaque=0>; rel="first", <{url}/e?opaque={start + 5}&size=5>; title=x; rel="next last"'
    return page(start, 5), {"Link": links} if start + 5 < ALL else {"Link": f"<{url}>; rel=first"}


def by_url(query: dict[str, str], body: Any, url: str) -> tuple[Any, dict[str, str]]:
    start = int(query.get("skip", 0))
    return {
        "data": page(start, 5),
        "meta": {"next": f"{url}/things?skip={start + 5}" if start + 5 < ALL else None},
    }, {}


STYLES: dict[str, tuple[dict[str, Any], Respond]] = {
    "offset": (document({"style": "offset", "offset": "skip"}, THINGS, "Skip"), by_offset),
    "offset and size": (
        document({"style": "offset", "offset": "skip", "size": "take"}, THINGS, "Skip", "Take"), by_offset),
    "offset and total": (
        document({"style": "offset", "offset": "skip", "items": "$.data", "total": "$.meta.total"},
                 wrapped(meta=META), "Skip"), by_offset_total),
    "page and pages": (
        document({"style": "page", "page": "page", "items": "$.data", "pages": "$.meta.pages"},
                 wrapped(meta=META), "Page"), by_page),
    "page and more": (
        document({"style": "page", "page": "page", "items": "$.data", "more": "$.meta.more"},
                 wrapped(meta=META), "Page"), by_page),
    "page from 0": (document({"style": "page", "page": "page", "first": 0}, THINGS, "Page"), by_page_from_0),
    "cursor": (
        document({"style": "cursor", "cursor": "after", "next": "$.meta.next", "items": "$.data"},
                 wrapped(meta=META), "after"), by_cursor),
    "cursor in a header": (
        document({"style": "cursor", "cursor": "after", "next": "header:X-Next"}, THINGS, "after"),
        by_header),
    "cursor of the last item": (
        document({"style": "cursor", "cursor": "after", "next": "$.data[-1].id", "items": "$.data",
                  "more": "$.meta.more"}, wrapped(meta=META), "After"), by_last_id),
    "cursor in the body": (
        document({"style": "cursor", "cursor": "body.start", "next": "$.meta.next", "items": "$.data"},
                 wrapped(meta=META), body={"$ref": "#/components/schemas/Cursor"}), by_body),
    "link": (document({"style": "link"}, THINGS, "Size"), by_link),
    "link in the answer": (
        document({"style": "link", "next": "$.meta.next", "items": "$.data"}, wrapped(meta=META), "Skip"),
        by_url),
    "an answer without a type": (
        document({"style": "cursor", "cursor": "after", "next": "$.meta.next", "items": "$.data"},
                 {"type": "object"}, "after"), by_cursor),
}  # fmt: skip


class Things(Server):
    """A server that answers requests for pages, with its own URL in links."""

    def __init__(self, respond: Respond) -> None:
        super().__init__(self._page)
        self._respond = respond

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _page(self, request: Seen, number: int) -> bytes:
        query = {key: values[0] for key, values in parse_qs(urlsplit(request.target).query).items()}
        value, headers = self._respond(query, json.loads(request.body) if request.body else None, self.url)
        return answer(200, value, **headers)


def walk(package: Any, server: Things, change: Any = lambda pages: pages, **given: Any) -> Any:
    """Return the ids that plain and async code find, which are the same."""
    from importlib import import_module

    paginate = import_module(f"{package.__name__}._runtime.paging").paginate
    config = package.Configuration(host=server.url)

    def ids(items: list[Any]) -> list[int]:
        return [item["id"] if isinstance(item, dict) else item.id for item in items]

    async def awaited() -> list[Any]:
        async with package.aio.AsyncApiClient(config) as client:
            return [one async for one in change(paginate(package.aio.ThingsApi(client).things, **given))]

    with package.ApiClient(config) as client:
        plain = ids(list(change(paginate(package.ThingsApi(client).things, **given))))
    assert ids(asyncio.run(awaited())) == plain
    return plain


@pytest.mark.parametrize("name", STYLES)
def test_all_items_come_once_whatever_the_style(name: str, workshop: Workshop) -> None:
    described, respond = STYLES[name]
    package = workshop.made(described)
    with Things(respond) as server:
        assert walk(package, server) == list(range(ALL))
        assert all(request.target.startswith("/things") for request in server.requests)
        assert walk(package, server, lambda pages: pages.limit(7)) == list(range(7))
        before = len(server.requests)
        assert walk(package, server, lambda pages: pages.one_by_one().limit(4)) == list(range(4))
        assert len(server.requests) == before + 2
        with pytest.raises(package.PageLimit):
            walk(package, server, lambda pages: pages.max_pages(2))


def test_where_to_start_and_how_many_are_arguments(workshop: Workshop) -> None:
    package = workshop.made(STYLES["offset and size"][0])
    with Things(by_offset) as server:
        assert walk(package, server, skip=20, take=2) == [20, 21, 22]
        assert "skip=20&take=2" in server.requests[0].target
    package = workshop.made(STYLES["cursor in the body"][0])
    with Things(by_body) as server:
        start = package.Cursor(start="15", word="w")
        assert walk(package, server, cursor=start) == list(range(15, ALL))
        assert start.start == "15"  # the caller's object is not changed


def test_a_server_that_goes_round_in_circles_is_noticed(workshop: Workshop) -> None:
    package = workshop.made(STYLES["cursor"][0])
    with Things(lambda *_: ({"data": page(0, 5), "meta": {"next": "c5"}}, {})) as server:
        with pytest.raises(package.PageLimit, match="twice"):
            walk(package, server)
    package = workshop.made(STYLES["offset"][0])
    with Things(lambda *_: (page(0, 5), {})) as server:  # the server ignores the offset
        assert walk(package, server) == list(range(5))


def test_a_link_to_another_host_is_not_followed_there(workshop: Workshop) -> None:
    package = workshop.made(STYLES["link"][0])

    def respond(query: dict[str, str], body: Any, url: str) -> tuple[Any, dict[str, str]]:
        found, headers = by_link(query, body, "http://elsewhere.invalid")
        return found, headers

    with Things(respond) as server:
        assert walk(package, server) == list(range(ALL))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"style": "guess"}, "the style of paging 'guess'"),
        ({"style": "cursor", "cursor": "after"}, "paging by cursor needs next"),
        ({"style": "page", "page": "no"}, "page names the parameter 'no'"),
        ({"style": "link", "items": "$.no"}, "items are at '$.no'"),
        ({"style": "link", "items": "$.meta"}, "is not a list"),
        ({"style": "link", "items": "data"}, "items is 'data', which is not a path"),
        ({"style": "link", "colour": "x"}, "unknown entries of x-paging: colour"),
        ({"style": "link", "first": "x"}, "not a whole number"),
    ],
)
def test_a_rule_that_does_not_fit_is_a_finding(rule: Any, said: str, workshop: Workshop) -> None:
    found = workshop.findings(document(rule, wrapped(meta=META), "after"))
    assert any(said in finding.message and finding.code == "bad-paging" for finding in found), found


def test_an_operation_without_a_rule_is_not_paged(workshop: Workshop) -> None:
    package = workshop.made(document(False, THINGS, "Skip"))
    with Things(by_offset) as server, pytest.raises(package.ApiValueError, match="is not paged"):
        walk(package, server)


@pytest.mark.slow
def test_items_are_typed(workshop: Workshop, tmp_path: Path) -> None:
    listed, held = workshop.made(STYLES["offset"][0]), workshop.made(STYLES["cursor"][0])
    text = ""
    for package in (listed, held):
        name = package.__name__
        text += f"""
import {name}
from {name}._runtime.paging import paginate as paginate_{name}

def plain_{name}(api: {name}.ThingsApi) -> None:
    for item in paginate_{name}(api.things):
        right: {name}.Thing = item
        wrong: str = item  # WRONG

async def awaited_{name}(api: {name}.aio.ThingsApi) -> None:
    async for item in paginate_{name}(api.things):
        right: {name}.Thing = item
        wrong: str = item  # WRONG
"""
    (workshop.folder / "use.py").write_text(text)
    expected = {str(n) for n, line in enumerate(text.splitlines(), 1) if "WRONG" in line}
    for checker in (
        ["mypy", "--strict", "--config-file=", "--cache-dir=c", "use.py"],
        ["pyright", "--pythonpath", sys.executable, "use.py"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *checker], cwd=workshop.folder, capture_output=True, text=True, timeout=300
        )
        found = {
            line.split("use.py:")[1].split(":")[0] for line in done.stdout.splitlines() if "use.py:" in line
        }
        assert found == expected, done.stdout
