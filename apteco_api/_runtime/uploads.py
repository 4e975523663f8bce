"""Uploads: forms that stream files from paths, bytes or file objects."""

# Pyright would report every value here: callers pass values of any type.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import six

from .exceptions import ApiException, ApiFileError, ApiTypeError, ApiValueError
from .values import body_bytes, joined, query_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .operation import Operation, Parameter

CHUNK = 256 * 1024
_LINE = re.compile("[\r\n\x00]")
_BYTES = re.compile("[\udc80-\udcff]")  # how Python represents bytes of file names that are not UTF-8
_SURROGATE = re.compile("[\ud800-\udfff]")


class Part:
    """One file of a form.

    Attributes:
        filename: name given to the server.
        media_type: its type, guessed from the name.
        length: bytes; None if it is only known after reading.
    """

    def __init__(self, filename: str, source: Any, length: int | None, media_type: str = "") -> None:
        import mimetypes

        self.filename = filename
        self.media_type = media_type or mimetypes.guess_type(filename)[0] or "application/octet-stream"
        self.length = length
        self._source = source
        self._start: int | None = None
        self._used = False
        if not isinstance(source, bytes | Path):
            try:
                start = source.tell()
                source.seek(start)
                self._start = start
            except (AttributeError, OSError, TypeError, ValueError):
                pass

    def rewind(self) -> bool:
        """Return whether the part can be sent again from its beginning."""
        if isinstance(self._source, bytes | Path) or not self._used:
            return True
        if self._start is None:
            return False
        self._source.seek(self._start)
        return True

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes."""
        self._used = True
        source = self._source
        if isinstance(source, bytes):
            yield source
        elif isinstance(source, Path):
            with source.open("rb") as file:
                yield from self._read(file)
        else:
            yield from self._read(source)

    def _read(self, file: Any) -> Iterator[bytes]:
        left = self.length
        while left is None or left > 0:
            data = file.read(CHUNK if left is None else min(CHUNK, left))
            if data is None:
                raise _broken(f"the upload {self.filename!r} has no data yet: it is a non-blocking file")
            if isinstance(data, str):
                data = data.encode()
            if not data:
                break
            if left is not None:
                left -= len(data)
            yield data
        if left:
            raise _broken(f"the upload {self.filename!r} became shorter while it was sent")


def _broken(text: str) -> ApiFileError:
    hint = "Give an open file, and don't change it until the call has ended."
    return ApiFileError(0, text, sent="unknown", hint=hint)


def file_part(item: Any, name: str, media: str = "") -> Part:
    """Return the part for a path, bytes, a file object, or `(file name, one of these[, media type])`.

    Raises:
        ApiTypeError: the value is of another type.
        ApiValueError: the path can't be read, or the name can't be sent.
    """
    filename, media_type = "", media
    if isinstance(item, tuple):
        parts: tuple[Any, ...] = item
        if not 2 <= len(parts) <= 3:
            raise ApiTypeError(f"`{name}` takes a path, bytes, a file, or (file name, data[, media type])")
        filename, item, media_type = parts if len(parts) == 3 else (*parts, media)
    length: int | None
    if isinstance(item, str | os.PathLike):
        item = Path(item)
        filename = filename or item.name
        try:
            if not item.is_file():
                raise ApiValueError(f"`{name}`: the file {item.name!r} does not exist")
            length = item.stat().st_size
        except OSError as error:
            raise ApiValueError(f"`{name}`: {item.name!r} can't be read: {error.strerror}") from None
    elif isinstance(item, bytes | bytearray | memoryview):
        item = bytes(item)
        length = len(item)
    elif hasattr(item, "read"):
        if getattr(item, "closed", False) is True:
            raise ApiValueError(f"`{name}`: the file is closed")
        filename = filename or os.path.basename(str(getattr(item, "name", "")))
        length = _length(item)
    else:
        raise ApiTypeError(f"`{name}` takes a path, bytes, a file, or (file name, data[, media type])")
    if not isinstance(filename, str) or not isinstance(media_type, str):
        raise ApiTypeError(f"the file name and media type of `{name}` must be text")
    if _LINE.search(filename) or _LINE.search(media_type):
        raise ApiValueError(f"the file name or media type of `{name}` holds a line break")
    # File names on Linux are bytes: bytes that are not UTF-8 are sent as a replacement character.
    filename = _BYTES.sub("\ufffd", filename)
    if _SURROGATE.search(filename) or _SURROGATE.search(media_type):
        raise ApiValueError(f"the file name or media type of `{name}` is not valid Unicode")
    return Part(filename or "upload", item, length, media_type)


def _length(file: Any) -> int | None:
    """Return how many bytes follow in a file; None for text, and if it is only known after reading."""
    try:
        here = file.tell()
        if isinstance(file.read(0), str):
            return None
        file.seek(0, os.SEEK_END)
        end = file.tell()
        file.seek(here)
        return max(0, int(end) - int(here))
    except (AttributeError, OSError, TypeError, ValueError):
        return None


class Multipart:
    """A form with files, as a stream of bytes whose length is known if possible."""

    def __init__(self) -> None:
        self._boundary = os.urandom(16).hex()
        self._parts: list[tuple[bytes, Part]] = []
        self.progress: Callable[[int, int | None], object] | None = None

    @property
    def content_type(self) -> str:
        """The Content-Type header of the form."""
        return f"multipart/form-data; boundary={self._boundary}"

    def add_field(self, name: str, text: str, media: str = "") -> None:
        """Add a plain field."""
        kind = f"\r\nContent-Type: {media}" if media else ""
        self._add(name, Part("", text.encode(), len(text.encode())), kind)

    def add_value(self, parameter: Parameter, value: Any) -> None:
        """Add a field: objects are JSON, anything else is text."""
        name, media = parameter.wire_name, parameter.media_type
        if isinstance(value, dict) or hasattr(value, "attribute_map") or parameter.style == "json":
            data = body_bytes(value)
            self._add(name, Part("", data, len(data)), f"\r\nContent-Type: {media or 'application/json'}")
        else:
            self.add_field(name, joined(parameter, value), media)

    def add_file(self, name: str, item: Any, parameter: str = "", media: str = "") -> None:
        """Add a file: see `file_part`. ``media`` is its type if the item does not name one."""
        part = file_part(item, parameter or name, media)
        filename = part.filename.replace("\\", "\\\\").replace('"', "%22")
        self._add(name, part, f'; filename="{filename}"\r\nContent-Type: {part.media_type}')

    def _add(self, name: str, part: Part, rest: str) -> None:
        if _LINE.search(name):
            raise ApiValueError("the name of a form field holds a line break")
        name = name.replace('"', "%22")
        head = f'--{self._boundary}\r\nContent-Disposition: form-data; name="{name}"{rest}\r\n\r\n'
        self._parts.append((head.encode(), part))

    @property
    def length(self) -> int | None:
        """Bytes of the form; None if a file's length is not known before it is read."""
        total = len(self._boundary) + 6
        for head, part in self._parts:
            if part.length is None:
                return None
            total += len(head) + part.length + 2
        return total

    def rewind(self) -> bool:
        """Return whether the form can be sent again."""
        return all(part.rewind() for _, part in self._parts)

    def chunks(self) -> Iterator[bytes]:
        """Yield the form's bytes."""
        total, done = self.length, 0
        for piece in self._pieces():
            if piece:
                yield piece
                done += len(piece)
                if self.progress is not None:
                    self.progress(done, total)

    def _pieces(self) -> Iterator[bytes]:
        for head, part in self._parts:
            yield head
            try:
                yield from part.pieces()
            except ApiException:
                raise
            except (OSError, ValueError, TypeError, NotImplementedError) as error:  # closed, or no file
                why = getattr(error, "strerror", None) or type(error).__name__
                raise _broken(f"the upload can't be read: {why}") from None
            yield b"\r\n"
        yield f"--{self._boundary}--\r\n".encode()


def form_body(form: Iterable[tuple[Parameter, Any]], operation: Operation) -> tuple[bytes | Multipart, str]:
    """Return the body of a form, and its media type.

    In a multipart form, objects are JSON, as OpenAPI defines. In a urlencoded form, their members are fields.
    """
    if "multipart/form-data" not in operation.consumes and all(
        parameter.location != "file" for parameter in operation.parameters
    ):
        pairs = [pair for parameter, value in form for pair in query_pairs(parameter, value)]
        return six.ensure_binary("&".join(pairs), "ascii"), "application/x-www-form-urlencoded"
    parts = Multipart()
    for parameter, value in form:
        if parameter.location == "file":
            for item in value if isinstance(value, list) else [value]:
                parts.add_file(parameter.wire_name, item, parameter.name, parameter.media_type)
        elif isinstance(value, list | tuple) and parameter.explode is not False:
            for item in value:  # one part for each item
                parts.add_value(parameter, item)
        else:
            parts.add_value(parameter, value)
    return parts, parts.content_type
