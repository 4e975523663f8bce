"""Downloads: a file appears complete or not at all, with a safe name, in the chosen folder."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from .budget import Call, RetryRule
from .exceptions import ApiException, ApiFileError, ApiInterrupted, ApiWriteError
from .files import (
    Temporary,
    finish,
    is_reserved,
    is_special,
    lock,
    replacing,
    write_text,
)
from .parts import lacks_nothing, refuse_wrong_part
from .response import Response, too_large

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .configuration import Configuration

_EXTENDED_NAME = re.compile(r"""(?<![\w-])filename\*\s*=\s*([\w-]+)'[^']*'([^;\s]+)""", re.IGNORECASE)
# Without quotes, a name ends at the next parameter: some servers send names with blanks without quotes.
_PLAIN_NAME = re.compile(r'(?<![\w-])filename\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;"][^;]*))', re.IGNORECASE)
_NAME_CHARSETS = frozenset(("utf-8", "utf8", "iso-8859-1", "latin-1", "us-ascii", "windows-1252"))
MAX_NAME = 200
"""Most bytes of a name that an unfinished download's name is made from."""


def safe_name(name: str) -> str:
    """Return a file name without folders and control characters, which no system reserves.

    It does not begin with a dot or a dash, so that the file is not hidden and no command takes it for an
    option.
    """
    name = re.split(r"[/\\]", name)[-1]
    name = (
        re.sub(r'[\x00-\x1f\x7f-\x9f<>:"|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]', "_", name)
        .strip(" ")
        .rstrip(". ")
    )
    if name in ("", ".", ".."):
        return "download"
    if is_reserved(name) or name[0] in ".-":
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
    if match := _EXTENDED_NAME.search(disposition):
        from urllib.parse import unquote_to_bytes

        if match[1].lower().replace("_", "-") in _NAME_CHARSETS:
            try:
                return safe_name(unquote_to_bytes(match[2].strip('"')).decode(match[1]))
            except UnicodeError:
                pass
    if match := _PLAIN_NAME.search(disposition):
        # Some servers send Windows paths without escaping the backslashes.
        return safe_name(_text_of(match[1] if match[1] is not None else match[2].strip()))
    return "download"


def _text_of(name: str) -> str:
    """Decode a file name: headers are read as Latin-1, but servers send UTF-8 or RFC 2047."""
    if name.startswith("=?") and name.endswith("?="):
        from email.errors import HeaderParseError
        from email.header import decode_header, make_header

        try:
            return str(make_header(decode_header(name)))
        except (HeaderParseError, LookupError, ValueError):
            return name
    try:
        return name.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return name


class Destination:
    """The target of a download, and its unfinished file.

    Args:
        options: `_save_to`, `_resume`, `_progress`.
        config: settings with the default folder.
    """

    def __init__(self, options: Mapping[str, Any], config: Configuration) -> None:
        import tempfile

        given = options.get("_save_to")
        self.progress: Callable[[int, int | None], object] | None = options.get("_progress")
        self.file: Path | None = None
        self.makes_folder = False
        if given is None:
            self.folder = Path(config.temp_folder_path or tempfile.gettempdir())
        elif str(given).endswith(("/", os.sep)) or os.path.isdir(given):
            self.folder = Path(given)
            self.makes_folder = True
        else:
            self.file = Path(given)
            self.folder = self.file.parent
        self.resume = bool(options.get("_resume")) and self.file is not None and not is_special(self.file)

    @property
    def part(self) -> Path:
        """The unfinished file of a download that can be resumed."""
        name = self.file.name if self.file else ""
        if len(os.fsencode(name)) > MAX_NAME:  # leave bytes for the endings
            name = hashlib.sha256(os.fsencode(name)).hexdigest()
        return self.folder / f".{name}.part"

    @property
    def tag(self) -> Path:
        """The file with the server's ETag or date of the version that `part` belongs to."""
        return self.part.with_name(f"{self.part.name}.tag")

    def range_headers(self) -> dict[str, str]:
        """Return the headers that request the rest of an unfinished download."""
        try:
            if (
                self.resume
                and _is_own(self.part)
                and _is_own(self.tag)
                and self.part.stat().st_size
                and (tag := self.tag.read_text("ascii"))
            ):
                return {
                    "Range": f"bytes={self.part.stat().st_size}-",
                    "If-Range": tag,
                    "Accept-Encoding": "identity",
                }
        except (OSError, ValueError):
            pass
        return {"Accept-Encoding": "identity"} if self.resume else {}

    def open_part(self, rest: bool) -> int | None:
        """Open and lock the unfinished file.

        Args:
            rest: append to the file; otherwise it is emptied.

        Returns:
            The descriptor; None if another download is writing to the file.
        """
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        while True:
            if not _is_own(self.part):
                self.part.unlink(missing_ok=True)  # never write through a link
            descriptor = os.open(self.part, flags, 0o600)
            if not lock(descriptor):
                os.close(descriptor)
                return None
            now, there = os.fstat(descriptor), self.part
            if there.exists() and os.path.samestat(now, there.stat()):
                break
            os.close(descriptor)  # another download has just finished this file
        if rest:
            os.lseek(descriptor, 0, os.SEEK_END)
        else:
            os.truncate(descriptor, 0)
        return descriptor


def _is_own(path: Path) -> bool:
    """Return whether a file is regular and has no other name, or does not exist."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return True
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1


def save(response: Response, call: Call, options: Mapping[str, Any]) -> str:
    """Write a response's body to a file and return its path. The file appears complete or not at all.

    Raises:
        ApiFileError: the file can't be written.
        ApiTransportError, ResponseTooLarge: the body was not received.
    """
    try:
        return _save(response, call, Destination(options, call.config))
    except OSError as error:
        response.discard()
        why = str(error) if isinstance(error, ApiWriteError) else error.strerror
        raise ApiFileError(response.status, f"the download can't be stored: {why}") from None
    except ApiException:
        response.discard()
        raise


def _save(response: Response, call: Call, place: Destination) -> str:
    if place.file is None:
        return _save_named(response, call, place)
    rest = response.status in (206, 416)
    if place.resume and (descriptor := place.open_part(rest=rest)) is not None:
        _save_resumed(response, call, place, descriptor)
    elif place.resume and rest:
        raise ApiInterrupted(response.status, f"another download of {place.file} is under way")
    else:
        with replacing(place.file, private=True, follow=False) as file:
            _fill(file, response, call, place)
    return str(place.file)


def _save_named(response: Response, call: Call, place: Destination) -> str:
    """Store the body in the caller's folder, with the server's name."""
    name = name_of(response.header("content-disposition"))
    if place.makes_folder:
        place.folder.mkdir(parents=True, exist_ok=True)
    temporary = Temporary(str(place.folder), 0o600, str(place.folder / name))
    try:
        _fill(temporary.file, response, call, place)
        return str(_settle(temporary, place.folder, name))
    finally:
        temporary.discard()


def _save_resumed(response: Response, call: Call, place: Destination, descriptor: int) -> None:
    """Store the body through the unfinished file, which stays if the transfer breaks off."""
    with os.fdopen(descriptor, "wb") as file:
        start, whole = file.tell(), None
        if response.status == 416:
            if not lacks_nothing(response, start, place.tag.read_text("ascii")):
                place.part.unlink(missing_ok=True)
                place.tag.unlink(missing_ok=True)
                text = f"the {start} bytes of {place.file} that were there are not the beginning of the file"
                raise ApiInterrupted(416, f"{text} which the server has now; they were removed: try again")
            response.discard()
        elif response.status == 206:
            whole = refuse_wrong_part(response, start, place.tag.read_text("ascii"))
        else:
            tag = response.header("etag") or response.header("last-modified") or ""
            place.tag.unlink(missing_ok=True)  # of any kind, as nothing must be written through a link
            usable = tag.isascii() and not tag.startswith("W/")
            write_text(place.tag, tag if usable else "", private=True)
        done = start if response.status == 416 else _fill(file, response, call, place, start)
        if whole is not None and done != whole:
            raise ApiInterrupted(206, f"the server sent {done} of the {whole} bytes of the file")
        file.flush()
        assert place.file is not None
        finish(file, place.part, place.file)
    place.tag.unlink(missing_ok=True)


def _fill(file: BinaryIO, response: Response, call: Call, place: Destination, start: int = 0) -> int:
    """Write the body after the first `start` bytes; return how many bytes the file has then."""
    done = start
    total = None if response.total is None else response.total + start
    for chunk in response.chunks():
        done += len(chunk)
        if done > call.max_size:
            raise too_large(call.max_size, response.status)
        file.write(chunk)
        if place.progress is not None:
            place.progress(done, total)
    return done


def _settle(temporary: Temporary, folder: Path, name: str) -> Path:
    """Rename a finished file. Add a number to a name that exists; overwrite no file and follow no link."""
    stem, ending = os.path.splitext(name)
    for number in range(1000):
        final = folder / (f"{stem} ({number}){ending}" if number else name)
        try:
            os.close(os.open(final, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            continue
        try:
            temporary.settle(str(final))
        except BaseException:
            final.unlink(missing_ok=True)
            raise
        return final
    raise FileExistsError(17, "a thousand files with this name exist")


def store(data: bytes | str, response: Any, config: Configuration) -> str:
    """Write bytes to a file, as `save` does, and return its path."""
    made = Response(200, "OK", list(response.getheaders().items()) if hasattr(response, "getheaders") else [])
    made.attach(iter([data.encode() if isinstance(data, str) else data]), lambda _: None)
    place = Destination({}, config)
    call = Call(config, RetryRule(None), config.timeout, config.connect_timeout, None, stream=True)
    return _save(made, call, place)
