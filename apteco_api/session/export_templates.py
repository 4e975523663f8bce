"""Export templates: lists of columns that users keep for exporting audiences.

    template = session.audience_export_templates["Mailing"]
    session.audiences["Students"].export_to("students.csv", template.columns)

Servers since 2022-12 have them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from .. import models
from .._runtime.exceptions import ApiForbidden, ApiNotFound, ApiValueError
from .._runtime.paging import paginate
from ..frames.html import html_card
from .collection import Collection
from .sections import section_class

if TYPE_CHECKING:
    from ..api._sections import AudienceExportTemplates as _Section
    from .audiences import Audience
    from .session import Session
else:
    _Section = section_class("api", "audience_export_templates")

Model: TypeAlias = "models.UserAudienceExportTemplateDetail | models.ExportTemplateDetail"
TemplateColumns: TypeAlias = "Sequence[str] | Mapping[str, str]"
"""Variables by name or description, or a mapping of headings to variables."""


class ExportTemplate:
    """One export template.

    Args:
        session: the session that found it.
        model: the server's model of it.
    """

    def __init__(self, session: Session, model: Model) -> None:
        self._session = session
        self.model = model
        """The server's model of it."""

    @property
    def id(self) -> int:
        """Its number."""
        return self.model.id

    @property
    def title(self) -> str:
        """Its title."""
        return self.model.title

    @property
    def owner(self) -> str:
        """The username of its owner; empty if the server does not name one."""
        name: str = getattr(self.model.owner, "username", "")  # null if the owner was deleted
        return name

    @property
    def columns(self) -> dict[str, str]:
        """The variable of each heading, as `export` and `export_to` take them.

        Raises:
            ValueError: a column is a user code, which is not a variable, or two columns have one heading.
        """
        return columns_of(self.model.export_template_definition, self.title)

    def save(self, *, title: str | None = None, columns: TemplateColumns | None = None) -> ExportTemplate:
        """Change title or columns, or both; return this object."""
        definition = self.model.export_template_definition
        if columns is not None:
            definition = definition_of(self._session, columns)
        section = self._session.audience_export_templates
        section.audience_export_templates_update_audience_export_template(
            self.id,
            export_template_update_detail=models.ExportTemplateUpdateDetail(
                id=self.id,
                title=self.title if title is None else title,
                export_template_definition=definition,
            ),
        )
        section.refresh()
        self.model = self._session.users.users_get_user_audience_export_template(
            self._session.user_name, self.id
        )
        return self

    def delete(self) -> None:
        """Delete the template on the server."""
        every = self._session.audience_export_templates
        every.settle()
        every.audience_export_templates_delete_audience_export_template(self.id)
        every.forget(lambda each: each.id == self.id)

    def __repr__(self) -> str:
        return f"<export template {self.id}: {self.title}>"

    def _repr_html_(self) -> str:
        columns = self.model.export_template_definition.export_template_columns
        shown = [(each.column_header, each.variable_name or each.user_code_name or "") for each in columns]
        return html_card(f"{self.title} ({self.id})", shown)


class ExportTemplates(Collection[ExportTemplate], _Section):
    """The export templates that the user may use, by title or id; and all operations of the section."""

    def __init__(self, session: Session, section: _Section) -> None:
        _Section.__init__(self, section.controller, section.given)
        super().__init__(
            "export template",
            self._fetch,
            lambda each: (each.title, str(each.id)),
            lambda each: {"id": each.id, "title": each.title, "owner": each.owner},
            number=lambda each: each.id,
        )
        self._session = session

    def create(self, title: str, columns: TemplateColumns) -> ExportTemplate:
        """Create a template.

        Args:
            title: its title.
            columns: variables by name or description, or a mapping of headings to variables.

        Raises:
            UnknownName: a variable does not exist.
        """
        made = self.audience_export_templates_create_audience_export_template(
            create_export_template_detail=models.CreateExportTemplateDetail(
                title=title, export_template_definition=definition_of(self._session, columns)
            )
        )
        self.refresh()
        return ExportTemplate(self._session, made)

    def last_used(self, audience: Audience | int) -> dict[str, str] | None:
        """Return the columns of the user's last export of an audience; None before the first export.

        Args:
            audience: the audience, or its number.
        """
        number = audience if isinstance(audience, int) else audience.id
        try:
            found = self.audience_export_templates_get_last_exported_audience_export_template(number)
        except ApiNotFound as error:
            if "exists since" in error.hint:  # the server is too old: this 404 is not "no export yet"
                raise
            return None
        return columns_of(found.export_template_definition, found.title or "")

    def _fetch(self) -> Iterator[ExportTemplate]:
        user = self._session.user_name
        if not user:
            raise ApiValueError("a session from a bare token has no username: log in with user and password")
        try:
            for model in paginate(self._session.users.users_get_user_audience_export_templates, user):
                yield ExportTemplate(self._session, model)
        except ApiForbidden as error:
            error.hint = f"{user} may not list export templates: ask an administrator."
            raise

    def __dir__(self) -> list[str]:
        return sorted(object.__dir__(self))


def columns_of(definition: models.ExportTemplateDefinition, title: str) -> dict[str, str]:
    """Return the variable of each heading. Raises `ApiValueError` for a user code or a repeated heading."""
    found: dict[str, str] = {}
    for column in definition.export_template_columns:
        if not column.variable_name:
            raise ApiValueError(
                f"column {column.column_header!r} of the template {title!r} is a user code, not a variable: "
                "export the audience in Orbit, or leave the column out"
            )
        if column.column_header in found:
            raise ApiValueError(f"the template {title!r} has two columns {column.column_header!r}")
        found[column.column_header] = column.variable_name
    return found


def definition_of(session: Session, columns: TemplateColumns) -> models.ExportTemplateDefinition:
    """Return the columns as the definition of a template."""
    catalogue = session.catalogue
    if isinstance(columns, str):
        columns = [columns]
    if isinstance(columns, Mapping):
        pairs = [(heading, catalogue.facts(name)) for heading, name in columns.items()]
    else:
        every = [catalogue.facts(name) for name in columns]
        pairs = [(facts.description, facts) for facts in every]
    if not pairs:
        raise ApiValueError("a template needs at least one column")
    return models.ExportTemplateDefinition(
        export_template_columns=[
            models.ExportTemplateColumn(
                id=str(place), column_header=heading, variable_name=facts.name, column_type="Variable"
            )
            for place, (heading, facts) in enumerate(pairs)
        ]
    )
