"""Cases 41 to 62: hostile servers and proxies."""

from __future__ import annotations

import base64
import gzip
import json
import os
import socket
import time
from functools import cache
from typing import Any

from bombs import bomb
from support.lab import VARIABLE, Seen, answer, in_time

from .case import (
    GET,
    JSON_HEAD,
    WHOLE,
    Bench,
    Case,
    Outcome,
    Variant,
    at_most,
    own,
    own_error,
    value,
    writes,
)

BODY = json.dumps(VARIABLE).encode()
NO_RESUME, NO_AWAIT, NO_STREAM = "resuming", "await", "stream"
SECRET = "c4nary-0f-this-pl4ce"
ENDLESS = 200 * 1024 * 1024
"""Bytes after which an endless server stops, because the peers keep all of them in memory."""


@cache
def nested_members() -> bytes:
    """Return five nested gzips; the innermost one has three billion empty members."""
    found = gzip.compress(gzip.compress(b"", mtime=0) * 1_000_000, mtime=0)
    return gzip.compress(gzip.compress(gzip.compress(found * 3000, mtime=0), mtime=0), mtime=0)


def cut_tls(data: bytes, *, notified: bool) -> Any:
    """Send a body without a length, and end the connection with or without TLS's own end."""

    def write(sock: Any, request: Seen) -> None:
        sock.sendall(data)
        if notified:
            sock.settimeout(2)
            sock.unwrap()
        else:
            with socket.socket(fileno=os.dup(sock.fileno())) as bare:
                bare.shutdown(socket.SHUT_WR)
        time.sleep(0.2)

    return lambda *_: write


def echo(place: str) -> Any:
    """Answer 404 with the credential of the request in one place."""

    def respond(request: Seen, number: int) -> bytes:
        seen = request.headers.get("authorization") or SECRET
        bodies = {
            "body": json.dumps({"message": seen}).encode(),
            "base64": base64.b64encode(seen.encode()),
            "end of preview": b"x" * 190 + seen.encode(),
        }
        headers = {"header": {"X_Seen": seen}, "request id": {"X_Request_Id": seen}}.get(place, {})
        reason = seen if place == "reason" else "Not Found"
        return answer(404, bodies.get(place, b"{}"), reason=reason, **headers)

    return respond


def until_end(head: bytes, piece: bytes) -> Any:
    def write(sock: Any, request: Seen) -> None:
        sock.sendall(head)
        for _ in range(ENDLESS // len(piece)):
            sock.sendall(piece)

    return lambda *_: write


def chunked(pieces: list[bytes]) -> bytes:
    lines = [b"%s\r\n%b\r\n" % (size, data) for size, data in _sized(pieces)]
    return JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(lines) + b"0\r\n\r\n"


def _sized(pieces: list[bytes]) -> list[tuple[bytes, bytes]]:
    return [(b"%x" % len(piece), piece) for piece in pieces]


def padded(text: str) -> bytes:
    size = (text % f"{len(BODY):x}").encode()
    return JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + size + b"\r\n" + BODY + b"\r\n0\r\n\r\n"


def refusing(said: bytes, pause: float = 0.0) -> Any:
    """Answer CONNECT with these bytes, one at a time where there is a pause."""

    def write(sock: Any, request: Seen) -> None:
        for piece in [said[i : i + 1] for i in range(len(said))] if pause else [said]:
            sock.sendall(piece)
            time.sleep(pause)

    return lambda *_: write


def late_body(request: Seen, number: int) -> Any:
    if number > 1:
        return WHOLE
    other = answer(body={**VARIABLE, "name": "another"})

    def write(sock: Any, request: Seen) -> bool:
        sock.sendall(b"HTTP/1.1 204 No Content\r\n\r\n" + other)
        time.sleep(0.05)
        return True

    return write


def names_proxy(outcome: Outcome, server: Any) -> bool:
    return own(outcome) and f"127.0.0.1:{server.port}" in outcome["text"] and in_time(outcome["seconds"], 2.5)


def cases(bench: Bench) -> list[Case]:
    def nowhere(outcome: Outcome, server: Any) -> bool:
        return outcome.get("value") == "0 places"

    def within(megabytes: float) -> Any:
        return lambda o, s: own(o) and o["megabytes"] < megabytes

    part = {"status": 206, "body": b"rows\n", "content_type": "text/csv"}
    ranged = answer(**part, Content_Range="bytes 0-4/1000")
    bomb_404 = answer(404, bomb("gzip"), Content_Encoding="gzip")
    capped = {"settings": {"max_body_size": 64 * 1024 * 1024}, "timeout": 8}
    tunnel = {"settings": {"proxy": "http://user:pass@127.0.0.1:{port}", "retries": 0}, "timeout": 2}
    trusting = {"settings": {"ssl_ca_cert": bench.certificates}, "timeout": 4}
    members = answer(body=nested_members(), Content_Encoding="gzip, gzip, gzip, gzip, gzip")
    lost = answer(404, nested_members(), Content_Encoding="gzip, gzip, gzip, gzip, gzip")
    empty = b'{"list": [' + b",".join([b"{}"] * 200_000) + b"]}"
    deep = b'{"ranSuccessfully": true, "query": {"selection": {"rule": {"clause": '
    tree = [deep + b'{"logic": {"operands": [' * n + b"{}" + b"]}}" * n + b"}}}}" for n in (40, 100, 130)]
    lengths = {
        "two lengths": b"Content-Length: 5\r\nContent-Length: 500\r\n", "negative": b"Content-Length: -1\r\n",
        "not a number": b"Content-Length: many\r\n", "huge": b"Content-Length: " + b"9" * 30 + b"\r\n",
    }  # fmt: skip
    connect = {
        "407": b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        "403": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "nothing": b"", "HTML": b"<html>no</html>",
        "headers without end": b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 30_000,
    }  # fmt: skip
    engines = ("threads", "aiohttp")
    dripping = b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 4
    coded = {"charset=" + name: name for name in ("idna", "punycode", "undefined", "unicode_escape", "rot13")}
    return [
        Case(41, "B-EMPTY-MEMBERS", "387 bytes: five nested gzips of billions of empty members, timeout 2 s", "own error at 2 s", (
            Variant("200", members, "get", at_most(2.5), {"timeout": 2}),
            Variant("404", lost, "get", at_most(2.5), {"timeout": 2}),
        ), test="test_thousands_of_empty_members_are_refused_in_any_layer"),
        Case(42, "B-ERROR-BOMB", "the body of a 404: 400 MiB in a few kilobytes of gzip", "own error, memory under the cap (256 MiB) + 32 MiB", (
            Variant("", bomb_404, "get", within(288)),
        ), test="test_a_layer_in_the_middle_that_grows_over_the_limit_ends_there"),
        Case(43, "B-TAIL", "200 MiB after the list of rows, cap 64 MiB", "own error, memory at most the cap + 64 MiB", (
            Variant("whole answer", until_end(JSON_HEAD + b'\r\n{"rows": [], "x": "', b"a" * 65536), "export", within(128), capped, limit=20),
            Variant("stream", until_end(JSON_HEAD + b'\r\n{"rows": [], "x": "', b"a" * 65536), "rows", within(128), capped, ours_only=NO_STREAM, limit=20),
        ), test="test_what_follows_a_list_is_kept_up_to_the_limit"),
        Case(44, "B-DIFFERENCES", "200,000 objects without any of their required fields", "an object or an own error, and at most 64 MiB", (
            Variant("", answer(body=empty), "listing", lambda o, s: ("value" in o or own(o)) and o["megabytes"] < 64, {"timeout": 10}),
        ), test="test_the_first_hundred_differences_are_kept_and_all_are_counted"),
        Case(45, "B-TINY-CHUNKS", "a body in chunks of two bytes", "the object, within 32 MiB", (
            Variant("1 MB", writes(chunked([b" " * 2] * 500_000 + [BODY])), "get", lambda o, s: o.get("value") == GET and o["megabytes"] < 32, limit=60),
        ), test="test_a_long_item_or_head_is_not_looked_through_again_and_again"),
        Case(46, "H-PART", "206 to a request for the whole", "own error, never a file or an object made of a part", (
            Variant("JSON", answer(206, VARIABLE, Content_Range="bytes 0-200/1000"), "get", own_error),
            Variant("file", ranged, "download", own_error, {"folder": bench.folder}),
        ), test="test_a_part_that_was_not_asked_for_is_refused"),
        Case(47, "H-RESUME", "the rest of a download: another range, another total, another version", "own error, the part is kept", tuple(
            Variant(name, answer(206, b"cd", content_type="text/csv", ETag=tag, Content_Range=told), "rest", lambda o, s: o.get("value") == "an own error, the part as it was", {"folder": bench.folder}, ours_only=NO_RESUME)
            for name, told, tag in (("another range", "bytes 7-8/9", '"1"'), ("short", "bytes 2-3/900", '"1"'), ("another version", "bytes 2-3/4", '"2"'))
        ), test="test_a_part_that_is_not_the_rest_is_never_the_file"),
        Case(48, "H-TLS-CUT", "TLS that ends without close_notify, in a body that ends by closing", "own error; with close_notify the object", (
            Variant("cut", cut_tls(JSON_HEAD + b"\r\n" + BODY, notified=False), "get", own_error, trusting, context=bench.contexts["good"]),
            Variant("whole", cut_tls(JSON_HEAD + b"\r\n" + BODY, notified=True), "get", value(GET), trusting, context=bench.contexts["good"]),
        ), test="test_a_body_that_ends_with_its_connection_needs_close_notify"),
        Case(49, "S-ECHO", "a 404 that repeats the credential of the request", "written nowhere", tuple(
            Variant(place, echo(place), "canary", nowhere, {"kind": "key"})
            for place in ("body", "header", "request id", "reason", "base64", "end of preview")
        ), test="test_an_echo_in_an_error_is_masked_by_every_engine"),
        Case(50, "S-CONTROL", "line breaks, ESC and C1 in a reason, a body, a request id", "the text of the error holds none of them", (
            *(Variant(f"{name} in the reason", answer(404, b"{}", reason=f"a{mark}b"), "error_text", value("printable")) for name, mark in (("ESC", "\x1b]0;x\x07"), ("C1", "\x9b2J"))),
            Variant("ESC in the body", answer(404, {"message": "a\x1b[2Jb\rc"}), "error_text", value("printable")),
        ), test="test_control_characters_reach_neither_log_nor_error"),
        Case(51, "X-CONNECT", "a proxy that refuses CONNECT or answers nonsense, timeout 2 s", "own error that names the proxy, in time", tuple(
            Variant(name, refusing(said), "get", names_proxy, tunnel, url="https://api.example/OrbitAPI") for name, said in connect.items()
        ), test="test_a_proxy_that_answers_nonsense_to_connect_is_named"),
        Case(52, "X-CONNECT-DRIP", "a proxy that answers CONNECT one byte each 0.1 s, timeout 2 s", "own error at 2 s", (
            Variant("", refusing(dripping * 9, 0.1), "get", at_most(2.5), tunnel, url="https://api.example/OrbitAPI"),
        ), test="test_a_wait_for_the_server_has_its_own_limit"),
        Case(53, "X-RETRY-AFTER", "Retry-After that is not a number: ², Arabic digits, a thousand digits", "ignored: own error after the usual attempts", tuple(
            Variant(f"{status} {name}", answer(status, Retry_After=text), "get", lambda o, s: own(o) and len(s.requests) == 4, {"timeout": 10}, limit=15)
            for status, name, text in ((429, "²", "\xb2"), (503, "²", "\xb2"), (503, "1,000 digits", "9" * 1000), (503, "1e3", "1e3"))
        ), test="test_a_retry_after_that_makes_no_sense_is_ignored"),
        Case(54, "X-CHARSET", "charsets that are not for text, of a 200 and a 404; 400,000 bytes of punycode", "an object or an own error, at once", (
            *(Variant(name, answer(body=VARIABLE, content_type=f"application/json; {name}"), "get", lambda o, s: own(o) or o.get("value") == GET) for name in coded),
            *(Variant(f"404 {name}", answer(404, VARIABLE, content_type=f"application/json; {name}"), "get", own_error) for name in coded),
            Variant("long punycode", answer(404, b"a-" + b"b" * 400_000, content_type="text/plain; charset=punycode"), "get", at_most(2.5), {"timeout": 2}),
        ), test="test_charsets_that_are_not_for_text_are_not_used"),
        Case(55, "X-LEVELS", "answers nested 100 to 400 levels, then shown, copied, pickled", "own error, or an object with which all of that works", tuple(
            Variant(f"{3 * n + 6} levels", answer(body=body), "used", lambda o, s: own(o) or o.get("value") == "shown, copied, pickled")
            for n, body in zip((40, 100, 130), tree, strict=True)
        ), test="test_deep_answers_are_refused_and_others_can_be_used"),
        Case(56, "X-FILENAME", "names of downloads: unknown charset, broken percent signs, bytes, no end", "in the folder, or own error", tuple(
            Variant(name, answer(body=b"data", content_type="application/octet-stream", Content_Disposition=text), "download", lambda o, s: own(o) or o.get("value") == "inside 600", {"folder": bench.folder})
            for name, text in (("unknown charset", "attachment; filename*=nope''a%20b.csv"), ("percent", "attachment; filename*=UTF-8''%zz%.csv"), ("bytes", "attachment; filename=\xff\xfe.csv"), ("no end", 'attachment; filename="a'), ("device", "attachment; filename=COM\xb9"))
        ), test="test_names_of_downloads_however_servers_write_them"),
        Case(57, "H-LENGTHS", "lengths that contradict each other, or are not lengths", "own error, never a short result", tuple(
            Variant(name, writes(JSON_HEAD + head + b"\r\n" + BODY), "get", own_error) for name, head in lengths.items()
        ), test="test_heads_that_are_not_http_are_refused_by_every_engine"),
        Case(58, "H-PADDED", "sizes of chunks with zeros, blanks, extensions", "the object", tuple(
            Variant(name, writes(padded(text)), "get", value(GET)) for name, text in (("zeros", "0000%s"), ("blanks", "%s   "), ("extension", "%s;a=b"))
        ), test="test_padded_sizes_of_chunks_are_read"),
        Case(59, "H-GZIP-TAIL", "gzip in two members, with padding after its end, with another text after it", "the object, the object, own error or the object", (
            Variant("two members", answer(body=gzip.compress(BODY[:50]) + gzip.compress(BODY[50:]), Content_Encoding="gzip"), "get", value(GET)),
            Variant("zeros", answer(body=gzip.compress(BODY) + b"\0" * 20, Content_Encoding="gzip"), "get", value(GET)),
            Variant("text", answer(body=gzip.compress(BODY) + b"hello", Content_Encoding="gzip"), "get", lambda o, s: own(o) or o.get("value") == GET),
        ), test="test_padding_and_comments_after_the_end_are_harmless"),
        Case(60, "H-LATE-BODY", "204 with a body, then a second call on the same client", "the second call gets its own answer", (
            Variant("", late_body, "second", value(GET)),
        ), test="test_a_body_after_an_answer_without_one_is_not_the_next_answer"),
        Case(61, "H-INTERIM", "100, 102 and 103 before the answer; 101", "the object; own error for 101", (
            Variant("1xx", writes(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + WHOLE), "get", value(GET)),
            Variant("101", writes(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + BODY), "get", own_error),
        ), test="test_heads_that_are_not_http_are_refused_by_every_engine"),
        Case(62, "A-AWAIT", "the same faults through `await`, in both engines", "own errors, in time", tuple(
            Variant(f"{engine}: {name}", respond, "awaited", judge, {"engine": engine, "timeout": 2}, ours_only=NO_AWAIT)
            for engine in engines
            for name, respond, judge in (
                ("1 byte each 0.5 s", _dripped(JSON_HEAD + b"Content-Length: 1000\r\n\r\n"), at_most(4)),
                ("empty members", members, at_most(4)),
                ("not HTTP", writes(b"ICY 200 OK\r\n\r\n"), own_error),
                ("folded header", writes(WHOLE.replace(b"\r\n", b"\r\nX: 1\r\n  2\r\n", 1)), own_error),
                ("cut", writes(WHOLE[:-30]), own_error),
                ("bomb", answer(body=bomb("gzip"), Content_Encoding="gzip"), own_error),
                ("charset", answer(404, VARIABLE, content_type="application/json; charset=idna"), own_error),
                ("whole", WHOLE, value(GET)),
            )
        ), test="test_heads_that_are_not_http_are_refused_by_every_engine"),
    ]  # fmt: skip


def _dripped(head: bytes) -> Any:
    def write(sock: Any, request: Seen) -> None:
        sock.sendall(head)
        for _ in range(20):
            sock.sendall(b" ")
            time.sleep(0.5)

    return lambda *_: write
