"""The values for the templates of models: one class a schema, and the module of named types."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from . import docstrings, pytypes
from .code import alias_annotation, alias_arguments, alias_imports, model_imports
from .diagnostics import printable
from .ir import Alias, Field, Model
from .naming import camel


def model_context(model: Model, mixin: str = "") -> dict[str, Any]:
    """Return what the template prints of a model; `mixin` is a second base, written by hand."""
    names = frozenset({*(str(field.name) for field in model.fields), str(model.tag_name or "")})
    used = {word for field in model.fields for word in pytypes.words(field.type)}
    if any(field.type.enum for field in model.fields) or model.tag_field:
        used.add("Literal")
    for field in model.fields:
        if field.required:
            used.add("read_only" if field.read_only else "required")
        elif field.history.since and not field.unset:
            used.add("later")
    if any(field.sends_null for field in model.fields):
        used.add("nullable")
    if model.page_items is not None:
        used |= {"list", *pytypes.words(model.page_items)}
    renamed = {str(field.name): field.wire for field in model.fields if field.name != field.wire}
    bases = ["Model", mixin.rpartition(".")[2]] if mixin else ["Model"]
    if renamed:
        derived = all(field.wire == camel(field.name) for field in model.fields)
        bases.append(f"rename={('camel' if derived else renamed)!r}")
    if model.extras is not None:
        bases.append("extras=True")
    if model.tag_field:
        bases.append(f"tag_field={model.tag_field!r}, tag={model.tag!r}")
    return {
        "imports": model_imports(
            used, names, bool(model.tag_field), mixin, unset=any(field.unset for field in model.fields)
        ),
        "name": model.name,
        "bases": ", ".join(bases),
        "doc": docstrings.docstring(docstrings.model_lines(model), 4),
        "fields": list(_field_contexts(model.fields, names)),
        "page_items": pytypes.full(model.page_items, names) if model.page_items else "",
        "list": "builtins.list" if "list" in names else "list",
        "tag": {
            "name": model.tag_name,
            "property": "property" if "property" not in names else "builtins.property",
            "annotation": f"{'_Literal' if 'Literal' in names else 'Literal'}[{model.tag!r}]",
            "value": repr(model.tag),
            "shown": f"`{printable(model.tag, 100)}`".replace("\\", "\\\\").replace('"', "'"),
        }
        if model.tag_field
        else None,
    }


def _field_contexts(fields: Sequence[Field], names: frozenset[str]) -> Iterable[dict[str, str]]:
    after_optional = False
    marker = "_required" if "required" in names else "required"
    for field in fields:
        text = pytypes.full(field.type, names)
        if field.required and field.read_only:
            after_optional = True
            default = f"{'_read_only' if 'read_only' in names else 'read_only'}(default=None)"
        elif field.required:
            words = ["kw_only=True"] * after_optional + ["absent=True"] * field.history.may_be_absent
            default = f"{marker}({', '.join(words)})"
        else:
            after_optional = True
            null = "_nullable" if "nullable" in names else "nullable"
            default = f"{null}(default=None)" if field.sends_null else "None"
            if field.history.since:
                default = f"{'_later' if 'later' in names else 'later'}(default=None, kw_only=True)"
            text = text if text.endswith(("| None", "Any")) else f"{text} | None"
        if field.unset:
            text, default = f"{text} | UnsetType", "UNSET"
        lines = docstrings.wrapped(docstrings.field_text(field, values=False) or "No description.", "")
        yield {
            "name": field.name,
            "annotation": text,
            "default": default,
            "doc": docstrings.docstring(lines, 4),
        }


def alias_contexts(aliases: Sequence[Alias]) -> dict[str, Any]:
    used = {word for alias in aliases for word in pytypes.words(alias.type)}
    local = frozenset(str(alias.name) for alias in aliases)
    return {"imports": alias_imports(used), "aliases": [
        {
            "name": alias.name,
            "annotation": alias_annotation(alias, local),
            "doc": docstrings.docstring(docstrings.wrapped(docstrings.sentence(alias.doc), "") or [
                f"The schema `{printable(alias.schema, 100)}`."], 4),
            "arguments": alias_arguments(alias),
        }
        for alias in aliases
    ]}  # fmt: skip
