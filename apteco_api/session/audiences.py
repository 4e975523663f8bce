"""Audiences as objects: found by title, read when looked at, calculated, changed, copied, with their
history.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .. import models
from .._runtime.paging import paginate
from ..frames.html import html_card
from ..query.requests import Queryable
from .collection import Collection
from .jobs import Job, start_job
from .sections import section_class

if TYPE_CHECKING:
    from ..api._sections import Audiences as _Section
    from .session import Session
else:
    _Section = section_class("api", "audiences")


class Audience:
    """One audience.

    Args:
        session: the session it was found with.
        model: what the list said about it.
    """

    def __init__(self, session: Session, model: models.AudienceSummary | models.AudienceDetail) -> None:
        self._session = session
        self.model = model
        """What the list said about it."""

    @property
    def id(self) -> int:
        """Its number."""
        return self.model.id

    @property
    def title(self) -> str:
        """Its title."""
        return self.model.title

    @property
    def count(self) -> int | None:
        """Records in it at its last calculation; None if it was never calculated."""
        return self.model.resolve_table_nett_count

    @cached_property
    def detail(self) -> models.AudienceDetail:
        """All about it, queries and brief included; read on first use, again after `reload`."""
        return self._session.audiences.audiences_get_audience(
            self.id, include_queries=True, include_brief=True
        )

    @property
    def query(self) -> models.Query | None:
        """Its main selection."""
        return self.detail.body_query

    @cached_property
    def history(self) -> Collection[models.AudienceUpdateSummary]:
        """Its updates, as the server lists them: when, who, title and description."""
        section = self._session.audiences
        return Collection(
            "update",
            lambda: paginate(section.audiences_get_audience_updates, self.id),
            lambda update: (str(update.id), update.title),
            lambda update: {
                "id": update.id,
                "when": update.timestamp,
                "who": update.user.username,
                "title": update.title,
            },
        )

    @cached_property
    def results(self) -> Collection[models.AudienceResultSummary]:
        """Its calculations, as the server lists them."""
        section = self._session.audiences
        return Collection(
            "result",
            lambda: paginate(section.audiences_get_audience_results, self.id),
            lambda result: (str(result.id),),
            lambda result: {"id": result.id, "when": result.timestamp},
        )

    def reload(self) -> Audience:
        """Read everything anew; returns this object."""
        for name in ("detail", "history", "results"):
            self.__dict__.pop(name, None)
        self.model = self.detail
        return self

    def save(
        self,
        *,
        title: str | None = None,
        description: str | None = None,
        query: Queryable | None = None,
        brief: str | None = None,
    ) -> Audience:
        """Change it: what is not given stays. The server keeps the state before as part of the history."""
        now = self.detail
        body = now.body_query if query is None else self._session.query(query)
        self._session.audiences.audiences_create_audience_update(
            self.id,
            create_audience_update=models.CreateAudienceUpdate(
                title=now.title if title is None else title,
                description=now.description if description is None else description,
                body_query=body,
                include_query=now.include_query,
                exclude_query=now.exclude_query,
                selection_modifiers=now.selection_modifiers,
                brief_text=now.brief_text if brief is None else brief,
            ),
        )
        return self.reload()

    def copy(self, title: str) -> Audience:
        """A copy under another title, queries and brief included."""
        made = self._session.audiences.audiences_copy_audience(
            self.id,
            include_queries=True,
            include_brief=True,
            audience_detail=models.CopyAudienceDetail(new_title=title),
        )
        return Audience(self._session, made)

    def delete(self) -> None:
        """Delete it on the server."""
        self._session.audiences.audiences_delete_audience(self.id)

    def start(self, *, urn_file: bool = False) -> Job:
        """Start a calculation; `wait()` on the job gives the `AudienceResultDetail`."""
        return start_job(
            self._session.audiences.audiences_create_calculate_audience_job_for_latest_update,
            self.id,
            calculate_audience_details=models.CalculateAudienceDetails(generate_urn_file=urn_file),
        )

    def calculate(self, timeout: float = 3600.0) -> models.AudienceResultDetail:
        """Calculate it and wait for the counts."""
        result: models.AudienceResultDetail = self.start().wait(timeout)
        self.reload()
        return result

    def __repr__(self) -> str:
        return f"<audience {self.id}: {self.title}>"

    def _repr_html_(self) -> str:
        about: list[tuple[str, Any]] = [("table", self.model.resolve_table_name), ("records", self.count)]
        about += [("owner", self.model.owner.username), ("last change", self.model.last_updated_date)]
        return html_card(f"{self.title} ({self.id})", [*about, ("description", self.model.description)])


class Audiences(Collection[Audience], _Section):
    """The audiences: a collection by title or id, and all operations of the section."""

    def __init__(self, session: Session, section: _Section) -> None:
        _Section.__init__(self, section.controller, section.given)
        super().__init__(
            "audience",
            self._fetch,
            lambda each: (each.title, str(each.id), each.model.description),
            lambda each: {
                "id": each.id,
                "title": each.title,
                "table": each.model.resolve_table_name,
                "records": each.count,
                "changed": each.model.last_updated_date,
            },
        )
        self._session = session

    def create(
        self, title: str, query: Queryable, *, description: str = "", brief: str | None = None
    ) -> Audience:
        """Make a new audience from a query."""
        made = self.audiences_create_audience(
            audience_detail=models.CreateAudienceDetail(
                title=title,
                description=description,
                body_query=self._session.query(query),
                brief_text=brief,
                system_name=self._session.system_name,
            )
        )
        self.refresh()
        return Audience(self._session, made)

    def _fetch(self) -> Iterator[Audience]:
        for model in paginate(self.audiences_get_audiences):
            yield Audience(self._session, model)

    def __dir__(self) -> list[str]:
        return sorted(object.__dir__(self))
