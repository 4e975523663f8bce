"""The items of a large JSON array as they arrive, in bounded memory.

    for row in stream(api.exports_perform_export_synchronously, "Holidays", "holidays", export=export):
        ...

The bytes are cut between items, and many items are decoded at a time, straight into the models. First, the
last place that looks like a cut is tried. If msgspec accepts the bytes before it, it is a cut, as brackets
and quotes balance only there. Otherwise the bytes are scanned.
"""

from __future__ import annotations

import re
import time
from itertools import chain
from typing import TYPE_CHECKING, Any

from .answers import report
from .binding import bind
from .codec.decode import decode, decode_as, preview
from .codec.expressions import bare, item_of, resolve
from .exceptions import ApiDecodeError, ApiException, ApiValueError, ResponseTooLarge
from .response import gathered

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

    from .budget import Call
    from .client import ApiClient
    from .codec.drift import Context, Drift
    from .operation import Operation

MAX_ITEM = 64 * 1024 * 1024
"""Most bytes of one item, and of the text before the array."""
BATCH = 1024 * 1024
"""Bytes that are collected before they are decoded."""

# A string, which the end of the buffer may cut off, or a mark outside strings.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[{}\[\],:]', re.DOTALL)
_KEY = re.compile(r"\$(?:\.[A-Za-z_][A-Za-z0-9_]*)*")


def stream(method: Callable[..., Any], *args: Any, path: str | None = None, **kwargs: Any) -> Iterator[Any]:
    """Call an operation and yield the items of a list in its answer as they arrive.

    Args:
        method: a method of a section, not called.
        args, kwargs: its arguments.
        path: path of the list: `$.rows`, `$.list`; None: the answer's only such list, or the answer itself.

    Yields:
        The items, as models.

    Raises:
        ApiException: as from the method itself; while iterating, if the answer breaks off or can't be read.
    """
    bound = bind(method, args, kwargs)
    client: ApiClient = bound.section.api_client
    for batch in batches(client, bound.operation, bound.values(), bound.options, path=path, name=bound.name):
        yield from batch


def batches(
    client: ApiClient,
    operation: Operation,
    values: Sequence[Any],
    options: Mapping[str, Any] | None = None,
    *,
    path: str | None = None,
    name: str = "",
    call: Call | None = None,
) -> Generator[list[Any], None, Any]:
    """Yield lists of many items, as `stream` yields items; return the answer with an empty list.

    Args:
        client: the client for the call.
        operation, values, options, name: as for `ApiClient.call`.
        path: as for `stream`.
        call: the budget of the call; another thread can cancel the stream with it.
    """
    options = options or {}
    keys, item = place_of(operation.result_type, path)
    request, _ = client.prepare(operation, values, options, name)
    call = call or stream_budget(client, options)
    response = client.exchange(request, call)
    if not 200 <= response.status < 300 or response.status in operation.not_ready:
        raise call.finish(client.error(response, operation, request), request)
    client.pipeline.remember(response, None)
    limit = min(MAX_ITEM, call.config.max_body_size)
    source = split(
        progressing(response.chunks(), call), keys, item, response.drift,
        strict=call.config.strict_responses, limit=limit, call=call,
    )  # fmt: skip
    try:
        while True:
            try:
                items = next(source)
            except StopIteration as end:
                rest: bytes = end.value
                break
            before = time.monotonic()
            yield items
            call.paused(time.monotonic() - before)  # the time of the caller's code
        media = response.header("content-type") or ""
        answer = decode(rest, operation.result_type, response.drift, content_type=media, call=call)
    except ApiException as error:
        error.headers = response.headers
        raise call.finish(error, request).with_traceback(None) from None
    finally:
        source.close()
        response.discard()
    report(response, operation, client.configuration)
    client.pipeline.remember(response, answer)
    return answer


def stream_budget(client: ApiClient, options: Mapping[str, Any]) -> Call:
    """Return the budget of a stream: `timeout` for each chunk, or the call's own time for the whole."""
    limited = isinstance(options.get("_request_timeout"), int | float)
    return client.budget(options, stream=True, limited=limited)


def progressing(source: Iterator[bytes], call: Call) -> Iterator[bytes]:
    """Yield chunks of a body; each restarts the time limit, unless the limit is for the whole call."""
    for piece in source:
        call.progressed()
        yield piece


def place_of(expression: str, path: str | None) -> tuple[list[str], Any]:
    """Return the keys that lead to a list in an answer, and the type of its items.

    Raises:
        ApiValueError: the answer has no list at this path.
    """
    target = resolve(expression)
    if path is None:
        names = _lists(target)
        if names is None:
            path = "$"
        elif len(names) == 1 or "rows" in names or "list" in names:
            path = f"$.{next((name for name in ('rows', 'list') if name in names), names[0])}"
        else:
            raise ApiValueError(f"{expression} has several lists: choose with path='$.{'|'.join(names)}'")
    if not _KEY.fullmatch(path):
        raise ApiValueError("path must be `$` followed by names: $.rows")
    keys = path.split(".")[1:]
    for key in keys:
        names_of = {wire: name for name, wire in getattr(target, "attribute_map", {}).items()}
        if key not in names_of:
            raise ApiValueError(f"{expression} has no {path}")
        target = bare(target.__annotations__[names_of[key]])
    item = item_of(target)
    if item is None:
        raise ApiValueError(f"{path} of {expression} is not a list")
    return keys, item


def _lists(target: Any) -> list[str] | None:
    if item_of(target) is not None:
        return None
    found = [
        wire
        for name, wire in getattr(target, "attribute_map", {}).items()
        if item_of(bare(target.__annotations__[name])) is not None
    ]
    if not found:
        raise ApiValueError("the answer holds no list")
    return found


def split(
    chunks: Iterable[bytes],
    keys: list[str],
    item: Any,
    drift: list[Drift],
    *,
    strict: bool = False,
    limit: int = MAX_ITEM,
    call: Context | None = None,
) -> Generator[list[Any], None, bytes]:
    """Yield the items of the array at some keys, in lists of many; return the document without them.

    Args:
        chunks: the bytes of a JSON document.
        keys: the names on the path to the array.
        item: type of its items.
        drift: receives the differences from the spec.
        strict: raise an error for a difference.
        limit: most bytes of one item, and of the document without its items.
        call: the call of this answer.

    Raises:
        ApiDecodeError: the document is not JSON, or ends too early.
        ResponseTooLarge: an item, or the document without its items, is over the limit.
    """
    import msgspec

    many = list[item]
    decode = msgspec.json.Decoder(many).decode
    source = iter(chunks)
    head, buffer = _find(source, keys, limit)
    if buffer is None:  # the array is null or missing: the decoder of the whole document checks the rest
        return head
    ended, wanted = False, BATCH
    while not ended:
        parts, size = [buffer], len(buffer)
        for chunk in source:
            parts.append(chunk)
            size += len(chunk)
            if size >= wanted:
                break
        else:
            ended = True
        buffer = b"".join(parts)
        cut = buffer.rfind(b"},")
        items: list[Any] | None = None
        if cut > 0 and not ended:
            try:
                items = decode(b"".join((b"[", memoryview(buffer)[: cut + 1], b"]")))  # one copy, not two
                buffer = buffer[cut + 2 :]
            except Exception:  # not a cut, or drift; the scan distinguishes
                items = None
        if items is None:
            cut, closed = _scan(buffer)
            if cut < 0 and not closed and not ended:
                if len(buffer) > limit:
                    raise ResponseTooLarge(200, f"one item is larger than {limit} bytes", limit=limit)
                wanted = 2 * len(buffer)  # so that a long item is not scanned again for each chunk
                continue
            if ended and not closed:
                raise ApiDecodeError(200, "the answer ends inside its list", body=preview(buffer, call))
            items = decode_as(b"[%b]" % buffer[: max(cut, 0)], many, drift, strict=strict, call=call)
            buffer = buffer[cut + 1 :]
            if closed:
                if items:
                    yield items
                return gathered(chain((head, b"]", buffer), source), limit)
        wanted = BATCH
        if items:
            yield items
    raise ApiDecodeError(200, "the answer ends inside its list", body=preview(buffer, call))


def _scan(buffer: bytes) -> tuple[int, bool]:
    """Return the position of the last comma between items or of the array's end, and True for the end."""
    depth, last = 0, -1
    for match in _TOKEN.finditer(buffer):
        token = buffer[match.start()]
        if token == 44:  # ,
            if depth == 0:
                last = match.start()
        elif token in (91, 123):
            depth += 1
        elif token in (93, 125):
            depth -= 1
            if depth < 0:
                return match.start(), True
    return last, False


def _find(source: Iterator[bytes], keys: list[str], limit: int) -> tuple[bytes, bytes | None]:
    """Read to the start of the array; return the bytes up to it and after it, or all and None."""
    buffer, wanted = b"", 1
    while True:
        parts, size = [buffer], len(buffer)
        while size < wanted and (chunk := next(source, None)) is not None:
            parts.append(chunk)
            size += len(chunk)
        buffer = b"".join(parts)
        found = _array_start(buffer, keys)
        if found >= 0:
            return buffer[:found], buffer[found:]
        if size < wanted:
            return buffer, None
        if size > limit:
            raise ResponseTooLarge(200, f"no list within the first {limit} bytes", limit=limit)
        wanted = 2 * size  # so that a long text before the list is not scanned again for each chunk


def _array_start(buffer: bytes, keys: list[str]) -> int:
    """Return the position after the `[` of the array, or -1 if it is not in the buffer."""
    if not keys:
        stripped = buffer.lstrip()
        return len(buffer) - len(stripped) + 1 if stripped.startswith(b"[") else -1
    wanted = [f'"{key}"'.encode() for key in keys]
    depth, matched, text, pending = 0, 0, b"", False
    for match in _TOKEN.finditer(buffer):
        token = match[0]
        if token == b":" and depth == matched + 1:
            pending = text == wanted[matched]
        elif token in (b"{", b"["):
            if pending:
                matched += 1
                if matched == len(wanted):
                    return match.end() if token == b"[" else -1
            pending = False
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
            matched = min(matched, depth)
        elif token == b",":
            pending = False
        else:
            text = token
    return -1
