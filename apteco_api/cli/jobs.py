"""`apteco-api jobs`: list, wait for and cancel jobs."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from .output import note, show
from .streams import say

if TYPE_CHECKING:
    from ..session.jobs import Job
    from ..session.session import Session


def jobs_ls(session: Session, options: Namespace) -> None:
    """List the server's jobs, the newest first."""
    from .._runtime.paging import paginate

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
    """Wait for the job with a token, and print its result as JSON."""
    from .._runtime.codec.encode import encode

    result: Any = _job(session, options).wait(options.timeout)
    say(json.dumps(json.loads(encode(result)), indent=2, ensure_ascii=False))


def jobs_cancel(session: Session, options: Namespace) -> None:
    """Cancel the job with a token."""
    asked = _job(session, options).cancel()
    note("the job was asked to stop" if asked else "a job of this kind can't be cancelled")


def _job(session: Session, options: Namespace) -> Job:
    given: str = options.token
    return session.resume_job((sys.stdin.read() if given == "-" else given).strip())
