"""Limits on the bytes that a server makes the client read, decompress and store, and on time."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import zlib
from contextlib import suppress
from typing import Any

import pytest
from engines import ENGINES, get
from support.lab import VARIABLE, Seen, answer, in_time, run_child

import apteco_api as aa
from apteco_api._runtime.budget import Call, RetryRule
from apteco_api._runtime.codec.decode import decode
from apteco_api._runtime.codec.depth import MAX_DEPTH
from apteco_api._runtime.codec.drift import MAX_DRIFT, Differences
from apteco_api._runtime.codec.encode import encode
from apteco_api._runtime.codec.encodings import MAX_EMPTY_MEMBERS, undone
from apteco_api.exceptions import (
    ApiDecodeError,
    ApiInterrupted,
    ApiProtocolError,
    ApiTimeout,
    ResponseTooLarge,
)

GOOD = json.dumps(VARIABLE).encode()
MIB = 1 << 20


def unpacked(*pieces: bytes, coding: str = "gzip", limit: int = MIB, framed: bool = True) -> bytes:
    return b"".join(undone(iter(pieces), coding, 200, limit, lambda: None, framed=framed))


# ---- content encodings


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_thousands_of_empty_members_are_refused_in_any_layer(layers: int) -> None:
    body = gzip.compress(b"") * (MAX_EMPTY_MEMBERS + 1)
    for _ in range(layers - 1):
        body = gzip.compress(body)
    with pytest.raises(ApiDecodeError, match="empty gzip members"):
        unpacked(body, coding=", ".join(["gzip"] * layers))
    assert unpacked(gzip.compress(b"") * 10 + gzip.compress(b"x")) == b"x"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_layer_in_the_middle_that_grows_over_the_limit_ends_there(coding: str) -> None:
    pack = gzip.compress if coding == "gzip" else zlib.compress
    middle = gzip.compress(b"") + gzip.compress(bytes(3 * MIB))  # small when compressed, 3 MiB otherwise
    with pytest.raises(ResponseTooLarge, match=str(MIB)):
        unpacked(pack(pack(middle)), coding=f"gzip, {coding}, {coding}")


def test_the_deadline_is_looked_at_while_nothing_comes_out() -> None:
    def tick() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        list(undone(iter([gzip.compress(b"x")]), "gzip", 200, MIB, tick))


@pytest.mark.parametrize(
    "tail", [b"\0", b"\0" * 5000, b"\r\n", b"<!-- cached by x -->", b"\n<!-- a -->\n<!-- b -->"]
)
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_padding_and_comments_after_the_end_are_harmless(tail: bytes, coding: str) -> None:
    body = gzip.compress(b"abc") if coding == "gzip" else zlib.compress(b"abc")
    assert unpacked(body + tail, coding=coding) == b"abc"
    assert unpacked(body, *(tail[i : i + 1] for i in range(min(len(tail), 50))), coding=coding) == b"abc"


@pytest.mark.parametrize("tail", [b"x", b"\0\0x", b"<!-- open", b"<!---->x", b"{}" * 3000, b"\x1f"])
def test_other_bytes_after_the_end_are_an_error(tail: bytes) -> None:
    with pytest.raises(ApiDecodeError, match="broken"):
        unpacked(gzip.compress(b"abc") + tail)


def test_members_may_be_cut_anywhere_between_pieces() -> None:
    body = gzip.compress(b"abc") + gzip.compress(b"def")
    for cut in range(1, len(body)):
        assert unpacked(body[:cut], body[cut:]) == b"abcdef"


def test_nothing_at_all_is_whole_only_where_its_length_was_said() -> None:
    assert unpacked(b"", framed=True) == b""
    with pytest.raises(ApiInterrupted):
        unpacked(b"", framed=False)


# ---- framing


@pytest.mark.parametrize("size", ["000000000000000000000002d", "2d  ", " 2d", "2d ;a=b", "2D"])
def test_padded_sizes_of_chunks_are_read(size: str, serve: Any) -> None:
    body = GOOD.ljust(0x2D * 5)
    chunks = "".join(f"{size}\r\n{body[i : i + 0x2D].decode()}\r\n" for i in range(0, len(body), 0x2D))
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    server = serve(f"{head}{chunks}0\r\n\r\n".encode())
    assert get("sync", server.url).name == "peName"


@pytest.mark.parametrize(
    "broken", ["2\nab\r\n0\r\n\r\n", "2\r\nabX\r\n0\r\n\r\n", "g\r\n", "-1\r\n", "2\r\nab\n0\r\n\r\n"]
)
def test_broken_chunks_are_an_error_at_once(broken: str, serve: Any) -> None:
    server = serve(f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{broken}".encode())
    began = time.monotonic()
    with pytest.raises(ApiProtocolError):
        get("sync", server.url, timeout=20.0)
    assert in_time(time.monotonic() - began, 15)


@pytest.mark.parametrize("status", [204, 304])
def test_a_body_after_an_answer_without_one_is_not_the_next_answer(
    status: int, serve: Any, client: Any
) -> None:
    late = f"HTTP/1.1 {status} X\r\nContent-Length: 5\r\n\r\nlate!".encode()
    server = serve(lambda request, number: late if number == 1 else answer(body=VARIABLE))
    api = aa.FastStatsSystemsApi(client(server, retries=0))
    with suppress(aa.ApiException):
        api.fast_stats_systems_get_fast_stats_variable("H", "h", "v")
    assert api.fast_stats_systems_get_fast_stats_variable("H", "h", "v").name == "peName"
    assert server.connections == 2


def test_a_refusal_before_the_upload_is_read_is_the_answer(serve: Any, client: Any) -> None:
    """The server answers 413 to the head and reads no more."""
    listener = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        sock, _ = listener.accept()
        while b"\r\n\r\n" not in sock.recv(65536, socket.MSG_PEEK):
            pass
        sock.sendall(answer(413, {"message": "too big for us"}))
        time.sleep(2)
        sock.close()

    thread = threading.Thread(target=refuse, daemon=True)
    thread.start()
    made = client(f"http://127.0.0.1:{listener.getsockname()[1]}", retries=0)
    with pytest.raises(aa.ApiException) as caught:
        aa.FilesApi(made).files_upsert_file("H", "h", "a.bin", b"x" * 50_000_000)
    assert caught.value.status == 413
    assert caught.value.message == "too big for us"
    listener.close()
    thread.join()


GARBAGE = {
    "icy": b"ICY 200 OK\r\n\r\n",
    "long header": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 65536 + b"\r\n\r\n",
    "101 headers": b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 101 + b"\r\n",
    "folded": b"HTTP/1.1 200 OK\r\nX: 1\r\n  2\r\nContent-Length: 0\r\n\r\n",
    "no status": b"HTTP/1.1\r\n\r\n",
    "no colon": b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "broken chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "odd coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    "html": b"<html>hello</html>" * 10,
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_12_what_is_not_http_is_a_protocol_error(kind: str, serve: Any, get: Any) -> None:
    began = time.monotonic()
    with pytest.raises(ApiProtocolError):
        get(serve(GARBAGE[kind]), retries=0)
    assert in_time(time.monotonic() - began, 1)


# ---- differences, depth, time of decoding


def test_the_first_hundred_differences_are_kept_and_all_are_counted(serve: Any, client: Any) -> None:
    many = {"offset": 0, "count": 1, "totalCount": 1, "list": [{**VARIABLE, "isSelectable": "x"}] * 300}
    made = client(serve(answer(body=many)))
    found = aa.FastStatsSystemsApi(made).fast_stats_systems_get_fast_stats_variables("H", "h")
    assert len(found.list) == 300
    drift = made.last_response.drift
    assert len(drift) == MAX_DRIFT
    assert drift.total == 300
    assert drift[99].path == "$.list[99].isSelectable"


def test_values_that_differ_are_kept_short_however_large_they_are() -> None:
    drift = Differences()
    huge = {"a" * 100_000: ["b" * 100_000] * 100}
    decode(
        json.dumps({**VARIABLE, "name": huge, "description": [[[1] * 1000] * 1000]}).encode(),
        "Variable",
        drift,
    )
    assert drift.total == 2
    assert all(len(entry.got) <= 80 and len(entry.path) <= 300 for entry in drift)


def budget(timeout: float) -> Call:
    config = aa.Configuration(host="http://127.0.0.1:1")
    return Call(config, RetryRule(None), timeout, 1.0, None)


def test_slow_decoding_ends_with_the_time_of_the_call() -> None:
    body = b'{"list":[' + b",".join([b"{}"] * 200_000) + b"]}"
    with pytest.raises(ApiTimeout, match="decode"):
        decode(body, "PagedResultsVariable", Differences(), call=budget(0.2))


def nested(levels: int, name: str = '"x"') -> bytes:
    level = '{"operation":"OR","tableName":"t","name":"x","operands":[{"logic":'
    inner = f'{{"operation":"OR","tableName":"t","operands":[],"name":{name}}}'
    inner = level * levels + inner + "}]}" * levels
    selection = f'{{"ancestorCounts":false,"tableName":"t","rule":{{"clause":{{"logic":{inner}}}}}}}'
    return f'{{"counts":[],"ranSuccessfully":true,"query":{{"selection":{selection}}}}}'.encode()


@pytest.mark.parametrize("name", ['"x"', "7"], ids=["as the spec says", "with a difference"])
def test_deep_answers_are_refused_and_others_can_be_used(name: str) -> None:
    import copy
    import pickle

    whole = decode(nested(40, name), "QueryResult")
    assert copy.deepcopy(whole) == pickle.loads(pickle.dumps(whole)) == whole
    assert "OR" in repr(whole)
    for levels in (MAX_DEPTH // 3 + 1, 300, 2000):
        with pytest.raises(ApiDecodeError, match="nested"):
            decode(nested(levels, name), "QueryResult")


def members(levels: int) -> bytes:
    """Return a page of users in which a group lists its users, whose groups list theirs, and so on."""
    from apteco_api.models import GroupSummary, PagedResultsUserSummary, UserSummary

    def user(groups: list[Any]) -> Any:
        names = {"username": "u", "firstname": "Ann", "surname": "Lee", "email_address": "a@b.example"}
        return UserSummary(id=1, group_id=1, teams=[], **names, groups=groups)

    innermost = user([])
    for _ in range(levels):
        innermost = user([GroupSummary(id=1, name="all", user_membership=[innermost])])
    rows = [innermost, *[user([GroupSummary(id=1, name="all")]) for _ in range(50)]]
    return encode(PagedResultsUserSummary(offset=0, count=len(rows), total_count=len(rows), list=rows))


@pytest.mark.parametrize("name", [b"userMembership", rb"user\u004dembership"], ids=["plain", "escaped"])
def test_a_page_is_refused_only_if_its_rows_hold_each_other_too_deeply(name: bytes) -> None:
    differences = Differences()
    for levels in (0, 1, MAX_DEPTH // 4 - 2):
        body = members(levels).replace(b"userMembership", name)
        assert len(decode(body, "PagedResultsUserSummary", differences).list) == 51
    assert not differences  # the strict path reads these pages, so the test below is about that path
    with pytest.raises(ApiDecodeError, match="nested"):
        decode(members(MAX_DEPTH // 4).replace(b"userMembership", name), "PagedResultsUserSummary")


# ---- files


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_a_file_that_is_read_into_memory_is_capped(coding: str, serve: Any) -> None:
    out = run_child(
        """
        import resource, sys
        import apteco_api as aa

        config = aa.Configuration(host=sys.argv[1], max_body_size=4 << 20, retries=0)
        session = aa.login(sys.argv[1], "H", "u", "p", system="h", configuration=config)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            session.files.read("Public/x")
        except aa.ResponseTooLarge as error:
            print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
        """,
        serve(files_of(coding)).url,
    )
    assert float(out) < 40


def files_of(coding: str) -> Any:
    body = bytes(100 * MIB)
    packed = gzip.compress(body) if coding else body
    more = {"Content_Encoding": coding} if coding else {}

    def respond(request: Seen, number: int) -> bytes:
        if "Login" in request.target:
            return answer(
                201, {"accessToken": "t123456", "sessionId": "s", "user": {"id": 1, "username": "u"}}
            )
        return answer(200, packed, "application/octet-stream", **more)

    return respond


# ---- all engines


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("head", ["X: a\r\n b", "X : a", "X\r\nY: b", "X: a\nY: b"])
def test_heads_that_are_not_http_are_refused_by_every_engine(engine: str, head: str, serve: Any) -> None:
    server = serve(f"HTTP/1.1 200 OK\r\n{head}\r\nContent-Length: {len(GOOD)}\r\n\r\n".encode() + GOOD)
    with pytest.raises(ApiProtocolError):
        get(engine, server.url)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "charset", ["idna", "punycode", "undefined", "unicode_escape", "zip", "rot13", "x" * 9999]
)
def test_charsets_that_are_not_for_text_are_not_used(engine: str, charset: str, serve: Any) -> None:
    kind = f"application/json; charset={charset}"
    with pytest.raises(aa.ApiException) as caught:
        get(engine, serve(answer(404, b"-\xe9" + b"a" * 100_000, kind)).url)
    assert caught.value.status == 404
    with pytest.raises(ApiDecodeError, match="can't be read"):
        get(engine, serve(answer(200, GOOD, kind)).url)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("charset", ["latin-1", "windows-1252", "ISO-8859-15", "utf-16", "cp850"])
def test_charsets_for_text_are_read(engine: str, charset: str, serve: Any) -> None:
    kind = f"application/json; charset={charset}"
    body = json.dumps({**VARIABLE, "name": "café"}, ensure_ascii=False).encode(charset)
    assert get(engine, serve(answer(200, body, kind)).url).name == "café"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("value", ["\xb2", "1\xb2", "\xbd", "-1", "1e9", "nan", "9" * 5000, "", "Mon", "٣"])
def test_a_retry_after_that_makes_no_sense_is_ignored(engine: str, value: str, serve: Any) -> None:
    line = f"Retry-After: {value}".encode("latin-1", "replace")
    server = serve(b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n" + line + b"\r\n\r\n{}")
    with pytest.raises(aa.ApiException) as caught:
        get(engine, server.url)
    assert caught.value.status == 503
    assert caught.value.retry_after is None
