"""Load a document from a file or URL: parse it within limits, upgrade it to OpenAPI 3.1, apply overlays."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from . import openapi30, overlay, swagger2
from .diagnostics import Diagnostic, Problems, SpecError
from .document import Document
from .files import bundled
from .jsonvalues import Json, is_list, is_object
from .parse import parse
from .reading import read

_BESIDE = frozenset({"properties", "allOf", "oneOf", "anyOf"})


def load(
    source: str,
    overlays: tuple[Path, ...] = (),
    *,
    strict_overlay: bool = True,
    strict: bool = True,
    name: str | None = None,
    refs: str | None = None,
) -> Document:
    """Return the effective document of ``source`` (a path, or an http(s) URL).

    Args:
        overlays: corrections, applied in order after the upgrade to 3.1.
        strict_overlay: an action whose target does not exist is an error; otherwise it is a note.
        strict: a mistake of the document is an error; otherwise it is a note, or the part with it is skipped.
        name: the name of the document in messages.
        refs: folder or address below which referenced files are read; the document's folder by default.
    """
    shown = name or source
    problems = Problems(strict)
    value = parse(read(source, shown), shown, problems)
    if not is_object(value):
        raise problems.fatal(f"{shown}#", "wrong-kind", "the document must be an object")
    value = bundled(value, source, shown, refs, problems)
    document = Document(upgrade(value, shown), shown, problems)
    for path in overlays:
        actions = parse(read(str(path), path.name), path.name)
        document = overlay.apply(document, Document(actions, path.name, problems), strict=strict_overlay)
    problems.stop_if_errors()
    return document


def _spelled_out(value: Any) -> Any:
    """Return ``value`` with each reference that has properties beside it as an allOf of both, as in 3.1."""
    if is_list(value):
        return [_spelled_out(item) for item in value]
    if not is_object(value):
        return value
    result = {key: _spelled_out(item) for key, item in value.items()}
    if isinstance(result.get("$ref"), str) and not _BESIDE.isdisjoint(result):
        rest = {key: item for key, item in result.items() if key != "$ref"}
        return {"allOf": [{"$ref": result["$ref"]}, rest]}
    return result


def upgrade(value: Json, source: str) -> Json:
    """Return ``value`` as OpenAPI 3.1, whatever version it declares; 3.2 only adds to 3.1."""
    version = str(value.get("openapi") or value.get("swagger") or "")
    if version.startswith(("3.1", "3.2")):
        return cast(Json, _spelled_out(value))
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
                "Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2 are read",
            )
        ]
    )
