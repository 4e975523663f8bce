"""Read the state of a job from the server's answer, by the names in `x-job` or those of the Apteco API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .list_errors import JobFailed
from .page_rules import value_at

if TYPE_CHECKING:
    from .operation import JobStep


def id_of(item: Any, job: JobStep) -> Any:
    """Return the id of a job.

    Raises:
        JobFailed: the answer has no id.
    """
    if job.id:
        if (found := value_at(item, {}, f"$.{job.id}")) is not None:
            return found
    else:
        for name in ("job_id", "id"):
            if (found := getattr(item, name, None)) is not None:
                return found
    text = re.sub(r"\s+", " ", repr(item))[:80]
    raise JobFailed(f"the server's answer names no job: {text}")


def tells_state(item: Any, job: JobStep) -> bool:
    """Return whether an answer has the state of its job."""
    return value_at(item, {}, f"$.{job.status}") is not None if job.status else hasattr(item, "is_complete")


def ended(item: Any, job: JobStep) -> bool:
    """Return whether a job has ended, with success or without."""
    if item is None:
        return False
    if job.status:
        return str(value_at(item, {}, f"$.{job.status}")) in (*job.done, *job.failed, *job.cancelled)
    return bool(getattr(item, "is_complete", False)) or cancelled(item, job)


def cancelled(item: Any, job: JobStep) -> bool:
    """Return whether a job was cancelled."""
    if job.status:
        return str(value_at(item, {}, f"$.{job.status}")) in job.cancelled
    return bool(getattr(item, "is_cancelled", False))


def failed(item: Any, job: JobStep) -> str:
    """Return the status of a failed job; an empty text if the job did not fail."""
    status = str(value_at(item, {}, f"$.{job.status}")) if job.status else ""
    return status if status in job.failed else ""


def progress(item: Any, job: JobStep) -> float:
    """Return the progress of a job, 0 to 100."""
    if ended(item, job):
        return 100.0
    value = value_at(item, {}, f"$.{job.progress}") if job.progress else getattr(item, "progress", 0)
    return float(value) if isinstance(value, int | float) else 0.0
