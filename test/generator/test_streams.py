"""Answers that are streams: server-sent events and JSON lines, plain and awaited, within limits."""

from __future__ import annotations

import asyncio
import importlib
import socket
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from test.support.lab import Seen, Server, answer

from .conftest import Workshop, get, spec

ITEM = {"type": "object", "properties": {"a": {"type": "string"}, "n": {"type": "integer"}}}
EVENT, LINES = "text/event-stream", "application/x-ndjson"


def document(schema: Any = ITEM, media: str = EVENT, **more: Any) -> dict[str, Any]:
    content = {media: {"schema": schema}, **{name: {"schema": ITEM} for name in more.pop("also", ())}}
    operation = get(id="watch")
    operation["get"]["responses"] = {"200": {"description": "It.", "content": content}}
    return spec({"/watch": operation}, **more)


def chunked(*parts: bytes, media: str = EVENT, pause: float = 0.0, end: bool = True) -> Callable[..., None]:
    """Return a function that sends an answer in chunks, with a pause before each."""

    def send(sock: socket.socket, request: Seen) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nTransfer-Encoding: chunked\r\n\r\n"
        sock.sendall(head.encode())
        for part in parts:
            time.sleep(pause)
            sock.sendall(b"%x\r\n%b\r\n" % (len(part), part))
        if end:
            sock.sendall(b"0\r\n\r\n")
        else:
            sock.shutdown(socket.SHUT_RDWR)

    return send


def plainly(package: ModuleType, server: Server, **settings: Any) -> list[Any]:
    """Call `watch` in plain code; return the items."""
    config = package.Configuration(host=f"http://127.0.0.1:{server.port}", **settings)
    with package.ApiClient(config) as client, package.ThingsApi(client).watch() as stream:
        return list(stream)


def awaited(package: ModuleType, server: Server, **settings: Any) -> list[Any]:
    """Call `watch` in async code; return the items."""

    async def items() -> list[Any]:
        config = package.Configuration(host=f"http://127.0.0.1:{server.port}", **settings)
        async with package.aio.AsyncApiClient(config) as client:
            return [item async for item in await package.aio.ThingsApi(client).watch()]

    return asyncio.run(items())


BOTH = pytest.mark.parametrize("read", [plainly, awaited])


@BOTH
def test_events_have_data_type_id_and_retry(read: Any, workshop: Workshop) -> None:
    parts = [
        b'\xef\xbb\xbf: a comment\nid: 7\nevent: made\nretry: 1500\ndata: {"a": "x",\ndata: "n": 1}\n\n',
        b'data:{"a":"y"}\r\n\r\n',
        b'id\nevent: gone\ndata: {}\r\rdata: {"n": 2}\n\n',
    ]
    package = workshop.made(document())
    with Server(lambda request, number: chunked(*parts)) as server:
        found = read(package, server)
        assert server.requests[0].headers["accept"] == EVENT
    assert [(type(e.data).__name__, e.data.a, e.data.n, e.event, e.id, e.retry) for e in found] == [
        ("WatchItem200", "x", 1, "made", "7", 1500),
        ("WatchItem200", "y", None, "message", "7", None),
        ("WatchItem200", None, None, "gone", "", None),
        ("WatchItem200", None, 2, "message", "", None),
    ]


@BOTH
def test_events_are_the_same_however_the_bytes_are_cut(read: Any, workshop: Workshop) -> None:
    package = workshop.made(document())
    for end in (b"\n", b"\r\n", b"\r"):
        text = end.join(
            [b"event: e", b'data: {"a":', 'data: "é"}'.encode(), b"", b'data: {"n": 3}', b"", b""]
        )
        for size in (1, 2, 3, 7, 1000):
            parts = [text[at : at + size] for at in range(0, len(text), size)]
            with Server(lambda request, number, parts=parts: chunked(*parts)) as server:  # type: ignore[misc]
                assert [(e.event, e.data.a, e.data.n) for e in read(package, server)] == [
                    ("e", "é", None), ("message", None, 3),
                ], (end, size)  # fmt: skip


@BOTH
@pytest.mark.parametrize(
    "media", [LINES, "application/jsonl", "application/json-seq", "application/x-ndjson; charset=utf-8"]
)
def test_lines_are_one_object_each(read: Any, media: str, workshop: Workshop) -> None:
    package = workshop.made(document(media=media.partition(";")[0]))
    parts = [b'\x1e{"a": "x"}\n{"a"', b': "y"}\r\n\n', b'{"n": 1}']
    with Server(lambda request, number: chunked(*parts, media=media)) as server:
        assert [(item.a, item.n) for item in read(package, server)] == [("x", None), ("y", None), (None, 1)]


@BOTH
def test_items_come_while_the_answer_goes_on(read: Any, workshop: Workshop) -> None:
    package = workshop.made(document(media=LINES))
    seen: list[float] = []

    def send(sock: socket.socket, request: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n")
        sock.sendall(b'{"n": 1}\n')
        seen.append(time.monotonic())
        assert sock.recv(1) == b""  # the caller closes when it has its item
        seen.append(time.monotonic())

    async def first() -> Any:
        config = package.Configuration(host=f"http://127.0.0.1:{server.port}")
        async with package.aio.AsyncApiClient(config) as client:
            async with await package.aio.ThingsApi(client).watch() as stream:
                async for item in stream:
                    return item

    with Server(lambda request, number: send) as server:
        if read is awaited:
            assert asyncio.run(first()).n == 1
        else:
            config = package.Configuration(host=f"http://127.0.0.1:{server.port}")
            with package.ApiClient(config) as client, package.ThingsApi(client).watch() as stream:
                assert next(stream).n == 1


@BOTH
def test_the_time_limit_counts_silence_not_the_whole_stream(read: Any, workshop: Workshop) -> None:
    package = workshop.made(document(media=LINES))
    slow = chunked(*[b'{"n": 1}\n'] * 6, media=LINES, pause=0.3)
    with Server(lambda request, number: slow) as server:
        assert len(read(package, server, timeout=1.0)) == 6
    silent = chunked(b'{"n": 1}\n', b'{"n": 2}\n', media=LINES, pause=0.9)
    with Server(lambda request, number: silent) as server, pytest.raises(package.ApiTimeout):
        read(package, server, timeout=0.4, retries=0)


@BOTH
@pytest.mark.parametrize(
    ("media", "parts"),
    [
        (EVENT, [b'data: {"a": "x"}\n\n', b'data: {"a"']),
        (LINES, [b'{"a": "x"}\n', b'{"a"']),
        (LINES, [b'{"a": "x"}\n', b"<html>\n"]),
        (EVENT, [b'data: {"a": "x"}\n\ndata: oops\n\n']),
    ],
)
def test_what_came_whole_is_given_and_the_rest_is_an_error(
    read: Any, media: str, parts: list[bytes], workshop: Workshop
) -> None:
    package = workshop.made(document(media=media))
    config = {"retries": 0}
    with Server(lambda request, number: chunked(*parts, media=media)) as server:
        with pytest.raises(package.ApiDecodeError):
            read(package, server, **config)


@BOTH
def test_a_connection_that_breaks_is_an_error(read: Any, workshop: Workshop) -> None:
    package = workshop.made(document())
    broken = chunked(b'data: {"a": "x"}\n\n', end=False)
    with Server(lambda request, number: broken) as server, pytest.raises(package.ApiTransportError):
        read(package, server)


@BOTH
def test_an_answer_without_success_is_the_error_it_always_is(read: Any, workshop: Workshop) -> None:
    package = workshop.made(document())
    with Server(lambda request, number: answer(404, {"why": "gone"})) as server:
        with pytest.raises(package.ApiNotFound) as caught:
            read(package, server)
    assert "gone" in caught.value.body


@BOTH
def test_an_answer_of_another_type_is_named(read: Any, workshop: Workshop) -> None:
    package = workshop.made(document())
    with Server(lambda request, number: answer(200, {"a": "x"})) as server:
        with pytest.raises(package.ApiDecodeError, match="an event stream was expected"):
            read(package, server)


@BOTH
@pytest.mark.parametrize("media", [EVENT, LINES])
def test_one_item_has_a_limit(
    read: Any, media: str, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = workshop.made(document(media=media))
    events = importlib.import_module(f"{package.__name__}._runtime.events")
    monkeypatch.setattr(events, "MAX_ITEM", 1000)
    parts = [b"data: " + b"x" * 200 + b"\n"] * 20 if media == EVENT else [b"x" * 200] * 20
    with Server(lambda request, number: chunked(*parts, media=media)) as server:
        with pytest.raises(package.ResponseTooLarge):
            read(package, server)


@BOTH
def test_all_items_have_a_limit(read: Any, workshop: Workshop) -> None:
    package = workshop.made(document(media=LINES))
    with Server(lambda request, number: chunked(*[b'{"n": 1}\n'] * 500, media=LINES)) as server:
        with pytest.raises(package.ResponseTooLarge):
            read(package, server, max_download_size=1000)


@BOTH
def test_done_ends_a_stream_of_objects(read: Any, workshop: Workshop) -> None:
    package = workshop.made(document())
    parts = [b'data: {"n": 1}\n\ndata: [DONE]\n\n']
    with Server(lambda request, number: chunked(*parts)) as server:
        assert [event.data.n for event in read(package, server)] == [1]


TEXT = {"type": "string"}
OF_MODEL = "Stream[Event[models.WatchItem200]]"


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        (TEXT, "Stream[Event[str]]"),
        ({"type": "object", "properties": {"event": TEXT, "data": ITEM}}, OF_MODEL),
        ({"type": "object", "properties": {"data": {**TEXT, "contentMediaType": "application/json",
          "contentSchema": ITEM}, "id": TEXT}}, OF_MODEL),
        ({"type": "array", "items": {"type": "integer"}}, "Stream[Event[int]]"),
    ],
)  # fmt: skip
def test_a_schema_of_the_event_itself_gives_the_type_of_its_data(
    schema: Any, kind: str, workshop: Workshop
) -> None:
    package = workshop.made(document(schema))
    assert package.ThingsApi.watch.__annotations__["return"] == kind


def test_a_text_in_an_event_stays_as_it_came(workshop: Workshop) -> None:
    package = workshop.made(document(TEXT))
    with Server(lambda request, number: chunked(b"data: two words\ndata:  and a line\n\n")) as server:
        assert [event.data for event in plainly(package, server)] == ["two words\n and a line"]


def test_an_operation_that_offers_both_has_a_method_for_each(workshop: Workshop) -> None:
    package = workshop.made(document(also=["application/json"]))
    with Server(lambda request, number: answer(200, {"n": 1}) if "json" in request.headers["accept"]
                else chunked(b'data: {"n": 2}\n\n')) as server:  # fmt: skip
        config = package.Configuration(host=f"http://127.0.0.1:{server.port}")
        with package.ApiClient(config) as client:
            api = package.ThingsApi(client)
            assert api.watch().n == 1
            assert [event.data.n for event in api.watch_stream()] == [2]


def test_a_connection_serves_the_next_call_when_its_stream_has_ended(workshop: Workshop) -> None:
    package = workshop.made(document(media=LINES))
    head = b"HTTP/1.1 200 OK\r\nContent-Type: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    whole = head + b'9\r\n{"n": 1}\n\r\n0\r\n\r\n'
    with Server(lambda request, number: whole) as server:
        config = package.Configuration(host=f"http://127.0.0.1:{server.port}")
        with package.ApiClient(config) as client:
            api = package.ThingsApi(client)
            assert [[item.n for item in api.watch()] for _ in range(5)] == [[1]] * 5
        assert server.connections == 1


def test_a_stream_says_how_it_is_read(workshop: Workshop) -> None:
    package = workshop.made(document(media=LINES))

    async def wrong() -> None:
        async with package.aio.AsyncApiClient(config) as client:
            async with await package.aio.ThingsApi(client).watch() as stream:
                with pytest.raises(package.ApiTypeError, match="async for"):
                    iter(stream)

    with Server(lambda request, number: chunked(b'{"n": 1}\n', media=LINES)) as server:
        config = package.Configuration(host=f"http://127.0.0.1:{server.port}")
        asyncio.run(wrong())
        with package.ApiClient(config) as client, package.ThingsApi(client).watch() as stream:
            with pytest.raises(package.ApiTypeError, match="use `for`"):
                stream.__aiter__()


def test_a_task_that_is_cancelled_leaves_its_stream(workshop: Workshop) -> None:
    package = workshop.made(document(media=LINES))
    slow = chunked(b'{"n": 1}\n', b'{"n": 2}\n', media=LINES, pause=3)

    async def cancelled() -> float:
        before = time.monotonic()
        async with package.aio.AsyncApiClient(config) as client:
            task = asyncio.ensure_future(wait(client))
            await asyncio.sleep(0.3)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        return time.monotonic() - before

    async def wait(client: Any) -> None:
        async for _ in await package.aio.ThingsApi(client).watch():
            pass

    with Server(lambda request, number: slow) as server:
        config = package.Configuration(host=f"http://127.0.0.1:{server.port}")
        assert asyncio.run(cancelled()) < 2.5


@pytest.mark.slow
def test_streams_are_typed(workshop: Workshop) -> None:
    import subprocess
    import sys

    package = workshop.made(document(also=["application/json"]))
    name = package.__name__
    (workshop.folder / "use.py").write_text(f"""
import {name}
from {name}.models import WatchItem200

async def read(api: {name}.aio.ThingsApi) -> None:
    async for event in await api.watch_stream():
        text: str = event.event
        found: WatchItem200 = event.data
        wrong: int = event.data  # WRONG

def plain(api: {name}.ThingsApi) -> None:
    with api.watch_stream() as stream:
        for event in stream:
            found: WatchItem200 = event.data
            wrong: int = event.id  # WRONG
""")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir=c", "use.py"],
        cwd=workshop.folder, capture_output=True, text=True,
    )  # fmt: skip
    assert [line.split(":")[1] for line in done.stdout.splitlines()[:-1]] == ["9", "15"], done.stdout
