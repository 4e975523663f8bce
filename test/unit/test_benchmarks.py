"""The benchmarks' arithmetic: a ratio is ours over the floor, and a row is met only at its limit or below."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks.report import Page
from benchmarks.rows import Row

PAIRED = Row("decode", "variables", ("ours",), "structs", 1.15, "ms")
ALONE = Row("import", "import", ("ours",), "", 10, "ms")


def test_the_ratio_is_ours_over_the_floor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(benchmarks, "pair", lambda *_: [0.003, 0.002])
    figures, ratio = benchmarks.run(PAIRED, {"ours": []}, tmp_path, "0", 2)
    assert ratio == pytest.approx(1.5)
    assert figures["ours"] / figures["structs"] == pytest.approx(1.5)


def test_parts_that_are_kept_make_the_page_when_the_last_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = [*(row.task for row in benchmarks.ROWS), *benchmarks.PARTS]
    page = tmp_path / "docs" / "performance.md"
    page.parent.mkdir()
    page.write_text("before")

    def measured(options: Any, _: Any) -> dict[str, Any]:
        rows = {row.task: ({"ours": 1.0}, None) for row in benchmarks.ROWS if options.only in row.task}
        parts: dict[str, dict[str, float]] = {name: {} for name in benchmarks.PARTS if options.only in name}
        return {"sizes": {"query": 1}, **rows, **parts}

    def ran(*words: str) -> str:
        monkeypatch.setattr("sys.argv", ["benchmarks", "--cache", str(tmp_path / "cache"), *words])
        benchmarks.main()
        return page.read_text()

    monkeypatch.setattr(benchmarks, "ROOT", tmp_path)
    monkeypatch.setattr(benchmarks, "measured", measured)
    monkeypatch.setattr(benchmarks.peers, "prepare", lambda *_: {})
    monkeypatch.setattr(benchmarks.peers, "versions", lambda *_: {})
    for name in names[:-1]:
        assert ran("--only", name, "--keep") == "before"
    assert ran("--only", names[-1]) == "before"  # not kept
    assert f"| {benchmarks.ROWS[0].name} |" in ran("--only", names[-1], "--keep")
    page.write_text("before")
    assert ran("--only", names[0], "--keep") == "before"  # a new run begins


@pytest.mark.parametrize(
    ("row", "ours", "ratio", "met"),
    [
        (PAIRED, 1.0, 1.15, "yes (1.15 × floor)"),
        (PAIRED, 1.0, 1.16, "no (1.16 × floor)"),
        (PAIRED, 1.0, 0.8, "yes (0.80 × floor)"),
        (ALONE, 10.0, None, "yes"),
        (ALONE, 10.1, None, "no"),
    ],
)
def test_a_row_is_met_at_its_limit_or_below(row: Row, ours: float, ratio: Any, met: str) -> None:
    page = Page("a machine", {})
    page.add(row, {"ours": ours, "structs": 1.0}, ratio)
    line = next(line for line in page.text().splitlines() if line.startswith(f"| {row.name} |"))
    assert line.rstrip(" |").rpartition("| ")[2] == met


@pytest.mark.parametrize(
    ("ratio", "memory", "met"), [(1.5, 250, "yes"), (1.51, 250, "no"), (1.0, 251, "no"), (0.5, 10, "yes")]
)
def test_a_frame_is_met_at_both_of_its_limits_or_below(ratio: float, memory: float, met: str) -> None:
    figures = {"rows": 1_000_000.0, "Parquet seconds": 2.0, "Parquet memory": 31.0}
    for name in ("pandas", "Polars"):
        figures |= {f"{name} seconds": 3.0, f"{name} ratio": ratio, f"{name} memory": memory}
    lines = Page("a machine", {}, frames=figures).text().splitlines()
    for name in ("pandas", "Polars"):
        line = next(line for line in lines if line.startswith(f"| {name} |"))
        assert line.split("|")[1:-1] == [
            f" {name} ",
            " 3.00 ",
            f" {ratio:.2f} ",
            f" {memory:.0f} MB ",
            f" {met} ",
        ]
