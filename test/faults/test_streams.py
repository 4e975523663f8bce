"""Streams of rows: limits on memory and time, and answers that break off (cases 23 and beyond)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from support import lab
from support.lab import Seen, answer, run_child

import apteco_api as aa
from apteco_api._runtime import streaming
from apteco_api._runtime.codec.drift import Differences
from apteco_api._runtime.codec.expressions import resolve
from apteco_api.exceptions import ApiTimeout, ResponseTooLarge


def items_of(chunks: Iterator[bytes], **options: Any) -> int:
    source = streaming.split(chunks, ["rows"], resolve("Row"), Differences(), **options)
    return sum(len(batch) for batch in source)


ROW = b'{"codes":"1","descriptions":"x"}'


def test_what_follows_a_list_is_kept_up_to_the_limit() -> None:
    def endless() -> Iterator[bytes]:
        yield b'{"rows":[' + ROW + b'],"x":"'
        while True:
            yield b"a" * 65536

    with pytest.raises(ResponseTooLarge):
        items_of(endless(), limit=1 << 20)


@pytest.mark.parametrize("where", ["item", "head"])
def test_a_long_item_or_head_is_not_looked_through_again_and_again(where: str, monkeypatch: Any) -> None:
    looked = [0]
    for name in ("_scan", "_array_start"):
        real = getattr(streaming, name)

        def counted(buffer: bytes, *more: Any, real: Any = real) -> Any:
            looked[0] += len(buffer)
            return real(buffer, *more)

        monkeypatch.setattr(streaming, name, counted)
    long = b'"' + b"a" * (8 << 20) + b'"'
    if where == "item":
        whole = b'{"rows":[{"codes":' + long + b',"descriptions":"x"}]}'
    else:
        whole = b'{"title":' + long + b',"rows":[' + ROW + b"]}"
    pieces = (whole[start : start + 16384] for start in range(0, len(whole), 16384))
    assert items_of(pieces, limit=64 << 20) == 1
    assert looked[0] < 5 * len(whole)


def rows_slowly(pause: float, count: int) -> Any:
    def write(sock: Any, seen: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        sock.sendall(b'{"ranSuccessfully":true,"rows":[' + ROW)
        for _ in range(count):
            time.sleep(pause)
            sock.sendall(b"," + ROW * 1)
        sock.sendall(b"]}")

    return lambda request, number: write


EXPORT: Any = {"columns": []}


def streamed(client: aa.ApiClient, **options: Any) -> Iterator[Any]:
    return streaming.stream(
        aa.ExportsApi(client).exports_perform_export_synchronously, "H", "h", export=EXPORT, **options
    )


def test_a_steady_stream_may_last_longer_than_the_timeout(serve: Any, client: Any) -> None:
    made = client(serve(rows_slowly(0.15, 12)), timeout=1.0, retries=0)
    assert len(list(streamed(made))) == 13


def test_a_stream_that_falls_silent_ends(serve: Any, client: Any) -> None:
    made = client(serve(rows_slowly(3.0, 1)), timeout=0.5, retries=0)
    with pytest.raises(ApiTimeout):
        list(streamed(made))


def test_a_time_that_is_given_for_a_stream_is_for_all_of_it(serve: Any, client: Any) -> None:
    made = client(serve(rows_slowly(0.15, 20)), timeout=30.0, retries=0)
    with pytest.raises(ApiTimeout):
        list(streamed(made, _request_timeout=1.0))


def test_the_time_between_two_batches_is_the_callers(serve: Any, client: Any) -> None:
    many = b",".join([ROW] * 100_000)
    whole = b'{"ranSuccessfully":true,"rows":[' + many + b"]}"
    made = client(serve(answer(body=whole)), retries=0)
    count = 0
    for number, _ in enumerate(streamed(made, _request_timeout=2.0)):
        if number in (0, 50_000):
            time.sleep(1.5)
        count += 1
    assert count == 100_000


def test_23_a_stream_of_rows_needs_less_than_64_mib(serve: Any) -> None:
    rows = 1_000_000
    row = json.dumps({"codes": "0001\t17", "descriptions": "Somebody\tSeventeen"}).encode()

    def respond(request: Any, number: int) -> Any:
        def write(sock: Any, request: Any) -> bool:
            step = 10_000
            head = b'{"title": "x", "rows": ['
            length = len(head) + rows * len(row) + (rows - 1) + 2
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (length, head))
            for index in range(rows // step):
                tail = b"]}" if index == rows // step - 1 else b","
                sock.sendall(b",".join([row] * step) + tail)
            return True

        return write

    out = run_child(
        """
        import resource, sys, time
        sys.path.insert(0, "test")
        import apteco_api as aa
        from support.lab import decoded
        client = aa.ApiClient(aa.Configuration(host=sys.argv[1]))
        operation = aa.ExportsApi.operations["exports_perform_export_synchronously"]
        values = ["Holidays", "holidays", *[None] * (len(operation.parameters) - 2)]
        decoded(b'{"rows": []}', "ExportResult")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        count = 0
        for row in client.stream(operation, values, path="$.rows"):
            count += 1
        assert row.descriptions == "Somebody\\tSeventeen"
        print(count, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
        """,
        serve(respond).url,
    )
    count, grown = out.split()
    assert int(count) == rows
    assert float(grown) < 64


@pytest.mark.parametrize("ending", [b"", b'{"codes": "1", "desc', b"]", b"], "])
def test_23_a_stream_that_breaks_off_is_an_error_after_the_rows_that_came(
    ending: bytes, serve: Any, client: Any
) -> None:
    row = json.dumps({"codes": "1", "descriptions": "a"}).encode()
    body = b'{"rows": [' + (row + b",") * 10_000 + row + (b"," if ending[:1] == b"{" else b"") + ending
    whole = answer(body=body).replace(b"Content-Length: ", b"Content-Length: 9")
    stream = client(serve(whole)).stream
    operation = aa.ExportsApi.operations["exports_perform_export_synchronously"]
    rows = []
    with pytest.raises(aa.ApiException):  # noqa: PT012
        for item in stream(operation, ["Holidays", "holidays", None, None, None], path="$.rows"):
            rows.append(item)
    assert all(item.codes == "1" for item in rows)
    assert lab.TOKEN not in str(rows)
