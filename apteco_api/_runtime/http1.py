"""Read HTTP/1.1 from a connected socket: heads, framed bodies, decompression, with limits and a deadline.

`http.client` applies its timeout to each byte, so a server that sends one byte now and then can hold a call
forever. With its debug level on, it prints credentials. This reader limits the time of the whole answer and
the bytes before and after decompression, and checks every length and header.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from .exceptions import ApiInterrupted, ApiProtocolError
from .response import Pairs, Response, too_large

if TYPE_CHECKING:
    from collections.abc import Iterator
    from socket import socket

    from .budget import Call

MAX_HEAD = 64 * 1024
"""Most bytes of status line and headers."""
MAX_HEADERS = 100
"""Most headers."""
CHUNK = 64 * 1024

_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-5]\d\d)(?: ([^\r\n\x00]*))?")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\x00]*)")
# Some servers pad the sizes of chunks with zeros or blanks.
_SIZE = re.compile(rb"[ \t]*0*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?")
_BARE_LF = re.compile(rb"(?<!\r)\n")
MAX_LINE = 4096
"""Most bytes of the line before a chunk."""


class Reader:
    """A buffered reader of a socket, within the call's time.

    Args:
        sock: the connected socket.
        call: the call, whose deadline applies.
        deadline: a deadline before the call's.
    """

    __slots__ = ("buffer", "call", "deadline", "sock")

    def __init__(self, sock: socket, call: Call, deadline: float | None = None) -> None:
        self.sock = sock
        self.call = call
        self.deadline = deadline
        self.buffer = b""

    def receive(self, phase: str) -> bytes:
        """Return the next bytes from the socket; empty at the end of the stream."""
        call = self.call
        left = (self.deadline or call.deadline) - time.monotonic()
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
        """Return the buffered bytes, or else the next bytes."""
        if data := self.buffer:
            self.buffer = b""
            return data
        return self.receive(phase)

    def line(self, limit: int, phase: str) -> bytes:
        """Return the next line without its line break."""
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
    if type(error).__name__ == "SSLEOFError":  # without close_notify, the answer may be truncated
        return truncated()
    return ApiInterrupted(0, f"the connection broke: {error.strerror or type(error).__name__}")


def truncated() -> ApiInterrupted:
    """Return the error for an answer that ends too early."""
    return ApiInterrupted(0, "the server closed the connection before the end of its answer")


def read_head(reader: Reader) -> tuple[int, str, Pairs, bool]:
    """Read status line and headers.

    Returns:
        Status, reason, headers in order, and True if the answer is HTTP/1.1.

    Raises:
        ApiProtocolError: the head is not HTTP, or breaks a limit.
    """
    while True:
        buffer = reader.buffer
        while (end := buffer.find(b"\r\n\r\n")) < 0:
            check_start(buffer)
            data = reader.receive("headers")
            if not data:
                if buffer:
                    raise truncated()
                raise ApiInterrupted(0, "the server closed the connection without an answer")
            buffer += data
        if end > MAX_HEAD:
            raise ApiProtocolError(0, f"the server sent more than {MAX_HEAD} bytes of headers")
        reader.buffer = buffer[end + 4 :]
        head = parse_head(buffer[:end])
        if head[0] >= 200:
            return head
        if head[0] == 101:
            raise ApiProtocolError(0, "the server switched to another protocol")


def check_start(buffer: bytes) -> None:
    """Check the part of a head that was received, so as not to wait for the rest of garbage.

    Raises:
        ApiProtocolError: the bytes can't be the start of a head.
    """
    if len(buffer) > MAX_HEAD:
        raise ApiProtocolError(0, f"the server sent more than {MAX_HEAD} bytes of headers")
    if buffer and not b"HTTP/1.".startswith(buffer[:7]):
        raise ApiProtocolError(0, "the server's answer is not HTTP/1.1")
    if _BARE_LF.search(buffer):
        raise ApiProtocolError(0, "the server ends its header lines with LF instead of CR LF")


def parse_head(data: bytes) -> tuple[int, str, Pairs, bool]:
    """Parse a status line and headers, without the empty line at their end; see `read_head`.

    Raises:
        ApiProtocolError: the head is not HTTP, or breaks a limit.
    """
    first, *lines = data.split(b"\r\n")
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
    return int(match[2]), (match[3] or b"").decode("latin-1"), pairs, match[1] == b"1"


CHUNKED = -1
"""The result of `framing` for a chunked body."""


def body_of(reader: Reader, response: Response, limit: int) -> tuple[Iterator[bytes], bool]:
    """Return the decoded body of a response as an iterator, and whether the connection can be reused.

    Raises:
        ApiProtocolError: the headers contradict each other.
        ResponseTooLarge: the announced length is over the limit.
    """
    length = framing(response)
    if response.method == "HEAD":
        return iter(()), True
    if response.status in (204, 304):
        # Some servers send a body anyway, and late: it must not be read as the next answer.
        return iter(()), length == 0 or (length is None and response.header("transfer-encoding") is None)
    if length == CHUNKED:
        keep = response.header("content-length") is None
        return decoded(_chunked(reader), response, limit, reader.call), keep
    if length is None:
        return decoded(_until_close(reader), response, limit, reader.call, framed=False), False
    response.total = length
    if length > limit:
        raise too_large(limit, response.status)
    return decoded(_sized(reader, length), response, limit, reader.call), True


def framing(response: Response) -> int | None:
    """Return the length of a body in bytes, CHUNKED, or None if it ends with the connection.

    Raises:
        ApiProtocolError: the headers are invalid or contradict each other.
    """
    encoding = response.header("transfer-encoding")
    if encoding is not None:
        if encoding.lower().strip() != "chunked":
            raise ApiProtocolError(0, "the server used a transfer encoding other than chunked")
        return CHUNKED
    length_text = response.header("content-length")
    if length_text is None:
        return None
    lengths = {part.strip() for part in length_text.split(",")}
    text = lengths.pop()
    if lengths or not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise ApiProtocolError(0, "the server sent a Content-Length that makes no sense")
    return int(text)


def decoded(
    source: Iterator[bytes], response: Response, limit: int, call: Call, *, framed: bool = True
) -> Iterator[bytes]:
    """Return the body of a response with its content encodings undone."""
    codings = response.header("content-encoding")
    if not codings:
        return source
    from .codec.encodings import undone

    response.total = None  # Content-Length counts the encoded bytes

    def tick() -> None:
        call.left("body")

    return undone(source, codings, response.status, limit, tick, framed=framed)


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
    """Yield the content of chunks; chunks that arrived together are joined."""
    left, ended = 0, False  # missing bytes of the chunk; True before the line break after the chunk
    data = reader.take("body")
    while data:
        at, parts = 0, list[bytes]()
        while True:
            if left:
                piece = data[at : at + left]
                parts.append(piece)
                at, left = at + len(piece), left - len(piece)
                if left:
                    break
                ended = True
            end = data.find(b"\n", at)
            if end < 0:
                if len(data) - at > MAX_LINE:
                    raise ApiProtocolError(0, "the server sent a line that is too long")
                break
            line, at = data[at : end + 1], end + 1
            if ended and line == b"\r\n":
                ended = False
                continue
            match = None if ended or not line.endswith(b"\r\n") else _SIZE.fullmatch(line[:-2])
            if match is None:
                raise ApiProtocolError(0, "the server sent a broken chunk")
            left = int(match[1], 16)
            if not left:
                if any(parts):
                    yield b"".join(parts)
                reader.buffer = data[at:]
                _skip_trailers(reader)
                return
        if any(parts):
            yield b"".join(parts)
        data = data[at:]
        more = reader.receive("body")
        if not more:
            break
        data += more
    raise truncated()


def _skip_trailers(reader: Reader) -> None:
    for _ in range(MAX_HEADERS + 1):
        if not reader.line(MAX_HEAD, "body"):
            return
    raise ApiProtocolError(0, f"the server sent more than {MAX_HEADERS} trailers")
