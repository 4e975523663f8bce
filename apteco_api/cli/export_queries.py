"""`apteco-api export-queries`: write saved queries and audiences into text files."""

from __future__ import annotations

import json
import re
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from .._runtime.files import write_text
from .query_text import query_text

if TYPE_CHECKING:
    from ..session.session import Session
from .saved import Saved, everything_saved
from .streams import say


def export_queries(session: Session, options: Namespace) -> None:
    """Write each saved query and audience into a text file, and print the files' names."""
    folder = Path(options.folder)
    for saved in everything_saved(session):
        parts = [
            re.sub(r'[\x00-\x1f<>:"|?*\\]', "_", part)
            for part in saved.name.split("/" if saved.kind == "query" else "\0")
        ]
        # no slash, and no dot at the start: the path must not lead out of the folder
        safe = [part.replace("/", "_").lstrip(".") or "_" for part in parts]
        path = folder.joinpath(*(["Audiences"] if saved.kind == "audience" else []), *safe)
        path = path.with_name(path.name + (".json" if options.json else ".txt"))
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, _exported(saved, options.json))
        say(path)


def _exported(saved: Saved, as_json: bool) -> str:
    if as_json:
        return json.dumps(saved.content, indent=2, ensure_ascii=False) + "\n"
    if saved.kind == "query":
        return f"{saved.name}\n\n{query_text(saved.content)}"
    lines = [saved.name]
    for name, value in saved.content.items():
        if value:
            text = (
                query_text(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else f"{value}\n"
            )
            lines.append(f"{name.replace('_', ' ')}:\n{text}".rstrip())
    return "\n\n".join(lines) + "\n"
