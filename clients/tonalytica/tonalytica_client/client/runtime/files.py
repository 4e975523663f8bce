"""Files on their way in and out: uploads that stream, downloads that arrive whole or not at all."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .exceptions import ApiException, ApiFileError, ApiInterrupted, ApiTypeError, ApiValueError
from .wire import too_large

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from .configuration import Configuration
    from .policies import Call
    from .request import Request
    from .wire import Response

CHUNK = 256 * 1024
_LINE = re.compile("[\r\n\x00]")


# ---- uploads


class Part:
    """One file of a form.

    Attributes:
        filename: name given to the server.
        media_type: its type, guessed from the name.
        length: bytes; None if only reading tells.
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
                self._start = source.tell() if source.seekable() else None
            except (AttributeError, OSError):
                self._start = None

    def rewind(self) -> bool:
        """True if the part can be sent again from its beginning."""
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
            if isinstance(data, str):
                data = data.encode()
            if not data:
                break
            if left is not None:
                left -= len(data)
            yield data
        if left:
            raise ApiFileError(0, f"the upload {self.filename!r} became shorter while it was sent", sent="unknown")


def file_part(item: Any, name: str) -> Part:
    """Return a file given as path, bytes, file object, or `(file name, one of these[, media type])`.

    Raises:
        ApiTypeError: it is none of these.
        ApiValueError: the path can't be read, or the name can't be sent.
    """
    filename, media_type = "", ""
    if isinstance(item, tuple):
        parts: tuple[Any, ...] = item
        if not 2 <= len(parts) <= 3:
            raise ApiTypeError(f"`{name}` takes a path, bytes, a file, or (file name, data[, media type])")
        filename, item, media_type = parts if len(parts) == 3 else (*parts, "")
    length: int | None
    if isinstance(item, str | os.PathLike):
        item = Path(item)
        filename = filename or item.name
        try:
            if not item.is_file():
                raise ApiValueError(f"`{name}`: there is no file {item.name!r}")
            length = item.stat().st_size
        except OSError as error:
            raise ApiValueError(f"`{name}`: {item.name!r} can't be read: {error.strerror}") from None
    elif isinstance(item, bytes | bytearray | memoryview):
        item = bytes(item)
        length = len(item)
    elif hasattr(item, "read"):
        filename = filename or os.path.basename(str(getattr(item, "name", "")))
        length = _length(item)
    else:
        raise ApiTypeError(f"`{name}` takes a path, bytes, a file, or (file name, data[, media type])")
    if _LINE.search(filename) or _LINE.search(media_type):
        raise ApiValueError(f"the file name or media type of `{name}` holds a line break")
    return Part(filename or "upload", item, length, media_type)


def _length(file: Any) -> int | None:
    import io

    if isinstance(file, io.TextIOBase):
        return None
    try:
        here = file.tell()
        end = file.seek(0, os.SEEK_END)
        file.seek(here)
        return int(end) - int(here)
    except (AttributeError, OSError):
        return None


class Multipart:
    """A form with files, as a stream of bytes with a known length where that is possible."""

    def __init__(self) -> None:
        self._boundary = os.urandom(16).hex()
        self._parts: list[tuple[bytes, Part]] = []
        self.progress: Callable[[int, int | None], object] | None = None

    @property
    def content_type(self) -> str:
        """The Content-Type header of the form."""
        return f"multipart/form-data; boundary={self._boundary}"

    def add_field(self, name: str, text: str) -> None:
        """Add a plain field."""
        self._add(name, Part("", text.encode(), len(text.encode())), "")

    def add_file(self, name: str, item: Any, parameter: str = "") -> None:
        """Add a file: see `file_part`."""
        part = file_part(item, parameter or name)
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
        """True if the form can be sent again."""
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
            except OSError as error:
                raise ApiFileError(0, f"the upload can't be read: {error.strerror}", sent="unknown") from None
            yield b"\r\n"
        yield f"--{self._boundary}--\r\n".encode()


def multipart_of(pairs: Iterable[tuple[str, Any]]) -> Multipart:
    """Return a form from pairs; a tuple or a file object as value is a file."""
    parts = Multipart()
    for name, value in pairs:
        if isinstance(value, tuple | bytes) or hasattr(value, "read"):
            parts.add_file(name, value)
        elif value is not None:
            parts.add_field(name, str(value))
    return parts


# ---- downloads

_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|$)")


def safe_name(name: str) -> str:
    """Return a file name without folders, control characters and names that systems reserve."""
    name = re.split(r"[/\\]", name)[-1]
    name = re.sub(r'[\x00-\x1f\x7f<>:"|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]', "_", name).strip(" ").rstrip(". ")
    if name in ("", ".", ".."):
        return "download"
    if _RESERVED.match(name):
        name = "_" + name
    stem, dot, ending = name.rpartition(".")
    if len(name.encode()) > 150:
        ending = dot + ending if stem and len(ending) <= 20 else ""
        name = name.encode()[: 150 - len(ending.encode())].decode("utf-8", "ignore") + ending
    return name


def name_of(disposition: str | None) -> str:
    """Return the safe file name that a Content-Disposition header gives; `download` if it gives none."""
    if not disposition:
        return "download"
    if match := re.search(r"""filename\*\s*=\s*([\w-]+)'[^']*'([^;\s]+)""", disposition, re.IGNORECASE):
        from urllib.parse import unquote

        try:
            return safe_name(unquote(match[2], encoding=match[1], errors="strict"))
        except (LookupError, UnicodeDecodeError):
            pass
    if match := re.search(r'filename\s*=\s*"((?:\\.|[^"\\])*)"|filename\s*=\s*([^;\s]+)', disposition, re.IGNORECASE):
        # Servers put Windows paths here without escaping their backslashes.
        return safe_name(match[1] if match[1] is not None else match[2])
    return "download"


class Destination:
    """Where a download goes, and what is there of it already.

    Args:
        options: `_save_to`, `_resume`, `_progress`.
        config: the folder to use when none is given.
    """

    def __init__(self, options: Mapping[str, Any], config: Configuration) -> None:
        import tempfile

        given = options.get("_save_to")
        self.progress: Callable[[int, int | None], object] | None = options.get("_progress")
        self.file: Path | None = None
        if given is None:
            self.folder = Path(config.temp_folder_path or tempfile.gettempdir())
        elif os.fspath(given).endswith(("/", os.sep)) or Path(given).is_dir():
            self.folder = Path(given)
        else:
            self.file = Path(given)
            self.folder = self.file.parent
        self.resume = bool(options.get("_resume")) and self.file is not None

    @property
    def part(self) -> Path:
        """The unfinished file of a download that can be resumed."""
        return self.folder / f".{self.file.name if self.file else ''}.part"

    @property
    def tag(self) -> Path:
        """Keeps the server's mark of the version that `part` belongs to."""
        return self.folder / f".{self.file.name if self.file else ''}.part.tag"

    def range_headers(self) -> dict[str, str]:
        """Return the headers that ask for the rest of an unfinished download."""
        try:
            if self.resume and self.part.stat().st_size and (tag := self.tag.read_text("ascii")):
                return {"Range": f"bytes={self.part.stat().st_size}-", "If-Range": tag, "Accept-Encoding": "identity"}
        except (OSError, ValueError):
            pass
        return {"Accept-Encoding": "identity"} if self.resume else {}


def save(response: Response, call: Call, options: Mapping[str, Any]) -> str:
    """Write a response's body to a file and return its path. The file appears whole or not at all.

    Raises:
        ApiFileError: it can't be written.
        ApiTransportError, ResponseTooLarge: the body did not arrive.
    """
    place = Destination(options, call.config)
    name = name_of(response.header("content-disposition"))
    try:
        return _save(response, call, place, name)
    except OSError as error:
        response.discard()
        raise ApiFileError(response.status, f"the download can't be stored: {error.strerror}") from None
    except ApiException:
        response.discard()
        raise


def _save(response: Response, call: Call, place: Destination, name: str) -> str:
    start = 0
    tag = response.header("etag") or response.header("last-modified") or ""
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    if place.resume:
        part = place.part
        if response.status == 206:
            start = part.stat().st_size
            if not (response.header("content-range") or "").startswith(f"bytes {start}-"):
                raise ApiInterrupted(206, "the server sent another part of the file than was asked for")
            descriptor = os.open(part, flags | os.O_APPEND, 0o600)
        else:
            descriptor = os.open(part, flags | os.O_TRUNC, 0o600)
            place.tag.write_text("" if tag.startswith("W/") else tag, "ascii")
    else:
        part = place.folder / f".{os.urandom(8).hex()}.part"
        descriptor = os.open(part, flags | os.O_EXCL, 0o600)
    done = start
    total = None if response.total is None else response.total + start
    try:
        with os.fdopen(descriptor, "wb") as file:
            for chunk in response.chunks():
                done += len(chunk)
                if done > call.max_size:
                    raise too_large(call.max_size, response.status)
                file.write(chunk)
                if place.progress is not None:
                    place.progress(done, total)
        if place.file is not None:
            os.replace(part, place.file)
            final = place.file
        else:
            final = _settle(part, place.folder, name)
        if place.resume:
            place.tag.unlink(missing_ok=True)
    except BaseException:
        if not place.resume:
            part.unlink(missing_ok=True)
        raise
    return str(final)


def _settle(part: Path, folder: Path, name: str) -> Path:
    """Give a finished file its name; one that is taken gets a number, nothing is overwritten or followed."""
    stem, ending = os.path.splitext(name)
    for number in range(1000):
        final = folder / (f"{stem} ({number}){ending}" if number else name)
        try:
            os.close(os.open(final, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            continue
        os.replace(part, final)
        return final
    raise FileExistsError(17, "a thousand files of this name exist")


def store(data: bytes | str, response: Any, config: Configuration) -> str:
    """Write bytes that are in memory to a file, as `save` does, and return its path."""
    from .wire import Response

    made = Response(200, "OK", list(response.getheaders().items()) if hasattr(response, "getheaders") else [])
    made.attach(iter([data.encode() if isinstance(data, str) else data]), lambda _: None)
    place = Destination({}, config)
    from .policies import Call, RetryRule

    call = Call(config, RetryRule(None), config.timeout, config.connect_timeout, None, stream=True)
    return _save(made, call, place, name_of(made.header("content-disposition")))


# ---- showing a request


def curl(request: Request) -> str:
    """Return a curl command for a request; query and form values, texts in the body and credentials are masked."""
    import shlex

    plain = ("accept", "content-type", "accept-encoding", "user-agent")
    path, mark, query = request.target.partition("?")
    if mark:
        path += "?" + "&".join(pair.partition("=")[0] + "=***" for pair in query.split("&"))
    words = ["curl", "-X", request.method, f"{request.origin.scheme}://{request.origin.authority}{path}"]
    headers = {name: value if name.lower() in plain else "***" for name, value in request.headers.items()}
    if request.secure:
        headers["Authorization"] = "***"
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}"]
    if isinstance(request.body, bytes):
        words += ["--data", _masked(request.body, request.headers.get("Content-Type", ""))]
    elif request.body is not None:
        words += ["--data-binary", "@form"]
    return shlex.join(words)


def _masked(body: bytes, content_type: str) -> str:
    if "json" not in content_type:
        return "&".join(pair.partition("=")[0] + "=***" for pair in body.decode("latin-1").split("&")) if b"=" in body else "***"
    import json

    def mask(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: mask(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, list):
            return [mask(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        return "***" if isinstance(value, str) else value

    return json.dumps(mask(json.loads(body)))
