"""docs/reliability.md has all cases, one row each, and each case has its tests here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from measured.case import Case
from measured.table import bench, table

IDS = (
    "T-DEAD-BODY", "T-DEAD-HDR", "T-NOANSWER", "T-DEAD-RETRY", "T-CONN-REFUSED / DNS fail / TLS fail",
    "T-RESET-MID", "T-TRUNC", "T-KEEPALIVE-STALE", "T-POOL", "T-FORK", "T-CLOSE", "T-GARBAGE",
    "R-RA-SECS / R-RA-DATE / R-RA-NEG / R-RA-NAN / R-RA-3600",
    "R-IDEMP", "R-BODY-REWIND", "R-AUTH401", "R-STORM",
    "D-HTML200, D-EMPTY200, D-204, D-BADJSON, D-BOM, D-UTF16, D-CHARSET-NOPE",
    "D-DEEP / D-BIGINT / D-NAN / D-DUPKEY / D-SURROGATE",
    "D-DRIFT", "D-DATES", "D-BOMB", "D-HUGE",
    "S-PATH", "S-QUERY", "S-CRLF", "S-REDIR", "S-TLS", "S-LOG", "S-FILE", "S-PICKLE", "S-PROXY", "S-SSRF-ish",
    "S-SPEC", "S-YAML/ref bombs, external `$ref`", "S-DEP",
    "P-PAGE", "L-POLL", "M-THREAD/M-ASYNC", "C-FUZZ",
    "B-EMPTY-MEMBERS", "B-ERROR-BOMB", "B-TAIL", "B-DIFFERENCES", "B-TINY-CHUNKS", "H-PART", "H-RESUME",
    "H-TLS-CUT", "S-ECHO", "S-CONTROL", "X-CONNECT", "X-CONNECT-DRIP", "X-RETRY-AFTER", "X-CHARSET",
    "X-LEVELS", "X-FILENAME", "H-LENGTHS", "H-PADDED", "H-GZIP-TAIL", "H-LATE-BODY", "H-INTERIM", "A-AWAIT",
    "X-SELF", "X-NAN", "X-DIGITS", "X-TIMEOUT", "X-HEADER-NAME", "X-UPLOAD-NAME", "X-DESCRIPTORS",
    "X-PROXY-ENV", "S-NO-PROXY", "H-CASE", "H-FRAMING", "L-FILE", "T-ADDRESSES", "T-UPLOAD",
    "R-REFUSED-UPLOAD", "S-KEY-PASS", "S-CA-FILE", "S-REFUSED-ONCE", "F-NAMES", "F-SAME-NAME", "T-CALLER",
    "E-WORDS",
)  # fmt: skip
HERE = Path(__file__).parent
ROWS = [
    [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in (HERE.parents[1] / "docs" / "reliability.md").read_text("utf-8").splitlines()
    if re.match(r"\| \d+ \|", line)
]


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    with bench() as shared:
        return table(shared)


def test_the_rows_are_the_cases_in_their_order() -> None:
    assert len(IDS) >= 80
    assert [(int(row[0]), row[1]) for row in ROWS] == list(enumerate(IDS, 1))


def test_each_row_says_what_was_measured_with_time_and_memory_for_each_of_the_three_clients() -> None:
    for row in ROWS:
        _, _, what, right, ours, old, generated = row
        assert what, row
        assert right, row
        assert re.fullmatch(r"✓ .+ \([\d.]+ s, \d+ MB\)", ours), row
        for cell in (old, generated):
            assert re.fullmatch(r"[✓✗] .+ \([\d.]+ s, \d+ MB\)|– (has no|gives) .+", cell), row


def test_the_page_is_what_the_table_of_cases_says(cases: list[Case]) -> None:
    assert [(case.number, case.id) for case in cases] == list(enumerate(IDS, 1))
    assert [(case.what, case.right) for case in cases] == [(row[2], row[3]) for row in ROWS]


def test_our_cell_counts_every_variant(cases: list[Case]) -> None:
    for case, row in zip(cases, ROWS, strict=True):
        if len(case.variants) > 1:
            assert row[4].startswith(f"✓ {len(case.variants)} of {len(case.variants)} "), row


def test_each_case_has_a_test_that_bears_its_number_or_that_it_names(cases: list[Case]) -> None:
    written = "".join(path.read_text("utf-8") for path in HERE.glob("test_*.py"))
    tests = set(re.findall(r"^def (test_\w+)", written, re.MULTILINE))
    missing = [
        case.id
        for case in cases
        if not any(name.startswith(case.test or f"test_{case.number:02}_") for name in tests)
    ]
    assert missing == []


def test_no_cell_speaks_of_the_object_of_the_test_instead_of_a_result() -> None:
    assert [row for row in ROWS if "peName" in "".join(row[4:])] == []


def test_each_test_file_and_command_that_the_security_page_names_exists() -> None:
    root = HERE.parents[1]
    page = (root / "SECURITY.md").read_text("utf-8")
    named = re.findall(r"`(test_[a-z0-9_]+)`", page)
    tests = [
        name
        for path in HERE.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert len(named) > 40
    assert [name for name in named if not any(test.startswith(name) for test in tests)] == []
    assert [path for path in re.findall(r"`(test/[\w/.]+)`", page) if not (root / path).exists()] == []
    environments = re.findall(r"^\[testenv:([\w,]+)\]", (root / "tox.ini").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"`tox -e (\w+)`", page)) <= set(",".join(environments).split(","))
    # The page promises each case.
    numbers = {int(name[5:7]) for name in named if name[5:7].isdigit()}
    ranged = re.findall(r"`test_(\d\d)_` to `test_(\d\d)_`", page)
    for first, last in ranged:
        numbers |= set(range(int(first), int(last) + 1))
    assert numbers >= set(range(1, 41)) - {5, 8, 9, 15, 20, 21}  # these cases are not about security
