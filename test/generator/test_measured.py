"""The generator's guide has the figures of the stored results, and the measuring code works."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.generators import plan, table
from benchmarks.generators.__main__ import RESULTS
from benchmarks.generators.comparison import lost
from benchmarks.generators.measure import run
from benchmarks.generators.samples import MISSING, Samples

CALLS = Path(plan.__file__).with_name("calls.py")


def test_the_guide_shows_the_results_that_are_stored() -> None:
    results = json.loads(RESULTS.read_text("utf-8"))
    assert table.text(results) in table.GUIDE.read_text("utf-8")


def test_every_document_is_stored_with_every_generator() -> None:
    results = json.loads(RESULTS.read_text("utf-8"))
    assert len(results["documents"]) == 20
    assert sum(results["documents"].values()) == 2109
    ours = [results["figures"][f"{name} ours"] for name in results["documents"]]
    wanted = list(results["documents"].values())
    for figure in ("operations", "arrived", "sent", "answered"):
        assert [each[figure] for each in ours] == wanted


@pytest.mark.slow
def test_each_operation_of_a_made_package_is_called_and_what_is_lost_is_told(tmp_path: Path) -> None:
    thing = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer"}, "note": {"type": "string"}},
    }
    answer = {
        "description": "d",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
    }
    key = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    body = {"required": True, "content": answer["content"]}
    document = tmp_path / "things.json"
    document.write_text(json.dumps({
        "openapi": "3.1.0", "info": {"title": "Things", "version": "1"},
        "paths": {"/things/{id}": {"parameters": [key],
            "get": {"operationId": "getThing", "responses": {"200": answer}},
            "put": {"operationId": "putThing", "requestBody": body, "responses": {"200": answer}}}},
        "components": {"schemas": {"Thing": thing}},
    }))  # fmt: skip
    made = [sys.executable, "-m", "generator", str(document), "--as", "made", "--out", str(tmp_path)]
    assert subprocess.run(made, cwd=table.ROOT, capture_output=True, timeout=200).returncode == 0
    plan.write(document, tmp_path / "plan.json")

    def rows() -> list[dict[str, object]]:
        command = [
            sys.executable,
            str(CALLS),
            "ours",
            str(tmp_path),
            str(tmp_path / "plan.json"),
            str(tmp_path / "rows"),
        ]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in (tmp_path / "rows").read_text().splitlines()]

    assert [(row["arrived"], row["sent"], row["answered"]) for row in rows()] == [(True, True, True)] * 2
    wanted = json.loads((tmp_path / "plan.json").read_text())
    wanted["operations"][0]["answer"]["unknown"] = 1  # the package drops undeclared members
    (tmp_path / "plan.json").write_text(json.dumps(wanted))
    first, second = rows()
    assert (first["answered"], first["problem"]) == (False, "lost of the answer: $.unknown")
    assert second["answered"]


@pytest.mark.parametrize(
    ("given", "got", "place"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, ""),
        ({"a": 1}, {}, "$.a"),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "$.a[1].b"),
        ({"a": True}, {"a": 1}, "$.a"),
        ([1], [1, 2], "$"),
        ({"t": "2024-05-06T07:08:09Z"}, {"t": "2024-05-06T07:08:09+00:00"}, ""),
        ({"a": None}, {}, ""),
    ],
)
def test_the_first_place_that_was_lost_is_told(given: object, got: object, place: str) -> None:
    assert lost(given, got) == place


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer", "minimum": 10}, 10),
        ({"type": "string", "pattern": "^[A-Z]{3}-\\d+$"}, "AAA-0"),
        ({"type": "string", "minLength": 6}, "textxx"),
        ({"oneOf": [{"type": "null"}, {"type": "boolean"}]}, True),
        (
            {"allOf": [{"properties": {"a": {"enum": ["x"]}}}, {"properties": {"a": {"type": "string"}}}]},
            {"a": "x"},
        ),
        ({"type": "array", "prefixItems": [{"type": "boolean"}, {"const": 3}]}, [True, 3]),
        ({"$ref": "#/node"}, MISSING),
        ({"allOf": [{"$ref": "#/tree"}]}, {"name": "text"}),
    ],
)
def test_a_sample_is_what_its_schema_allows(schema: object, value: object) -> None:
    node = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/node"}}}
    kid = {"allOf": [{"$ref": "#/tree"}], "description": "The next one."}
    tree = {"allOf": [{"properties": {"name": {"type": "string"}, "kid": kid}}]}
    assert Samples({"node": node, "tree": tree}).value(schema) == value


def test_a_step_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    assert run([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, 0.5) == (None, "")
