"""`apteco-api campaigns`: the elements of the PeopleStage diagram, listed, paused, checked out, published."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from .output import note, show
from .streams import say

if TYPE_CHECKING:
    from ..session.jobs import Job
    from ..session.people_stage import PeopleStageElement
    from ..session.session import Session

EVERY = "all"
"""The word that means all campaigns of the system, in place of an element."""


def _element(session: Session, options: Namespace) -> PeopleStageElement:
    return session.people_stage.element(options.element)


def campaigns_ls(session: Session, options: Namespace) -> None:
    """List elements."""
    top = _element(session, options) if options.element else None
    if options.recursive:
        every = [each for each in (top or session.people_stage).walk() if each is not top]
    else:
        every = list(session.people_stage if top is None else top.children)
    show(
        (
            {"id": each.id, "type": each.type, "description": each.description, "path": each.path}
            for each in every
        ),
        ("id", "type", "description", "path"),
        options,
    )


def campaigns_status(session: Session, options: Namespace) -> None:
    """Print the state of campaigns."""
    chosen = [_element(session, options)] if options.element else list(session.people_stage)
    states = (each.status() for each in chosen)
    show(
        (
            {
                "id": each.id,
                "description": each.description,
                "successful": each.successful_campaigns_count,
                "failed": each.errored_campaigns_count,
                "inactive": each.inactive_campaigns_count,
                "paused": each.user_paused_campaigns_count,
                "last run": each.last_ran,
            }
            for each in states
        ),
        ("id", "description", "successful", "failed", "inactive", "paused", "last run"),
        options,
    )


def campaigns_pause(session: Session, options: Namespace) -> None:
    """Pause the campaigns of an element, or all."""
    (session.people_stage if options.element == EVERY else _element(session, options)).pause()
    note(f"paused {options.element}")


def campaigns_resume(session: Session, options: Namespace) -> None:
    """Resume the campaigns of an element, or all."""
    (session.people_stage if options.element == EVERY else _element(session, options)).resume()
    note(f"resumed {options.element}")


def campaigns_check_out(session: Session, options: Namespace) -> None:
    """Check an element out."""
    if _waited_for(_element(session, options).check_out(), options):
        note(f"{options.element} is checked out to {session.user_name}")


def campaigns_check_in(session: Session, options: Namespace) -> None:
    """Check an element in again."""
    if _waited_for(_element(session, options).check_in(), options):
        note(f"{options.element} is checked in")


def campaigns_publish(session: Session, options: Namespace) -> None:
    """Publish an element."""
    if _waited_for(_element(session, options).publish(), options):
        note(f"{options.element} is published")


def _waited_for(job: Job, options: Namespace) -> bool:
    """Wait for a job and return True; with `--no-wait`, print its token and return False."""
    if options.no_wait:
        say(job.token)
        return False
    job.wait(options.timeout)
    return True
