"""File or URL to effective document: parsed within limits, upgraded to OpenAPI 3.1, corrected by overlays."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path

from . import openapi30, overlay, swagger2
from .diagnostics import Diagnostic, Problems, SpecError
from .document import Document
from .jsonvalues import Json, is_object
from .parse import parse

MAX_BYTES = 32 * 1024 * 1024
FETCH_SECONDS = 30.0


def load(
    source: str, overlays: tuple[Path, ...] = (), *, strict_overlay: bool = True, name: str | None = None
) -> Document:
    """The effective document of ``source`` (a path, or an http(s) URL).

    ``overlays`` are applied in order, after the upgrade to 3.1. With ``strict_overlay`` an action whose
    target is not there is an error; otherwise, for a document that a server published, a note.
    """
    shown = name or source
    problems = Problems()
    value = parse(read(source, shown), shown)
    if not is_object(value):
        raise problems.fatal(f"{shown}#", "wrong-kind", "the document must be an object")
    document = Document(upgrade(value, shown), shown, problems)
    for path in overlays:
        actions = parse(read(str(path), path.name), path.name)
        document = overlay.apply(document, Document(actions, path.name, problems), strict=strict_overlay)
    problems.stop_if_errors()
    return document


def upgrade(value: Json, source: str) -> Json:
    """``value`` as OpenAPI 3.1, whatever version it declares."""
    version = str(value.get("openapi") or value.get("swagger") or "")
    if version.startswith("3.1"):
        return value
    if version.startswith("3.0"):
        return openapi30.upgrade(value)
    if version.startswith("2."):
        return openapi30.upgrade(swagger2.upgrade(value, source))
    raise SpecError(
        [
            Diagnostic(
                f"{source}#",
                "unknown-version",
                f"the document declares version {version!r}",
                "Swagger 2.0, OpenAPI 3.0 and OpenAPI 3.1 are read",
            )
        ]
    )


def read(source: str, shown: str) -> bytes:
    """The bytes of a file or of an http(s) URL, at most 32 MiB. Diagnostics call it ``shown``."""
    try:
        if re.match(r"https?://", source):
            request = urllib.request.Request(source, headers={"Accept": "application/json, */*;q=0.5"})  # noqa: S310
            with urllib.request.urlopen(request, timeout=FETCH_SECONDS) as answer:  # noqa: S310
                data: bytes = answer.read(MAX_BYTES + 1)
        else:
            with open(source, "rb") as file:
                data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise SpecError([Diagnostic(f"{shown}#", "unreadable", f"can't be read: {error}")]) from error
    if len(data) > MAX_BYTES:
        raise SpecError([Diagnostic(f"{shown}#", "too-big", f"larger than {MAX_BYTES} bytes")])
    return data
