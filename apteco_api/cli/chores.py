"""`apteco-api find`, `clone` and `export-queries`: looking after what people have saved on a server."""

from __future__ import annotations

import json
import re
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from .output import note, show
from .query_text import query_text

if TYPE_CHECKING:
    from ..session import Session


class Saved(NamedTuple):
    """Something saved on the server that holds queries."""

    kind: str
    """`query` or `audience`."""
    name: str
    """Path of the file; id and title of the audience."""
    content: Mapping[str, Any]
    """All there is to it, as plain values."""


def saved_queries(session: Session, folder: str = "") -> Iterator[Saved]:
    """The queries in the files below a folder. A file that can't be read as a query is named on standard
    error.
    """
    from ..exceptions import ApiStatusError

    for entry in session.queries.saved(folder):
        try:
            query = session.queries.read(entry.path)
        except (ApiStatusError, LookupError) as error:
            why = error.reason if isinstance(error, ApiStatusError) else error
            print(f"left out {entry.path}: {why}", file=sys.stderr)
        else:
            yield Saved("query", entry.path, _plain(query))


def saved_audiences(session: Session) -> Iterator[Saved]:
    """The audiences, with their texts and queries."""
    texts = ("title", "description", "brief_text")
    queries = ("body_query", "include_query", "exclude_query")
    for audience in session.audiences:
        content = {name: _plain(getattr(audience.detail, name)) for name in (*texts, *queries)}
        yield Saved("audience", f"{audience.id} {audience.title}", content)


def everything_saved(session: Session) -> Iterator[Saved]:
    """All saved queries, then all audiences."""
    yield from saved_queries(session)
    yield from saved_audiences(session)


def _plain(model: Any) -> Any:
    from ..codec.encode import encode

    return json.loads(encode(model))


def texts_of(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a structure, with the way to it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, each in cast("Mapping[str, Any]", value).items():
            yield from texts_of(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for place, each in enumerate(cast("list[object]", value)):
            yield from texts_of(each, f"{path}[{place}]")


def find_term(session: Session, options: Namespace) -> int:
    """Print where a term stands in saved queries and audiences; status 4 if nowhere."""
    try:
        pattern = re.compile(
            options.term if options.regex else re.escape(options.term), 0 if options.case else re.IGNORECASE
        )
    except re.error as error:
        raise ValueError(f"{options.term!r} is no regular expression: {error}") from None
    found: list[dict[str, str]] = []
    for saved in everything_saved(session):
        if pattern.search(saved.name) and saved.kind == "query":
            found.append({"kind": saved.kind, "name": saved.name, "place": "path", "text": saved.name})
        for place, text in texts_of(saved.content):
            if pattern.search(text):
                found.append({"kind": saved.kind, "name": saved.name, "place": place, "text": text})
    show(found, ("kind", "name", "place", "text"), options)
    return 0 if found else 4


def find_tables(session: Session, options: Namespace) -> None:
    """Print which tables and variables the saved queries and audiences use."""
    wanted: str | None = options.name
    rows: list[dict[str, str]] = []
    for saved in everything_saved(session):
        for what in ("table", "variable"):
            used = {text for place, text in texts_of(saved.content) if text and _names(what, place)}
            rows += [
                {"kind": saved.kind, "name": saved.name, "uses": what, "used": each} for each in sorted(used)
            ]
    found = [row for row in rows if wanted in (None, row["used"])]
    if wanted and not found and wanted not in session.tables.names():
        found_name = session.variables[wanted].name  # a description, or a name that the system does not have
        found = [row for row in rows if row["used"] == found_name]
    show(found, ("kind", "name", "uses", "used"), options)


def _names(what: str, place: str) -> bool:
    """Whether the text at a place is the name of a table, or of a variable."""
    return place.rpartition(".")[2].casefold().endswith(f"{what}name")


def clone_dashboard(session: Session, options: Namespace) -> None:
    """Copy a dashboard: queries, charts, layout, theme; print the id of the copy."""
    from .. import models

    made = session.dashboards.dashboards_copy_dashboard(
        options.id, dashboard_detail=models.CopyDashboardDetail(new_title=options.title)
    )
    print(made.id)
    note(f"{len(made.dashboard_items or ())} items copied")


def clone_collection(session: Session, options: Namespace) -> None:
    """Copy a collection and the file that holds its parts; print the id of the copy.

    Raises:
        ValueError: there is a file at the place of the copy already.
    """
    import datetime as dt

    from .. import models
    from ..toolkit.paging import paginate

    section = session.collections
    source = section.collections_get_collection(options.id)
    path = PurePosixPath(source.file_path.replace("\\", "/"))
    name = "".join(char if char.isalnum() or char in " -_" else "_" for char in options.title).strip()
    target = options.file or str(path.with_name(f"{name}{path.suffix}"))
    if target in {each.path for each in session.files.entries(str(PurePosixPath(target).parent).strip("."))}:
        raise ValueError(f"there is a file {target} already: give --file")
    session.files.files_copy_file(target, from_file_path=str(path))
    section.collections_create_collection(
        collection_detail=models.UpsertCollectionDetail(
            title=options.title,
            description=source.description,
            creation_date=dt.datetime.now(dt.UTC),
            file_path=target,
        )
    )
    ids = [each.id for each in paginate(section.collections_get_collections) if each.title == options.title]
    print(max(ids))
    note(f"{source.number_of_parts} parts copied")


def export_queries(session: Session, options: Namespace) -> None:
    """Write each saved query and audience into a text file, and print the files' names."""
    folder = Path(options.folder)
    for saved in everything_saved(session):
        parts = [
            re.sub(r'[\x00-\x1f<>:"|?*\\]', "_", part)
            for part in saved.name.split("/" if saved.kind == "query" else "\0")
        ]
        safe = [part.replace("/", "_").lstrip(".") or "_" for part in parts]  # no way out of the folder
        path = folder.joinpath(*(["Audiences"] if saved.kind == "audience" else []), *safe)
        path = path.with_name(path.name + (".json" if options.json else ".txt"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_exported(saved, options.json), "utf-8")
        print(path)


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
