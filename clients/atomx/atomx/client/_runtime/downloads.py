"""Files on their way out: they arrive whole or not at all, under a safe name, in the chosen folder."""

# What is handled here is JSON, arguments and options of any shape: a list of unknown things is no mistake.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .budget import Call, RetryRule
from .exceptions import ApiException, ApiFileError, ApiInterrupted
from .parts import refuse_wrong_part
from .response import Response, too_large

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .configuration import Configuration

_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|$)")
_EXTENDED_NAME = re.compile(r"""(?<![\w-])filename\*\s*=\s*([\w-]+)'[^']*'([^;\s]+)""", re.IGNORECASE)
# Without quotes a name ends at the next parameter: some servers leave them out although it has blanks.
_PLAIN_NAME = re.compile(r'(?<![\w-])filename\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;"][^;]*))', re.IGNORECASE)
_NAME_CHARSETS = frozenset(("utf-8", "utf8", "iso-8859-1", "latin-1", "us-ascii", "windows-1252"))


def safe_name(name: str) -> str:
    """Return a file name without folders, control characters and names that systems reserve."""
    name = re.split(r"[/\\]", name)[-1]
    name = (
        re.sub(r'[\x00-\x1f\x7f-\x9f<>:"|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]', "_", name)
        .strip(" ")
        .rstrip(". ")
    )
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
    if match := _EXTENDED_NAME.search(disposition):
        from urllib.parse import unquote_to_bytes

        if match[1].lower().replace("_", "-") in _NAME_CHARSETS:
            try:
                return safe_name(unquote_to_bytes(match[2].strip('"')).decode(match[1]))
            except UnicodeError:
                pass
    if match := _PLAIN_NAME.search(disposition):
        # Servers put Windows paths here without escaping their backslashes.
        return safe_name(_text_of(match[1] if match[1] is not None else match[2].strip()))
    return "download"


def _text_of(name: str) -> str:
    """Return a file name as it was meant: headers are read as Latin-1, servers send UTF-8 or RFC 2047."""
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
        elif str(given).endswith(("/", os.sep)) or Path(given).is_dir():
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
            if self.resume and self.part.stat().st_size and (tag := self.tag.read_text("utf-8")):
                return {
                    "Range": f"bytes={self.part.stat().st_size}-",
                    "If-Range": tag,
                    "Accept-Encoding": "identity",
                }
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
    start, whole = 0, None
    tag = response.header("etag") or response.header("last-modified") or ""
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    if place.resume:
        part = place.part
        if response.status == 206:
            start = part.stat().st_size
            whole = refuse_wrong_part(response, start, place.tag.read_text("utf-8"))
            descriptor = os.open(part, flags | os.O_APPEND, 0o600)
        else:
            descriptor = os.open(part, flags | os.O_TRUNC, 0o600)
            place.tag.write_text("" if tag.startswith("W/") or not tag.isascii() else tag, "utf-8")
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
        if whole is not None and done != whole:
            raise ApiInterrupted(206, f"the server sent {done} of the {whole} bytes of the file")
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
    made = Response(200, "OK", list(response.getheaders().items()) if hasattr(response, "getheaders") else [])
    made.attach(iter([data.encode() if isinstance(data, str) else data]), lambda _: None)
    place = Destination({}, config)
    call = Call(config, RetryRule(None), config.timeout, config.connect_timeout, None, stream=True)
    return _save(made, call, place, name_of(made.header("content-disposition")))
