"""Files behind a URL: written here first, then sent as a whole, so that a failure leaves nothing there."""

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
    """Write a file behind a URL; what `write` returns.

    Args:
        url: where to.
        write: writes the file at a path of this machine.

    Raises:
        MissingExtra: fsspec, or its part for this kind of URL, is not installed.
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
