"""Random requests get the same answers from the engine and from pandas."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from apteco_api.sandbox import query
from apteco_api.sandbox.query.errors import WRONG_TABLE

from .cubes import cube
from .frames import Frames
from .requests import Requests

QUERIES = 300
EXPORTS = 300
CUBES = 300


@pytest.mark.parametrize("start", range(0, QUERIES, 50))
def test_random_queries_count_the_same(cursor: Any, frames: Frames, start: int) -> None:
    for seed in range(start, start + 50):
        request = Requests(seed).query()
        found = query.count(cursor, request)["counts"]
        expected = [{"tableName": name, "countValue": value} for name, value in frames.counts(request)]
        assert found == expected, f"seed {seed}: {json.dumps(request)}"


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, EXPORTS, 50))
def test_random_exports_show_the_same(cursor: Any, frames: Frames, start: int) -> None:
    for seed in range(start, start + 50):
        request = Requests(seed).export()
        found = query.export(cursor, request)
        count, rows = frames.export(request)
        assert found["counts"][0]["countValue"] == count, f"seed {seed}: {json.dumps(request)}"
        shown = [(row["codes"], row["descriptions"]) for row in found["rows"]]
        assert shown == rows, f"seed {seed}: {json.dumps(request)}"


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, CUBES, 50))
def test_random_cubes_have_the_same_cells(cursor: Any, frames: Frames, start: int) -> None:
    refused = 0
    for seed in range(start, start + 50):
        request = Requests(seed).cube()
        try:
            found = query.cube(cursor, request)
        except query.QueryError as error:
            if error.code != WRONG_TABLE:  # some requests have tables that do not fit, on purpose
                raise
            refused += 1
            continue
        headers, expected = cube(frames, request)
        codes = [result["headerCodes"].split("\t") for result in found["dimensionResults"]]
        assert codes == headers, f"seed {seed}: {json.dumps(request)}"
        for result, cells in zip(found["measureResults"], expected, strict=True):
            values = [value for row in result["rows"] for value in row.split("\t")]
            assert len(values) == math.prod(map(len, headers))
            for place, value in enumerate(values):
                cell = []
                for header in headers:
                    place, index = divmod(place, len(header))
                    cell.append(header[index])
                wanted = cells[tuple(cell)]
                same = value == "" if math.isnan(wanted) else value != "" and _close(float(value), wanted)
                assert same, (
                    f"seed {seed} {result['id']} {cell}: {value!r} != {wanted}: {json.dumps(request)}"
                )
    assert refused < 25, "too few cubes were compared"


def _close(found: float, wanted: float) -> bool:
    return math.isclose(found, wanted, rel_tol=1e-9, abs_tol=6e-5)
