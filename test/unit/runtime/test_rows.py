"""The items of a large array are read off an answer as it arrives, wherever the network cuts it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from apteco_api._runtime import streaming as rows
from apteco_api._runtime.codec.decode import decode
from apteco_api._runtime.exceptions import ApiDecodeError

NASTY = ["},{", '"}],"rows":[{', "\\", '\\"},{\\"', "}]", '"rows":[', "{[", "ünï ☃ 𝄞", "", "}\n,\n{"]


def answer(count: int) -> dict[str, Any]:
    found = [{"codes": f"{NASTY[n % len(NASTY)]}\t{n}", "descriptions": f"{n}"} for n in range(count)]
    return {"title": 'a "rows":[ b', "ranSuccessfully": True, "rows": found, "counts": [{"a": 1}, {"a": 2}]}


def pieces(text: bytes, seed: int) -> Iterator[bytes]:
    """Yield the text in chunks of random sizes, as a socket may give it."""
    sizes = random.Random(seed)
    while text:
        size = sizes.choice([1, 2, 3, 7, 50, 400])
        yield text[:size]
        text = text[size:]


def read(chunks: Iterable[bytes]) -> tuple[list[dict[str, str]], bytes]:
    """Return the items, and the document without them."""
    keys, item = rows.place_of("ExportResult", "$.rows")
    source = rows.split(chunks, keys, item, [])
    found: list[dict[str, str]] = []
    try:
        while True:
            found += [{"codes": row.codes, "descriptions": row.descriptions} for row in next(source)]
    except StopIteration as done:
        rest: bytes = done.value
        return found, rest


@pytest.mark.parametrize("indent", [None, 2], ids=["compact", "laid out"])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")], ids=["tight", "loose"])
@pytest.mark.parametrize("count", [0, 1, 2, 300])
def test_every_item_arrives_once_and_in_order_and_the_rest_is_kept(
    monkeypatch: pytest.MonkeyPatch, count: int, separators: tuple[str, str], indent: int | None
) -> None:
    monkeypatch.setattr(rows, "BATCH", 700)
    expected = answer(count)
    for ascii_only in (True, False):
        text = json.dumps(expected, separators=separators, indent=indent, ensure_ascii=ascii_only).encode()
        for seed in range(3):
            found, rest = read(pieces(text, seed))
            assert found == expected["rows"]
            assert json.loads(rest) == {**expected, "rows": []}


@pytest.mark.parametrize("missing", [{"rows": None}, {}], ids=["null", "left out"])
def test_an_answer_without_the_list_is_handed_on_whole(missing: dict[str, Any]) -> None:
    text = json.dumps({"ranSuccessfully": False, **missing}).encode()
    assert read([text]) == ([], text)


def test_every_prefix_of_an_answer_is_an_error_never_a_short_result() -> None:
    text = json.dumps(answer(12), separators=(",", ":")).encode()
    for end in range(len(text)):
        with pytest.raises(ApiDecodeError):
            decode(read([text[:end]])[1], "ExportResult")


def test_a_text_full_of_brackets_costs_no_more_than_its_length() -> None:
    items = [{"codes": "x", "descriptions": "},{" * 400_000}, {"codes": "y", "descriptions": "z"}]
    text = json.dumps({"rows": items}, separators=(",", ":")).encode()
    found, _ = read(text[at : at + 65536] for at in range(0, len(text), 65536))
    assert found == items
