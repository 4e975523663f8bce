"""Overlays: named corrections that update or remove."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from generator import overlay
from generator.diagnostics import SpecError
from generator.document import Document

BASE: dict[str, Any] = {
    "paths": {"/a/{b}": {"get": {"responses": {"200": {"description": "x"}, "201": {}}}}},
    "tags": [{"name": "one"}, {"name": "two"}],
}


def applied(*actions: dict[str, Any], strict: bool = True) -> Document:
    named = [{"x-name": f"n{i}", "description": "why", **action} for i, action in enumerate(actions)]
    document = Document(copy.deepcopy(BASE), "spec.yaml")
    return overlay.apply(
        document,
        Document({"overlay": "1.0.0", "actions": named}, "fix.yaml", document.problems),
        strict=strict,
    )


def test_remove_takes_a_member_away() -> None:
    found = applied({"target": "$.paths['/a/{b}'].get.responses['201']", "remove": True})
    assert list(found.value["paths"]["/a/{b}"]["get"]["responses"]) == ["200"]


@pytest.mark.parametrize("name", ["it's", 'a "b"', "back\\slash"])
def test_a_quoted_name_may_hold_any_character(name: str) -> None:
    made = {"target": "$.tags[0]", "update": {name: 1, "other": 2}}
    for quote in "'\"":
        escaped = name.replace("\\", "\\\\").replace(quote, f"\\{quote}")
        found = applied(made, {"target": f"$.tags[0][{quote}{escaped}{quote}]", "remove": True})
        assert found.value["tags"][0] == {"name": "one", "other": 2}


def test_update_merges_objects_and_appends_to_lists() -> None:
    found = applied(
        {"target": '$.paths["/a/{b}"].get.responses["200"]', "update": {"description": "y", "x": {"y": 1}}},
        {"target": "$.tags", "update": [{"name": "three"}]},
        {"target": "$", "update": {"x-new": True}},
    )
    assert found.value["paths"]["/a/{b}"]["get"]["responses"]["200"] == {"description": "y", "x": {"y": 1}}
    assert [tag["name"] for tag in found.value["tags"]] == ["one", "two", "three"]
    assert found.value["x-new"] is True


def test_wildcards_and_indexes_select_members() -> None:
    found = applied(
        {"target": "$.paths.*.get.responses[*]", "update": {"x": 1}}, {"target": "$.tags[0]", "remove": True}
    )
    assert [r["x"] for r in found.value["paths"]["/a/{b}"]["get"]["responses"].values()] == [1, 1]
    assert found.value["tags"] == [{"name": "two"}]


def test_the_document_given_is_left_as_it_was() -> None:
    document = Document(copy.deepcopy(BASE), "spec.yaml")
    action = {"x-name": "n", "description": "d", "target": "$.tags[*]", "remove": True}
    result = overlay.apply(document, Document({"overlay": "1.0.0", "actions": [action]}, "fix.yaml"))
    assert result.value["tags"] == []
    assert document.value == BASE


def test_an_action_that_matches_nothing_is_an_error_for_our_spec_and_a_note_for_a_vendors() -> None:
    action = {"target": "$.paths['/none'].get", "remove": True}
    strict = applied(action).problems
    assert [(item.code, item.place) for item in strict.errors] == [("no-match", "fix.yaml#/actions/0")]
    tolerant = applied(action, strict=False).problems
    assert not tolerant.errors
    assert [item.code for item in tolerant.notes] == ["no-match"]


@pytest.mark.parametrize(
    "action",
    [
        {"target": "$..get", "remove": True},
        {"target": "$.tags[?(@.name=='one')]", "remove": True},
        {"target": "tags", "remove": True},
        {"target": "$", "remove": True},
    ],
)
def test_a_target_that_is_not_supported_stops(action: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        applied(action)


def test_a_correction_needs_a_name_of_its_own_and_a_reason() -> None:
    document = Document(copy.deepcopy(BASE), "spec.yaml")
    actions = [
        {"x-name": "same", "description": "d", "target": "$.tags", "update": []},
        {"x-name": "same", "description": "d", "target": "$.tags", "update": []},
        {"target": "$.tags", "update": []},
    ]
    overlay.apply(document, Document({"overlay": "1.0.0", "actions": actions}, "fix.yaml", document.problems))
    assert [item.code for item in document.problems.errors] == ["duplicate-name", "unnamed-correction"]


def test_an_overlay_of_others_is_read_as_the_standard_has_it() -> None:
    document = Document(copy.deepcopy(BASE), "spec.yaml")
    actions = [{"target": "$.tags[*]", "remove": True}, {"target": "$", "update": {"tags": [{"name": "t"}]}}]
    other = Document({"overlay": "1.0.0", "actions": actions}, "fix.yaml", document.problems)
    assert overlay.apply(document, other, strict=False).value["tags"] == [{"name": "t"}]
    assert document.problems.items == []


def test_an_index_behind_the_end_of_a_list_matches_nothing() -> None:
    from generator.overlay import _keys

    assert _keys([1, 2], 2) == []
    assert _keys([1, 2], 1) == [1]
