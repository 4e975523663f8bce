"""PeopleStage: the elements of the campaign diagram as objects; pause, check out and publish them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from .. import models
from .._runtime.paging import paginate
from ..frames.html import html_card
from .collection import Collection, descend
from .jobs import Job, start_job
from .sections import section_class

if TYPE_CHECKING:
    from ..api._sections import PeopleStage as _Section
    from .session import Session
else:
    _Section = section_class("api", "people_stage")

Model: TypeAlias = "models.ElementSummary | models.ElementDetail"


class PeopleStageElement:
    """One element of the diagram: an area, a programme, a campaign, a message …

    Args:
        session: the session that found it.
        model: the server's model of it.
    """

    def __init__(self, session: Session, model: Model) -> None:
        self._session = session
        self.model = model
        """The server's model of it."""

    @property
    def id(self) -> str:
        """Its id."""
        return self.model.id

    @property
    def description(self) -> str:
        """Its name in the diagram."""
        return self.model.description

    @property
    def type(self) -> str:
        """The kind of element, such as `Campaign`."""
        return self.model.type

    @property
    def path(self) -> str:
        """The names from the root of the diagram to this element, with ` / ` between them."""
        return " / ".join(step.description for step in self.model.path or [])

    @cached_property
    def children(self) -> Collection[PeopleStageElement]:
        """The elements directly below, by name or id."""
        section = self._session.people_stage
        return _collection(
            self._session, lambda: paginate(section.people_stage_get_people_stage_element_children, self.id)
        )

    def walk(self) -> Iterator[PeopleStageElement]:
        """Yield this element and all below it."""
        return _walk([self])

    def status(self) -> models.ElementStatus:
        """Return the state of its campaigns: how many succeeded, failed or are paused, and their last run."""
        return self._session.people_stage.people_stage_get_people_stage_element_status(self.id)

    def statuses(self) -> Collection[models.ElementStatus]:
        """Return the states of the elements below it, by name or id."""
        section = self._session.people_stage
        return Collection(
            "status",
            lambda: paginate(section.people_stage_get_people_stage_element_status_for_descendants, self.id),
            lambda each: (each.description, each.id),
            lambda each: {
                "id": each.id,
                "description": each.description,
                "type": each.type,
                "successful": each.successful_campaigns_count,
                "failed": each.errored_campaigns_count,
                "last run": each.last_ran,
            },
        )

    def pause(self) -> None:
        """Pause its campaigns. Servers since 2022-12."""
        self._session.people_stage.people_stage_pause_people_stage_element(self.id)

    def resume(self) -> None:
        """Resume its campaigns. Servers since 2022-12."""
        self._session.people_stage.people_stage_resume_people_stage_element(self.id)

    def check_out(self) -> Job:
        """Start to check the element out. Then only the caller may edit it; `wait()` returns who has it.

        Servers since 1.10.25.
        """
        return self._check("CheckOut")

    def check_in(self) -> Job:
        """Start to check the element in, so that others may edit it again. Servers since 1.10.25."""
        return self._check("CheckIn")

    def publish(self) -> Job:
        """Start to publish the element, so that its edits take effect; `wait()` returns its id.

        Servers since 1.10.25.
        """
        return start_job(self._session.people_stage.people_stage_create_element_publish_job, self.id)

    def _check(self, action: str) -> Job:
        return start_job(
            self._session.people_stage.people_stage_create_element_check_in_out_job,
            self.id,
            check_in_out_request=models.CheckInOutRequest(action=action),
        )

    def __repr__(self) -> str:
        return f"<{self.type} {self.id}: {self.description}>"

    def _repr_html_(self) -> str:
        about: list[tuple[str, Any]] = [("type", self.type), ("path", self.path)]
        return html_card(f"{self.description} ({self.id})", about)


class PeopleStage(Collection[PeopleStageElement], _Section):
    """The campaign diagram: a collection of its root elements, and all operations of the section."""

    def __init__(self, session: Session, section: _Section) -> None:
        _Section.__init__(self, section.controller, section.given)
        every = _collection(session, lambda: paginate(self.people_stage_get_people_stage_elements))
        super().__init__("element", every._load, every._names, every._row)
        self._session = session

    def element(self, element_id: str) -> PeopleStageElement:
        """Return the element with an id, at any level of the diagram.

        Raises:
            ApiNotFound: the diagram has no such element.
        """
        return PeopleStageElement(self._session, self.people_stage_get_people_stage_element(element_id))

    def walk(self) -> Iterator[PeopleStageElement]:
        """Yield every element of the diagram, each before those below it."""
        return _walk(self)

    def pause(self) -> None:
        """Pause all campaigns of the system. Servers since 2026; for administrators."""
        self.people_stage_pause_people_stage_system()

    def resume(self) -> None:
        """Resume all campaigns of the system. Servers since 2026; for administrators."""
        self.people_stage_resume_people_stage_system()

    def __dir__(self) -> list[str]:
        return sorted(object.__dir__(self))


def _walk(elements: Iterable[PeopleStageElement]) -> Iterator[PeopleStageElement]:
    return descend(elements, lambda each: each.children, lambda each: each.id)


def _collection(session: Session, load: Any) -> Collection[PeopleStageElement]:
    return Collection(
        "element",
        lambda: (PeopleStageElement(session, model) for model in load()),
        lambda each: (each.description, each.id),
        lambda each: {"id": each.id, "description": each.description, "type": each.type},
    )
