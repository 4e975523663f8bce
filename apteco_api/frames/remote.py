"""Files at a URL: written to a temporary file, then uploaded, so that a failure leaves no partial file."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .._runtime.configuration import safe_url
from .._runtime.exceptions import ApiValueError, ApiWriteError, OpenApiException
from .extras import MissingExtra, need

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(?:://|::)")


def is_url(path: str | Path) -> bool:
    """Return whether a path is a URL that fsspec understands, such as `s3://bucket/x.parquet`."""
    return isinstance(path, str) and _URL.match(path) is not None


def to_url(url: str, write: Callable[[Path], int]) -> int:
    """Write a file to a URL; return the result of `write`.

    Args:
        url: the URL.
        write: writes the file at a local path.

    Raises:
        MissingExtra: fsspec, or the package that it needs for this kind of URL, is not installed.
        ApiWriteError: the file can't be sent there.
    """
    system, target = located(url)
    with tempfile.TemporaryDirectory(prefix="apteco-api-") as folder:
        local = Path(folder) / target.rpartition("/")[2]
        count = write(local)
        with sending(url):
            system.put_file(str(local), target)
    return count


def located(url: str) -> tuple[Any, str]:
    """Return fsspec's file system for a URL, and the path in it.

    Raises:
        MissingExtra: as for `to_url`.
        ValueError: fsspec does not know this kind of URL.
    """
    fsspec = need("fsspec", "cloud")
    try:
        with sending(url):
            system, target = fsspec.core.url_to_fs(url)
    except ImportError as error:
        text = f"{url.partition(':')[0]}: URLs need one more package: {error}"
        raise MissingExtra(text, name=error.name) from None
    except ValueError as error:
        raise ApiValueError(f"{safe_url(url)} can't be written: {error}") from None
    return system, target


@contextmanager
def sending(url: str) -> Generator[None]:
    """Raise `ApiWriteError` for the errors of fsspec and of the packages below it."""
    try:
        yield
    except (ImportError, ValueError, OpenApiException):
        raise
    except Exception as error:
        number = error.errno if isinstance(error, OSError) else None
        raise ApiWriteError(number, f"{type(error).__name__}: {error}", safe_url(url)) from error
