"""Exports of many rows: they are sent while the engine works, without loss, and leave nothing behind."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3

from apteco_api.sandbox import Sandbox, query, serve

MANY = 25_000
EXPORT = "Exports_PerformExportSynchronously"


def request(most: int = MANY, **more: Any) -> dict[str, Any]:
    columns = [{"id": "0", "variableName": "boURN", "columnHeader": "URN"}]
    return {
        "baseQuery": {"selection": {"tableName": "Bookings"}},
        "resolveTableName": "Bookings",
        "maximumNumberOfRowsToBrowse": most,
        "returnBrowseRows": True,
        "columns": columns,
        **more,
    }


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """Yield a sandbox with one worker: a call that holds it stops all others."""
    with serve(scale=60_000, workers=1) as running:
        yield running


@pytest.fixture(scope="module")
def api(box: Sandbox, new_api: Callable[..., Any]) -> Any:
    return new_api(box.url, box.username, box.password)


def begun(api: Any, box: Sandbox, body: dict[str, Any]) -> urllib3.BaseHTTPResponse:
    """Return the answer to an export, with its body unread."""
    url = f"{box.url}/{box.data_view}/Exports/{box.system}/ExportSync"
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": "application/json"}
    return urllib3.PoolManager(retries=False).request(
        "POST", url, body=json.dumps(body).encode(), headers=headers, preload_content=False
    )


def urns(rows: list[dict[str, str]]) -> list[str]:
    assert all(row["codes"] == row["descriptions"] for row in rows)
    return [row["codes"] for row in rows]


def state(api: Any, box: Sandbox) -> str:
    """State of the latest piece of work in the engine's log."""
    return str(box.world.data.log[-1]["state"])


@pytest.mark.parametrize("most", [9_999, 10_000, 10_001, 20_000, MANY])
def test_an_export_has_all_its_rows_in_order_however_they_are_sent(api: Any, box: Sandbox, most: int) -> None:
    answer = api(EXPORT, body=request(most), query={"returnDefinition": "true"})
    cursor = box.world.data.cursor()
    wanted = cursor.execute(f"SELECT urn::VARCHAR FROM holidays.bookings ORDER BY id LIMIT {most}").fetchall()
    assert urns(answer["rows"]) == [urn for (urn,) in wanted]
    assert answer["ranSuccessfully"]
    assert answer["export"]["maximumNumberOfRowsToBrowse"] == most
    assert state(api, box) == "Completed"


def test_many_rows_are_sent_in_chunks_and_few_with_a_content_length(api: Any, box: Sandbox) -> None:
    few, many = begun(api, box, request(100)), begun(api, box, request())
    assert few.headers.get("Content-Length") == str(len(few.read()))
    assert many.headers.get("Transfer-Encoding") == "chunked"
    assert len(json.loads(many.read())["rows"]) == MANY


def test_many_rows_can_also_be_xml(box: Sandbox, new_api: Callable[..., Any]) -> None:
    other = new_api(box.url, box.username, box.password, form="application/xml")
    assert len(other(EXPORT, body=request())["rows"]) == MANY


def test_rows_and_a_file_hold_the_same(api: Any) -> None:
    body = request(pathToExportTo="Private/many.csv", output={"format": "CSV"})
    rows = urns(api(EXPORT, body=body)["rows"])
    text = api.send("Files_GetFile", filePath="Private/many.csv").data.decode("utf-8-sig")
    assert [line.strip('"') for line in text.split()][-60_000:][:MANY] == rows


def test_a_reader_that_stops_reading_does_not_hold_a_worker(api: Any, box: Sandbox) -> None:
    unread = begun(api, box, request(60_000))
    counted = api("Queries_PerformQueryCountSynchronously", body=request()["baseQuery"])
    assert counted["counts"][0]["countValue"] == 60_000
    assert len(json.loads(unread.read())["rows"]) == 60_000


def test_the_work_ends_when_its_reader_leaves(
    api: Any, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = query.browse

    def endless(*args: Any, **options: Any) -> Iterator[dict[str, Any]]:
        head, *pieces = real(*args, **options)
        yield head
        while True:
            yield from pieces
            time.sleep(0.01)

    monkeypatch.setattr(query, "browse", endless)
    answer = begun(api, box, request(20_000))
    answer.read(1000)
    answer.close()
    api("Queries_PerformQueryCountSynchronously", body=request()["baseQuery"])  # the one worker is free again
    assert list(box.world.data.log)[-2]["state"] == "Cancelled"


def test_an_answer_that_fails_half_way_is_cut_off_and_the_log_says_why(
    api: Any, box: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = query.browse

    def failing(*args: Any, **options: Any) -> Iterator[dict[str, Any]]:
        yield from real(*args, **options)
        raise ZeroDivisionError("half way")

    monkeypatch.setattr(query, "browse", failing)
    with caplog.at_level(logging.ERROR), pytest.raises(urllib3.exceptions.ProtocolError):
        begun(api, box, request()).read()
    assert "half way" in caplog.text
    assert state(api, box) == "Failed"


def test_an_export_that_fails_before_its_second_batch_is_refused_with_its_status(
    api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(*args: Any, **options: Any) -> Iterator[dict[str, Any]]:
        yield {"ranSuccessfully": True, "counts": []}
        raise query.QueryError(400, 1, "not to be done")

    monkeypatch.setattr(query, "browse", refusing)
    status, message = api.refused(EXPORT, body=request())
    assert (status, message) == (400, "not to be done")


def test_a_sandbox_closes_while_an_answer_is_on_its_way(new_api: Callable[..., Any]) -> None:
    columns = [{"id": str(n), "variableName": "boURN", "columnHeader": "URN"} for n in range(20)]
    with serve(scale=60_000) as box:  # more than the connection's buffers hold
        api = new_api(box.url, box.username, box.password)
        unread = begun(api, box, request(60_000, columns=columns))
        assert unread.read(10)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        unread.read()
