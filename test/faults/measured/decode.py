"""Cases 18 to 23: answers that are wrong."""

from __future__ import annotations

import json
from typing import Any

from bombs import bomb
from support.lab import COUNT, VARIABLE, answer, in_time

from .case import Bench, Case, Judge, Outcome, Variant, own, own_error, value

BODY = json.dumps(VARIABLE).encode()
MIB_OVER_CAP = 256 + 32
STRICT = {"settings": {"strict_responses": True}}


def quick(judge: Judge, seconds: float) -> Judge:
    return lambda o, s: judge(o, s) and in_time(o["seconds"], seconds)


def an_object(**fields: str) -> Judge:
    """Judge that an object came back, with these texts in these fields."""

    def judge(outcome: Outcome, server: Any) -> bool:
        found = outcome.get("value")
        if not isinstance(found, dict):
            return False
        return all(text in found[name] for name, text in {"name": "peName", **fields}.items())

    return judge


def strict(path: str) -> Judge:
    return lambda o, s: own(o) and path in o["text"]


def row_export(rows: int) -> Any:
    row = json.dumps({"codes": "0001\t17", "descriptions": "Somebody\tSeventeen"}).encode()

    def write(sock: Any, request: Any) -> None:
        length = len(b'{"rows": [') + rows * len(row) + rows - 1 + 2
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % length
        sock.sendall(head + b'{"rows": [')
        for start in range(0, rows, 10_000):
            sock.sendall(b",".join([row] * 10_000) + (b"]}" if start + 10_000 >= rows else b","))

    return lambda *_: write


def endless(*_: Any) -> Any:
    """Send 2 GiB of JSON in chunks."""

    def write(sock: Any, request: Any) -> None:
        sock.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        row = json.dumps({"codes": "0001\t17", "descriptions": "Somebody\tSeventeen"}).encode()
        piece = (row + b",") * 4096
        sock.sendall(b"%x\r\n%b\r\n" % (10, b'{"rows": ['))
        for _ in range(2 * 1024**3 // len(piece)):
            sock.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))

    return write


def cases(bench: Bench) -> list[Case]:
    def drifted(**changes: Any) -> bytes:
        return answer(body={**VARIABLE, **changes})

    def dated(text: str) -> bytes:
        return answer(body={**COUNT, "runDate": text})

    def moment(*texts: str) -> Judge:
        """Judge that the client returned the documented value or raised its own error, without a guess."""
        return quick(lambda o, s: own(o) or any(text in str(o.get("value")) for text in texts), 0.5)

    without = {name: item for name, item in VARIABLE.items() if name != "description"}
    numeric = b'"numericInfo": {"minimum": NaN, "maximum": 2, "isCurrency": false}'
    twice = BODY[:-1] + b', "name": "second"}'
    too_large = lambda o, s: own(o) and o["megabytes"] < MIB_OVER_CAP  # noqa: E731
    return [
        Case(18, "D-HTML200, D-EMPTY200, D-204, D-BADJSON, D-BOM, D-UTF16, D-CHARSET-NOPE", "200 with a body that can't be an answer; 204", "own error; 204 is None", (
            Variant("HTML", answer(body=b"<html>", content_type="text/html"), "get", own_error),
            Variant("empty", answer(body=b""), "get", own_error),
            Variant("204", answer(204, content_type=None), "get", value("None")),
            Variant("cut JSON", answer(body=BODY[:-9]), "get", own_error),
            Variant("BOM", answer(body=b"\xef\xbb\xbf" + BODY), "get", own_error),
            Variant("UTF-16", answer(body=BODY.decode().encode("utf-16")), "get", own_error),
            Variant("charset=nope", answer(body=VARIABLE, content_type="application/json; charset=nope"), "get", own_error),
        )),
        Case(19, "D-DEEP / D-BIGINT / D-NAN / D-DUPKEY / D-SURROGATE", "200,000 nested lists, 6,000 digits, NaN, a duplicate key, half a surrogate pair", "own error at once (duplicate key: own error, or the last one wins)", (
            Variant("deep", answer(body=b'{"name":' + b"[" * 200_000), "get", quick(own_error, 0.5)),
            Variant("6,000 digits", answer(body=BODY[:-1] + b', "textInfo": {"maximumTextLength": ' + b"9" * 6000 + b"}}"), "get", quick(own_error, 0.5)),
            Variant("NaN", answer(body=BODY[:-1] + b", " + numeric + b"}"), "get", quick(own_error, 0.5)),
            Variant("a key twice", answer(body=twice), "get", quick(lambda o, s: own(o) or o.get("value") == "a result with the name 'second'", 0.5)),
            Variant("surrogate", answer(body=BODY[:-1] + b', "folderName": "\\ud800"}'), "get", quick(own_error, 0.5)),
        )),
        Case(20, "D-DRIFT", "answers that differ from the spec", "an object with the values as they came; when strict, an error with the JSON path", (
            Variant("extra field", drifted(extra={"a": [1]}), "fields", an_object()),
            Variant("null", drifted(tableName=None), "fields", an_object(table_name="None")),
            Variant("missing", answer(body=without), "fields", an_object(description="None")),
            Variant("int for float", drifted(numericInfo={"minimum": 1, "maximum": 2, "isCurrency": False}), "fields", an_object()),
            Variant("float for int", drifted(textInfo={"maximumTextLength": 30.0}), "fields", an_object()),
            Variant("text for int", drifted(textInfo={"maximumTextLength": "30"}), "fields", an_object()),
            Variant("int for text", drifted(description=5), "fields", an_object(description="5")),
            Variant("unknown enum", drifted(type="Brand New"), "fields", an_object(type="Brand New")),
            Variant("strict", drifted(tableName=None), "fields", strict("$.tableName"), STRICT, ours_only="strict mode"),
        )),
        Case(21, "D-DATES", "odd dates", "the documented value or own error, no guess, at once", (
            Variant("7 digits", dated("2026-01-02T03:04:05.1234567Z"), "date", moment("2026, 1, 2, 3, 4, 5, 12345")),
            Variant(".NET's last moment", dated("9999-12-31T23:59:59.9999999"), "date", moment("9999, 12, 31")),
            Variant("date only", dated("2026-01-02"), "date", moment("2026, 1, 2")),
            Variant("24:00", dated("2026-01-02T24:00:00"), "date", moment("2026, 1, 3", "2026-01-02T24:00:00")),
            Variant("leap second", dated("2026-01-02T03:04:60Z"), "date", moment("2026-01-02T03:04:60Z")),
            Variant("year 1", dated("0001-01-01T00:00:00"), "date", moment("datetime(1, 1, 1")),
            Variant("/Date()/", dated("/Date(1445301615000-0700)/"), "date", moment("/Date(1445301615000-0700)/")),
            Variant("200,000 digits", dated("9" * 200_000), "date", moment("9" * 100)),
        )),
        Case(22, "D-BOMB", "400 MiB behind a few kilobytes of gzip, brotli, zstd, deflate; six codings", "own error, memory under the cap (256 MiB) + 32 MiB", tuple(
            Variant(coding if "," not in coding else "six", answer(body=bomb(coding), Content_Encoding=coding), "get", too_large)
            for coding in ("gzip", "br", "zstd", "deflate", "gzip, gzip, gzip, gzip, gzip, gzip")
        )),
        Case(23, "D-HUGE", "2 GiB of JSON in chunks; a million rows as a stream", "own error at the cap; all rows within 64 MiB", (
            Variant("2 GiB", endless, "export", too_large, limit=40),
            Variant("stream", row_export(1_000_000), "rows", lambda o, s: o.get("value") == 1_000_000 and o["megabytes"] < 64, ours_only="stream", limit=40),
        )),
    ]  # fmt: skip
