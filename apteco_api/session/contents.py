"""What a session can look at: tables, variables, audiences, files and more, as cached attributes.

Interactive shells complete their keys. `apteco_api.session.session` adds counts, exports and cubes.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from .. import models
from .._runtime.exceptions import ApiForbidden, ApiValueError
from ..query.catalogue import Catalogue, unknown
from .collection import Collection
from .login import Connection

if TYPE_CHECKING:
    from .audiences import Audiences
    from .dashboards import Dashboards
    from .export_templates import ExportTemplates
    from .favourites import Favourites
    from .files import Files
    from .people_stage import PeopleStage
    from .saved_queries import Queries
    from .session import Session
    from .tables import SystemTable, SystemVariable, VariableFolder


class Contents(Connection):
    """A session's view of its system; see `Session`."""

    @property
    def _whole(self) -> Session:
        return cast("Session", self)

    @cached_property
    def system(self) -> models.FastStatsSystemDetail:
        """The server's model of the system: description, view, build date."""
        return self.fast_stats_systems.fast_stats_systems_get_fast_stats_system()

    @cached_property
    def tables(self) -> Collection[SystemTable]:
        """The tables, by name."""
        from .tables import tables_of

        return tables_of(self._whole)

    @cached_property
    def variables(self) -> Collection[SystemVariable]:
        """The variables, by name or description."""
        from .tables import variables_of

        return variables_of(self._whole)

    @cached_property
    def folders(self) -> VariableFolder:
        """The root of the folders of variables."""
        from .tables import VariableFolder

        return VariableFolder(self._whole)

    @cached_property
    def catalogue(self) -> Catalogue:
        """What a condition needs for a query: `condition.to_query(session.catalogue)`."""
        from .tables import SessionCatalogue

        return SessionCatalogue(self._whole)

    # Each of these is a collection and also the section of its name, with all operations. Pyright is told to
    # accept that the attribute has another type than in the base class, where it is the plain section.

    @cached_property
    def audiences(self) -> Audiences:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The audiences, by title; and all operations of the section."""
        from .audiences import Audiences

        return Audiences(self._whole, self._plain("audiences"))

    @cached_property
    def audience_export_templates(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
    ) -> ExportTemplates:
        """The export templates that the user may use, by title; and all operations of the section."""
        from .export_templates import ExportTemplates

        return ExportTemplates(self._whole, self._plain("audience_export_templates"))

    @cached_property
    def dashboards(self) -> Dashboards:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The dashboards, by title; and all operations of the section."""
        from .dashboards import Dashboards

        return Dashboards(self._whole, self._plain("dashboards"))

    @cached_property
    def favourites(self) -> Favourites:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The user's favourites, by title; and all operations of the section."""
        from .favourites import Favourites

        return Favourites(self._whole, self._plain("favourites"))

    @cached_property
    def files(self) -> Files:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The files of the system, by name; and all operations of the section."""
        from .files import Files

        return Files(self._whole, self._plain("files"))

    @cached_property
    def people_stage(self) -> PeopleStage:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The campaign diagram, by name; and all operations of the section."""
        from .people_stage import PeopleStage

        return PeopleStage(self._whole, self._plain("people_stage"))

    @cached_property
    def queries(self) -> Queries:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The saved queries, by path; and all operations of the section."""
        from .saved_queries import Queries

        return Queries(self._whole, self._plain("queries"))

    def resource_counts(self, user: str = "") -> dict[str, int]:
        """Return how many audiences, dashboards, collections … belong to a user. Servers since 2026.

        Args:
            user: username; by default the session's own.

        Returns:
            The number of each kind, by the server's names.
        """
        name = user or self.user_name
        if not name:
            raise ApiValueError("a session from a bare token has no username: give one")
        answer: Any = self.users.users_get_user_resource_counts(name)
        found = cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
        return {kind: value for kind, value in found.items() if type(value) is int}

    def search(self, text: str, *kinds: str) -> dict[str, list[Any]]:
        """Return the items that have the text in a name or description, by kind.

        Args:
            text: part of a name or description, in any case.
            kinds: some of `tables`, `variables`, `audiences`, `files` (of the root) and `dashboards`; by
                default the first four. A kind that the user may not list is left out, with a line in the log.
        """
        known: dict[str, Collection[Any]] = {
            "tables": self.tables,
            "variables": self.variables,
            "audiences": self.audiences,
            "files": self.files,
            "dashboards": self.dashboards,
        }
        for kind in kinds:
            if kind not in known:
                raise unknown("kind", kind, known)
        found: dict[str, list[Any]] = {}
        for kind in kinds or ("tables", "variables", "audiences", "files"):
            try:
                matching = known[kind].search(text)
            except ApiForbidden:
                self.warn(f"search leaves out {kind}: {self.user_name or 'the user'} may not list them")
                continue
            if matching:
                found[kind] = matching
        return found
