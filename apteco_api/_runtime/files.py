"""Write a file completely or not at all, for exports, downloads, profiles and outputs.

`with replacing(path) as file:` writes into a temporary file in the target's folder. The temporary file
replaces the target when the block ends without an error, and is deleted otherwise. A link stays, and the file
that it points to is replaced. A device, a FIFO and `/dev/stdout` are written in place.
"""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
import stat
import sys
import tempfile
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any, BinaryIO, NoReturn, TextIO, cast

from .exceptions import ApiFolderNotFound, ApiTypeError, ApiValueError, ApiWriteDenied, ApiWriteError

if TYPE_CHECKING:
    from collections.abc import Generator

    Target = str | os.PathLike[str]

_STREAM = re.compile(r"/dev/(stdout|stderr)|/(?:dev|proc/self)/fd/([0-9]+)")
_RESERVED = re.compile(
    r"(?i)(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])[ .]*([.:].*)?$"
)
_NEW = os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_MAX_LINKS = 40


def is_reserved(name: str) -> bool:
    """Return whether a file name means a device on Windows: `aux`, `COM1.csv`, `nul .txt`."""
    return _RESERVED.match(name) is not None


@contextmanager
def replacing(
    path: Target | BinaryIO, *, seekable: bool = False, private: bool = False, follow: bool = True
) -> Generator[BinaryIO]:
    """Open a file for bytes that replaces `path` when the block ends without an error.

    Args:
        path: the target. A link stays, and the file that it points to is replaced. A file that is open for
            writing bytes is written as it is.
        seekable: also read and seek in the file; data for a device or a FIFO are collected first.
        private: let only the owner read a new file. An existing file keeps its mode.
        follow: False replaces a link to a regular file, for callers who did not choose the link's target.

    Raises:
        ApiFolderNotFound: the folder does not exist.
        ApiWriteDenied: the system refuses; on Windows also if another program has the target open.
        ApiWriteError: the file can't be written for another reason: a full disk, a folder of that name.
        ApiValueError: the name can't be a file name.
        ApiTypeError: `path` is neither a path nor an open file.
    """
    if hasattr(path, "write"):
        yield cast("BinaryIO", path)
        return
    if not isinstance(path, str | os.PathLike):
        raise ApiTypeError(f"give the path of a file or an open file, not {path!r:.80}")
    shown = os.fspath(path)
    try:
        target = resolved(shown)
        old = _status(target)
    except OSError as error:
        fail(shown, error)
    except ValueError as error:  # NUL, or a character that the file system's encoding lacks
        raise ApiValueError(f"{shown!r} can't be the name of a file: {error}") from None
    if is_special(target):
        yield from _in_place(shown, target, seekable)
        return
    _check_name(shown, target, old)
    if not follow:
        target = shown
    temporary = Temporary(os.path.dirname(target), 0o600 if private else 0o666, shown, old)
    try:
        yield temporary.file
        temporary.settle(target)
    finally:
        temporary.discard()


@contextmanager
def replacing_text(path: Target) -> Generator[TextIO]:
    """Open a file for text in UTF-8, line ends as written; see `replacing`."""
    with replacing(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        try:
            yield text
        except BaseException:
            with suppress(Exception):  # detach flushes the buffer into a file that will be deleted
                text.detach()
            raise
        text.detach()


def write_text(path: Target, text: str, *, private: bool = False) -> None:
    """Write a small text in UTF-8; see `replacing`."""
    with replacing(path, private=private) as file:
        file.write(text.encode("utf-8"))


class Temporary:
    """A file with a unique short name in a folder, which becomes the target or is deleted.

    Args:
        folder: the folder of the target, so that the file can be renamed to it.
        mode: permissions, without those that the process's umask removes.
        shown: the target's name in errors.
        old: the status of the file to replace, whose owner and mode are kept.
    """

    def __init__(self, folder: str, mode: int, shown: str, old: os.stat_result | None = None) -> None:
        self.path = os.path.join(folder, f".{os.urandom(8).hex()}.part")
        self._shown = shown
        self._there = False
        try:
            descriptor = os.open(self.path, os.O_RDWR | _NEW, 0o600 if old else mode)
        except FileNotFoundError:
            raise ApiFolderNotFound(
                errno.ENOENT, f"the folder does not exist: {folder or os.curdir}", shown
            ) from None
        except OSError as error:
            fail(shown, error)
        self._there = True
        self._raw = _Raw(descriptor, shown)
        self.file = cast("BinaryIO", io.BufferedRandom(cast("Any", self._raw)))
        try:
            if old is not None:
                _keep_access(descriptor, self.path, old)
        except OSError as error:
            self.discard()
            fail(shown, error)

    def settle(self, target: str) -> None:
        """Close the file and rename it to the target, which is atomic."""
        self.file.close()
        try:
            os.replace(self.path, target)
        except PermissionError as error:
            why = "another program may have it open: close it there and try again; the old file is unchanged"
            raise ApiWriteDenied(error.errno, why, self._shown) from None
        except OSError as error:
            fail(self._shown, error)
        self._there = False

    def discard(self) -> None:
        """Close and remove the file, unless it has become the target. May be called more than once."""
        if self._there:
            self._raw.abandon()
            with suppress(OSError, ValueError):
                self.file.close()
            with suppress(OSError):
                os.unlink(self.path)
            self._there = False


class _Raw(io.FileIO):
    """A raw file whose errors name the target."""

    def __init__(self, descriptor: int, shown: str, mode: str = "r+b") -> None:
        super().__init__(descriptor, mode)
        self._shown = shown
        self._abandoned = False

    def abandon(self) -> None:
        """Discard the buffered bytes instead of writing them, as the file will be deleted."""
        self._abandoned = True

    def write(self, data: Any, /) -> int:
        if self._abandoned:
            return memoryview(data).nbytes
        try:
            return super().write(data)
        except BrokenPipeError:  # the reader of a pipe is gone, which is not an error of the file
            raise
        except OSError as error:
            fail(self._shown, error)


def _in_place(shown: str, target: str, seekable: bool) -> Generator[BinaryIO]:
    """Write directly to the target: a device, a FIFO, the standard output of this process."""
    if os.path.isdir(target):
        raise ApiWriteError(errno.EISDIR, "it is a folder: name a file in it", shown)
    try:
        raw = _Raw(_existing(target), shown, "wb")
    except OSError as error:
        fail(shown, error)
    try:
        if seekable:
            with tempfile.TemporaryFile() as collected:
                yield cast("BinaryIO", collected)
                collected.seek(0)
                with io.BufferedWriter(raw) as out:
                    shutil.copyfileobj(collected, out)
        else:
            with io.BufferedWriter(raw) as out:
                try:
                    yield cast("BinaryIO", out)
                except BaseException:
                    raw.abandon()
                    raise
    finally:
        raw.close()


def _existing(target: str) -> int:
    """Open an existing target for writing; streams of this process keep their position."""
    number = _stream(target)
    if number is not None:
        for stream in (sys.stdout, sys.stderr):  # flush earlier prints first
            stream.flush()
        return os.dup(number)
    return os.open(target, os.O_WRONLY | getattr(os, "O_BINARY", 0))


def resolved(path: str) -> str:
    """Follow the links at the end of a path, up to the streams of this process.

    Raises:
        OSError: a link leads back to itself.
    """
    for _ in range(_MAX_LINKS):
        if _stream(path) is not None or not os.path.islink(path):
            return path
        path = os.path.join(os.path.dirname(path), os.readlink(path))
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def is_special(path: Target) -> bool:
    """Return whether a path leads to a device, a FIFO, a stream of this process, or a folder."""
    found = _status(resolved(os.fspath(path)))
    return _stream(os.fspath(path)) is not None or (found is not None and not stat.S_ISREG(found.st_mode))


def _stream(target: str) -> int | None:
    """Return the descriptor of a path such as /dev/stdout or /dev/fd/3."""
    match = _STREAM.fullmatch(target) if os.name == "posix" else None
    if match is None:
        return None
    named = {"stdout": 1, "stderr": 2}
    return named[match[1]] if match[1] else int(match[2])


def _status(target: str) -> os.stat_result | None:
    try:
        return os.stat(target)
    except FileNotFoundError:
        return None


def _check_name(shown: str, target: str, old: os.stat_result | None) -> None:
    """Refuse names that would fail only after all data were written, or would be written somewhere else."""
    name = os.path.basename(target)
    if not name or name in (os.curdir, os.pardir):
        raise ApiWriteError(errno.EISDIR, "it names a folder: name a file in it", shown)
    if os.name == "nt" and (is_reserved(name) or name[-1] in ". "):
        raise ApiWriteError(errno.EINVAL, "Windows reserves that name for a device: choose another", shown)
    if old is not None and not os.access(target, os.W_OK):
        raise ApiWriteDenied(errno.EACCES, "the file is write-protected", shown)


def _keep_access(descriptor: int, path: str, old: os.stat_result) -> None:
    """Give a file the owner and the mode of the file that it will replace, but never more readers."""
    mode = stat.S_IMODE(old.st_mode) & 0o777
    now = os.fstat(descriptor)
    chown: Any = getattr(os, "chown", None)
    if chown is not None and (now.st_uid, now.st_gid) != (old.st_uid, old.st_gid):
        try:
            chown(path, old.st_uid, old.st_gid)
        except PermissionError:
            try:
                chown(path, -1, old.st_gid)
            except PermissionError:
                mode &= 0o707  # the rights were for another group
    if os.name == "posix":  # on Windows, the mode is the read-only flag, which would stop the writer itself
        os.chmod(path, mode)


def fail(shown: str, error: OSError) -> NoReturn:
    """Raise the package's error, with the file's name, for an error of the system."""
    kinds = {FileNotFoundError: ApiFolderNotFound, PermissionError: ApiWriteDenied}
    kind = next((ours for theirs, ours in kinds.items() if isinstance(error, theirs)), ApiWriteError)
    raise kind(error.errno, error.strerror or str(error), shown) from None


def copy_of(file: IO[bytes]) -> IO[bytes]:
    """Return a temporary file with the same content, in the folder of temporary files."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.seek(0)
    shutil.copyfileobj(file, copy)
    copy.seek(0)
    return copy


def lock(descriptor: int) -> bool:
    """Lock an open file until it is closed; return False if another open file object has the lock.

    The lock stops two downloads that are resumed at the same time from writing to one file.
    """
    if sys.platform == "win32":
        import msvcrt

        here = os.lseek(descriptor, 0, os.SEEK_CUR)
        # On Windows, others can't read a locked byte, so lock one after the content.
        os.lseek(descriptor, 0x7FFFFFF0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(descriptor, here, os.SEEK_SET)
        return True
    try:
        import fcntl
    except ImportError:  # WebAssembly
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def finish(file: IO[bytes], part: Target, target: Target) -> None:
    """Rename a complete, locked file to the target, and close it."""
    if os.name == "nt":  # an open file can't be renamed on Windows
        file.close()
    try:
        os.replace(part, target)
    except OSError as error:
        fail(os.fspath(target), error)
    file.close()
