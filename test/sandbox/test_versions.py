"""A sandbox that imitates an older server has only what that server has."""

from __future__ import annotations

import pytest

from apteco_api.sandbox import Settings
from apteco_api.sandbox.versions import NEWEST, VERSIONS, as_of

KIND = {"enum": ["a", "b", "c"], "x-values-since": {"1.10.25": ["b"], "2026": ["c"]}}
LATER = {"$ref": "#/components/parameters/later"}
DOCUMENT = {
    "info": {"x-server-version": "1.9.19.1"},
    "paths": {
        "/old": {"get": {"operationId": "Old", "parameters": [{"name": "p", "x-since": "2026"}, LATER]}},
        "/new": {"get": {"operationId": "New", "x-since": "2022-12"}},
    },
    "components": {
        "parameters": {"later": {"name": "q", "x-since": "2026"}},
        "schemas": {
            "Row": {
                "required": ["id", "later"],
                "properties": {"id": KIND, "later": {"type": "string", "x-since": "1.10.25"}},
            }
        },
    },
}


@pytest.mark.parametrize(
    ("version", "paths", "fields", "values"),
    [
        ("1.9.19", ["/old"], ["id"], ["a"]),
        ("1.10.25", ["/old"], ["id", "later"], ["a", "b"]),
        ("2022-12", ["/old", "/new"], ["id", "later"], ["a", "b"]),
    ],
)
def test_an_older_server_publishes_what_it_knows(
    version: str, paths: list[str], fields: list[str], values: list[str]
) -> None:
    found = as_of(DOCUMENT, version)
    assert list(found["paths"]) == paths
    assert found["paths"]["/old"]["get"]["parameters"] == []
    row = found["components"]["schemas"]["Row"]
    assert (row["required"], list(row["properties"])) == (fields, fields)
    assert row["properties"]["id"]["enum"] == values


def test_the_newest_server_publishes_everything() -> None:
    assert as_of(DOCUMENT, NEWEST) == DOCUMENT
    assert Settings().version == NEWEST == VERSIONS[-1]


def test_an_unknown_version_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match=r"one of 1\.9\.19, 1\.10\.25, 2022-12, 2026, not '3'"):
        Settings(version="3")
