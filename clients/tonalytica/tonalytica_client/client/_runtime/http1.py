"""HTTP/1.1 from a connected socket: heads, framed bodies, decompression, all within limits and a deadline.

`http.client` waits for each byte as long as its timeout says, so a server that sends one byte now and then
holds a call forever; and it prints credentials when its debug level is on. This reader counts the time of
the whole answer, the bytes before and after decompression, and believes nothing.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from .exceptions import ApiInterrupted, ApiProtocolError, ResponseTooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from socket import socket

    from urllib3 import HTTPHeaderDict

    from .budget import Call

MAX_HEAD = 64 * 1024
"""Most bytes of status line and headers."""
MAX_HEADERS = 100
"""Most headers."""
CHUNK = 64 * 1024

_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-5]\d\d)(?: ([^\r\n\x00]*))?")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\x00]*)")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?")

Pairs = list[tuple[str, str]]


class Reader:
    """Bytes from a socket, within the call's time.

    Args:
        sock: the connected socket.
        call: whose time counts.
    """

    __slots__ = ("buffer", "call", "sock")

    def __init__(self, sock: socket, call: Call) -> None:
        self.sock = sock
        self.call = call
        self.buffer = b""

    def receive(self, phase: str) -> bytes:
        """Return the next bytes from the socket; empty at the end of the stream."""
        call = self.call
        left = call.deadline - time.monotonic()
        silence = call.read_timeout
        short = silence is not None and silence < left
        if left <= 0:
            raise call.timed_out(phase)
        try:
            self.sock.settimeout(silence if short else left)
            data = self.sock.recv(CHUNK)
        except TimeoutError:
            if short:
                error = call.timed_out(phase)
                error.reason = f"no byte from the server for {silence:g} s ({phase})"
                raise error from None
            raise call.timed_out(phase) from None
        except OSError as error:
            raise broken(error, call) from None
        if not data and call.cancelled:
            raise broken(OSError(), call)
        return data

    def take(self, phase: str) -> bytes:
        """Return what is buffered, or else the next bytes."""
        if data := self.buffer:
            self.buffer = b""
            return data
        return self.receive(phase)

    def line(self, limit: int, phase: str) -> bytes:
        """Return the next line without its end."""
        while (end := self.buffer.find(b"\r\n")) < 0:
            if len(self.buffer) > limit:
                raise ApiProtocolError(0, "the server sent a line that is too long")
            data = self.receive(phase)
            if not data:
                raise truncated()
            self.buffer += data
        line, self.buffer = self.buffer[:end], self.buffer[end + 2 :]
        return line


def broken(error: OSError, call: Call) -> Exception:
    """Return the error for a connection that broke while it was used."""
    if call.cancelled:
        from .exceptions import ApiCancelled

        return ApiCancelled(0, "the call was cancelled")
    return ApiInterrupted(0, f"the connection broke: {error.strerror or type(error).__name__}")


def truncated() -> ApiInterrupted:
    """Return the error for an answer that ends too early."""
    return ApiInterrupted(0, "the server closed the connection before the end of its answer")


def read_head(reader: Reader) -> tuple[int, str, Pairs, bool]:
    """Read status line and headers.

    Returns:
        Status, reason, headers in order, and True if the answer is HTTP/1.1.

    Raises:
        ApiProtocolError: it is not HTTP, or breaks a limit.
    """
    while True:
        buffer = reader.buffer
        while (end := buffer.find(b"\r\n\r\n")) < 0:
            if len(buffer) > MAX_HEAD:
                raise ApiProtocolError(0, f"the server sent more than {MAX_HEAD} bytes of headers")
            if buffer and not b"HTTP/1.".startswith(buffer[:7]):
                raise ApiProtocolError(0, "the server's answer is not HTTP/1.1")
            data = reader.receive("headers")
            if not data:
                if buffer:
                    raise truncated()
                raise ApiInterrupted(0, "the server closed the connection without an answer")
            buffer += data
        if end > MAX_HEAD:
            raise ApiProtocolError(0, f"the server sent more than {MAX_HEAD} bytes of headers")
        reader.buffer = buffer[end + 4 :]
        first, *lines = buffer[:end].split(b"\r\n")
        match = _STATUS.fullmatch(first)
        if match is None:
            raise ApiProtocolError(0, "the server's answer does not begin with an HTTP/1.1 status line")
        if len(lines) > MAX_HEADERS:
            raise ApiProtocolError(0, f"the server sent {len(lines)} headers; at most {MAX_HEADERS} are read")
        pairs: Pairs = []
        for line in lines:
            header = _HEADER.fullmatch(line)
            if header is None:
                raise ApiProtocolError(0, "the server sent a broken header line")
            pairs.append((header[1].decode("ascii"), header[2].decode("latin-1").rstrip(" \t")))
        status = int(match[2])
        if status >= 200:
            return status, (match[3] or b"").decode("latin-1"), pairs, match[1] == b"1"
        if status == 101:
            raise ApiProtocolError(0, "the server switched to another protocol")


class Response:
    """An answer: its head, and its body as bytes in `data`, or still to be read through `chunks()`.

    Attributes:
        status, reason: of the status line.
        pairs: headers as they came.
        data: the decoded body, once `read()` has run.
        drift: where the body differs from the spec.
        elapsed: seconds from the call to the end of the body.
        attempts: history of the tries, if there was more than one.
        request_id: the server's id for the request.
    """

    __slots__ = (
        "_headers", "_lower", "_source", "attempts", "data", "drift", "elapsed", "method", "pairs", "reason",
        "release", "request_id", "status", "total",
    )  # fmt: skip

    def __init__(self, status: int, reason: str, pairs: Pairs, method: str = "GET") -> None:
        self.status = status
        self.reason = reason
        self.pairs = pairs
        self.method = method
        self.data: bytes = b""
        self.drift: list[Any] = []
        self.elapsed = 0.0
        self.attempts: tuple[str, ...] = ()
        self.request_id = ""
        self.total: int | None = None
        self.release: Callable[[bool], None] | None = None
        self._source: Iterator[bytes] | None = None
        self._lower: dict[str, str] | None = None
        self._headers: HTTPHeaderDict | None = None

    def header(self, name: str) -> str | None:
        """Return a header by its lower-case name; several of one name joined by commas."""
        lower = self._lower
        if lower is None:
            lower = self._lower = {}
            for key, value in self.pairs:
                key = key.lower()
                lower[key] = f"{lower[key]}, {value}" if key in lower else value
        return lower.get(name)

    @property
    def headers(self) -> HTTPHeaderDict:
        """The headers, as urllib3 has them: any case, several of one name kept."""
        if self._headers is None:
            from urllib3 import HTTPHeaderDict

            self._headers = HTTPHeaderDict()
            for name, value in self.pairs:
                self._headers.add(name, value)
        return self._headers

    def getheaders(self) -> HTTPHeaderDict:
        """Return the headers (published name)."""
        return self.headers

    def mask(self, secret: str) -> None:
        """Hide a text in the headers."""
        self.pairs = [(name, value.replace(secret, "***")) for name, value in self.pairs]
        self._headers = self._lower = None

    def attach(self, source: Iterator[bytes], release: Callable[[bool], None]) -> None:
        """Give the response its body: an iterator, and what gives the connection back (True: reusable)."""
        self._source = source
        self.release = release

    def chunks(self) -> Iterator[bytes]:
        """Yield the decoded body as it comes; the connection goes back to the pool at the end."""
        source, self._source = self._source, None
        if source is None:
            return
        done = False
        try:
            yield from source
            done = True
        finally:
            self.free(done)

    def read(self, limit: int) -> bytes:
        """Return the whole body.

        Raises:
            ResponseTooLarge: it is over the limit.
        """
        if self._source is not None:
            parts: list[bytes] = []
            size = 0
            for part in self.chunks():
                size += len(part)
                if size > limit:
                    raise too_large(limit, self.status)
                parts.append(part)
            self.data = parts[0] if len(parts) == 1 else b"".join(parts)
        return self.data

    def discard(self) -> None:
        """Drop an unread body with its connection."""
        if self._source is not None:
            self._source = None
            self.free(False)

    def free(self, reusable: bool) -> None:
        """Give the connection back, once."""
        release, self.release = self.release, None
        if release is not None:
            release(reusable)


def too_large(limit: int, status: int = 200) -> ResponseTooLarge:
    """Return the error for a body over a cap."""
    return ResponseTooLarge(status, f"the answer is larger than {limit} bytes", limit=limit)


def body_of(reader: Reader, response: Response, limit: int) -> tuple[Iterator[bytes], bool]:
    """Return the decoded body of a response as an iterator, and whether the connection can be kept after it.

    Raises:
        ApiProtocolError: the headers contradict each other.
        ResponseTooLarge: the announced length is over the limit.
    """
    encoding = response.header("transfer-encoding")
    length_text = response.header("content-length")
    keep = True
    if response.method == "HEAD" or response.status in (204, 304):
        return iter(()), keep
    if encoding is not None:
        if encoding.lower().strip() != "chunked":
            raise ApiProtocolError(0, "the server used a transfer encoding other than chunked")
        keep = length_text is None
        source = _chunked(reader)
    elif length_text is not None:
        lengths = {part.strip() for part in length_text.split(",")}
        text = lengths.pop()
        if lengths or not (text.isascii() and text.isdigit()) or len(text) > 18:
            raise ApiProtocolError(0, "the server sent a Content-Length that makes no sense")
        response.total = int(text)
        if response.total > limit:
            raise too_large(limit, response.status)
        source = _sized(reader, response.total)
    else:
        keep = False
        source = _until_close(reader)
    return decoded(source, response), keep


def decoded(source: Iterator[bytes], response: Response) -> Iterator[bytes]:
    """Return the body of a response with its content encodings undone."""
    codings = response.header("content-encoding")
    if not codings:
        return source
    from .codec.encodings import undone

    response.total = None  # it counts the encoded bytes
    return undone(source, codings, response.status)


def _sized(reader: Reader, length: int) -> Iterator[bytes]:
    while length > 0:
        data = reader.take("body")
        if not data:
            raise truncated()
        if len(data) > length:
            data, reader.buffer = data[:length], data[length:]
        length -= len(data)
        yield data


def _until_close(reader: Reader) -> Iterator[bytes]:
    while data := reader.take("body"):
        yield data


def _chunked(reader: Reader) -> Iterator[bytes]:
    while True:
        match = _SIZE.fullmatch(reader.line(4096, "body"))
        if match is None:
            raise ApiProtocolError(0, "the server sent a broken chunk")
        size = int(match[1], 16)
        if size == 0:
            break
        yield from _sized(reader, size)
        if reader.line(4096, "body"):
            raise ApiProtocolError(0, "the server sent a broken chunk")
    for _ in range(MAX_HEADERS + 1):
        if not reader.line(MAX_HEAD, "body"):
            return
    raise ApiProtocolError(0, f"the server sent more than {MAX_HEADERS} trailers")
