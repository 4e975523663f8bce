"""Streams: server-sent events, and one JSON document on each line.

    with api.watch_orders() as stream:
        for event in stream:
            print(event.event, event.data)

    async for event in await api.watch_orders(): ...

Items are decoded as they arrive. In a stream, `timeout` is the longest wait for the server, not the whole
time. One event or line has at most `MAX_ITEM` bytes, and the whole stream at most `max_download_size`.
"""

from __future__ import annotations

import re
import time
from collections import deque
from contextlib import closing
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Self, TypeVar, cast

from .codec.decode import decode, preview
from .codec.drift import Differences
from .exceptions import ApiDecodeError, ApiException, ApiTypeError, ResponseTooLarge
from .response import too_large

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator
    from types import TracebackType

    from .budget import Call
    from .response import Response

T = TypeVar("T")

MAX_ITEM = 16 * 1024 * 1024
"""Most bytes of one event or line."""
DONE = "[DONE]"
"""The data of an event with which servers end a stream."""

_EXPRESSION = re.compile(r"(events|lines)\((.*)\)")
_LINE_END = re.compile(rb"\r\n|\n|\r")


class Event(NamedTuple, Generic[T]):
    """One server-sent event.

    Args:
        data: its content, decoded to the type in the spec.
        event: its type; by default `message`.
        id: the last id from the server, or an empty text.
        retry: milliseconds that the server asks to wait before reconnecting; None if it does not ask.
    """

    data: T
    event: str = "message"
    id: str = ""
    retry: int | None = None


class Stream(Generic[T]):
    """The items of an answer as they arrive. Iterate over it once: `for`, or `async for` in async code.

    The connection is released at the end of the answer. To stop early, call `close()`, or use the stream in
    `with` (`async with`), which closes it.
    """

    def __init__(
        self, batches: Generator[list[T], None, None], call: Call, release: Callable[[], object]
    ) -> None:
        self._batches = batches
        self._call = call
        self._release = release
        self._items: deque[T] = deque()
        self._ended = False
        self._in_thread: Callable[..., Awaitable[Any]] | None = None

    def to_await(self, in_thread: Callable[..., Awaitable[Any]]) -> Self:
        """Read the answer in a thread from now on, for `async for`; return this object."""
        self._in_thread = in_thread
        return self

    def _more(self) -> bool:
        """Wait for the next items; return False at the end."""
        self._ended = True  # unless more items come
        found = next(self._batches, None)
        self._ended = found is None
        self._items.extend(found or ())
        return found is not None

    # ---- plain code

    def __iter__(self) -> Self:
        if self._in_thread is not None:
            raise ApiTypeError("this stream belongs to an async client: use `async for`")
        return self

    def __next__(self) -> T:
        while not self._items:
            if not self._more():
                raise StopIteration
        return self._items.popleft()

    def close(self) -> None:
        """Close the connection if the answer has not ended. May be called more than once."""
        self._items.clear()
        self._batches.close()
        self._release()  # closing a generator that has not begun would not release it

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- async code

    def __aiter__(self) -> Self:
        if self._in_thread is None:
            raise ApiTypeError("this stream belongs to a client of plain code: use `for`")
        return self

    async def __anext__(self) -> T:
        while not self._items:
            if self._in_thread is None or not await self._in_thread(self._more, self._call):
                raise StopAsyncIteration
        return self._items.popleft()

    async def aclose(self) -> None:
        """Close the connection if the answer has not ended, from async code. May be called more than once."""
        self._items.clear()
        if not self._ended and self._in_thread is not None:
            self._ended = True
            await self._in_thread(self.close, self._call)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def open_stream(expression: str, response: Response, call: Call) -> Stream[Any]:
    """Return the stream of a response with an unread body.

    Args:
        expression: `events(X)` or `lines(X)`.
        response: a successful response.
        call: the budget of the call.

    Raises:
        ApiDecodeError: events are expected, but the answer has another type.
    """
    match = _EXPRESSION.fullmatch(expression)
    if match is None:
        raise ApiTypeError(f"{expression!r} is not a stream")
    media = (response.header("content-type") or "").partition(";")[0].strip().lower()
    if match[1] == "events" and media not in ("text/event-stream", ""):
        head = response.read(call.config.max_body_size)
        raise ApiDecodeError(
            response.status, f"the answer is {media}, an event stream was expected", body=preview(head),
            content_type=media,
        )  # fmt: skip
    read = _events if match[1] == "events" else _lines
    return Stream(_guarded(read, match[2], response, call), call, response.discard)


def _guarded(
    read: Callable[[Iterator[list[bytes]], Callable[[bytes], Any]], Iterator[list[Any]]],
    expression: str,
    response: Response,
    call: Call,
) -> Generator[list[Any], None, None]:
    """Yield the items of a response in lists, and release its connection in any case."""

    def decoded(data: bytes) -> Any:
        drift = Differences()
        item = decode(data, expression, drift, strict=call.config.strict_responses, call=call)
        response.drift.join(drift)
        return item

    with closing(_limited(response, call)) as chunks:
        try:
            yield from read(whole_lines(chunks), decoded)
        except ApiException as error:
            error.attempts, error.elapsed = tuple(call.attempts), call.elapsed
            raise


def _limited(response: Response, call: Call) -> Generator[bytes, None, None]:
    """Yield the chunks of a body up to the size limit; each chunk restarts the time limit."""
    size = 0
    with closing(cast("Generator[bytes, None, None]", response.chunks())) as chunks:
        call.deadline = time.monotonic() + call.timeout
        for chunk in chunks:
            size += len(chunk)
            if size > call.max_size:
                raise too_large(call.max_size, response.status)
            yield chunk
            call.deadline = time.monotonic() + call.timeout  # the time of the caller's code does not count


def whole_lines(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the complete lines after each chunk. The last list has the text after the last line break.

    Lines end with LF, CR LF or CR, as the standard of server-sent events defines.

    Raises:
        ResponseTooLarge: a line is over MAX_ITEM bytes.
    """
    buffer = bytearray()
    after_cr = False
    for chunk in chunks:
        if after_cr and chunk[:1] == b"\n":
            chunk = chunk[1:]
        if not chunk:
            continue
        after_cr = chunk[-1:] == b"\r"
        buffer += chunk
        if b"\n" in chunk or b"\r" in chunk:
            *lines, rest = _LINE_END.split(bytes(buffer))
            buffer = bytearray(rest)
            yield lines
        if len(buffer) > MAX_ITEM:
            raise _too_large("line")
    yield [b"\n", bytes(buffer)]  # marks the last list, as no line contains a line break


def _too_large(noun: str) -> ResponseTooLarge:
    return ResponseTooLarge(200, f"one {noun} of the stream is larger than {MAX_ITEM} bytes", limit=MAX_ITEM)


def _lines(source: Iterator[list[bytes]], decoded: Callable[[bytes], Any]) -> Iterator[list[Any]]:
    """Yield the JSON documents of a text with one on each line, with or without the marks of RFC 7464."""
    for lines in source:
        last = lines[:1] == [b"\n"]
        found = [line.strip(b" \t\r\n\x1e") for line in (lines[1:] if last else lines)]
        items: list[Any] = []
        for line in found:
            if not line:
                continue
            try:
                items.append(decoded(line))
            except ApiDecodeError as error:
                if items:
                    yield items
                if last:
                    error.args = (error.status, f"the stream ends inside a line: {error.reason}")
                raise
        if items:
            yield items


def _events(source: Iterator[list[bytes]], decoded: Callable[[bytes], Any]) -> Iterator[list[Any]]:
    """Yield the events of an event stream (WHATWG HTML, "Server-sent events")."""
    data: list[bytes] = []
    size, kind, last_id, retry = 0, "", "", None
    first = True
    for lines in source:
        items: list[Any] = []
        if lines[:1] == [b"\n"]:
            if lines[1]:
                raise ApiDecodeError(200, "the stream ends inside an event", body=preview(lines[1]))
            lines = [b""]  # an event without the final empty line, whose lines are complete
        for line in lines:
            if first:
                line, first = line.removeprefix(b"\xef\xbb\xbf"), False
            if not line:
                if data:
                    text = b"\n".join(data)
                    if text == DONE.encode():
                        if items:
                            yield items
                        return
                    items.append(Event(decoded(text), kind or "message", last_id, retry))
                data, size, kind, retry = [], 0, "", None
                continue
            name, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            if name == b"data":
                data.append(value)
                size += len(value)
                if size > MAX_ITEM:
                    raise _too_large("event")
            elif name == b"event":
                kind = value.decode("utf-8", "replace")
            elif name == b"id" and b"\0" not in value:
                last_id = value.decode("utf-8", "replace")
            elif name == b"retry" and value.isdigit() and len(value) < 10:
                retry = int(value)
        if items:
            yield items
