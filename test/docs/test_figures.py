"""The figures of the documents: the README has those of docs/performance.md, and counts are right."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest

import apteco_api as aa

from .conftest import ROOT, documents

ROWS = {
    "`import` over the bare interpreter": "import, over the bare interpreter",
    "import, client, first call": "first call ready: import, client, one model, one call",
    "decode 1,000 variables": "decode 1,000 variables",
    "decode an export, 10,000 × 10": "decode an export, 10,000 × 10",
    "memory to decode 100,000 rows": "peak memory, export of 100,000 rows decoded",
    "one GET, kept-alive loopback": "one GET, kept-alive loopback, pinned to one core",
}
"""Row of the README -> row of the page."""


def table(text: str, heading: str) -> dict[str, dict[str, str]]:
    """Rows of the first Markdown table below a heading: first cell -> column -> cell."""
    lines = text.partition(f"\n## {heading}\n")[2].lstrip().splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines[: next(n for n, line in enumerate(lines) if not line.startswith("|"))]
    ]
    head, _, *rows = cells
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


@pytest.mark.parametrize("row", ROWS)
def test_the_readme_shows_the_figures_of_the_run(row: str) -> None:
    shown = table((ROOT / "README.md").read_text("utf-8"), "Figures")
    run = table((ROOT / "docs" / "performance.md").read_text("utf-8"), "The client")[ROWS[row]]
    columns = {"this": "ours", "0.3.2": "0.3.2", "OpenAPI Generator 7": "OpenAPI Generator 7"}
    wanted = {name: run[column] for name, column in columns.items()}
    floor = next(name for name in shown[row] if name.startswith("floor"))
    assert shown[row] == {**wanted, floor: run["floor"]}


def test_every_row_of_the_run_is_met_or_explained() -> None:
    page = (ROOT / "docs" / "performance.md").read_text("utf-8")
    missed = [name for name, row in table(page, "The client").items() if row["met"].startswith("no")]
    told = re.findall(r"^- \*\*(.+?)\*\*", page, re.MULTILINE)
    assert [name for name in missed if not any(name.startswith(start) for start in told)] == []


def operations() -> list[Any]:
    return [each for name in aa.api.__all__ for each in getattr(aa, name).operations.values()]


def schemas() -> int:
    document = json.loads((ROOT / "apteco_api" / "sandbox" / "openapi.json").read_text("utf-8"))
    return len(document["components"]["schemas"])


def faults() -> int:
    page = (ROOT / "docs" / "reliability.md").read_text("utf-8")
    return len(re.findall(r"^\| \d+ \| ", page, re.MULTILINE))


COUNTED = {
    r"three clients make of (\d+) faults": faults,
    r"(?:any of the|all) (\d+) operations": lambda: len(operations()),
    r"(\d+) paged operations": lambda: sum(1 for each in operations() if each.paging),
    r"schemas, for all (\d+) of them": schemas,
    r"Added the (\d+) operations": lambda: sum(1 for each in operations() if each.since),
}
"""What a document says, and how it is counted."""


@pytest.mark.parametrize("words", COUNTED)
def test_a_count_of_the_prose_is_right(words: str) -> None:
    texts = [path.read_text("utf-8") for path in [*documents(), ROOT / "CHANGELOG.md"]]
    told = [int(number) for text in texts for number in re.findall(words, " ".join(text.split()))]
    assert told
    assert set(told) == {COUNTED[words]()}


def test_the_table_of_versions_counts_the_operations_of_each() -> None:
    page = (ROOT / "docs" / "guides" / "newer-servers.md").read_text("utf-8")
    rows = re.findall(r"^\| ([\d.-]+)(?: \(.+\))? \| (\d+) \|", page, re.M)
    counted = Counter(each.since or "1.9.19" for each in operations())
    assert {since: int(number) for since, number in rows} == dict(counted)
