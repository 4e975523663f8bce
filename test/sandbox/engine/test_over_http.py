"""Deep trees and export files through the server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from apteco_api.sandbox import serve

from .shapes import codes, count_measure, cube, dimension, export
from .shapes import query as on

LEVELS = 120  # three levels of JSON each, at most 500 in all


class Caller:
    """A session that posts JSON."""

    def __init__(self, server: Any) -> None:
        self.base = f"{server.url}/{server.data_view}"
        self.pool = urllib3.PoolManager(retries=False)
        fields = {"UserLogin": server.username, "Password": server.password}
        login = self.pool.request(
            "POST", f"{self.base}/Sessions/SimpleLogin", fields=fields, encode_multipart=False
        )
        self.headers = {"Authorization": f"Bearer {login.json()['accessToken']}"}

    def __call__(self, path: str, body: str) -> tuple[int, str]:
        answer = self.pool.request(
            "POST", f"{self.base}/{path}", body=body.encode(),
            headers={**self.headers, "Content-Type": "application/json"},
        )  # fmt: skip
        return answer.status, answer.data.decode()

    def file(self, path: str) -> bytes:
        answer = self.pool.request("GET", f"{self.base}/Files/holidays/{path}", headers=self.headers)
        assert answer.status == 200, answer.data
        return bytes(answer.data)


@pytest.fixture(scope="module")
def call() -> Iterator[Caller]:
    with serve(scale=2000) as server:
        yield Caller(server)


def deep(request: dict[str, Any]) -> str:
    """Return the text of a request with its one "TREE" replaced by `LEVELS` levels around a criteria."""
    start = end = ""
    for level in range(LEVELS):
        if level % 4 == 0:
            opening = '{"logic": {"operation": "NOT", "tableName": "Bookings", "operands": ['
            start, end = start + opening, "]}}" + end
        elif level % 4 == 1:
            opening = '{"logic": {"operation": "OR", "tableName": "Bookings", "operands": ['
            start, end = start + opening + json.dumps(codes("boDest", "44")) + ", ", "]}}" + end
        elif level % 4 == 2:
            opening = '{"logic": {"operation": "THE", "tableName": "Bookings", "operands": ['
            start, end = start + opening, "]}}" + end
        else:
            opening = '{"logic": {"operation": "ANY", "tableName": "People", "operands": ['
            start, end = start + opening, "]}}" + end
    inner = json.dumps(codes("boDest", "06"))
    return json.dumps(request).replace('"TREE"', start + inner + end)


TREE: Any = "TREE"


def test_counts_exports_and_cubes_take_deep_trees(call: Caller) -> None:
    status, text = call("Queries/holidays/CountSync", deep(on("Bookings", TREE)))
    assert status == 200, text
    count = json.loads(text)["counts"][0]["countValue"]
    assert 0 < count < 2000
    status, text = call(
        "Exports/holidays/ExportSync", deep(export("Bookings", ["boURN"], on("Bookings", TREE)))
    )
    assert (status, len(json.loads(text)["rows"])) == (200, count)
    request = cube("Bookings", [dimension("boDest")], [count_measure("Bookings")], on("Bookings", TREE))
    status, text = call("Cubes/holidays/CalculateSync", deep(request))
    assert status == 200, text
    assert json.loads(text)["measureResults"][0]["rows"][0].split("\t")[-1] == str(count)


def test_a_deep_request_is_echoed_saved_and_read_again(call: Caller) -> None:
    body = deep(on("Bookings", TREE))
    status, text = call("Queries/holidays/CountSync?returnDefinition=true", body)
    assert status == 200
    echoed = body.replace(" ", "") in text.replace(" ", "")
    assert echoed
    save = f'{{"path": "Public/deep.xml", "query": {body}}}'
    status, answer = call("Queries/holidays/SaveFileSync", save)
    assert status in (200, 204), answer
    status, again = call("Queries/holidays/CountFileSync", '{"path": "Public/deep.xml"}')
    assert status == 200
    before_the_echo = text.partition(',"query"')[0] + "}"
    assert json.loads(again)["counts"] == json.loads(before_the_echo)["counts"]
    status, found = call("Queries/holidays/GetFileSync", '{"path": "Public/deep.xml"}')
    assert status == 200, found
    assert found.count('"operation"') == LEVELS


def test_a_mistake_deep_inside_is_a_400_that_names_its_place(call: Caller) -> None:
    body = deep(on("Bookings", TREE)).replace('"06"', '"06", "bandingType": "Eras"')
    status, text = call("Queries/holidays/CountSync", body)
    assert status == 400
    assert "must be one of" in json.loads(text)["message"]
    status, text = call(
        "Queries/holidays/CountSync", body.replace("Eras", "Years").replace('"listRule"', '"x"')
    )
    assert status == 400
    assert "a value rule needs" in json.loads(text)["message"]


@pytest.mark.parametrize("form", ["CSV", "DBF", "SDF", "URN", "XLS", "XLSX"])
def test_every_listed_format_is_written_to_the_file_store(call: Caller, form: str) -> None:
    listed = call.pool.request("GET", f"{call.base}/Exports/holidays", headers=call.headers).json()
    assert form in [item["format"] for item in listed["outputTypes"]]
    request = export("Bookings", ["boURN", "boDest"], most=3, output={"format": form})
    request["pathToExportTo"] = f"Public/out.{form.lower()}"
    status, text = call("Exports/holidays/ExportSync", json.dumps(request))
    assert status == 200, text
    start = {"CSV": b'"Booking URN"', "DBF": b"\x03", "SDF": b"10001265", "URN": b"10001265\r\n",
             "XLS": b"\xd0\xcf\x11\xe0", "XLSX": b"PK"}[form]  # fmt: skip
    assert call.file(request["pathToExportTo"]).startswith(start)


@pytest.mark.parametrize("form", ["MDB", "NATIVEDUMP"])
def test_other_formats_are_refused_by_name(call: Caller, form: str) -> None:
    request = export("Bookings", ["boURN"], most=3, output={"format": form}, pathToExportTo="Public/out.bin")
    status, text = call("Exports/holidays/ExportSync", json.dumps(request))
    assert status == 400
    assert f"output.format {form} (there is CSV, DBF, SDF, URN, XLS, XLSX)" in json.loads(text)["message"]


def test_record_sets_are_read_from_the_file_store(call: Caller) -> None:
    people = export("People", ["peURN"], on("People", codes("peGender", "F")), output={"format": "URN"})
    people["pathToExportTo"] = "Public/women.txt"
    status, text = call("Exports/holidays/ExportSync", json.dumps(people))
    assert status == 200, text
    chosen = {"byReference": True, "path": "Public/women.txt", "keyVariableName": "peURN"}
    status, text = call("Queries/holidays/CountSync", json.dumps(on("People", recordSet=chosen)))
    _, wanted = call("Queries/holidays/CountSync", json.dumps(on("People", codes("peGender", "F"))))
    assert status == 200
    assert json.loads(text)["counts"] == json.loads(wanted)["counts"]
    missing = on("People", recordSet={**chosen, "path": "Public/no.txt"})
    status, text = call("Queries/holidays/CountSync", json.dumps(missing))
    assert status == 404
    assert "no.txt" in text


def test_a_selection_may_stand_where_a_sub_selection_belongs(call: Caller) -> None:
    inner = on("Bookings", codes("boDest", "06"), limits={"type": "Total", "total": 7})["selection"]
    outer = {"operation": "ANY", "tableName": "People"}
    found = [
        call("Queries/holidays/CountSync", json.dumps(on("People", {"logic": {**outer, "operands": [form]}})))
        for form in ({"subSelection": inner}, {"subSelection": {"selection": inner}})
    ]
    assert found[0][0] == 200, found[0][1]
    assert json.loads(found[0][1])["counts"] == json.loads(found[1][1])["counts"]
    wrong = {"subSelection": {**inner, "limits": {"type": "Dozen"}}}
    status, text = call("Queries/holidays/CountSync", json.dumps(on("Bookings", wrong)))
    assert status == 400
    assert "query.selection.rule.clause.subSelection.selection.limits.type" in json.loads(text)["message"]
