"""Each operation over loopback HTTP: the request is right, and every answer arrives whole.

The list of operations comes from the document, so that none can be forgotten; an independent judge
(`conftest.py`) checks each request; the answer is built from the response's schema, and the object that
comes back must encode to the same JSON.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.values import Values

import apteco_api as aa
from generator import clients

SPEC = yaml.load((clients.ROOT / "specs/apteco.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
IDS = [node["operationId"] for item in SPEC["paths"].values() for node in item.values()]
METHODS: dict[str, tuple[str, str]] = {
    operation.id: (controller, name)
    for controller in aa.api.__all__
    for name, operation in getattr(aa, controller).operations.items()
}


@pytest.fixture(scope="module")
def client(judge: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    config = aa.Configuration(
        host=judge.url, api_key={"Authorization": "the-token"}, api_key_prefix={"Authorization": "Bearer"}
    )
    config.temp_folder_path = str(tmp_path_factory.mktemp("downloads"))
    config.retries = False
    with aa.ApiClient(config) as client:
        yield client


def built(value: Any, kind: str) -> Any:
    """Return a JSON value as the Python object that a caller would build for it, with public names only."""
    if kind.startswith("list["):
        return [built(item, kind[5:-1]) for item in value]
    if kind.startswith("dict("):
        return {key: built(item, kind[10:-1]) for key, item in value.items()}
    if kind in aa.models.__all__:
        model = getattr(aa, kind)
        names = {wire: name for name, wire in model.attribute_map.items()}
        assert set(value) <= set(names), f"{kind} has no {set(value) - set(names)}"
        types = model.openapi_types
        return model(**{names[key]: built(item, types[names[key]]) for key, item in value.items()})
    return datetime.datetime.fromisoformat(value) if kind == "datetime" else value


def arguments(document: Any, id: str, *, full: bool, folder: Path) -> tuple[list[Any], dict[str, Any], Any]:
    """Return the arguments of a call made from the document, and what must arrive."""
    operation = document.operations[id]
    controller, name = METHODS[id]
    made = Values(document, full=full)
    wanted: dict[str, Any] = {}
    sent: dict[str, Any] = {"path": {}, "query": {}, "body": None}
    for parameter in operation.parameters:
        if full or parameter.get("required"):
            value = made.of(parameter["schema"])
            wanted[parameter["name"]] = value
            sent[parameter["in"]][parameter["name"]] = str(value)
    body = document.resolve(operation.node.get("requestBody"))
    if body:
        (media, content), *_ = body["content"].items()
        form = "form" in media
        schema = document.resolve(content["schema"])
        value = made.of(schema) if full or not form else Values(document, full=False).of(schema)
        if form:
            for key, item in value.items():
                if schema["properties"][key].get("format") == "binary":
                    path = folder / "upload.bin"
                    path.write_bytes(item.encode("latin-1"))
                    wanted[key] = str(path)
                else:
                    wanted[key] = item
            sent["body"] = value or None
        elif full or body.get("required"):
            wanted[""] = value
            sent["body"] = value
    positional: list[Any] = []
    keyword: dict[str, Any] = {}
    for parameter in getattr(aa, controller).operations[name].parameters:
        if parameter.wire_name not in wanted:
            assert not parameter.required, f"{parameter.name} is required by the client only"
            continue
        value = wanted.pop(parameter.wire_name)
        if parameter.location == "body":
            value = built(value, parameter.type)
        if parameter.required:
            positional.append(value)
        else:
            keyword[parameter.name] = value
    assert not wanted, f"the client has no parameter for {sorted(wanted)}"
    return positional, keyword, sent


def answers(document: Any, id: str) -> list[tuple[int, str, Any, Any]]:
    """Return every documented success: status, content type, schema (None: no body), the value to send."""
    result = []
    for status, answer in document.operations[id].node["responses"].items():
        answer = document.resolve(answer)
        if not status.startswith("2") or answer.get("x-not-ready"):
            continue
        content = answer.get("content", {})
        if not content:
            result.append((int(status), "", None, None))
            continue
        media = next((name for name in content if "json" in name), next(iter(content)))
        schema = content[media]["schema"]
        for full in (True, False):
            result.append((int(status), media, schema, Values(document, full=full).of(schema)))
    return result


def same(client: Any, result: Any, media: str, schema: Any, value: Any) -> None:
    if schema is None:
        assert result is None
    elif "json" not in media:
        if isinstance(result, str) and os.path.isfile(result):
            assert Path(result).read_bytes() == value.encode()
        else:
            assert result == value
    else:
        assert client.sanitize_for_serialization(result) == value


def body_of(media: str, value: Any) -> bytes:
    if value is None:
        return b""
    return json.dumps(value).encode() if "json" in media else value.encode()


def test_the_document_has_every_operation_and_the_client_a_method_for_each(document: Any) -> None:
    assert len(IDS) == len(set(IDS)) == 481
    assert set(document.operations) == set(IDS)
    assert set(METHODS) == set(IDS)


@pytest.mark.parametrize("id", IDS)
def test_operation(document: Any, judge: Any, client: Any, tmp_path: Path, id: str) -> None:
    controller, name = METHODS[id]
    api = getattr(aa, controller)(client)
    judge.expected = id
    successes = answers(document, id)
    for full in (True, False):
        positional, keyword, sent = arguments(document, id, full=full, folder=tmp_path)
        for status, media, schema, value in successes:
            judge.findings.clear()
            judge.answer = (status, media, body_of(media, value))
            result = getattr(api, name)(*positional, **keyword)
            assert judge.findings == []
            assert judge.sent["path"] == sent["path"]
            assert {k: v.lower() for k, v in judge.sent["query"].items()} == {
                k: v.lower() for k, v in sent["query"].items()
            }
            assert judge.sent["body"] == sent["body"]
            same(client, result, media, schema, value)
    data, status, headers = getattr(api, f"{name}_with_http_info")(*positional, **keyword)
    assert status == successes[-1][0]
    assert int(headers["Content-Length"]) == len(judge.answer[2])
    same(client, data, *successes[-1][1:])


@pytest.mark.parametrize("id", IDS)
def test_documented_failures_are_typed_errors(
    document: Any, judge: Any, client: Any, tmp_path: Path, id: str
) -> None:
    controller, name = METHODS[id]
    positional, keyword, _ = arguments(document, id, full=False, folder=tmp_path)
    judge.expected = id
    for status in document.operations[id].node["responses"]:
        if status[0] not in "45":
            continue
        judge.answer = (int(status), "application/json", b'{"message": "no"}')
        with pytest.raises(aa.ApiException) as caught:
            getattr(getattr(aa, controller)(client), name)(*positional, **keyword)
        assert (caught.value.status, caught.value.body) == (int(status), '{"message": "no"}')


def test_every_operation_can_be_awaited(document: Any, judge: Any, tmp_path: Path) -> None:
    config = aa.Configuration(
        host=judge.url, api_key={"Authorization": "the-token"}, api_key_prefix={"Authorization": "Bearer"}
    )
    config.temp_folder_path = str(tmp_path)

    async def run() -> int:
        done = 0
        plain = aa.ApiClient()
        async with aa.aio.AsyncApiClient(config) as client:
            for id in IDS:
                controller, name = METHODS[id]
                positional, keyword, _ = arguments(document, id, full=True, folder=tmp_path)
                status, media, schema, value = answers(document, id)[0]
                judge.expected = id
                judge.findings.clear()
                judge.answer = (status, media, body_of(media, value))
                api = getattr(aa.aio, controller)(client)
                result = await getattr(api, name)(*positional, **keyword)
                assert judge.findings == [], id
                same(plain, result, media, schema, value)
                done += 1
        return done

    assert asyncio.run(run()) == len(IDS)


def test_what_is_not_ready_yet_is_an_error_of_its_own(document: Any, judge: Any, client: Any) -> None:
    judge.expected = "PeopleStage_GetPeopleStageSystems"
    judge.answer = (202, "application/json", b'"loading"')
    with pytest.raises(aa.ApiNotReady) as caught:
        aa.PeopleStageApi(client).people_stage_get_people_stage_systems("holidays")
    assert caught.value.status == 202


@pytest.mark.parametrize(
    ("mistake", "verb", "target", "body"),
    [
        ("instead of", "GET", "/dv/Queries/s/CountFileSync", b""),
        ("is not '/", "POST", "/dv/Queries/s/x/CountFileSync", b""),
        ("is not declared", "POST", "/dv/Queries/s/CountFileSync?nothing=1", b""),
        ("is not of type", "POST", "/dv/Queries/s/CountFileSync?timeoutInSeconds=x", b""),
        ("is not percent-encoded", "POST", "/d v/Queries/s/CountFileSync", b""),
        ("'path' is a required property", "POST", "/dv/Queries/s/CountFileSync", b"{}"),
        ("is not of type", "POST", "/dv/Queries/s/CountFileSync", b'{"path": 1}'),
        ("Authorization is None", "POST", "/dv/Queries/s/CountFileSync", b""),
    ],
)
def test_the_judge_sees_mistakes(judge: Any, mistake: str, verb: str, target: str, body: bytes) -> None:
    judge.expected = "Queries_PerformQueryFileCountSynchronously"
    judge.findings.clear()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    judge.check(verb, judge.prefix + target, headers, body)
    assert any(mistake in finding for finding in judge.findings), judge.findings
    judge.findings.clear()
