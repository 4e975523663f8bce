"""Rows are read off a JSON answer as it arrives, however it is laid out and wherever it is cut."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apteco_api import rowstream
from apteco_api.catalogue import Facts
from apteco_api.columns import ExportColumn
from apteco_api.rowstream import RowStream, read_rows
from apteco_api.runtime.exceptions import ApiDecodeError

COLUMNS = [
    ExportColumn("Text", Facts("peSName", "People", "text")),
    ExportColumn("Cost", Facts("boCost", "Bookings", "numeric", decimals=True)),
]
NASTY = ["},{", '"}],"rows":[{', "\\", '\\"},{\\"', "}]", '"rows":[', "{[", "ünï ☃ 𝄞", "", "}\n,\n{"]


def answer(count: int, **more: Any) -> dict[str, Any]:
    rows = [
        {"codes": f"{NASTY[n % len(NASTY)]}\t{n}", "descriptions": f"{NASTY[n % len(NASTY)]}\t{n}.50"}
        for n in range(count)
    ]
    return {
        "title": 'a "rows":[ b',
        "ranSuccessfully": True,
        "rows": rows,
        "counts": [{"a": 1}, {"a": 2}],
        **more,
    }


def pieces(text: bytes, seed: int) -> Iterator[bytes]:
    """The text in chunks of random sizes, as a socket may give it."""
    sizes = random.Random(seed)
    while text:
        size = sizes.choice([1, 2, 3, 7, 50, 400])
        yield text[:size]
        text = text[size:]


@pytest.mark.parametrize("indent", [None, 2], ids=["compact", "laid out"])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")], ids=["tight", "loose"])
@pytest.mark.parametrize("count", [0, 1, 2, 300])
def test_every_row_arrives_once_and_in_order(
    monkeypatch: pytest.MonkeyPatch, count: int, separators: tuple[str, str], indent: int | None
) -> None:
    monkeypatch.setattr(rowstream, "PIECE", 700)
    expected = answer(count)
    for ascii_only in (True, False):
        text = json.dumps(expected, separators=separators, indent=indent, ensure_ascii=ascii_only).encode()
        for seed in range(3):
            found = [
                {"codes": row.codes, "descriptions": row.descriptions}
                for rows in read_rows(pieces(text, seed))
                for row in rows
            ]
            assert found == expected["rows"]


@pytest.mark.parametrize("rows", [None, "absent"])
def test_an_answer_without_rows_is_no_rows(rows: Any) -> None:
    content = answer(0)
    content["rows"] = None
    if rows == "absent":
        del content["rows"]
    assert list(read_rows([json.dumps(content).encode()])) == []


@pytest.mark.parametrize("first", [True, False], ids=["said before the rows", "said after them"])
def test_an_export_that_failed_is_an_error_with_the_servers_words(first: bool) -> None:
    failed = {"ranSuccessfully": False, "messages": [{"type": "Error", "number": 1, "text": "disk full"}]}
    rows = {"rows": answer(3)["rows"]}
    text = json.dumps({**failed, **rows} if first else {**rows, **failed}).encode()
    with pytest.raises(ApiDecodeError, match="disk full"):
        list(read_rows([text]))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"rows":[{"codes":"a","descriptions":"b"}',
        b'{"rows":[{"codes":"a"}]}',
        b'{"rows":[]',
    ],
    ids=["empty", "html", "list", "cut off", "field missing", "no end"],
)
def test_what_is_no_export_is_an_error(text: bytes) -> None:
    with pytest.raises(ApiDecodeError):
        list(read_rows([text]))


def test_every_prefix_of_an_answer_is_an_error_never_a_short_result() -> None:
    text = json.dumps(answer(12), separators=(",", ":")).encode()
    for end in range(len(text)):
        with pytest.raises(ApiDecodeError):
            list(read_rows([text[:end]]))


def test_batches_have_the_size_asked_for_and_the_connection_is_given_back(tmp_path: Path) -> None:
    closed: list[bool] = []
    text = json.dumps(answer(25)).encode()
    stream = RowStream(COLUMNS, [text], lambda: closed.append(True), batch_size=10)
    assert [len(rows) for rows in stream] == [10, 10, 5]
    assert closed


def test_parquet_and_csv_are_written_a_batch_at_a_time(tmp_path: Path) -> None:
    pl = pytest.importorskip("polars", reason="reads the file back")
    pytest.importorskip("pyarrow", reason="Parquet needs the extra arrow")
    text = json.dumps(answer(25)).encode()

    def stream() -> RowStream:
        return RowStream(COLUMNS, [text], lambda: None, batch_size=10)

    assert stream().to_parquet(tmp_path / "rows.parquet") == 25
    frame = pl.read_parquet(tmp_path / "rows.parquet")
    assert frame["Cost"].to_list() == [n + 0.5 for n in range(25)]
    assert frame["Text"].to_list() == [NASTY[n % len(NASTY)] for n in range(25)]
    assert stream().to_csv(tmp_path / "rows.csv") == 25
    assert pl.read_csv(tmp_path / "rows.csv")["Cost"].to_list() == frame["Cost"].to_list()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["rows.csv", "rows.parquet"]


def test_a_failure_half_way_leaves_no_file(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="Parquet needs the extra arrow")
    text = json.dumps(answer(2500)).encode()[:-30]
    with pytest.raises(ApiDecodeError):
        RowStream(COLUMNS, pieces(text, 0), lambda: None, batch_size=10).to_parquet(tmp_path / "rows.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_hostile_text_costs_no_more_than_its_length() -> None:
    rows = [{"codes": "x", "descriptions": "},{" * 400_000}, {"codes": "y", "descriptions": "z"}]
    text = json.dumps({"rows": rows}, separators=(",", ":")).encode()
    found = [
        row.codes
        for part in read_rows(text[at : at + 65536] for at in range(0, len(text), 65536))
        for row in part
    ]
    assert found == ["x", "y"]
