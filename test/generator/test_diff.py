"""`diff OLD NEW`: what is added, what is removed, and what breaks a caller."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator import compare
from generator.clients import ROOT
from generator.compare import differences
from generator.surface import surface

from .conftest import Workshop, get, spec

TEXT, NUMBER, WHOLE = {"type": "string"}, {"type": "number"}, {"type": "integer"}
Edit = Callable[[dict[str, Any]], Any]


def shop() -> dict[str, Any]:
    """Return a document with one of everything that callers can name."""
    book = {"type": "object", "required": ["isbn"], "properties": {
        "isbn": TEXT, "pages": WHOLE, "kind": {**TEXT, "enum": ["novel", "poem"]}}}  # fmt: skip
    parameters = [
        {"name": "id", "in": "path", "required": True, "schema": TEXT},
        {"name": "depth", "in": "query", "schema": {**WHOLE, "maximum": 9}},
        {"name": "sort", "in": "query", "schema": {**TEXT, "enum": ["up", "down"]}},
    ]
    return spec(
        {
            "/books/{id}": get({"$ref": "#/components/schemas/Book"}, id="getBook", parameters=parameters),
            "/count": get({**WHOLE}, id="count"),
        },
        {"Book": book},
    )


def book(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"]["Book"]
    return found


def operation(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"]["/books/{id}"]["get"]
    return found


def parameter(document: dict[str, Any], index: int) -> dict[str, Any]:
    found: dict[str, Any] = operation(document)["parameters"][index]
    return found


def more_pages(document: dict[str, Any]) -> None:
    book(document)["properties"] = {"pages": WHOLE, **book(document)["properties"]}


HARMLESS: dict[str, Edit] = {
    "a new operation": lambda it: it["paths"].update({"/new": get(TEXT, id="new")}),
    "a new section": lambda it: it["paths"].update({"/new": get(TEXT, id="new", tags=["New"])}),
    "a new schema": lambda it: it["components"]["schemas"].update(
        Film={"type": "object", "properties": {"a": TEXT}}
    ),
    "a new optional argument": lambda it: operation(it)["parameters"].append(
        {"name": "more", "in": "query", "schema": TEXT}
    ),
    "a new optional field": lambda it: book(it)["properties"].update(year=WHOLE),
    "an argument takes a number now": lambda it: parameter(it, 1)["schema"].update(type="number"),
    "a limit is wider": lambda it: parameter(it, 1)["schema"].update(maximum=10),
    "a limit is gone": lambda it: parameter(it, 1)["schema"].pop("maximum"),
    "an argument takes one more value": lambda it: parameter(it, 2)["schema"]["enum"].append("any"),
    "an argument takes any value": lambda it: parameter(it, 2)["schema"].pop("enum"),
    "another path": lambda it: it["paths"].update({"/v2/books/{id}": it["paths"].pop("/books/{id}")}),
    "a text only": lambda it: operation(it).update(summary="One book."),
}
BREAKING: dict[str, Edit] = {
    "an operation is gone": lambda it: it["paths"].pop("/count"),
    "an operation has another name": lambda it: operation(it).update(operationId="readBook"),
    "a section is gone": lambda it: [each["get"].update(tags=["Else"]) for each in it["paths"].values()],
    "a schema has another name": lambda it: book(it).update({"x-name": "Volume"}),
    "an argument is gone": lambda it: operation(it)["parameters"].pop(1),
    "a new required argument": lambda it: operation(it)["parameters"].append(
        {"name": "key", "in": "query", "required": True, "schema": TEXT}
    ),
    "an argument is required now": lambda it: parameter(it, 1).update(required=True),
    "an argument takes whole numbers only": lambda it: parameter(it, 0)["schema"].update(type="integer"),
    "a limit is tighter": lambda it: parameter(it, 1)["schema"].update(maximum=5),
    "a limit is new": lambda it: parameter(it, 1)["schema"].update(minimum=1),
    "an argument takes one value less": lambda it: parameter(it, 2)["schema"]["enum"].pop(),
    "a result is of another type": lambda it: it["paths"]["/count"]["get"]["responses"]["200"]["content"][
        "application/json"
    ].update(schema=TEXT),
    "a result may be nothing": lambda it: it["paths"]["/count"]["get"]["responses"].update(
        {"204": {"description": "None."}}
    ),
    "a field is gone": lambda it: book(it)["properties"].pop("pages"),
    "a field is required now": lambda it: book(it)["required"].append("pages"),
    "a field may be missing now": lambda it: book(it).update(required=[]),
    "a field is of another type": lambda it: book(it)["properties"].update(pages=NUMBER),
    "fields are in another order": more_pages,
}


def changes(workshop: Workshop, edit: Edit) -> list[compare.Change]:
    document = json.loads(json.dumps(shop()))
    edit(document)
    return list(differences(surface(workshop.load(shop())), surface(workshop.load(document))))


@pytest.mark.parametrize("name", HARMLESS)
def test_callers_go_on_when(name: str, workshop: Workshop) -> None:
    found = changes(workshop, HARMLESS[name])
    assert not any(change.breaking for change in found), found
    assert bool(found) == (name != "a text only")


@pytest.mark.parametrize("name", BREAKING)
def test_callers_must_change_when(name: str, workshop: Workshop) -> None:
    assert any(change.breaking for change in changes(workshop, BREAKING[name]))


def test_an_argument_in_front_moves_the_others(workshop: Workshop) -> None:
    new = {"name": "key", "in": "query", "required": True, "schema": TEXT}
    found = changes(workshop, lambda it: operation(it)["parameters"].insert(0, new))
    assert any(change.breaking and "the order of arguments is" in change.text for change in found)


def test_two_equal_documents_have_no_changes(workshop: Workshop) -> None:
    assert changes(workshop, lambda it: None) == []


def write(folder: Path, name: str, edit: Edit) -> str:
    document = shop()
    edit(document)
    (folder / name).write_text(json.dumps(document))
    return str(folder / name)


def test_the_command_prints_changes_and_its_exit_code_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = write(tmp_path, "old.json", lambda it: None)
    new = write(tmp_path, "new.json", BREAKING["an operation is gone"])
    assert compare.main([old, new]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "BREAKING removed ThingsApi.count: the method is gone",
        "0 added, 1 removed, 0 changed; 1 breaking for callers",
    ]
    assert compare.main([new, old]) == 0
    assert compare.main([old, new, "--json"]) == 1
    capsys.readouterr()
    assert compare.main([old, str(tmp_path / "absent.yaml")]) == 2
    assert "absent.yaml" in capsys.readouterr().err


def test_a_stored_surface_stands_for_its_document(tmp_path: Path) -> None:
    old = write(tmp_path, "old.json", lambda it: None)
    new = write(tmp_path, "new.json", BREAKING["a field is gone"])
    stored = str(tmp_path / "surface.json")
    assert compare.main([old, "--surface", stored]) == 0
    assert compare.main([stored, old]) == 0
    assert compare.main([stored, new]) == 1


def test_a_surface_of_another_version_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "old.json").write_text('{"surface": 99}')
    assert compare.main([str(tmp_path / "old.json"), write(tmp_path, "new.json", lambda it: None)]) == 2
    assert "a surface of version 99" in capsys.readouterr().err


@pytest.mark.slow
def test_no_client_of_this_repository_breaks_its_callers(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.main(["--released"]) == 0, capsys.readouterr().out
    assert {path.stem for path in (ROOT / "specs" / "surfaces").iterdir()} == {
        *("apteco", "atomx", "exponea", "tonalytica")
    }
