"""Audiences as objects: find them by title, calculate, change, copy and share them, read their history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from .. import models
from .._runtime.exceptions import ApiForbidden, ApiNotFound, ApiTypeError, ApiValueError
from .._runtime.paging import paginate
from ..frames.html import html_card
from ..query.catalogue import Catalogue, UnknownName
from ..query.conditions import Condition, Selected
from ..query.requests import Queryable, to_keep
from .collection import Collection
from .jobs import Job, start_job
from .sections import section_class

if TYPE_CHECKING:
    from ..api._sections import Audiences as _Section
    from ..frames.requests import Columns
    from ..frames.rows import Rows
    from .session import Session
else:
    _Section = section_class("api", "audiences")


Model: TypeAlias = "models.AudienceSummary | models.AudienceDetail | models.UserAudienceSummary"
"""The model of an audience in the server's lists."""


class Audience(Condition):
    """One audience. It is also a condition, as in `audience & (aa.where("Cost") > 500)`: count, export and
    cube it like any other condition.

    Args:
        session: the session that found it.
        model: the server's model of it, from a list.
    """

    def __init__(self, session: Session, model: Model) -> None:
        self._session = session
        self.model = model
        """The server's model of it, from a list."""

    def __bool__(self) -> Literal[True]:  # type: ignore[override]  # unlike a comparison, an audience has a truth value
        return True

    def _clause(self, catalogue: Catalogue | None, table: str) -> tuple[models.Clause, str]:
        """Return the clause of the audience: body and inclusion, without the exclusion, then limited."""
        known = self._session.catalogue if catalogue is None else catalogue
        detail, own = self.detail, self.model.resolve_table_name
        wanted = [
            Selected(query).on(own)._clause(known, own)[0]
            for query in (detail.body_query, detail.include_query)
            if query is not None and query.selection is not None
        ]
        if detail.exclude_query is not None and detail.exclude_query.selection is not None:
            wanted.append((~Selected(detail.exclude_query).on(own))._clause(known, own)[0])
        if not wanted:
            return models.Clause(
                sub_selection=models.SubSelection(selection=models.Selection(table_name=own))
            ), own
        clause = wanted[0]
        if len(wanted) > 1:
            clause = models.Clause(logic=models.Logic(operation="AND", operands=wanted, table_name=own))
        limits = detail.selection_modifiers
        if limits is None:
            return clause, own
        limited = models.Selection(
            table_name=own,
            rule=models.Rule(clause=clause),
            limits=limits.limits,
            top_n=limits.top_n,
            n_per=limits.n_per,
            rfv=limits.rfv,
        )
        return models.Clause(sub_selection=models.SubSelection(selection=limited)), own

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
        """The whole audience, with queries and brief; fetched on first use and again after `reload`."""
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
            number=lambda update: update.id,
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
            number=lambda result: result.id,
        )

    def reload(self) -> Audience:
        """Fetch the audience again; return this object."""
        for name in ("detail", "history", "results"):
            self.__dict__.pop(name, None)
        self.model = self.detail
        for same in self._session.audiences.fetched():
            if same.id == self.id:
                same.model = self.model
        return self

    def save(
        self,
        *,
        title: str | None = None,
        description: str | None = None,
        query: Queryable | None = None,
        brief: str | None = None,
    ) -> Audience:
        """Change the audience; None leaves a part as it is. The server keeps the old state in the history."""
        now = self.detail
        body = now.body_query if query is None else to_keep(self._session.query(query), query)
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
        """Create a copy with another title and the same queries and brief; return the copy."""
        self._session.audiences.settle()
        made = self._session.audiences.audiences_copy_audience(
            self.id,
            include_queries=True,
            include_brief=True,
            audience_detail=models.CopyAudienceDetail(new_title=title),
        )
        self._session.audiences.refresh()
        return Audience(self._session, made)

    def delete(self) -> None:
        """Delete the audience on the server and remove it from `session.audiences`."""
        every = self._session.audiences
        every.settle()
        every.audiences_delete_audience(self.id)
        every.forget(lambda each: each.id == self.id)

    def share(self, *users: str | Sequence[str], notes: str = "", notify: bool = False) -> Audience:
        """Let further users see and use the audience.

        Args:
            users: usernames, or email addresses; one by one, or in a list.
            notes: a remark that is stored with the change.
            notify: whether the server notifies these users.

        Raises:
            ValueError: no user is given.
            UnknownName: a user does not exist, or the caller may not look users up and must give an email
                address.
        """
        return self._share(users, True, notes, notify)

    def unshare(self, *users: str | Sequence[str], notes: str = "", notify: bool = False) -> Audience:
        """Stop sharing the audience with users; the arguments are those of `share`.

        Raises:
            ValueError: it is not shared.
        """
        return self._share(users, False, notes, notify)

    def _share(self, users: tuple[str | Sequence[str], ...], add: bool, notes: str, notify: bool) -> Audience:
        names = [name for each in users for name in ([each] if isinstance(each, str) else _listed(each))]
        if not names:
            raise ApiValueError("give at least one user: a username or an email address")
        emails = [name for name in names if "@" in name]
        ids = [self._user_id(name) for name in names if "@" not in name]
        shares = self._session.shares
        share_id = self.reload().model.share_id or 0  # a server may answer 0 for "not shared"
        if not share_id and not add:
            raise ApiValueError(f"{self.title!r} is not shared")
        if not share_id:
            shares.shares_create_share(
                share_detail=models.CreateShareDetail(
                    shareable_type="Audience",
                    shareable_id=self.id,
                    email_addresses_to_add=emails,
                    user_ids_to_add=ids,
                    group_ids_to_add=[],
                    notify_added_recipients=notify,
                    notes=notes,
                )
            )
        else:
            update = models.CreateShareUpdate(
                notes=notes,
                notify_added_recipients=notify and add,
                notify_removed_recipients=notify and not add,
                notify_unchanged_recipients=False,
            )
            if add:
                update.email_addresses_to_add, update.user_ids_to_add = emails, ids
            else:
                update.email_addresses_to_remove, update.user_ids_to_remove = emails, ids
            shares.shares_create_share_update(share_id, share_update=update)
        return self.reload()

    def _user_id(self, name: str) -> int:
        try:
            return self._session.users.users_get_user_details(name).id
        except ApiNotFound:
            raise UnknownName(f"the user {name!r} does not exist") from None
        except ApiForbidden:
            raise UnknownName(f"you may not look up the user {name!r}: give an email address") from None

    def export(
        self,
        columns: Columns | None = None,
        *,
        limit: int | None = None,
        order_by: str | Sequence[str] | None = None,
    ) -> Rows:
        """Return its records as rows; the arguments are those of `Session.export`."""
        return self._session.export(self, columns, limit=limit, order_by=order_by)

    def export_to(
        self,
        path: str | Path,
        columns: Columns | None = None,
        *,
        limit: int | None = None,
        order_by: str | Sequence[str] | None = None,
    ) -> int:
        """Write its records to a file; return how many. The arguments are those of `Session.export_to`."""
        return self._session.export_to(path, self, columns, limit=limit, order_by=order_by)

    def start(self, *, urn_file: bool = False) -> Job:
        """Start a calculation; `wait()` on the job gives the `AudienceResultDetail`."""
        return start_job(
            self._session.audiences.audiences_create_calculate_audience_job_for_latest_update,
            self.id,
            calculate_audience_details=models.CalculateAudienceDetails(generate_urn_file=urn_file),
        )

    def calculate(self, timeout: float = 3600.0) -> models.AudienceResultDetail:
        """Calculate the audience, wait for the end, and return the counts."""
        result: models.AudienceResultDetail = self.start().wait(timeout)
        self.reload()
        return result

    def __repr__(self) -> str:
        return f"<audience {self.id}: {self.title}>"

    def _repr_html_(self) -> str:
        about: list[tuple[str, Any]] = [("table", self.model.resolve_table_name), ("records", self.count)]
        about += [("owner", self.model.owner.username), ("last change", self.model.last_updated_date)]
        return html_card(f"{self.title} ({self.id})", [*about, ("description", self.model.description)])


def _listed(users: object) -> list[str]:
    """Return the names of a list of users. Raise `TypeError` for anything else."""
    names: list[Any] = [*users] if isinstance(users, list | tuple | set) else [None]
    if not all(isinstance(each, str) for each in names):
        raise ApiTypeError(f"give the users' names or email addresses, not {users!r:.80}")
    return [str(each) for each in names]


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
            number=lambda each: each.id,
        )
        self._session = session

    def create(
        self, title: str, query: Queryable, *, description: str = "", brief: str | None = None
    ) -> Audience:
        """Create an audience from a query, and return it."""
        self.settle()
        made = self.audiences_create_audience(
            audience_detail=models.CreateAudienceDetail(
                title=title,
                description=description,
                body_query=to_keep(self._session.query(query), query),
                brief_text=brief,
                system_name=self._session.system_name,
            )
        )
        self.refresh()
        return Audience(self._session, made)

    def _fetch(self) -> Iterator[Audience]:
        """Yield every audience for an administrator, and for other users their own and shared ones."""
        try:
            for model in paginate(self.audiences_get_audiences):
                yield Audience(self._session, model)
            return
        except ApiForbidden:
            user = self._session.user_name
            if not user:
                raise
            self._session.warn(f"audiences: {user} may list their own and shared ones only")
        for own in paginate(self._session.users.users_get_user_audiences, user):
            yield Audience(self._session, own)

    def __dir__(self) -> list[str]:
        return sorted(object.__dir__(self))
