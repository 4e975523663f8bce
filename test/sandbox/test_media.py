"""What requests and answers are written in: the names of JSON, and the XML form, in both directions."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apteco_api.sandbox import Sandbox, media, serve, xml_form
from apteco_api.sandbox.schema import Mismatch
from apteco_api.sandbox.spec import load

CALM = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
SPEC = load()
NAMED: dict[str, Any] = SPEC.document["components"]["schemas"]
COUNT = "Queries_PerformQueryCountSynchronously"
TEAMS = "Teams_CreateTeam"
RULED = "<Query><selection><tableName>People</tableName><rule><clause>%s</clause></rule></selection></Query>"
NIL = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

# what XML can hold: no control characters but tab and line ends, no halves of surrogate pairs
TEXTS = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"]) | st.sampled_from("\t\n\r<>&\"' "), max_size=12
)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | TEXTS
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "integer": st.integers(-(2**63), 2**63 - 1),
    "number": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**40), 2**40),
    "boolean": st.booleans(),
    "string": TEXTS,
}
FORMATS = {"date-time": st.just("2026-01-31T09:30:00.123Z"), "uuid": st.uuids().map(str)}


def values(schema: dict[str, Any], depth: int = 3) -> st.SearchStrategy[Any]:
    """Return values of a schema; optional properties come and go, and end where the schema circles."""
    schema = SPEC.schemas.resolve(schema)
    kind = schema.get("type")
    if isinstance(kind, list):
        return st.none() | values({**schema, "type": kind[0]}, depth)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "format" in schema and schema["format"] in FORMATS:
        return FORMATS[schema["format"]]
    if kind == "array":
        return st.lists(values(schema["items"], depth - 1), max_size=2 if depth > 0 else 0)
    if schema.get("properties"):
        required = schema.get("required", ())
        parts = {
            name: st.deferred(lambda part=part: values(part, depth - 1))
            for name, part in schema["properties"].items()
            if name in required or depth > 0
        }
        return st.fixed_dictionaries(
            {name: parts[name] for name in parts if name in required},
            optional={name: part for name, part in parts.items() if name not in required},
        )
    if isinstance(schema.get("additionalProperties"), dict):
        return st.dictionaries(TEXTS, values(schema["additionalProperties"], depth - 1), max_size=2)
    return SCALARS.get(str(kind), st.dictionaries(TEXTS, ANYTHING, max_size=3))


@pytest.mark.parametrize("name", sorted(NAMED))
def test_a_value_of_each_schema_comes_back_from_xml_as_it_went(name: str) -> None:
    schema = {"$ref": f"#/components/schemas/{name}"}

    @settings(CALM, max_examples=12)
    @given(values(schema))
    def check(value: Any) -> None:
        data = xml_form.write(value, schema, SPEC.schemas)
        assert ElementTree.fromstring(data).tag == name
        assert xml_form.read(data, schema, SPEC.schemas) == value

    check()


@pytest.mark.parametrize("schema", [{"type": "boolean"}, {"type": "array", "items": {"type": "string"}}, {}])
def test_a_value_without_a_named_schema_comes_back_as_well(schema: dict[str, Any]) -> None:
    @settings(CALM, max_examples=50)
    @given(values(schema) if schema else ANYTHING)
    def check(value: Any) -> None:
        data = xml_form.write(value, schema, SPEC.schemas)
        found = xml_form.read(data, schema, SPEC.schemas)
        assert found == value
        assert type(found) is type(value)

    check()


def test_the_form_is_one_element_for_each_property_and_each_entry(admin: Any) -> None:
    answer = admin.send(
        "FastStatsSystems_GetFastStatsTables", query={"count": 1}, headers={"Accept": "application/xml"}
    )
    assert answer.headers["Content-Type"] == "application/xml"
    page = ElementTree.fromstring(answer.data)
    assert page.tag == "PagedResultsTable"
    assert [(each.tag, each.text) for each in page][:3] == [
        ("offset", "0"),
        ("count", "1"),
        ("totalCount", "9"),
    ]
    (table,) = page.findall("list/Table")
    assert (table.findtext("name"), table.findtext("isDefaultTable")) == ("Households", "false")


def test_scalars_lists_nulls_and_maps_have_an_xml_form_too() -> None:
    def written(value: Any, schema: dict[str, Any]) -> str:
        return xml_form.write(value, schema, SPEC.schemas).decode().partition("?>")[2]

    assert written(True, {"type": "boolean"}) == f"<boolean {NIL}>true</boolean>"
    numbers = {"type": "array", "items": {"type": "integer", "format": "int32"}}
    assert written([1, 2], numbers) == f"<ArrayOfint {NIL}><int>1</int><int>2</int></ArrayOfint>"
    optional = {"type": "object", "properties": {"a": {"type": ["string", "null"]}, "b": {"type": "number"}}}
    assert written({"a": None, "b": float("inf")}, optional) == (
        f'<anyType {NIL}><a xsi:nil="true"/><b>INF</b></anyType>'
    )
    table = {"type": "object", "additionalProperties": {"type": "string"}}
    assert written({"a<b": "&"}, table) == (
        f"<anyType {NIL}><entry><key>a&lt;b</key><value>&amp;</value></entry></anyType>"
    )
    assert written({"one key": [1, None, "x"]}, {"type": "object"}) == (
        f'<anyType {NIL} type="object"><a:item xmlns:a="item" item="one key" type="array">'
        '<item type="number">1</item><item type="null"/><item>x</item></a:item></anyType>'
    )


def xml(api: Any, operation: str, body: str, kind: str = "application/xml", **options: Any) -> Any:
    """Return the answer to a body in XML."""
    headers = {"Content-Type": kind, "Accept": "application/xml"}
    method, path, _ = options.pop("operations")[operation]
    url = api.url + path.replace("{dataViewName}", "Holidays").replace("{systemName}", "holidays")
    sent = {"Authorization": f"Bearer {api.token}", **headers}
    return api.pool.request(method, url, body=body.encode(), headers=sent)


def test_a_body_in_xml_does_what_the_same_body_in_json_does(admin: Any, operations: Any) -> None:
    body = """<?xml version="1.0"?>
    <Query xmlns="http://schemas.datacontract.org/2004/07/Any.Namespace">
      <!-- the bookings to France -->
      <selection>
        <rule><clause><criteria>
          <variableName>boDest</variableName><include>true</include><logic>OR</logic><ignoreCase>false</ignoreCase>
          <tableName>Bookings</tableName><textMatchType>Is</textMatchType>
          <valueRules><ValueRule>
            <listRule><list>06</list><variableName>boDest</variableName></listRule>
          </ValueRule></valueRules>
        </criteria></clause></rule>
        <tableName>Bookings</tableName>
        <somethingNew>that the schema does not know</somethingNew>
      </selection>
    </Query>"""
    answer = xml(admin, COUNT, body, operations=operations)
    assert answer.status == 200, answer.data
    counted = ElementTree.fromstring(answer.data)
    rule = {"listRule": {"list": "06", "variableName": "boDest"}}
    criteria = {
        "variableName": "boDest", "include": True, "logic": "OR", "ignoreCase": False,
        "tableName": "Bookings", "textMatchType": "Is", "valueRules": [rule],
    }  # fmt: skip
    query = {"selection": {"tableName": "Bookings", "rule": {"clause": {"criteria": criteria}}}}
    expected = admin(COUNT, body=query)["counts"][0]["countValue"]
    assert counted.findtext("counts/Count/countValue") == str(expected)
    assert expected > 0


@pytest.mark.parametrize(
    ("body", "place", "words"),
    [
        ("<Query><selection><tableName>People</tableName></selection>", "query", "not well-formed"),
        ("<Cube/>", "query", "must be the element Query, not Cube"),
        ("<Query><selection/></Query>", "query.selection.tableName", "is required"),
        ("<Query><selection>x</selection></Query>", "query.selection", "no text"),
        ("<Query><selection><tableName><b/></tableName></selection></Query>",
         "query.selection.tableName", "plain value"),
        ("<Query><selection><ancestorCounts>maybe</ancestorCounts></selection></Query>",
         "query.selection.ancestorCounts", "true or false"),
        ("<Query><selection/><selection/></Query>", "query.selection", "twice"),
        (RULED % "<logic><operation>XOR</operation><tableName>People</tableName></logic>",
         "query.selection.rule.clause.logic.operation", "must be one of"),
        (RULED % "<criteria><valueRules><ListRule/></valueRules></criteria>",
         "query.selection.rule.clause.criteria.valueRules[0]", "must be the element ValueRule"),
        ('<!DOCTYPE Query [<!ENTITY a "People">]><Query>&a;</Query>', "query", "document type"),
        ('<!DOCTYPE Query SYSTEM "file:///etc/passwd"><Query/>', "query", "document type"),
        ("<Query>" * 300 + "</Query>" * 300, "query", "nested deeper"),
        ("<Query>" + "<a/>" * 200_000 + "</Query>", "query", "more than 200000 elements"),
        ('<?xml version="1.0" encoding="shift_jis"?><Query/>', "query", "encoding"),
        ("<Query>&unknown;</Query>", "query", "not well-formed"),
    ],
)  # fmt: skip
def test_xml_that_breaks_the_schema_is_refused_by_its_place(
    admin: Any, operations: Any, body: str, place: str, words: str
) -> None:
    answer = xml(admin, COUNT, body, operations=operations)
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/xml"), answer.data
    error = ElementTree.fromstring(answer.data)
    message = error.findtext("message") or ""
    assert message.startswith(place + " "), message
    assert words in message


@settings(CALM, max_examples=300)
@given(
    st.lists(st.sampled_from([*"<>/=&;!?[]\"' ", "Query", "selection", "xmlns", "CDATA["]), max_size=30).map(
        "".join
    )
)
def test_any_bytes_are_read_as_xml_or_refused(text: str) -> None:
    schema = {"$ref": "#/components/schemas/Query"}
    for data in (text, f"<Query>{text}</Query>"):
        try:
            xml_form.read(data.encode(), schema, SPEC.schemas)
        except Mismatch as mismatch:
            assert mismatch.message  # noqa: PT017


@pytest.mark.parametrize(
    "kind",
    [
        "application/json-patch+json",
        "application/json",
        "text/json",
        "application/vnd.apteco+json; charset=utf-8",
        "APPLICATION/JSON; Charset=UTF-8",
        "application/xml",
        "text/xml; charset=utf-8",
        "application/soap+xml",
    ],
)
def test_every_media_type_that_the_api_takes_is_read(admin: Any, operations: Any, kind: str) -> None:
    name = f"team {kind}"
    text = (
        f"<CreateTeamDetails><name>{name}</name></CreateTeamDetails>"
        if "xml" in kind
        else json.dumps({"name": name})
    )
    answer = xml(admin, TEAMS, text, kind, operations=operations)
    assert answer.status == 201, answer.data
    assert ElementTree.fromstring(answer.data).findtext("name") == name


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/octet-stream", "text/notjson", "application/json; charset=latin-1"]
)
def test_another_media_type_is_named_in_a_415(admin: Any, operations: Any, kind: str) -> None:
    answer = xml(admin, TEAMS, '{"name": "x"}', kind, operations=operations)
    assert (answer.status, kind.encode() in answer.data) == (415, True)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
@pytest.mark.parametrize(
    "text", ['{"name": "Zürich"}', "<CreateTeamDetails><name>Zürich</name></CreateTeamDetails>"]
)
def test_a_body_may_be_utf_16_or_begin_with_a_mark(admin: Any, encoding: str, text: str) -> None:
    kind = "application/json" if text.startswith("{") else "application/xml"
    charset = "utf-16" if encoding == "utf-16" else "utf-8"
    headers = {"Authorization": f"Bearer {admin.token}", "Content-Type": f"{kind}; charset={charset}"}
    answer = admin.pool.request(
        "POST", f"{admin.url}/Holidays/Teams", body=text.encode(encoding), headers=headers
    )
    assert (answer.status, answer.json()["name"]) == (201, "Zürich")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/json"),
        ("application/json", "application/json"),
        ("text/json", "text/json"),
        ("application/xml", "application/xml"),
        ("text/xml", "text/xml"),
        ("text/xml;q=0.5, application/xml;q=0.9", "application/xml"),
        ("application/xml;q=0, text/json", "text/json"),
        ("image/png, text/*", "text/json"),
        ("application/*", "application/json"),
        ("image/png", "application/json"),
        ("application/xml;q=high", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
    ],
)
def test_accept_chooses_the_form_and_json_is_the_answer_to_everything_else(
    admin: Any, accept: str, kind: str
) -> None:
    answer = admin.send("About_GetVersion", headers={"Accept": accept})
    assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (200, kind)
    refused = admin.send(
        "FastStatsSystems_GetFastStatsTable", tableName="Planets", headers={"Accept": accept}
    )
    assert (refused.status, refused.headers["Content-Type"].partition(";")[0]) == (404, kind)


def test_a_native_query_is_xml_whatever_is_asked_for(admin: Any) -> None:
    row = admin("Audiences_CreateAudience", body={"title": "Native", "systemName": "holidays"})
    for accept, kind in (("application/json", "application/xml"), ("text/xml", "text/xml")):
        headers = {"Accept": accept}
        answer = admin.send(
            "Audiences_GetAudienceLatestNativeForNettQuery", audienceId=row["id"], headers=headers
        )
        assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (200, kind)


def test_a_text_that_xml_cannot_hold_is_answered_in_json_only(new_api: Any) -> None:
    with serve(scale=500) as server:
        api = new_api(server.url, server.username, server.password)
        team = api(TEAMS, body={"name": "bell \x07"})
        answer = api.send("Teams_GetTeam", teamId=team["id"], headers={"Accept": "application/xml"})
        assert (answer.status, b"ask for application/json" in answer.data) == (406, True)
        assert api("Teams_GetTeam", teamId=team["id"])["name"] == "bell \x07"
        refused = api.send(
            "FastStatsSystems_GetFastStatsTable", tableName="\x07", headers={"Accept": "application/xml"}
        )
        assert (refused.status, refused.headers["Content-Type"]) == (404, "application/json")


def test_a_compressed_body_is_refused(admin: Any) -> None:
    headers = {"Authorization": f"Bearer {admin.token}", "Content-Encoding": "gzip"}
    answer = admin.pool.request("POST", f"{admin.url}/Holidays/Teams", body=b"\x1f\x8b", headers=headers)
    assert (answer.status, b"gzip" in answer.data) == (415, True)


def test_injected_nulls_and_unknown_values_are_also_in_xml(admin: Any, server: Sandbox) -> None:
    headers = {"Accept": "application/xml", "X-Sandbox-Trouble": "nulls=totalRecords"}
    answer = admin.send("FastStatsSystems_GetFastStatsTables", headers=headers)
    tables = ElementTree.fromstring(answer.data).findall("list/Table/totalRecords")
    assert {each.get("{http://www.w3.org/2001/XMLSchema-instance}nil") for each in tables} == {"true"}


def test_media_types_of_another_kind_are_neither_json_nor_xml() -> None:
    for kind in ("", "json", "text/html", "image/svg+xml", "text/plain+json", "application/jsonp"):
        assert not media.is_json(kind)
        assert not media.is_xml(kind)


def test_the_published_document_says_how_lists_are_written_in_xml(admin: Any) -> None:
    document = admin.pool.request("GET", f"{admin.url}/swagger/docs/v2").json()
    operation = document["paths"]["/{dataViewName}/Teams"]["post"]
    for part in (operation["requestBody"], operation["responses"]["201"]):
        assert next(iter(part["content"])) == "application/json"
        assert "application/xml" in part["content"]
    headers = {"Accept": "application/xml"}
    answer = admin.send("Teams_GetTeams", headers=headers)
    listed = document["components"]["schemas"]["PagedResultsTeamSummary"]["properties"]["list"]
    entries = ElementTree.fromstring(answer.data).findall("list/*")
    assert listed["xml"] == {"wrapped": True}
    assert {entry.tag for entry in entries} == {listed["items"]["xml"]["name"]}
