"""A model's module imports what it uses and nothing else."""

from __future__ import annotations

from .conftest import Workshop, spec


def test_a_field_called_property_needs_no_import(workshop: Workshop) -> None:
    schema = {"type": "object", "properties": {"property": {"type": "string"}}}
    text = workshop.files(spec({}, {"Attribute": schema}))["made/models/attribute.py"].decode()
    assert "builtins" not in text


def test_a_field_called_list_leaves_the_builtin_in_reach(workshop: Workshop) -> None:
    schema = {"type": "object", "properties": {"list": {"type": "array", "items": {"type": "string"}}}}
    text = workshop.files(spec({}, {"Page": schema}))["made/models/page.py"].decode()
    assert "import builtins" in text
    assert "list: builtins.list[str] | None" in text
