"""Files at a URL: written to a temporary file, then uploaded, so that a failure leaves no partial file."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from .extras import need

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
    """
    fsspec = need("fsspec", "cloud")
    try:
        system, target = fsspec.core.url_to_fs(url)
    except ImportError as error:
        raise _missing(url, error) from None
    with tempfile.TemporaryDirectory(prefix="apteco-api-") as folder:
        local = Path(folder) / target.rpartition("/")[2]
        count = write(local)
        system.put_file(str(local), target)
    return count


def _missing(url: str, error: ImportError) -> ImportError:
    from .extras import MissingExtra

    return MissingExtra(f"{url.partition(':')[0]}: URLs need one more package: {error}", name=error.name)
