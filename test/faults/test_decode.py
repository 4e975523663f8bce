"""Cases 18 to 23: wrong answers."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
import time
from typing import Any

import pytest
from bombs import bomb
from support import lab
from support.lab import VARIABLE, answer, decoded, run_child

import apteco_api as aa
from apteco_api._runtime.codec.decode import Drift, decode
from apteco_api.exceptions import ApiDecodeError, ResponseTooLarge

UNUSABLE = {
    "html": answer(body=b"<html><body>Sign in</body></html>", content_type="text/html", X_Request_Id="r-1"),
    "empty": answer(body=b"", X_Request_Id="r-1"),
    "bad json": answer(body=b'{"name": "x",', X_Request_Id="r-1"),
    "bom": answer(body=b"\xef\xbb\xbf" + json.dumps(VARIABLE).encode(), X_Request_Id="r-1"),
    "utf-16": answer(body=json.dumps(VARIABLE).encode("utf-16"), X_Request_Id="r-1"),
    "charset nope": answer(body=VARIABLE, content_type="application/json; charset=nope", X_Request_Id="r-1"),
    "latin": answer(body=b'{"name": "\xe9"}', X_Request_Id="r-1"),
    "list": answer(body=[1, 2], X_Request_Id="r-1"),
    "text": answer(body=b'"text"', X_Request_Id="r-1"),
    "long and unprintable": answer(body=b"\x00\x1b[31m\x07" + "é".encode() * 500, X_Request_Id="r-1"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_18_what_can_not_be_an_answer_is_a_decode_error(kind: str, serve: Any, get: Any) -> None:
    server = serve(UNUSABLE[kind])
    with pytest.raises(ApiDecodeError) as failure:
        get(server)
    error = failure.value
    assert error.status == 200
    assert error.request_id == "r-1"
    assert error.operation == "FastStatsSystems_GetFastStatsVariable"
    assert error.content_type == ("text/html" if kind == "html" else error.headers["Content-Type"])
    shown = error.body or ""
    assert len(re.sub(r"\\x[0-9a-f]{2}", "?", shown)) <= 200
    assert all(char.isprintable() or char in "\n\t" for char in shown)
    assert len(server.requests) == 1


def test_18_a_204_is_none_and_a_declared_charset_is_honoured(serve: Any, get: Any, client: Any) -> None:
    assert get(serve(answer(204, content_type=None))) is None
    body = json.dumps({**VARIABLE, "name": "é"}, ensure_ascii=False).encode("utf-16")
    assert get(serve(answer(body=body, content_type="application/json; charset=utf-16"))).name == "é"


HARD = {
    "deep": b'{"name":' + b"[" * 200_000,
    "deep balanced": b'{"extra":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "big integer": b'{"offset":' + b"9" * 6000 + b',"count":1,"totalCount":1,"list":[]}',
    "big float": b'{"offset":1e' + b"9" * 6000 + b',"count":1,"totalCount":1,"list":[]}',
    "surrogate": b'{"name":"\\ud800"}',
    "surrogate in a key": b'{"\\ud800":1}',
    "control": b'{"name":"a\nb"}',
}


@pytest.mark.parametrize("kind", HARD)
def test_19_hard_json_is_our_error_and_fast(kind: str) -> None:
    decoded(b'{"offset":0,"count":0,"totalCount":0,"list":[]}', "PagedResultsVariable")
    before = time.process_time()
    with pytest.raises(ApiDecodeError):
        decoded(HARD[kind], "PagedResultsVariable" if kind.startswith("big") else "Variable")
    assert time.process_time() - before < 0.05


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("place", ["a field", "an unknown field", "a list"])
def test_19_what_is_no_number_is_no_json(text: str, place: str, strict: bool, serve: Any, get: Any) -> None:
    numeric = {"minimum": 1.5, "maximum": 2, "isCurrency": False}
    body = json.dumps({**VARIABLE, "numericInfo": numeric, "extra": [2.5], "more": 3.5})
    number = {"a field": "1.5", "an unknown field": "3.5", "a list": "2.5"}[place]
    assert body.count(number) == 1
    with pytest.raises(ApiDecodeError, match="not JSON"):
        get(serve(answer(body=body.replace(number, text).encode())), strict_responses=strict)
    assert get(serve(answer(body=body.replace(number, f'"{text}"').encode()))).name == "peName"


def test_19_of_two_equal_keys_the_last_counts_or_it_is_an_error_when_strict(serve: Any, get: Any) -> None:
    body = json.dumps(VARIABLE)[:-1].encode() + b', "name": "again"}'
    assert get(serve(answer(body=body))).name == "again"
    with pytest.raises(ApiDecodeError, match="'name' twice"):
        get(serve(answer(body=body)), strict_responses=True)


DRIFTS = {
    "missing required": ({k: v for k, v in VARIABLE.items() if k != "description"}, "$.description"),
    "null in required": ({**VARIABLE, "tableName": None}, "$.tableName"),
    "text for a number": (
        {**VARIABLE, "textInfo": {"maximumTextLength": "30"}},
        "$.textInfo.maximumTextLength",
    ),
    "float for an integer": (
        {**VARIABLE, "textInfo": {"maximumTextLength": 30.0}},
        "$.textInfo.maximumTextLength",
    ),
    "number for a text": ({**VARIABLE, "description": 5}, "$.description"),
    "text for an object": ({**VARIABLE, "textInfo": "none"}, "$.textInfo"),
    "list for an object": ({**VARIABLE, "textInfo": [1]}, "$.textInfo"),
    "unknown enum value": ({**VARIABLE, "type": "Brand New"}, "$.type"),
    "text for a switch": ({**VARIABLE, "isVirtual": "false"}, "$.isVirtual"),
}


@pytest.mark.parametrize("kind", DRIFTS)
def test_20_drift_gives_an_object_and_is_listed(kind: str, serve: Any, client: Any) -> None:
    body, path = DRIFTS[kind]
    shared = client(serve(answer(body=body)))
    api = aa.FastStatsSystemsApi(shared)
    found = api.fast_stats_systems_get_fast_stats_variable("Holidays", "holidays", "peName")
    assert isinstance(found, aa.Variable)
    assert found.name == "peName"
    assert [entry.path for entry in shared.last_response.drift] == [path]
    if "float" in kind or "text for a number" in kind:
        assert found.text_info.maximum_text_length == 30  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", DRIFTS)
def test_20_drift_is_an_error_with_its_path_when_strict(kind: str, serve: Any, get: Any) -> None:
    body, path = DRIFTS[kind]
    with pytest.raises(ApiDecodeError) as failure:
        get(serve(answer(body=body)), strict_responses=True)
    assert failure.value.path == path


def test_20_a_whole_number_is_a_float_and_no_drift(serve: Any, client: Any) -> None:
    numeric = {"minimum": 1, "maximum": 2, "isCurrency": False}
    shared = client(serve(answer(body={**VARIABLE, "numericInfo": numeric})), strict_responses=True)
    found = aa.FastStatsSystemsApi(shared).fast_stats_systems_get_fast_stats_variable("H", "h", "v")
    assert (found.numeric_info.minimum, found.numeric_info.maximum) == (1.0, 2.0)
    assert shared.last_response.drift == []


KINDS = {
    "Base": {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "$type"},
    },
    **{
        name: {
            "type": "object",
            "required": ["$type"],
            "properties": {"$type": {"const": name}, "size": {"type": "integer"}},
        }
        for name in ("Cat", "Dog")
    },
}


@pytest.mark.parametrize("strict", [False, True])
def test_20_an_object_of_an_unknown_type_is_kept_and_listed(
    strict: bool, serve: Any, tmp_path: Any, monkeypatch: Any
) -> None:
    """No schema of this API has a discriminator, so the test generates a client that has one."""
    import importlib

    from generator.build import build
    from generator.clients import Client
    from generator.load import load
    from generator.render import render
    from generator.write import write

    listed = {"type": "array", "items": {"$ref": "#/components/schemas/Base"}}
    content = {"application/json": {"schema": listed}}
    operation = {
        "operationId": "A_B",
        "tags": ["A"],
        "responses": {"200": {"description": "d", "content": content}},
    }
    spec = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/x": {"get": operation}}}
    (tmp_path / "spec.json").write_text(json.dumps({**spec, "components": {"schemas": KINDS}}))
    name = f"made_with_kinds_{strict}".lower()
    entry = Client(
        name=name, spec="spec.json", package=name, import_name=name, distribution=name, version="1",
        env_prefix="MADE", docs="docs",
    )  # fmt: skip
    write(render(build(load(str(tmp_path / "spec.json"))), entry, "spec.json"), tmp_path, entry)
    monkeypatch.syspath_prepend(str(tmp_path))
    made = importlib.import_module(name)
    body = [{"$type": "Cat", "size": 1}, {"$type": "Fish", "size": 2}]
    config = made.Configuration(host=serve(answer(body=body)).url, strict_responses=strict)
    with made.ApiClient(config) as client:
        if strict:
            with pytest.raises(made.ApiDecodeError) as failure:
                made.AApi(client).a_b()
            assert failure.value.path == "$[1]"
            return
        cat, fish = made.AApi(client).a_b()
        assert (type(cat).__name__, cat.size) == ("Cat", 1)
        assert fish == body[1]
        assert [entry.path for entry in client.last_response.drift] == ["$[1]"]


def test_20_extra_fields_are_no_drift(serve: Any, client: Any) -> None:
    shared = client(serve(answer(body={**VARIABLE, "extra": {"a": [1]}})), strict_responses=True)
    api = aa.FastStatsSystemsApi(shared)
    assert api.fast_stats_systems_get_fast_stats_variable("Holidays", "holidays", "peName").name == "peName"
    assert shared.last_response.drift == []


def test_20_an_unknown_enum_value_comes_as_it_is_and_can_be_sent_back(serve: Any, client: Any) -> None:
    shared = client(serve(answer(body={**VARIABLE, "type": "Brand New"})))
    api = aa.FastStatsSystemsApi(shared)
    found = api.fast_stats_systems_get_fast_stats_variable("Holidays", "holidays", "peName")
    assert found.type == "Brand New"
    (entry,) = shared.last_response.drift
    assert entry.expected.startswith("one of ['")
    assert (entry.path, entry.got) == ("$.type", "'Brand New'")
    assert shared.sanitize_for_serialization(found)["type"] == "Brand New"


def test_20_one_difference_makes_no_others(serve: Any, client: Any) -> None:
    """Dates, and whole numbers for floats, are no drift on the slow path either."""
    numeric = {"minimum": 1, "maximum": 2.5, "isCurrency": "false"}
    shared = client(serve(answer(body={**VARIABLE, "numericInfo": numeric})))
    found = aa.FastStatsSystemsApi(shared).fast_stats_systems_get_fast_stats_variable("H", "h", "v")
    assert (found.numeric_info.minimum, found.numeric_info.maximum) == (1.0, 2.5)  # type: ignore[union-attr]
    assert [entry.path for entry in shared.last_response.drift] == ["$.numericInfo.isCurrency"]
    when = b'"2026-01-02T03:04:05.5Z"'
    drift: list[Drift] = []
    strict = decode(b'{"ranSuccessfully": true, "runDate": %b}' % when, "QueryResult")
    lenient = decode(b'{"ranSuccessfully": "true", "runDate": %b}' % when, "QueryResult", drift)
    assert lenient == strict
    assert lenient.run_date.tzinfo is strict.run_date.tzinfo is dt.UTC
    assert [entry.path for entry in drift] == ["$.ranSuccessfully"]


def test_20_a_drifted_list_is_logged_once(serve: Any, client: Any, caplog: Any) -> None:
    page = {"offset": 0, "count": 2, "totalCount": 2, "list": [{**VARIABLE, "name": None}] * 2}
    api = aa.FastStatsSystemsApi(client(serve(answer(body=page))))
    with caplog.at_level("WARNING", logger="apteco_api"):
        found = api.fast_stats_systems_get_fast_stats_variables("Holidays", "holidays")
    assert len(found.list) == 2
    assert len(caplog.records) == 1
    assert "$.list[0].name" in caplog.text


UTC = dt.UTC
DATES = {
    "2026-01-02T03:04:05.1234567Z": dt.datetime(2026, 1, 2, 3, 4, 5, 123457, UTC),
    "2026-01-02T03:04:05": dt.datetime(2026, 1, 2, 3, 4, 5),
    "2026-01-02": dt.datetime(2026, 1, 2),
    "20260102": dt.datetime(2026, 1, 2),
    "2026-01-02T24:00:00": dt.datetime(2026, 1, 3),
    "0001-01-01T00:00:00": dt.datetime(1, 1, 1),
    "9999-12-31T23:59:59.9999999": dt.datetime(9999, 12, 31, 23, 59, 59, 999999),
    "2026-01-02T03:04:60Z": "2026-01-02T03:04:60Z",
    "/Date(1445301615000-0700)/": "/Date(1445301615000-0700)/",
    "27/11/2019": "27/11/2019",
    "": "",
    "9" * 200_000: "9" * 200_000,
}


@pytest.mark.parametrize("text", DATES, ids=lambda text: text[:30] or "empty")
def test_21_dates_are_the_documented_value_and_fast(text: str) -> None:
    body = json.dumps({"ranSuccessfully": True, "runDate": text}).encode()
    decoded(b'{"ranSuccessfully": true, "runDate": "2026-01-02"}', "QueryResult")
    best = 1.0
    with aa.ApiClient(aa.Configuration(host="http://127.0.0.1:1")) as client:
        for _ in range(5):
            before = time.perf_counter()
            found = client.deserialize(lab.Answered(body), "QueryResult")
            best = min(best, time.perf_counter() - before)
    assert found.run_date == DATES[text]
    assert lab.in_time(best, 0.001)


CHILD = """
    import resource, sys, time
    sys.path.insert(0, "test")
    import apteco_api as aa
    config = aa.Configuration(host=sys.argv[1])
    config.max_body_size = 64 * 1024 * 1024
    client = aa.ApiClient(config)
    api = aa.FastStatsSystemsApi(client)
    def call(name):
        try:
            api.fast_stats_systems_get_fast_stats_variable("Holidays", "holidays", name)
        except aa.OpenApiException as error:
            return type(error).__name__
        return "an object"
    call("small")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    print(call("large"))
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
    print(time.monotonic() - started)
"""


@pytest.mark.parametrize(
    ("coding", "outcome"),
    [
        ("gzip", "ResponseTooLarge"),
        ("deflate", "ResponseTooLarge"),
        ("gzip, gzip", "ResponseTooLarge"),
        ("gzip, gzip, gzip, gzip, gzip, gzip", "ResponseTooLarge"),
        # the client does not ask for these, so it does not decompress them
        ("br", "ApiDecodeError"),
        ("zstd", "ApiDecodeError"),
        ("compress", "ApiDecodeError"),
    ],
)
def test_22_a_decompression_bomb_stops_at_the_cap(coding: str, outcome: str, serve: Any) -> None:
    large = answer(body=bomb(coding), Content_Encoding=coding)
    server = serve(lambda request, _: large if "large" in request.target else answer(body=VARIABLE))
    found, grown, elapsed = run_child(CHILD, server.url).split()
    assert found == outcome
    assert float(grown) < 64 + 32
    assert lab.in_time(float(elapsed), 5)


def test_22_a_bomb_is_what_it_says() -> None:
    import zlib

    from bombs import SIZE

    for coding, window in (("gzip", 31), ("deflate", 15)):
        engine, size, data = zlib.decompressobj(window), 0, bomb(coding)
        assert len(data) < 500_000
        while data and not engine.eof:
            size += len(engine.decompress(data, 1 << 20))
            data = engine.unconsumed_tail
        assert size == SIZE


def test_22_what_is_announced_too_large_is_not_read(serve: Any, get: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"
    before = time.monotonic()
    with pytest.raises(ResponseTooLarge) as failure:
        get(serve(head))
    assert lab.in_time(time.monotonic() - before, 1)
    assert failure.value.limit == 256 * 1024 * 1024


def test_22_gzip_is_asked_for_and_undone(serve: Any, get: Any) -> None:
    body = gzip.compress(json.dumps(VARIABLE).encode())
    server = serve(answer(body=body, Content_Encoding="gzip"))
    assert get(server).name == "peName"
    assert server.requests[0].headers["accept-encoding"] == "gzip"


def endless(sock: Any, request: Any) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    row = json.dumps({"codes": "0001\t17", "descriptions": "Somebody\tSeventeen"}).encode()
    piece = (row + b",") * 4096
    first = b'{"title": "x", "rows": ['
    for index in range(2 * 1024 * 1024 * 1024 // len(piece)):
        data = first + piece if index == 0 else piece
        sock.sendall(b"%x\r\n%b\r\n" % (len(data), data))


def test_23_two_gibibytes_stop_at_the_cap(serve: Any) -> None:
    server = serve(lambda request, _: endless if "large" in request.target else answer(body=VARIABLE))
    outcome, grown, _ = run_child(CHILD, server.url).split()
    assert outcome == "ResponseTooLarge"
    assert float(grown) < 64 + 32
