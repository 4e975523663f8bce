"""`apteco-api files`, `audiences` and `jobs`: what is kept and what runs on the server."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ..progress import progress_bar
from .output import note, show
from .query import asked_query

if TYPE_CHECKING:
    from ..audiences import Audience
    from ..job import Job
    from ..session import Session


def files_ls(session: Session, options: Namespace) -> None:
    """List files."""
    path: str = options.path
    found = session.files.walk(path) if options.recursive else session.files.entries(path)
    show(
        ({"path": each.path, "name": each.name, "type": each.type} for each in found),
        ("path", "name", "type"),
        options,
    )


def files_get(session: Session, options: Namespace) -> None:
    """Download a file: into a file, a folder, or to standard output."""
    if options.to == "-":
        sys.stdout.buffer.write(session.files.read(options.path))
        sys.stdout.buffer.flush()
        return
    bar = progress_bar(options.path)
    target = Path.cwd() if options.to is None else Path(options.to)
    try:
        saved = session.files.files_get_file(
            options.path,
            _save_to=target,
            _progress=lambda done, total: bar.update(done, total or 0, f"{done:,} bytes"),
        )
    finally:
        bar.close()
    print(saved)


def files_put(session: Session, options: Namespace) -> None:
    """Upload a file."""
    to: str = options.to
    if to.endswith("/"):
        to += Path(options.file).name
    content = sys.stdin.buffer.read() if options.file == "-" else Path(options.file)
    print(session.files.upload(to, content).path)


def files_rm(session: Session, options: Namespace) -> None:
    """Delete files."""
    for path in options.paths:
        session.files.remove(path)
        note(f"deleted {PurePosixPath(path)}")


def audiences_ls(session: Session, options: Namespace) -> None:
    """List audiences."""
    found = session.audiences.search(options.search) if options.search else list(session.audiences)
    show(
        (
            {
                "id": each.id,
                "title": each.title,
                "table": each.model.resolve_table_name,
                "records": each.count,
                "owner": each.model.owner.username,
                "changed": each.model.last_updated_date,
            }
            for each in found
        ),
        ("id", "title", "table", "records", "owner", "changed"),
        options,
    )


def audiences_create(session: Session, options: Namespace) -> None:
    """Make an audience, and print its id."""
    query = asked_query(session, options)
    if options.table and not isinstance(query, str):
        query = session.query(query, table=options.table)
    made = session.audiences.create(options.title, query, description=options.description)
    print(made.id)


def _audience(session: Session, asked: str) -> Audience:
    """The audience with this id, or else this title: never another one, for it may be deleted.

    Raises:
        AmbiguousName: several have the title.
        UnknownName: none has.
    """
    from ..catalogue import unknown

    every = list(session.audiences)
    by_id = [each for each in every if str(each.id) == asked]
    found = by_id or [each for each in every if each.title == asked]
    if not found:
        raise unknown("audience", asked, (name for each in every for name in (each.title, str(each.id))))
    return found[0] if len(found) == 1 else session.audiences[asked]


def audiences_calculate(session: Session, options: Namespace) -> None:
    """Calculate an audience, and print how many records it has; with `--no-wait`, the token of the job."""
    audience = _audience(session, options.audience)
    job = audience.start()
    if options.no_wait:
        print(job.token)
    else:
        job.wait(options.timeout)
        print(audience.reload().count)


def audiences_rm(session: Session, options: Namespace) -> None:
    """Delete an audience."""
    audience = _audience(session, options.audience)
    audience.delete()
    note(f"deleted {audience.title}")


def jobs_ls(session: Session, options: Namespace) -> None:
    """List the server's jobs, the newest first."""
    from ..toolkit.paging import paginate

    every = paginate(session.fast_stats_jobs.fast_stats_jobs_get_fast_stats_jobs_for_system)
    found = sorted(every, key=lambda each: each.id, reverse=True)[: options.limit]
    show(
        (
            {
                "id": each.id,
                "type": each.job_type,
                "state": each.state,
                "user": each.username,
                "added": each.time_added,
                "finished": each.time_finished,
            }
            for each in found
        ),
        ("id", "type", "state", "user", "added", "finished"),
        options,
    )


def jobs_wait(session: Session, options: Namespace) -> None:
    """Wait for the job of a token, and print its result as JSON."""
    from ..codec.encode import encode

    result: Any = _job(session, options).wait(options.timeout)
    print(json.dumps(json.loads(encode(result)), indent=2, ensure_ascii=False))


def jobs_cancel(session: Session, options: Namespace) -> None:
    """Cancel the job of a token."""
    asked = _job(session, options).cancel()
    note("asked to stop" if asked else "it had ended already")


def _job(session: Session, options: Namespace) -> Job:
    given: str = options.token
    return session.resume_job((sys.stdin.read() if given == "-" else given).strip())
