"""AudienceExportTemplates: lists of columns that users store for exporting audiences."""

from __future__ import annotations

from ..call import Call, handles, in_turn
from ..lookups import lookup
from ..problem import missing
from ..sharing import forget_share, present, require_new, require_owner
from ..store import Row
from .audiences import visible
from .owned import Owned

_KIND = "export-template"


def _present(call: Call, row: Row) -> Row:
    columns = row["exportTemplateDefinition"]["exportTemplateColumns"]
    named = [column["variableName"] for column in columns if column.get("variableName")]
    return {**present(call, _KIND, row), "exportTemplateLookup": lookup(call, named, {})}


@handles("AudienceExportTemplates_CreateAudienceExportTemplate")
def create(call: Call) -> Row:
    """Store a template of the caller."""
    require_new(call, _KIND)
    row = {"title": call.body.get("title") or "", "ownerId": call.user["id"]}
    definition = {"exportTemplateDefinition": call.body["exportTemplateDefinition"]}
    with call.world.store.write() as writer:
        row = writer.put(_KIND, {**row, **definition, "systemName": call.world.settings.system})
    return _present(call, row)


@handles("AudienceExportTemplates_UpdateAudienceExportTemplate")
@in_turn
def update(call: Call) -> None:
    """Replace the columns, and the title if one is given."""
    row = _owned(call)
    values = {"title": call.body.get("title") or row["title"]}
    with call.world.store.write() as writer:
        definition = call.body["exportTemplateDefinition"]
        writer.change(_KIND, row, **values, exportTemplateDefinition=definition)


@handles("AudienceExportTemplates_DeleteAudienceExportTemplate")
@in_turn
def delete(call: Call) -> None:
    """Delete a template."""
    row = _owned(call)
    with call.world.store.write() as writer:
        writer.delete(_KIND, row["id"])
        forget_share(_KIND, writer, row)


def _owned(call: Call) -> Row:
    row = call.find(_KIND, call.path["audienceExportTemplateId"], "audience export template")
    require_owner(call, _KIND, row)
    return row


@handles("AudienceExportTemplates_GetLastExportedAudienceExportTemplate")
def last_used(call: Call) -> Row:
    """Return the columns of the caller's last export of an audience."""
    row = call.world.store.get("last-template", _last_key(call))
    if row is None:
        raise missing("template that was used for the audience", call.path["audienceId"])
    kept: Row = row["template"]
    return kept


@handles("AudienceExportTemplates_SaveLastExportedAudienceExportTemplate")
def save_last_used(call: Call) -> None:
    """Store the columns of the caller's last export of an audience."""
    key = _last_key(call)
    with call.world.store.write() as writer:
        writer.put("last-template", {"id": key, "template": call.body})


def _last_key(call: Call) -> str:
    return f"{call.user['id']}:{visible(call)['id']}"


OWNED = Owned(_KIND, "exportTemplateId", "", _present)
handles("Users_GetUserAudienceExportTemplates")(OWNED.list_for_user)
handles("Users_GetUserAudienceExportTemplate")(OWNED.read_for_user)
