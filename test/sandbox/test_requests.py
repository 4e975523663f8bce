"""What requests may be: bodies against the spec, paths in the file store, uploads, limits."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apteco_api.sandbox import Sandbox, serve
from apteco_api.sandbox.files import parts_of
from apteco_api.sandbox.forms import read_form, read_upload
from apteco_api.sandbox.problem import Problem
from apteco_api.sandbox.schema import Mismatch, Schemas

COUNT = "Queries_PerformQueryCountSynchronously"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name", "sizes"],
    "properties": {
        "name": {"type": "string"},
        "sizes": {
            "type": "array",
            "items": {"type": "integer", "format": "int32", "minimum": -(2**31), "maximum": 2**31 - 1},
        },
        "kind": {"type": "string", "enum": ["A", "B"]},
        "share": {"type": "number"},
        "ready": {"type": "boolean"},
        "gone": {"type": ["string", "null"]},
        "inner": {"type": "object", "required": ["x"], "properties": {"x": {"type": "string"}}},
    },
}
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**33), 2**33)
    | st.floats(allow_nan=False, allow_infinity=False)
)
LEAVES |= st.sampled_from(["A", "B", "C", "", "x"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "y"]), inner)
)
BODIES = st.dictionaries(st.sampled_from([*SCHEMA["properties"], "extra"]), VALUES, max_size=6)


def without_nulls(schema: dict[str, Any], value: Any) -> Any:
    """Return the value without nulls in optional fields, which the sandbox treats as missing."""
    if not isinstance(value, dict) or "properties" not in schema:
        return value
    kept = {
        n: v
        for n, v in value.items()
        if v is not None or n not in schema["properties"] or n in schema["required"]
    }
    return {n: without_nulls(schema["properties"].get(n, {}), v) for n, v in kept.items()}


@settings(max_examples=300)
@given(BODIES)
def test_bodies_are_judged_as_jsonschema_judges_them(body: dict[str, Any]) -> None:
    judge = jsonschema.Draft202012Validator(SCHEMA)
    plain = without_nulls(
        SCHEMA, {name: part for name, part in body.items() if not (name == "gone" and part is None)}
    )
    check = Schemas({"components": {"schemas": {}}}).check(SCHEMA)
    try:
        check(body)
        accepted = True
    except Mismatch:
        accepted = False
    assert accepted == judge.is_valid(plain)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"selection": {}}, "query.selection.tableName is required"),
        ({"selection": {"tableName": 3}}, "query.selection.tableName must be text, not 3"),
        (
            {
                "selection": {
                    "tableName": "People",
                    "rule": {"clause": {"logic": {"operation": "XOR", "tableName": "People"}}},
                }
            },
            "must be one of INCLUDE",
        ),
        ([], "query must be an object"),
        (None, "query must be an object"),
        ({"selection": {"tableName": "Planets"}}, "Planets"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_by_its_place(admin: Any, body: Any, words: str) -> None:
    answer = (
        admin.send(COUNT, body=body)
        if body is not None
        else admin.pool.request(
            "POST",
            f"{admin.url}/Holidays/Queries/holidays/CountSync",
            body=b"null",
            headers={"Authorization": f"Bearer {admin.token}"},
        )
    )
    assert (answer.status, words in json.loads(answer.data)["message"]) == (400, True), answer.data


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b'{"selection": NaN}', b"[" * 100_000])
def test_a_body_that_is_not_json_is_refused(admin: Any, data: bytes) -> None:
    url = f"{admin.url}/Holidays/Queries/holidays/CountSync"
    answer = admin.pool.request("POST", url, body=data, headers={"Authorization": f"Bearer {admin.token}"})
    assert answer.status == 400
    assert b"Traceback" not in answer.data


def nested(admin: Any, depth: int) -> Any:
    layer = '{"logic": {"operation": "NOT", "tableName": "People", "operands": ['
    inner = '{"subSelection": {"selection": {"tableName": "People"}}}'
    text = (
        '{"selection": {"tableName": "People", "rule": {"clause": '
        + layer * depth
        + inner
        + "]}}" * depth
        + "}}}"
    )
    url = f"{admin.url}/Holidays/Queries/holidays/CountSync"
    return admin.pool.request(
        "POST", url, body=text.encode(), headers={"Authorization": f"Bearer {admin.token}"}
    )


def levels(admin: Any, depth: int, text: str = '"a"', name: str = "x") -> Any:
    """Post a query of lists inside each other; the object around them is a level, too."""
    data = f'{{"{name}": ' + "[" * (depth - 1) + text + "]" * (depth - 1) + "}"
    url = f"{admin.url}/Holidays/Queries/holidays/CountSync"
    return admin.pool.request("POST", url, body=data, headers={"Authorization": f"Bearer {admin.token}"})


def test_a_query_may_be_nested_as_deep_as_the_limit_says(admin: Any) -> None:
    answer = nested(admin, 160)  # three levels each
    assert answer.status == 200, answer.data[:200]
    everybody = admin.send(COUNT, body={"selection": {"tableName": "People"}})
    assert answer.json()["counts"] == json.loads(everybody.data)["counts"]
    assert levels(admin, 500).status == 200 or "nested" not in levels(admin, 500).json()["message"]


@pytest.mark.parametrize("depth", [501, 600, 990, 1100, 30_000, 100_000])
@pytest.mark.parametrize("text", ['"a"', r'"\\"', r'"\""', '{"b": "]]}}"}', "1"])
def test_a_body_nested_too_deep_is_refused_by_name(admin: Any, depth: int, text: str) -> None:
    answer = levels(admin, depth, text)
    assert (answer.status, answer.json()["message"]) == (
        400,
        "The body (query) is nested deeper than 500 levels.",
    )


@pytest.mark.parametrize("begin", ['"', '"\\"', '"\\\\\\"'])
def test_brackets_in_a_text_are_no_levels(admin: Any, begin: str) -> None:
    answer = levels(admin, 3, begin + "[{" * 900 + '\\\\"')
    assert "nested" not in answer.json().get("message", "")


def test_a_body_of_too_many_parts_is_refused_before_it_is_built(admin: Any) -> None:
    logic = '{"operation": "OR", "tableName": "People", "operands": [' + "{}," * 600_000 + "{}]}"
    data = '{"selection": {"tableName": "People", "rule": {"clause": {"logic": ' + logic + "}}}}"
    url = f"{admin.url}/Holidays/Queries/holidays/CountSync"
    answer = admin.pool.request("POST", url, body=data, headers={"Authorization": f"Bearer {admin.token}"})
    assert (answer.status, "500000" in answer.json()["message"]) == (413, True)


def test_a_query_that_its_file_could_not_hold_is_refused_wherever_it_would_be_written(admin: Any) -> None:
    rules = [{"listRule": {"list": "\x07", "variableName": "peSName"}}]
    criteria = {"variableName": "peSName", "include": True, "logic": "OR", "ignoreCase": False}
    criteria |= {"textMatchType": "Is", "tableName": "People", "valueRules": rules}
    query = {"selection": {"tableName": "People", "rule": {"clause": {"criteria": criteria}}}}
    save = {"path": "Private/bell.xml", "query": query}
    status, message = admin.refused("Queries_PerformSaveQueryFileDefinitionSynchronously", body=save)
    assert (status, "cannot be written" in message) == (400, True)
    body = {"title": "Bell", "systemName": "holidays", "bodyQuery": query}
    made = admin("Audiences_CreateAudience", body=body)["id"]
    status, message = admin.refused("Audiences_GetAudienceLatestNativeForNettQuery", audienceId=made)
    assert (status, "cannot be written" in message) == (400, True)


def test_methods_and_media_types_that_do_not_fit_are_named(admin: Any) -> None:
    token = {"Authorization": f"Bearer {admin.token}"}
    answer = admin.pool.request("DELETE", f"{admin.url}/About/Version")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET")
    url = f"{admin.url}/Holidays/Queries/holidays/CountSync"
    answer = admin.pool.request("POST", url, body=b"<a/>", headers={**token, "Content-Type": "text/html"})
    assert answer.status == 415
    for path in ("/nothing", "/Holidays/Nothing", "/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"):
        assert admin.pool.request("GET", admin.url + path).status in (401, 404)


def test_a_body_over_the_limit_is_refused(new_api: Any) -> None:
    with serve(scale=500, body_limit=10_000) as server:
        api = new_api(server.url, server.username, server.password)
        big = ("x", b"x" * 20_000)
        status, message = api.refused("Files_UpsertFile", filePath="Public/big.bin", file=big)
        assert (status, "10000 bytes" in message) == (413, True)
        for part in range(4):
            path = {"id": "big", "partNumber": part, "query": {"finalPart": str(part == 3).lower()}}
            api("TemporaryFiles_UpsertTemporaryFilePart", **path, file=("x", b"y" * 5_000))
        assert api("TemporaryFiles_GetTemporaryFile", id="big") == b"y" * 20_000


BAD_PATHS = [
    "..",
    "../x",
    "a/../../x",
    "a//b",
    ".",
    "a/./b",
    "a\x00b",
    "C:x",
    "a|b",
    "x" * 300,
    "/".join("a" * 600),
    " ",
    "a/ ",
]


@pytest.mark.parametrize("path", BAD_PATHS)
def test_a_path_stays_inside_the_file_store(path: str) -> None:
    with pytest.raises(Problem) as caught:
        parts_of(path)
    assert caught.value.status == 400


@given(st.text(max_size=40))
def test_a_path_is_refused_or_split_into_plain_names(path: str) -> None:
    try:
        names = parts_of(path)
    except Problem as problem:
        assert problem.status == 400  # noqa: PT017
    else:
        assert all(name not in ("", ".", "..") and "/" not in name and "\\" not in name for name in names)


def test_paths_that_climb_are_refused_over_http(admin: Any, server: Sandbox) -> None:
    token = {"Authorization": f"Bearer {admin.token}"}
    for path in ("Private/%2e%2e/x", "Private/..%2fx", "Private%3A1/x", "..%5c..%5cx", "Private/a%00b"):
        answer = admin.pool.request("GET", f"{server.url}/Holidays/Files/holidays/{path}", headers=token)
        assert answer.status in (400, 404), path


def test_a_file_and_a_directory_do_not_take_each_other_s_place(admin: Any) -> None:
    admin("Files_UpsertFile", filePath="Public/taken", file=("x", b"1"))
    assert admin.refused("Directories_UpsertDirectory", directoryPath="Public/taken")[0] == 409
    assert admin.refused("Files_UpsertFile", filePath="Public/taken/below", file=("x", b"1"))[0] == 409
    assert admin.refused("Directories_DeleteDirectory", directoryPath="Public/taken")[0] == 404
    assert admin.refused("Directories_DeleteDirectory", directoryPath="Public")[0] == 403
    assert (
        admin.refused("Files_CopyFile", toFilePath="Public/y", query={"fromFilePath": "Public/none"})[0]
        == 404
    )


def test_names_in_any_script_come_back_as_they_went(admin: Any) -> None:
    name = "Public/Ferien für München – 休日.txt"
    admin("Files_UpsertFile", filePath=name, file=("x", b"1"))
    answer = admin.send("Files_GetFile", filePath=name)
    assert answer.data == b"1"
    assert "filename*=UTF-8''Ferien%20f%C3%BCr" in answer.headers["Content-Disposition"]
    entries = admin("Directories_GetFileEntries", directoryPath="Public", query={"count": 100})["list"]
    assert name in [entry["path"] for entry in entries]


@given(st.binary(max_size=300))
def test_an_upload_gives_back_its_exact_bytes(content: bytes) -> None:
    boundary = b"x-very-unlikely-boundary-x"
    body = b"--" + boundary + b'\r\nContent-Disposition: form-data; name="file"; filename="a b.bin"\r\n\r\n'
    body += content + b"\r\n--" + boundary + b"--\r\n"
    assert read_upload(f"multipart/form-data; boundary={boundary.decode()}", body) == ("a b.bin", content)


@given(st.text(max_size=60), st.binary(max_size=120))
def test_forms_and_uploads_are_read_or_refused(content_type: str, body: bytes) -> None:
    for read in (read_form, read_upload):
        try:
            read(content_type, body)
        except Problem as problem:
            assert problem.status in (400, 415)  # noqa: PT017
