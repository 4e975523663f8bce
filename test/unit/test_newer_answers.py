"""Answers of later servers become objects without a difference, those of older ones too, strictly read.

The answers are made from the facts in `test/data/newer_api.json`: every schema with the members, types and
values that a server of 2022-12 has, once with all members and once with the required ones only.
"""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from support.newer import FACTS, SCHEMAS

import apteco_api as aa
from apteco_api._runtime.codec.decode import decode
from apteco_api._runtime.codec.encode import encode

Fields = dict[str, tuple[Any, bool]]
PLAIN = {
    **{"string": "x", "bool": True, "int": 7, "long": 2**40, "double": 1.5, "byte[]": "x"},
    **{
        "DateTime": "2022-12-06T10:00:00Z",
        "Guid": "1f0e7a52-7d6b-4b0c-9a58-3f1d2c4b5a69",
        "Object": {"a": 1},
    },
}
GONE = {(f["path"], f["name"]) for f in FACTS if f["kind"] == "field" and f["vs_spec"].startswith("in spec")}
TEXTS = {(f["path"], f["name"]) for f in FACTS if f["kind"] == "field_type" and f["type"] == "string"}
OPTIONAL = {
    (f["path"], f["name"]) for f in FACTS if f["kind"] == "required" and f["values"]["there"] is False
}


def of_2022() -> dict[str, Fields]:
    """The members of each schema on a server of 2022-12: a type or a schema, and whether it is required."""
    found: dict[str, Fields] = {}
    for name, schema in SCHEMAS.items():
        if "x-since" in schema or "x-until" in schema:
            continue
        required = schema.get("required", ())
        found[name] = {
            key: ("string" if (name, key) in TEXTS else each, key in required and (name, key) not in OPTIONAL)
            for key, each in schema.get("properties", {}).items()
            if "x-since" not in each and (name, key) not in GONE
        }
    for fact in FACTS:
        if fact["kind"] == "schema" and fact["vs_spec"] == "missing":
            fields = fact.get("fields", {})
            found[fact["name"]] = {key: (each, each["required"]) for key, each in fields.items()}
        elif fact["kind"] == "field" and fact["vs_spec"] == "missing" and fact["path"] in found:
            found[fact["path"]][fact["name"]] = (fact, bool(fact.get("required")))
    for fact in FACTS:
        if fact["kind"] == "field_type" and fact["type"].startswith("List<"):
            required = found[fact["path"]][fact["name"]][1]
            found[fact["path"]][fact["name"]] = (fact["type"], required)
    return found


SERVER = of_2022()


def value(kind: Any, full: bool, depth: int) -> Any:
    """Return a value of a type of the facts, or of a schema of the spec."""
    if isinstance(kind, str):
        if match := re.fullmatch(r"List<(.*)>", kind):
            # The depth is limited: users have groups, which have users.
            return [value(match[1], full, depth + 1)] if depth < 4 else []
        if kind.startswith("Dictionary<"):
            return {"key": "x"}
        return PLAIN[kind] if kind in PLAIN else made(kind, full, depth + 1)
    if kind.get("kind") or "required" in kind:  # a fact, or a field of one
        values = kind.get("enum") or kind.get("values")
        if values:
            return [values[-1]] if kind["type"].startswith("List<") else values[-1]
        return value(kind["type"], full, depth)
    if "$ref" in kind:
        return made(kind["$ref"].rpartition("/")[2], full, depth + 1)
    if "enum" in kind:
        return kind["enum"][0]
    if kind.get("type") == "array":
        return [value(kind["items"], full, depth + 1)] if depth < 4 else []
    if "properties" in kind:
        return {key: value(each, full, depth + 1) for key, each in kind["properties"].items() if full}
    if isinstance(kind.get("additionalProperties"), dict):
        return {"key": value(kind["additionalProperties"], full, depth + 1)}
    if kind.get("type") == "object" or kind.get("x-free-form"):
        return {"a": 1}
    kinds = {"boolean": "bool", "integer": "int", "number": "double", "string": "string"}
    word = kind["type"] if isinstance(kind["type"], str) else kind["type"][0]
    return PLAIN["DateTime" if kind.get("format") == "date-time" else kinds[word]]


def made(name: str, full: bool, depth: int = 0) -> Any:
    """Return an object of a schema as a server of 2022-12 sends it. Optional members end four levels down."""
    return {
        key: value(kind, full, depth)
        for key, (kind, required) in SERVER[name].items()
        if required or (full and depth < 4)
    }


FORMS = {name for name in SERVER if name.endswith("Body")}
"""Forms of requests, which no server answers with."""
MODELS = [name for name in SERVER if name not in FORMS and isinstance(getattr(aa, name, None), type)]


@pytest.mark.parametrize("full", [True, False], ids=["all members", "required ones"])
@pytest.mark.parametrize("name", MODELS)
def test_an_answer_of_2022_is_read_without_a_difference(name: str, full: bool) -> None:
    sent = made(name, full)
    drift: list[Any] = []
    result = decode(json.dumps(sent).encode(), name, drift, strict=True)
    assert drift == []
    back = json.loads(encode(result))
    for key, each in sent.items():
        assert key not in back or type(back[key]) is type(each) or isinstance(each, float)
        assert key in back or key not in result.attribute_map.values()


def test_the_facts_cover_the_whole_server() -> None:
    assert len(MODELS) > 540
    assert "teams" not in SERVER["UserDetail"]
    assert SERVER["ModifyUserAudienceDetailResults"]["id"] == ("string", True)
    assert SERVER["Capabilities"]["supportsGoogleTokens"][1]


def test_ids_are_read_and_written_as_numbers_and_as_texts() -> None:
    base = made("ModifyUserAudienceDetailResults", False)
    for id in (7, "a-text"):
        drift: list[Any] = []
        data = json.dumps({**base, "id": id}).encode()
        result = decode(data, "ModifyUserAudienceDetailResults", drift, strict=True)
        assert (result.id, drift) == (id, [])
        sent = aa.ModifyUserAudience(
            audience=aa.ModifyUserAudienceDetail(), id=id, modification_type="Modify"
        )
        assert json.loads(encode(sent))["id"] == id
    assert aa.ModifyUserAudience.openapi_types["id"] == "int"


def test_what_later_servers_lack_is_still_read_and_still_asked_of_callers() -> None:
    team = {"id": 1, "name": "Analysts"}
    older = {**made("UserSummary", False), "teams": [team], "userDisabledDate": None}
    result = decode(json.dumps(older).encode(), "UserSummary", strict=True)
    assert result.teams[0].name == "Analysts"
    fields: dict[str, Any] = dict.fromkeys(
        ("id", "username", "group_id", "firstname", "surname", "email_address"), 1
    )
    with pytest.raises(ValueError, match="`teams`, must not be `None`"):
        aa.UserSummary(**fields)
    missing = copy.deepcopy(older)
    del missing["username"]
    with pytest.raises(aa.ApiException, match="username"):
        decode(json.dumps(missing).encode(), "UserSummary", strict=True)


def test_fields_of_later_servers_are_by_name_only() -> None:
    made: Any = aa.UserDisplayDetails
    values: list[Any] = [1, "ann", "Ann", "Analyst", "ann@example.com"]
    config = aa.Configuration()
    assert made(*values, config).local_vars_configuration is config
    assert made(*values, access_rights=3).access_rights == 3
    with pytest.raises(TypeError, match="positional"):
        made(*values, config, 3)


def test_the_answers_that_scripts_of_2026_read() -> None:
    page = {"list": [{"id": 1, "title": "Sales", "owner": None, "more": 2}]}
    drift: list[Any] = []
    row = decode(json.dumps(page).encode(), "PagedResultsDashboardSummary", drift, strict=True).list[0]
    assert (row.owner, row.additional_properties["more"], drift) == (None, 2, [])
    user = {"id": 1, "username": "ann", "firstname": "Ann", "surname": "A", "emailAddress": "a@example.com"}
    update = {
        **{"id": 3, "timestamp": "2026-01-01T10:00:00Z", "title": "Sales", "themeId": 0, "user": user},
        **{"hasSolutionTile": False, "size": 4},
        "workbookItems": [{"title": "Tab", "dashboardTiles": [{"title": "Tile", "kind": "chart"}]}],
    }
    result = decode(json.dumps(update).encode(), "DashboardUpdateDetail", drift, strict=True)
    assert (json.loads(encode(result)), drift) == ({**update, "timestamp": "2026-01-01T10:00:00+00:00"}, [])
