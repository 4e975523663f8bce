"""Read the bytes of files and addresses, within limits."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from .diagnostics import Diagnostic, SpecError

MAX_BYTES = 32 * 1024 * 1024
FETCH_SECONDS = 30.0
_PORTS = {"http": 80, "https": 443}


def is_url(source: str) -> bool:
    """Return whether a source is an http(s) address."""
    return re.match(r"https?://", source, re.IGNORECASE) is not None


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of an address."""
    parts = urlsplit(url)
    return (
        parts.scheme.lower(),
        (parts.hostname or "").lower(),
        parts.port or _PORTS.get(parts.scheme.lower()),
    )


class _SameOrigin(urllib.request.HTTPRedirectHandler):
    """Handler that follows redirects only within the origin of the request."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if origin(newurl) != origin(req.full_url):
            raise urllib.error.URLError(f"it redirects to another origin: {newurl[:200]}; give that address")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def read(source: str, shown: str) -> bytes:
    """Return the bytes of a file or of an http(s) URL, at most 32 MiB. Messages call it ``shown``."""
    try:
        if is_url(source):
            request = urllib.request.Request(source, headers={"Accept": "application/json, */*;q=0.5"})  # noqa: S310
            with urllib.request.build_opener(_SameOrigin).open(request, timeout=FETCH_SECONDS) as answer:
                data: bytes = answer.read(MAX_BYTES + 1)
        else:
            with open(source, "rb") as file:
                data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise SpecError([Diagnostic(f"{shown}#", "unreadable", f"can't be read: {error}")]) from error
    if len(data) > MAX_BYTES:
        raise SpecError([Diagnostic(f"{shown}#", "too-big", f"larger than {MAX_BYTES} bytes")])
    return data
